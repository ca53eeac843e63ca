"""The SQL and model/tables.py state the same columns; every table can survive what the writer counts on."""

from __future__ import annotations

import re
import time as clock
from pathlib import Path

import pyarrow as pa
import pytest

from swarmscope.config import Retention
from swarmscope.model.tables import TABLES
from swarmscope.store import Store
from swarmscope.store.migrate import DEDUPLICATION_WINDOW, check_windows, known_migrations
from swarmscope.store.retention import RULES, apply_ttl

# Times that are kept in whole seconds, because their nanoseconds cost more than they tell.
COARSE = {
    ("messages", "received_at"),
    ("messages", "time"),
    ("histograms", "received_at"),
    ("exemplars", "received_at"),
}
PLAIN = {"agent_name"}  # as many as agents: a dictionary of them is read for each granule
NUMBERS = {
    "uint8": "UInt8", "uint32": "UInt32", "uint64": "UInt64", "int32": "Int32", "int64": "Int64", "double": "Float64",
}  # fmt: skip


def sql_type(kind: pa.DataType) -> set[str]:
    """ClickHouse types that hold an Arrow type."""
    if pa.types.is_dictionary(kind):
        return {"LowCardinality(String)"}
    if pa.types.is_string(kind):
        return {"String", "LowCardinality(String)"}
    if pa.types.is_timestamp(kind):
        return {"DateTime64(9, 'UTC')"}
    if pa.types.is_fixed_size_binary(kind):
        return {f"FixedString({kind.byte_width})"}
    if pa.types.is_map(kind):
        return {"Map(LowCardinality(String), String)"}
    if pa.types.is_list(kind):
        return {f"Array({inner})" for inner in sql_type(kind.value_type)}
    return {NUMBERS[str(kind)]}


def columns(store: Store, table: str) -> dict[str, str]:
    sql = "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {t:String} ORDER BY position"
    found = store.query(sql, {"t": table})
    return dict(zip(found["name"].to_pylist(), found["type"].to_pylist(), strict=True))


@pytest.mark.parametrize("table", sorted(TABLES))
def test_sql_and_model_state_the_same_columns(store: Store, table: str) -> None:
    found = columns(store, table)
    if table == "samples":  # stored as decimals
        assert found.pop("mantissa") == "Int64"
        assert found.pop("exponent") == "UInt8"
        found["batch_id"] = "UInt64"  # told by `sample_windows`
    assert set(found) == {*TABLES[table].names, "batch_id"}
    assert table == "samples" or list(found) == [*TABLES[table].names, "batch_id"]
    for field in TABLES[table]:
        expected = {"DateTime64(3, 'UTC')"} if (table, field.name) == ("samples", "time") else None
        expected = expected or ({"String"} if field.name in PLAIN else None)
        expected = expected or ({"DateTime('UTC')"} if (table, field.name) in COARSE else sql_type(field.type))
        assert found[field.name] in expected, f"{table}.{field.name}"
    assert found["batch_id"] == "UInt64"


def test_kept_spans_have_the_columns_of_spans(store: Store) -> None:
    assert columns(store, "spans_kept") == columns(store, "spans")


def tables(store: Store) -> dict[str, str]:
    found = store.query(
        "SELECT name, create_table_query AS ddl FROM system.tables "
        "WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    )
    return dict(zip(found["name"].to_pylist(), found["ddl"].to_pylist(), strict=True))


DERIVED = {
    "agent_10s", "agents_seen", "cost_1h", "edges_parent", "edges_peer", "sample_windows", "samples_1d", "samples_1h",
    "samples_5m", "spans_kept", "trace_minutes",
}  # fmt: skip
OWN = {"erasures", "job_state", "schema_version"}


def test_every_table_has_somebody_who_writes_it(store: Store) -> None:
    assert set(tables(store)) == set(TABLES) | DERIVED | OWN


def test_every_table_survives_a_power_cut_and_remembers_tokens(store: Store) -> None:
    for table, ddl in tables(store).items():
        assert f"non_replicated_deduplication_window = {DEDUPLICATION_WINDOW}" in ddl, table
        assert "max_suspicious_broken_parts = 1000000" in ddl, table
        assert "max_suspicious_broken_parts_bytes" in ddl, table


def test_tenant_comes_first_in_every_sort_key(store: Store) -> None:
    for table, ddl in tables(store).items():
        if table not in ("schema_version", "job_state", "sample_windows"):
            assert "ORDER BY (tenant, " in ddl, table


def test_the_docs_name_every_table_and_the_columns_it_is_sorted_by(store: Store) -> None:
    page = (Path(__file__).parents[2] / "docs/storage.md").read_text(encoding="utf-8")
    said = page.partition("## Tables")[2].partition("## ")[0]
    made = tables(store)
    assert [name for name in made if f"`{name}`" not in said] == []
    for names, order in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| [^|]* \| ([^|]*) \|", said, re.MULTILINE):
        each = order.split("; ")
        for place, name in enumerate(re.findall(r"\w+", names)):
            columns = each[min(place, len(each) - 1)].split(", ")
            if name in made and order.strip() and "as `" not in order:
                key = re.search(r"ORDER BY \(?(.*?)\)? (?:TTL|SETTINGS)", made[name])
                assert key, name
                sorted_by = [c for c in re.split(r", (?![^(]*\))", key[1]) if c != "tenant"]
                assert len(columns) == len(sorted_by), (name, columns, sorted_by)


def test_every_table_that_grows_expires(store: Store) -> None:
    apply_ttl(store, Retention())
    lasting = {"schema_version", "job_state", "erasures"}
    assert {rule.table for rule in RULES} | lasting == set(tables(store))
    for table, ddl in tables(store).items():
        assert (" TTL " in ddl) == (table not in lasting), table


def test_a_window_that_is_too_small_is_widened(store: Store) -> None:
    store.command("ALTER TABLE exemplars MODIFY SETTING non_replicated_deduplication_window = 7")
    check_windows(store)
    assert f"non_replicated_deduplication_window = {DEDUPLICATION_WINDOW}" in tables(store)["exemplars"]


def test_every_statement_can_run_twice() -> None:
    for migration in known_migrations():
        for statement in migration.statements():
            moves = statement.startswith(("INSERT INTO samples_", "EXCHANGE TABLES"))  # see test_packing
            moves |= statement.startswith("INSERT INTO trace_minutes ")  # equal rows become one
            moves |= statement.startswith("ALTER TABLE messages_fine ")  # made anew just before
            assert moves or " IF NOT EXISTS " in statement or " IF EXISTS " in statement, statement[:60]


def test_a_cluster_gets_replicated_tables_everywhere() -> None:
    for migration in known_migrations():
        for statement in migration.statements(cluster="fleet"):
            assert "{engine}" not in statement
            if statement.startswith("INSERT INTO "):
                continue  # each server moves its own rows
            assert "ON CLUSTER 'fleet'" in statement
            changes = statement.startswith(("ALTER ", "EXCHANGE ", "DROP "))
            assert changes or "ENGINE = Replicated" in statement or "VIEW" in statement


@pytest.mark.parametrize(
    ("table", "time", "column"),
    [("spans", "start_time", "agent"), ("logs", "time", "agent"), ("agent_10s", "bucket", "agent")],
)
def test_a_condition_on_the_time_alone_reads_little_of_a_day(store: Store, table: str, time: str, column: str) -> None:
    """The engine must find a minute by the primary key, among many agents."""
    day = int(clock.time()) // 86400 * 86400 - 86400
    start = f"addSeconds(toDateTime({day}, 'UTC'), intDiv(number * 86000, 300000)) AS {time}"
    store.command(
        f"INSERT INTO {table} (tenant, {time}, {column}) SELECT 'pruned', {start}, toString(number % 97) FROM numbers(300000)"
    )
    minute = f"{time} >= toDateTime({day + 25200}, 'UTC') AND {time} < toDateTime({day + 25260}, 'UTC')"
    plan = store.query(f"EXPLAIN indexes = 1 SELECT count() FROM {table} WHERE tenant = 'pruned' AND {minute}")
    read = [line.split(":")[1] for line in plan.column(0).to_pylist() if line.strip().startswith("Granules: ")]
    used, of_all = map(int, read[-1].split("/"))
    assert of_all > 20
    assert used <= max(3, of_all // 20)


def test_a_moment_of_all_series_reads_one_hour_of_samples(store: Store) -> None:
    day = int(clock.time()) // 86400 * 86400 - 86400
    at = f"addSeconds(toDateTime64({day}, 3, 'UTC'), intDiv(number * 86000, 300000))"
    store.command(
        "INSERT INTO samples (tenant, series_id, time, mantissa, exponent) "
        f"SELECT 'pruned', toFixedString(hex(number % 97), 16), {at}, 0, 0 FROM numbers(300000)"
    )
    begin, end = (f"toDateTime64({day + s}, 3, 'UTC')" for s in (25200, 25500))
    moment = f"time > {begin} AND time <= {end}"
    for more, most in (("", 3), ("AND series_id = toFixedString('1F', 16)", 1)):
        sql = f"EXPLAIN indexes = 1 SELECT count() FROM samples WHERE tenant = 'pruned' AND {moment} {more}"
        read = [line.split(":")[1] for line in store.query(sql).column(0).to_pylist() if "Granules: " in line]
        used, of_all = map(int, read[-1].split("/"))
        assert of_all > 30
        assert used <= most
