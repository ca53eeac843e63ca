"""A ClickHouse server that dies and comes back, in the form of the double: inserts are repeated by token, nothing is lost."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from swarmscope import config
from swarmscope.bench import rows
from swarmscope.journal import Journal
from swarmscope.store.client import open_store
from swarmscope.store.migrate import migrate
from swarmscope.store.writer import Writer
from tests.support.clickhouse_double import Double

ROWS = 300
NUMBER = "reinterpretAsInt64(reverse(span_id))"


@pytest.mark.timeout(180)
def test_given_load_when_the_server_is_killed_twice_then_everything_acknowledged_is_there_once(tmp_path: Path) -> None:
    double = Double(tmp_path / "server")
    double.start()
    settings = {"insert_wait_s": 0.05, "insert_max_rows": 2_000, "sync_wait_s": 0.1}
    overrides = {"storage": {"data_dir": str(tmp_path), "url": double.url}, "journal": settings}
    options = config.load(overrides=overrides, environ={})
    store = open_store(options)
    migrate(store)
    journal = Journal(tmp_path / "journal", options.journal)
    writer = Writer(journal, store, options.journal, "test")
    writer.start()
    sent = 0

    def send_for(seconds: float) -> None:
        nonlocal sent
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline or sent == 0:
            journal.submit(rows.batch(sent, ROWS, time.time_ns())).result(30)
            sent += ROWS
            time.sleep(0.01)

    try:
        for _ in range(2):
            send_for(1.0)
            double.kill()
            send_for(0.5)
            assert writer.status().lag_rows > 0
            double.start()
        send_for(0.2)
        assert writer.drain(90), writer.status()
        spans = store.query(f"SELECT count() AS n, uniqExact({NUMBER}) AS u, max({NUMBER}) AS m FROM spans").to_pylist()
        assert spans == [{"n": sent, "u": sent, "m": sent - 1}]
        for table in ("logs", "samples"):
            assert store.query(f"SELECT count() AS n FROM {table}")["n"].to_pylist() == [sent]
        assert store.query("SELECT toInt64(sum(spans)) AS n FROM agent_10s")["n"].to_pylist() == [sent]
        assert writer.status().dead_letters == 0
    finally:
        writer.stop(drain=False)
        journal.close()
        store.close()
        double.kill()
