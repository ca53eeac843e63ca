"""The jobs against plain oracles in Python, late rows, second runs."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

import pyarrow as pa
import pytest

from swarmscope.config import Config, Retention
from swarmscope.errors import QueryError
from swarmscope.model.tables import TABLES
from swarmscope.store import Store, erasure
from swarmscope.store.batches import sample_windows
from swarmscope.store.cost import roll_cost
from swarmscope.store.edges import state_edges
from swarmscope.store.jobs import Jobs
from swarmscope.store.keep import keep_spans
from swarmscope.store.rollup import roll_samples
from tests.support.rows import rows

S = 10**9
NOON = 1_790_000_100 // 86_400 * 86_400 + 43_200  # seconds, twelve o'clock
_batch = itertools.count(1000, 1000)


def insert(store: Store, table: str, values: list[dict[str, Any]], tenant: str) -> None:
    """Rows given by the columns that matter; each call is a batch."""
    batch = next(_batch)
    whole = rows(table, len(values), tenant=tenant, seed=batch)
    plain = {"attributes": [], "session": "", "agent": "", "service": "", "peer_agent": "", "status_code": 1}
    for name in whole.column_names[:-1]:
        kind = TABLES[table].field(name).type
        if name in plain or any(name in v for v in values):
            given = [v.get(name, plain.get(name)) for v in values]
            low = pa.types.is_dictionary(kind)
            column = pa.array(given, pa.string()).dictionary_encode() if low else pa.array(given, kind)
            whole = whole.set_column(whole.schema.get_field_index(name), name, column)
    store.insert(table, whole, f"{tenant}/{batch}")
    if table == "samples":
        store.insert("sample_windows", sample_windows(whole, batch), f"{tenant}/{batch}")


def select(store: Store, sql: str, **params: object) -> list[dict[str, Any]]:
    return store.query(sql, params).to_pylist()


def rolled(store: Store, table: str, tenant: str) -> dict[tuple[bytes, int], dict[str, Any]]:
    found = select(store, f"SELECT * FROM {table} FINAL WHERE tenant = {{t:String}}", t=tenant)
    return {(r["series_id"], r["bucket"]): r for r in found}


def increase(values: list[float], before: float | None) -> float:
    total = 0.0
    for value in values:
        if before is not None:
            total += value - before if value >= before else value
        before = value
    return total


def test_samples_are_rolled_up_as_a_plain_loop_does(store: Store) -> None:
    rng = random.Random(7)
    series = [rng.randbytes(16) for _ in range(3)]
    points = {s: [(NOON + 15 * i, float(rng.choice([i % 37, rng.randrange(100)]))) for i in range(500)] for s in series}
    sent = [{"series_id": s, "time": t * S, "value": v} for s in series for t, v in points[s]]
    rng.shuffle(sent)
    for at in range(0, len(sent), 400):
        insert(store, "samples", sent[at : at + 400], "roll")

    roll_samples(store, now=NOON + 3 * 86_400)

    for table, width in (("samples_5m", 300), ("samples_1h", 3_600), ("samples_1d", 86_400)):
        found = rolled(store, table, "roll")
        expected = {(s, t // width * width) for s in series for t, _ in points[s]}
        assert set(found) == expected
        for (s, bucket), row in found.items():
            inside = [v for t, v in points[s] if bucket <= t < bucket + width]
            earlier = [v for t, v in points[s] if t < bucket]
            assert (row["count"], row["min"], row["max"], row["last"]) == (
                len(inside),
                min(inside),
                max(inside),
                inside[-1],
            )
            assert math.isclose(row["sum"], sum(inside))
            assert math.isclose(row["increase"], increase(inside, earlier[-1] if earlier else None))


def test_late_samples_replace_what_was_rolled_up(store: Store) -> None:
    at = NOON + 7_200
    one = {"series_id": b"s" * 16, "value": 1.0}
    insert(store, "samples", [{**one, "time": at * S}], "late")
    roll_samples(store, now=at + 86_400 * 3)
    insert(store, "samples", [{**one, "time": (at + 1) * S}], "late")
    assert roll_samples(store, now=at + 86_400 * 3) == 3
    for table in ("samples_5m", "samples_1h", "samples_1d"):
        assert [row["count"] for row in rolled(store, table, "late").values()] == [2]


def test_an_open_window_waits_and_a_second_run_changes_nothing(store: Store) -> None:
    at = NOON + 14_400
    insert(store, "samples", [{"series_id": b"o" * 16, "time": at * S, "value": 1.0}], "open")
    for open_s in (200, 400, 3_600):  # the hours of samples are rolled up whole
        roll_samples(store, now=at + open_s)
        assert rolled(store, "samples_5m", "open") == {}
    roll_samples(store, now=at + 3_700)
    first = rolled(store, "samples_5m", "open")
    assert len(first) == 1
    assert roll_samples(store, now=at + 3_700) == 0
    assert rolled(store, "samples_5m", "open") == first


def test_what_was_spent_is_stated_hour_by_hour_and_again_for_late_spans(store: Store) -> None:
    hour = NOON + 21_600
    keep = Retention()

    def spend(at: int, agent: str, cost: int, batch: int) -> None:
        span = {
            "start_time": at * S,
            "agent": agent,
            "model": "m",
            "operation": "chat",
            "service": "svc",
            "provider": "p",
        }
        tokens = {"input_tokens": 10, "output_tokens": 2, "cached_tokens": 1, "reasoning_tokens": 0}
        insert(store, "spans", [{**span, **tokens, "cost_nano_usd": cost, "resource_id": batch}], "cost")

    def stated() -> list[tuple[Any, ...]]:
        found = select(store, "SELECT * FROM cost_1h FINAL WHERE tenant = 'cost' ORDER BY hour, agent")
        return [(r["hour"], r["agent"], r["spans"], r["input_tokens"], r["cost_nano_usd"]) for r in found]

    spend(hour + 10, "a", 5, 1)
    spend(hour + 20, "a", 7, 1)
    spend(hour + 3_600, "b", 1, 1)
    roll_cost(store, keep, now=hour + 3_600 + 120)
    assert stated() == [(hour, "a", 2, 20, 12)]
    spend(hour + 30, "a", 100, 1)
    roll_cost(store, keep, now=hour + 2 * 3_600 + 120)
    assert stated() == [(hour, "a", 3, 30, 112), (hour + 3_600, "b", 1, 10, 1)]
    store.command("DELETE FROM spans WHERE tenant = 'cost' AND cost_nano_usd = 100")
    spend(hour + 40, "a", 1, 1)
    roll_cost(store, keep, now=hour + 4 * 86_400)
    assert stated()[0] == (hour, "a", 3, 30, 112), "an hour whose spans may have expired stays as it was"


def test_stale_markers_are_not_values(store: Store) -> None:
    at = NOON + 18_000
    values = [{"series_id": b"n" * 16, "time": (at + i) * S, "value": v} for i, v in enumerate([1.0, math.nan, 3.0])]
    insert(store, "samples", values, "stale")
    roll_samples(store, now=at + 86_400)
    (row,) = rolled(store, "samples_5m", "stale").values()
    assert (row["count"], row["sum"], row["increase"]) == (2, 4.0, 2.0)


def span(number: int, parent: int, agent: str, start: float, seconds: float = 1.0, **more: Any) -> dict[str, Any]:
    """A span of the trace `more['trace']` (0 if not given)."""
    trace = more.pop("trace", 0)
    return {
        "trace_id": trace.to_bytes(16, "big"),
        "span_id": number.to_bytes(8, "big"),
        "parent_span_id": parent.to_bytes(8, "big"),
        "agent": agent,
        "start_time": int(start * S),
        "duration_ns": int(seconds * S),
        "input_tokens": 2,
        "output_tokens": 3,
        "cost_nano_usd": 5,
        "name": "step",
        **more,
    }


def edges(store: Store, tenant: str) -> dict[tuple[str, str, str, str], int]:
    found = select(
        store,
        "SELECT layer, source, target, kind, sum(calls) AS n FROM edges WHERE tenant = {t:String} GROUP BY ALL",
        t=tenant,
    )
    return {(r["layer"], r["source"], r["target"], r["kind"]): r["n"] for r in found}


def test_edges_follow_parents_of_other_agents_and_services(store: Store) -> None:
    at = NOON + 20_000
    insert(
        store,
        "spans",
        [
            span(1, 0, "boss", at, service="front"),
            span(2, 1, "boss", at + 1, service="front"),
            span(3, 1, "coder", at + 2, service="back", status_code=2),
            span(4, 2, "coder", at + 70, service="back"),
            span(5, 3, "coder", at + 71, service="back", peer_agent="critic"),
            span(6, 9, "orphan", at + 72),
        ],
        "edge",
    )
    state_edges(store, now=at + 600)
    assert edges(store, "edge") == {
        ("agent", "boss", "coder", "parent"): 2,
        ("service", "front", "back", "parent"): 2,
        ("agent", "coder", "critic", "peer"): 1,
    }
    (row,) = select(
        store,
        "SELECT sum(errors) AS errors, sum(tokens) AS tokens, sum(cost_nano_usd) AS cost FROM edges "
        "WHERE tenant = 'edge' AND layer = 'agent' AND kind = 'parent'",
    )
    assert row == {"errors": 1, "tokens": 10, "cost": 10}


def test_a_late_parent_completes_the_edges_of_its_children(store: Store) -> None:
    at = NOON + 30_000
    insert(store, "spans", [span(11, 10, "worker", at + 100, trace=1)], "late-edge")
    state_edges(store, now=at + 900)
    assert edges(store, "late-edge") == {}
    insert(store, "spans", [span(10, 0, "planner", at, seconds=200, trace=1)], "late-edge")
    state_edges(store, now=at + 900)
    assert edges(store, "late-edge") == {("agent", "planner", "worker", "parent"): 1}
    state_edges(store, now=at + 900)
    assert edges(store, "late-edge") == {("agent", "planner", "worker", "parent"): 1}


def test_a_parent_that_began_hours_ago_is_found(store: Store) -> None:
    at = NOON + 40_000
    old = span(20, 0, "chief", at - 10_000, seconds=12_000, trace=2)
    insert(store, "spans", [old, span(21, 20, "aide", at, trace=2)], "long-edge")
    state_edges(store, now=at + 900)
    assert edges(store, "long-edge") == {("agent", "chief", "aide", "parent"): 1}


def test_traces_worth_keeping_are_kept_whole(store: Store) -> None:
    at = NOON + 50_000
    many = [span(1000 + i, 0, "a", at + i % 60, trace=1000 + i, cost_nano_usd=0) for i in range(400)]
    special = [
        span(1, 0, "a", at, trace=1, cost_nano_usd=0),
        span(2, 1, "a", at, trace=1, cost_nano_usd=0, status_code=2),
        span(3, 0, "a", at, trace=2, cost_nano_usd=0, seconds=500),
        span(4, 0, "a", at, trace=3, cost_nano_usd=0, name="seldom"),
        span(5, 0, "a", at, trace=4, cost_nano_usd=900),
    ]
    insert(store, "spans", many + special, "keep")
    for _ in range(2):
        keep_spans(store, Retention(kept_sample_ratio=0.05, kept_max_ratio=0.02), now=at + 10_000)
    found = select(store, "SELECT trace_id, count() AS n FROM spans_kept FINAL WHERE tenant = 'keep' GROUP BY trace_id")
    kept = {int.from_bytes(r["trace_id"], "big"): r["n"] for r in found}
    assert {t: n for t, n in kept.items() if t < 1000} == {1: 2, 2: 1, 3: 1, 4: 1}
    assert 2 <= sum(t >= 1000 for t in kept) <= 60
    insert(store, "spans", [span(6, 1, "a", at + 1, trace=1)], "keep")
    keep_spans(store, Retention(kept_sample_ratio=0.0), now=at + 10_000)
    late = select(
        store, "SELECT count() AS n FROM spans_kept FINAL WHERE tenant = 'keep' AND span_id = unhex('0000000000000006')"
    )
    assert late == [{"n": 1}]


def counts(store: Store, tenant: str) -> dict[str, int]:
    return {
        table: select(store, f"SELECT count() AS n FROM {table} WHERE tenant = {{t:String}}", t=tenant)[0]["n"]
        for table in ("spans", "logs", "messages")
    }


def conversation(session: str, trace: int, user: str, at: int) -> dict[str, list[dict[str, Any]]]:
    attributes = [("user.id", user)] if user else []
    about = {"session": session, "trace_id": trace.to_bytes(16, "big"), "received_at": at * S}
    return {
        "spans": [
            span(1, 0, "a", at, trace=trace) | about | {"attributes": attributes},
            span(2, 1, "a", at, trace=trace) | about,
        ],
        "logs": [about | {"time": at * S, "attributes": []}],
        "messages": [
            {"session": session or f"{trace:032x}", "received_at": at * S, "time": at * S, "hash": trace, "text": "hi"}
        ],
    }


@pytest.mark.parametrize(
    ("kind", "value", "left"),
    [
        ("session", "s1", {"spans": 4, "logs": 2, "messages": 2}),
        ("subject", "ann", {"spans": 2, "logs": 1, "messages": 1}),
    ],
)
def test_erasure_deletes_a_session_or_a_person_and_late_rows_too(
    store: Store, kind: Any, value: str, left: dict[str, int]
) -> None:
    tenant, at = f"erase-{kind}", NOON + 60_000
    for session, trace, user in (("s1", 1, "ann"), ("", 2, "ann"), ("s2", 3, "bob")):
        for table, values in conversation(session, trace, user, at).items():
            insert(store, table, values, tenant)
    erasure.erase(store, tenant, kind, value)
    assert counts(store, tenant) == left
    for table, values in conversation("s1", 1, "ann", at).items():
        insert(store, table, values, tenant)
    assert erasure.erase_again(store) >= 1
    assert counts(store, tenant) == left
    told = select(store, "SELECT toString(tuple(*)) AS erased FROM erasures WHERE tenant = {t:String}", t=tenant)
    assert told
    assert value not in str(told)


def test_an_empty_erasure_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="empty"):
        erasure.erase(store, "t", "session", "")


def test_jobs_run_by_name_and_a_failing_one_does_not_end_the_others(store: Store) -> None:
    jobs = Jobs(store, Config())
    for name in jobs.names:
        jobs.run_once(name)
    with pytest.raises(KeyError, match="nonsense"):
        jobs.run_once("nonsense")

    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise QueryError("no")

    broken = Jobs(Broken(), Config())  # type: ignore[arg-type] # a store that fails at everything
    broken.start()
    broken.stop()
