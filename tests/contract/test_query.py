"""What every store promises about queries and commands."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from swarmscope.errors import QueryError, StoreAwayError, SwarmscopeError
from swarmscope.store.client import Store
from tests.contract.conftest import Backend
from tests.support.rows import rows


def value(store: Store, sql: str, *args: Any) -> Any:
    return store.query(sql, *args).column(0)[0].as_py()


TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS, texts=st.lists(TEXTS, max_size=4), table=st.dictionaries(TEXTS, TEXTS, max_size=3))
def test_parameters_arrive_as_they_were_given(store: Store, text: str, texts: list[str], table: dict[str, str]) -> None:
    sql = "SELECT {a:String} AS a, {b:Array(String)} AS b, {c:Map(String, String)} AS c"
    (row,) = store.query(sql, {"a": text, "b": texts, "c": table}).to_pylist()
    assert (row["a"], row["b"], dict(row["c"])) == (text, texts, table)


@pytest.mark.parametrize(
    ("kind", "given_value", "expected"),
    [
        ("UInt64", 2**64 - 1, 2**64 - 1),
        ("Int64", -(2**63), -(2**63)),
        ("Float64", 1e300, 1e300),
        ("Bool", True, True),
        ("Nullable(String)", None, None),
        ("Array(UInt64)", [1, 2], [1, 2]),
        ("Array(Array(String))", [["a'"], []], [["a'"], []]),
        ("String", b"bytes", "bytes"),
    ],
)
def test_parameters_of_every_kind(store: Store, kind: str, given_value: object, expected: object) -> None:
    assert value(store, f"SELECT {{p:{kind}}}", {"p": given_value}) == expected


def test_moments_are_parameters(store: Store) -> None:
    sql = "SELECT toUnixTimestamp64Micro({p:DateTime64(6, 'UTC')})"
    assert value(store, sql, {"p": datetime(2026, 1, 2, 3, 4, 5, 678, UTC)}) == 1767323045000678


def test_a_parameter_is_never_sql(store: Store) -> None:
    hostile = "x'; DROP TABLE logs; --"
    assert value(store, "SELECT {p:String}", {"p": hostile}) == hostile
    assert value(store, "SELECT count() >= 0 FROM logs") == 1


def test_many_and_long_parameters(store: Store) -> None:
    many = [f"{i:032x}" for i in range(5000)]
    assert value(store, "SELECT length({p:Array(String)})", {"p": many}) == 5000
    assert value(store, "SELECT length({p:String})", {"p": "y" * 1_000_000}) == 1_000_000


def test_a_missing_or_malformed_parameter_is_a_query_error(store: Store) -> None:
    with pytest.raises(QueryError):
        store.query("SELECT {p:UInt8}")
    with pytest.raises(QueryError):
        store.query("SELECT {p:UInt8}", {"p": "many"})
    with pytest.raises(QueryError, match="parameter"):
        store.query("SELECT 1", {"p": object()})
    with pytest.raises(QueryError, match="name"):
        store.query("SELECT 1", {"a b": 1})


def test_settings_hold_for_one_query(store: Store) -> None:
    sql = "SELECT toUInt64(getSetting('max_rows_to_group_by'))"
    before = value(store, sql)
    assert value(store, sql, {}, {"max_rows_to_group_by": 12345}) == 12345
    assert value(store, sql) == before
    assert value(store, sql, {}, {"max_rows_to_group_by": 12345}) == 12345
    assert [block.column(0).to_pylist() for block in store.stream(sql)] == [[before]]
    assert value(store, sql, {}, {"max_rows_to_group_by": 12345}) == 12345
    assert value(store, sql, {}, {"max_rows_to_group_by": 54321, "max_threads": 1}) == 54321
    with pytest.raises(QueryError):
        store.query("SELECT 1", {}, {"no_such_setting": 1})
    with pytest.raises(QueryError, match="name"):
        store.query("SELECT 1", {}, {"a b": 1})
    assert value(store, sql) == before


def test_a_mapping_is_a_setting(store: Store) -> None:
    store.insert("logs", rows("logs", 3, tenant="mine"), "mine")
    store.insert("logs", rows("logs", 4, tenant="theirs"), "theirs")
    only = {"additional_table_filters": {"swarmscope.logs": "tenant = 'mine'"}}
    assert value(store, "SELECT count() FROM swarmscope.logs WHERE tenant IN ('mine', 'theirs')", {}, only) == 3


@pytest.mark.parametrize(
    "sql", ["SELEC 1", "SELECT nothing", "SELECT * FROM nowhere", "SELECT sum(x'", "SELECT throwIf(1)"]
)
def test_a_query_that_cannot_run_is_a_query_error(store: Store, sql: str) -> None:
    with pytest.raises(QueryError, match="Code|only SELECT"):
        store.query(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (a UInt8) ENGINE = Memory",
        "INSERT INTO logs (tenant) VALUES ('x')",
        "DROP TABLE logs",
        "ALTER TABLE logs DELETE WHERE 1",
        "OPTIMIZE TABLE logs",
        "SYSTEM STOP MERGES",
    ],
)
def test_a_query_changes_nothing(store: Store, sql: str) -> None:
    with pytest.raises(QueryError):
        store.query(sql)


def test_a_query_cannot_lift_its_own_limits_to_write(store: Store) -> None:
    with pytest.raises(QueryError):
        store.query("SET readonly = 0")
    with pytest.raises(QueryError):
        store.query("DROP TABLE logs", {}, {"readonly": 0})


def test_a_query_that_takes_too_long_ends(store: Store) -> None:
    with pytest.raises(QueryError, match="time"):
        store.query(
            "SELECT count() FROM system.numbers WHERE NOT ignore(cityHash64(number))", {}, {"max_execution_time": 0.5}
        )
    assert value(store, "SELECT 1") == 1


def test_a_query_that_takes_too_much_memory_ends(store: Store) -> None:
    with pytest.raises(QueryError, match="memory"):
        store.query("SELECT groupArray(number) FROM numbers(100000000)", {}, {"max_memory_usage": 50_000_000})
    assert value(store, "SELECT 1") == 1


def test_an_error_after_the_first_rows_is_an_error(store: Store) -> None:
    with pytest.raises(QueryError):
        store.query("SELECT throwIf(number = 900000) FROM numbers(1000000)", {}, {"max_block_size": 1000})


def test_no_rows_keep_their_columns(store: Store) -> None:
    answer = store.query("SELECT tenant, time FROM logs WHERE tenant = 'nobody'")
    assert (answer.num_rows, answer.column_names) == (0, ["tenant", "time"])


def test_commands_take_parameters_and_fail_loudly(store: Store) -> None:
    store.command(
        "INSERT INTO job_state (job, key, value, revision) SELECT {j:String}, '', {v:String}, 1", {"j": "x'y", "v": "1"}
    )
    assert value(store, "SELECT value FROM job_state WHERE job = {j:String}", {"j": "x'y"}) == "1"
    with pytest.raises(QueryError):
        store.command("ALTER TABLE nowhere DELETE WHERE 1")


def test_many_threads_share_a_store(store: Store) -> None:
    failures: list[Exception] = []

    def work(number: int) -> None:
        try:
            for i in range(5):
                store.insert("samples", rows("samples", 20, tenant="threads", seed=number), f"threads/{number}/{i}")
                assert value(store, "SELECT {n:UInt32}", {"n": number}) == number
        except (SwarmscopeError, AssertionError) as e:
            failures.append(e)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert value(store, "SELECT count() FROM samples WHERE tenant = 'threads'") == 8 * 5 * 20


def test_a_closed_store_says_so_and_opens_again(backend: Backend) -> None:
    store = backend.store or backend.open()
    backend.close()
    with pytest.raises(StoreAwayError):
        store.query("SELECT 1")
    with pytest.raises(StoreAwayError):
        store.insert("logs", rows("logs", 1), "closed")
    store.close()
    assert value(backend.open(), "SELECT 1") == 1


def test_blocks_hold_the_rows_of_the_query(store: Store) -> None:
    sql = "SELECT number AS n FROM numbers({rows:UInt64}) SETTINGS max_block_size = 1000"
    found = [n for block in store.stream(sql, {"rows": 5_000}) for n in block["n"].to_pylist()]
    assert sorted(found) == list(range(5_000))
    assert [block.num_rows for block in store.stream("SELECT 1 AS n WHERE 0") if block.num_rows] == []


def test_a_wrong_stream_is_a_query_error_and_one_that_is_left_gives_its_reader_back(store: Store) -> None:
    with pytest.raises(QueryError):
        list(store.stream("SELECT nothing_of_that_name"))
    with pytest.raises(QueryError):
        list(store.stream("SELECT throwIf(number = 100000, 'late') FROM numbers(200000) SETTINGS max_block_size = 100"))
    with pytest.raises(QueryError):
        list(store.stream("DROP TABLE samples"))
    for _ in range(20):
        blocks = store.stream("SELECT number FROM numbers(1000000) SETTINGS max_block_size = 1000")
        next(blocks)
        blocks.close()
    assert value(store, "SELECT 1") == 1


def test_changes_are_told_or_nothing_is(store: Store) -> None:
    before = store.changes("logs")
    store.insert("logs", rows("logs", 1, tenant="changes"), "changes")
    after = store.changes("logs")
    assert (before is None and after is None) or (before is not None and after is not None and after > before)
    assert store.changes("logs") == after
