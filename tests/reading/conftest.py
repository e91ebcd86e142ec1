from __future__ import annotations

from ..client.conftest import talk

__all__ = ["talk"]
