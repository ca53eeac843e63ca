"""Templates of log lines: which there are in a window, how often and when their lines came, with examples."""

from __future__ import annotations

from typing import Any

import numpy as np

from swarmscope.errors import QueryError
from swarmscope.query.conditions import Condition
from swarmscope.query.fields import LEVEL_WIDTH
from swarmscope.query.latency import times_ms
from swarmscope.query.logs import LEVEL_NAMES
from swarmscope.query.plain import plain
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.times import Window, moment

STORED_MAX = 4096
SAMPLES = 3
SAMPLE_MAX_CHARACTERS = 500
SAMPLED_LINES_MAX = 200_000  # looked at for samples
_WORST = f"toInt64(least(intDiv(max(severity) + {LEVEL_WIDTH - 1}, {LEVEL_WIDTH}), {len(LEVEL_NAMES) - 1})) AS level"


def stored(reads: Reader) -> tuple[list[int], list[str], list[str], list[str]]:
    """Id, text, class and example of the templates that were stated last, at most STORED_MAX, oldest first."""
    rows = reads.query(
        f"SELECT template_id, text, class, example FROM $log_templates ORDER BY received_at DESC LIMIT {STORED_MAX}"
    )
    ids, texts, labels, examples = (plain(rows[name])[::-1] for name in ("template_id", "text", "class", "example"))
    return ids, texts, labels, examples


def listed(
    reads: Reader, q: str, within: Window, label: str, limit: int, buckets: int, samples: int = SAMPLES
) -> dict[str, Any]:
    """The templates of lines that match, those with most lines first, in the shape of `LogTemplates`.

    label: only those of this class; `none`: those without. samples: lines of each that are given.
    """
    condition = Condition(reads, "logs", q)
    where = f"{between('time', within)} AND {condition.sql}"
    params = dict(condition.params)
    of_class = ""
    if label:
        params["label"] = "" if label == "none" else label
        of_class = "AND template_id IN (SELECT template_id FROM $log_templates WHERE class = {label:String})"
    found = reads.rows(
        f"SELECT template_id, count() AS lines, uniqCombined(12)(agent) AS agents, {_WORST}, "
        "toUnixTimestamp64Nano(min(time)) AS first_ns, toUnixTimestamp64Nano(max(time)) AS last_ns, "
        "count() OVER () AS kinds "
        f"FROM $logs WHERE {where} AND template_id != 0 {of_class} GROUP BY template_id ORDER BY lines DESC, template_id "
        f"LIMIT {limit:d}",
        params,
    )
    total = reads.rows(
        f"SELECT count() AS n, countIf(template_id = 0) AS bare FROM $logs WHERE {where}", condition.params
    )[0]
    params["ids"] = [r["template_id"] for r in found]
    step_ns = within.step_ns(buckets)
    first = within.start_ns // step_ns
    count = -(-within.end_ns // step_ns) - first
    trends = _trends(reads, where, params, step_ns, first, count) if found else {}
    texts = _texts(reads, params) if found else {}
    lines = _samples(reads, where, params, samples) if found and samples else {}
    return {
        "items": [_item(r, texts.get(r["template_id"]), trends[r["template_id"]], lines) for r in found],
        "kinds": found[0]["kinds"] if found else 0,
        "lines": total["n"],
        "unmined": total["bare"],
        "step_ms": step_ns // 1_000_000,
        "times_ms": times_ms(first, count, step_ns),
        "window": within.json(),
    }


def one(reads: Reader, wanted: str) -> dict[str, Any] | None:
    """Text, class and example of a template by its id of 16 hex digits; None: it is not here."""
    try:
        number = int(wanted, 16)
    except ValueError as e:
        raise QueryError(f"template {wanted[:32]!r} is no id; it has 16 hex digits") from e
    found = _texts(reads, {"ids": [number & (2**64 - 1)]})
    return found.get(number)


def _item(r: dict[str, Any], said: dict[str, Any] | None, trend: Any, lines: dict[int, list[str]]) -> dict[str, Any]:
    samples = lines.get(r["template_id"], [])
    return {
        "template_id": f"{r['template_id']:016x}",
        "text": said["text"] if said else (samples[0] if samples else ""),
        "class": said["class"] if said else "",
        "example": said["example"] if said else "",
        "lines": r["lines"],
        "agents": r["agents"],
        "level": LEVEL_NAMES[r["level"]],
        "first_seen": moment(r["first_ns"]),
        "last_seen": moment(r["last_ns"]),
        "trend": trend,
        "samples": samples,
    }


def _texts(reads: Reader, params: dict[str, object]) -> dict[int, dict[str, Any]]:
    rows = reads.query(
        "SELECT template_id, text, class, example FROM $log_templates WHERE template_id IN {ids:Array(UInt64)}",
        {"ids": params["ids"]},
    )
    names = rows.column_names
    return {
        values[0]: dict(zip(names, values, strict=True))
        for values in zip(*(plain(c) for c in rows.columns), strict=True)
    }


def _trends(
    reads: Reader, where: str, params: dict[str, object], step_ns: int, first: int, count: int
) -> dict[int, np.ndarray]:
    rows = reads.query(
        f"SELECT template_id, toInt64(intDiv(toUnixTimestamp64Nano(time), {step_ns:d}) - {first:d}) AS bucket, count() AS n "
        f"FROM $logs WHERE {where} AND template_id IN {{ids:Array(UInt64)}} GROUP BY template_id, bucket",
        params,
    )
    ids = np.array(params["ids"], np.uint64)
    order = np.argsort(ids)
    counts = np.zeros((ids.size, count), np.int64)
    row = order[np.searchsorted(ids[order], rows["template_id"].to_numpy())]
    counts[row, rows["bucket"].to_numpy()] = rows["n"].to_numpy()
    return dict(zip(ids.tolist(), counts, strict=True))


def _samples(reads: Reader, where: str, params: dict[str, object], samples: int) -> dict[int, list[str]]:
    rows = reads.query(
        f"SELECT DISTINCT template_id, line FROM (SELECT template_id, substringUTF8(body, 1, {SAMPLE_MAX_CHARACTERS}) AS line "
        f"FROM $logs WHERE {where} AND template_id IN {{ids:Array(UInt64)}} LIMIT {SAMPLED_LINES_MAX}) "
        f"LIMIT {samples:d} BY template_id",
        params,
    )
    found: dict[int, list[str]] = {}
    for number, line in zip(plain(rows["template_id"]), plain(rows["line"]), strict=True):
        found.setdefault(number, []).append(line)
    return found
