"""Grafana's provisioning: data sources that point at Swarmscope, and the dashboards of `panels`.

Source: Grafana, "Provision Grafana", "Dashboard JSON model".
"""

from __future__ import annotations

import json
from typing import Any

from swarmscope.connect.panels import DASHBOARDS, Dashboard, Panel

SCHEMA = 39
WIDTH, HEIGHT, PER_ROW = 12, 8, 2

DATASOURCES = """\
# Swarmscope as Prometheus, Tempo, Loki and Jaeger. SWARMSCOPE_URL and SWARMSCOPE_KEY come from Grafana's environment;
# the key needs the role viewer.
apiVersion: 1
datasources:
  - name: Swarmscope metrics
    uid: swarmscope-prometheus
    type: prometheus
    access: proxy
    url: $SWARMSCOPE_URL/prometheus
    isDefault: true
    jsonData:
      httpMethod: POST
      prometheusType: Prometheus
      prometheusVersion: 3.5.0
      timeInterval: 15s
      httpHeaderName1: Authorization
      exemplarTraceIdDestinations:
        - name: trace_id
          datasourceUid: swarmscope-tempo
    secureJsonData:
      httpHeaderValue1: Bearer $SWARMSCOPE_KEY
  - name: Swarmscope traces
    uid: swarmscope-tempo
    type: tempo
    access: proxy
    url: $SWARMSCOPE_URL/tempo
    jsonData:
      httpHeaderName1: Authorization
      tracesToLogsV2:
        datasourceUid: swarmscope-loki
        filterByTraceID: true
      nodeGraph:
        enabled: true
      serviceMap:
        datasourceUid: swarmscope-prometheus
      search:
        hide: false
    secureJsonData:
      httpHeaderValue1: Bearer $SWARMSCOPE_KEY
  - name: Swarmscope logs
    uid: swarmscope-loki
    type: loki
    access: proxy
    url: $SWARMSCOPE_URL
    jsonData:
      httpHeaderName1: Authorization
    secureJsonData:
      httpHeaderValue1: Bearer $SWARMSCOPE_KEY
  - name: Swarmscope traces (Jaeger)
    uid: swarmscope-jaeger
    type: jaeger
    access: proxy
    url: $SWARMSCOPE_URL/jaeger
    jsonData:
      httpHeaderName1: Authorization
    secureJsonData:
      httpHeaderValue1: Bearer $SWARMSCOPE_KEY
"""

PROVIDER = """\
apiVersion: 1
providers:
  - name: Swarmscope
    folder: Swarmscope
    type: file
    allowUiUpdates: true
    options:
      path: /etc/grafana/provisioning/dashboards
"""


def files() -> dict[str, str]:
    """What stands in `deploy/grafana`, by path."""
    out = {"datasources/swarmscope.yaml": DATASOURCES, "dashboards/swarmscope.yaml": PROVIDER}
    for dashboard in DASHBOARDS:
        out[f"dashboards/{dashboard.uid}.json"] = json.dumps(shaped(dashboard), indent=2, ensure_ascii=False) + "\n"
    return out


def shaped(dashboard: Dashboard) -> dict[str, Any]:
    """A dashboard in Grafana's JSON model."""
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.description,
        "tags": ["swarmscope"],
        "schemaVersion": SCHEMA,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": []},
        "annotations": {"list": []},
        "panels": [_panel(i, panel) for i, panel in enumerate(dashboard.panels)],
    }


def _panel(place: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(place, PER_ROW)
    source = {"type": panel.source, "uid": f"swarmscope-{panel.source}"}
    return {
        "id": place + 1,
        "title": panel.title,
        **({"description": f"Needs what spans do not tell. {panel.needs}"} if panel.needs else {}),
        "type": panel.kind,
        "datasource": source,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "targets": [{"refId": "A", "datasource": source, **_target(panel)}],
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "options": {},
    }


def _target(panel: Panel) -> dict[str, Any]:
    if panel.source == "tempo":
        table = {"tableType": "traces", "limit": 20} if panel.kind == "table" else {}
        return {"queryType": "traceql", "query": panel.query, **table}
    legend = {"legendFormat": panel.legend} if panel.legend else {}
    if panel.source == "loki":
        return {"expr": panel.query, "queryType": "range", **legend}
    return {"expr": panel.query, "range": True, "instant": False, **legend}
