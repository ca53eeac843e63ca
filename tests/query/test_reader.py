"""The Reader: no query can leave the tenant out, and older spans come from what was kept."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from swarmscope import query
from swarmscope.errors import NotFoundError, QueryError, SwarmscopeError
from swarmscope.query import reader as reader_module
from swarmscope.query import traces
from swarmscope.query.reader import MANY, TABLES, Reader, picked, scoped, told_at_once
from swarmscope.query.search import Page
from swarmscope.query.times import DAY_NS, Window
from tests.query.conftest import World, make


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM spans",
        "SELECT * FROM `spans`",
        "SELECT * FROM swarmscope.spans",
        "SELECT * FROM $spans JOIN logs USING (trace_id)",
        "SELECT * FROM $spans WHERE agent IN agents",
        "select * from $spans union all select * from spans_kept",
        "SELECT * FROM $secrets",
        "SELECT * FROM $schema_version",
        "SELECT 1",
    ],
)
def test_given_a_query_that_could_see_other_tenants_when_scoped_then_it_is_refused(sql: str) -> None:
    with pytest.raises(SwarmscopeError):
        scoped(sql)


def test_given_marks_when_scoped_then_each_becomes_the_rows_of_one_tenant() -> None:
    sql = scoped(
        "SELECT * FROM $spans AS s JOIN $logs AS l ON s.trace_id = l.trace_id WHERE x IN (SELECT 1 FROM $spans)"
    )
    assert len(re.findall(r"FROM (?:spans|logs) WHERE tenant = \{tenant:String\}\)", sql)) == 3
    assert "$" not in sql


@pytest.mark.parametrize(
    ("table", "condition", "rest"),
    [
        ("secrets", "1", ""),
        ("agents", "1", ""),  # a view
        ("findings", "1", ""),  # stated again and again
        ("spans", "trace_id IN (SELECT trace_id FROM logs)", ""),
        ("spans", "trace_id IN (SELECT trace_id FROM $secrets)", ""),
        ("spans", "1", "UNION ALL SELECT * FROM logs"),
    ],
)
def test_given_rows_that_could_be_others_when_picked_then_it_is_refused(table: str, condition: str, rest: str) -> None:
    with pytest.raises(SwarmscopeError):
        picked("*", table, condition, rest)


def test_given_a_condition_with_or_when_picked_then_it_stands_behind_the_tenant() -> None:
    sql = picked("name", "spans", "name = 'a' OR trace_id IN (SELECT trace_id FROM $logs)", "LIMIT 1", here=True)
    assert re.search(
        r"FROM spans PREWHERE tenant = \{tenant:String\} AND resource_id IN \(.*\) AND \(name = 'a' OR ", sql
    )
    assert "FROM (SELECT * FROM logs WHERE tenant = {tenant:String} AND resource_id IN" in sql


def test_given_several_conditions_when_picked_then_each_stands_behind_the_tenant_and_is_tried_on_its_own() -> None:
    sql = picked("name", "spans", ["name = 'a' OR kind = 1", "session = ''"])
    assert " PREWHERE tenant = {tenant:String} AND (name = 'a' OR kind = 1) AND (session = '') " in sql
    with pytest.raises(SwarmscopeError, match="every tenant"):
        picked("name", "spans", ["1", "session IN (SELECT session FROM messages)"])


def test_no_module_of_the_room_names_a_table_without_its_mark() -> None:
    """SQL in the room stands in strings; the only ones that name a table plainly are the Reader's and the guard's own."""
    names = "|".join(sorted(TABLES | {"agents_seen", "edges_peer", "edges_parent", "schema_version"}))
    plain = re.compile(rf"\b(?:FROM|JOIN)\s+`?(?:{names})\b")
    for module in pkgutil.iter_modules(query.__path__):
        file = importlib.import_module(f"swarmscope.query.{module.name}").__file__
        assert file is not None
        assert not plain.search(Path(file).read_text(encoding="utf-8")), module.name


def test_given_every_store_call_when_listed_then_only_the_reader_and_the_schema_speak_to_the_store() -> None:
    callers = set()
    for module in pkgutil.iter_modules(query.__path__):
        text = Path(str(importlib.import_module(f"swarmscope.query.{module.name}").__file__)).read_text(
            encoding="utf-8"
        )
        if re.search(r"\bstore\.query\(|_store\.query\(", text):
            callers.add(module.name)
    assert callers == {"reader", "sql"}


@pytest.fixture(scope="module")
def aged(empty_world):
    make, now = empty_world.make, empty_world.now_ns
    day = now // DAY_NS * DAY_NS

    def span(tenant: str, number: int, start: int):
        ids = {"trace_id": number.to_bytes(16, "big"), "span_id": number.to_bytes(8, "big")}
        return make(
            "spans",
            tenant=tenant,
            received_at=now,
            start_time=start,
            duration_ns=5,
            agent="x",
            name=f"n{number}",
            **ids,
        )

    fresh = [span("a", 1, now - 1000), span("a", 2, day - 2 * DAY_NS + 5)]
    old = [span("a", 3, day - 10 * DAY_NS), span("b", 4, day - 10 * DAY_NS)]
    empty_world.add("spans", *fresh)
    empty_world.add_as("spans", "spans_kept", fresh + old)
    empty_world.add_as("spans", "spans_kept", old)  # the job that keeps them may run twice
    return empty_world


def test_given_old_and_new_spans_when_searched_then_each_comes_once(aged) -> None:
    within = Window(aged.now_ns - 20 * DAY_NS, aged.now_ns + 1)
    found = traces.spans(aged.reader(), "", within, Page())["items"]
    assert [s["name"] for s in found] == ["n1", "n2", "n3"]
    assert [t["spans"] for t in traces.search(aged.reader(), "", within, Page())["items"]] == [1, 1, 1]


def test_given_a_trace_of_which_only_the_kept_spans_are_left_when_read_then_they_come(aged) -> None:
    found = traces.one(aged.reader(), (3).to_bytes(16, "big").hex())
    assert [s["name"] for s in found["spans"]] == ["n3"]
    with pytest.raises(NotFoundError):
        traces.one(aged.reader("b"), (3).to_bytes(16, "big").hex())


def test_given_two_tenants_when_few_are_read_then_each_sees_its_own(aged) -> None:
    def names(tenant: str, condition: str) -> list[str]:
        rows = aged.reader(tenant).few("name", "spans", condition, {"agent": "x"}, "ORDER BY start_time DESC")
        return [r["name"] for r in rows]

    assert names("a", "agent = {agent:String} OR 1") == ["n1", "n2"]
    assert names("b", "agent = {agent:String} OR 1") == []
    assert names("a", "trace_id IN (SELECT trace_id FROM $spans WHERE name = 'n2')") == ["n2"]


class Slow:
    """A store each of whose reads takes twelve seconds of a clock that the test turns."""

    def __init__(self) -> None:
        self.now_s, self.given = 1000.0, list[object]()

    def query(self, _sql: str, _params: object, settings: dict[str, object]) -> pa.Table:
        self.given.append(settings.get("max_execution_time"))
        self.now_s += 12
        return pa.table({"a": [1]})


def test_given_a_request_of_many_reads_then_each_gets_what_the_others_left(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Slow()
    monkeypatch.setattr(reader_module, "time", SimpleNamespace(monotonic=lambda: store.now_s))
    unbounded = Reader(store, "default")  # type: ignore[arg-type] # it is asked for nothing else
    reads = unbounded.in_time(30)
    reads.query("SELECT 1 FROM $spans", settings={"max_threads": 1})
    reads.rows("SELECT 1 FROM $spans")
    reads.few("1", "spans", "1")
    for ask in (lambda: reads.rows("SELECT 1 FROM $spans"), lambda: reads.few("1", "spans", "1")):
        with pytest.raises(QueryError, match="longer than 30 s"):
            ask()
    unbounded.rows("SELECT 1 FROM $spans")
    assert store.given == [30, 18, 6, None]
    store.now_s = 1030 - 1e-6  # a hair is left: no bound at all would be the store's meaning of nothing
    reads.rows("SELECT 1 FROM $spans")
    assert store.given[-1] == reader_module.LEAST_S


TEXTS = ["plain", "", "it's", "a\\b", "new\nline", "tab\t", "ü", "\u202e", "{x:String}", "'; DROP TABLE spans"]


@pytest.mark.parametrize("more", [[], ["with the \x1f that parts them"]])
@pytest.mark.parametrize("many", [0, MANY])
def test_given_a_list_of_texts_when_it_is_long_then_the_same_rows_are_found(
    empty_world: World, more: list[str], many: int
) -> None:
    names = [*TEXTS, *more]
    empty_world.add("messages", *(make("messages", tenant="a", session=n, hash=i + 1) for i, n in enumerate(names)))
    asked = [*names[1:], *(f"nobody-{i}" for i in range(many))]
    for where in ("session IN {names:Array(String)}", "session IN (SELECT arrayJoin({names:Array(String)}))"):
        sql = f"SELECT session FROM $messages WHERE {where}"
        found = empty_world.reader().query(sql, {"names": asked})["session"].to_pylist()
        assert set(found) == set(names[1:])
        picked_ones = empty_world.reader().few("session", "messages", where, {"names": asked})
        assert {r["session"] for r in picked_ones} == set(names[1:])


def test_given_a_long_list_when_it_is_asked_in_two_ways_then_both_know_it() -> None:
    names = [f"s{i}" for i in range(MANY)]
    sql, bound = told_at_once("session IN {n:Array(String)} AND has({n:Array(String)}, session)", {"n": names})
    assert "{n_joined:String}" in sql and "has({n:Array(String)}, session)" in sql
    assert bound == {"n": names, "n_joined": "\x1f".join(names)}
    assert told_at_once("session IN {n:Array(String)}", {"n": names[1:]}) == (
        "session IN {n:Array(String)}",
        {"n": names[1:]},
    )
