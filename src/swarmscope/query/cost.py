"""Where tokens and money went."""

from __future__ import annotations

from typing import Any

import numpy as np

from swarmscope.query.conditions import Condition
from swarmscope.query.latency import times_ms
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.spans import NANO
from swarmscope.query.times import Window, parse_duration

FIELDS = ("agent", "model", "session", "workflow", "provider", "service", "operation")
_SUMS = "count() AS spans, " + ", ".join(
    f"sum({c}) AS all_{c}"
    for c in ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "cost_nano_usd")
)
BUCKETS_MAX = 2000


def by(reads: Reader, field: str, q: str, within: Window, step: str | None, limit: int) -> dict[str, Any]:
    """Sums by one of FIELDS in the shape of `Cost`, dearest first. Spans without tokens and cost are left out."""
    condition = Condition(reads, "spans", q)
    where = (
        f"{between('start_time', within)} AND (cost_nano_usd != 0 OR input_tokens != 0 OR output_tokens != 0) "
        f"AND {condition.sql}"
    )
    table = condition.source(reads.spans(within))
    rows = reads.rows(
        f"SELECT toString({field}) AS key, {_SUMS} FROM {table} WHERE {where} GROUP BY key "
        f"ORDER BY all_cost_nano_usd DESC, key LIMIT {limit:d}",
        condition.params,
    )
    total = reads.rows(f"SELECT '' AS key, {_SUMS} FROM {table} WHERE {where}", condition.params)[0]
    other = {k: total[k] - sum(r[k] for r in rows) for k in total if k != "key"} | {"key": ""}
    step_ns = within.step_ns(BUCKETS_MAX, parse_duration(step, "step")) if step else None
    first, count = 0, 0
    series: dict[str, Any] = {}
    if step_ns:
        first = within.start_ns // step_ns
        count = -(-within.end_ns // step_ns) - first
        params = condition.params | {"keys": [r["key"] for r in rows]}
        series = _series(reads, field, table, where, params, first, count, step_ns)
    whole = total["all_cost_nano_usd"]
    return {
        "window": within.json(),
        "by": field,
        "step_ms": step_ns // 1_000_000 if step_ns else None,
        "times_ms": times_ms(first, count, step_ns or 1),
        "total": _row(total, whole, sum(series.values()) if series else np.zeros(count)),
        "items": [_row(r, whole, series.get(f"={r['key']}", np.zeros(count))) for r in rows],
        "other": _row(other, whole, series.get("", np.zeros(count))) if other["spans"] else None,
    }


def _series(
    reads: Reader,
    field: str,
    table: str,
    where: str,
    params: dict[str, Any],
    first: int,
    count: int,
    step_ns: int,
) -> dict[str, Any]:
    """Cost per bucket by `=key`; under "" that of all other keys."""
    rows = reads.rows(
        f"SELECT if(has({{keys:Array(String)}}, toString({field})), concat('=', toString({field})), '') AS key, "
        f"toInt64(intDiv(toUnixTimestamp64Nano(start_time), {step_ns:d}) - {first:d}) AS bucket, sum(cost_nano_usd) AS cost "
        f"FROM {table} WHERE {where} GROUP BY key, bucket",
        params,
    )
    out: dict[str, Any] = {}
    for r in rows:
        out.setdefault(r["key"], np.zeros(count))[r["bucket"]] += r["cost"] / NANO
    return out


def _row(r: dict[str, Any], whole: int, series: Any) -> dict[str, Any]:
    return {
        "key": r["key"],
        "spans": r["spans"],
        "input_tokens": r["all_input_tokens"],
        "output_tokens": r["all_output_tokens"],
        "cached_tokens": r["all_cached_tokens"],
        "reasoning_tokens": r["all_reasoning_tokens"],
        "cost_usd": r["all_cost_nano_usd"] / NANO,
        "share": r["all_cost_nano_usd"] / whole if whole else 0.0,
        "series": series,
    }
