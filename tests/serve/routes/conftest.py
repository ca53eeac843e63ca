"""The whole REST API over real rooms: catalog, journal, writer, intake and an embedded store, without sockets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from swarmscope.app import parts
from swarmscope.catalog.catalog import Catalog
from swarmscope.config import Config, load
from swarmscope.detect.runner import Runner
from swarmscope.ingest.intake import Intake
from swarmscope.journal import Journal
from swarmscope.model.access import Principal, Role
from swarmscope.model.tables import TABLES
from swarmscope.query.fleet import FleetSnapshot
from swarmscope.serve.app import create_app
from swarmscope.serve.auth import Authenticator
from swarmscope.serve.history import History
from swarmscope.serve.live import Hub
from swarmscope.serve.routes.status import sampler
from swarmscope.serve.state import State
from swarmscope.store.client import open_store
from swarmscope.store.retention import apply_ttl
from swarmscope.store.writer import Writer
from tests.support.passwords import quick_hashes
from tests.support.stores import migrated

SECOND = 1_000_000_000
TENANTS = ("default", "other")


@dataclass
class Api:
    """A client per tenant and role, and the rooms behind it."""

    client: TestClient
    state: State
    keys: dict[tuple[str, Role], str]

    def call(self, method: str, path: str, tenant: str = "default", role: Role = Role.ADMIN, **more: Any) -> Any:
        headers = {"authorization": f"Bearer {self.keys[tenant, role]}"} | more.pop("headers", {})
        return self.client.request(method, path, headers=headers, **more)

    def get(self, path: str, tenant: str = "default", role: Role = Role.VIEWER, **params: Any) -> Any:
        return self.call("GET", path, tenant, role, params=params)

    def settled(self) -> None:
        """Everything that was acknowledged is visible to queries."""
        assert self.state.writer.drain(30.0)


def fill(table: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows of a table; what is not given is empty."""

    def empty(kind: pa.DataType) -> Any:
        if pa.types.is_map(kind) or pa.types.is_list(kind):
            return []
        if pa.types.is_fixed_size_binary(kind):
            return bytes(kind.byte_width)
        return "" if pa.types.is_string(kind) or pa.types.is_dictionary(kind) else 0

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return list(value.items())
        return [plain(v) for v in value] if isinstance(value, list) else value

    schema = TABLES[table]
    columns = [pa.array([plain(r.get(f.name, empty(f.type))) for r in rows], f.type) for f in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def story(tenant: str, now_ns: int) -> dict[str, list[dict[str, Any]]]:
    """What one tenant's fleet did: two agents, a delegated task with a failing tool, a session, logs, a metric."""
    mark = tenant.encode()[:7].ljust(7, b"_")
    own = {"tenant": tenant, "received_at": now_ns}
    here = own | {
        "service": f"svc-{tenant}",
        "resource_id": 1,
        "agent": f"planner-{tenant}",
        "session": f"talk-{tenant}",
        "workflow": f"flow-{tenant}",
        "trace_id": b"t" + mark + bytes(7) + b"\x01",
    }
    at = now_ns - 20 * SECOND
    root = b"1" + mark
    plan = {
        "name": f"plan {tenant}",
        "start_time": at,
        "duration_ns": 9 * SECOND,
        "kind": 2,
        "peer_agent": f"coder-{tenant}",
    }
    chat = {
        "name": "chat",
        "start_time": at + SECOND,
        "duration_ns": 2 * SECOND,
        "operation": "chat",
        "provider": "openai",
        "model": f"gpt-{tenant}",
        "input_tokens": 100,
        "output_tokens": 20,
        "cost_nano_usd": 3_000_000,
        "message_key": ["gen_ai.input.messages[]"],
        "message_hash": [7],
        "attributes": {"k": tenant},
        "attribute_types": "s",
    }
    tool = {
        "name": "search",
        "start_time": at + 4 * SECOND,
        "duration_ns": 3 * SECOND,
        "agent": f"coder-{tenant}",
        "tool": f"tool-{tenant}",
        "operation": "execute_tool",
        "status_code": 2,
        "status_message": f"boom {tenant}",
    }
    below = {"parent_span_id": root}
    waiting = here | below | {"span_id": b"9" + mark, "name": "waiting", "start_time": now_ns - 5 * SECOND}
    source = {"service": f"svc-{tenant}", "agent": f"planner-{tenant}", "trace_id": here["trace_id"], "body_type": "s"}
    lines = [
        own
        | source
        | {"time": at + i * 10**6, "observed_time": at, "severity": 9 + 4 * (i % 3), "body": f"line {i} of {tenant}"}
        for i in range(9)
    ]
    series = bytes(8) + b"s" + mark
    quality = {
        "metric": f"quality.{tenant}",
        "kind": "gauge",
        "unit": "1",
        "agent": f"planner-{tenant}",
        "labels": {"l": tenant},
    }
    host = {"service": f"svc-{tenant}", "attributes": {"host.name": f"host-{tenant}"}, "attribute_types": "s"}
    said = {
        "session": f"talk-{tenant}",
        "time": at,
        "hash": 7,
        "text": f'{{"role":"user","content":"hello from {tenant}"}}',
    }
    beat = {"agent": f"idler-{tenant}", "event": "heartbeat", "name": f"Idler {tenant}", "kind": "worker"}
    return {
        "resources": [own | {"resource_id": 1} | host],
        "messages": [own | said],
        "series": [own | {"series_id": series} | quality],
        "agent_events": [own | {"time": now_ns - SECOND} | beat],
        "spans_pending": [waiting],
        "spans": [here | {"span_id": root} | plan, here | below | {"span_id": b"2" + mark} | chat,
                  here | below | {"span_id": b"3" + mark} | tool],
        "logs": lines,
        "samples": [{"tenant": tenant, "series_id": series, "time": now_ns - i * 10 * SECOND, "value": float(i)}
                    for i in range(1, 6)],
    }  # fmt: skip


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    now_ns = time.time_ns()  # of this module: the whole suite takes longer than what is told as recent
    folder = tmp_path_factory.mktemp("api")
    config: Config = load(environ={}, overrides={"storage": {"data_dir": str(folder)}})
    catalog = Catalog(folder / "catalog.db")
    quick_hashes(catalog)
    authenticator = Authenticator(catalog, demand=True)
    journal = Journal(folder / "journal", config.journal)
    migrated(folder / "store")
    store = open_store(config)
    writer = Writer(journal, store, config.journal, catalog.install_id)
    intake = Intake(config, journal, catalog.tenant_secret)
    fleet = FleetSnapshot(store, catalog.tenants)
    hub = Hub(authenticator.by_secret)
    rooms = (config, catalog, authenticator, hub, journal, store, writer, intake, fleet)
    history = History(sampler(journal, writer, intake))
    kept = config.retention
    state = State(*rooms, now_ns / 1e9, lambda: parts(config), kept, lambda times: apply_ttl(store, times), history)
    state.detection = Runner(
        config, store, lambda: TENANTS, intake.submit_tables, catalog.verdicts.tallies_since, config.data_dir / "detect"
    )
    writer.start()
    keys = {}
    for tenant in TENANTS:
        by = Principal(tenant, Role.ADMIN)
        for role in Role:
            keys[tenant, role] = catalog.create_key(by, role, f"{tenant}-{role}")[1]
        for name, rows in story(tenant, now_ns).items():
            intake.submit_tables({name: fill(name, rows)}, tenant).result(30)
    with TestClient(create_app(state), base_url="http://localhost", raise_server_exceptions=False) as client:
        made = Api(client, state, keys)
        made.settled()
        yield made
    intake.close()
    writer.stop(drain=False)
    store.close()
    journal.close()
    catalog.close()


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait until something holds."""

    def wait(holds: Callable[[], bool]) -> None:
        until = time.monotonic() + 20
        while not holds():
            assert time.monotonic() < until, "it never came true"
            time.sleep(0.05)

    return wait
