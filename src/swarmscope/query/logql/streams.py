"""What is a stream: which labels a log record has, and selectors as SQL.

Records that came by Loki's push have exactly the labels that were pushed: the attributes of their resource whose names are
label names. Of all others a few attributes of the resource are labels, as Loki's own OTLP endpoint chooses them, and beside
them `agent` and `level`; what else a record carries is its structured metadata.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from swarmscope.model.semantics import WIRE, WIRE_LOKI
from swarmscope.query.fields import LEVEL_WIDTH
from swarmscope.query.logql.extract import label_name
from swarmscope.query.logql.tree import Matcher
from swarmscope.query.plain import plain
from swarmscope.query.reader import Reader
from swarmscope.query.text import Params

LEVELS = ("unknown", "trace", "debug", "info", "warn", "error", "fatal")
LEVEL = f"least(intDiv(severity + {LEVEL_WIDTH - 1}, {LEVEL_WIDTH}), {len(LEVELS) - 1})"
LEVEL_NAME = f"arrayElement({list(LEVELS)!r}, toUInt8({LEVEL}) + 1)"
UNKNOWN_SERVICE = "unknown_service"
SERVICE = f"if(service = '', '{UNKNOWN_SERVICE}', service)"
ROW_LABELS = {"service_name": SERVICE, "agent": "agent", "level": LEVEL_NAME}
RESOURCE_LABELS = {
    label_name(key): key
    for key in (
        "service.namespace", "deployment.environment", "deployment.environment.name", "cloud.region",
        "cloud.availability_zone", "k8s.cluster.name", "k8s.namespace.name", "k8s.container.name", "container.name",
        "k8s.replicaset.name", "k8s.deployment.name", "k8s.statefulset.name", "k8s.daemonset.name", "k8s.cronjob.name",
        "k8s.job.name", "host.name",
    )
}  # fmt: skip
IS_LOKI = f"attributes['{WIRE}'] = '{WIRE_LOKI}'"
FROM_LOKI = f"resource_id IN (SELECT resource_id FROM $resources WHERE {IS_LOKI})"
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
KNOWN_MAX = 200_000


def condition(matchers: Sequence[Matcher], params: Params) -> str:
    """The rows of `$logs` whose stream all matchers match."""
    pushed = " AND ".join(
        [IS_LOKI, *(_matches(f"attributes[{params.bind(m.name, 'String')}]", m, params) for m in matchers)]
    )
    by_push = f"resource_id IN (SELECT resource_id FROM $resources WHERE {pushed})"
    rows: list[str] = []
    of_resource = [f"NOT {IS_LOKI}"]
    for m in matchers:
        if m.name in ROW_LABELS:
            rows.append(_matches(ROW_LABELS[m.name], m, params))
        elif m.name in RESOURCE_LABELS:
            of_resource.append(_matches(f"attributes['{RESOURCE_LABELS[m.name]}']", m, params))
        else:
            rows.append(_matches("''", m, params))
    if len(of_resource) > 1:
        rows.append(f"resource_id IN (SELECT resource_id FROM $resources WHERE {' AND '.join(of_resource)})")
    else:
        rows.append(f"NOT {FROM_LOKI}")
    return f"({by_push} OR ({' AND '.join(rows)}))"


def _matches(column: str, m: Matcher, params: Params) -> str:
    if m.op in ("=", "!="):
        return f"{column} {m.op} {params.bind(m.value, 'String')}"
    found = f"match({column}, {params.bind(f'^(?s:{m.value})$', 'String')})"
    return found if m.op == "=~" else f"NOT {found}"


@dataclass(slots=True)
class Resource:
    """What a resource says of all its records. labels: of their streams; meta: structured metadata."""

    pushed: bool = False
    labels: dict[str, str] = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)


def resource_of(attributes: dict[str, str]) -> Resource:
    """Labels and metadata of a resource from its attributes."""
    if attributes.get(WIRE) == WIRE_LOKI:
        return Resource(True, {k: v for k, v in attributes.items() if _NAME.fullmatch(k) and v != ""}, {})
    labels = {name: attributes[key] for name, key in RESOURCE_LABELS.items() if attributes.get(key)}
    meta = {
        label_name(k): v
        for k, v in attributes.items()
        if v and k not in ("service.name", WIRE) and label_name(k) not in labels
    }
    return Resource(False, labels, meta)


def resources(reads: Reader, ids: Sequence[int]) -> dict[int, Resource]:
    """What the resources of rows say, by id; unknown ones say nothing."""
    if not ids:
        return {}
    rows = reads.query(
        "SELECT resource_id, attributes FROM $resources WHERE resource_id IN {ids:Array(UInt64)} LIMIT 1 BY resource_id",
        {"ids": sorted(set(ids))},
    )
    return {i: resource_of(a) for i, a in zip(plain(rows["resource_id"]), plain(rows["attributes"]), strict=True)}


def labels_of(resource: Resource | None, service: str, agent: str, level: int) -> dict[str, str]:
    """The labels of the stream of a row."""
    if resource is not None and resource.pushed:
        return resource.labels
    labels = dict(resource.labels) if resource is not None else {}
    labels["service_name"] = service or UNKNOWN_SERVICE
    if agent:
        labels["agent"] = agent
    labels["level"] = LEVELS[level]
    return labels


def seen(reads: Reader, matchers: Sequence[Matcher], between: str, limit: int) -> list[dict[str, str]]:
    """The label sets of the streams that match and have records in a window, at most `limit` combinations of columns."""
    params = Params("s")
    where = f"{between} AND {condition(matchers, params)}" if matchers else between
    rows = reads.query(
        f"SELECT resource_id, service, agent, toUInt8({LEVEL}) AS level FROM $logs WHERE {where} "
        f"GROUP BY resource_id, service, agent, level LIMIT {limit:d}",
        params.values,
    )
    columns: list[list[Any]] = [plain(rows[name]) for name in ("resource_id", "service", "agent", "level")]
    known = resources(reads, columns[0])
    distinct: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    for number, service, agent, level in zip(*columns, strict=True):
        labels = labels_of(known.get(number), service, agent, level)
        distinct.setdefault(tuple(sorted(labels.items())), labels)
    return list(distinct.values())
