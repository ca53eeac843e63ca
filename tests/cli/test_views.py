"""What people see: moments, waterfalls and cells."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from swarmscope.cli.checks import door
from swarmscope.cli.durations import start_of
from swarmscope.cli.output import LEAST_WIDTH, cell, console, fitted, harmless, pick, show_rows
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


HOSTILE = "a\x1b]0;owned\x07b\x1b[2Jc\x9b31md\u202ee\x00"


def test_given_an_agent_that_sends_commands_for_a_terminal_then_they_are_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_rows([{"name": HOSTILE}], ["name"], as_json=False, title=HOSTILE)
    console().print(Text.assemble((HOSTILE, "cyan"), "\ttwo\nlines"))
    out = capsys.readouterr().out
    assert "a]0;ownedb[2Jc31mde" in out
    assert "two\nlines" in out
    assert not {c for c in out if c != "\n" and not c.isprintable()}


@given(st.text())
def test_what_is_harmless_keeps_all_that_is_seen(text: str) -> None:
    assert [c for c in harmless(text) if c.isprintable()] == [c for c in text if c.isprintable()]
    assert "\x1b" not in harmless(text) and harmless(harmless(text)) == harmless(text)


def test_a_dotted_name_reaches_into_objects() -> None:
    assert pick({"a": {"b": 3}}, "a.b") == 3
    assert pick({"a": 1}, "a.b") is None


@given(st.lists(st.tuples(st.integers(1, 300), st.booleans()), min_size=1, max_size=12), st.integers(0, 400))
def test_columns_give_way_widest_first_and_ids_last(columns: list[tuple[int, bool]], room: int) -> None:
    natural, whole = [w for w, _ in columns], [keep for _, keep in columns]
    widths = fitted(natural, whole, room)
    assert all(w == n if keep else w <= n for w, n, keep in zip(widths, natural, whole, strict=True))
    assert all(w >= min(n, LEAST_WIDTH) for w, n in zip(widths, natural, strict=True))
    if sum(natural) <= room:
        assert widths == natural
    elif any(w > LEAST_WIDTH for w, keep in zip(widths, whole, strict=True) if not keep):
        assert sum(widths) <= room


def test_short_columns_stay_readable_beside_a_long_one() -> None:
    assert fitted([8, 32, 19, 400], [False, True, False, False], 120) == [8, 32, 19, 61]


@pytest.mark.parametrize(
    ("scheme", "address", "full"),
    [
        ("grpc", "127.0.0.1:4317", "grpc://127.0.0.1:4317"),
        ("grpc", "http://host:4317", "grpc://host:4317"),
        ("grpc", "https://host:4317", "grpcs://host:4317"),
        ("grpcs", "host:4317", "grpcs://host:4317"),
        ("http", "host:4318", "http://host:4318"),
        ("http", "https://host:4318", "https://host:4318"),
    ],
)
def test_a_door_is_named_as_people_write_it(scheme: str, address: str, full: str) -> None:
    assert door(scheme, address) == full
