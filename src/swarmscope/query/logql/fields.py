"""What Grafana asks beside queries: volumes, statistics, fields that lines have, patterns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.query.logql import engine, streams
from swarmscope.query.logql.extract import extractor
from swarmscope.query.logql.fetch import Limits
from swarmscope.query.logql.tokens import byte_count, duration_ns
from swarmscope.query.logql.tree import Grouping, Log, Matcher, Parser, RangeAggregation, VectorAggregation
from swarmscope.query.logql.vectors import Series
from swarmscope.query.plain import plain
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.text import Params
from swarmscope.query.times import Window

FIELDS_MAX = 1_000
VALUES_MAX = 1_000
PATTERNS_MAX = 300
_NUMBER = re.compile(r"[+-]?\d{1,18}")
_FLOAT = re.compile(r"[+-]?\d{1,18}\.\d{1,18}")


def _where(matchers: Sequence[Matcher], within: Window, params: Params) -> str:
    chosen = f" AND {streams.condition(matchers, params)}" if matchers else ""
    return between("time", within) + chosen


def stats(reads: Reader, matchers: Sequence[Matcher], within: Window) -> dict[str, int]:
    """Streams, entries and bytes."""
    params = Params("q")
    row = reads.rows(
        f"SELECT uniqCombined(resource_id, service, agent, {streams.LEVEL}) AS streams, count() AS entries, "
        f"sum(length(body)) AS bytes, uniqExact(batch_id) AS chunks FROM $logs WHERE {_where(matchers, within, params)}",
        params.values,
    )[0]
    return {name: int(row[name]) for name in ("streams", "chunks", "entries", "bytes")}


def volume(
    reads: Reader,
    matchers: tuple[Matcher, ...],
    targets: Sequence[str],
    within: Window,
    step_ns: int,
    steps: NDArray[np.int64] | None,
    limits: Limits,
    limit: int,
) -> tuple[Series, NDArray[np.int64]]:
    """Bytes of streams by these labels, those with most first; at every step, or at the end for the whole window."""
    at = steps if steps is not None and steps.size else np.array([within.end_ns], np.int64)
    inner = RangeAggregation("bytes_over_time", Log(matchers), step_ns)
    made = engine.metric(reads, VectorAggregation("sum", inner, Grouping(tuple(targets))), at, step_ns, limits)
    order = np.argsort(-np.nansum(made.values, 1), kind="stable")[:limit]
    return Series([made.labels[i] for i in order.tolist()], made.values[order]), at


@dataclass(slots=True)
class Field:
    """One field. parsers: what takes it out of the lines; none: structured metadata."""

    values: set[str] = field(default_factory=set)
    parsers: set[str] = field(default_factory=set)

    def json(self, name: str) -> dict[str, Any]:
        """In the shape of Loki's `detected_fields`."""
        return {
            "label": name,
            "type": _kind(next(iter(sorted(self.values)), "")),
            "cardinality": len(self.values),
            "parsers": sorted(self.parsers) or None,
        }


def _kind(text: str) -> str:
    if _NUMBER.fullmatch(text):
        return "int"
    if _FLOAT.fullmatch(text):
        return "float"
    if text in ("true", "false"):
        return "boolean"
    if duration_ns(text) is not None:
        return "duration"
    return "bytes" if byte_count(text) is not None else "string"


def detected(reads: Reader, log: Log, within: Window, count: int, limits: Limits) -> dict[str, Field]:
    """The fields of the newest lines of a query."""
    json_, logfmt = extractor(Parser("json"), None), extractor(Parser("logfmt"), None)
    found: dict[str, Field] = {}

    def note(name: str, value: str, parser: str = "") -> None:
        if name not in found and len(found) >= FIELDS_MAX:
            return
        one = found.setdefault(name, Field())
        if len(one.values) < VALUES_MAX:
            one.values.add(value)
        if parser:
            one.parsers.add(parser)

    for entry in engine.lines(reads, log, within, count, True, limits):
        for name, value in {**entry.meta, **entry.parsed}.items():
            note(name, value)
        is_json = entry.line.lstrip()[:1] == "{"
        labels, error = (json_ if is_json else logfmt)(entry.line)
        if not error and (is_json or "=" in entry.line):
            for name, value in labels.items():
                note(name, value, "json" if is_json else "logfmt")
    return found


def patterns(reads: Reader, matchers: Sequence[Matcher], within: Window, step_ns: int) -> list[dict[str, Any]]:
    """Templates with counts over time: `[{pattern, samples: [[seconds, count], …]}]`."""
    params = Params("q")
    rows = reads.query(
        f"SELECT template_id, intDiv(toUnixTimestamp64Nano(time), {step_ns:d}) AS bucket, count() AS n FROM $logs "
        f"WHERE {_where(matchers, within, params)} AND template_id != 0 GROUP BY template_id, bucket "
        "ORDER BY template_id, bucket LIMIT 100000",
        params.values,
    )
    samples: dict[int, list[list[int]]] = {}
    for number, bucket, n in zip(*(plain(rows[c]) for c in ("template_id", "bucket", "n")), strict=True):
        samples.setdefault(number, []).append([bucket * step_ns // 10**9, n])
    said = reads.query(
        "SELECT template_id, text FROM $log_templates WHERE template_id IN {ids:Array(UInt64)}",
        {"ids": sorted(samples)},
    )
    texts = dict(zip(plain(said["template_id"]), plain(said["text"]), strict=True))
    made = [{"pattern": texts[i].replace("<*>", "<_>"), "samples": s} for i, s in samples.items() if i in texts]
    made.sort(key=lambda p: -sum(n for _, n in p["samples"]))
    return made[:PATTERNS_MAX]
