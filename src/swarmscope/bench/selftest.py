"""The continuous self-test: faults in a simulated fleet of a shadow tenant, and how well they were found on this very install.

Cycle after cycle one fault, or none, is planted in a small fleet that lives in real time beside the users' own. Its data go in
by the same door, are stored and judged by the same detectors, in a tenant that nobody has a key for; they are deleted after
`kept_hours`. What was found is held against what was planted, and only those figures are kept.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from swarmscope import telemetry
from swarmscope.bench.evaluate.scenarios import NAMES, SCENARIOS, STARTS_S, judged
from swarmscope.config import SelfTest as Settings
from swarmscope.errors import SwarmscopeError
from swarmscope.query import findings as stored
from swarmscope.query.reader import Reader, Source
from swarmscope.query.times import SECOND_NS, Window, moment, parse_moment
from swarmscope.sim.faults import Faults, load
from swarmscope.sim.run import Options, Simulation

TENANT = "swarmscope-selftest"
SEED = 11  # the fleet is the same in every cycle, so that what is normal for it stays known
TICK_S = 0.5
KEPT_CYCLES = 500
SETTLE_S = 20.0
PAGE = 1000
FAMILIES = frozenset({"anomaly", "drift", "agentic"})
EXPIRING = {
    "spans": "received_at", "spans_kept": "received_at", "spans_pending": "received_at", "logs": "received_at",
    "messages": "received_at", "findings": "received_at", "agent_10s": "bucket", "samples": "time",
    "security_events": "time",
}  # fmt: skip
"""Table → the time by which rows of the shadow tenant are deleted."""

_log = telemetry.logger("selftest")
_cycles = telemetry.counter("swarmscope_selftest_cycles_total", "Cycles of the self-test that were judged", ("fault",))

Submit = Callable[[Any, bytes, str], object]
Command = Callable[[str, Mapping[str, object]], object]


@dataclass(frozen=True, slots=True)
class Cycle:
    """What one cycle showed. fault: its scenario, empty for none. found, named: of `affected` agents; kinds: kind → (right,
    wrong) findings; delays_s: to the first right finding of each agent that was found."""

    fault: str
    start: str
    hours: float
    affected: int
    found: int
    named: int
    right: int
    wrong: int
    delays_s: list[float]
    kinds: dict[str, list[int]]


@dataclass(slots=True)
class SelfTest:
    """One install's self-test. submit: (signal, bytes, tenant) through the front door. families: detector → its family."""

    settings: Settings
    store: Source
    submit: Submit
    command: Command
    families: Callable[[], Mapping[str, str]]
    folder: Path
    cycles: deque[Cycle] = field(init=False, default_factory=lambda: deque(maxlen=KEPT_CYCLES))
    _stopping: threading.Event = field(init=False, default_factory=threading.Event)
    _thread: threading.Thread | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        try:
            lines = (self.folder / "cycles.jsonl").read_bytes().splitlines()[-KEPT_CYCLES:]
            self.cycles.extend(Cycle(**orjson.loads(line)) for line in lines)
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError) as e:
            _log.warning("selftest_history_unreadable", error=f"{type(e).__name__}: {e}", effect="it begins anew")

    # ---- life

    def start(self) -> None:
        """Begin, unless it is off."""
        if self.settings.enabled:
            self._thread = threading.Thread(target=self._run, name="selftest", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End within a tick; the cycle under way is not judged."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(10.0)

    def _run(self) -> None:
        plan = ("", *SCENARIOS)
        number = len(self.cycles)
        while not self._stopping.is_set():
            try:
                self.cycle(plan[number % len(plan)], number)
            except Exception as e:  # noqa: BLE001 # whatever it is, it is told, and the program's own work goes on
                _log.warning("selftest_failed", error=f"{type(e).__name__}: {e}")
                self._stopping.wait(60.0)
            number += 1

    # ---- one cycle

    def cycle(self, fault: str, number: int) -> Cycle | None:
        """Let the fleet live for `cycle_s`, with the fault from its scenario; judge; forget what is old. None: stopped."""
        start_ns = time.time_ns()
        truth = self.folder / "truth.jsonl"
        simulation = self._simulation(fault, number, start_ns, truth)
        begun, length = time.monotonic(), self.settings.cycle_s
        while (passed := time.monotonic() - begun) < length:
            self._send(simulation, passed)
            if self._stopping.wait(TICK_S):
                return None
        simulation.faults.close(length)
        if self._stopping.wait(min(SETTLE_S, length)):
            return None
        planted = [orjson.loads(line) for line in truth.read_bytes().splitlines()]
        made = scored(fault, planted, self._found(start_ns), start_ns, time.time_ns(), self.settings.starts_s)
        self._keep(made)
        self.forget(time.time_ns() - round(self.settings.kept_hours * 3600 * SECOND_NS))
        return made

    def _simulation(self, fault: str, number: int, start_ns: int, truth: Path) -> Simulation:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        length = self.settings.cycle_s
        options = Options(agents=self.settings.agents, duration_s=length, rate=self.settings.rate, seed=SEED)
        simulation = Simulation(options, start_ns, SEED)
        simulation.faults = Faults(load(fault, length), simulation.fleet, number, simulation.clock, truth)
        return simulation

    def _send(self, simulation: Simulation, t: float) -> None:
        for request in simulation.advance(t):
            try:
                self.submit(request.signal, request.body, TENANT)
            except SwarmscopeError as e:  # busy: users come first
                _log.debug("selftest_dropped", error=str(e))

    def _found(self, start_ns: int) -> list[dict[str, Any]]:
        families = self.families()
        reads = Reader(self.store, TENANT)
        out: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = stored.search(reads, Window(start_ns, time.time_ns()), {}, "", PAGE, cursor)
            out += [f for f in page["items"] if families.get(f["detector"], "anomaly") in FAMILIES]
            cursor = page["next"]
        return out

    def _keep(self, made: Cycle) -> None:
        self.cycles.append(made)
        _cycles.labels(made.fault or "none").inc()
        fresh = self.folder / "cycles.new"
        fresh.write_bytes(b"\n".join(orjson.dumps(c) for c in self.cycles) + b"\n")
        fresh.replace(self.folder / "cycles.jsonl")

    def forget(self, before_ns: int) -> None:
        """Delete what the shadow tenant stored before a moment. Nobody else's rows are touched: the tenant is a constant."""
        for table, column in EXPIRING.items():
            where = f"tenant = {{tenant:String}} AND toUnixTimestamp({column}) < {before_ns // SECOND_NS:d}"
            self.command(f"DELETE FROM {table} WHERE {where}", {"tenant": TENANT})  # noqa: S608 # constants and a number

    # ---- what it shows

    def json(self) -> dict[str, Any]:
        """In the shape of `SelfTestState`."""
        return {
            "enabled": self.settings.enabled,
            "tenant": TENANT,
            "cycle_s": self.settings.cycle_s,
            "agents": self.settings.agents,
            "cycles": len(self.cycles),
            "since": self.cycles[0].start if self.cycles else None,
            "faults": by_fault(self.cycles),
            "kinds": by_kind(self.cycles),
        }


def scored(
    fault: str, planted: Sequence[dict[str, Any]], findings: Sequence[dict[str, Any]], start_ns: int, end_ns: int,
    starts_s: float = 0.0,
) -> Cycle:  # fmt: skip
    """Truth and findings of a cycle side by side. starts_s: what was found so soon after its start does not count."""
    since = start_ns + round(starts_s * SECOND_NS)
    late = [f for f in findings if _at(f) >= since]
    begun = start_ns - round(STARTS_S * SECOND_NS)  # `judged` leaves out what is found within STARTS_S
    whole = judged(fault, planted, late, begun, end_ns)
    kinds: dict[str, list[int]] = {}
    for finding in late:
        alone = judged(fault, planted, [finding], begun, end_ns)
        counts = kinds.setdefault(str(finding["kind"]), [0, 0])
        counts[0 if alone.right else 1] += 1
    hours = (end_ns - since) / 3.6e12
    delays = sorted(whole.found.values())
    found, named = len(whole.found), len(whole.named)
    return Cycle(
        fault, moment(start_ns), hours, whole.affected, found, named, whole.right, len(whole.wrong), delays, kinds
    )


def _at(finding: Mapping[str, Any]) -> int:
    return parse_moment(str(finding["found"]))


def by_fault(cycles: Sequence[Cycle] | deque[Cycle]) -> list[dict[str, Any]]:
    """Precision, recall and delay of every fault that was planted; of cycles without one: false findings an hour."""
    out = []
    for fault in dict.fromkeys(c.fault for c in cycles):
        mine = [c for c in cycles if c.fault == fault]
        affected, said = sum(c.affected for c in mine), sum(c.right + c.wrong for c in mine)
        delays = sorted(d for c in mine for d in c.delays_s)
        kind = fault.replace("-", "_").removesuffix("s") if fault == "loops" else fault.replace("-", "_")
        out.append(
            {
                "fault": fault or "none",
                "cycles": len(mine),
                "affected": affected,
                "recall": sum(c.found for c in mine) / affected if affected else None,
                "recall_by_name": sum(c.named for c in mine) / affected if affected else None,
                "precision": sum(c.right for c in mine) / said if said and fault else None,
                "delay_s": delays[len(delays) // 2] if delays else None,
                "false_per_hour": sum(c.wrong for c in mine) / max(sum(c.hours for c in mine), 1e-9),
                "called": sorted(NAMES.get(kind, frozenset())),
            }
        )
    return out


def by_kind(cycles: Sequence[Cycle] | deque[Cycle]) -> list[dict[str, Any]]:
    """Precision of every kind of finding, most frequent first."""
    total: dict[str, list[int]] = {}
    for cycle in cycles:
        for kind, (right, wrong) in cycle.kinds.items():
            counts = total.setdefault(kind, [0, 0])
            counts[0] += right
            counts[1] += wrong
    rows = [
        {"kind": k, "findings": right + wrong, "precision": right / (right + wrong)}
        for k, (right, wrong) in total.items()
    ]
    return sorted(rows, key=lambda r: -int(r["findings"]))
