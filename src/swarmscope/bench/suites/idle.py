"""Memory of a server that has nothing to do, and the time until it is ready: at the very first start, and with much stored."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from swarmscope.bench import process
from swarmscope.bench.figures import Figure
from swarmscope.bench.server import Server
from swarmscope.bench.suite import Context, Suite
from swarmscope.sim.connection import connect
from swarmscope.sim.payload import templates

REST_S = 15.0
RESTS_BELOW = 0.05  # of a core
MERGED_MAX_S = 600.0
STORED = 50_000_000
COMPILED_MAX_S = 600.0


class Idle(Suite):
    """Memory, CPU and start of an idle server."""

    name = "idle"

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield first start, start with much stored, memory and CPU at rest."""
        yield from _first_start(context)
        with context.folder() as folder, Server(folder) as server:
            server.warm_up()
            server.stop()
            yield Figure("ready on a warm start, empty store", server.start(), "s", 3, "lower")
            server.stop()
            spans = context.items(STORED)
            context.say(f"storing {spans:,} spans")
            _fill(folder, spans)
            server.start()  # merges what was stored
            server.settle("spans", spans, 1200)
            server.stop()
            yield Figure("ready on a warm start", server.start(), "s", 3, "lower", f"{spans:,} rows of spans")
            server.warm_up()
            context.say("waiting until large merges are over")
            yield Figure("memory while merges go on", process.rss_mb(server.pid), "MB", note=f"{spans:,} rows of spans")
            merged_s, share = _at_rest(server)
            note = f"{spans:,} rows of spans, their agents silent for an hour, {merged_s:.0f} s after the start"
            yield Figure("memory at rest", process.rss_mb(server.pid), "MB", 600, "lower", note)
            yield Figure("CPU at rest", share * 100, "% of a core")


def _at_rest(server: Server) -> tuple[float, float]:
    """Wait until hardly anything is done: a merge of ten million rows makes no new part for a minute. Seconds waited, and the
    share of a core that is used then."""
    begun = time.monotonic()
    while True:
        cpu = process.cpu_s(server.pid)
        time.sleep(REST_S)
        share = (process.cpu_s(server.pid) - cpu) / REST_S
        if share < RESTS_BELOW or time.monotonic() - begun > MERGED_MAX_S:
            return time.monotonic() - begun, share


def _first_start(context: Context) -> Iterator[Figure]:
    """On a machine where nothing was compiled yet."""
    with context.folder() as folder, context.folder() as caches:
        server = Server(folder, {"XDG_CACHE_HOME": str(caches)})
        begun = time.monotonic()
        with server:
            yield Figure(
                "ready on the very first start", time.monotonic() - begun, "s", 10, "lower", "nothing compiled"
            )
            body = templates("traces", 99, 1)[0].make(np.random.default_rng(0), time.time_ns() - 10**9, 1000)
            connection = connect(server.otlp)
            sent = time.monotonic()
            answer = connection.send("traces", body)
            connection.close()
            if answer.status != 200:
                raise RuntimeError(f"the first request was answered {answer.status}")
            yield Figure("first 512 spans acknowledged", time.monotonic() - sent, "s", 5, "lower", "by plain Python")
            server.until(server.is_fast, COMPILED_MAX_S, "compile its kernels", 0.25)
            yield Figure("machine code serves, from the very first start", time.monotonic() - begun, "s")


def _fill(folder: Path, spans: int) -> None:
    """Spans made by the store itself, in a process of its own: the store keeps its memory."""
    command = [sys.executable, "-m", "swarmscope.bench.fill", str(folder), str(spans)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"storing failed: {done.stderr.decode(errors='replace')[-500:]}")
