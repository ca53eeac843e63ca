"""What every store promises about inserts."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from swarmscope.errors import SchemaError, StoreContentError
from swarmscope.model.tables import TABLES
from swarmscope.store.client import Store
from tests.support.rows import NOON_NS, plain, rows

HOUR_NS = 3_600 * 10**9


def count(store: Store, table: str, tenant: str) -> int:
    answer = store.query(f"SELECT count() AS n FROM {table} WHERE tenant = {{tenant:String}}", {"tenant": tenant})
    return int(answer["n"][0].as_py())


def stored(store: Store, table: str, tenant: str, like: pa.Table) -> pa.Table:
    """The rows of a tenant, in the types of `like`."""
    if table == "samples":  # the number of the batch is not kept
        like = like.drop_columns("batch_id")
    columns = ", ".join(f"`{name}`" for name in like.column_names)
    answer = store.query(f"SELECT {columns} FROM {table} WHERE tenant = {{tenant:String}}", {"tenant": tenant})
    for at, field in enumerate(like.schema):
        if pa.types.is_timestamp(field.type) and pa.types.is_uint32(answer.schema.field(at).type):  # whole seconds
            moments = pc.multiply(answer.column(at).cast(pa.int64()), 10**9).cast(field.type)
            answer = answer.set_column(at, field.name, moments)
    wanted = pa.schema([pa.field(f.name, _plain_type(f.type)) for f in like.schema])
    return answer.cast(wanted)


def _plain_type(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_dictionary(kind) else kind


def whole_seconds(table: str, sent: pa.Table) -> pa.Table:
    """Some tables keep some times in whole seconds: 1790000000.9 is stored as 1790000000; samples keep milliseconds."""
    if table == "samples":
        coarse_ns = pa.array([t.value // 10**6 * 10**6 for t in sent["time"]], pa.int64()).cast(sent["time"].type)
        return sent.set_column(sent.schema.get_field_index("time"), "time", coarse_ns).drop_columns("batch_id")
    coarse = {"messages": ["received_at", "time"]}.get(table, ["received_at"])
    if table in ("messages", "histograms", "exemplars"):
        for name in coarse:
            seconds = pa.array([t.value // 10**9 * 10**9 for t in sent[name]], pa.int64()).cast(sent[name].type)
            sent = sent.set_column(sent.schema.get_field_index(name), name, seconds)
    return sent


@pytest.mark.parametrize("table", sorted(TABLES))
def test_rows_come_back_as_they_went_in(store: Store, table: str) -> None:
    sent = rows(table, 200, tenant=f"back-{table}", seed=1)
    store.insert(table, sent, f"back/{table}")
    assert plain(stored(store, table, f"back-{table}", sent)) == plain(whole_seconds(table, sent))


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_token_counts_once(store: Store, table: str) -> None:
    tenant = f"once-{table}"
    sent = rows(table, 50, tenant=tenant, seed=2)
    for _ in range(3):
        store.insert(table, sent, f"once/{table}")
    assert count(store, table, tenant) == 50
    store.command(f"OPTIMIZE TABLE {table} FINAL")
    store.insert(table, sent, f"once/{table}")
    assert count(store, table, tenant) == 50


def test_equal_rows_under_another_token_are_other_rows(store: Store) -> None:
    sent = rows("samples", 10, tenant="twins", seed=3)
    store.insert("samples", sent, "twins/1")
    store.insert("samples", sent, "twins/2")
    assert count(store, "samples", "twins") == 20


def test_no_rows_are_no_insert(store: Store) -> None:
    store.insert("logs", rows("logs", 0), "nothing")
    store.insert("logs", rows("logs", 5, tenant="nothing"), "nothing")
    assert count(store, "logs", "nothing") == 5


def test_an_insert_is_one_block_per_partition_however_large_and_chunked(store: Store) -> None:
    part = rows("samples", 1000, tenant="block", seed=4, time_ns=NOON_NS + 30 * 24 * HOUR_NS)
    sent = pa.concat_tables([part] * 130)
    store.command("SYSTEM STOP MERGES samples")
    store.insert("samples", sent, "block/1")
    parts = store.query("SELECT _part AS part, count() AS n FROM samples WHERE tenant = 'block' GROUP BY part")
    store.command("SYSTEM START MERGES samples")
    assert parts["n"].to_pylist() == [130_000]


def test_rows_of_several_days_are_stored_under_one_token(store: Store) -> None:
    days = [rows("spans", 20, tenant="days", seed=d, time_ns=NOON_NS + d * 24 * HOUR_NS) for d in range(4)]
    for _ in range(2):
        store.insert("spans", pa.concat_tables(days), "days/1")
    assert count(store, "spans", "days") == 80


def test_columns_that_are_left_out_take_their_defaults(store: Store) -> None:
    sent = rows("agent_events", 3, tenant="few").select(["tenant", "time", "agent"])
    store.insert("agent_events", sent, "few")
    answer = store.query("SELECT event, capabilities FROM agent_events WHERE tenant = 'few'")
    assert answer.to_pylist() == [{"event": "", "capabilities": []}] * 3


def test_extremes_of_every_type_survive(store: Store) -> None:
    sent = rows("histograms", 2, tenant="extreme")
    extremes = {
        "count": pa.array([0, 1.7976931348623157e308], pa.float64()),
        "sum": pa.array([float("inf"), -1.7976931348623157e308], pa.float64()),
        "min": pa.array([float("-inf"), 5e-324], pa.float64()),
        "scale": pa.array([-(2**31), 2**31 - 1], pa.int32()),
        "time": pa.array([0, NOON_NS], pa.int64()).cast(sent.schema.field("time").type),
        "bucket_counts": pa.array([[], [2.0**64] * 2000], pa.list_(pa.float64())),
        "reset_hint": pa.array([0, 255], pa.uint8()),
    }
    for name, values in extremes.items():
        sent = sent.set_column(sent.schema.get_field_index(name), name, values)
    store.insert("histograms", sent, "extreme")
    assert plain(stored(store, "histograms", "extreme", sent)) == plain(whole_seconds("histograms", sent))


def test_nan_is_stored(store: Store) -> None:
    sent = rows("samples", 1, tenant="nan").set_column(3, "value", pa.array([float("nan")]))
    store.insert("samples", sent, "nan")
    assert store.query("SELECT isNaN(value) AS yes FROM samples WHERE tenant = 'nan'")["yes"].to_pylist() == [1]


@pytest.mark.parametrize(
    "text", ["", "\0", "\n\t\\'\"", "é模🙂", "x" * 2_000_000], ids=["empty", "nul", "signs", "wide", "2 MB"]
)
def test_any_text_survives(store: Store, text: str) -> None:
    tenant = f"text-{len(text)}-{text[:1]!r}"
    sent = rows("logs", 1, tenant=tenant)
    at = sent.schema.get_field_index("body")
    store.insert("logs", sent.set_column(at, "body", pa.array([text])), tenant)
    answer = store.query("SELECT body FROM logs WHERE tenant = {tenant:String}", {"tenant": tenant})
    assert answer["body"].to_pylist() == [text]


def test_rows_that_cannot_be_stored_are_named_and_leave_nothing(store: Store) -> None:
    sent = rows("logs", 3, tenant="bad")
    at = sent.schema.get_field_index("severity")
    wrong = sent.set_column(at, "severity", pa.array(["loud"] * 3))
    with pytest.raises(StoreContentError, match="logs"):
        store.insert("logs", wrong, "bad")
    assert count(store, "logs", "bad") == 0
    store.insert("logs", sent, "bad")
    assert count(store, "logs", "bad") == 3


def test_an_unknown_table_or_column_is_a_schema_error(store: Store) -> None:
    sent = rows("logs", 1)
    with pytest.raises(SchemaError, match="nowhere"):
        store.insert("nowhere", sent, "x")
    with pytest.raises(SchemaError, match="logs"):
        store.insert("logs", sent.append_column("surprise", pa.array([1])), "x")
    store.sync()
