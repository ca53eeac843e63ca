"""Lists of what is newest are the same from memory as from the store, and memory answers without it where it has all."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from swarmscope.query import reader, sessions, titles, traces
from swarmscope.query.newest import memory, words
from swarmscope.query.newest.memory import Memory, Newest
from swarmscope.query.pending import NOTHING_OPEN, OpenSpans
from swarmscope.query.reader import Reader
from swarmscope.query.search import Page
from swarmscope.query.text import Params, contains
from swarmscope.query.times import HOUR_NS, MINUTE_NS, SECOND_NS, Window
from swarmscope.store.writer import Committed
from tests.query.conftest import Row, World, make, to_arrow

MANY = 1 << 30
SAYINGS = (
    "find the red bicycle", "order number 4711 please", "Why is the sky blue?", "Grüße aus Zürich", "reordered numbers",
    "an ORDER, a number", "nothing to see",
)  # fmt: skip
FOUND = (
    "",
    "order",
    "order number",
    '"order number"',
    "timeout",
    "planner-3",
    "session-4",
    "x*y",
    "sky bicycle",
    "nowhere",
)
TENANT = "a"


class Fleet:
    """Agents that speak for some minutes; what they sent comes to the store, and from some batch on to memory, in batches."""

    def __init__(self, world: World, bytes_max: int, seed: int, known_from: int = 0) -> None:
        self.world, self.rng = world, random.Random(seed)
        self.memory = Memory(world.store, bytes_max)
        self.open: dict[bytes, Row] = {}
        self.begun_ns = world.now_ns - 8 * MINUTE_NS
        self.said: set[tuple[str, int]] = set()
        self.live: list[tuple[bytes, str, str, int]] = []
        for batch in range(24):
            if batch == known_from:
                self.memory.begin()
            self.commit(self.begun_ns + batch * 10 * SECOND_NS)

    def commit(self, at: int) -> None:
        """One batch: turns that go on and some that begin, spans that are announced and those that end."""
        rng = self.rng
        tables: dict[str, list[Row]] = {"messages": [], "spans_pending": [], "spans": []}
        for tenant in (TENANT, TENANT, TENANT, "b"):
            for _ in range(4):
                self.live.append((rng.randbytes(16), rng.choice(["", f"session-{rng.randrange(9)}"]), tenant, at))
        for trace, session, tenant, begun in rng.sample(self.live, min(30, len(self.live))):
            row = self.span(trace, session, tenant, at, begun == at, tables["messages"])
            way = rng.random()
            if way < 0.3:
                tables["spans_pending"] += [
                    row | {"duration_ns": 0, "status_code": 0, "status_message": ""}
                ] * rng.randint(1, 2)
                self.open[row["span_id"]] = row
            else:
                tables["spans"].append(row)
        for span in rng.sample(sorted(self.open), len(self.open) // 2):
            row = self.open.pop(span)
            tables["spans"].append(row | {"duration_ns": max(1, at - row["start_time"])})
        self.bring(tables)

    def span(self, trace: bytes, session: str, tenant: str, at: int, root: bool, messages: list[Row]) -> Row:
        rng = self.rng
        hashes = []
        for saying in rng.sample(SAYINGS, rng.choice([0, 0, 1, 2, 3])):
            place, number = session or trace.hex(), hash((tenant, saying)) % 2**64
            hashes.append(number)
            if (place, number) not in self.said:
                self.said.add((place, number))
                text = json.dumps({"role": "user", "parts": [{"type": "text", "content": saying}]}, ensure_ascii=False)
                messages.append(
                    make("messages", tenant=tenant, session=place, time=at, received_at=at, hash=number, text=text)
                )
        failed = rng.random() < 0.15
        return make(
            "spans", tenant=tenant, received_at=at, trace_id=trace, span_id=rng.randbytes(8),
            parent_span_id=bytes(8) if root else rng.randbytes(8), name=rng.choice(["chat", "Order_it", "step"]),
            start_time=at - rng.randrange(20 * SECOND_NS), duration_ns=rng.randrange(30 * SECOND_NS),
            status_code=2 if failed else rng.choice([0, 1]), status_message="Timeout upstream" if failed else "",
            service=rng.choice(["api", "worker"]), agent=f"planner-{rng.randrange(5)}", session=session,
            workflow=rng.choice(["", "wf-1", "wf-2"]), operation=rng.choice(["chat", "execute_tool", ""]),
            model=rng.choice(["", "gpt-4o", "claude"]), input_tokens=rng.randrange(99), output_tokens=rng.randrange(9),
            cost_nano_usd=rng.choice([0, rng.randrange(10**9)]), attributes={"odd": rng.choice(["", "x*y", "z"])},
            message_key=["gen_ai.input.messages[]"] * len(hashes), message_hash=hashes,
            event_name=["exception"] if failed else [], event_time=[at] if failed else [],
            event_attributes=[{"exception.type": "Timeout"}] if failed else [],
        )  # fmt: skip

    def bring(self, tables: Mapping[str, list[Row]], lane: str = "live") -> None:
        for table, rows in tables.items():
            if rows:
                self.world.add(table, *rows)
        batch = {table: to_arrow(table, rows) for table, rows in tables.items() if rows}
        self.memory.committed(Committed(self.world.batches, batch, lane))

    @property
    def reads(self) -> Reader:
        return self.world.reader(TENANT)

    @property
    def newest(self) -> Newest:
        return self.reads.kept(Newest)

    @property
    def under_way(self) -> OpenSpans:
        mine = [r for r in self.open.values() if r["tenant"] == TENANT]
        ids, of = [r["span_id"].hex() for r in mine], [r["trace_id"].hex() for r in mine]
        return OpenSpans(ids, of, np.array([r["start_time"] for r in mine], np.int64))

    @contextmanager
    def without_memory(self) -> Iterator[None]:
        since_ns, self.newest.since_ns = self.newest.since_ns, None
        self.reads.kept(titles._Kept).__init__()  # type: ignore[misc] # titles are the store's own then
        try:
            yield
        finally:
            self.newest.since_ns = since_ns
            self.reads.kept(titles._Kept).__init__()  # type: ignore[misc] # and memory's own again

    @contextmanager
    def without_store(self, patch: pytest.MonkeyPatch) -> Iterator[None]:
        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("the store was asked")

        with patch.context() as patched:
            patched.setattr(type(self.world.store), "query", refuse)
            yield

    def windows(self, count: int) -> list[Window]:
        now = self.world.now_ns
        some = [Window(now - HOUR_NS, now + HOUR_NS)]
        for _ in range(count):
            low, high = sorted(self.rng.sample(range(self.begun_ns, now), 2))
            some.append(Window(low, high))
        return some

    def traces(self, q: str, within: Window, limit: int, asked: bool = True) -> dict[str, Any]:
        return traces.search(self.reads, q, within, Page(limit=limit), self.under_way, asked)

    def sessions(self, q: str, within: Window, limit: int) -> dict[str, Any]:
        return sessions.search(self.reads, q, within, Page(limit=limit))


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch, empty_world: World) -> None:
    """What is open lasts until now, which does not move."""
    monkeypatch.setattr(time, "time_ns", lambda: empty_world.now_ns)


@pytest.fixture
def fresh_world(empty_world: World) -> Iterator[World]:
    """Nothing is there: neither rows nor what reads have kept of them."""
    for table in ("spans", "spans_pending", "messages", "trace_minutes"):
        empty_world.store.command(f"TRUNCATE TABLE {table}")
    reader._kept.pop(empty_world.store, None)
    yield World(empty_world.store, empty_world.now_ns)
    reader._kept.pop(empty_world.store)
    for table in ("spans", "spans_pending", "messages", "trace_minutes"):
        empty_world.store.command(f"TRUNCATE TABLE {table}")


@pytest.fixture(scope="module")
def whole(empty_world: World) -> Fleet:
    return Fleet(empty_world, MANY, 5)


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("q", FOUND)
def test_given_all_in_memory_when_traces_are_listed_then_as_the_store_lists_them_without_asking_it(
    whole: Fleet, monkeypatch: pytest.MonkeyPatch, q: str, asked: bool
) -> None:
    for within in whole.windows(3):
        for limit in (3, 40):
            with whole.without_store(monkeypatch):
                mine = whole.traces(q, within, limit, asked)
            with whole.without_memory():
                assert mine == whole.traces(q, within, limit, asked), (q, within, limit)


@pytest.mark.parametrize("q", FOUND)
def test_given_all_in_memory_when_sessions_are_listed_then_as_the_store_lists_them_without_asking_it(
    whole: Fleet, monkeypatch: pytest.MonkeyPatch, q: str
) -> None:
    for within in whole.windows(3):
        for limit in (2, 20):
            with whole.without_store(monkeypatch):
                mine = whole.sessions(q, within, limit)
            with whole.without_memory():
                assert mine == whole.sessions(q, within, limit), (q, within, limit)


def same(fleet: Fleet, queries: tuple[str, ...], windows: int = 2) -> None:
    """Memory and store say the same."""
    for within in fleet.windows(windows):
        for q in queries:
            for limit in (3, 40):
                mine = fleet.traces(q, within, limit), fleet.sessions(q, within, limit)
                with fleet.without_memory():
                    assert mine == (fleet.traces(q, within, limit), fleet.sessions(q, within, limit)), (
                        q,
                        within,
                        limit,
                    )


def test_given_memory_for_the_last_batches_when_lists_are_made_then_what_lies_before_is_in_them(
    fresh_world: World,
) -> None:
    fleet = Fleet(fresh_world, 200_000, 6)
    assert fleet.newest.nbytes <= 200_000
    assert fleet.begun_ns < (fleet.newest.since_ns or 0) < fresh_world.now_ns
    same(fleet, FOUND, 1)


def test_given_a_program_that_starts_with_spans_in_its_store_when_lists_are_made_then_they_are_in_them(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = Fleet(fresh_world, MANY, 7, known_from=16)
    before = [r["start_time"] for table in ("spans", "spans_pending") for r in fresh_world.rows[table]]
    assert fleet.newest.since_ns is not None
    assert sum(start >= fleet.newest.since_ns for start in before) > 100, "those that came since"
    same(fleet, FOUND, 1)
    with fleet.without_store(monkeypatch):
        late = Window(fleet.newest.since_ns, fresh_world.now_ns + HOUR_NS)
        assert len(fleet.sessions("", late, 3)["items"]) == 3


def test_given_a_store_of_old_spans_when_it_begins_then_it_knows_of_the_last_minutes(fresh_world: World) -> None:
    old = fresh_world.now_ns - HOUR_NS
    fresh_world.add("spans", make("spans", tenant=TENANT, trace_id=b"o" * 16, span_id=b"o" * 8, start_time=old))
    fleet = Fleet(fresh_world, MANY, 14)
    assert fleet.newest.since_ns == fresh_world.now_ns - int(memory.AGE_MAX_S * SECOND_NS) + 1
    same(fleet, ("", "order"), 2)


def test_given_few_clocks_ahead_when_memory_is_given_up_then_it_still_serves_the_others(fresh_world: World) -> None:
    fleet = Fleet(fresh_world, MANY, 8)
    now, later = fresh_world.now_ns, 5 * MINUTE_NS
    for i in range(8):
        rows = [fleet.span(fleet.rng.randbytes(16), "", TENANT, now, True, []) for _ in range(20)]
        fleet.bring(
            {"spans": [*rows, fleet.span(b"a" * 16, "", TENANT, now, True, []) | {"start_time": now + later + i}]}
        )
    fleet.memory._bytes_max = fleet.newest.nbytes // 8
    fleet.memory.expire()
    assert fleet.newest.nbytes <= fleet.memory._bytes_max
    assert fleet.newest.since_ns is not None and fleet.newest.since_ns <= now
    ahead = Window(now + later - 1, now + later + 9)
    assert len(fleet.traces("", ahead, 9)["items"]) == 1
    same(fleet, ("", "order"))


def test_given_clocks_ahead_of_most_when_memory_is_given_up_then_the_store_is_asked(fresh_world: World) -> None:
    fleet = Fleet(fresh_world, MANY, 10)
    now = fresh_world.now_ns
    said: list[Row] = []
    rows = [fleet.span(fleet.rng.randbytes(16), "", TENANT, now, True, said) for _ in range(20)]
    fleet.bring({"messages": said, "spans": [r | {"start_time": now + MINUTE_NS} for r in rows]})
    fleet.memory._bytes_max = 1
    fleet.memory.expire()
    assert fleet.newest.nbytes == 0
    assert fleet.newest.since_ns == now + MINUTE_NS + 1
    same(fleet, ("",))


def test_given_others_who_may_write_when_it_begins_then_nothing_is_kept(fresh_world: World) -> None:
    class Shared:
        def changes(self, table: str) -> None:
            return None

    mine = Memory(Shared(), MANY)  # type: ignore[arg-type] # no read may come
    mine.begin()
    mine.committed(Committed(1, {"spans": to_arrow("spans", [make("spans", tenant="a")])}, "live"))
    assert not mine._of
    off = Memory(fresh_world.store, 0)
    off.begin()
    off.committed(Committed(1, {"spans": to_arrow("spans", [make("spans", tenant="a")])}, "live"))
    assert fresh_world.reader().kept(Newest).view() is None


def test_given_a_batch_that_cannot_be_kept_when_lists_are_made_then_the_store_makes_them(fresh_world: World) -> None:
    fleet = Fleet(fresh_world, MANY, 12)
    with pytest.raises(KeyError):
        fleet.memory.committed(Committed(99, {"spans": pa.table({"tenant": ["a"]})}, "live"))
    assert fleet.newest.view() is None
    assert fleet.newest.nbytes == 0
    fleet.commit(fresh_world.now_ns)
    assert fleet.newest.view() is None
    assert fleet.traces("", fleet.windows(0)[0], 3)["items"]


def test_given_a_backfill_when_it_is_stored_then_old_spans_take_no_room_and_new_ones_are_listed(
    fresh_world: World,
) -> None:
    fleet = Fleet(fresh_world, 200_000, 13)
    since_ns, nbytes = fleet.newest.since_ns or 0, fleet.newest.nbytes
    said: list[Row] = []
    old = [fleet.span(fleet.rng.randbytes(16), "", TENANT, fleet.begun_ns - MINUTE_NS, True, said) for _ in range(500)]
    new = fleet.span(fleet.rng.randbytes(16), "session-1", TENANT, fresh_world.now_ns, True, said)
    fleet.bring({"messages": said, "spans": [*old, new | {"start_time": fresh_world.now_ns}]}, "backfill")
    assert fleet.newest.since_ns == since_ns
    assert nbytes < fleet.newest.nbytes < nbytes + 20_000
    assert fleet.traces("", fleet.windows(0)[0], 1)["items"][0]["trace_id"] == new["trace_id"].hex()
    same(fleet, ("", "order"), 2)


def test_given_a_silent_fleet_when_ten_minutes_are_over_then_its_memory_is_given_back(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = Fleet(fresh_world, MANY, 9)
    assert fleet.newest.nbytes > 100_000
    monkeypatch.setattr(time, "time_ns", lambda: fresh_world.now_ns + int(memory.AGE_MAX_S * SECOND_NS) + 1)
    fleet.memory.expire()
    assert fleet.newest.nbytes == 0
    assert fleet.traces("", Window(fleet.begun_ns, fresh_world.now_ns), 3)["items"], "from the store"


def test_given_a_program_short_of_memory_when_some_is_asked_back_then_lists_stay_what_they_are(
    fresh_world: World,
) -> None:
    fleet = Fleet(fresh_world, MANY, 11)
    half = fleet.newest.nbytes // 2
    fleet.memory.give_back(half)
    assert 0 < fleet.newest.nbytes <= half
    same(fleet, ("", "order"), 2)
    fleet.memory.give_back(MANY)
    assert fleet.newest.nbytes == 0
    same(fleet, ("",), 1)


def test_given_an_environment_when_lists_are_made_then_the_store_makes_them(whole: Fleet) -> None:
    reads = Reader(whole.world.store, TENANT, environment="production")
    assert traces.search(reads, "", whole.windows(0)[0], Page(), NOTHING_OPEN)["items"] == []


@pytest.fixture(scope="module")
def texts(empty_world: World) -> list[str]:
    """Of letters and words that touch each other in every way, stored as messages."""
    rng = random.Random(4)
    parts = [
        "order",
        "reorder",
        "Order",
        "4711",
        " ",
        "-",
        "a",
        "s",
        "é",
        "number ",
        "red",
        "bicycle",
        "x1",
        "_",
        "\n",
        "",
    ]
    found = ["".join(rng.choices(parts, k=rng.randrange(9))) for _ in range(400)]
    empty_world.add(
        "messages", *[make("messages", tenant="texts", session="s", hash=i, text=t) for i, t in enumerate(found)]
    )
    return found


@pytest.mark.parametrize("phrase", ["order", "a", "number 4711", "red-bicycle", "4711", "ORDER", "re", "x1", "s"])
def test_given_texts_when_looked_through_then_words_are_found_as_by_the_store(
    whole: Fleet, texts: list[str], phrase: str
) -> None:
    params = Params()
    held = contains(params, "text", phrase)
    rows = whole.world.reader("texts").query(f"SELECT hash FROM $messages WHERE {held}", params.values)
    lower = pc.ascii_lower(pa.array(["cut off", *texts], pa.string())).slice(1)
    assert np.flatnonzero(words.contains(lower, phrase)).tolist() == sorted(rows["hash"].to_pylist())
