"""Strategies for expressions, and for values of Python callers. `documents` has those for documents."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import strategies as st

from querydsl import Condition, Expression, all_of, any_of, none_of
from querydsl.language.fields import FIELD_OBJECTS
from querydsl.tables import FIELDS, INT64_MAX
from tests import documents

FIELD_NAMES = sorted(FIELDS)

fields = st.sampled_from(FIELD_NAMES).map(FIELD_OBJECTS.__getitem__)

#: All valid conditions, also with repeated values.
conditions = documents.conditions().map(lambda document: Condition(**document))

#: Expressions of all fields, nested and mixed, with at most about twenty conditions.
expressions: st.SearchStrategy[Expression] = st.recursive(
    conditions,
    lambda inner: st.one_of(
        inner.map(lambda term: ~term),
        st.tuples(inner, inner).map(lambda pair: pair[0] & pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1]),
        st.lists(inner, min_size=1, max_size=4).map(all_of),
        st.lists(inner, min_size=1, max_size=4).map(any_of),
        st.lists(inner, min_size=1, max_size=4).map(none_of),
    ),
    max_leaves=20,
)

ids = st.integers(1, INT64_MAX).flatmap(lambda number: st.sampled_from([(number, str(number)), (str(number),) * 2]))
counts = st.integers(0, INT64_MAX).flatmap(lambda number: st.sampled_from([(number, str(number)), (str(number),) * 2]))
zones = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))


def _day_in_utc(moment: datetime) -> str:
    return documents.day_text((moment - (moment.utcoffset() or timedelta())).date())


_BOUNDS = {"min_value": datetime(1, 1, 2), "max_value": datetime(9999, 12, 30)}
_moments = st.datetimes(**_BOUNDS) | st.datetimes(**_BOUNDS, timezones=zones)

#: For each field, a value that a caller may give, with its text as sent.
GIVEN = {
    **{name: values.map(lambda text: (text, text)) for name, values in documents.VALUES.items()},
    "create_date": st.one_of(
        st.dates().map(lambda day: (day, documents.day_text(day))),
        st.dates().map(lambda day: (day.isoformat(), documents.day_text(day))),
        st.dates().map(lambda day: (documents.day_text(day),) * 2),
        _moments.map(lambda moment: (moment, _day_in_utc(moment))),
    ),
    "video_id": ids,
    "music_id": ids,
    "effect_id": ids | st.sampled_from([(0, "0"), ("0", "0")]),
    "view_count": counts,
    "comment_count": counts,
}
