"""Templates of log lines, from the wire to the page."""

from __future__ import annotations

import time

import numpy as np
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from swarmscope.ingest.templates import Known, Miner
from swarmscope.query import log_templates
from swarmscope.query.reader import Reader
from tests.serve.routes.conftest import Api


def send(api: Api, lines: list[str], tenant: str = "default", severity: int = 9) -> None:
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    for line in lines:
        records.add(time_unix_nano=time.time_ns(), severity_number=severity).body.string_value = line
    api.state.intake.submit("logs", request.SerializeToString(), tenant, "protobuf").result(60)


def test_lines_that_differ_in_numbers_are_counted_together_and_found_by_their_template(api: Api) -> None:
    send(api, [f"Tool call search_{i} failed after {i} ms" for i in range(7)], severity=17)
    send(api, ["tenant's own line 1"], "other")
    api.settled()
    answer = api.get("/api/v1/logs/templates", q='"Tool call"', buckets=10).json()
    assert "items" in answer, answer
    (item,) = answer["items"]
    assert item["text"] == "Tool call <*> failed after <*> ms"
    assert (item["class"], item["lines"], item["level"], sum(item["trend"])) == ("tool_error", 7, "error", 7)
    assert item["example"] == "Tool call search_0 failed after 0 ms"
    assert len(set(item["samples"])) == 3
    assert len(item["trend"]) == len(answer["times_ms"])
    lines = api.get("/api/v1/logs", q=f"template:{item['template_id']}").json()["items"]
    assert {line["template_id"] for line in lines} == {item["template_id"]}
    assert len(lines) == 7
    assert api.get("/api/v1/logs/templates", **{"class": "tool_error"}).json()["kinds"] == 1
    assert api.get("/api/v1/logs/templates", **{"class": "none"}).json()["kinds"] == 0
    texts = [i["text"] for i in api.get("/api/v1/logs/templates").json()["items"]]
    assert "tenant's own line <*>" not in texts


def test_lines_of_before_have_none_and_are_said(api: Api) -> None:
    answer = api.get("/api/v1/logs/templates", q="of default").json()
    assert (answer["items"], answer["lines"], answer["unmined"]) == ([], 9, 9)


def test_a_class_that_is_not_one_is_refused(api: Api) -> None:
    assert api.get("/api/v1/logs/templates", **{"class": "nonsense"}).status_code == 422


def test_templates_outlive_the_program(api: Api) -> None:
    send(api, ["the worker alpha took 5 jobs", "the worker beta took 6 jobs"])
    api.settled()
    stored = list(map(Known, *log_templates.stored(Reader(api.state.store, "default"))))
    known = next(t for t in stored if t.text == "the worker <*> took <*> jobs")
    miner = Miner()
    miner.know("default", stored)
    mined = miner._template("default", np.frombuffer(b"the worker gamma took 7 jobs", np.uint8))
    assert mined == known.number
