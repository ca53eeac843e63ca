"""A real embedded store with a small fleet whose every row is known."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from swarmscope.config import Storage
from swarmscope.model.tables import TABLES
from swarmscope.query.reader import Reader
from swarmscope.query.times import HOUR_NS, SECOND_NS, Window
from swarmscope.store.embedded import EmbeddedStore
from tests.support.stores import migrated

Row = dict[str, Any]
NO_SPAN = bytes(8)
NO_TRACE = bytes(16)


def _default(kind: pa.DataType) -> Any:
    if pa.types.is_map(kind) or pa.types.is_list(kind):
        return []
    if pa.types.is_fixed_size_binary(kind):
        return bytes(kind.byte_width)
    if pa.types.is_string(kind) or pa.types.is_dictionary(kind):
        return ""
    return 0


def make(table: str, **values: Any) -> Row:
    """A row of `table`: the given values, else empty ones. Dicts become maps."""
    schema = TABLES[table]
    assert values.keys() <= set(schema.names), values.keys() - set(schema.names)
    row = {f.name: values.get(f.name, _default(f.type)) for f in schema}
    if "attributes" in values and "attribute_types" in row and "attribute_types" not in values:
        row["attribute_types"] = "s" * len(values["attributes"])
    return row


def to_arrow(table: str, rows: list[Row]) -> pa.Table:
    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return list(value.items())
        return [plain(v) for v in value] if isinstance(value, list) else value

    schema = TABLES[table]
    columns = [pa.array([plain(r[f.name]) for r in rows], f.type) for f in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def to_rows(table: pa.Table) -> list[Row]:
    """The other way round, times as nanoseconds."""
    fields = [f.with_type(pa.int64()) if pa.types.is_timestamp(f.type) else f for f in table.schema]
    return table.cast(pa.schema(fields)).to_pylist()  # type: ignore[no-any-return] # pyarrow is untyped


_numbers = itertools.count()


class World:
    """What lies in the store. `now_ns` is when it was filled; all rows lie in `window`."""

    def __init__(self, store: EmbeddedStore, now_ns: int) -> None:
        self.store = store
        self.now_ns = now_ns
        self.rows: dict[str, list[Row]] = {}
        self.batches = 0
        self.number = next(_numbers)  # two of one store insert different blocks

    def __repr__(self) -> str:
        return "World()"

    @property
    def window(self) -> Window:
        return Window(self.now_ns - 8 * HOUR_NS, self.now_ns + HOUR_NS)

    make = staticmethod(make)

    def reader(self, tenant: str = "a") -> Reader:
        return Reader(self.store, tenant)

    def add(self, table: str, *rows: Row) -> None:
        kept = self.rows.setdefault(table, [])
        self.batches += 1
        batch = pa.array([self.batches] * len(rows), pa.uint64())
        columns = to_arrow(table, list(rows)).append_column(pa.field("batch_id", pa.uint64(), nullable=False), batch)
        self.store.insert(table, columns, f"{table}-{self.number}-{len(kept)}")
        kept += rows

    def add_as(self, schema: str, table: str, rows: list[Row]) -> None:
        """Insert into a table that has the columns of another."""
        self._inserts = getattr(self, "_inserts", 0) + 1
        self.store.insert(table, to_arrow(schema, rows), f"{table}-again-{self._inserts}")

    def of(self, table: str, tenant: str = "a") -> list[Row]:
        return [r for r in self.rows.get(table, []) if r["tenant"] == tenant]


@pytest.fixture(scope="module")
def empty_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A migrated store without rows; a module fills it with what it is about."""
    folder: Path = tmp_path_factory.mktemp("store")
    store = EmbeddedStore(migrated(folder / "store"), Storage(readers=2))
    yield World(store, time.time_ns())
    store.close()


AGENTS = ("planner", "coder", "critic", "searcher")
MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet")
TOOLS = ("search", "sql", "browser")
SAYINGS = (
    "find the red bicycle",
    "order number 4711 please",
    "why is the sky blue",
    "Grüße aus Zürich",
    "100% sure_thing",
)


def random_trace(rng: random.Random, tenant: str, number: int, start_ns: int) -> tuple[list[Row], list[Row]]:
    """Spans and messages of one made-up trace."""
    trace_id = rng.randbytes(16)
    session = rng.choice(["", f"session-{number % 7}"])
    spans: list[Row] = []
    messages: list[Row] = []
    ids = [rng.randbytes(8) for _ in range(rng.randint(1, 9))]
    for i, span_id in enumerate(ids):
        llm, tool = rng.random() < 0.4, rng.random() < 0.3
        at = start_ns + i * rng.randint(1, 40) * 10_000_000
        failed = rng.random() < 0.15
        key = [] if not llm else ["gen_ai.input.messages[]"]
        said = rng.choice(SAYINGS)
        number_of = hash((tenant, session or trace_id.hex(), said)) % 2**64
        if llm:
            place = session or trace_id.hex()
            text = f'{{"role":"user","parts":[{{"type":"text","content":"{said}"}}]}}'
            messages.append(
                make("messages", tenant=tenant, session=place, time=at, received_at=at, hash=number_of, text=text)
            )
        spans.append(
            make(
                "spans",
                tenant=tenant,
                received_at=at,
                trace_id=trace_id,
                span_id=span_id,
                parent_span_id=NO_SPAN if i == 0 else ids[rng.randrange(i)],
                name="chat" if llm else "execute_tool" if tool else rng.choice(["step", "plan_it", "100% done"]),
                kind=rng.randint(0, 5),
                start_time=at,
                duration_ns=rng.choice([0, 1_500_000, rng.randint(1, 5 * SECOND_NS)]),
                status_code=2 if failed else rng.choice([0, 1]),
                status_message=rng.choice(["timeout upstream", "rate limit"]) if failed else "",
                service=rng.choice(["api", "worker"]),
                resource_id=rng.randint(1, 3),
                agent=rng.choice(AGENTS),
                agent_name=rng.choice(["The Planner", ""]),
                session=session,
                workflow=rng.choice(["", "wf-1", "wf-2"]),
                peer_agent=rng.choice(["", *AGENTS]),
                operation="chat" if llm else "execute_tool" if tool else "",
                provider="openai" if llm else "",
                model=rng.choice(MODELS) if llm else "",
                tool=rng.choice(TOOLS) if tool else "",
                input_tokens=rng.randint(0, 5000) if llm else 0,
                output_tokens=rng.randint(0, 900) if llm else 0,
                cost_nano_usd=rng.randint(0, 50_000_000) * (number % 5 > 0) if llm else 0,
                ttft_ns=rng.randint(1, SECOND_NS) if llm else 0,
                attributes={
                    "http.route": f"/r/{rng.randint(0, 3)}",
                    "score": str(rng.random()),
                    "odd key": rng.choice(["", "x*y"]),
                },
                attribute_types="sds",
                promoted="gen_ai.request.model,gen_ai.tool.name" if llm or tool else "",
                message_key=key,
                message_hash=[number_of] if llm else [],
                event_time=[at] if failed else [],
                event_name=["exception"] if failed else [],
                event_attributes=[{"exception.type": "Timeout"}] if failed else [],
                event_attribute_types="s" if failed else "",
            )
        )
    return spans, messages


@pytest.fixture(scope="module")
def world(empty_world: World) -> World:
    """Two tenants with random traces over six hours; the same ids never occur twice."""
    rng = random.Random(7)
    now = empty_world.now_ns
    for tenant in ("a", "b"):
        spans: list[Row] = []
        messages: list[Row] = []
        for number in range(60):
            more_spans, more_messages = random_trace(rng, tenant, number, now - rng.randint(60, 6 * 3600) * SECOND_NS)
            spans += more_spans
            messages += more_messages
        empty_world.add("messages", *messages)
        empty_world.add("spans", *spans)
        resources = [
            make(
                "resources",
                tenant=tenant,
                received_at=now,
                resource_id=i,
                service="api",
                attributes={"host.name": f"host-{i}"},
            )
            for i in (1, 2, 3)
        ]
        empty_world.add("resources", *resources)
    return empty_world
