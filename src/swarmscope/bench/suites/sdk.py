"""What our SDK costs an agent per span, more than the bare OpenTelemetry SDK."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import orjson

from swarmscope.bench.figures import Figure
from swarmscope.bench.suite import Context, Suite


class Sdk(Suite):
    """Cost of our SDK per span, against the bare OpenTelemetry SDK."""

    name = "sdk"

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield what `python -m swarmscope_sdk.cost` measures: medians of interleaved rounds, each in a process of its own."""
        context.say("interleaved rounds of 20,000 spans, bare and with ours")
        done = subprocess.run(
            [sys.executable, "-m", "swarmscope_sdk.cost"], capture_output=True, check=False, timeout=600
        )
        if done.returncode:
            raise RuntimeError(f"the SDK's measurement failed: {done.stderr.decode(errors='replace')[-500:]}")
        cost = orjson.loads(done.stdout)
        note = "CPU in the agent's own thread, beyond a bare SDK that exports nothing"
        yield Figure("more per span, the agent's thread", cost["agent_us"], "µs/span", 15, "lower", note)
        if cost["added_us"] is not None:
            note = "all threads, encoding and sending included, beyond a bare SDK with its own exporter"
            yield Figure("more per span, whole process", cost["added_us"], "µs/span", 15, "lower", note)
        yield Figure("CPU at 100 spans a second", cost["cpu_percent_at_100_per_s"], "% of a core", 5, "lower")
        yield Figure(
            "memory of the whole process", cost["memory_mib"], "MiB", 50, "lower", "beyond an idle interpreter"
        )
        yield Figure("memory per open trace", cost["open_trace_bytes"], "bytes", 1024, "lower")
