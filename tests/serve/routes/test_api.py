"""Every endpoint over real rooms: shapes as documented, one tenant never sees another, roles, problems."""

from __future__ import annotations

import dataclasses
import io
import json
from typing import Any

import pyarrow as pa
import pytest
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from swarmscope.model.access import Role
from swarmscope.serve.app import routers
from swarmscope.serve.openapi import document

TRACE = {t: (b"t" + t.encode()[:7].ljust(7, b"_") + bytes(7) + b"\x01").hex() for t in ("default", "other")}
SPAN = (b"2" + b"default").hex()

# every reading endpoint, as tenant `default` would call it
READS: list[tuple[str, dict[str, Any]]] = [
    ("/api/v1/agents", {"facets": "state,kind,label.x,capability"}),
    ("/api/v1/agents", {"q": "agent:planner*", "sort": "cost_usd"}),
    ("/api/v1/fleet", {}),
    ("/api/v1/fleet/columns", {}),
    ("/api/v1/fleet/activity", {}),
    ("/api/v1/agents/planner-default", {}),
    (
        "/api/v1/agents/planner-default/trends",
        {"signal": "spans,latency_p95,quality.default", "step": "10s", "start": "-10m"},
    ),
    ("/api/v1/agents/planner-default/metrics", {}),
    ("/api/v1/agents/planner-default/versions", {}),
    ("/api/v1/traces", {}),
    ("/api/v1/traces", {"q": "status:error", "sort": "cost", "order": "asc", "limit": 1}),
    ("/api/v1/traces/latency", {"roots": True, "step": "1m"}),
    (f"/api/v1/traces/{TRACE['default']}", {"original": True}),
    (f"/api/v1/traces/{TRACE['default']}", {"details": 1}),
    (f"/api/v1/traces/{TRACE['default']}", {"details": 1, "columns": True}),
    (f"/api/v1/traces/{TRACE['default']}/spans/{SPAN}", {}),
    ("/api/v1/spans/differences", {"select": "operation:chat"}),
    ("/api/v1/spans", {"q": '"hello from"', "sort": "duration"}),
    ("/api/v1/facets", {}),
    ("/api/v1/facets", {"noun": "logs", "fields": "level,service"}),
    ("/api/v1/search/complete", {"q": "agent:"}),
    ("/api/v1/search/complete", {"q": "agent:", "noun": "agents"}),
    ("/api/v1/search/complete", {"q": "service:", "noun": "logs", "position": 8}),
    ("/api/v1/scaling/analyze", {}),
    ("/api/v1/scaling/decisions", {}),
    ("/api/v1/scaling/efficiency", {}),
    ("/api/v1/scaling/policies", {}),
    ("/api/v1/sessions", {}),
    ("/api/v1/sessions/talk-default", {}),
    ("/api/v1/workflows", {}),
    ("/api/v1/workflows/flow-default", {}),
    ("/api/v1/logs", {"q": "line level>=warn", "limit": 2}),
    ("/api/v1/logs/histogram", {}),
    ("/api/v1/logs/tail", {}),
    ("/api/v1/resources/0000000000000001", {}),
    ("/api/v1/graph/services", {}),
    ("/api/v1/graph/agents", {"agent": "planner-default"}),
    ("/api/v1/metrics", {}),
    ("/api/v1/metrics/names", {"q": "quality"}),
    ("/api/v1/metrics/series", {"metric": "quality.default", "label": "l=default"}),
    ("/api/v1/metrics/range", {"series_id": (bytes(8) + b"sdefault").hex(), "step": "30s"}),
    ("/api/v1/metrics/range", {"series_id": (bytes(8) + b"sdefault").hex()}),
    ("/api/v1/cost", {"by": "agent", "step": "5m"}),
    ("/api/v1/cost", {"by": "team", "start": "-30d", "environment": "nowhere"}),
    ("/api/v1/cost/what-if", {"model": "gpt-4o-mini"}),
    ("/api/v1/environments", {}),
    ("/api/v1/agents", {"environment": "nowhere"}),
    ("/api/v1/fleet", {"environment": "nowhere"}),
    ("/api/v1/fleet/columns", {"environment": "nowhere"}),
    ("/api/v1/fleet/activity", {"environment": "nowhere"}),
    ("/api/v1/connect", {"url": "https://scope.example"}),
    ("/api/v1/redaction", {}),
    ("/api/v1/budgets", {}),
    ("/api/v1/prices", {}),
    ("/api/v1/tenants", {}),
    ("/api/v1/retention", {}),
    ("/api/v1/sql/schema", {}),
    ("/api/v1/plugins", {}),
    ("/api/v1/agents/planner-default/anomalies", {}),
    ("/api/v1/anomalies", {}),
    ("/api/v1/dashboards", {}),
    ("/api/v1/detectors", {}),
    ("/api/v1/emergence/events", {}),
    ("/api/v1/emergence/indicators", {}),
    ("/api/v1/emergence/network/analysis", {}),
    ("/api/v1/emergence/network/communities", {}),
    ("/api/v1/emergence/network/communities", {"environment": "nowhere"}),
    ("/api/v1/federated/rounds", {}),
    ("/api/v1/federated/values", {"start": "-10m", "signals": "latency_mean"}),
    ("/api/v1/findings", {}),
    ("/api/v1/findings/groups", {"limit": 5}),
    ("/api/v1/findings/summary", {"feedback": "open,false", "severity": "high", "buckets": 10}),
    ("/api/v1/findings/counts", {}),
    ("/api/v1/logs/templates", {}),
    ("/api/v1/security/events", {}),
    ("/api/v1/security/principals", {}),
    ("/api/v1/security/summary", {}),
    ("/api/v1/health", {}),
    ("/api/v1/health/history", {}),
    ("/api/v1/health/ready", {}),
    ("/health", {}),
    ("/health/ready", {}),
]

FOR_ADMINS = {"keys", "users", "dead_letters"}
"""Modules of routes that no viewer may read; they have tests of their own."""


APART = {
    "/api/v1/agents/{agent_id:path}/bands",
    "/api/v1/agents/{agent_id:path}/normal",
    "/api/v1/forecasts",
    "/api/v1/selftest",
    "/api/v1/logs/context",
    "/metrics",
    "/api/v1/dashboards/{name:path}",
    "/api/v1/federated/rounds/{round_id}",
    "/api/v1/findings/{finding_id}",
    "/api/v1/security/events/{event_id}",
}
"""Those about something that a test must make first; they are tested beside what makes it."""


def routes() -> list[APIRoute]:
    return [r for router in routers() for r in router.routes if isinstance(r, APIRoute)]


def route_of(path: str) -> APIRoute:
    for route in routes():
        if "GET" in route.methods and route.path_regex.fullmatch(path):
            return route
    raise AssertionError(path)


@pytest.mark.parametrize(("path", "params"), READS, ids=lambda v: v if isinstance(v, str) else "")
def test_given_a_read_when_answered_then_it_has_the_documented_shape(api, path: str, params: dict[str, Any]) -> None:
    answer = api.get(path, **params)
    assert answer.status_code == 200, answer.text
    TypeAdapter(route_of(path).response_model).validate_json(answer.content)


@pytest.mark.parametrize(("path", "params"), READS, ids=lambda v: v if isinstance(v, str) else "")
def test_given_another_tenant_when_it_reads_the_same_then_it_sees_nothing_of_this_one(
    api, path: str, params: dict[str, Any]
) -> None:
    answer = api.get(path, tenant="other", **params)
    assert answer.status_code in (200, 404)
    if answer.status_code == 200 and path not in (
        "/api/v1/metrics",
        "/api/v1/prices",
        "/api/v1/redaction",
        "/api/v1/sql/schema",
    ):
        text = answer.text.replace("planner-default", "", 1) if path.endswith("/trends") else answer.text
        assert "-default" not in text, text
        assert "hello from default" not in text


def test_every_reading_endpoint_is_among_those_above() -> None:
    """A new endpoint must be added to READS, so that its shape and its isolation are tested."""
    tried = {route_of(path).path for path, _ in READS} | APART
    ours = {
        r.path
        for r in routes()
        if "GET" in r.methods
        and r.endpoint.__module__.startswith("swarmscope.serve.routes.")
        and r.endpoint.__module__.rpartition(".")[2] not in FOR_ADMINS
    }
    assert ours - tried == set()


@pytest.mark.parametrize(("path", "params"), READS, ids=lambda v: v if isinstance(v, str) else "")
def test_given_no_key_or_an_ingest_key_when_reading_then_it_is_refused(api, path: str, params: dict[str, Any]) -> None:
    if path in ("/health", "/health/ready", "/api/v1/health/ready"):
        return
    assert api.client.get(path, params=params).status_code == 401
    refused = api.get(path, role=Role.INGEST, **params)
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "params", "status", "detail"),
    [
        ("/api/v1/traces", {"q": "status:wrong"}, 400, "one of unset, ok, error"),
        ("/api/v1/traces", {"q": "(a:1"}, 400, "at character 1"),
        ("/api/v1/traces", {"start": "soon"}, 400, "no moment"),
        ("/api/v1/traces", {"start": "now", "end": "-1h"}, 400, "not before"),
        ("/api/v1/traces", {"limit": 100000}, 422, "limit"),
        ("/api/v1/traces", {"cursor": "x"}, 400, "cursor"),
        ("/api/v1/traces/xyz", {}, 422, "trace_id"),
        (f"/api/v1/traces/{'0' * 31}1", {}, 404, "not here"),
        (f"/api/v1/traces/{TRACE['default']}/spans/{'0' * 15}1", {}, 404, "no such span"),
        ("/api/v1/spans/differences", {"select": "status:wrong"}, 400, "one of unset, ok, error"),
        ("/api/v1/spans/differences", {}, 422, "select"),
        ("/api/v1/agents", {"sort": "wrong"}, 422, "sort"),
        ("/api/v1/agents", {"q": "nonsense:1"}, 400, "no field"),
        ("/api/v1/agents", {"facets": "nonsense"}, 400, "no facet"),
        ("/api/v1/agents", {"cursor": "x"}, 400, "cursor"),
        ("/api/v1/agents/nobody", {}, 404, "not known"),
        ("/api/v1/agents/nobody/trends", {}, 404, "not known"),
        ("/api/v1/agents/nobody/metrics", {}, 404, "not known"),
        ("/api/v1/agents/planner-default/trends", {"step": "1ms"}, 400, "buckets"),
        ("/api/v1/sessions/nothing", {}, 404, "not known"),
        ("/api/v1/workflows/nothing", {}, 404, "not known"),
        ("/api/v1/logs", {"cursor": "x"}, 400, "cursor"),
        ("/api/v1/logs/context", {"id": "x"}, 400, "names no record"),
        ("/api/v1/logs/context", {"id": "1-0000000000000001"}, 404, "not here"),
        ("/api/v1/logs/tail", {"after": "x"}, 400, "none of ours"),
        ("/api/v1/resources/0123456789abcdef", {}, 404, "not here"),
        ("/api/v1/resources/x", {}, 404, "not here"),
        ("/api/v1/metrics/range", {"series_id": "x"}, 400, "32 hex"),
        ("/api/v1/metrics/range", {"series_id": "0" * 32}, 404, "not known"),
        ("/api/v1/metrics/series", {"label": "x"}, 400, "key=value"),
        ("/api/v1/cost", {"by": "secret"}, 422, "by"),
        ("/api/v1/cost/what-if", {"model": "nobody-knows"}, 400, "no price"),
        ("/api/v1/facets", {"fields": ",".join(f"f{i}" for i in range(20))}, 400, "at most 16"),
    ],
)  # fmt: skip
def test_given_a_bad_call_when_answered_then_the_problem_says_what(
    api, path: str, params: Any, status: int, detail: str
) -> None:
    answer = api.get(path, **params)
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in problem["detail"]


@pytest.mark.parametrize(
    ("path", "q", "position"),
    [
        ("/api/v1/traces", "(a:1", 0),
        ("/api/v1/traces", "agent:a status:wrong", 8),
        ("/api/v1/spans", "duration>2s cost>x", 12),
        ("/api/v1/agents", '"🦊" nonsense:1', 4),
        ("/api/v1/logs", "level:", 6),
    ],
)
def test_given_a_bad_filter_when_answered_then_the_problem_says_where(api, path: str, q: str, position: int) -> None:
    problem = api.get(path, q=q).json()
    assert (problem["status"], problem["position"]) == (400, position)
    assert f"(at character {position + 1})" in problem["detail"]


def test_given_bad_sql_when_answered_then_the_problem_says_where(api) -> None:
    query = "SELECT agent\nFROM spans\nWHERE WHERE x"
    problem = api.call("POST", "/api/v1/sql", json={"query": query}).json()
    assert query[problem["position"] :].startswith("WHERE x")
    assert "position" not in api.call("POST", "/api/v1/sql", json={"query": "SELECT * FROM nothing"}).json()


def test_given_a_trace_when_read_then_everything_about_it_is_there(api) -> None:
    trace = api.get(f"/api/v1/traces/{TRACE['default']}").json()
    summary = trace["summary"]
    assert (summary["name"], summary["spans"], summary["pending"], summary["errors"]) == ("plan default", 4, 1, 1)
    by_name = {s["name"]: s for s in trace["spans"]}
    assert [s["depth"] for s in trace["spans"]] == [0, 1, 1, 1]
    assert by_name["chat"]["messages"][0]["text"] == "hello from default"
    assert by_name["chat"]["messages"][0]["role"] == "user"
    assert by_name["waiting"]["pending"]
    assert by_name["waiting"]["duration_ns"] > 4 * 10**9
    assert trace["resources"]["0000000000000001"] == {"host.name": "host-default"}
    assert by_name["plan default"]["self_ns"] == 4 * 10**9
    original = api.get(f"/api/v1/traces/{TRACE['default']}", original=True).json()
    chat = next(s for s in original["spans"] if s["name"] == "chat")
    assert json.loads(chat["attributes"]["gen_ai.input.messages"]) == [
        {"role": "user", "content": "hello from default"}
    ]


def post_when_ready(api: Any, path: str, payload: Any) -> Any:
    """The first batch of a fresh checkout waits for the ingest kernels to be compiled."""
    for _ in range(5):
        answer = api.call("POST", path, role=Role.INGEST, json=payload)
        if answer.status_code != 429:
            break
    return answer


def test_given_an_agent_when_registered_and_reporting_then_it_is_known_at_once(api, eventually) -> None:
    body = {
        "name": "Rest Agent",
        "kind": "worker",
        "model": "m",
        "version": "1",
        "capabilities": ["sql"],
        "labels": {"team": "x"},
    }
    for path, payload, status in (
        ("register", body, 201),
        ("heartbeat", {"status": "busy"}, 202),
        (
            "metrics",
            {"metrics": {"throughput": 41.5}, "points": [{"name": "done", "value": 3, "kind": "counter"}]},
            202,
        ),
    ):
        answer = post_when_ready(api, f"/api/v1/agents/team/rest-1/{path}", payload)
        assert answer.status_code == status, answer.text
        assert answer.json()["rejected"] == 0
    api.settled()
    eventually(lambda: api.get("/api/v1/agents/team/rest-1").status_code == 200)
    found = api.get("/api/v1/agents/team/rest-1").json()
    assert found["summary"]["name"] == "Rest Agent"
    assert (found["summary"]["kind"], found["summary"]["status"], found["summary"]["state"]) == (
        "worker",
        "busy",
        "idle",
    )
    assert (found["capabilities"], found["labels"]) == (["sql"], {"team": "x"})
    signals = {s["signal"]: s["value"] for s in api.get("/api/v1/agents/team/rest-1/metrics").json()["signals"]}
    assert signals["throughput"] == 41.5
    assert api.get("/api/v1/agents/team/rest-1", tenant="other").status_code == 404


@pytest.mark.parametrize(
    ("path", "payload", "status"),
    [
        ("metrics", {}, 400),
        ("metrics", {"metrics": {"a": "x"}}, 422),
        ("metrics", {"metrics": {"a": 1}, "time": "soon"}, 400),
        ("metrics", {"points": [{"name": "", "value": 1}]}, 422),
        ("register", {"nmae": "x"}, 422),
        ("register", {"labels": {"k": "x" * 5000}}, 422),
        ("heartbeat", [], 422),
        ("metrics", {"metrics": {"throughput": "NaN"}}, 422),
        ("metrics", {"metrics": {"": 1}}, 422),
    ],
)
def test_given_a_bad_report_when_posted_then_nothing_is_stored(api, path: str, payload: Any, status: int) -> None:
    answer = api.call("POST", f"/api/v1/agents/bad/{path}", json=payload)
    assert answer.status_code == status
    assert "problem" in answer.headers["content-type"]


def test_given_a_viewer_when_it_writes_then_it_is_refused(api) -> None:
    assert api.call("POST", "/api/v1/agents/x/register", role=Role.VIEWER, json={}).status_code == 403
    assert api.call("PUT", "/api/v1/prices", role=Role.EDITOR, json={"prices": []}).status_code == 403


def test_given_prices_that_another_set_meanwhile_then_neither_is_lost(api) -> None:
    read = api.get("/api/v1/prices").headers["etag"]

    def put(model: str, tag: str) -> Any:
        own = {"model": model, "input_usd": 1.0, "output_usd": 2.0, "cached_usd": None}
        return api.call("PUT", "/api/v1/prices", json={"prices": [own]}, headers={"if-match": tag} if tag else {})

    try:
        first = put("mine", read)
        assert first.status_code == 200 and first.headers["etag"] == api.get("/api/v1/prices").headers["etag"] != read
        refused = put("yours", read)
        assert refused.status_code == 412
        assert "changed the prices meanwhile" in refused.json()["detail"]
        assert [p["model"] for p in api.get("/api/v1/prices").json()["prices"] if p["source"] == "set"] == ["mine"]
        assert put("yours", first.headers["etag"]).status_code == 200
        assert put("anyone's", "").status_code == 200, "who says nothing of what they saw may replace all"
    finally:
        api.call("PUT", "/api/v1/prices", json={"prices": []})


def test_given_sql_when_run_then_each_format_holds_the_rows_of_the_tenant(api) -> None:
    query = "SELECT DISTINCT tenant FROM spans"
    for tenant in ("default", "other"):
        found = api.call("POST", "/api/v1/sql", tenant, Role.VIEWER, json={"query": query})
        assert found.json()["rows"] == [[tenant]]
        csv = api.call("POST", "/api/v1/sql", tenant, Role.VIEWER, json={"query": query, "format": "csv"})
        assert csv.text.split() == ["tenant", tenant]
        arrow = api.call("POST", "/api/v1/sql", tenant, Role.VIEWER, json={"query": query, "format": "arrow"})
        with pa.ipc.open_stream(io.BytesIO(arrow.content)) as stream:
            assert stream.read_all()["tenant"].to_pylist() == [tenant]
    refused = api.call("POST", "/api/v1/sql", json={"query": "SELECT * FROM system.tables"})
    assert refused.status_code == 400


def test_given_a_line_when_its_context_is_asked_for_then_the_lines_around_it_come(api) -> None:
    lines = api.get("/api/v1/logs", order="asc").json()["items"]
    bodies = [line["body"] for line in lines]
    assert bodies == [f"line {i} of default" for i in range(9)]
    found = api.get("/api/v1/logs/context", id=lines[4]["id"], before=2, after=3).json()
    assert [line["body"] for line in found["before"]] == bodies[2:4]
    assert (found["line"]["body"], [line["body"] for line in found["after"]]) == (bodies[4], bodies[5:8])
    assert api.get("/api/v1/logs/context", tenant="other", id=lines[4]["id"]).status_code == 404


def test_given_prices_when_set_then_they_come_before_the_shipped_ones(api) -> None:
    shipped = {p["model"]: p for p in api.get("/api/v1/prices").json()["prices"]}
    assert shipped["gpt-4o"]["source"] == "shipped"
    own = {"prices": [{"model": "gpt-4o", "input_usd": 1, "output_usd": 2, "cached_usd": None}]}
    assert api.call("PUT", "/api/v1/prices", "other", json=own).status_code == 403
    try:
        after = api.call("PUT", "/api/v1/prices", json=own)
        assert {p["model"]: p["source"] for p in after.json()["prices"]}["gpt-4o"] == "set"
        assert cost_of_a_million(api.state.intake, "gpt-4o") == 1.0
    finally:
        assert api.call("PUT", "/api/v1/prices", json={"prices": []}).status_code == 200
    assert cost_of_a_million(api.state.intake, "gpt-4o") == shipped["gpt-4o"]["input_usd"]


def cost_of_a_million(intake: Any, model: str) -> float:
    """US dollars of a million input tokens, as the running pipeline would price them."""
    return float(intake._pipelines[0].prices.rates([model])[0][0]) * 1e6 / 1e9


def test_given_the_health_when_read_then_each_component_has_a_score(api) -> None:
    health = api.get("/api/v1/health").json()
    names = {"store", "catalog", "journal", "writer", "ingest", "disk", "fleet", "detection"}
    assert {c["name"] for c in health["components"]} == names
    assert api.client.get("/health").json()["status"] == "pass"
    assert api.client.get("/health/ready").json()["ready"] is True


def test_given_a_program_out_of_memory_when_asked_then_it_is_not_ready_and_says_why(api: Any, monkeypatch: Any) -> None:
    intake = api.client.app.state.intake
    monkeypatch.setattr(intake, "_pressure", lambda: "the program uses 2 GiB")
    answer = api.client.get("/health/ready")
    assert (answer.status_code, answer.json()["components"]["ingest"]) == (503, "the program uses 2 GiB")
    (told,) = [c for c in api.get("/api/v1/health").json()["components"] if c["name"] == "ingest"]
    assert told["state"] == "unhealthy" and told["reasons"] == ["all senders are told to retry: the program uses 2 GiB"]


def test_given_a_full_journal_when_asked_then_it_is_not_ready_and_says_why(api: Any, monkeypatch: Any) -> None:
    journal = api.client.app.state.journal
    full = dataclasses.replace(journal.status(), full="the journal holds 4 of 4 bytes")
    monkeypatch.setattr(journal, "status", lambda: full)
    answer = api.client.get("/health/ready")
    assert (answer.status_code, answer.json()["components"]["journal"]) == (503, "the journal holds 4 of 4 bytes")
    (told,) = [c for c in api.get("/api/v1/health").json()["components"] if c["name"] == "journal"]
    assert told["state"] == "unhealthy"
    assert told["reasons"] == ["all senders are told to retry: the journal holds 4 of 4 bytes"]


def test_given_the_metrics_when_scraped_then_they_are_prometheus_text(api) -> None:
    text = api.get("/metrics").text
    assert "swarmscope_serve_request_seconds" in text


def test_the_document_describes_every_route() -> None:
    paths = json.loads(document())["paths"]
    for route in (r for r in routes() if r.include_in_schema):  # the wires of others are described by others
        for method in route.methods - {"HEAD"}:
            operation = paths[route.path_format][method.lower()]
            assert operation["summary"], route.path
            assert operation["description"], route.path
            success = next(code for code in operation["responses"] if code.startswith("2"))
            content = operation["responses"][success].get("content", {})
            assert success == "204" or content, (route.path, method)
            for schema in (c.get("schema") for c in content.values()):
                assert route.path == "/metrics" or "/sql" in route.path or schema, (route.path, method)
            if route.path not in ("/health", "/health/ready"):
                assert {"401", "403"} <= operation["responses"].keys(), (route.path, method)
            for parameter in operation.get("parameters", []):
                assert parameter["in"] == "path" or parameter["schema"], parameter


def test_given_another_model_when_asked_what_it_would_cost_then_tokens_are_priced_with_and_without_cache(api) -> None:
    found = api.get("/api/v1/cost/what-if", model="openai/gpt-4o-mini-2024-07-18").json()
    assert found["matched"] == "gpt-4o-mini"
    chat = next(i for i in found["items"] if i["operation"] == "chat")
    assert chat["actual_usd"] == pytest.approx(0.003)
    assert chat["no_cache_usd"] == pytest.approx((100 * found["input_usd"] + 20 * found["output_usd"]) / 1e6)
    assert chat["same_cache_usd"] == chat["no_cache_usd"], "nothing of it was read from a cache"
