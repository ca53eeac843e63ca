"""What judging events for security costs, and how soon one event is answered."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pyarrow as pa

from swarmscope.bench.figures import Figure
from swarmscope.bench.server import Server
from swarmscope.bench.suite import Context, Suite
from swarmscope.detect.base import Events, options_at
from swarmscope.detect.security import corpus, extract
from swarmscope.detect.security.detector import Security
from swarmscope.detect.security.threats import Threats
from swarmscope.model.tables import SPANS

BATCH = 4_096
EVENTS = 200_000
DISTINCT = 20_000  # texts; more of them are repeated, as those of applications are
ATTACKS, LOGINS, FAILED = 0.005, 0.1, 0.02
PRINCIPALS, SOURCES, ENDPOINTS = 5_000, 3_000, 200
SINGLE = 400
WARM = 20
_START_NS = 1_800_000_000_000_000_000


class SecuritySuite(Suite):
    """Events of requests and logins judged: out of committed batches, as columns, and one by one over the API."""

    name = "security"

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield events per processor second, and how long one event takes from the call to the answer that it is safe."""
        count = max(2 * BATCH, int(EVENTS * min(1.0, context.scale)))
        batches = [spans(BATCH, i, context.seed) for i in range(max(2, count // BATCH))]
        context.say(f"{len(batches) * BATCH:,} events in batches of {BATCH:,}")
        yield _figure("events of committed spans, read and judged", *_committed(batches))
        given = [extract.of_batch({"spans": batch}, "bench", i) for i, batch in enumerate(batches)]
        threats = Threats()
        threats.judge("warm", given[0], _START_NS)
        begun = time.process_time()
        found = sum(len(threats.judge("bench", one, _START_NS).threats) for one in given)
        yield _figure("events judged", sum(map(len, given)), time.process_time() - begun, found)
        context.say(f"{SINGLE} events one by one over the API")
        with context.server() as server:
            yield _one_by_one(server, context.seed)


def _committed(batches: list[pa.Table]) -> tuple[int, float, int]:
    """Events, processor seconds and threats of batches as the runner hands them to the detector."""
    detector = Security(options_at(Security))
    detector.judged(Events("warm", 0, {"spans": tenanted(batches[0], "warm")}))
    begun, found = time.process_time(), 0
    for i, batch in enumerate(batches):
        rows = detector.judged(Events("bench", i, {"spans": batch}))[1]
        found += rows["security_events"].num_rows if rows else 0
    return sum(map(len, batches)), time.process_time() - begun, found


def _figure(name: str, events: int, spent: float, found: int) -> Figure:
    note = f"{events:,} events in {spent:.2f} s of one core; {found:,} held against somebody"
    rate = events / max(spent, 1e-9) if found else None  # there are attacks among them: who sees none has not judged
    return Figure(name, rate, "events/CPU s", 50_000, "higher", note, "detect.off = ['security']")


def spans(rows: int, number: int, seed: int) -> pa.Table:
    """A batch of spans of web requests and logins, a few of them attacks."""
    dice = random.Random(seed * 1_000_003 + number)  # a load, nothing secret
    texts = _texts(seed)
    made: list[list[tuple[str, str]]] = []
    times = np.sort(np.random.default_rng(seed + number).integers(0, 10**10, rows)) + _START_NS + number * 10**10
    for _ in range(rows):
        who, login = f"user-{dice.randrange(PRINCIPALS)}", dice.random() < LOGINS
        text = corpus.attack(dice) if dice.random() < ATTACKS else texts[dice.randrange(DISTINCT)]
        failed = dice.random() < FAILED
        made.append([
            ("http.route", "/login" if login else f"/api/items/{dice.randrange(ENDPOINTS)}"),
            ("http.response.status_code", "401" if login and failed else "500" if failed else "200"),
            ("client.address", f"10.{dice.randrange(256)}.0.{dice.randrange(12)}"),
            ("user.id", who),
            ("url.query", f"q={text}&page={dice.randrange(50)}"),
            ("server.address", "shop.example"),
        ])  # fmt: skip
    known: dict[str, Any] = {
        "tenant": ["bench"] * rows, "start_time": times, "name": ["GET"] * rows, "agent": ["shop"] * rows, "attributes": made,
        "trace_id": [dice.randbytes(16) for _ in range(rows)],
    }  # fmt: skip
    return pa.Table.from_arrays([_column(f.type, known.get(f.name), rows) for f in SPANS], schema=SPANS)


def tenanted(table: pa.Table, tenant: str) -> pa.Table:
    """The same rows of another tenant."""
    place = table.schema.get_field_index("tenant")
    return table.set_column(
        place, SPANS.field(place), _column(SPANS.field(place).type, [tenant] * len(table), len(table))
    )


def _column(kind: pa.DataType, values: Any, rows: int) -> pa.Array:
    if values is not None:
        plain = pa.array(values, pa.string() if pa.types.is_dictionary(kind) else kind)
        return plain.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else plain
    if pa.types.is_map(kind) or pa.types.is_list(kind):
        return pa.array([[]] * rows, kind)
    if pa.types.is_dictionary(kind):
        return _column(kind, [""] * rows, rows)
    if pa.types.is_fixed_size_binary(kind):
        return pa.array([bytes(kind.byte_width)] * rows, kind)
    if pa.types.is_string(kind):
        return pa.array([""] * rows, kind)
    return pa.array(np.zeros(rows, np.int64)).cast(kind)


_KNOWN: dict[int, list[str]] = {}


def _texts(seed: int) -> list[str]:
    if seed not in _KNOWN:
        dice = random.Random(seed)  # a load, nothing secret
        _KNOWN[seed] = [corpus.harmless(dice) for _ in range(DISTINCT)]
    return _KNOWN[seed]


def _one_by_one(server: Server, seed: int) -> Figure:
    """From the call to the answer, which comes when what was found is safe in the journal; every second event is an attack."""
    dice = random.Random(seed)  # a load, nothing secret
    took = []
    with httpx.Client(base_url=server.url) as client:
        for i in range(SINGLE + WARM):
            text = corpus.attack(dice) if i % 2 else corpus.harmless(dice)
            event = {"principal": f"user-{i % 100}", "endpoint": "/item", "source": "203.0.113.9", "text": text}
            begun = time.perf_counter()
            answer = client.post("/api/v1/security/events", json={"events": [event]})
            took.append(time.perf_counter() - begun)
            answer.raise_for_status()
    p50, p99 = np.quantile(np.array(took[WARM:]) * 1e3, (0.5, 0.99))
    note = f"p50 {p50:.1f} ms of {SINGLE} events, every second an attack that is kept"
    return Figure("one event, call to answer, p99", float(p99), "ms", 50, "lower", note, "look at the journal's disk")
