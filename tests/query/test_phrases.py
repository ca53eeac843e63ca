"""Common words: a search that looks at the first spans and their messages finds all that a list of messages would."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import numpy as np
import pytest

from swarmscope.query import conditions, phrases, pieces, running, text, traces
from swarmscope.query.conditions import Condition
from swarmscope.query.pending import OpenSpans
from swarmscope.query.search import Page
from swarmscope.query.times import Window
from tests.query.conftest import World
from tests.query.test_search import all_pages, matching

COMMON = ("bicycle", "Zürich", "please status:ok,unset", "chat bicycle", "number 4711", '"red bicycle" agent:coder')


@pytest.fixture(autouse=True)
def every_word_is_common(monkeypatch: pytest.MonkeyPatch) -> None:
    """No list of messages would be complete, so that what a list finds would be missed."""
    for module in (conditions, text):
        monkeypatch.setattr(module, "MESSAGES_MAX", 0)
    monkeypatch.setattr(phrases, "LOOKED_AT_MIN", 8)
    monkeypatch.setattr(phrases, "LOOKED_AT_MAX", 1 << 20)
    monkeypatch.setattr(phrases, "too_rare", lambda looked_at, matched: False)


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("q", COMMON)
def test_given_common_words_when_pages_are_walked_then_spans_come_once_and_in_order(
    world: World, q: str, order: str
) -> None:
    assert Condition(world.reader(), "spans", q).unlisted
    found = all_pages(lambda page: traces.spans(world.reader(), q, world.window, page), Page("time", order, 11))
    expected = sorted(matching(world, q), key=lambda r: (r["start_time"], r["span_id"]), reverse=order == "desc")
    assert [s["span_id"] for s in found] == [r["span_id"].hex() for r in expected]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("q", ["bicycle", "chat 4711"])
def test_given_common_words_when_traces_are_walked_then_they_come_once_and_count_their_matches(
    world: World, q: str, order: str
) -> None:
    found = all_pages(lambda page: traces.search(world.reader(), q, world.window, page), Page("time", order, 4))
    counts = Counter(r["trace_id"].hex() for r in matching(world, q))
    pick = max if order == "desc" else min
    first = {t: pick(r["start_time"] for r in matching(world, q) if r["trace_id"].hex() == t) for t in counts}
    assert [t["trace_id"] for t in found] == sorted(counts, key=lambda t: (first[t], t), reverse=order == "desc")
    assert {t["trace_id"]: t["matched"] for t in found} == counts


def test_given_a_word_of_names_and_values_when_it_is_common_then_spans_are_found_by_those_too(world: World) -> None:
    rows = world.of("spans")
    some = np.array([r["start_time"] for r in rows])
    within = Window(int(some.min()), int(some.max()) + 1)
    for word in ("plan", "planner", "session-3", "/r/2", "rate limit"):
        condition = Condition(world.reader(), "spans", f'"{word}"')
        found = phrases.matching(world.reader(), condition, "$spans", pieces.between("start_time", within))
        assert set(found["span"].to_pylist()) == {r["span_id"].hex() for r in matching(world, f'"{word}"')}


def test_given_open_spans_when_they_hold_a_common_word_then_they_are_found(world: World) -> None:
    row = next(r for r in world.of("spans") if r["message_hash"])
    said = next(m["text"] for m in world.of("messages") if m["hash"] in row["message_hash"])
    other = next(r for r in world.of("spans") if not r["message_hash"] and r["name"] == "step")
    world.add("spans_pending", *(r | {"span_id": bytes([i]) * 8} for i, r in enumerate((row, other), 1)))
    ids = [(bytes([i]) * 8).hex() for i in (1, 2)]
    starts = np.array([row["start_time"], other["start_time"]])
    under_way = OpenSpans(ids, [row["trace_id"].hex(), other["trace_id"].hex()], starts)
    words = next(w for w in ("bicycle", "4711", "sky", "Zürich", "sure_thing") if w in said)
    condition = Condition(world.reader(), "spans", f'"{words}"')
    keys = running.keys(world.reader(), under_way, condition, world.window, Page())
    assert keys == [(row["trace_id"].hex(), row["start_time"], row["start_time"])]


def test_given_a_word_that_turns_out_rare_among_what_the_fields_select_then_the_newest_messages_are_listed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phrases, "too_rare", lambda looked_at, matched: True)
    listed: list[str] = []

    def messages(reads: Any, phrase: str) -> list[tuple[str, int]]:
        listed.append(phrase)
        return [(m["session"], m["hash"]) for m in world.of("messages") if phrase in m["text"]]

    monkeypatch.setattr(conditions, "messages", messages)
    q = "bicycle duration>=0s"  # a search that was not made before
    found = all_pages(lambda page: traces.spans(world.reader(), q, world.window, page), Page(limit=7))
    expected = sorted(matching(world, "bicycle"), key=lambda r: (r["start_time"], r["span_id"]), reverse=True)
    assert [s["span_id"] for s in found] == [r["span_id"].hex() for r in expected]
    assert set(listed) == {"bicycle"}


def test_given_a_search_that_was_made_before_when_made_again_then_it_asks_less_and_finds_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    q, asked = "bicycle duration>0s", list[str]()
    query = world.store.query

    def counted(sql: str, *more: Any) -> Any:
        asked.append(sql)
        return query(sql, *more)

    monkeypatch.setattr(world.store, "query", counted)

    def search() -> tuple[list[tuple[str, int]], int]:
        asked.clear()
        found = traces.search(world.reader(), q, world.window, Page(limit=9))["items"]
        return [(t["trace_id"], t["matched"]) for t in found], len(asked)

    first, many = search()
    again, fewer = search()
    assert again == first and len(first) == 9
    assert fewer < many


def test_given_shares_of_searches_then_the_next_begins_with_as_many_spans_as_are_probably_needed() -> None:
    shares = phrases.Shares()
    assert shares.first("never made", 51) == phrases.LOOKED_AT_MIN
    shares.put("one in ten", (1000, 100))
    assert 510 <= shares.first("one in ten", 51) <= 1020
    shares.put("none", (1000, 0))
    assert shares.first("none", 51) > 1000
    for i in range(2 * phrases.SEARCHES_MAX):
        shares.put(str(i), (10, 1))
    assert shares.first("one in ten", 51) == phrases.LOOKED_AT_MIN


def test_given_a_phrase_that_was_common_when_asked_again_then_the_store_is_not_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert text.some(world.reader(), "Zürich") is None
    assert text.some(world.reader(), "no such words at all") == []
    monkeypatch.setattr(world.store, "query", lambda *_: pytest.fail("it was asked"))
    assert text.some(world.reader(), "Zürich") is None
    now_s = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now_s + text.COMMON_S + 1)
    with pytest.raises(pytest.fail.Exception):
        text.some(world.reader(), "Zürich")


def test_given_spans_of_one_trace_that_begin_together_when_a_piece_ends_among_them_then_none_is_left_out(
    world: World,
) -> None:
    trace, at = b"together" * 2, world.now_ns - 30 * 1_000_000_000
    alike = {"tenant": "a", "trace_id": trace, "start_time": at, "received_at": at, "agent": "planner"}
    names = ["other"] * 40 + ["a heron stands there"]
    world.add(
        "spans", *(world.make("spans", span_id=i.to_bytes(8, "big"), name=n, **alike) for i, n in enumerate(names, 1))
    )
    place = {"tenant": "a", "session": "elsewhere", "time": at // 10**9, "received_at": at // 10**9}
    world.add("messages", world.make("messages", hash=1, text="heron", **place))
    for order in ("asc", "desc"):
        found = traces.search(world.reader(), "heron", world.window, Page("time", order))["items"]
        assert [(t["trace_id"], t["matched"]) for t in found] == [(trace.hex(), 1)]
