"""Bombs on the wires of metrics: each is refused as its protocol does, what is good beside it is stored, others go on."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

import cramjam
import orjson
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from swarmscope.errors import DecodeError, InputError, JournalError
from swarmscope.ingest import pushes
from swarmscope.ingest.neighbours.exposition import Parser
from swarmscope.ingest.push_file import PushFile
from swarmscope.ingest.wire.prometheus import V1, V2
from swarmscope.model.access import Role
from swarmscope.model.batch import Receipt
from swarmscope.telemetry import REGISTRY
from tests.serve.compat.test_prometheus import NOW_MS, V2_TYPE, asked, series
from tests.serve.routes.conftest import Api, api  # noqa: F401 # a fixture

HUGE = "v" * 10_000_000
SNAPPY = {"content-encoding": "snappy", "content-type": "application/x-protobuf"}
Send = Callable[[Api], Any]


def post(of: Api, path: str, content: bytes, tenant: str = "default", **headers: str) -> Any:
    key = of.keys[tenant, Role.INGEST]
    return of.client.post(path, content=content, headers={"authorization": f"Bearer {key}"} | headers)


def written(of: Api, request: Any, tenant: str = "default", **headers: str) -> Any:
    body = bytes(cramjam.snappy.compress_raw(request.SerializeToString()))
    return post(of, "/api/v1/write", body, tenant, **(SNAPPY | headers))


def first(of: Api) -> Any:
    request = V1["WriteRequest"]()
    series(request, {"__name__": "bomb", "a": HUGE}, (1.0, NOW_MS))
    series(request, {"__name__": "bomb"} | {f"l{i:06}": "v" for i in range(50_000)}, (1.0, NOW_MS))
    series(request, {"__name__": "beside_1"}, (7.0, NOW_MS))
    return written(of, request)


def second(of: Api) -> Any:
    request = V2["Request"](symbols=["", "__name__", "bomb", "a", HUGE, "beside_2"])
    request.timeseries.add(labels_refs=[1, 2, 3, 4]).samples.add(value=1, timestamp=NOW_MS)
    request.timeseries.add(labels_refs=[1, 5]).samples.add(value=7, timestamp=NOW_MS)
    return written(of, request, **{"content-type": V2_TYPE})


def lines(of: Api) -> Any:
    text = f"bomb,a={HUGE} x=1 {NOW_MS}\nbeside value=7 {NOW_MS}\n"
    return post(of, "/write?precision=ms", gzip.compress(text.encode(), 1), **{"content-encoding": "gzip"})


def pushed(of: Api) -> Any:
    return post(of, "/metrics/job/bomb", f'bomb{{a="{HUGE}"}} 1\nbeside_pushed 7\n'.encode())


def test_a_refused_push_leaves_no_group_behind(api: Api) -> None:  # noqa: F811 # the fixture
    assert pushed(api).status_code == 400
    assert post(api, f"/metrics/job/{'j' * 20_000}", b"x 1\n").status_code == 400
    assert not api.state.pushes or not any("bomb" in str(key) or "jjj" in str(key) for key in api.state.pushes._groups)


def test_what_a_tenant_has_in_groups_is_bounded_and_others_have_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    class Taken:
        def submit(self, *_: Any, **__: Any) -> Future[Receipt]:
            done: Future[Receipt] = Future()
            done.set_result(Receipt(1))
            return done

    monkeypatch.setattr(pushes, "GROUPS_MAX", 2)
    monkeypatch.setattr(pushes, "TENANT_SERIES_MAX", 8)  # with the times of each push
    held = pushes.Pushes(Taken())

    def push(tenant: str, job: str, *series: str) -> bool:
        exposed = Parser().parse("".join(f"{one} 1\n" for one in series), False)
        try:
            held.push(tenant, (("job", job),), exposed, True)
        except InputError:
            return False
        return True

    try:
        assert push("a", "one", "x", "y", "z")
        assert not push("a", "two", "x", "y", "z")
        assert push("a", "two", "x")
        assert push("a", "one", "x", "y", "w"), "as many as before"
        assert not push("a", "three", "x"), "a third group"
        assert push("b", "three", "x", "y", "z")
        assert held.delete("a", (("job", "one"),)) is not None
        assert push("a", "three", "x", "y")
    finally:
        held.stop()


@pytest.mark.parametrize("refusal", ["receipt", "journal", "at once"])
def test_given_a_push_that_is_refused_then_its_group_is_as_it_was_before(tmp_path: Path, refusal: str) -> None:
    class Deciding:
        good = True

        def submit(self, *_: Any, **__: Any) -> Future[Receipt]:
            done: Future[Receipt] = Future()
            if self.good:
                done.set_result(Receipt(1))
            elif refusal == "receipt":
                done.set_result(Receipt(0, 1, "ingest.series_max"))
            elif refusal == "journal":
                done.set_exception(JournalError("it is full"))
            else:
                raise JournalError("it is full")
            return done

    intake, place = Deciding(), tmp_path / "pushes.db"
    held = pushes.Pushes(intake, PushFile(place))

    def push(job: str, text: str, good: bool) -> None:
        intake.good = good
        with suppress(JournalError):
            held.push("a", (("job", job),), Parser().parse(text, False), True)

    def values(of: pushes.Pushes) -> dict[str, list[float]]:
        return {key[0][1]: sorted(v for v in group.values.values() if isinstance(v, float) and 0 < v < 1e9)
                for (_, key), group in of._groups.items()}  # fmt: skip

    try:
        push("old", "x 1\ny 2\n", True)
        push("old", "x 5\nz 6\n", False)
        push("new", "x 7\n", False)
        assert values(held) == {"old": [1, 2]}
    finally:
        held.stop()
    again = pushes.Pushes(intake, PushFile(place))
    try:
        assert values(again) == {"old": [1, 2]}
    finally:
        again.stop()


def test_reading_a_long_label_takes_no_long_time() -> None:
    """4 s for ten megabytes it was, with the interpreter held."""
    begun = time.process_time()
    (pairs, *_), _ = Parser().parse(f'bomb{{a="{HUGE}",b="x\\"{HUGE}"}} 1\nbeside 7\n', False).samples
    assert dict(pairs)["b"] == 'x"' + HUGE
    with pytest.raises(DecodeError, match="line 1"):
        Parser().parse(f'bomb{{a="{HUGE} 1', False)
    assert time.process_time() - begun < 3  # of 30 MB


@pytest.mark.parametrize(
    ("send", "status", "says", "beside"),
    [
        (first, 400, "label_value_max_bytes", "beside_1"),
        (second, 400, "label_value_max_bytes", "beside_2"),
        (lines, 400, "label_value_max_bytes", "beside_value"),
        (pushed, 400, "label_value_max_bytes", ""),
    ],
    ids=["remote write 1.0", "remote write 2.0", "line protocol", "Pushgateway"],
)
def test_a_label_value_of_ten_megabytes(api: Api, send: Send, status: int, says: str, beside: str) -> None:  # noqa: F811 # the fixture
    answer = send(api)
    assert (answer.status_code, says in answer.text) == (status, True), answer.text[:300]
    assert len(answer.text) < 2000
    if beside:
        assert asked(api, beside)[0]["value"][1] == "7"
    assert not asked(api, "bomb or bomb_x")
    other = V1["WriteRequest"]()
    series(other, {"__name__": "theirs"}, (1.0, NOW_MS))
    assert written(api, other, "other").status_code == 204


def loki(of: Api) -> Any:
    line = [str(NOW_MS * 10**6), HUGE, {"a": HUGE}]
    return post(of, "/loki/api/v1/push", orjson.dumps({"streams": [{"stream": {"app": "bomb-1"}, "values": [line]}]}),
                **{"content-type": "application/json"})  # fmt: skip


def bulk(of: Api) -> Any:
    document = {"@timestamp": NOW_MS, "message": HUGE, "a": HUGE, "service.name": "bomb-2"}
    return post(of, "/_bulk", b'{"index":{"_index":"x"}}\n' + orjson.dumps(document) + b"\n")


def zipkin(of: Api) -> Any:
    span = {"traceId": "b" * 32, "id": "b" * 16, "timestamp": NOW_MS * 1000, "duration": 1, "name": HUGE,
            "localEndpoint": {"serviceName": "bomb-3"}, "tags": {"a": HUGE}}  # fmt: skip
    return post(of, "/api/v2/spans", orjson.dumps([span]))


@pytest.mark.parametrize(
    ("send", "status", "asked_for"),
    [
        (loki, 204, "attributes['a'], body FROM logs WHERE service = 'bomb-1'"),
        (bulk, 200, "attributes['a'], body FROM logs WHERE service = 'bomb-2'"),
        (zipkin, 202, "attributes['a'], name FROM spans WHERE service = 'bomb-3'"),
    ],
    ids=["Loki", "Elasticsearch", "Zipkin"],
)
def test_texts_of_ten_megabytes_are_cut_marked_and_counted(api: Api, send: Send, status: int, asked_for: str) -> None:  # noqa: F811 # the fixture
    def cut() -> float:
        return REGISTRY.get_sample_value("swarmscope_ingest_values_truncated_total") or 0.0

    before = cut()
    assert send(api).status_code == status
    api.settled()
    (row,) = api.call("POST", "/api/v1/sql", json={"query": f"SELECT {asked_for}"}).json()["rows"]
    assert [(len(text), text[-12:]) for text in row] == 2 * [((1 << 20) + 12, "…[truncated]")]
    assert cut() == before + 2


def test_an_attribute_of_ten_megabytes_is_cut_and_said(api: Api) -> None:  # noqa: F811 # the fixture
    request = ExportMetricsServiceRequest()
    scope = request.resource_metrics.add().scope_metrics.add()
    for name, value in (("bomb_otlp", HUGE), ("beside_otlp", "short")):
        point = scope.metrics.add(name=name).gauge.data_points.add(time_unix_nano=NOW_MS * 10**6, as_double=7.0)
        point.attributes.add(key="a").value.string_value = value
    receipt = api.state.intake.submit("metrics", request.SerializeToString(), "default", "protobuf").result(30)
    assert asked(api, "beside_otlp")[0]["value"][1] == "7"
    found = asked(api, "bomb_otlp")
    assert receipt.rejected == 1 - len(found)
    assert all(len(row["metric"]["a"]) < (1 << 20) + 100 for row in found)
