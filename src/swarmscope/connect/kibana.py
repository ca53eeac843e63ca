"""Kibana's saved objects, for logs that a collector writes to Elasticsearch beside Swarmscope.

Source: Elastic, "Manage saved objects" (one JSON object per line), "Import saved objects API".
"""

from __future__ import annotations

import json
from typing import Any

INDEX = "logs-swarmscope.otel-*"
_VIEW = "swarmscope-logs"
_TIME = "@timestamp"
_SEARCHES = (
    ("errors", "Swarmscope: errors", "severity_number >= 17"),
    ("refusals", "Swarmscope: refusals and rate limits", "body.text: (refus* or \"rate limit\" or 429)"),
    ("tools", "Swarmscope: tool failures", "body.text: tool and severity_number >= 13"),
)  # fmt: skip
_COLUMNS = ["severity_text", "resource.attributes.service.name", "body.text", "trace_id"]


def ndjson() -> str:
    """What stands in `deploy/kibana/swarmscope.ndjson`: a data view, searches, two charts, a dashboard."""
    charts = [
        _chart("volume", "Swarmscope: log lines over time", "histogram", [
            _bucket("2", "date_histogram", {"field": _TIME, "interval": "auto", "min_doc_count": 0}, "segment"),
            _bucket("3", "terms", {"field": "severity_text", "size": 6, "order": "desc", "orderBy": "1"}, "group"),
        ]),
        _chart("services", "Swarmscope: log lines by service", "pie", [
            _bucket("2", "terms", {"field": "resource.attributes.service.name", "size": 20, "order": "desc", "orderBy": "1"},
                    "segment"),
        ]),
    ]  # fmt: skip
    searches = [_search(*search) for search in _SEARCHES]
    objects = [_view(), *searches, *charts, _dashboard([*charts, *searches])]
    return "".join(json.dumps(o, sort_keys=True) + "\n" for o in objects)


def _view() -> dict[str, Any]:
    fields = {"title": INDEX, "name": "Swarmscope logs", "timeFieldName": _TIME}
    return {"type": "index-pattern", "id": _VIEW, "attributes": fields, "references": []}


def _source(query: str) -> dict[str, str]:
    source = {
        "query": {"query": query, "language": "kuery"},
        "filter": [],
        "indexRefName": "kibanaSavedObjectMeta.searchSourceJSON.index",
    }
    return {"searchSourceJSON": json.dumps(source, sort_keys=True)}


_REFERENCE = {"name": "kibanaSavedObjectMeta.searchSourceJSON.index", "type": "index-pattern", "id": _VIEW}


def _search(name: str, title: str, query: str) -> dict[str, Any]:
    attributes = {
        "title": title,
        "columns": _COLUMNS,
        "sort": [[_TIME, "desc"]],
        "kibanaSavedObjectMeta": _source(query),
    }
    return {"type": "search", "id": f"swarmscope-{name}", "attributes": attributes, "references": [_REFERENCE]}


def _bucket(number: str, kind: str, params: dict[str, Any], schema: str) -> dict[str, Any]:
    return {"id": number, "enabled": True, "type": kind, "params": params, "schema": schema}


def _chart(name: str, title: str, kind: str, buckets: list[dict[str, Any]]) -> dict[str, Any]:
    count = {"id": "1", "enabled": True, "type": "count", "params": {}, "schema": "metric"}
    state = {"title": title, "type": kind, "aggs": [count, *buckets], "params": {"type": kind}}
    attributes = {
        "title": title,
        "visState": json.dumps(state, sort_keys=True),
        "uiStateJSON": "{}",
        "kibanaSavedObjectMeta": _source(""),
    }
    return {"type": "visualization", "id": f"swarmscope-{name}", "attributes": attributes, "references": [_REFERENCE]}


def _dashboard(shown: list[dict[str, Any]]) -> dict[str, Any]:
    panels, references = [], []
    for i, item in enumerate(shown):
        place = {"x": 24 * (i % 2), "y": 15 * (i // 2), "w": 24, "h": 15, "i": str(i)}
        panels.append({"panelIndex": str(i), "gridData": place, "panelRefName": f"panel_{i}", "embeddableConfig": {}})
        references.append({"name": f"panel_{i}", "type": item["type"], "id": item["id"]})
    attributes = {
        "title": "Swarmscope: logs of agents",
        "panelsJSON": json.dumps(panels, sort_keys=True),
        "optionsJSON": json.dumps({"useMargins": True}),
        "timeRestore": False,
        "kibanaSavedObjectMeta": {"searchSourceJSON": "{}"},
    }
    return {"type": "dashboard", "id": "swarmscope-logs", "attributes": attributes, "references": references}
