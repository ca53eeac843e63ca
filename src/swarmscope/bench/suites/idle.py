"""Memory of a server that has nothing to do, and the time until it is ready."""

from __future__ import annotations

import time
from collections.abc import Iterator

from swarmscope.bench import process
from swarmscope.bench.figures import Figure
from swarmscope.bench.server import Server
from swarmscope.bench.suite import Context, Suite

REST_S = 15.0


class Idle(Suite):
    """Memory, CPU and start of an idle server."""

    name = "idle"

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield start times, memory and CPU at rest."""
        with context.folder() as folder, Server(folder) as server:
            server.warm_up()
            context.say(f"resting {REST_S:.0f} s")
            cpu = process.cpu_s(server.pid)
            time.sleep(REST_S)
            yield Figure(
                "memory at rest",
                process.rss_mb(server.pid),
                "MB",
                600,
                "lower",
                "after compiling; kernels are cached for the next start",
            )
            yield Figure("CPU at rest", (process.cpu_s(server.pid) - cpu) / REST_S * 100, "% of a core")
            server.stop()
            yield Figure("ready on a warm start, empty store", server.start(), "s", 3, "lower")
