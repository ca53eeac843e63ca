"""What this library costs an agent, measured: `python -m swarmscope_sdk.cost` prints one JSON object.

agent_us: CPU time per span in the agent's own thread beyond a bare OpenTelemetry SDK that exports nothing.
agent_exporting_us: the same beyond a bare SDK with its own batch processor and OTLP/HTTP exporter; null where that is not
installed.
added_us: CPU time per span of the whole process (encoding and sending included) beyond a bare OpenTelemetry SDK with its own
batch processor and OTLP/HTTP exporter, same spans, same receiver; null where that exporter is not installed.
total_us: CPU time per span of the whole process beyond the bare SDK that exports nothing.
cpu_percent_at_100_per_s: total_us at 100 spans a second. memory_mib: peak resident memory beyond an idle
interpreter, OpenTelemetry and all imports included (0 where the system is not Linux).
open_trace_bytes: memory per trace that is open, beyond the bare SDK's own span.

Each figure is the median of interleaved rounds, each in a process of its own.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SPANS = 20_000
ROUNDS = 5
ATTRIBUTES: Mapping[str, str | int] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 900,
    "gen_ai.usage.output_tokens": 120,
    "note": "x" * 40,
}


class _Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Quiet."""


def receive() -> None:
    """Be a receiver until standard input closes; the first line of standard output is its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()


def spans(kind: str, url: str) -> dict[str, float]:
    """One round. kind: `nothing`, `bare` (the SDK's own exporter) or `ours`."""
    from opentelemetry.sdk.trace import TracerProvider

    provider = TracerProvider(shutdown_on_exit=False)
    tracer = provider.get_tracer("cost")
    if kind == "bare":
        from opentelemetry.exporter.otlp.proto.http import Compression
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        exporter = OTLPSpanExporter(url + "/v1/traces", compression=Compression.Gzip)
        provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=2 * SPANS))
        finish: Any = provider.shutdown
    elif kind == "ours":
        finish = _ours(provider, url)
    else:
        finish = bool
    for _ in range(500):
        with tracer.start_as_current_span("chat gpt-4o", attributes=ATTRIBUTES):
            pass
    process_s, thread_s = time.process_time(), time.thread_time()
    for number in range(SPANS):
        with tracer.start_as_current_span("chat gpt-4o", attributes=ATTRIBUTES):
            pass
        if number % 500 == 0:
            time.sleep(0.005)  # an agent waits now and then; the sending thread gets its turn
    thread_s = time.thread_time() - thread_s
    finish()
    process_s = time.process_time() - process_s
    return {
        "thread_us": thread_s / SPANS * 1e6,
        "process_us": process_s / SPANS * 1e6,
        "rss": _peak_rss_bytes(),
    }


def _ours(provider: Any, url: str) -> Any:
    from opentelemetry.sdk.metrics import MeterProvider

    from swarmscope_sdk import AgentMonitor, Settings, Telemetry

    telemetry = Telemetry(
        Settings(otlp_url=url, queue_max_items=2 * SPANS, queue_max_bytes=2**30, shutdown_timeout_s=30.0),
        provider,
        MeterProvider(shutdown_on_exit=False),
    )
    AgentMonitor("cost", "gpt-4o", telemetry=telemetry).__enter__()

    def finish() -> None:
        if not telemetry.shutdown() or telemetry.stats().dropped:
            raise SystemExit(f"not everything was sent: {telemetry.stats()}")

    return finish


def open_traces(kind: str, url: str) -> dict[str, float]:
    """Bytes per open trace."""
    from opentelemetry.sdk.trace import TracerProvider

    provider = TracerProvider(shutdown_on_exit=False)
    if kind == "ours":
        _ours(provider, url)
    tracer = provider.get_tracer("cost")
    gc.collect()
    tracemalloc.start()
    held = [tracer.start_span("chat gpt-4o", attributes=ATTRIBUTES) for _ in range(5_000)]
    return {"bytes": tracemalloc.get_traced_memory()[0] / len(held)}


def _peak_rss_bytes() -> int:
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:  # not Linux
        return 0
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def _child(*arguments: str) -> dict[str, float]:
    done = subprocess.run(  # noqa: S603 – this very module
        [sys.executable, "-m", "swarmscope_sdk.cost", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"measuring {' '.join(arguments)} failed: {done.stderr.strip()[-500:]}")
    result: dict[str, float] = json.loads(done.stdout)
    return result


def _idle_rss_bytes() -> int:
    """Peak memory of an interpreter that does nothing but look."""
    code = "print([l for l in open('/proc/self/status') if l.startswith('VmHWM')][0].split()[1])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 – a constant
    return int(done.stdout or 0) * 1024


def measure() -> dict[str, float | None]:
    """All figures."""
    try:
        import opentelemetry.exporter.otlp.proto.http.trace_exporter  # noqa: F401 – whether it is there
    except ImportError:
        kinds = ["nothing", "ours"]
    else:
        kinds = ["nothing", "bare", "ours"]
    command = [sys.executable, "-m", "swarmscope_sdk.cost", "receive"]
    receiver = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 – this very module
    try:
        assert receiver.stdout is not None  # noqa: S101 – it is a pipe
        url = receiver.stdout.readline().strip()
        rounds = [{kind: _child("spans", kind, url) for kind in kinds} for _ in range(ROUNDS)]
        held = {kind: _child("open", kind, url)["bytes"] for kind in ("nothing", "ours")}
    finally:
        receiver.communicate("", timeout=10)

    def more(figure: str, kind: str, than: str) -> float:
        return round(statistics.median(r[kind][figure] - r[than][figure] for r in rounds), 1)

    idle = _idle_rss_bytes()
    total_us = more("process_us", "ours", "nothing")
    return {
        "agent_us": more("thread_us", "ours", "nothing"),
        "agent_exporting_us": more("thread_us", "ours", "bare") if "bare" in kinds else None,
        "added_us": more("process_us", "ours", "bare") if "bare" in kinds else None,
        "total_us": total_us,
        "cpu_percent_at_100_per_s": round(total_us * 100 / 1e6 * 100, 2),
        "memory_mib": round((statistics.median(r["ours"]["rss"] for r in rounds) - idle) / 2**20, 1),
        "open_trace_bytes": round(held["ours"] - held["nothing"]),
    }


def main(arguments: list[str]) -> None:
    """Without arguments: measure; the others are the rounds' own."""
    match arguments:
        case []:
            result: Any = measure()
        case ["receive"]:
            return receive()
        case ["spans", kind, url]:
            result = spans(kind, url)
        case ["open", kind, url]:
            result = open_traces(kind, url)
        case _:
            raise SystemExit("usage: python -m swarmscope_sdk.cost")
    sys.stdout.write(json.dumps(result) + "\n")
    return None


if __name__ == "__main__":
    main(sys.argv[1:])
