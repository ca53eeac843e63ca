"""What people see: moments, waterfalls and cells."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmscope.cli.durations import start_of
from swarmscope.cli.output import cell, pick
from swarmscope.cli.views import BAR_WIDTH, waterfall_bar


@given(st.integers(-(10**12), 10**13), st.integers(0, 10**13), st.integers(1, 10**12))
def test_a_bar_is_always_visible_and_inside(offset: int, duration: int, total: int) -> None:
    bar = waterfall_bar(offset, duration, total)
    assert len(bar.strip()) >= 1 and len(bar) <= BAR_WIDTH


def test_since_is_a_duration_or_a_moment() -> None:
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert start_of("15m", now) == "2026-05-01T11:45:00+00:00"
    assert start_of("2026-04-30T10:00:00", now) == "2026-04-30T10:00:00+00:00"
    assert start_of("2026-04-30T10:00:00+02:00", now) == "2026-04-30T10:00:00+02:00"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        ("", "–"),
        (1234567, "1,234,567"),
        (0.12345, "0.1235"),
        (12345.6, "12,346"),
        ([1], "[1]"),
        (True, "yes"),
        ("[bold]", "[bold]"),
    ],
)
def test_cells_show_values_as_they_are(value: object, shown: str) -> None:
    assert cell(value).plain == shown


def test_a_dotted_name_reaches_into_objects() -> None:
    assert pick({"a": {"b": 3}}, "a.b") == 3
    assert pick({"a": 1}, "a.b") is None
