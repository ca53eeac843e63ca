"""First start: plain Python serves while machine code is made, and both make the same rows of the same requests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest

from swarmscope.config import Config
from swarmscope.errors import OverloadError
from swarmscope.ingest import intake, warm
from swarmscope.ingest.intake import Intake
from swarmscope.ingest.kernels import jit
from swarmscope.ingest.pipeline import Pipeline, Request, Result
from swarmscope.ingest.wire import plain
from swarmscope.model.batch import Batch
from swarmscope.sim.payload import templates

NOW_NS = 1_790_000_000_000_000_000

FIRST_START = """
import time
from concurrent.futures import Future
from swarmscope.config import Config
from swarmscope.ingest import warm
from swarmscope.ingest.intake import Intake
from swarmscope.ingest.kernels import jit

class Journal:
    def submit(self, batch):
        self.tables = {name: table.drop_columns(["received_at"]) for name, table in batch.tables.items()}
        done = Future()
        done.set_result(None)
        return done

journal = Journal()
intake = Intake(Config(), journal, lambda _tenant: bytes(16))
body = warm.example(time.time_ns()).SerializeToString()
first = intake.submit("traces", body, "t").result(60)
slow, plain = warm.is_slow(), journal.tables
assert warm.wait()
intake.forget_messages()
again = intake.submit("traces", body, "t").result(60)
print(slow, warm.is_slow(), first == again, plain["spans"].equals(journal.tables["spans"]))
"""


def tables(signal: str, requests: int) -> dict[str, object]:
    """What a fresh pipeline makes of some of the simulator's requests."""
    rng = np.random.default_rng(1)
    pipeline, scanner = Pipeline(Config(), lambda _tenant: bytes(16)), plain.Scanner()
    made: dict[str, object] = {}
    for number in range(requests):
        scanner.reset()
        {"traces": scanner.add_traces, "logs": scanner.add_logs, "metrics": scanner.add_metrics}[signal](
            bytes(templates(signal, 7, 1)[0].make(rng, NOW_NS, 50)), 0
        )
        result: Result = {
            "traces": lambda: pipeline.spans(scanner.spans(), [Request("t")], NOW_NS),
            "logs": lambda: pipeline.logs(scanner.logs(), [Request("t")], NOW_NS),
            "metrics": lambda: pipeline.metrics(scanner.metrics(), [Request("t")], NOW_NS),
        }[signal]()
        result.durable()
        made |= {f"{name} {number}": table for name, table in result.tables.items()}
    return made


@pytest.fixture
def plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels run as plain Python."""
    for kernel in jit.kernels:
        monkeypatch.setattr(kernel, "_fast", None)
    monkeypatch.setattr(jit, "_machine_code", None)


@pytest.mark.parametrize("signal", ["traces", "logs"])
def test_plain_python_and_machine_code_make_the_same_rows(signal: str, request: pytest.FixtureRequest) -> None:
    assert warm.wait()
    fast = tables(signal, 2)
    request.getfixturevalue("plainly")
    assert not jit.is_machine_code()
    slow = tables(signal, 2)
    assert fast.keys() == slow.keys()
    assert [name for name in fast if fast[name] != slow[name]] == []


def test_while_plain_python_serves_only_little_waits(monkeypatch: pytest.MonkeyPatch, plainly: None) -> None:
    class Journal:
        def submit(self, batch: Batch) -> Future[None]:
            done: Future[None] = Future()
            done.set_result(None)
            return done

    taking = Intake(Config(), Journal(), lambda _tenant: bytes(16))
    try:
        with pytest.raises(OverloadError, match="compiled") as refused:
            taking.submit("traces", bytes(intake.SLOW_BYTES_MAX + 1), "t")
        assert refused.value.retry_after_s == intake.SLOW_RETRY_AFTER_S
        body = warm.example(time.time_ns()).SerializeToString()
        assert taking.submit("traces", body, "t").result(60).accepted == 3
    finally:
        taking.close()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_given_an_empty_cache_when_it_starts_then_it_answers_before_it_has_compiled(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    environment.pop("SWARMSCOPE_WIRE", None)
    done = subprocess.run(
        [sys.executable, "-c", FIRST_START], capture_output=True, text=True, check=False, env=environment
    )
    assert done.stdout.splitlines()[-1].split() == ["True", "False", "True", "True"], done.stderr[-2000:]
    assert list(tmp_path.glob("swarmscope/pipeline-*/complete"))
