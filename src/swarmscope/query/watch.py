"""Follows the agents of one tenant: what is known of each, read anew only where it changed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from swarmscope.config import States
from swarmscope.errors import SwarmscopeError
from swarmscope.query.findings import Silent, silent
from swarmscope.query.pending import Open, OpenSpans, Pending
from swarmscope.query.reader import Reader
from swarmscope.query.states import FAILING, I64, TROUBLE, WORKING, Evidence, condition, decide, health
from swarmscope.query.times import DAY_NS, MINUTE_NS, SECOND_NS, Window

FULL_EVERY_S = 60.0
OVERLAP_NS = 30 * SECOND_NS  # rows arrive late and out of order; so much is read again each time
HISTORY_MAX = 50
CHANGES_MAX = 200
PAST_MAX = 180
PAST_EVERY_NS = 5 * SECOND_NS
SUSPECTS_MAX = 500
FAILED_NS = 5 * MINUTE_NS  # failures so far back count when an agent is called failing
SILENT_EVERY_S = 5.0
NODES_EVERY_S = 15.0
NODES_FIRST_NS = 10 * MINUTE_NS
F64 = NDArray[np.float64]
Conditions = list[tuple[int, int]]

_NOTEWORTHY = frozenset(TROUBLE)
_TIMES = ("first_seen", "last_seen", "last_span", "last_heartbeat", "stopped")
_TEXTS = ("name", "kind", "model", "version", "status", "service")
NAMES = (
    "name",
    "kind",
    "model",
    "service",
    "team",
    "node",
)  # what agents are known by; team: the label, node: the host
_NODE = "if(attributes['k8s.node.name'] != '', attributes['k8s.node.name'], attributes['host.name'])"
_COUNTS = ("spans", "errors", "input_tokens", "output_tokens", "cost_nano_usd")


class Rollup(NamedTuple):
    """What the last minutes of `agent_10s` say of each agent."""

    counts: dict[str, I64]  # of the last minute
    last_end: I64
    p50: F64  # NaN: no spans
    p95: F64
    suspects: list[str]  # of a loop
    failed_first: I64  # window of the first failure within FAILED_NS, s since the epoch; 0: none
    failed_last: I64


class Change(NamedTuple):
    """An agent that came from one condition into another; before: -1 for one that is new."""

    time_ns: int
    place: int
    before: int
    after: int


class Past(NamedTuple):
    """The fleet at an earlier moment; counts of the minute before it."""

    time_ns: int
    agents: int
    working: int
    trouble: int
    spans: int
    errors: int
    tokens: int
    cost_nano_usd: int
    health: float


@dataclass(frozen=True, slots=True)
class FleetView:
    """All agents of one tenant at one moment; entry i of every column is agent i. Nothing in it changes but `history`.

    version: rises with each refresh. rebuilt: False when the agents of the view before keep their places.
    changed: the agents that differ from the view before. named: those that are new or have other `NAMES`. Counts and
    latencies cover the last minute. changes: who came into trouble, out of it, or is new, newest last. past: figures of the
    fleet, one per PAST_EVERY_NS, newest last. rank: where an agent stands among all by its id.
    """

    version: int
    time_ns: int
    options: States
    rebuilt: bool
    changed: I64
    named: I64
    agent: list[str]
    rank: I64
    texts: dict[str, list[str]]
    capabilities: list[list[str]]
    labels: list[dict[str, str]]
    times: dict[str, I64]
    counts: dict[str, I64]
    latency_p50_ns: F64  # NaN: no spans
    latency_p95_ns: F64
    evidence: Evidence
    pending_name: list[str]
    open_spans: OpenSpans
    loop_tool: dict[int, str]
    state: NDArray[np.int8]
    since: I64
    health: F64
    silent: NDArray[np.bool_]  # a grave finding of the last day says so, not called false, and nothing was heard since
    condition: NDArray[np.int8]  # index into CONDITIONS
    history: dict[int, Conditions]  # of who changed: (time, condition), newest last
    changes: tuple[Change, ...]
    past: tuple[Past, ...]

    @property
    def last_seen(self) -> I64:
        """The newest evidence of each agent: a span that began or ended, a heartbeat, a registration, a stop."""
        return np.minimum(self.evidence.heard, self.time_ns)

    def index(self, agent: str) -> int | None:
        """The place of an agent; None: unknown."""
        try:
            return self.agent.index(agent)
        except ValueError:
            return None


@dataclass(slots=True)
class Watch:
    """The agents of one tenant, followed by its reader. refuted: ids of the findings between two moments (ns) that people
    called false."""

    reads: Reader
    options: States
    refuted: Callable[[int, int], Collection[str]] = lambda *_: ()
    _places: dict[str, int] = field(default_factory=dict)
    _agents: list[str] = field(default_factory=list)
    _texts: dict[str, list[str]] = field(default_factory=lambda: {t: [] for t in (*_TEXTS, "team", "node")})
    _capabilities: list[list[str]] = field(default_factory=list)
    _labels: list[dict[str, str]] = field(default_factory=list)
    _times: dict[str, I64] = field(default_factory=lambda: {t: np.zeros(0, np.int64) for t in _TIMES})
    _pending: Pending = field(default_factory=Pending)
    _history: dict[int, Conditions] = field(default_factory=dict)
    _changes: deque[Change] = field(default_factory=lambda: deque(maxlen=CHANGES_MAX))
    _past: deque[Past] = field(default_factory=lambda: deque(maxlen=PAST_MAX))
    _silent: dict[str, Silent] = field(default_factory=dict)
    _refuted: Collection[str] = ()
    _silent_at: float = -SILENT_EVERY_S
    _nodes_at: float = -NODES_EVERY_S
    _nodes_to_ns: int = 0
    _view: FleetView | None = None
    _full_at: float = -FULL_EVERY_S
    _read_to_ns: int = 0

    @property
    def view(self) -> FleetView:
        """The newest view; `refresh` comes first."""
        if self._view is None:
            return self.refresh(time.time_ns())
        return self._view

    def age_s(self) -> float:
        """Seconds since the newest view."""
        return (time.time_ns() - self._view.time_ns) / SECOND_NS if self._view else float("inf")

    def refresh(self, now_ns: int) -> FleetView:
        """Read what changed and make a new view."""
        known = len(self._agents)
        self._read_registry(now_ns)
        rollup = self._read_rollup(now_ns)
        opened = self._pending.refresh(self.reads, now_ns, self._places)
        for agent in opened.strangers:
            self._place(agent)
        self._read_nodes(now_ns)
        n = len(self._agents)
        loops, loop_tool = self._read_loops(now_ns, rollup.suspects)
        evidence = _evidence(n, self._times, self._last_end(rollup.last_end), opened, loops)
        state, since = decide(evidence, now_ns, self.options)
        p50, p95 = (np.concatenate([q, np.full(n - len(q), np.nan)]) for q in (rollup.p50, rollup.p95))
        counts = {k: _grown(v, n) for k, v in rollup.counts.items()}
        score, seen_as = self._judge(state, counts, rollup)
        silent = self._fell_silent(evidence, now_ns)
        score[silent] = 0.0
        since = self._remember(state, since)
        self._note(seen_as, since, now_ns)
        view = FleetView(
            version=self._view.version + 1 if self._view else 1,
            time_ns=now_ns,
            options=self.options,
            rebuilt=self._view is None,
            changed=np.arange(n),
            named=np.arange(n),
            agent=list(self._agents) if n != known or self._view is None else self._view.agent,
            rank=_ranks(self._agents) if n != known or self._view is None else self._view.rank,
            texts={k: list(v) for k, v in self._texts.items()},
            capabilities=list(self._capabilities),
            labels=list(self._labels),
            times={k: _grown(v, n) for k, v in self._times.items()},
            counts=counts,
            latency_p50_ns=p50,
            latency_p95_ns=p95,
            evidence=evidence,
            pending_name=opened.names(n),
            open_spans=opened.spans,
            loop_tool=loop_tool,
            state=state,
            since=since,
            health=score,
            silent=silent,
            condition=seen_as,
            history=self._history,
            changes=tuple(self._changes),
            past=(),
        )
        view = replace(view, past=self._passed(view))
        self._view = view if self._view is None else _with_changes(view, self._view)
        return self._view

    def _judge(self, state: NDArray[np.int8], counts: dict[str, I64], rollup: Rollup) -> tuple[F64, NDArray[np.int8]]:
        """Health and condition of each agent. One that was failing stays as it was while no span says otherwise."""
        n = len(state)
        score = health(state, counts["spans"], counts["errors"])
        first, last = _grown(rollup.failed_first, n), _grown(rollup.failed_last, n)
        failed = np.zeros(n, bool)
        if self._view is not None:
            known = len(self._view.condition)
            failed[:known] = self._view.condition == FAILING
            silent = failed[:known] & (counts["spans"][:known] == 0) & (last[:known] > 0)
            score[:known] = np.where(silent, np.minimum(score[:known], self._view.health), score[:known])
        return score, condition(state, score, last > first, failed)

    def _fell_silent(self, evidence: Evidence, now_ns: int) -> NDArray[np.bool_]:
        """Who is missed: a finding says that it fell silent, nobody said that this is wrong, it did not say stop, and it was
        not heard since."""
        if time.monotonic() - self._silent_at >= SILENT_EVERY_S:
            self._silent_at = time.monotonic()
            day = Window(now_ns - DAY_NS, now_ns)
            with suppress(SwarmscopeError):  # it is away: what was said before holds on
                self._refuted = self.refuted(day.start_ns, day.end_ns)
            self._silent = silent(self.reads, day, self._refuted)
        out = np.zeros(len(self._agents), np.bool_)
        for agent, found in self._silent.items():
            place = self._places.get(agent)
            if place is not None and evidence.stopped[place] < evidence.heard[place]:
                out[place] = found.holds(int(evidence.heard[place]))
        return out

    def _passed(self, view: FleetView) -> tuple[Past, ...]:
        """The figures of the fleet so far, with those of `view` where it is time for them."""
        if not self._past or view.time_ns - self._past[-1].time_ns >= PAST_EVERY_NS:
            counts = {name: int(values.sum()) for name, values in view.counts.items()}
            working = int((view.condition == WORKING).sum())
            self._past.append(
                Past(
                    view.time_ns,
                    len(view.state),
                    working,
                    int(np.isin(view.condition, TROUBLE).sum()),
                    counts["spans"],
                    counts["errors"],
                    counts["input_tokens"] + counts["output_tokens"],
                    counts["cost_nano_usd"],
                    float(view.health.mean()) if len(view.health) else 1.0,
                )
            )
        return tuple(self._past)

    def _place(self, agent: str) -> int:
        place = self._places.get(agent)
        if place is None:
            place = self._places[agent] = len(self._agents)
            self._agents.append(agent)
            for column in self._texts.values():
                column.append("")
            self._capabilities.append([])
            self._labels.append({})
        return place

    def _read_registry(self, now_ns: int) -> None:
        """Agents that were seen since the last look; all of them now and then, for rows that came very late."""
        full = time.monotonic() - self._full_at >= FULL_EVERY_S
        since_ns = 0 if full else self._read_to_ns - OVERLAP_NS
        times = ", ".join(f"toUnixTimestamp64Nano({t}) AS {t}_ns" for t in _TIMES)
        rows = self.reads.query(
            f"SELECT agent, {times}, {', '.join(_TEXTS)}, capabilities, labels FROM $agents "
            "WHERE last_seen >= fromUnixTimestamp64Nano({since:Int64}, 'UTC') ORDER BY first_seen, agent",
            {"since": since_ns},
        )
        places = np.array([self._place(a) for a in rows["agent"].to_pylist()], np.int64)
        for name in _TIMES:
            column = _grown(self._times[name], len(self._agents))
            column[places] = np.maximum(rows[f"{name}_ns"].to_numpy(), 0)
            self._times[name] = column
        for name in _TEXTS:
            texts = self._texts[name]
            for place, value in zip(places.tolist(), rows[name].to_pylist(), strict=True):
                texts[place] = value
        for place, have, labels in zip(
            places.tolist(), rows["capabilities"].to_pylist(), rows["labels"].to_pylist(), strict=True
        ):
            self._capabilities[place] = have
            self._labels[place] = dict(labels)
            self._texts["team"][place] = self._labels[place].get("team", "")
        self._read_to_ns = now_ns
        if full:
            self._full_at = time.monotonic()

    def _read_nodes(self, now_ns: int) -> None:
        """On which host agents run, as the resource of their newest spans says; looked up now and then."""
        if time.monotonic() - self._nodes_at < NODES_EVERY_S:
            return
        self._nodes_at = time.monotonic()
        since_ns = max(self._nodes_to_ns - OVERLAP_NS, now_ns - NODES_FIRST_NS)
        rows = self.reads.query(
            "SELECT agent, node FROM (SELECT agent, argMax(resource_id, start_time) AS resource_id FROM $spans "
            "WHERE start_time >= fromUnixTimestamp64Nano({since:Int64}, 'UTC') AND agent != '' GROUP BY agent) AS last "
            f"LEFT ANY JOIN (SELECT resource_id, {_NODE} AS node FROM $resources) AS known USING resource_id "
            "WHERE node != ''",
            {"since": since_ns},
        )
        nodes = self._texts["node"]
        for agent, node in zip(rows["agent"].to_pylist(), rows["node"].to_pylist(), strict=True):
            place = self._places.get(agent)
            if place is not None:
                nodes[place] = node
        self._nodes_to_ns = now_ns

    def _read_rollup(self, now_ns: int) -> Rollup:
        """Counts of the last minute, the last end, latencies, whom to suspect of a loop, and when spans failed."""
        minute = f"bucket >= toDateTime({(now_ns - MINUTE_NS) // SECOND_NS:d}, 'UTC')"
        loop_from = f"bucket >= toDateTime({int(now_ns // SECOND_NS - self.options.loop_window_s):d}, 'UTC')"
        failed = f"errors > 0 AND bucket >= toDateTime({(now_ns - FAILED_NS) // SECOND_NS:d}, 'UTC')"
        sums = ", ".join(f"toInt64(sumIf({c}, {minute})) AS {c}_1m" for c in _COUNTS)
        rows = self.reads.query(
            f"SELECT agent, {sums}, toUnixTimestamp64Milli(max(last_end)) AS last_end_ms, "
            f"sumMapIf(duration_histogram, {minute}) AS histogram, toFloat64(maxIf(duration_max_ns, {minute})) AS longest, "
            f"sumIf(tool_calls, {loop_from}) AS tools, "
            f"toInt64(minIf(bucket, {failed})) AS failed_first, toInt64(maxIf(bucket, {failed})) AS failed_last "
            f"FROM $agent_10s WHERE bucket >= toDateTime({(now_ns - 10 * MINUTE_NS) // SECOND_NS:d}, 'UTC') "
            "AND agent != '' GROUP BY agent"
        )
        agents = rows["agent"].to_pylist()
        places = np.array([self._place(a) for a in agents], np.int64)
        n = len(self._agents)
        counts = {c: _scattered(n, places, rows[f"{c}_1m"]) for c in _COUNTS}
        last_end = _scattered(n, places, rows["last_end_ms"]) * 1_000_000
        p50, p95 = np.full(n, np.nan), np.full(n, np.nan)
        p50[places], p95[places] = quantiles_of(rows["histogram"], (0.5, 0.95), rows["longest"].to_numpy())
        busy = rows["tools"].to_numpy() >= self.options.loop_calls
        suspects = [agents[i] for i in np.flatnonzero(busy)[:SUSPECTS_MAX]]
        failures = (_scattered(n, places, rows[c]) for c in ("failed_first", "failed_last"))
        return Rollup(counts, last_end, p50, p95, suspects, *failures)

    def _last_end(self, lately: I64) -> I64:
        """When a span ended last. lately: as the last minutes tell; before them, it was not before the newest span began."""
        n = len(self._agents)
        out = np.maximum(_grown(lately, n), _grown(self._times["last_span"], n))
        if self._view is not None:
            known = len(self._view.agent)
            out[:known] = np.maximum(out[:known], self._view.evidence.last_end)
        return out

    def _read_loops(self, now_ns: int, suspects: list[str]) -> tuple[I64, dict[int, str]]:
        """Equal tool calls of the suspects: same tool, same arguments."""
        loops = np.zeros(len(self._agents), np.int64)
        tools: dict[int, str] = {}
        if not suspects:
            return loops, tools
        start_ns = round(now_ns - self.options.loop_window_s * SECOND_NS)
        rows = self.reads.rows(
            "SELECT agent, argMax(tool, n) AS often, max(n) AS calls FROM (SELECT agent, tool, "
            "arrayFilter((h, k) -> match(k, 'arg|input|param'), message_hash, message_key) AS arguments, count() AS n "
            "FROM $spans WHERE start_time >= fromUnixTimestamp64Nano({start:Int64}, 'UTC') AND tool != '' "
            "AND agent IN {agents:Array(String)} GROUP BY agent, tool, arguments) GROUP BY agent "
            "HAVING calls >= {calls:UInt64} AND calls >= {share:Float64} * sum(n) "
            "AND notEmpty(argMax(arguments, n))",
            {
                "start": start_ns,
                "agents": suspects,
                "calls": self.options.loop_calls,
                "share": self.options.loop_share,
            },
        )
        for r in rows:
            place = self._places[r["agent"]]
            loops[place] = r["calls"]
            tools[place] = r["often"]
        return loops, tools

    def _remember(self, state: NDArray[np.int8], since: I64) -> I64:
        """Since when each agent is in its state: of one that stays in it, since when it was before."""
        before = self._view
        if before is None:
            return since
        known = len(before.state)
        stays = state[:known] == before.state
        out: I64 = since.copy()
        out[:known] = np.where(stays, before.since, np.maximum(since[:known], before.since))
        return out

    def _note(self, seen_as: NDArray[np.int8], since: I64, now_ns: int) -> None:
        """Keep conditions, and who came into trouble, out of it, or is new. since: when each came into its state."""
        before = self._view
        if before is None:
            return
        known = len(before.condition)
        for i in [*np.flatnonzero(seen_as[:known] != before.condition).tolist(), *range(known, len(seen_as))]:
            old, new = int(before.condition[i]) if i < known else -1, int(seen_as[i])
            moved = i >= known or since[i] != before.since[i]
            at = int(since[i]) if moved else now_ns
            past = self._history.get(i) or ([(int(before.since[i]), old)] if i < known else [])
            self._history[i] = thinned([*past, (at, new)], now_ns)
            if old < 0 or old in _NOTEWORTHY or new in _NOTEWORTHY:
                self._changes.append(Change(at, i, old, new))


def thinned(past: Conditions, now_ns: int) -> Conditions:
    """At most HISTORY_MAX entries that begin where `past` does. What was shortest for how long ago it was falls to the one
    before it, so that of whatever stretch up to now is looked at only what is too short to see is missing."""
    while len(past) > HISTORY_MAX:
        shares = [(end - begin) / max(1, now_ns - begin) for (begin, _), (end, _) in pairwise(past)]
        at = shares.index(min(shares))
        before, after = past[: max(1, at)], past[at + 1 :]
        if at == 0:
            before, after = [(past[0][0], past[1][1])], past[2:]
        past = before + (after[1:] if after and after[0][1] == before[-1][1] else after)
    return past


def _ranks(names: list[str]) -> I64:
    """Where each of some distinct names stands in their order."""
    ranks = np.empty(len(names), np.int64)
    ranks[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    return ranks


def quantiles_of(histograms: pa.ChunkedArray, wanted: tuple[float, ...], longest: F64 | None = None) -> list[F64]:
    """Quantiles in ns of maps bucket → count (bucket i: 2^(i/4) ns up to 2^((i+1)/4) ns), NaN for an empty map.

    A quantile is the value of one rank. What a bucket holds is taken as spread evenly over its logarithms: one value stands
    in its geometric middle, off by 9 % at most, of several none is off by more than the 19 % of a bucket. longest: the greatest
    value of each, where it is known: it is the answer where the rank is the last, as of p95 below twenty values.
    """
    column = histograms.combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks else pa.array([], histograms.type)
    offsets = column.offsets.to_numpy()
    keys = pc.cast(column.keys, pa.int64()).to_numpy()
    counts = np.concatenate([[0], np.cumsum(pc.cast(column.items, pa.int64()).to_numpy())])
    low, total = counts[offsets[:-1]], counts[offsets[1:]] - counts[offsets[:-1]]
    out = []
    for q in wanted:
        rank = np.maximum(np.ceil(q * total), 1)
        at = np.clip(np.searchsorted(counts, low + rank, side="left") - 1, 0, max(0, len(keys) - 1))
        if not len(keys):
            out.append(np.full(len(low), np.nan))
            continue
        within = np.clip((low + rank - counts[at] - 0.5) / np.maximum(counts[at + 1] - counts[at], 1), 0, 1)
        found = np.exp2((keys[at] + within) / 4)
        if longest is not None:
            found = np.where(rank >= total, longest, np.minimum(found, longest))
        out.append(np.where(total > 0, found, np.nan))
    return out


def _evidence(n: int, times: dict[str, I64], last_end: I64, opened: Open, loops: I64) -> Evidence:
    return Evidence(
        last_end=_grown(last_end, n),
        last_span=_grown(times["last_span"], n),
        last_heartbeat=_grown(times["last_heartbeat"], n),
        registered=_grown(times["last_seen"], n),
        stopped=_grown(times["stopped"], n),
        pending=opened.count(n),
        pending_start=opened.oldest(n),
        pending_newest=opened.newest(n),
        loop_calls=_grown(loops, n),
    )


def _with_changes(view: FleetView, before: FleetView) -> FleetView:
    """The view with `changed` set to what differs from the one before."""
    known = len(before.state)
    same = (view.state[:known] == before.state) & (view.evidence.pending[:known] == before.evidence.pending)
    for name in _COUNTS:
        same &= view.counts[name][:known] == before.counts[name]
    same &= view.times["last_seen"][:known] == before.times["last_seen"]
    same &= view.silent[:known] == before.silent
    alike = np.ones(known, bool)
    for name in NAMES:
        if view.texts[name][:known] != before.texts[name]:
            alike &= np.array([a == b for a, b in zip(view.texts[name], before.texts[name], strict=False)])
    new = np.arange(known, len(view.state))
    changed = np.concatenate([np.flatnonzero(~(same & alike)), new])
    return replace(view, changed=changed, named=np.concatenate([np.flatnonzero(~alike), new]))


def _grown(values: I64, n: int) -> I64:
    """A copy with n entries, zeros behind."""
    out = np.zeros(n, np.int64)
    out[: len(values)] = values
    return out


def _scattered(n: int, places: I64, column: Any) -> I64:
    out = np.zeros(n, np.int64)
    out[places] = column.to_numpy()
    return out
