"""Moments and windows as people write them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmscope.errors import QueryError
from swarmscope.query import search
from swarmscope.query.times import (
    HOUR_NS,
    TIME_MAX_NS,
    Window,
    format_duration,
    moment,
    moments,
    parse_duration,
    parse_moment,
    window,
)

NOW = 1_769_860_800_000_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T12:00:00Z", NOW),
        ("2026-01-31T13:00:00+01:00", NOW),
        ("2026-01-31 12:00:00.000000001", NOW + 1),
        ("2026-01-31", NOW - 12 * HOUR_NS),
        ("1769860800", NOW),
        ("1769860800.5", NOW + 500_000_000),
        ("1769860800000", NOW),
        ("1769860800000000", NOW),
        ("1769860800000000000", NOW),
        ("now", NOW),
        ("-1h30m", NOW - 90 * 60 * 10**9),
        ("now-5s", NOW - 5 * 10**9),
        ("0", 0),
    ],
)
def test_given_a_moment_when_read_then_it_is_these_nanoseconds(text: str, expected: int) -> None:
    assert parse_moment(text, now_ns=NOW) == expected


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13-01", "2026-01-31T25:00:00Z", "1e9", "-", "-x", "٣", "9" * 25, "2300-01-01"]
)
def test_given_no_moment_when_read_then_the_error_shows_how(text: str) -> None:
    with pytest.raises(QueryError, match="time="):
        parse_moment(text, now_ns=NOW)


@given(st.integers(0, TIME_MAX_NS // 2))
def test_given_any_moment_when_written_and_read_then_it_is_the_same(value: int) -> None:
    assert parse_moment(moment(value)) == value
    assert moments(np.array([value])) == [moment(value)]


@given(st.integers(0, TIME_MAX_NS // 2))
def test_given_any_duration_when_written_and_read_then_it_is_close(value: int) -> None:
    assert parse_duration(format_duration(value)) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("text", ["", "x", "1y", "1h x", "-1s", "1h" * 30, "1" * 18 + "w"])
def test_given_no_duration_when_read_then_it_is_refused(text: str) -> None:
    with pytest.raises(QueryError):
        parse_duration(text)


def test_given_a_window_when_made_then_start_comes_before_end() -> None:
    assert window(None, None, now_ns=NOW) == Window(NOW - HOUR_NS, NOW)
    assert window("-2h", "-1h", now_ns=NOW) == Window(NOW - 2 * HOUR_NS, NOW - HOUR_NS)
    with pytest.raises(QueryError, match="not before"):
        window("now", "-1h", now_ns=NOW)


@given(st.integers(0, 10**15), st.integers(1, 40 * 24 * HOUR_NS), st.integers(1, 500))
def test_given_any_window_when_cut_into_buckets_then_there_are_not_more_than_asked_for(
    start: int, length: int, buckets: int
) -> None:
    within = Window(start, start + length)
    step = within.step_ns(buckets)
    assert -(-within.end_ns // step) - within.start_ns // step <= max(2, buckets)


@given(st.integers(0, 10**18), st.integers(1, 40 * 24 * HOUR_NS), st.booleans())
def test_given_any_window_when_sliced_then_the_parts_make_it_up(start: int, length: int, descending: bool) -> None:
    within = Window(start, start + length)
    parts = list(search.slices(within, descending))
    ordered = parts[::-1] if descending else parts
    assert ordered[0].start_ns == within.start_ns
    assert ordered[-1].end_ns == within.end_ns
    assert all(a.end_ns == b.start_ns for a, b in itertools.pairwise(ordered))
    assert len(parts) <= 12
