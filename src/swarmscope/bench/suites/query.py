"""Ten million spans, a restart, and the four questions that people ask; also how long a warm start takes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

import numpy as np
import orjson

from swarmscope.bench import process
from swarmscope.bench.figures import Figure
from swarmscope.bench.loads import quantile_ms, send
from swarmscope.bench.server import Server
from swarmscope.bench.suite import Context, Suite
from swarmscope.sim import wire
from swarmscope.sim.catalogue import Dialect
from swarmscope.sim.connection import connect
from swarmscope.sim.payload import FLEET, TOOLS, WORDS
from swarmscope.sim.voices import VOICES

SPANS = 10_000_000
ASKED = 40
FIRST = 5
NEEDLES = ASKED  # each is asked for once: what the store remembers of a condition is of no use
HOUR_S = 3600.0
SOME_TRACES = f"SELECT lower(hex(trace_id)) FROM spans ORDER BY cityHash64(trace_id) LIMIT {ASKED + FIRST}"  # noqa: S608 - a number

Ask = Callable[[], tuple[str, dict[str, str | int]]]


def _questions(server: Server, seed: int, traces: list[str], end_s: float, items: int) -> Iterator[Figure]:
    rng = np.random.default_rng(seed)
    hour: dict[str, str | int] = {"start": f"{end_s - HOUR_S:.0f}", "end": f"{end_s + 60:.0f}", "limit": 50}
    ids = iter(traces * 2)

    def agent() -> str:
        return f"agent-{int(rng.integers(FLEET)):05d}"

    needles = map(_needle, rng.permutation(NEEDLES).tolist())

    asks: list[tuple[str, float, Ask, str]] = [
        ("trace by id", 20, lambda: (f"/traces/{next(ids)}", {}), "spans"),
        (
            "one agent's last hour by latency",
            50,
            lambda: ("/spans", {**hour, "q": f"agent:{agent()}", "sort": "duration"}),
            "",
        ),
        (
            "attribute filter",
            100,
            lambda: ("/spans", {**hour, "q": f"agent:{agent()} tool:{TOOLS[int(rng.integers(len(TOOLS)))]}"}),
            "",
        ),
        (
            "full text, two common words",
            200,
            lambda: ("/spans", {**hour, "q": " ".join(rng.choice(WORDS, 2, False))}),
            "",
        ),
        ("full text, a word that occurs once", 200, lambda: ("/spans", {**hour, "q": next(needles)}), "items"),
    ]
    for name, target, ask, always in asks:
        slow, answers, cpu = [], [], process.cpu_s(server.pid)
        for _ in range(ASKED):
            path, params = ask()
            begun = time.perf_counter()
            answers.append(server.ask(path, params))
            slow.append((time.perf_counter() - begun) * 1000)
        each_ms = (process.cpu_s(server.pid) - cpu) / ASKED * 1000
        empty = sum(not orjson.loads(answer)[always or "items"] for answer in answers)
        note = f"p50 {quantile_ms(slow, 50)} ms, first {slow[0]:.1f} ms, {each_ms:.0f} ms of CPU each, "
        note += f"{len(slow)} calls over {items:,} spans, {empty} of them found nothing"
        wrong = empty == ASKED or bool(always and empty)  # an answer that is not there is no quick one
        yield Figure(f"{name}, p95", None if wrong else quantile_ms(slow, 95), "ms", target, "lower", note)


def _at_once(server: Server, traces: list[str]) -> Figure:
    """What somebody waits who asks while a start is still busy with what it left for later."""
    slow = []
    for trace in traces:
        begun = time.perf_counter()
        server.ask(f"/traces/{trace}", {})
        slow.append((time.perf_counter() - begun) * 1000)
    note = f"first {slow[0]:.1f} ms, {len(slow)} calls"
    return Figure("trace by id, at once after the start, longest", round(max(slow), 1), "ms", note=note)


def _needle(number: int) -> str:
    """A word that no other span has."""
    return f"needle{number:03d}zq"


def _hide_needles(server: Server, end_s: float) -> None:
    """A few spans of the last hour with a word of their own in their prompt."""
    voice, connection, spans = VOICES[Dialect.OPENINFERENCE], connect(server.otlp), []
    for number in range(NEEDLES):
        at = int((end_s - 60 - number * (HOUR_S - 120) / NEEDLES) * 1e9)
        items = {
            "input.value": f"please find the {_needle(number)} among the invoices",
            "openinference.span.kind": "CHAIN",
        }
        tail = voice.identity("needle-agent") + wire.attributes(9, items) + wire.OK
        spans.append(wire.span(os.urandom(16), os.urandom(8), b"", b"needle", 1, at, at + 1_000_000, tail))
    block = wire.resource_block(wire.attributes(1, {"service.name": "bench"}), voice.scope, spans)
    if connection.send("traces", block).status != 200:
        raise RuntimeError("the server refused the needles")
    connection.close()


class Query(Suite):
    """Questions over ten million spans after a restart."""

    name = "query"

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield p95 of each question after a restart, once what a start leaves for later is done; a trace by its id also
        at once. What is there must be found. The embedded store has no query or uncompressed cache, and as good as no question
        comes twice, so that no cache of conditions helps either."""
        items = context.items(SPANS, 102_400)
        with context.folder() as folder, Server(folder) as server:
            server.warm_up()
            context.say(f"storing {items:,} spans")
            end_s, known = time.time(), server.count("spans")
            send(server.otlp, "traces", items, context.seed, window_s=2 * HOUR_S)
            _hide_needles(server, end_s)
            server.settle("spans", known + items + NEEDLES, 3600)
            traces = [row[0] for row in server.sql(SOME_TRACES)]
            server.stop()
            yield Figure("ready on a warm start", server.start(), "s", 3, "lower", f"{items:,} rows of spans")
            yield _at_once(server, traces[-FIRST:])
            server.rest()
            yield from _questions(server, context.seed, traces[:-FIRST], end_s, items)
