"""The agents of a fleet as lists, columns and figures, all from one view in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.errors import QueryError
from swarmscope.query import states
from swarmscope.query.facets import facet
from swarmscope.query.fields import AGENT_FIELDS, CONDITIONS, STATES
from swarmscope.query.filters import parse
from swarmscope.query.matching import Columns, mask
from swarmscope.query.search import Page, decode, encode
from swarmscope.query.spans import NANO
from swarmscope.query.times import MINUTE_NS, SECOND_NS, moment, moments
from swarmscope.query.watch import NAMES, FleetView, Past

MINUTE_S = 60
FRESH_NS = 15 * MINUTE_NS  # an agent is new for so long
CHANGES_AGAIN_NS = 15 * SECOND_NS  # a delta repeats changes that are younger: a state is told some time after it began
NUMBERS = (
    "state", "condition", "since_ms", "last_seen_ms", "spans", "errors", "latency_p95_ms", "tokens", "cost_usd",
    "pending", "health",
)  # fmt: skip
SORTS = (
    "agent", "name", "state", "since", "last_seen", "first_seen", "spans", "errors", "error_ratio", "latency_p95_ns",
    "tokens", "cost_usd", "pending", "pending_ns", "health",
)  # fmt: skip
_TEXT_FACETS = {f.name for f in AGENT_FIELDS if f.facet and f.kind == "text"}


def listed(
    view: FleetView, q: str, page: Page, facets: Sequence[str] = (), among: NDArray[np.int64] | None = None
) -> dict[str, Any]:
    """A page of agents in the shape of `Agents`. among: places in the view; None: all."""
    hits = np.flatnonzero(mask(parse(q), columns_of(view)))
    if among is not None:
        hits = np.intersect1d(hits, among)
    ordered, keys = _sorted(view, hits, page)
    start = _behind(view, ordered, keys, page)
    shown = ordered[start : start + page.limit]
    end = start + len(shown)
    return {
        "items": rows(view, shown),
        "next": _cursor(view, int(shown[-1]), keys[end - 1], page) if end < len(ordered) else None,
        "total": len(hits),
        "fleet": fleet(view, among),
        "facets": [facet(name, _counted(view, name, hits), 50) for name in facets],
    }


def columns_of(view: FleetView) -> Columns:
    """The columns that filters look at."""
    errors, spans = view.counts["errors"], view.counts["spans"]
    numbers: dict[str, NDArray[Any]] = {
        "state": view.state,
        "condition": view.condition,
        "spans": spans,
        "errors": errors,
        "error_ratio": errors / np.maximum(spans, 1),
        "latency": view.latency_p95_ns,
        "tokens": view.counts["input_tokens"] + view.counts["output_tokens"],
        "cost": view.counts["cost_nano_usd"] / NANO,
        "pending": view.evidence.pending,
        "health": view.health,
        "last_seen": view.last_seen,
        "since": view.since,
    }
    return Columns(len(view.agent), {"agent": view.agent, **view.texts}, numbers, view.capabilities, view.labels)


def values_of(view: FleetView) -> dict[str, Counter[str]]:
    """How often each text occurs, by field: for completion."""
    out = {name: Counter(values) for name, values in {"agent": view.agent, **view.texts}.items()}
    out["capability"] = Counter(c for have in view.capabilities for c in have)
    for labels in view.labels:
        for key, value in labels.items():
            out.setdefault(f"label.{key}", Counter())[value] += 1
    return out


def _counted(view: FleetView, name: str, hits: NDArray[np.int64]) -> Counter[str]:
    if name in ("state", "condition"):
        chosen = view.state if name == "state" else view.condition
        return Counter({CONDITIONS[i]: int(n) for i, n in enumerate(np.bincount(chosen[hits])) if n})
    if name == "capability":
        return Counter(c for i in hits.tolist() for c in view.capabilities[i])
    if name.startswith("label."):
        key = name.removeprefix("label.")
        return Counter(view.labels[i][key] for i in hits.tolist() if key in view.labels[i])
    if name not in _TEXT_FACETS:
        known = ", ".join(sorted(_TEXT_FACETS))
        raise QueryError(
            f"agents have no facet {name!r}; there are state, condition, capability, {known} and label.<name>"
        )
    column = view.texts[name]
    return Counter(column[i] for i in hits.tolist())


def _key(view: FleetView, sort: str) -> NDArray[Any]:
    errors, spans = view.counts["errors"], view.counts["spans"]
    match sort:
        case "agent":
            return np.array(view.agent, dtype=object)
        case "name":
            return np.array([n or a for n, a in zip(view.texts["name"], view.agent, strict=True)], dtype=object)
        case "state":
            return view.state.astype(float)
        case "since":
            return (view.since // 1_000_000).astype(float)
        case "last_seen" | "first_seen":
            moments_ns = view.last_seen if sort == "last_seen" else view.times["first_seen"]
            return (moments_ns // 1_000_000).astype(float)
        case "error_ratio":
            ratio: NDArray[Any] = errors / np.maximum(spans, 1)
            return ratio
        case "latency_p95_ns":
            return np.nan_to_num(view.latency_p95_ns, nan=0.0)
        case "tokens":
            return (view.counts["input_tokens"] + view.counts["output_tokens"]).astype(float)
        case "cost_usd":
            return view.counts["cost_nano_usd"].astype(float)
        case "pending":
            return view.evidence.pending.astype(float)
        case "pending_ns":
            start = view.evidence.pending_start
            return np.where(start > 0, view.time_ns - start, 0).astype(float)
        case "health":
            return view.health
        case "spans" | "errors":
            return view.counts[sort].astype(float)
    raise QueryError(f"agents cannot be sorted by {sort!r}; use one of {', '.join(SORTS)}")


def _sorted(view: FleetView, hits: NDArray[np.int64], page: Page) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The hits in order, ties by agent id, and their keys."""
    keys = _key(view, page.sort)[hits]
    order = np.argsort(view.rank[hits]) if page.sort == "agent" else np.lexsort((view.rank[hits], keys))
    order = order[::-1] if page.descending else order
    return hits[order], keys[order]


def _behind(view: FleetView, ordered: NDArray[np.int64], keys: NDArray[Any], page: Page) -> int:
    """Where the page begins: behind the last item of the page before, wherever that would stand now."""
    if not page.cursor:
        return 0
    sort, order, key, agent = decode(page.cursor, 4)
    if (sort, order) != (page.sort, page.order):
        raise QueryError(f"this cursor goes on with sort={sort} order={order}; start again without a cursor")
    try:
        last = (str(key) if page.sort in ("agent", "name") else float(key), str(agent))
    except ValueError as e:
        raise QueryError(f"cursor {page.cursor[:64]!r} is none of ours; pass `next` of the page before") from e
    further = np.flatnonzero(keys <= last[0] if page.descending else keys >= last[0]).tolist()
    for i in further:
        here = (keys[i], view.agent[ordered[i]])
        if here < last if page.descending else here > last:
            return int(i)
    return len(ordered)


def _cursor(view: FleetView, place: int, key: Any, page: Page) -> str:
    return encode([page.sort, page.order, key if isinstance(key, str) else repr(float(key)), view.agent[place]])


def rows(view: FleetView, places: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Agents in the shape of `AgentRow`."""
    if not len(places):
        return []
    e, counts = view.evidence, view.counts
    spans, errors = counts["spans"][places], counts["errors"][places]
    start = e.pending_start[places]
    costless = ((counts["input_tokens"] + counts["output_tokens"])[places] > 0) & (counts["cost_nano_usd"][places] == 0)
    columns: dict[str, Sequence[Any]] = {
        "agent": [view.agent[i] for i in places.tolist()],
        **{
            name: [view.texts[name][i] for i in places.tolist()]
            for name in ("name", "kind", "model", "version", "service", "team", "node")
        },
        "state": [STATES[s] for s in view.state[places].tolist()],
        "condition": [CONDITIONS[s] for s in view.condition[places].tolist()],
        "since": moments(view.since[places]),
        "reason": reasons(view, places),
        "status": [view.texts["status"][i] for i in places.tolist()],
        "first_seen": moments(_first_seen(view)[places]),
        "last_seen": moments(view.last_seen[places]),
        "last_heartbeat": [moment(t) if t else None for t in e.last_heartbeat[places].tolist()],
        "pending": e.pending[places].tolist(),
        "pending_ns": np.where(start > 0, np.maximum(view.time_ns - start, 0), 0).tolist(),
        "pending_name": [view.pending_name[i] for i in places.tolist()],
        "spans": spans.tolist(),
        "errors": errors.tolist(),
        "error_ratio": (errors / np.maximum(spans, 1)).tolist(),
        "latency_p50_ns": _whole(view.latency_p50_ns[places]),
        "latency_p95_ns": _whole(view.latency_p95_ns[places]),
        "input_tokens": counts["input_tokens"][places].tolist(),
        "output_tokens": counts["output_tokens"][places].tolist(),
        "cost_usd": (counts["cost_nano_usd"][places] / NANO).tolist(),
        "unpriced": [
            [view.texts["model"][i]] if free and view.texts["model"][i] else []
            for i, free in zip(places.tolist(), costless.tolist(), strict=True)
        ],
        "health": view.health[places].tolist(),
    }
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def reasons(view: FleetView, places: NDArray[np.int64]) -> list[str]:
    """Why agents are in their conditions."""
    e = view.evidence
    columns = (
        view.state,
        np.minimum(e.heard, view.time_ns),
        e.last_end,
        e.last_heartbeat,
        e.stopped,
        e.pending,
        e.pending_start,
        e.loop_calls,
    )
    lists = [column[places].tolist() for column in columns]
    where = places.tolist()
    names = [view.pending_name[i] for i in where]
    tools = [view.loop_tool.get(i, "") for i in where]
    said = [view.texts["status"][i] for i in where]
    why = [
        states.reason(states.Facts(view.time_ns, *facts), view.options)
        for facts in zip(*lists, names, tools, said, strict=True)
    ]
    for n, i in enumerate(where):
        if view.condition[i] == states.FAILING:
            spans = view.counts["spans"][i]
            share = f"{view.counts['errors'][i]} of {spans} spans failed in the last minute"
            why[n] = f"{share if spans else 'its last spans failed, none came since'}; {why[n]}"
        if view.silent[i]:
            why[n] = f"it fell silent, as a finding says; {why[n]}"
    return why


def fleet(view: FleetView, among: NDArray[np.int64] | None = None) -> dict[str, Any]:
    """The whole fleet, or the agents at these places, in the shape of `Fleet`."""
    at = slice(None) if among is None else among
    total = {name: int(values[at].sum()) for name, values in view.counts.items()}
    state, seen_as, scores = view.state[at], view.condition[at], view.health[at]
    counts = np.bincount(state, minlength=len(STATES)).tolist()
    counted = np.bincount(seen_as, minlength=len(CONDITIONS)).tolist()
    return {
        "time": moment(view.time_ns),
        "agents": len(state),
        "states": dict(zip(STATES, counts, strict=True)),
        "conditions": dict(zip(CONDITIONS, counted, strict=True)),
        "trouble": int(np.isin(seen_as, states.TROUBLE).sum()),
        "fresh": int((_first_seen(view)[at] > view.time_ns - FRESH_NS).sum()),
        "spans_per_s": total["spans"] / MINUTE_S,
        "errors_per_s": total["errors"] / MINUTE_S,
        "error_ratio": total["errors"] / max(1, total["spans"]),
        "tokens_per_s": (total["input_tokens"] + total["output_tokens"]) / MINUTE_S,
        "cost_usd_per_hour": total["cost_nano_usd"] / NANO * 60,
        "pending": int(view.evidence.pending[at].sum()),
        "silent": int(view.silent[at].sum()),
        "health": float(scores.mean()) if len(scores) else 1.0,
    }


def _first_seen(view: FleetView) -> NDArray[np.int64]:
    first = view.times["first_seen"]
    return np.where(first > 0, first, view.last_seen)


def columns(view: FleetView, among: NDArray[np.int64] | None = None) -> dict[str, Any]:
    """Agents as columns in the shape of `FleetColumns`: all, or those at the places `among`."""
    at = np.arange(len(view.agent)) if among is None else among
    return {
        **_numbers(view, at),
        **_names(view, at),
        "fleet": fleet(view, among),
        "states": list(STATES),
        "conditions": list(CONDITIONS),
        "changes": changes(view, among),
        "past": [] if among is not None else [_figures(p) for p in view.past],
    }


def delta(view: FleetView) -> dict[str, Any]:
    """What changed since the view before: the numbers of agents that differ, and names of those that are new or renamed.

    In the shape of `FleetColumns`, but names stand in `named`, `changes` hold what came lately, `past` is left out.
    """
    since_ns = view.time_ns - CHANGES_AGAIN_NS
    return {
        **_numbers(view, view.changed),
        "named": {"at": view.named, **_names(view, view.named)} if len(view.named) else None,
        "fleet": fleet(view),
        "changes": [c for c in changes(view, None) if c["time_ms"] * 1_000_000 >= since_ns],
    }


def narrowed(view: FleetView, whole: dict[str, Any], among: NDArray[np.int64]) -> dict[str, Any]:
    """A delta, for those who look at the agents at the places `among` only."""
    kept = np.flatnonzero(np.isin(whole["at"], among))
    lines = {name: whole[name][kept] for name in ("at", *NUMBERS)}
    named = whole["named"]
    if named is not None:
        shown = np.flatnonzero(np.isin(named["at"], among)).tolist()
        named = {name: [column[i] for i in shown] for name, column in named.items()} if shown else None
    here = set(among.tolist())
    moved = [c for c in whole["changes"] if c["at"] in here]
    return {**whole, **lines, "named": named, "fleet": fleet(view, among), "changes": moved}


def changes(view: FleetView, among: NDArray[np.int64] | None) -> list[dict[str, Any]]:
    """Who came into trouble, out of it, or is new, newest last, in the shape of `FleetChange`."""
    here = None if among is None else set(among.tolist())
    return [
        {
            "at": c.place,
            "time_ms": c.time_ns // 1_000_000,
            "before": CONDITIONS[c.before] if c.before >= 0 else "",
            "after": CONDITIONS[c.after],
        }
        for c in view.changes
        if here is None or c.place in here
    ]


def _numbers(view: FleetView, at: NDArray[np.int64]) -> dict[str, Any]:
    return {
        "version": view.version,
        "at": at,
        "state": view.state[at],
        "condition": view.condition[at],
        "since_ms": view.since[at] // 1_000_000,
        "last_seen_ms": view.last_seen[at] // 1_000_000,
        "spans": view.counts["spans"][at],
        "errors": view.counts["errors"][at],
        "latency_p95_ms": np.round(view.latency_p95_ns[at] / 1e6, 3),
        "tokens": view.counts["input_tokens"][at] + view.counts["output_tokens"][at],
        "cost_usd": view.counts["cost_nano_usd"][at] / NANO,
        "pending": view.evidence.pending[at],
        "health": np.round(view.health[at], 4),
    }


def _names(view: FleetView, at: NDArray[np.int64]) -> dict[str, list[str]]:
    if len(at) == len(view.agent):
        return {"agent": view.agent, **{name: view.texts[name] for name in NAMES}}
    where = at.tolist()
    columns = {"agent": view.agent, **{name: view.texts[name] for name in NAMES}}
    return {name: [column[i] for i in where] for name, column in columns.items()}


def _figures(past: Past) -> dict[str, Any]:
    return {
        "time_ms": past.time_ns // 1_000_000,
        "agents": past.agents,
        "working": past.working,
        "trouble": past.trouble,
        "spans_per_s": past.spans / MINUTE_S,
        "error_ratio": past.errors / max(1, past.spans),
        "tokens_per_s": past.tokens / MINUTE_S,
        "cost_usd_per_hour": past.cost_nano_usd / NANO * 60,
        "health": past.health,
    }


def _whole(values: NDArray[np.float64]) -> list[int | None]:
    return [round(v) if v == v else None for v in values.tolist()]  # NaN differs from itself
