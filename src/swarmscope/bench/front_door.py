"""The whole program killed under load: numbered spans, logs and samples by OTLP/HTTP, and what became of them."""

from __future__ import annotations

import contextlib
import json
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from swarmscope.bench.rows import AGENTS
from swarmscope.bench.server import Server, ServerError

ITEMS = 200  # of one request
STORED_MAX_S = 60.0
_PATHS = {"spans": "/v1/traces", "logs": "/v1/logs", "samples": "/v1/metrics"}
_RETRY = {429, 503}


class Senders:
    """One thread per signal, sending numbered items until stopped. acks: (first number, items) per table."""

    def __init__(self, url: str, first: int) -> None:
        self.acks: dict[str, list[tuple[int, int]]] = {table: [] for table in _PATHS}
        self.retries = 0
        self.failures: list[str] = []
        self._url = url
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(t, first), daemon=True) for t in _PATHS]
        for thread in self._threads:
            thread.start()

    @property
    def requests(self) -> int:
        """Acknowledged so far."""
        return sum(map(len, self.acks.values()))

    def stop(self) -> None:
        """End the threads; a request without an answer is not acknowledged. RuntimeError for an answer that is none."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self.failures:
            raise RuntimeError(self.failures[0])

    def _send(self, table: str, first: int) -> None:
        with httpx.Client(base_url=self._url, timeout=30, trust_env=False) as client:
            while not self._stop.is_set():
                body = _MAKERS[table](first)
                try:
                    answer = client.post(
                        _PATHS[table], content=body, headers={"content-type": "application/x-protobuf"}
                    )
                except httpx.HTTPError:
                    return  # killed: never acknowledged
                if answer.status_code in _RETRY:
                    self.retries += 1
                    self._stop.wait(0.05)
                    continue
                rejected = ExportTraceServiceResponse.FromString(answer.content).partial_success.rejected_spans
                if answer.status_code != 200 or rejected:  # all three responses have the same shape
                    self.failures.append(f"{_PATHS[table]} answered {answer.status_code} {answer.content[:300]!r}")
                    return
                self.acks[table].append((first, ITEMS))
                first += ITEMS


def kill(server: Server, first: int, chance: random.Random, load_s: float) -> Senders:
    """Start, load until a random moment, SIGKILL. Returns what the senders know."""
    server.start()
    sending = Senders(server.otlp, first)
    wanted = chance.randint(1, 12)
    server.until(lambda: sending.requests >= wanted or bool(sending.failures), 60, "acknowledge anything", 0.01)
    time.sleep(chance.uniform(0.0, load_s))
    server.stop(signal.SIGKILL)
    sending.stop()
    return sending


def kills(directory: Path, times: int, seed: int, load_s: float) -> tuple[dict[str, list[tuple[int, int]]], int, Any]:
    """Kill it `times` times, let it store what is left and stop in order, then count.

    Returns what was acknowledged per table, how often senders were told to retry, and what `victim count` found.
    """
    chance = random.Random(seed)
    acks: dict[str, list[tuple[int, int]]] = {table: [] for table in _PATHS}
    retries = 0
    data = directory / "data"
    server = Server(data)
    with contextlib.ExitStack() as closing:
        closing.push(server)  # each life starts it itself
        for life in range(times):
            sent = kill(server, life * 10_000_000, chance, load_s)
            retries += sent.retries
            for table, some in sent.acks.items():
                acks[table] += some
        server.start()
        promised = {table: sum(items for _, items in some) for table, some in acks.items()}
        with contextlib.suppress(ServerError):  # what is still missing then is counted below
            server.until(lambda: all(server.count(t) >= n for t, n in promised.items()), STORED_MAX_S, "store all")
    acks["messages"] = acks["spans"]
    listed = directory / "acks.json"
    listed.write_text(json.dumps(acks))
    command = [sys.executable, "-m", "swarmscope.bench.victim", "count", str(data), str(listed)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"what is left does not open: {done.stderr.decode(errors='replace')[-4000:]}")
    return acks, retries, json.loads(done.stdout.splitlines()[-1])


def _spans(first: int) -> bytes:
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    now = time.time_ns()
    for number in range(first, first + ITEMS):
        span = scope.spans.add()
        span.trace_id = (number // 8 + 1).to_bytes(16, "big")
        span.span_id = (number + 1).to_bytes(8, "big")
        span.name = "chat"
        span.start_time_unix_nano, span.end_time_unix_nano = now - 1000, now
        _attribute(span, "gen_ai.operation.name", "chat")
        _attribute(span, "gen_ai.agent.id", f"agent-{number % AGENTS}")
        message = [{"role": "user", "parts": [{"type": "text", "content": f"turn {number} of a conversation"}]}]
        _attribute(span, "gen_ai.input.messages", json.dumps(message))
    return bytes(request.SerializeToString())


def _logs(first: int) -> bytes:
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for number in range(first, first + ITEMS):
        record = scope.log_records.add()
        record.time_unix_nano = time.time_ns()
        record.span_id = (number + 1).to_bytes(8, "big")
        record.trace_id = (number // 8 + 1).to_bytes(16, "big")
        record.body.string_value = f"line {number}"
    return bytes(request.SerializeToString())


def _metrics(first: int) -> bytes:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add()
    metric.name = "bench.number"
    for number in range(first, first + ITEMS):
        point = metric.gauge.data_points.add()
        point.time_unix_nano = time.time_ns()
        point.as_double = number
    return bytes(request.SerializeToString())


def _attribute(span: Any, key: str, value: str) -> None:
    attribute = span.attributes.add()
    attribute.key, attribute.value.string_value = key, value


_MAKERS = {"spans": _spans, "logs": _logs, "samples": _metrics}
