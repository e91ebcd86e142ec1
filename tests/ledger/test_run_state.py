"""The state of a run as text, and back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl.ledger import days as spans
from querydsl.ledger.run_state import RecoveryState, RunState, Windows

QUERIES = [7, 3]
WANTS = {query: want for want, query in enumerate(QUERIES)}

NUMBERS = st.integers(0, 10**6)
MANY_DAYS = st.lists(st.tuples(NUMBERS, st.integers(0, 40)), max_size=3).map(
    lambda given: spans.union(spans.span(first + 1, first + 1 + more) for first, more in given)
)
DAYS_OF_WANTS = st.lists(st.tuples(st.integers(0, 1), MANY_DAYS), max_size=3).map(tuple)
RECOVERIES = st.builds(
    RecoveryState,
    st.integers(0, 1),
    NUMBERS,
    st.text(),
    st.booleans(),
    MANY_DAYS,
    st.lists(NUMBERS, max_size=5).map(tuple),
    NUMBERS,
    st.booleans(),
)
STATES = st.builds(
    RunState,
    NUMBERS,
    NUMBERS,
    NUMBERS,
    st.booleans(),
    st.none() | st.lists(st.tuples(st.integers(0, 1), NUMBERS, NUMBERS), max_size=5).map(tuple),
    st.lists(st.tuples(st.integers(0, 1), NUMBERS), max_size=2).map(tuple),
    NUMBERS,
    st.lists(RECOVERIES, max_size=2).map(tuple),
)


@given(STATES, st.builds(Windows, DAYS_OF_WANTS, DAYS_OF_WANTS, DAYS_OF_WANTS))
def test_the_text_of_a_state_and_of_windows_says_all_of_it(state, windows):
    assert RunState.from_text(state.to_text(QUERIES), WANTS) == state
    assert Windows.from_text(windows.to_text(QUERIES), WANTS) == windows


def test_queries_that_are_no_longer_asked_are_left_out():
    days = spans.span(1, 2)
    state = RunState(
        probes=((0, 5, 0), (1, 6, 0)), refused=((0, 1), (1, 2)), recoveries=(RecoveryState(0, 4, "", True),)
    )
    assert RunState.from_text(state.to_text(QUERIES), {3: 0}) == RunState(probes=((0, 6, 0),), refused=((0, 2),))
    windows = Windows(fresh=((0, days), (1, days)))
    assert Windows.from_text(windows.to_text(QUERIES), {3: 0}) == Windows(fresh=((0, days),))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("calls", "1"),
        ("calls", -1),
        ("late_calls", 10**30),
        ("probes", [[7, 1.5, 0]]),
        ("refused", 1),
        ("refused", [[7, None]]),
        ("recoveries", [{}]),
    ],
)
def test_other_values_are_refused(name, value):
    values = json.loads(RunState().to_text(QUERIES)) | {name: value}
    with pytest.raises((ValueError, TypeError, KeyError)):
        RunState.from_text(json.dumps(values), WANTS)
