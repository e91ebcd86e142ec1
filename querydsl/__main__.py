"""`python -m querydsl`."""

import sys

from .cli import main

sys.exit(main())
