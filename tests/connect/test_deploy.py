"""The files of `deploy/`: as their generator writes them, whole, and every panel answers over live data."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from swarmscope.app import DRAIN_S
from swarmscope.config import load
from swarmscope.connect import deploy, kibana
from swarmscope.connect.panels import DASHBOARDS, Panel
from swarmscope.model.access import Principal, Role
from tests.serve.routes.conftest import Api, api  # noqa: F401 # a fixture
from tests.support.shop import SECOND, put

DEPLOY = Path(__file__).parents[2] / "deploy"
NOW_NS = time.time_ns()
PANELS = [(d.uid, p) for d in DASHBOARDS for p in d.panels]
AGENTS = 4


def test_generated_files_are_as_the_generator_writes_them() -> None:
    found = {
        str(p.relative_to(DEPLOY)) for part in ("grafana", "kibana") for p in (DEPLOY / part).rglob("*") if p.is_file()
    }
    made = deploy.generated()
    assert found == set(made), "run: python -m swarmscope.connect.deploy"
    for name, text in made.items():
        assert (DEPLOY / name).read_text(encoding="utf-8") == text, "run: python -m swarmscope.connect.deploy"


def test_an_image_is_made_of_what_is_tracked_alone() -> None:
    lines = (DEPLOY.parent / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert allowed == {name.partition("/")[0] for names in copied for name in names.split()}
    ignored = [line.strip("/") for line in (DEPLOY.parent / ".gitignore").read_text().splitlines() if line]
    made_here = {name for name in ignored if name.startswith(("src/", "ui/"))} | {"ui/node_modules", "**/__pycache__"}
    assert made_here <= set(rules), "what was built here goes into no image"


def test_a_server_in_a_container_has_time_to_store_what_it_acknowledged() -> None:
    service = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["swarmscope"]
    assert int(service["stop_grace_period"].removesuffix("s")) >= 2 * DRAIN_S


# Grafana


def test_data_sources_are_the_ones_that_panels_name() -> None:
    sources = yaml.safe_load((DEPLOY / "grafana/datasources/swarmscope.yaml").read_text())["datasources"]
    by_uid = {s["uid"]: s for s in sources}
    assert {s["type"] for s in sources} == {"prometheus", "tempo", "loki", "jaeger"}
    for path in (DEPLOY / "grafana/dashboards").glob("*.json"):
        board = json.loads(path.read_text())
        assert board["uid"] == path.stem
        assert len({p["id"] for p in board["panels"]}) == len(board["panels"])
        for panel in board["panels"]:
            for source in (panel["datasource"], panel["targets"][0]["datasource"]):
                assert by_uid[source["uid"]]["type"] == source["type"]


@pytest.fixture(scope="module")
def live(api: Api) -> Iterator[Api]:  # noqa: F811 # the fixture above
    """Ten minutes of a small fleet: delegations, model and tool calls, messages, failures, reported metrics, logs; another
    tenant's fleet sends spans alone, as instrumentation of agents does: none of them of a server."""
    intake = api.state.intake
    intake.submit("traces", _spans(2), "default", "protobuf").result(30)
    intake.submit("traces", _spans(1), "spans", "protobuf").result(30)
    for role in (Role.VIEWER, Role.ADMIN):
        api.keys["spans", role] = api.state.catalog.create_key(Principal("spans", Role.ADMIN), role, role.value)[1]
    intake.submit("metrics", _metrics(), "default", "protobuf").result(30)
    intake.submit("logs", _logs(), "default", "protobuf").result(30)
    api.settled()
    yield api


def _spans(kind_of_roots: int) -> bytes:
    request = ExportTraceServiceRequest()
    of = request.resource_spans.add()
    put(of.resource.attributes, {"service.name": "fleet"})
    scope = of.scope_spans.add()

    def span(i: int, part: int, parent: int, name: str, at: int, length_s: float, **more: Any) -> None:
        made = scope.spans.add(name=name, kind=kind_of_roots if part == 1 else 3, trace_id=i.to_bytes(16, "big"))
        made.span_id = bytes([i + 1, part]) + bytes(6)
        made.parent_span_id = bytes([i + 1, parent]) + bytes(6) if parent else b""
        made.start_time_unix_nano, made.end_time_unix_nano = at, at + round(length_s * SECOND)
        values = {k.replace("__", "."): v for k, v in more.items()}
        if values.pop("failed", False):
            made.status.code = 2
        put(made.attributes, {"gen_ai.agent.id": f"agent-{i % AGENTS}", **values})

    for i in range(20):
        at = NOW_NS - (580 - 25 * i) * SECOND
        span(
            i,
            1,
            0,
            "lead",
            at,
            3,
            gen_ai__operation__name="invoke_agent",
            swarmscope__peer__agent=f"agent-{(i + 1) % 4}",
        )
        span(i, 2, 1, "help", at, 2, gen_ai__operation__name="invoke_agent")
        span(i, 3, 2, "chat gpt", at, 1, gen_ai__operation__name="chat", gen_ai__provider__name="openai", failed=i % 5 == 0,
             gen_ai__request__model="gpt-4o", gen_ai__usage__input_tokens=9000, gen_ai__usage__output_tokens=500,
             gen_ai__server__time_to_first_token=0.4)  # fmt: skip
        span(i, 4, 2, "search", at + SECOND, 0.5, gen_ai__operation__name="execute_tool", gen_ai__tool__name="search")
    encoded: bytes = request.SerializeToString()
    return encoded


def _logs() -> bytes:
    request = ExportLogsServiceRequest()
    of = request.resource_logs.add()
    put(of.resource.attributes, {"service.name": "fleet"})
    scope = of.scope_logs.add()
    for i in range(20):
        record = scope.log_records.add(time_unix_nano=NOW_NS - 25 * i * SECOND, severity_number=9)
        record.body.string_value = f"step {i} done"
    encoded: bytes = request.SerializeToString()
    return encoded


def _metrics() -> bytes:
    request = ExportMetricsServiceRequest()
    scope = request.resource_metrics.add().scope_metrics.add()
    start = NOW_NS - 700 * SECOND
    times = [NOW_NS - (600 - 15 * i) * SECOND for i in range(40)]

    def points(into: Any, per_step: float) -> None:
        for agent in range(AGENTS):
            for i, at in enumerate(times):
                point = into.add(time_unix_nano=at, start_time_unix_nano=start)
                point.as_double = per_step * (i + 1) * (agent + 1)
                put(point.attributes, {"swarmscope.agent.id": f"agent-{agent}"})

    for name, unit, per_step in (
        ("agent.requests", "{request}", 10), ("agent.errors", "{error}", 0.01), ("agent.tokens", "{token}", 900),
    ):  # fmt: skip
        metric = scope.metrics.add(name=name, unit=unit)
        metric.sum.is_monotonic, metric.sum.aggregation_temporality = True, 2
        points(metric.sum.data_points, per_step)
        for point in metric.sum.data_points:
            put(point.attributes, {"gen_ai.token.type": "input"} if name == "agent.tokens" else {})
    for name, unit in (("agent.queue.depth", "{task}"), ("agent.context.tokens", "{token}"), ("agent.quality.score", "1"),
                       ("process.memory.usage", "By"), ("process.cpu.utilization", "1")):  # fmt: skip
        points(scope.metrics.add(name=name, unit=unit).gauge.data_points, 0.01)
    histogram = scope.metrics.add(name="gen_ai.client.operation.duration", unit="s").histogram
    histogram.aggregation_temporality = 2
    for i, at in enumerate(times):
        point = histogram.data_points.add(
            time_unix_nano=at, start_time_unix_nano=start, count=3 * (i + 1), sum=9.0 * (i + 1)
        )
        point.explicit_bounds.extend([1.28, 10.24])
        point.bucket_counts.extend([i + 1, i + 1, i + 1])
        put(point.attributes, {"gen_ai.operation.name": "chat"})
    encoded: bytes = request.SerializeToString()
    return encoded


@pytest.mark.parametrize(("uid", "panel"), PANELS, ids=[f"{uid}: {p.title}" for uid, p in PANELS])
def test_every_panel_answers_over_live_data(live: Api, uid: str, panel: Panel) -> None:
    assert answers(live, panel, "default"), "the panel would be empty"


@pytest.mark.parametrize(("uid", "panel"), PANELS, ids=[f"{uid}: {p.title}" for uid, p in PANELS])
def test_in_a_fleet_that_sends_spans_alone_only_panels_that_say_so_are_empty(live: Api, uid: str, panel: Panel) -> None:
    assert bool(answers(live, panel, "spans")) == (not panel.needs)


def answers(live: Api, panel: Panel, tenant: str) -> list[Any]:
    """Each query as Grafana's data source plug-in sends it, to the address that the provisioning gives it."""
    start, end = NOW_NS - 3600 * SECOND, NOW_NS + SECOND
    seconds = {"start": str(start // SECOND), "end": str(end // SECOND)}
    match panel.source, panel.kind:
        case "tempo", "table":
            found = _json(live.get("/tempo/api/search", tenant, q=panel.query, limit=20, spss=3, **seconds))["traces"]
        case "tempo", _:
            found = _json(live.get("/tempo/api/metrics/query_range", tenant, q=panel.query, step="15s", **seconds))[
                "series"
            ]
            found = [s for s in found if s["samples"]]
        case "loki", _:
            params = {"query": panel.query, "start": str(start), "end": str(end), "step": "60"}
            found = _json(live.get("/loki/api/v1/query_range", tenant, **params))["data"]["result"]
        case _:
            form = {"query": panel.query, "step": "15", **seconds}
            answer = _json(live.call("POST", "/prometheus/api/v1/query_range", tenant, data=form))
            assert answer["status"] == "success"
            found = [s for s in answer["data"]["result"] if any(v != "NaN" for _, v in s["values"])]
    return found


def _json(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


# Kibana


def test_kibana_objects_are_whole() -> None:
    objects = [json.loads(line) for line in kibana.ndjson().splitlines()]
    known = {(o["type"], o["id"]) for o in objects}
    assert {o["type"] for o in objects} == {"index-pattern", "search", "visualization", "dashboard"}
    for o in objects:
        names = [r["name"] for r in o["references"]]
        assert len(names) == len(set(names))
        assert all((r["type"], r["id"]) in known for r in o["references"])
        source = json.loads(
            o["attributes"].get("kibanaSavedObjectMeta", {"searchSourceJSON": "{}"})["searchSourceJSON"]
        )
        assert source.get("indexRefName", names[0] if names else "") in names or not names
        if o["type"] == "dashboard":
            assert [p["panelRefName"] for p in json.loads(o["attributes"]["panelsJSON"])] == names


# Compose


def test_compose_holds_together() -> None:
    """There is no engine here to start it: the structure is checked, the files it mounts, the settings it gives."""
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = compose["services"]
    assert {"swarmscope", "grafana", "prometheus", "jaeger-ui", "elasticsearch", "kibana"} <= services.keys()
    for name, service in services.items():
        assert "image" in service or "build" in service, name
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services
            assert how["condition"] != "service_healthy" or "healthcheck" in services[needed]
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert (DEPLOY / source).exists() if source.startswith(".") else source in compose["volumes"]
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), "nothing is open to the network unless someone decides so"
        image = service.get("image", "")
        assert not image or re.search(r":v?\d+\.\d+", image), f"{image} is no fixed version"
    build = services["swarmscope"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).exists()
    given = {k: v for k, v in services["swarmscope"]["environment"].items() if k != "SWARMSCOPE_AUTH_ADMIN_KEY"}
    assert load(environ=given).server.more_ports == (9411, 14268)


# of the Compose Specification, as far as it is used here
SERVICE_KEYS = {"image", "build", "environment", "ports", "volumes", "depends_on", "healthcheck", "restart", "command",
                "entrypoint", "tmpfs", "stop_grace_period"}  # fmt: skip
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
LISTENS: dict[str, set[int]] = {
    "swarmscope": {8080, 4317, 4318, 9411, 14268}, "grafana": {3000}, "prometheus": {9090}, "jaeger-pages": {16686},
    "jaeger-ui": {8080}, "elasticsearch": {9200}, "kibana": {5601}, "collector": {4317, 4318},
}  # fmt: skip
"""By service, as its image documents it, or as a file that it mounts says."""
DOCUMENTED = {
    "grafana": {"/etc/grafana/provisioning"},
    "prometheus": {"/etc/prometheus/prometheus.yaml", "/prometheus"},
    "jaeger-ui": {"/etc/nginx/templates/default.conf.template"},
    "elasticsearch": {"/usr/share/elasticsearch/data"},
    "kibana-objects": {"/objects"},
    "collector": {"/etc/collector.yaml"},
    "swarmscope": {"/data"},
}
"""Where images look for what is mounted, or where the command of a service says so."""


def test_compose_has_known_keys_and_what_services_need() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    assert compose.keys() == {"name", "x-key", "services", "volumes"}
    for name, service in compose["services"].items():
        assert service.keys() <= SERVICE_KEYS, name
        assert all(how.keys() == {"condition"} for how in service.get("depends_on", {}).values())
        assert {how["condition"] for how in service.get("depends_on", {}).values()} <= CONDITIONS
        check = service.get("healthcheck", {"test": ["CMD", "x"]})
        assert check["test"][0] in ("CMD", "CMD-SHELL") and len(check["test"]) > 1
        assert all(isinstance(v, str) for v in service.get("environment", {}).values()), (
            "texts only: YAML's own types are refused"
        )
        targets = {v.split(":")[1] for v in service.get("volumes", [])}
        assert targets <= DOCUMENTED.get(name, set()), name
        for port in service.get("ports", []):
            assert int(port.rpartition(":")[2]) in LISTENS[name], f"{name} does not listen on {port}"
    published = [p.split(":")[1] for s in compose["services"].values() for p in s.get("ports", [])]
    assert len(published) == len(set(published)), "two services want one port of the host"
    # a shell reads the command of Prometheus: what it writes and what it names must be there
    shell = compose["services"]["prometheus"]["command"][0]
    assert "> /tmp/key" in shell and "/tmp" in compose["services"]["prometheus"]["tmpfs"]
    for flag in ("--config.file", "--storage.tsdb.path"):
        assert re.search(rf"{flag}=(\S+)", shell)[1] in DOCUMENTED["prometheus"]  # type: ignore[index] # fails where there is none


def test_services_call_each_other_where_they_listen() -> None:
    text = "".join(
        p.read_text(encoding="utf-8")
        for p in (DEPLOY / "compose.yaml", DEPLOY / "prometheus.yaml", DEPLOY / "collector.yaml",
                  DEPLOY / "jaeger-ui.conf.template")
    )  # fmt: skip
    called = set(re.findall(r"(?:http://|\[\")([a-z][a-z-]+):(\d+)", text))
    assert {name for name, _ in called} >= {"swarmscope", "elasticsearch", "kibana", "jaeger-pages"}
    for name, port in called - {("localhost", p) for _, p in called}:
        assert int(port) in LISTENS[name], f"{name}:{port}"
    nginx = (DEPLOY / "jaeger-ui.conf.template").read_text()
    assert {int(p) for p in re.findall(r"listen (\d+)", nginx)} == LISTENS["jaeger-ui"]
    collector = yaml.safe_load((DEPLOY / "collector.yaml").read_text())
    ends = {p["endpoint"] for p in collector["receivers"]["otlp"]["protocols"].values()}
    assert ends == {"0.0.0.0:4317", "0.0.0.0:4318"}
    variables = set(re.findall(r"\$\{(?:env:)?([A-Z_]+)\}", nginx + (DEPLOY / "collector.yaml").read_text()))
    environments = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert variables == {"SWARMSCOPE_KEY"}
    for name in ("jaeger-ui", "collector", "prometheus", "grafana"):
        assert "SWARMSCOPE_KEY" in environments[name]["environment"], name
    sources = (DEPLOY / "grafana/datasources/swarmscope.yaml").read_text()
    assert set(re.findall(r"\$([A-Z_]+)", sources)) == set(environments["grafana"]["environment"])
    folder = yaml.safe_load((DEPLOY / "grafana/dashboards/swarmscope.yaml").read_text())["providers"][0]["options"][
        "path"
    ]
    assert folder.startswith("/etc/grafana/provisioning/") and (DEPLOY / "grafana" / Path(folder).name).is_dir()


def test_logs_go_to_a_data_stream_that_kibana_looks_at() -> None:
    """The exporter's mapping `otel` writes to data streams alone; an index of its own name is refused by Elasticsearch."""
    collector = yaml.safe_load((DEPLOY / "collector.yaml").read_text())
    assert "logs_index" not in collector["exporters"]["elasticsearch"]
    (attribute,) = collector["processors"]["resource/stream"]["attributes"]
    assert attribute["key"] == "data_stream.dataset"
    stream = f"logs-{attribute['value']}.otel-default"
    assert re.fullmatch(kibana.INDEX.replace(".", r"\.").replace("*", ".*"), stream)
    pipeline = collector["service"]["pipelines"]["logs/elasticsearch"]
    assert pipeline["exporters"] == ["elasticsearch"] and "resource/stream" in pipeline["processors"]


def test_what_compose_mounts_can_be_read() -> None:
    prometheus = yaml.safe_load((DEPLOY / "prometheus.yaml").read_text())
    assert {j["metrics_path"] for j in prometheus["scrape_configs"]} == {"/metrics", "/federate"}
    collector = yaml.safe_load((DEPLOY / "collector.yaml").read_text())
    for pipeline in collector["service"]["pipelines"].values():
        for part in ("receivers", "processors", "exporters"):
            assert set(pipeline[part]) <= collector[part].keys()
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE):
        assert all((DEPLOY.parent / s).exists() for s in source.split()), source
