"""What detectors of agents' own ways of failing ask the store: figures of every agent, and single calls of a few of them.

Figures come from the ten-second rows, so that a whole fleet is cheap; single calls are read of suspects and of some peers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.times import MINUTE_NS, SECOND_NS, Window

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
FIGURES = ("spans", "errors", "llm_calls", "llm_errors", "tool_calls", "tool_errors", "input_tokens", "output_tokens")
LLM = "operation IN ('chat', 'text_completion', 'generate_content')"
CALLS_MAX = 300_000
SESSIONS_MAX = 20_000
NAMES_MAX = 2_000
NEWEST_MAX = 300  # spans of an agent by which it is told whether its last trace breaks off
OWN_SHARE, OWN_MIN = 0.9, 5
_ARGUMENTS = "arrayFilter((h, k) -> match(k, 'arg|input|param|prompt'), message_hash, message_key)"
_FINISH = (
    "concat(attributes['gen_ai.response.finish_reasons'], ' ', attributes['llm.finish_reason'], ' ', "
    "arrayStringConcat(arrayMap(a -> a['finish_reason'], event_attributes), ' '))"
)
_REFUSED = "match(lower(finish), 'refus|content_filter|content-filter|safety|prohibited|blocklist|guardrail')"
_TOO_LONG = (
    "match(lower(status_message), 'context.{0,3}(length|window|size).{0,40}(exceed|too|larger|limit|max)"
    "|maximum context|prompt is too long|too many (input )?tokens|input (is )?too long')"
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums of a window by agent: columns FIGURES and `cost_usd`, arrays (agents,). minutes: length of the window."""

    agents: list[str]
    minutes: float
    columns: dict[str, F64]


@dataclass(frozen=True, slots=True)
class Usual:
    """What a minute with calls usually takes of each agent: mean and deviation of log(1 + value), minutes behind it. `call` is
    what it writes per call. calls: of a minute."""

    places: dict[str, int]
    minutes: F64
    calls: F64
    mean: dict[str, F64]
    deviation: dict[str, F64]


@dataclass(frozen=True, slots=True)
class Calls:
    """Equal calls of agents together, one row per request: agent (a number into `agents`), name (tool or model), calls,
    failed; told: whether arguments are known, so that equal means equal arguments; traces: hex of the newest; last_ns."""

    agents: list[str]
    agent: I64
    name: list[str]
    is_tool: NDArray[np.bool_]
    told: NDArray[np.bool_]
    calls: F64
    failed: F64
    traces: list[str]
    first_ns: I64
    last_ns: I64


def _bucket(ns: int) -> str:
    return f"toDateTime({ns // SECOND_NS:d}, 'UTC')"


def figures(reads: Reader, within: Window) -> Figures:
    """Of every agent that did anything in the window, in ten-second rows that begin in it."""
    sums = ", ".join(f"toFloat64(sum({c})) AS {c}_sum" for c in FIGURES)
    rows = reads.query(
        f"SELECT agent, {sums}, sum(cost_nano_usd) / 1e9 AS cost_usd_sum FROM $agent_10s WHERE "
        f"bucket >= {_bucket(within.start_ns)} AND bucket < {_bucket(within.end_ns)} AND agent != '' GROUP BY agent"
    )
    columns = {c: rows[f"{c}_sum"].to_numpy() for c in (*FIGURES, "cost_usd")}
    return Figures(rows["agent"].to_pylist(), within.length_ns / MINUTE_NS, columns)


def usual(reads: Reader, within: Window) -> Usual:
    """Of the minutes of the window in which an agent called a model."""
    values = ("tokens", "output", "cost", "call")
    inner = (
        "SELECT agent, toStartOfMinute(bucket) AS minute, log1p(sum(input_tokens + output_tokens)) AS tokens, "
        "log1p(sum(output_tokens)) AS output, log1p(sum(cost_nano_usd) / 1e3) AS cost, "
        "log1p(sum(output_tokens) / sum(llm_calls)) AS call, sum(llm_calls) AS calls "
        f"FROM $agent_10s WHERE bucket >= {_bucket(within.start_ns)} AND bucket < {_bucket(within.end_ns)} AND agent != '' "
        "GROUP BY agent, minute HAVING sum(llm_calls) > 0"
    )
    asked = ", ".join(f"avg({v}) AS {v}_mean, stddevPop({v}) AS {v}_deviation" for v in values)
    rows = reads.query(
        f"SELECT agent, count() AS minutes, avg(calls) AS calls_mean, {asked} FROM ({inner}) GROUP BY agent"
    )
    places = {a: i for i, a in enumerate(rows["agent"].to_pylist())}
    return Usual(
        places,
        rows["minutes"].to_numpy().astype(np.float64),
        rows["calls_mean"].to_numpy(),
        {v: rows[f"{v}_mean"].to_numpy() for v in values},
        {v: rows[f"{v}_deviation"].to_numpy() for v in values},
    )


def heard(reads: Reader, within: Window) -> I64:
    """Beginnings of the ten-second rows of the window in which any agent did anything; ascending, Unix nanoseconds."""
    rows = reads.query(
        "SELECT DISTINCT toUnixTimestamp(bucket) AS second FROM $agent_10s WHERE "
        f"bucket >= {_bucket(within.start_ns)} AND bucket < {_bucket(within.end_ns)} AND agent != '' ORDER BY second"
    )
    begins: I64 = rows["second"].to_numpy().astype(np.int64) * SECOND_NS
    return begins


def cut_short(reads: Reader, within: Window, agents: Sequence[str]) -> dict[str, str]:
    """Of these agents those whose newest trace breaks off, with what they did last: the step of their own around its spans
    never ended, where it did around OWN_SHARE of such spans before. What others began around their work does not count."""
    rows = reads.query(
        "SELECT agent, lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, lower(hex(parent_span_id)) AS parent, "
        "if(operation != '', toString(operation), name) AS what FROM $spans WHERE "
        f"{between('start_time', within)} AND agent IN {{agents:Array(String)}} ORDER BY start_time DESC "
        f"LIMIT {NEWEST_MAX:d} BY agent",
        {"agents": list(agents)},
    )
    told: dict[str, list[tuple[str, str, str, str]]] = {}
    for agent, *span in zip(*(rows[c].to_pylist() for c in rows.column_names), strict=True):
        told.setdefault(agent, []).append(tuple(span))
    out = {}
    for agent, spans in told.items():
        own, newest = {span for _, span, _, _ in spans}, spans[0][0]
        last = [what for trace, _, parent, what in spans if trace == newest and parent.strip("0") and parent not in own]
        for what in dict.fromkeys(last):
            inside = [parent in own for trace, _, parent, known in spans if trace != newest and known == what]
            if len(inside) >= OWN_MIN and sum(inside) >= OWN_SHARE * len(inside):
                out[agent] = what
                break
    return out


def calls(reads: Reader, within: Window, agents: Sequence[str]) -> Calls:
    """Calls of tools and models by these agents, equal ones together (at most CALLS_MAX rows, most frequent first)."""
    names = sorted(set(agents))
    rows = reads.query(
        "SELECT agent, name, is_tool, told, request, count() AS calls, countIf(status_code = 2) AS failed, "
        "lower(hex(argMax(trace_id, start_time))) AS trace, toUnixTimestamp64Nano(min(start_time)) AS first_ns, "
        "toUnixTimestamp64Nano(max(start_time)) AS last_ns FROM (SELECT agent, if(tool != '', tool, model) AS name, "
        f"tool != '' AS is_tool, {_ARGUMENTS} AS arguments, notEmpty(arguments) AS told, "
        "if(told, cityHash64(arguments), cityHash64(trace_id)) AS request, status_code, trace_id, start_time "
        f"FROM $spans WHERE {between('start_time', within)} AND agent IN {{agents:Array(String)}} "
        f"AND (tool != '' OR {LLM})) GROUP BY agent, name, is_tool, told, request ORDER BY calls DESC LIMIT {CALLS_MAX:d}",
        {"agents": names},
    )
    place = {a: i for i, a in enumerate(names)}
    return Calls(
        agents=names,
        agent=np.array([place[a] for a in rows["agent"].to_pylist()], np.int64),
        name=rows["name"].to_pylist(),
        is_tool=_flags(rows["is_tool"]),
        told=_flags(rows["told"]),
        calls=rows["calls"].to_numpy().astype(np.float64),
        failed=rows["failed"].to_numpy().astype(np.float64),
        traces=rows["trace"].to_pylist(),
        first_ns=rows["first_ns"].to_numpy().astype(np.int64),
        last_ns=rows["last_ns"].to_numpy().astype(np.int64),
    )


def _flags(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    flags: NDArray[np.bool_] = column.to_numpy().astype(np.bool_)
    return flags


def exchanges(reads: Reader, within: Window, least: int) -> list[dict[str, Any]]:
    """Pairs of agents that asked each other in one trace, each side `least` times or more: one, other, there, back, trace."""
    return reads.rows(
        "SELECT least(agent, peer_agent) AS one, greatest(agent, peer_agent) AS other, lower(hex(trace_id)) AS trace, "
        "countIf(agent < peer_agent) AS there, countIf(agent > peer_agent) AS back, "
        "toUnixTimestamp64Nano(min(start_time)) AS first_ns, toUnixTimestamp64Nano(max(start_time)) AS last_ns FROM $spans "
        f"WHERE {between('start_time', within)} AND agent != '' AND peer_agent != '' AND peer_agent != agent "
        "GROUP BY one, other, trace_id HAVING there >= {least:UInt32} AND back >= {least:UInt32} "
        f"ORDER BY there + back DESC LIMIT {NAMES_MAX:d}",
        {"least": least},
    )


def durations(reads: Reader, within: Window) -> dict[str, tuple[float, float, float, int]]:
    """How long spans of a name take: median, 90th and 99th percentile in seconds, and how many there were."""
    rows = reads.rows(
        "SELECT name, quantilesTDigest(0.5, 0.9, 0.99)(duration_ns / 1e9) AS q, count() AS n FROM $spans WHERE "
        f"{between('start_time', within)} AND agent != '' AND cityHash64(trace_id) % {{part:UInt32}} = 0 GROUP BY name "
        f"ORDER BY n DESC LIMIT {NAMES_MAX:d}",
        {"part": _part(reads, within)},
    )
    return {r["name"]: (*(float(q) for q in r["q"]), int(r["n"])) for r in rows}  # type: ignore[misc] # three of them


def _part(reads: Reader, within: Window, wanted: int = 200_000) -> int:
    """One of so many traces is enough for `wanted` spans."""
    rows = reads.rows(
        f"SELECT sum(spans) AS n FROM $agent_10s WHERE bucket >= {_bucket(within.start_ns)} "
        f"AND bucket < {_bucket(within.end_ns)}"
    )
    return max(1, int(rows[0]["n"] or 0) // wanted)


class Outcomes(NamedTuple):
    """How calls of a tool or model, or by an agent, ended. agents: those with trouble, most first. most: how many failures and
    refusals the first of them has where three agents or more call, else 0."""

    calls: int
    failed: int
    refused: int
    agents: list[str]
    most: int


def outcomes(reads: Reader, within: Window, by: str) -> dict[str, Outcomes]:
    """How calls ended, by `tool`, `model` or `agent`."""
    if by not in ("tool", "model", "agent"):
        raise ValueError(f"by={by!r} is none of tool, model, agent")
    which = "tool != ''" if by == "tool" else f"tool = '' AND {LLM}"
    refused = "0" if by == "tool" else _REFUSED
    finish = "''" if by == "tool" else _FINISH
    rows = reads.rows(
        f"SELECT {by} AS what, count() AS calls, countIf(bad) AS failed, countIf(no) AS refused, "
        "topKIf(50, 3, 'counts')(agent, bad OR no) AS top, arrayMap(t -> t.1, top) AS who, "
        "if(uniq(agent) >= 3, arrayMax(arrayMap(t -> t.2, top)), 0) AS most FROM ("
        f"SELECT agent, tool, model, status_code = 2 AS bad, {finish} AS finish, {refused} AS no FROM $spans "
        f"WHERE {between('start_time', within)} AND agent != '' AND {which}) "
        f"WHERE what != '' GROUP BY what ORDER BY calls DESC LIMIT {50_000 if by == 'agent' else NAMES_MAX:d}"
    )
    return {
        r["what"]: Outcomes(int(r["calls"]), int(r["failed"]), int(r["refused"]), list(r["who"]), int(r["most"]))
        for r in rows
    }


def refusals_logged(reads: Reader, within: Window) -> dict[str, int]:
    """Log records of agents that tell of a refusal, by agent."""
    rows = reads.rows(
        "SELECT agent, count() AS n FROM $logs WHERE "
        f"{between('time', within)} AND agent != '' AND template_id IN (SELECT template_id FROM $log_templates "
        f"WHERE class = 'refusal') GROUP BY agent ORDER BY n DESC LIMIT {NAMES_MAX:d}"
    )
    return {r["agent"]: int(r["n"]) for r in rows}


def conversations(reads: Reader, within: Window, tokens_min: int) -> list[dict[str, Any]]:
    """Sessions whose newest prompt has at least `tokens_min` tokens, and those that were told that it is too long.

    agent, session, model, prompt (tokens of the newest), calls, slope (tokens a second), turn (tokens a call), too_long,
    trace (hex), last_ns.
    """
    return reads.rows(
        "SELECT agent, session, argMax(model, start_time) AS model, argMax(input_tokens, start_time) AS prompt, "
        "count() AS calls, simpleLinearRegression(toUnixTimestamp64Nano(start_time) / 1e9 - {start:Float64}, "
        "toFloat64(input_tokens)).1 AS slope, (max(input_tokens) - min(input_tokens)) / greatest(count() - 1, 1) AS turn, "
        f"countIf(status_code = 2 AND {_TOO_LONG}) AS too_long, lower(hex(argMax(trace_id, start_time))) AS trace, "
        "toUnixTimestamp64Nano(max(start_time)) AS last_ns FROM $spans "
        f"WHERE {between('start_time', within)} AND agent != '' AND session != '' AND {LLM} "
        "GROUP BY agent, session HAVING prompt >= {least:UInt32} OR too_long > 0 "
        f"ORDER BY too_long DESC, prompt DESC LIMIT {SESSIONS_MAX:d}",
        {"start": within.start_ns / 1e9, "least": tokens_min},
    )


def recoveries(
    reads: Reader, within: Window, split_ns: int, wanted: int = 1_000_000
) -> dict[str, tuple[int, int, int, int]]:
    """Traces in which a call of an agent failed, and those of them that ended well all the same.

    agent → (troubled before `split_ns`, recovered, troubled since, recovered). Of very large fleets some agents only: `wanted`
    spans are read about.
    """
    trace = (
        "SELECT agent, min(start_time) >= fromUnixTimestamp64Nano({split:Int64}, 'UTC') AS late, "
        f"max(status_code = 2 AND (tool != '' OR {LLM})) AS troubled, "
        "argMax(status_code, toUnixTimestamp64Nano(start_time) + toInt64(duration_ns)) != 2 AS recovered FROM $spans "
        f"WHERE {between('start_time', within)} AND agent != '' AND cityHash64(agent) % {{part:UInt32}} = 0 "
        "GROUP BY agent, trace_id HAVING troubled"
    )
    rows = reads.rows(
        "SELECT agent, countIf(NOT late) AS b, countIf(NOT late AND recovered) AS br, countIf(late) AS l, "
        f"countIf(late AND recovered) AS lr FROM ({trace}) GROUP BY agent",
        {"split": split_ns, "part": _part(reads, within, wanted)},
    )
    return {r["agent"]: (int(r["b"]), int(r["br"]), int(r["l"]), int(r["lr"])) for r in rows}


def moments(reads: Reader, within: Window) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[int, str]]:
    """What was known of agents at the end of a window that is over: ends, steps under way, node of each resource.

    Ends: agent, ended and began (ns of the newest), first, resource. Under way: agent, oldest, newest, named (the oldest), n.
    """
    ends, seen = "toUnixTimestamp64Nano(start_time) + toInt64(duration_ns)", between("start_time", within)
    done = reads.rows(
        f"SELECT agent, maxIf({ends}, {ends} <= {within.end_ns:d}) AS ended, max(toUnixTimestamp64Nano(start_time)) AS began, "
        "min(toUnixTimestamp64Nano(start_time)) AS first, any(resource_id) AS resource FROM $spans "
        f"WHERE {seen} AND agent != '' GROUP BY agent ORDER BY agent"
    )
    under_way = reads.rows(
        "SELECT agent, min(at) AS oldest, max(at) AS newest, argMin(name, at) AS named, count() AS n FROM (SELECT agent, "
        "name, span_id, toUnixTimestamp64Nano(start_time) AS at FROM $spans_pending "
        f"WHERE {seen} AND agent != '') WHERE span_id NOT IN (SELECT span_id FROM $spans "
        f"WHERE {ends} <= {within.end_ns:d} AND {seen}) GROUP BY agent"
    )
    nodes = reads.rows("SELECT resource_id, attributes['host.name'] AS node FROM $resources")
    return done, under_way, {r["resource_id"]: r["node"] for r in nodes}
