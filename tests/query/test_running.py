"""Spans that have not ended are found by a search, at their places; those that have ended are not found twice."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from swarmscope.query import traces
from swarmscope.query.fleet import FleetSnapshot
from swarmscope.query.pending import NOTHING_OPEN, OpenSpans
from swarmscope.query.search import Page
from swarmscope.query.times import HOUR_NS, SECOND_NS
from tests.query.conftest import Row, World

PAGE = 8  # spans of what is there come by fifteen, of what a filter leaves by a few
FILTERS = ("", "agent:worker", "name:odd", "status:error")


@pytest.fixture(scope="module")
def world(empty_world: World) -> World:
    """Traces of one to four spans, of each of which: ended, announced and ended, or announced only. One in four has no
    ended span; some spans have no agent."""
    rng, now = random.Random(3), empty_world.now_ns
    ended: list[Row] = []
    announced: list[Row] = []
    for number in range(60):
        trace, only_open = rng.randbytes(16), number % 4 == 0
        begun = now - rng.randrange(HOUR_NS, 6 * HOUR_NS)
        for i in range(rng.randint(1, 4)):
            ids = {"trace_id": trace, "span_id": rng.randbytes(8), "parent_span_id": bytes(8) if i == 0 else b"p" * 8}
            said = {
                "tenant": "a",
                "received_at": now,
                "start_time": begun + rng.randrange(HOUR_NS // 3),
                "agent": rng.choice(["worker", "other", ""]),
                "name": rng.choice(["odd", "even"]),
                "status_code": 2 if rng.random() < 0.2 else 0,
            }
            way = "open" if only_open else rng.choice(["ended", "both", "open"])
            if way != "open":
                ended.append(empty_world.make("spans", **ids, **said, duration_ns=SECOND_NS))
            if way != "ended":
                announced += [empty_world.make("spans_pending", **ids, **said)] * rng.randint(1, 2)
    stranger = ids | said | {"tenant": "b", "span_id": b"stranger"}
    empty_world.add("spans_pending", *announced, empty_world.make("spans_pending", **stranger))
    empty_world.add("spans", *ended)
    return empty_world


@pytest.fixture(scope="module")
def under_way(world: World) -> OpenSpans:
    return FleetSnapshot(world.store, lambda: ["a", "b"]).view("a").open_spans


def all_spans(world: World) -> dict[bytes, Row]:
    """Every span of the tenant once, the ended one where there are both."""
    rows = {r["span_id"]: r | {"open": True} for r in world.of("spans_pending")}
    return rows | {r["span_id"]: r | {"open": False} for r in world.of("spans")}


def holds(q: str, row: Row) -> bool:
    wanted = {"agent:worker": ("agent", "worker"), "name:odd": ("name", "odd"), "status:error": ("status_code", 2)}
    return not q or row[wanted[q][0]] == wanted[q][1]


def walked(fetch: Any, page: Page) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    while True:
        found = fetch(page)
        out += found["items"]
        if found["next"] is None:
            return out
        page = Page(page.sort, page.order, page.limit, found["next"])


def test_the_view_knows_the_open_spans_of_its_tenant(world: World, under_way: OpenSpans) -> None:
    assert set(under_way.ids) == {i.hex() for i, r in all_spans(world).items() if r["open"]}
    assert len(under_way.ids) == len(under_way.starts_ns) > 20


@pytest.mark.parametrize("limit", [PAGE, 1000])
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("q", FILTERS)
def test_spans_come_once_and_in_order(world: World, under_way: OpenSpans, q: str, order: str, limit: int) -> None:
    reads = world.reader()
    found = walked(lambda page: traces.spans(reads, q, world.window, page, under_way), Page("time", order, limit))
    rows = sorted(
        (r for r in all_spans(world).values() if holds(q, r)),
        key=lambda r: (r["start_time"], r["span_id"]),
        reverse=order == "desc",
    )
    assert [(s["span_id"], s["pending"]) for s in found] == [(r["span_id"].hex(), r["open"]) for r in rows]


@pytest.mark.parametrize("limit", [PAGE, 1000])
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("q", FILTERS)
def test_traces_come_once_and_in_order(world: World, under_way: OpenSpans, q: str, order: str, limit: int) -> None:
    reads = world.reader()
    found = walked(lambda page: traces.search(reads, q, world.window, page, under_way), Page("time", order, limit))
    by_trace: dict[str, list[int]] = defaultdict(list)
    for r in all_spans(world).values():
        if holds(q, r):
            by_trace[r["trace_id"].hex()].append(r["start_time"])
    pick = max if order == "desc" else min
    places = sorted(((pick(times), t) for t, times in by_trace.items()), reverse=order == "desc")
    assert [t["trace_id"] for t in found] == [t for _, t in places]
    assert {t["trace_id"]: t["matched"] for t in found} == {t: len(times) for t, times in by_trace.items()}


def test_a_trace_without_an_ended_span_is_summed_up_and_opens(world: World, under_way: OpenSpans) -> None:
    of_trace: dict[str, list[Row]] = defaultdict(list)
    for r in all_spans(world).values():
        of_trace[r["trace_id"].hex()].append(r)
    found = traces.search(world.reader(), "", world.window, Page(limit=1000), under_way)["items"]
    lone = [t for t in found if all(r["open"] for r in of_trace[t["trace_id"]])]
    assert len(lone) >= 15
    for t in lone:
        rows = of_trace[t["trace_id"]]
        assert (t["spans"], t["pending"]) == (len(rows), len(rows))
        assert t["duration_ns"] >= world.now_ns - min(r["start_time"] for r in rows)
        assert t["name"] == next(r["name"] for r in rows if r["parent_span_id"] == bytes(8))
        whole = traces.one(world.reader(), t["trace_id"])
        assert {s["span_id"] for s in whole["spans"]} == {r["span_id"].hex() for r in rows}
        assert all(s["pending"] for s in whole["spans"])


def test_by_anything_but_time_only_ended_spans_count(world: World, under_way: OpenSpans) -> None:
    for sort in ("duration", "cost", "errors", "tokens"):
        found = traces.spans(world.reader(), "", world.window, Page(sort, "desc", 1000), under_way)["items"]
        assert not any(s["pending"] for s in found), sort


def test_a_span_that_ended_since_the_view_was_made_is_not_shown_as_open(world: World) -> None:
    everything = world.of("spans_pending")
    starts = np.array([r["start_time"] for r in everything], np.int64)
    stale = OpenSpans([r["span_id"].hex() for r in everything], [r["trace_id"].hex() for r in everything], starts)
    found = traces.spans(world.reader(), "", world.window, Page(limit=1000), stale)["items"]
    assert len(found) == len({s["span_id"] for s in found}) == len(all_spans(world))


def test_without_open_spans_nothing_changes(world: World) -> None:
    found = traces.spans(world.reader(), "", world.window, Page(limit=1000), NOTHING_OPEN)["items"]
    assert {s["span_id"] for s in found} == {r["span_id"].hex() for r in world.of("spans")}
