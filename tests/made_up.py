"""Undocumented fields that are added to the tables while a test runs; each is stated there once."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from querydsl import Condition
from querydsl.spec.value_sets import SCALES, Scale
from querydsl.spec.values import ACCEPTS
from querydsl.tables import FIELDS, INT64_MAX, VIDEO_FIELDS
from querydsl.videos import VideoField

#: For each field to add: the documented field that it resembles, the differences, and the type of its Video field.
LIKE: dict[str, tuple[str, dict[str, Any], str]] = {
    "sound_name": ("username", {"sigil": ""}, "string"),
    "sticker_id": ("effect_id", {}, "list<string>"),
    "posted_on": ("create_date", {}, "int64"),
    "sound_id": ("music_id", {}, "int64"),
}


def add(patch: pytest.MonkeyPatch, name: str, **facts: Any) -> None:
    """Add a condition field of a name in `LIKE`, and the Video field `<name>_held` that it reads."""
    like, otherwise, kind = LIKE[name]
    video_field = facts.pop("video_field", f"{name}_held")
    field = attrs.evolve(FIELDS[like], name=name, video_field=video_field, **otherwise, **facts)
    patch.setitem(FIELDS, name, field)
    patch.setitem(ACCEPTS, name, ACCEPTS[like])
    patch.setitem(VIDEO_FIELDS, video_field, VideoField(video_field, kind, "made up"))


def allow(patch: pytest.MonkeyPatch, name: str, operation: str) -> None:
    """Let a field take an operation that is not documented for it."""
    patch.setitem(FIELDS, name, attrs.evolve(FIELDS[name], operations=FIELDS[name].operations | {operation}))


def order_ids(patch: pytest.MonkeyPatch) -> None:
    """Give the values of `video_id` an order: the operation GT, and the value sets for it."""
    allow(patch, "video_id", "GT")
    patch.setitem(SCALES, "id", Scale(1, INT64_MAX, int, str, listable=0))


def condition(name: str, operation: str, *values: str) -> Condition:
    return Condition(name, operation, values)
