"""The patterns that there are, asked together; the network and the indicators that pages show."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.config import Plugins
from swarmscope.detect.base import KIND, options_at
from swarmscope.detect.emergence.base import STEP_S, Emergence, Pattern, Scene, lead_of, scene_of
from swarmscope.detect.emergence.grouping import Grouping, grouping
from swarmscope.detect.emergence.phase_transition import SIGNALS, groups_of, warned
from swarmscope.detect.guard import NS_MAX
from swarmscope.errors import PluginError, QueryError
from swarmscope.query.interactions import Interactions
from swarmscope.query.reader import Reader
from swarmscope.query.times import SECOND_NS, Window
from swarmscope.registry import BUILTIN, Isolated, Plugin, discover, said
from swarmscope.stats import networks
from swarmscope.stats.synchrony import order_over_time, synchrony
from swarmscope.stats.warning import morans_i

TOP = 20
MODULARITY_AGENTS_MAX = 2_000  # of larger networks the significance is left to the background
CHANCE_95 = 1.731  # √(−ln 0.05): R of n independent phases stays below this / √n in 95 of 100 cases (Rayleigh)
LOOK_S_MAX = 20.0  # of a pattern of others
_busy = threading.Semaphore(2)
_strangers: dict[type, Isolated] = {}


@dataclass(frozen=True, slots=True)
class Looked:
    """What one pattern said: each thing with whether it is rare and large enough. error: why it said nothing."""

    name: str
    cls: type[Pattern]
    found: list[tuple[Emergence, bool]]
    seconds: float
    sensitivity: float = 0.0
    level: float = 0.0
    error: str = ""


def patterns(plugins: Plugins) -> dict[str, Plugin[Any]]:
    """The patterns of emergence that there are, built-in and of others, by name."""
    known = discover(KIND, plugins).plugins
    return {name: p for name, p in sorted(known.items()) if issubclass(p.cls, Pattern)}


def ask(
    reads: Reader, within: Window, plugins: Plugins, names: list[str], sensitivity: dict[str, float]
) -> tuple[list[Looked], Scene]:
    """What each pattern sees. QueryError names one that there is not. One that raises, hangs or gives nonsense is isolated."""
    known = patterns(plugins)
    for name in (*names, *sensitivity):
        if name not in known:
            raise QueryError(f"there is no pattern {name[:64]!r}; there are {', '.join(known)}")
    out = []
    with _busy:
        for name in names or list(known):
            given = {"sensitivity": sensitivity[name]} if name in sensitivity else None
            out.append(_looked(reads, within, known[name], given))
        return out, scene_of(reads, within)


def _looked(reads: Reader, within: Window, plugin: Plugin[Any], given: dict[str, float] | None) -> Looked:
    begun, cls = time.monotonic(), plugin.cls

    def look() -> tuple[list[tuple[Emergence, bool]], float, float]:
        pattern = cls(options_at(cls, given=given))
        found = [(_whole(e), bool(pattern.emerged(e))) for e in pattern.look(reads, within)]
        numbers = (float(pattern.options.sensitivity), float(pattern.level))
        if not all(0 <= n <= 1 for n in numbers):
            raise PluginError(f"its sensitivity and level are {numbers}, not within 0 and 1")
        return found, *numbers

    try:
        strange = plugin.origin != BUILTIN
        found, keen, level = _strangers.setdefault(cls, Isolated()).run(look, LOOK_S_MAX) if strange else look()
    except Exception as e:  # noqa: BLE001 # one pattern, which may be a stranger's, must not stop the others
        return Looked(
            plugin.name, cls, [], time.monotonic() - begun, error=f"{type(e).__name__}: {said(PluginError(e))}"
        )
    return Looked(plugin.name, cls, found, time.monotonic() - begun, keen, level)


def _whole(e: Any) -> Emergence:
    """PluginError: not what a pattern gives."""
    if not isinstance(e, Emergence):
        raise PluginError(f"seek gave {type(e).__name__}, not Emergence")
    texts = (e.kind, e.title, e.explanation, e.statistic, e.recommendation, *e.participants)
    try:
        "".join((*texts, *(n for n, _ in e.features), *(t for pair in e.evidence for t in pair))).encode()
        shares = [float(s) for _, s in e.features]
        numbers = [float(n) for n in (e.p, e.magnitude, e.least, e.observed, e.expected, *shares)]
    except (TypeError, ValueError) as error:
        raise PluginError(f"what it gave is neither text nor number where it must be: {error}") from error
    if not 0 <= numbers[0] <= 1 or not np.isfinite(numbers[1:3]).all():
        raise PluginError(f"p={e.p!r} is no probability, or magnitude={e.magnitude!r} no number")
    if not isinstance(e.onset_ns, int) or not 0 <= e.onset_ns < NS_MAX or not isinstance(e.draws, int):
        raise PluginError(f"onset_ns={e.onset_ns!r} is no time, or draws={e.draws!r} no count")
    return e


@dataclass(frozen=True, slots=True)
class Among:
    """Whose network is looked at. only: these agents and what is between them; None: all. names: of agents that have one."""

    only: frozenset[str] | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def called(self, agent: str) -> str:
        """Its name; its id where it has none."""
        return self.names.get(agent) or agent

    def wired(self, reads: Reader, within: Window) -> tuple[networks.Network, list[str]]:
        """Who addressed or called whom, and the id of each node, in order: who calls more often now changes no number."""
        look = Interactions(reads, within)
        source, target, calls = look.pairs(self.only)
        agents = sorted(look.agents)
        number = {agent: i for i, agent in enumerate(agents)}
        place = np.array([number[agent] for agent in look.agents], np.int64)
        return networks.network(len(agents), place[source], place[target], calls), agents

    def grouping(self, reads: Reader, within: Window) -> Grouping:
        """Who belongs together, as every page is told."""
        return grouping(reads, within, lambda: self.wired(reads, within))


EVERYBODY = Among()


def grouped(reads: Reader, within: Window, among: Among = EVERYBODY) -> dict[str, Any]:
    """The community of every agent in the shape of `NetworkCommunities`: the same as in `analysed`."""
    found = among.grouping(reads, within)
    return {
        "window": within.json(),
        "communities": _communities(found, among),
        "agent": found.agents,
        "community": found.labels.tolist(),
    }


def analysed(
    reads: Reader, within: Window, limit: int, chance: bool = True, among: Among = EVERYBODY
) -> dict[str, Any]:
    """The network of a window in the shape of `NetworkAnalysis`. chance: also ask whether the communities are more than that,
    which costs more than all the rest."""
    found = among.grouping(reads, within)
    net, agents, labels = found.net, found.agents, found.labels
    rng = np.random.default_rng(1)  # the same network has the same bridges at every look
    rank, between = networks.pagerank(net), networks.betweenness(net, rng)
    spread = networks.participation(net, labels)
    out, into = net.strength
    test = None
    if chance and 0 < net.n <= MODULARITY_AGENTS_MAX:
        times = np.minimum(np.ceil(net.weight), 50).astype(np.int64)
        test = networks.more_than_chance(np.repeat(net.source, times), np.repeat(net.target, times), net.n, rng, 19, 3)
    columns = (rank, between, spread, out, into)

    def node(i: int) -> dict[str, Any]:
        values = [float(c[i]) for c in columns]
        named = ("pagerank", "betweenness", "participation", "calls_out", "calls_in")
        told = {"agent": agents[i], "name": among.called(agents[i]), "community": int(labels[i])}
        return {**told, **dict(zip(named, values, strict=True))}

    order = np.argsort(-rank, kind="stable")
    shown = order[:limit]
    bridging = np.argsort(-between * spread, kind="stable")[:TOP]
    return {
        "window": within.json(),
        "agents": net.n,
        "edges": len(net.source),
        "density": net.density,
        "reciprocity": net.reciprocity,
        "modularity": found.modularity,
        "modularity_chance": None if test is None or not test.draws else test.mean,
        "modularity_p": None if test is None or not test.draws else test.p,
        "communities": _communities(found, among),
        "hubs": [node(i) for i in order[:TOP].tolist()],
        "bridges": [node(i) for i in bridging.tolist() if between[i] * spread[i] > 0],
        "nodes": [node(i) for i in shown.tolist()],
        "links": _links(net, labels, shown, agents),
        "truncated": net.n > limit,
    }


def _communities(found: Grouping, among: Among) -> list[dict[str, Any]]:
    out = []
    net, labels = found.net, found.labels
    partners = networks.partners(net)
    a, b = labels[net.source], labels[net.target]
    for c in np.unique(labels[labels >= 0]).tolist():
        who = np.flatnonzero(labels == c)
        touching = float(net.weight[(a == c) | (b == c)].sum())
        inside = float(net.weight[(a == c) & (b == c)].sum())
        lead = lead_of(who, partners, found.agents)
        share = inside / touching if touching else 0.0
        out.append({"number": c, "size": len(who), "inside": share, "lead": lead, "name": among.called(lead)})
    return sorted(out, key=lambda one: (-one["size"], one["number"]))


def _links(
    net: networks.Network, labels: NDArray[np.int64], shown: NDArray[np.int64], agents: list[str]
) -> list[dict[str, Any]]:
    there = np.zeros(net.n, np.bool_)
    there[shown] = True
    good = np.flatnonzero(there[net.source] & there[net.target])
    good = good[np.argsort(-net.weight[good], kind="stable")][: 5 * max(1, len(shown))]
    return [
        {"source": agents[s], "target": agents[t], "calls": float(w), "bridge": bool(labels[s] != labels[t])}
        for s, t, w in zip(net.source[good].tolist(), net.target[good].tolist(), net.weight[good].tolist(), strict=True)
    ]


def indicators(reads: Reader, within: Window) -> dict[str, Any]:
    """Order parameters and early warnings in the shape of `EmergenceIndicators`."""
    scene = Scene(reads, within)
    # every agent has its number before they are counted
    scene.met, scene.begun, scene.signals = scene.look.gauged(STEP_S)
    signals = scene.signals
    rng = np.random.default_rng(within.end_ns % 2**32)
    steps = signals["calls"].shape[1]
    gauges: list[dict[str, Any]] = []
    for group, who in groups_of(scene):
        for name in SIGNALS:
            seen = warned(scene, name, who, rng, 199)
            if not seen.verdict.draws:
                continue
            gauges.append({
                "group": "fleet" if group < 0 else scene.lead(who),
                "signal": name,
                "variance": _list(seen.variance),
                "memory": _list(seen.memory),
                "variance_trend": seen.variance_trend,
                "memory_trend": seen.memory_trend,
                "p": seen.verdict.p,
            })  # fmt: skip
    gauges.sort(key=lambda g: (g["p"], -g["variance_trend"] - g["memory_trend"]))
    start_ms = scene.long.start_ns // SECOND_NS // STEP_S * STEP_S * 1000
    return {
        "window": scene.long.json(),
        "order": _order(scene, rng),
        "times": [start_ms + i * STEP_S * 1000 for i in range(steps)],
        "gauges": gauges,
        "polarisation": _alike(scene),
        "modularity": networks.modularity(scene.network, scene.communities) if scene.network.n else 0.0,
    }


def _order(scene: Scene, rng: np.random.Generator) -> dict[str, Any]:
    begun, length = scene.begun, scene.long.length_ns / SECOND_NS
    seen = synchrony(begun.agent, begun.time_s, len(scene.agents), length, rng, 1.0, 1)
    middle, order, count, started = order_over_time(begun.time_s, length, seen.period_s or 60.0)
    chance = np.where(np.isfinite(order), np.minimum(1, CHANCE_95 / np.sqrt(np.maximum(count, 1))), np.nan)
    return {
        "times": [int(scene.long.start_ns // 10**6 + m * 1000) for m in middle.tolist()],
        "kuramoto": _list(order),
        "chance": _list(chance),
        "begun": started.tolist(),
        "period_s": seen.period_s,
    }


def _alike(scene: Scene) -> dict[str, float]:
    net, out = scene.network, {}
    for name in ("latency", "errors"):
        x = scene.signals[name]
        there = np.isfinite(x)
        value = np.full(net.n, np.nan)
        n = min(net.n, len(x))
        value[:n] = np.where(there.any(1), np.where(there, x, 0).sum(1) / np.maximum(there.sum(1), 1), np.nan)[:n]
        out[name] = morans_i(value, net.source, net.target, net.weight)
    return out


def _list(values: NDArray[np.float64]) -> list[float | None]:
    return [float(v) if np.isfinite(v) else None for v in values]
