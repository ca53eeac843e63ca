"""Log records and what agents say of themselves."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from swarmscope.model.semantics import restore, typed
from tests.ingest.conftest import Bench, any_value, pairs, rows


def request(*records: dict[str, Any], resource: dict[str, Any] | None = None) -> ExportLogsServiceRequest:
    made = ExportLogsServiceRequest()
    of_resource = made.resource_logs.add()
    of_resource.resource.attributes.extend(pairs(resource or {}))
    scope = of_resource.scope_logs.add()
    scope.scope.name = "tests"
    for given in records:
        record = scope.log_records.add(
            time_unix_nano=given.get("time", 0),
            observed_time_unix_nano=given.get("observed", 0),
            severity_number=given.get("severity", 9),
            severity_text="INFO",
            event_name=given.get("event", ""),
            trace_id=b"\1" * 16,
            span_id=b"\2" * 8,
        )
        if "body" in given:
            record.body.CopyFrom(any_value(given["body"]))
        record.attributes.extend(pairs(given.get("attributes", {})))
    return made


@pytest.mark.parametrize("body", ["text", {"a": [1, "x"]}, 7, 0.5, True, b"\x00\x01", None])
def test_a_body_keeps_its_type(body: Any, bench: Bench) -> None:
    record = {"time": bench.now_ns} if body is None else {"time": bench.now_ns, "body": body}
    (row,) = rows(bench.logs(request(record)), "logs")
    back = typed(row["body"], row["body_type"])
    assert back == body
    assert type(back) is type(body)


def test_agent_and_session_are_promoted_and_rebuilt(bench: Bench) -> None:
    sent = {"gen_ai.agent.name": "n", "gen_ai.agent.id": "i", "session.id": "s", "gen_ai.request.model": "m", "n": 1}
    (row,) = rows(bench.logs(request({"time": bench.now_ns, "attributes": sent})), "logs")
    assert (row["agent"], row["session"], row["scope_name"]) == ("i", "s", "tests")
    assert row["attributes"] == {"gen_ai.agent.name": "n", "gen_ai.request.model": "m", "n": "1"}
    assert restore(row["promoted"], row, row["attributes"], row["attribute_types"]) == sent


def test_a_name_alone_is_the_agent_and_is_rebuilt(bench: Bench) -> None:
    sent = {"gen_ai.agent.name": "n"}
    (row,) = rows(bench.logs(request({"time": bench.now_ns, "attributes": sent})), "logs")
    assert (row["agent"], row["attributes"]) == ("n", {})
    assert restore(row["promoted"], row, row["attributes"], row["attribute_types"]) == sent


def test_the_resource_names_agent_and_session(bench: Bench) -> None:
    resource = {"service.name": "svc", "swarmscope.agent.id": "a", "session.id": "s"}
    result = bench.logs(request({"time": bench.now_ns}, resource=resource))
    (row,) = rows(result, "logs")
    assert (row["service"], row["agent"], row["session"], row["promoted"]) == ("svc", "a", "s", "")
    assert rows(result, "resources")[0]["resource_id"] == row["resource_id"]


def test_a_record_without_time_takes_the_next_best(bench: Bench) -> None:
    earlier = bench.now_ns - 5
    stored = rows(bench.logs(request({"observed": earlier}, {})), "logs")
    assert [row["time"] for row in stored] == [earlier, bench.now_ns]


def test_old_and_future_records_are_refused_one_by_one(bench: Bench) -> None:
    hour = 3_600_000_000_000
    times = [bench.now_ns, bench.now_ns - 100 * hour, bench.now_ns + hour, 2**64 - 1]
    result = bench.logs(request(*({"time": t} for t in times)), request({"time": bench.now_ns}))
    assert len(rows(result, "logs")) == 2
    assert [(r.accepted, r.rejected) for r in result.receipts] == [(1, 3), (1, 0)]
    assert "1 older than 259200 s (ingest.past_max_s)" in result.receipts[0].message
    assert "2 more than 600 s ahead" in result.receipts[0].message


def test_agent_events_are_no_logs(bench: Bench) -> None:
    register = {
        "swarmscope.agent.id": "a-1",
        "swarmscope.agent.name": "Ada",
        "swarmscope.agent.kind": "llm",
        "swarmscope.agent.model": "gpt-4o",
        "swarmscope.agent.version": "1.2",
        "swarmscope.agent.status": "idle",
        "swarmscope.agent.capabilities": ["search", "code"],
        "team": "red",
    }
    result = bench.logs(
        request(
            {"time": bench.now_ns, "event": "swarmscope.agent.register", "attributes": register},
            {"time": bench.now_ns, "body": "plain"},
            {"time": bench.now_ns, "event": "swarmscope.agent.heartbeat"},
            {"time": bench.now_ns, "event": "swarmscope.agent.stop"},
            {"time": bench.now_ns, "event": "swarmscope.agent.else"},
            resource={"swarmscope.agent.id": "r"},
        )
    )
    events = rows(result, "agent_events")
    assert [(e["event"], e["agent"]) for e in events] == [("register", "a-1"), ("heartbeat", "r"), ("stop", "r")]
    first = events[0]
    assert (first["name"], first["kind"], first["model"], first["version"], first["status"]) == (
        "Ada",
        "llm",
        "gpt-4o",
        "1.2",
        "idle",
    )
    assert (first["capabilities"], first["labels"]) == (["search", "code"], {"team": "red"})
    assert [row["event_name"] for row in rows(result, "logs")] == ["", "swarmscope.agent.else"]
    assert result.receipts[0].accepted == 5


def test_long_bodies_are_cut_between_characters() -> None:
    tool = Bench(attribute_value_max_bytes=10)
    (row,) = rows(tool.logs(request({"time": tool.now_ns, "body": "ab" + "é" * 20})), "logs")
    assert row["body"] == "ab" + "é" * 4 + "…[truncated]"


def test_given_a_secret_across_the_cut_of_a_body_then_no_part_of_it_stays() -> None:
    tool = Bench(attribute_value_max_bytes=30)
    body = "x" * 10 + " key ghp_abcdefghijklmnopqrstuvwxyz0123456789"
    (row,) = rows(tool.logs(request({"time": tool.now_ns, "body": body})), "logs")
    assert row["body"] == "x" * 10 + " key [redacted:api_k…[truncated]"
