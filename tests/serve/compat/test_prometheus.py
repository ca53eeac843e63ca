"""Prometheus' wires by HTTP over real rooms: what is written comes back in PromQL, bad input harms nobody."""

from __future__ import annotations

import contextlib
import functools
import http.server
import math
import struct
import threading
import time
import weakref
from typing import Any

import cramjam
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from swarmscope.config import Config, Plugins
from swarmscope.errors import InputError
from swarmscope.ingest.intake import Intake
from swarmscope.ingest.push_file import PushFile
from swarmscope.ingest.pushes import Pushes
from swarmscope.ingest.receivers.scrape import Scraper
from swarmscope.ingest.wire.prometheus import CLIENT, V1, V2
from swarmscope.ingest.write_request import varint
from swarmscope.model.access import Role
from swarmscope.query import reader
from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.ids import LISTED_MAX
from swarmscope.serve.compat.prometheus_query import Parameters
from swarmscope.serve.compat.pushgateway import grouping_key
from swarmscope.serve.prometheus_json import moment, number, numbers
from tests.serve.routes.conftest import Api, api, eventually  # noqa: F401 # fixtures are found by name

NOW_MS = time.time_ns() // 10**6 // 1000 * 1000
STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
V2_TYPE = "application/x-protobuf;proto=io.prometheus.write.v2.Request"


def series(request: Any, labels: dict[str, str], *samples: tuple[float, int]) -> Any:
    one = request.timeseries.add()
    for name, value in labels.items():
        one.labels.add(name=name, value=value)
    for value, at in samples:
        one.samples.add(value=value, timestamp=at)
    return one


def written(api: Api, request: Any, headers: dict[str, str] | None = None, raw: bytes | None = None) -> Any:  # noqa: F811 # the fixture's value
    body = bytes(cramjam.snappy.compress_raw(request.SerializeToString())) if raw is None else raw
    sent = {"content-encoding": "snappy", "content-type": "application/x-protobuf", **(headers or {})}
    sent["authorization"] = f"Bearer {api.keys['default', Role.ADMIN]}"
    return api.client.post("/api/v1/write", content=body, headers=sent)


def asked(api: Api, query: str, at_ms: int = NOW_MS, path: str = "/api/v1/query") -> list[dict[str, Any]]:  # noqa: F811 # the fixture of that name
    api.settled()
    time.sleep(0.25)  # the index of series looks for news that often
    answer = api.get(path, query=query, time=at_ms / 1000)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]["result"]
    return found


@pytest.mark.parametrize("text", ["1e400", "9" * 5000, "-1e30", "9" * 30 + "y", "9" * 5000 + "h", "\u00b2", "nan"])
def test_times_lengths_and_limits_that_are_none_are_refused(text: str) -> None:
    given = Parameters({name: [text] for name in ("time", "step", "limit")})
    for read in (lambda: given.time_ms("time"), lambda: given.duration_ms("step"), given.limit):
        with pytest.raises(PromqlError, match="invalid parameter"):
            read()


def test_what_is_written_is_found_and_tenants_do_not_see_each_other(api: Api) -> None:  # noqa: F811 # the fixture of that name
    now_ms = time.time_ns() // 10**6 // 1000 * 1000  # of this test: /federate states what is five minutes old at most
    request = V1["WriteRequest"]()
    for instance in ("a", "b"):
        points = [(float(i), now_ms - 60_000 + i * 10_000) for i in range(7)]
        series(request, {"__name__": "w_total", "instance": instance, "job": "j"}, *points)
    request.metadata.add(type=1, metric_family_name="w_total", help="what was written", unit="")
    assert written(api, request).status_code == 204
    assert [row["value"][1] for row in asked(api, "w_total", now_ms)] == ["6", "6"]
    assert asked(api, "sum(rate(w_total[1m]))", now_ms)[0]["value"][1] == "0.2"
    assert (
        asked(api, 'w_total{instance=~"b.*"}', now_ms, path="/prometheus/api/v1/query")[0]["metric"]["instance"] == "b"
    )
    assert api.get("/api/v1/label/instance/values", **{"match[]": "w_total"}).json()["data"] == ["a", "b"]
    assert api.get("/api/v1/metadata", metric="w_total").json()["data"]["w_total"][0]["type"] == "counter"
    other = api.get("/api/v1/query", tenant="other", query="w_total", time=now_ms / 1000).json()
    assert other["data"]["result"] == []
    answer = api.get("/api/v1/query_range", query="w_total", start=now_ms / 1000 - 20, end=now_ms / 1000, step="10s")
    assert [v for _, v in answer.json()["data"]["result"][0]["values"]] == ["4", "5", "6"]
    text = api.get("/federate", **{"match[]": "w_total"}).text
    assert f'w_total{{instance="a",job="j"}} 6 {now_ms}' in text
    assert "# TYPE w_total counter" in text


def test_what_a_query_took_is_told_where_it_is_asked_for(api: Api) -> None:  # noqa: F811 # the fixture of that name
    now_ms = time.time_ns() // 10**6 // 1000 * 1000
    request = V1["WriteRequest"]()
    for instance in ("a", "b"):
        series(request, {"__name__": "s_total", "instance": instance}, *((1.0, now_ms - i * 10_000) for i in range(6)))
    assert written(api, request).status_code == 204
    asked(api, "s_total", now_ms)
    span = {"start": now_ms / 1000 - 20, "end": now_ms / 1000, "step": 10}
    for path, query, more in (
        ("query", "sum(s_total)", {"time": now_ms / 1000}),
        ("query", "s_total[1m]", {"time": now_ms / 1000}),
        ("query", "1", {"time": now_ms / 1000}),
        ("query_range", "rate(s_total[20s])", span),
    ):
        assert "stats" not in api.get(f"/api/v1/{path}", query=query, **more).json()["data"]
        data = api.get(f"/api/v1/{path}", query=query, stats="all", **more).json()["data"]
        assert data["resultType"] and isinstance(data["result"], list)
        timings, samples = data["stats"]["timings"], data["stats"]["samples"]
        assert timings["execTotalTime"] >= timings["innerEvalTime"] >= 0
        assert samples["peakSamples"] >= samples["totalQueryableSamples"] >= (0 if query == "1" else 2)


def test_late_samples_count_and_a_marker_ends_a_series(api: Api) -> None:  # noqa: F811 # the fixture of that name
    request = V1["WriteRequest"]()
    series(request, {"__name__": "late"}, (3.0, NOW_MS), (1.0, NOW_MS - 20_000))
    assert written(api, request).status_code == 204
    again = V1["WriteRequest"]()
    series(again, {"__name__": "late"}, (2.0, NOW_MS - 10_000))
    series(again, {"__name__": "ended"}, (1.0, NOW_MS - 10_000), (STALE, NOW_MS - 5_000))
    assert written(api, again).status_code == 204
    found = asked(api, "late[1m]")
    assert [v for _, v in found[0]["values"]] == ["1", "2", "3"]
    assert asked(api, "ended") == []
    assert asked(api, "ended", NOW_MS - 6_000)[0]["value"][1] == "1"


def test_version_two_with_histograms_exemplars_and_metadata(api: Api) -> None:  # noqa: F811 # the fixture of that name
    symbols = [
        "",
        "__name__",
        "n_seconds",
        "trace_id",
        "0af7651916cd43dd8448eb211c80319c",
        "what it took",
        "seconds",
        "plain",
    ]
    request = V2["Request"](symbols=symbols)
    one = request.timeseries.add(labels_refs=[1, 2], created_timestamp=NOW_MS - 60_000)
    one.metadata.type, one.metadata.help_ref, one.metadata.unit_ref = 3, 5, 6
    for at in (NOW_MS - 10_000, NOW_MS):
        h = one.histograms.add(count_int=4, sum=10.0, schema=0, zero_count_int=1, zero_threshold=0.001, timestamp=at)
        h.positive_spans.add(offset=1, length=2)
        h.positive_deltas.extend([2, -1])
    one.exemplars.add(labels_refs=[3, 4], value=1.5, timestamp=NOW_MS)
    plain = request.timeseries.add(labels_refs=[1, 7])
    plain.samples.add(value=math.pi, timestamp=NOW_MS)
    answer = written(api, request, {"content-type": V2_TYPE})
    assert answer.status_code == 204, answer.text
    told = [
        answer.headers[f"x-prometheus-remote-write-{kind}-written"] for kind in ("samples", "histograms", "exemplars")
    ]
    assert told == ["1", "2", "1"]
    (found,) = asked(api, "n_seconds")
    assert found["histogram"][1] == {
        "count": "4", "sum": "10",
        "buckets": [[3, "-0.001", "0.001", "1"], [0, "1", "2", "2"], [0, "2", "4", "1"]],
    }  # fmt: skip
    totals = api.get("/api/v1/query", query="n_seconds", time=NOW_MS / 1000, histograms="totals").json()
    assert totals["data"]["result"][0]["histogram"][1] == {"count": "4", "sum": "10"}
    assert asked(api, "histogram_count(n_seconds)")[0]["value"][1] == "4"
    assert asked(api, "histogram_count(increase(n_seconds[2m]))")[0]["value"][1] != "0"  # it began empty a minute ago
    assert asked(api, "plain")[0]["value"][1] == "3.141592653589793"
    span = {"start": NOW_MS / 1000 - 60, "end": NOW_MS / 1000 + 1}
    (exemplars,) = api.get("/api/v1/query_exemplars", query="n_seconds", **span).json()["data"]
    assert exemplars["exemplars"][0]["value"] == "1.5"
    assert exemplars["exemplars"][0]["labels"]["trace_id"] == symbols[4]
    quantile = "histogram_quantile(0.9, sum by (le) (rate(n_seconds_bucket[1m])))"
    (bucket,) = api.get("/api/v1/query_exemplars", query=quantile, **span).json()["data"]
    assert bucket["seriesLabels"] == {"__name__": "n_seconds_bucket", "le": "2"}, "the one that it fell into"
    assert bucket["exemplars"] == exemplars["exemplars"]
    for without in ('n_seconds_bucket{le="1"}', "n_seconds_count"):
        assert api.get("/api/v1/query_exemplars", query=without, **span).json()["data"] == [], without


def test_numbers_that_turn_into_histograms_are_seen_as_such_at_once(api: Api) -> None:  # noqa: F811 # the fixture of that name
    numbers, histograms = V1["WriteRequest"](), V1["WriteRequest"]()
    series(numbers, {"__name__": "turned"}, (7.0, NOW_MS - 30_000))
    assert written(api, numbers).status_code == 204
    assert asked(api, "turned", NOW_MS - 20_000)[0]["value"][1] == "7"
    one = histograms.timeseries.add()
    one.labels.add(name="__name__", value="turned")
    one.histograms.add(count_int=3, sum=4.0, timestamp=NOW_MS - 10_000, positive_deltas=[3]).positive_spans.add(
        length=1
    )
    assert written(api, histograms).status_code == 204
    assert asked(api, "turned")[0]["histogram"][1]["count"] == "3"
    assert asked(api, "count_over_time(turned[1m])")[0]["value"][1] == "2"
    assert asked(api, "turned", NOW_MS - 20_000)[0]["value"][1] == "7"


@pytest.mark.parametrize("others", [0, LISTED_MAX])
def test_histograms_that_turned_into_numbers_are_seen_after_a_merge_and_a_restart(
    api: Api,  # noqa: F811 # the fixture of that name
    monkeypatch: pytest.MonkeyPatch,
    others: int,
) -> None:
    """Merged, the row of a series says what was stated last."""
    numbers, histograms = V1["WriteRequest"](), V1["WriteRequest"]()
    name = f"turned_back_{others}"
    one = histograms.timeseries.add()
    one.labels.add(name="__name__", value=name)
    one.histograms.add(count_int=3, sum=4.0, timestamp=NOW_MS - 30_000, positive_deltas=[3]).positive_spans.add(
        length=1
    )
    assert written(api, histograms).status_code == 204
    api.settled()
    series(numbers, {"__name__": name}, (7.0, NOW_MS - 10_000))
    for other in range(others):
        series(numbers, {"__name__": f"beside_{other}"}, (1.0, NOW_MS - 10_000))
    anew = Intake(api.state.config, api.state.journal, api.state.catalog.tenant_secret)  # it states every series again
    with contextlib.closing(anew), monkeypatch.context() as patch:
        patch.setattr(api.state, "intake", anew)
        assert written(api, numbers).status_code == 204
        api.settled()
    api.state.store.command("OPTIMIZE TABLE series FINAL")
    kinds = api.state.store.query(f"SELECT toString(kind) AS kind FROM series WHERE metric = '{name}'")
    assert kinds["kind"].to_pylist() == [""]
    monkeypatch.setattr(reader, "_kept", weakref.WeakKeyDictionary())
    assert asked(api, name)[0]["value"][1] == "7"
    assert asked(api, name, NOW_MS - 20_000)[0]["histogram"][1]["count"] == "3"
    assert asked(api, f"count_over_time({name}[1m])")[0]["value"][1] == "2"


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        ([("__name__", "x"), ("a", "1"), ("a", "2")], "stands twice"),
        ([("b", "1"), ("__name__", "x")], "not sorted"),
        ([("a", "1")], "__name__"),
        ([("", "1"), ("__name__", "x")], "empty"),
        ([("__name__", "x"), ("a", "v" * 10_000_000)], "longer"),
        ([], "without labels"),
        ([("__name__", "x"), ("a", "NO_TEXT")], "UTF-8"),
        ([("NO_TEXT", "1"), ("__name__", "x")], "UTF-8"),
        ([("__name__", "NO_TEXT")], "UTF-8"),
    ],
)
def test_bad_labels_are_told_and_the_other_series_are_stored(api: Api, labels: list[tuple[str, str]], why: str) -> None:  # noqa: F811 # the fixture of that name
    request = V1["WriteRequest"]()
    bad = request.timeseries.add()
    for name, value in labels:
        bad.labels.add(name=name, value=value)
    bad.samples.add(value=1.0, timestamp=NOW_MS)
    good = f"good_{abs(hash(why)) % 10**8}"
    series(request, {"__name__": good}, (7.0, NOW_MS))
    raw = request.SerializeToString().replace(
        b"NO_TEXT", b"\xff\xfe\xed\xa0\x80zz"
    )  # protobuf itself would not write it
    answer = written(api, request, raw=bytes(cramjam.snappy.compress_raw(raw)))
    assert answer.status_code == 400
    assert why in answer.text
    assert asked(api, good)[0]["value"][1] == "7"


def test_labels_and_exemplars_of_version_2_that_are_no_text_are_refused(api: Api) -> None:  # noqa: F811 # the fixture of that name
    request = V2["Request"](symbols=["", "__name__", "text_bad", "text_good", "a", "NO_TEXT"])
    request.timeseries.add(labels_refs=[1, 2, 4, 5]).samples.add(value=1, timestamp=NOW_MS)
    good = request.timeseries.add(labels_refs=[1, 3])
    good.samples.add(value=7, timestamp=NOW_MS)
    good.exemplars.add(labels_refs=[4, 5], value=1, timestamp=NOW_MS)
    raw = request.SerializeToString().replace(b"NO_TEXT", b"\xc0\x80noooo")
    answer = written(api, request, {"content-type": V2_TYPE}, bytes(cramjam.snappy.compress_raw(raw)))
    assert (answer.status_code, answer.text.lower().count("utf-8")) == (400, 2), answer.text
    told = [answer.headers[f"x-prometheus-remote-write-{kind}-written"] for kind in ("samples", "exemplars")]
    assert told == ["1", "0"]
    assert asked(api, "text_good")[0]["value"][1] == "7"
    assert not asked(api, "text_bad")


def test_bodies_that_are_no_remote_write_are_refused_each_in_its_way(api: Api) -> None:  # noqa: F811 # the fixture of that name
    empty = V1["WriteRequest"]()
    assert written(api, empty, raw=b"\x05nonsense").status_code == 400
    assert written(api, empty, raw=b"\xff\xff\xff\xff\x7f").status_code == 413
    assert written(api, empty, raw=bytes(cramjam.snappy.compress_raw(b"\x0a\xff"))).status_code == 400
    assert written(api, empty, {"content-type": "application/x-protobuf;proto=other.Message"}).status_code == 415
    assert written(api, empty, {"content-encoding": "zstd"}).status_code == 415
    assert written(api, empty).status_code == 204
    no_empty = V2["Request"](symbols=["x"])
    assert written(api, no_empty, {"content-type": V2_TYPE}).status_code == 400
    outside = V2["Request"](symbols=["", "__name__"])
    outside.timeseries.add(labels_refs=[1, 9]).samples.add(value=1, timestamp=NOW_MS)
    assert written(api, outside, {"content-type": V2_TYPE}).status_code == 400
    old = V1["WriteRequest"]()
    series(old, {"__name__": "old"}, (1.0, NOW_MS - 30 * 86_400_000), (2.0, NOW_MS))
    answer = written(api, old)
    assert (answer.status_code, "out of bounds" in answer.text) == (400, True)
    assert asked(api, "old")[0]["value"][1] == "2"


@pytest.mark.parametrize("path", ["/api/v1/write", "/metrics/job/x"])
def test_a_missing_key_is_told_in_plain_text(api: Api, path: str) -> None:  # noqa: F811 # the fixture of that name
    answer = api.client.post(path, content=b"x")
    assert (answer.status_code, answer.headers["content-type"][:10]) == (401, "text/plain")
    assert "key" in answer.text
    assert answer.headers["www-authenticate"].startswith("Basic")


def test_nan_with_any_payload_is_a_value(api: Api) -> None:  # noqa: F811 # the fixture of that name
    request = V1["WriteRequest"]()
    one = series(request, {"__name__": "payload"}, (0.0, NOW_MS))
    raw = one.SerializeToString().replace(struct.pack("<d", 0.0), struct.pack("<Q", 0xFFF8_0000_DEAD_BEEF))
    body = b"\x0a" + bytes([len(raw)]) + raw
    if struct.pack("<Q", 0xFFF8_0000_DEAD_BEEF) not in body:  # proto3 leaves zeros out
        raw = one.SerializeToString()
        at = raw.rindex(b"\x12")
        raw = (
            raw[:at]
            + b"\x12"
            + bytes([raw[at + 1] + 9])
            + b"\x09"
            + struct.pack("<Q", 0xFFF8_0000_DEAD_BEEF)
            + raw[at + 2 :]
        )
        body = b"\x0a" + bytes([len(raw)]) + raw
    assert written(api, request, raw=bytes(cramjam.snappy.compress_raw(body))).status_code == 204
    assert asked(api, "payload")[0]["value"][1] == "NaN"


@pytest.mark.parametrize(
    ("path", "params", "status", "kind"),
    [
        ("/query", {"query": "sum("}, 400, "bad_data"),
        ("/query", {"query": "up", "time": "soon"}, 400, "bad_data"),
        ("/query_range", {"query": "up", "start": 0, "end": 100_000, "step": 1}, 400, "bad_data"),
        ("/query_range", {"query": "up", "start": 9, "end": 1, "step": 1}, 400, "bad_data"),
        ("/query_range", {"query": "up", "start": 1, "end": 9, "step": 0}, 400, "bad_data"),
        ("/query_range", {"query": "up[5m]", "start": 1, "end": 9, "step": 1}, 400, "bad_data"),
        ("/query", {"query": "up", "histograms": "some"}, 400, "bad_data"),
        ("/series", {}, 400, "bad_data"),
        ("/query", {"query": "up", "timeout": "x"}, 400, "bad_data"),
        ("/query", {"query": 'label_replace(up, "a b-", "", "", "(")'}, 422, "execution"),
    ],
)
def test_errors_have_prometheus_shape(api: Api, path: str, params: dict[str, Any], status: int, kind: str) -> None:  # noqa: F811 # the fixture of that name
    for prefix in ("/api/v1", "/prometheus/api/v1"):
        answer = api.get(prefix + path, **params)
        assert (answer.status_code, answer.json()["status"], answer.json()["errorType"]) == (status, "error", kind)
        assert answer.json()["error"]


def test_calls_of_grafana_are_answered(api: Api) -> None:  # noqa: F811 # the fixture of that name
    assert api.get("/api/v1/status/buildinfo").json()["data"]["version"].startswith("3.")
    for path in ("config", "flags", "runtimeinfo", "tsdb"):
        assert api.get(f"/api/v1/status/{path}").json()["status"] == "success"
    assert api.get("/api/v1/query", query="1+1", time=5).json()["data"] == {"resultType": "scalar", "result": [5, "2"]}
    assert api.get("/api/v1/query", query='"x"', time=5.5).json()["data"]["result"] == [5.5, "x"]
    form = {"query": "vector(1)", "time": "5"}
    posted = api.call("POST", "/api/v1/query", data=form).json()
    assert posted["data"]["result"] == [{"metric": {}, "value": [5, "1"]}]
    assert api.get("/api/v1/format_query", query="sum by(a)(rate(x[5m]))").json()["data"]
    assert api.get("/api/v1/parse_query", query="-x").json()["data"]["op"] == "-"
    assert api.get("/api/v1/targets").json()["data"]["droppedTargets"] == []
    assert api.get("/api/v1/status/walreplay").json()["data"]["state"] == "done"
    assert api.get("/api/v1/scrape_pools").json()["data"] == {"scrapePools": []}


def soon() -> int:
    """A moment behind everything that was pushed until now."""
    return round(time.time() * 1000) + 1000


def test_groups_of_the_pushgateway(api: Api) -> None:  # noqa: F811 # the fixture of that name
    text = '# TYPE done counter\n# HELP done Jobs.\ndone{part="x"} 3\nleft 1\n'
    path = "/metrics/job@base64/bmlnaHRseQ==/zone/eu%2Fwest"
    answer = api.call("PUT", path, content=text)
    assert answer.status_code == 200, answer.text
    (found,) = asked(api, "done", soon())
    assert found["metric"] == {"__name__": "done", "job": "nightly", "part": "x", "zone": "eu/west"}
    assert api.call("POST", path, content='done{part="y"} 4\n').status_code == 200
    assert [row["metric"].get("part") for row in asked(api, "done", soon())] == ["y"]
    assert len(asked(api, "left", soon())) == 1
    assert api.call("PUT", path, content="done 1 1234\n").status_code == 400
    assert api.call("PUT", "/metrics/job/x/odd", content="a 1\n").status_code == 400
    assert api.call("PUT", "/metrics/job/x/zone/%FF%FE", content="a 1\n").status_code == 400
    cut = api.call("PUT", "/metrics/job/x", content="a 1\na 12")  # of 123, perhaps
    assert (cut.status_code, "line 2: unexpected end of input stream" in cut.text) == (400, True)
    assert api.call("DELETE", path).status_code == 202
    assert asked(api, "left", soon()) == []


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("@base64/!!!", "is not URL-safe base64"),
        ("@base64/_w", "is not URL-safe base64"),
        ("/", "job name is required"),
    ],
)
def test_jobs_that_are_none_are_told(path: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        grouping_key(path)


def test_a_slash_behind_the_job_is_no_label() -> None:
    assert grouping_key("/nightly/") == grouping_key("/nightly") == (("job", "nightly"),)


def test_groups_outlive_a_restart(api: Api, tmp_path: Any) -> None:  # noqa: F811 # the fixture of that name
    state = api.client.app.state  # type: ignore[attr-defined] # the test client's type of its application is narrower
    before, state.pushes = state.pushes, Pushes(api.state.intake, PushFile(tmp_path / "pushes.db"))
    try:
        for job in ("keep", "drop"):
            assert (
                api.call("PUT", f"/metrics/job/{job}", content="# TYPE kept gauge\nkept 1\nmore 2\n").status_code == 200
            )
        assert api.call("DELETE", "/metrics/job/drop").status_code == 202
        state.pushes.stop()
        state.pushes = Pushes(api.state.intake, PushFile(tmp_path / "pushes.db"))
        assert (
            api.call("POST", "/metrics/job/keep", content="kept 3\n").status_code == 200
        )  # `more` is in the group still
        assert api.call("DELETE", "/metrics/job/keep").status_code == 202
        assert asked(api, '{__name__=~"kept|more"}', soon()) == []
        assert list(PushFile(tmp_path / "pushes.db").all()) == []
        assert (tmp_path / "pushes.db").stat().st_mode & 0o77 == 0
    finally:
        state.pushes.stop()
        state.pushes = before


def test_gos_client_pushes_protobuf(api: Api) -> None:  # noqa: F811 # the fixture of that name
    def family(name: str, kind: int, **metric: Any) -> bytes:
        made = CLIENT["MetricFamily"](name=name, help="h", type=kind, metric=[metric]).SerializeToString()
        return varint(len(made)) + bytes(made)

    buckets = [{"cumulative_count": 1, "upper_bound": 0.5}, {"cumulative_count": 2, "upper_bound": 1.0}]
    body = (
        family("go_c_total", 0, label=[{"name": "a", "value": "b"}], counter={"value": 3.0})
        + family("go_h", 4, histogram={"sample_count": 3, "sample_sum": 4.5, "bucket": buckets})
        + family(
            "go_s", 2, summary={"sample_count": 2, "sample_sum": 1.0, "quantile": [{"quantile": 0.9, "value": 7.0}]}
        )
    )
    media = {
        "content-type": "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
    }
    headers = media | {"authorization": f"Bearer {api.keys['default', Role.ADMIN]}"}
    path = "/metrics/job/go"
    assert api.client.put(path, content=body, headers=headers).status_code == 200
    found = {
        tuple(sorted(r["metric"].items())): r["value"][1] for r in asked(api, '{job="go",__name__=~"go_.*"}', soon())
    }
    assert found[("__name__", "go_c_total"), ("a", "b"), ("job", "go")] == "3"
    assert found[("__name__", "go_h_bucket"), ("job", "go"), ("le", "+Inf")] == "3"
    assert found[("__name__", "go_h_bucket"), ("job", "go"), ("le", "1.0")] == "2"
    assert found[("__name__", "go_s"), ("job", "go"), ("quantile", "0.9")] == "7"
    for wrong in (
        body[:-1],
        b"\x05",
        b"\xff\xff\xff\xff\xff\xff",
        b"\x02\x0a\xff",
        family("x", 0),
        family("", 0, gauge={"value": 1}),
    ):
        assert api.client.put(path, content=wrong, headers=headers).status_code == 400
    assert api.call("DELETE", path).status_code == 202


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (0.1, "0.1"), (1e20, "100000000000000000000"), (1e21, "1e+21"), (1.5e-7, "1.5e-07"), (-0.0, "-0"),
     (math.inf, "+Inf"), (-math.inf, "-Inf"), (math.nan, "NaN"), (123456789.125, "123456789.125"), (1e-5, "0.00001"),
     (1795782643896.0, "1795782643896"), (np.float64(1e-7), "1e-07"), (0.000101419, "0.000101419")],
)  # fmt: skip
def test_numbers_are_written_as_go_writes_them(value: float, text: str) -> None:
    assert number(value) == text


@settings(deadline=None)
@given(st.lists(st.floats() | st.integers(-(2**60), 2**60).map(float), min_size=1))
@example([0.000101419, 1e-7, 1.5e-300, 5e-324, -0.0005, 0.0, 2.5, 1e15, 123456789012345678.0, 1e21, -1e300, math.inf])
@example([1795782643896.0, 17179869184.0, 1795782643896.5, -1e10, 2.0**53, 9999999999.0])
def test_columns_of_numbers_are_written_as_single_ones(values: list[float]) -> None:
    assert numbers(np.array(values)).to_pylist() == [number(v) for v in values]


def test_times_are_written_as_go_writes_them() -> None:
    assert [moment(t) for t in (1000, 1001, 1010, 0, -1500)] == ["1", "1.001", "1.010", "0", "-1.500"]


def test_targets_are_those_of_the_tenant(api: Api, tmp_path: Any, eventually: Any) -> None:  # noqa: F811 # fixtures of those names
    page = tmp_path / "metrics"
    page.write_text("# TYPE seen counter\n# HELP seen What was seen.\nseen 1\n")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{server.server_port}"
        file = tmp_path / "scrape.yml"
        file.write_text(f"scrape_configs: [{{job_name: j, static_configs: [{{targets: ['{address}']}}]}}]")
        config = Config(plugins=Plugins(options={"receiver": {"scrape": {"file": str(file)}}}))
        scraper = Scraper(config, api.state.intake, None)  # type: ignore[arg-type] # it asks for nobody's key
        scraper.start()
        try:
            eventually(
                lambda: any(t["health"] == "up" for t in api.get("/api/v1/targets").json()["data"]["activeTargets"])
            )
            assert api.get("/api/v1/scrape_pools").json()["data"] == {"scrapePools": ["j"]}
            (row,) = api.get("/api/v1/targets/metadata", metric="seen", match_target='{job="j"}').json()["data"]
            assert row == {
                "target": {"instance": address, "job": "j"},
                "type": "counter",
                "help": "What was seen.",
                "unit": "",
            }
            assert api.get("/api/v1/targets/metadata", match_target='{job="x"}').json()["data"] == []
            for path in ("targets/metadata", "scrape_pools", "targets"):
                assert address not in api.get(f"/api/v1/{path}", tenant="other").text
        finally:
            scraper.stop()
            server.shutdown()


def test_what_newer_clients_ask(api: Api) -> None:  # noqa: F811 # the fixture of that name
    data = api.get("/api/v1/features").json()["data"]
    assert (data["api"]["admin"], data["promql"]["anchored"], data["promql_functions"]["rate"]) == (False, True, True)
    assert (data["promql_operators"]["=~"], data["templating_functions"]["humanize"]) == (True, True)
    assert all(isinstance(v, bool) for names in data.values() for v in names.values())
    for name in data["promql_functions"]:
        assert "unknown function" not in api.get("/api/v1/parse_query", query=f"{name}()").text
    assert api.get("/prometheus/api/v1/notifications").json() == {"status": "success", "data": []}
    assert api.call("GET", "/api/v1/notifications/live", role=Role.VIEWER).status_code == 204
    for name in ("delete_series", "clean_tombstones", "snapshot"):
        for method in ("POST", "PUT"):
            answer = api.call(method, f"/api/v1/admin/tsdb/{name}", params={"match[]": "up"})
            assert answer.status_code == 503
            assert answer.json() == {"status": "error", "errorType": "unavailable", "error": "admin APIs disabled"}


def test_relabelling_is_shown_step_by_step(api: Api, tmp_path: Any) -> None:  # noqa: F811 # the fixture of that name
    file = tmp_path / "scrape.yml"
    file.write_text(
        "scrape_configs: [{job_name: shown, relabel_configs: [{source_labels: [a, b], target_label: c}, "
        "{action: labeldrop, regex: a}, {action: drop, source_labels: [c], regex: 'x;.*'}, {target_label: z, replacement: q}]}]"
    )
    config = Config(plugins=Plugins(options={"receiver": {"scrape": {"file": str(file)}}}))
    scraper = Scraper(config, api.state.intake, None)  # type: ignore[arg-type] # it asks for nobody's key
    scraper.start()
    try:

        def asked_for(labels: str, pool: str = "shown", tenant: str = "default") -> Any:
            return api.get("/api/v1/targets/relabel_steps", tenant, scrapePool=pool, labels=labels)

        steps = asked_for('{"a":"x","b":"y"}').json()["data"]["steps"]
        assert [(s["output"], s["keep"]) for s in steps] == [
            ({"a": "x", "b": "y", "c": "x;y"}, True),
            ({"b": "y", "c": "x;y"}, True),
            ({}, False),
        ]
        assert steps[0]["rule"] == {
            "source_labels": ["a", "b"], "separator": ";", "regex": "(.*)", "target_label": "c", "replacement": "$1",
            "action": "replace",
        }  # fmt: skip
        assert [s["keep"] for s in asked_for('{"a":"y"}').json()["data"]["steps"]] == [True] * 4
        for answer in (asked_for("{"), asked_for('{"a":1}'), asked_for(""), asked_for("{}", "none"), asked_for("{}", ""),
                       asked_for("{}", tenant="other")):  # fmt: skip
            assert (answer.status_code, answer.json()["errorType"]) == (400, "bad_data")
    finally:
        scraper.stop()
