"""What agents do with and beside one another, as arrays: who began what when, who reached whom, what they said, and the result.

Agents are numbers into one list of names (`Interactions.agents`), times are seconds from the start of the window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from swarmscope.query.reader import Reader, together
from swarmscope.query.search import between
from swarmscope.query.times import SECOND_NS, Window

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
ROWS_MAX = 500_000  # of each kind, newest first
ITEMS_MAX = 400
CELLS_MAX = 4_000_000
_OUTPUT = "(k ILIKE '%output%' OR k ILIKE '%completion%' OR k ILIKE '%response%') AND k NOT ILIKE '%tool%'"
QUALITIES = ("swarmscope.task.quality", "gen_ai.evaluation.score.value", "quality")


@dataclass(frozen=True, slots=True)
class Begun:
    """Work that agents began by themselves: agent, time_s."""

    agent: I64
    time_s: F64


@dataclass(frozen=True, slots=True)
class Met:
    """Agents that reached others: source asked target at time_s and had an answer after lasted_s. trace: a number per trace."""

    source: I64
    target: I64
    time_s: F64
    lasted_s: F64
    trace: NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Said:
    """What more than one agent said: item (a number per content), agent, time_s. hashes: the content hash of each item."""

    item: I64
    agent: I64
    time_s: F64
    hashes: list[int]


@dataclass(frozen=True, slots=True)
class Tasks:
    """Who took part in which task (one row per pair), and what became of each: outcome in [0, 1], NaN unknown. traces: hex."""

    task: I64
    agent: I64
    outcome: F64
    time_s: F64
    traces: list[str]


@dataclass(slots=True)
class Interactions:
    """The numbering of agents that all reads of one look share."""

    reads: Reader
    within: Window
    agents: list[str] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)

    def places(self, names: list[str]) -> I64:
        """Numbers of agents; new names get new ones."""
        out = np.empty(len(names), np.int64)
        for i, name in enumerate(names):
            place = self._places.get(name)
            if place is None:
                place = self._places[name] = len(self.agents)
                self.agents.append(name)
            out[i] = place
        return out

    def known(self, names: list[str]) -> I64:
        """Numbers of agents that have one; −1 for others."""
        return np.array([self._places.get(name, -1) for name in names], np.int64)

    def _seconds(self, ns: NDArray[np.int64]) -> F64:
        return (ns - self.within.start_ns) / SECOND_NS

    def gauged(self, step_s: int) -> tuple[Met, Begun, dict[str, F64]]:
        """`met`, `begun` and `signals`, read side by side; agents are numbered in that order."""
        reads: list[Callable[[], pa.Table]] = [self._met, self._begun, partial(self._signals, step_s)]
        met, begun, signals = together(reads)
        return self._as_met(met), self._as_begun(begun), self._as_signals(signals, step_s)

    def begun(self) -> Begun:
        """Spans of agents without a parent or a link: nobody asked for them."""
        return self._as_begun(self._begun())

    def _begun(self) -> pa.Table:
        return self.reads.query(
            "SELECT agent, toUnixTimestamp64Nano(start_time) AS at FROM $spans AS s WHERE "
            f"{between('start_time', self.within)} AND agent != '' AND parent_span_id = toFixedString('', 8) "
            f"AND empty(link_span_id) ORDER BY at DESC LIMIT {ROWS_MAX:d}"
        )

    def _as_begun(self, rows: pa.Table) -> Begun:
        return Begun(self.places(rows["agent"].to_pylist()), self._seconds(rows["at"].to_numpy().astype(np.int64)))

    def met(self) -> Met:
        """Spans that name another agent whom they address, oldest first."""
        return self._as_met(self._met())

    def _met(self) -> pa.Table:
        return self.reads.query(
            "SELECT agent, peer_agent, toUnixTimestamp64Nano(start_time) AS at, duration_ns / 1e9 AS lasted, "
            f"cityHash64(trace_id) AS trace FROM $spans AS s WHERE {between('start_time', self.within)} AND agent != '' "
            f"AND peer_agent != '' AND peer_agent != agent ORDER BY at DESC LIMIT {ROWS_MAX:d}"
        ).sort_by("at")

    def _as_met(self, rows: pa.Table) -> Met:
        return Met(
            self.places(rows["agent"].to_pylist()),
            self.places(rows["peer_agent"].to_pylist()),
            self._seconds(rows["at"].to_numpy().astype(np.int64)),
            rows["lasted"].to_numpy().astype(np.float64),
            rows["trace"].to_numpy().astype(np.uint64),
        )

    def said(self, agents_min: int = 2) -> Said:
        """The first time that each agent gave out a content that at least `agents_min` agents gave out, commonest first."""
        spoken = (
            "SELECT h, agent, min(at) AS first FROM (SELECT agent, toUnixTimestamp64Nano(start_time) + duration_ns AS at, "
            f"arrayJoin(arrayFilter((h, k) -> {_OUTPUT}, message_hash, message_key)) AS h FROM $spans AS s "
            f"WHERE {between('start_time', self.within)} AND agent != '' AND notEmpty(message_hash)) GROUP BY h, agent"
        )
        rows = self.reads.query(
            f"SELECT h, groupArray(agent) AS who, groupArray(toInt64(first)) AS times FROM ({spoken}) GROUP BY h "
            f"HAVING length(who) >= {agents_min:d} ORDER BY length(who) DESC, h LIMIT {ITEMS_MAX:d}"
        )
        who, times = rows["who"].to_pylist(), rows["times"].to_pylist()
        item = np.repeat(np.arange(len(who)), [len(w) for w in who])
        flat = [t for ts in times for t in ts]
        return Said(
            item.astype(np.int64),
            self.places([a for w in who for a in w]),
            self._seconds(np.array(flat, np.int64)),
            [int(h) for h in rows["h"].to_pylist()],
        )

    def choices(self, options: list[int]) -> Said:
        """Every time that an agent gave out one of these contents, oldest first."""
        rows = self.reads.query(
            "SELECT agent, toUnixTimestamp64Nano(start_time) + duration_ns AS at, "
            "arrayJoin(arrayFilter(h -> has({options:Array(UInt64)}, h), message_hash)) AS h FROM $spans AS s "
            f"WHERE {between('start_time', self.within)} AND agent != '' AND hasAny(message_hash, {{options:Array(UInt64)}}) "
            f"AND arrayExists((h, k) -> {_OUTPUT} AND has({{options:Array(UInt64)}}, h), message_hash, message_key) "
            f"ORDER BY at DESC LIMIT {ROWS_MAX:d}",
            {"options": options},
        ).sort_by("at")
        number = {h: i for i, h in enumerate(options)}
        item = np.array([number[int(h)] for h in rows["h"].to_pylist()], np.int64)
        at = self._seconds(rows["at"].to_numpy().astype(np.int64))
        return Said(item, self.places(rows["agent"].to_pylist()), at, options)

    def tasks(self) -> Tasks:
        """Traces in which agents took part, and what became of them: the quality that the root was given, else no failure."""
        found = ", ".join(f"toFloat64OrNull(attributes['{q}'])" for q in QUALITIES)
        rows = self.reads.query(
            "SELECT lower(hex(trace_id)) AS trace, groupUniqArrayIf(agent, agent != '') AS who, "
            "toInt64(min(toUnixTimestamp64Nano(start_time))) AS at, "
            "countIf(parent_span_id = toFixedString('', 8)) AS roots, "
            "countIf(parent_span_id = toFixedString('', 8) AND status_code = 2) AS failed, "
            f"anyIf(coalesce({found}), parent_span_id = toFixedString('', 8)) AS quality "
            f"FROM $spans AS s WHERE {between('start_time', self.within)} GROUP BY trace_id HAVING notEmpty(who) AND roots > 0 "
            f"ORDER BY at DESC LIMIT {ROWS_MAX // 4:d}"
        )
        who = rows["who"].to_pylist()
        quality = np.array([np.nan if q is None else q for q in rows["quality"].to_pylist()], np.float64)
        failed = rows["failed"].to_numpy() > 0
        outcome = np.where(failed, 0.0, np.clip(quality, 0, 1)) if np.isfinite(quality).any() else 1.0 - failed
        return Tasks(
            np.repeat(np.arange(len(who)), [len(w) for w in who]).astype(np.int64),
            self.places([a for w in who for a in w]),
            outcome.astype(np.float64),
            self._seconds(rows["at"].to_numpy().astype(np.int64)),
            rows["trace"].to_pylist(),
        )

    def signals(self, step_s: int) -> dict[str, F64]:
        """Per agent and step of time, (agents, steps), NaN where nothing ended: mean log of the duration of model and tool
        calls (`latency`), their share of failures (`errors`), and their number (`calls`, 0 where there is none)."""
        return self._as_signals(self._signals(step_s), step_s)

    def _steps(self, step_s: int) -> tuple[int, int]:
        """The first step as a number since the epoch, and how many there are."""
        first = self.within.start_ns // SECOND_NS // step_s
        return first, -(-self.within.end_ns // SECOND_NS // step_s) - first

    def _signals(self, step_s: int) -> pa.Table:
        first, _ = self._steps(step_s)
        return self.reads.query(
            f"SELECT agent, intDiv(toUnixTimestamp64Nano(start_time), {step_s * SECOND_NS:d}) - {first:d} AS at, "
            "count() AS calls, countIf(status_code = 2) AS failed, sum(log(greatest(duration_ns, 1000) / 1e6)) AS slow "
            f"FROM $spans AS s WHERE {between('start_time', self.within)} AND agent != '' AND (model != '' OR tool != '') "
            f"GROUP BY agent, at LIMIT {ROWS_MAX * 2:d}"
        )

    def _as_signals(self, rows: pa.Table, step_s: int) -> dict[str, F64]:
        _, steps = self._steps(step_s)
        who = self.places(rows["agent"].to_pylist())
        n = len(self.agents)
        if n * steps > CELLS_MAX:
            n = int(CELLS_MAX // max(1, steps))
        at = rows["at"].to_numpy().astype(np.int64)
        good = (who < n) & (at >= 0) & (at < steps)
        calls = np.zeros((n, steps))
        failed, slow = np.zeros_like(calls), np.zeros_like(calls)
        calls[who[good], at[good]] = rows["calls"].to_numpy()[good]
        failed[who[good], at[good]] = rows["failed"].to_numpy()[good]
        slow[who[good], at[good]] = rows["slow"].to_numpy()[good]
        with np.errstate(all="ignore"):
            return {
                "latency": np.where(calls > 0, slow / calls, np.nan),
                "errors": np.where(calls > 0, failed / calls, np.nan),
                "calls": calls,
            }

    def pairs(self, only: frozenset[str] | None = None) -> tuple[I64, I64, F64]:
        """Who addressed or called whom within whole minutes, and how often: explicit peers and parents of spans. The same
        rows number agents alike. only: these agents and what is between them; None: all."""
        rows = self.reads.query(
            "SELECT source, target, toFloat64(max(n)) AS calls FROM (SELECT source, target, kind, sum(e.calls) AS n "
            "FROM $edges AS e WHERE layer = 'agent' AND source != '' AND target != '' "
            f"AND minute >= toStartOfMinute(toDateTime({self.within.start_ns // SECOND_NS:d}, 'UTC')) "
            f"AND minute < toDateTime({-(-self.within.end_ns // SECOND_NS):d}, 'UTC') GROUP BY source, target, kind) "
            f"GROUP BY source, target ORDER BY calls DESC, source, target LIMIT {ROWS_MAX:d}"
        )
        if only is not None:
            here = pa.array(sorted(only), pa.string())
            rows = rows.filter(pc.and_(*(pc.is_in(rows[end], value_set=here) for end in ("source", "target"))))
        source, target = self.places(rows["source"].to_pylist()), self.places(rows["target"].to_pylist())
        return source, target, rows["calls"].to_numpy().astype(np.float64)


def found(reads: Reader, within: Window, kinds: Sequence[str], limit: int) -> list[dict[str, Any]]:
    """Findings of these kinds that touch the window, newest first."""
    return reads.rows(
        "SELECT lower(hex(finding_id)) AS id, detector, kind, severity, toUnixTimestamp64Nano(window_start) AS start_ns, "
        "toUnixTimestamp64Nano(window_end) AS end_ns, title, explanation, recommendation, score, confidence, "
        "observed, expected, "
        "participants, evidence_kinds, evidence, feature_names, feature_shares, details FROM $findings AS f "
        "WHERE kind IN {kinds:Array(String)} AND window_end > fromUnixTimestamp64Nano({start:Int64}, 'UTC') "
        "AND time < fromUnixTimestamp64Nano({end:Int64}, 'UTC') "
        f"ORDER BY start_ns DESC, id LIMIT {limit:d}",
        {"kinds": list(kinds), "start": within.start_ns, "end": within.end_ns},
    )
