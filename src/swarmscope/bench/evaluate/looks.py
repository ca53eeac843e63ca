"""A simulated fleet replayed into a store, and looked at every ten seconds of it as the runner would have: no real time passes.

What runs live by itself is asked here in the same order: the arrays with the ensemble, then every quick and slow question of
the families anomaly, agentic and drift. What a look sees ends at its moment: a span is part of the ten-second figures from its
end on, as it would have arrived. Detectors of batches are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import orjson

from swarmscope.bench.evaluate.sending import sent
from swarmscope.bench.server import Server
from swarmscope.config import Detect, Plugins, Storage
from swarmscope.detect.base import Question, WindowDetector
from swarmscope.detect.fleet import FleetJudge
from swarmscope.detect.roster import Roster
from swarmscope.model.finding import Finding
from swarmscope.query.agentic import moments
from swarmscope.query.reader import Reader
from swarmscope.query.times import SECOND_NS, Window, moment
from swarmscope.sim.run import Options
from swarmscope.store.embedded import EmbeddedStore
from swarmscope.window import RAW_BUCKETS

TENANT = "default"
STEP_S = 10
ENDS = "toUnixTimestamp64Nano(start_time) + toInt64(duration_ns)"


def looked(
    folder: Path, options: Options, say: Callable[[str], None]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int, int]:
    """Truth, findings in the shape of the API, and the moments at which the fleet begins and ends."""
    truth, seconds = folder / "truth.jsonl", round(options.duration_s)
    truth.write_bytes(b"")
    with Server(folder / "data", {"SWARMSCOPE_DETECT_ENABLED": "false"}) as server:  # it is looked at afterwards
        t0 = sent(server, replace(options, truth=truth), options.seed)
    lines = [orjson.loads(line) for line in truth.read_bytes().splitlines()]
    say(f"{options.scenario or 'calm'}: stored, looking")
    store = EmbeddedStore(folder / "data" / "store", Storage(readers=2))
    try:
        found = [_row(f, at) for at, f in looks(store, t0, seconds)]
    finally:
        store.close()
    return lines, found, t0, t0 + seconds * SECOND_NS


@dataclass(slots=True)
class Arriving:
    """The ten-second figures as they become known: first nobody has any, then each span counts from its end on."""

    store: EmbeddedStore
    until_ns: int = 0
    _insert: str = field(init=False)

    def __post_init__(self) -> None:
        made = self._told("SELECT as_select AS told FROM system.tables WHERE name = {view:String}")[0]
        columns = self._told("SELECT name AS told FROM system.columns WHERE table = {view:String} ORDER BY position")
        before, _, after = made.rpartition(" FROM ")
        spans, _, grouped = after.partition(" ")
        over = f"SELECT * FROM {spans} WHERE {ENDS} > {{since:Int64}} AND {ENDS} <= {{until:Int64}}"  # noqa: S608 # from the schema
        self._insert = f"INSERT INTO agent_10s ({', '.join(columns)}) {before} FROM ({over}) AS spans {grouped}"
        self.store.command("TRUNCATE TABLE agent_10s")

    def _told(self, question: str) -> list[str]:
        told: list[str] = self.store.query(question, {"view": "agent_10s_of_spans"})["told"].to_pylist()
        return told

    def advance(self, now_ns: int) -> None:
        """Spans that ended by now count."""
        known = {"since": self.until_ns, "until": now_ns}
        self.store.command(self._insert, known, {"insert_deduplicate": 0})
        self.until_ns = now_ns


def looks(store: EmbeddedStore, t0: int, seconds: int) -> Iterator[tuple[int, Finding]]:
    """What is found at each moment of a stored run (ns); the ten-second figures of the store are made anew on the way."""
    reads, arriving = Reader(store, TENANT), Arriving(store)
    options = Detect()
    roster = Roster(options, Plugins())
    fleet = FleetJudge(reads, roster, options)
    askers = {n: d for n, d in roster.made("window").items() if isinstance(d, WindowDetector) and _wanted(d)}
    rows = reads.rows("SELECT agent, kind, service FROM $agents")
    kinds = {r["agent"]: r["kind"] or r["service"] for r in rows}
    asked = dict.fromkeys(askers, 0)
    for at in range(6 * STEP_S, seconds + 1, STEP_S):
        now_ns = t0 + at * SECOND_NS
        newest = now_ns // SECOND_NS // STEP_S * STEP_S
        arriving.advance(now_ns)
        fleet.window.touch([newest - k * STEP_S for k in range(RAW_BUCKETS)], reported_too=True)
        found = fleet.tick(now_ns, kinds)
        view = _view(reads, t0, now_ns)
        for name, detector in askers.items():
            if now_ns - asked[name] < detector.every_s * SECOND_NS:
                continue
            asked[name] = now_ns
            within = Window(now_ns - round(detector.window_s * SECOND_NS), now_ns)
            panel = fleet.last.panel if fleet.last else None
            found += fleet.news(list(detector.judge(Question(TENANT, reads, within, panel, False, view))), now_ns)
        yield from ((now_ns, f) for f in found)


def _wanted(detector: WindowDetector) -> bool:
    return detector.family in ("anomaly", "agentic", "drift")


def _view(reads: Reader, t0: int, now_ns: int) -> Any:
    """What the live view would have known at a moment: ends, steps under way, nodes; from spans that are all over by now."""
    done, open_spans, nodes = moments(reads, Window(t0, now_ns))
    pending = {r["agent"]: r for r in open_spans}
    n, names = len(done), [r["agent"] for r in done]

    def column(key: str, rows: list[dict[str, Any]]) -> Any:
        return np.array([int(r[key]) if r else 0 for r in rows], np.int64)

    open_rows = [pending.get(a, {}) for a in names]
    evidence = SimpleNamespace(
        last_end=column("ended", done), last_span=column("began", done), last_heartbeat=np.zeros(n, np.int64),
        stopped=np.zeros(n, np.int64), pending=column("n", open_rows), pending_start=column("oldest", open_rows),
        pending_newest=column("newest", open_rows),
    )  # fmt: skip
    return SimpleNamespace(
        agent=names, time_ns=now_ns, evidence=evidence, times={"first_seen": column("first", done)},
        pending_name=[r.get("named", "") for r in open_rows], texts={"node": [nodes.get(r["resource"], "") for r in done]},
    )  # fmt: skip


def _row(finding: Finding, at_ns: int) -> dict[str, Any]:
    """As the API gives it, as far as it is judged by."""
    names = ("detector", "kind", "severity", "subject", "signal", "title")
    return {n: getattr(finding, n) for n in names} | {
        "participants": list(finding.participants),
        "found": moment(at_ns),
    }
