"""Remote read, and what only protobuf carries of Prometheus' wires: native histograms, federated and pushed."""

from __future__ import annotations

import math
import struct
import time
from typing import Any

import cramjam

from swarmscope.ingest.wire.prometheus import CLIENT, V1
from swarmscope.ingest.write_request import varint
from swarmscope.model.access import Role
from swarmscope.serve.compat.prometheus_read import crc32c
from swarmscope.serve.exposition import PROTOBUF
from tests.serve.compat.test_histogram_chunks import decoded as histograms_of
from tests.serve.compat.test_prometheus import NOW_MS, STALE, asked, series, soon, written
from tests.serve.compat.test_xor_chunks import decoded
from tests.serve.routes.conftest import Api, api  # noqa: F401 # a fixture is found by name


def families(body: bytes) -> list[Any]:
    """The messages of delimited protobuf."""
    found, at = [], 0
    while at < len(body):
        size = shift = 0
        while True:
            byte = body[at]
            at += 1
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        found.append(CLIENT["MetricFamily"].FromString(body[at : at + size]))
        at += size
    return found


def test_federation_gives_native_histograms_to_who_asks_for_protobuf(api: Api) -> None:  # noqa: F811 # the fixture
    request = V1["WriteRequest"]()
    now = round(time.time() * 1000) - 1000
    for name, custom in (("fed_h", False), ("fed_custom", True)):
        one = request.timeseries.add()
        one.labels.add(name="__name__", value=name)
        one.labels.add(name="a", value="1")
        h = one.histograms.add(count_int=6, sum=9.0, schema=1, zero_count_int=1, zero_threshold=0.5, timestamp=now)
        if custom:
            h.schema, h.zero_count_int, h.zero_threshold = -53, 0, 0.0
            h.custom_values.extend([1.0, 2.5])
        h.positive_spans.add(offset=0, length=2)
        h.positive_deltas.extend([2, 1])
    series(request, {"__name__": "fed_f", "a": "1"}, (1.5, now))
    assert written(api, request).status_code == 204
    api.settled()
    time.sleep(0.3)
    ours = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7"

    def federated(accept: str) -> Any:
        headers = {"authorization": f"Bearer {api.keys['default', Role.VIEWER]}", "accept": accept}
        answer = api.client.get("/federate", params={"match[]": '{__name__=~"fed_.*"}'}, headers=headers)
        assert answer.status_code == 200
        return answer

    answer = federated(f"{ours},text/plain;version=0.0.4;q=0.3,*/*;q=0.1")
    assert answer.headers["content-type"].startswith("application/vnd.google.protobuf")
    custom, plain, native = families(answer.content)
    assert (plain.name, plain.type, plain.metric[0].untyped.value, plain.metric[0].timestamp_ms) == (
        "fed_f",
        3,
        1.5,
        now,
    )
    (metric,) = native.metric
    assert (native.name, native.type, [(x.name, x.value) for x in metric.label]) == (
        "fed_h",
        4,
        [("a", "1"), ("instance", "")],
    )
    of = metric.histogram
    assert (of.sample_count_float, of.sample_sum, of.schema, of.zero_count_float, of.zero_threshold) == (
        6,
        9,
        1,
        1,
        0.5,
    )
    assert [(s.offset, s.length) for s in of.positive_span] == [(0, 2)]
    assert list(of.positive_count) == [2, 3]
    buckets = [(b.upper_bound, b.cumulative_count_float) for b in custom.metric[0].histogram.bucket]
    assert buckets == [(1.0, 2), (2.5, 5), (math.inf, 5)]
    for text in (
        "text/plain",
        f"{ours},application/openmetrics-text;q=0.9",
        "application/vnd.google.protobuf;proto=other",
    ):
        answer = federated(text)
        assert "fed_f" in answer.text
        assert "fed_h" not in answer.text


def test_native_histograms_are_pushed(api: Api) -> None:  # noqa: F811 # the fixture of that name
    def family(name: str, kind: int, **histogram: Any) -> bytes:
        metric = {"label": [{"name": "a", "value": "b"}], "histogram": histogram}
        made = CLIENT["MetricFamily"](name=name, help="h", type=kind, metric=[metric]).SerializeToString()
        return varint(len(made)) + bytes(made)

    classic = [{"cumulative_count": 1, "upper_bound": 0.5}]
    whole = {"sample_count": 6, "sample_sum": 4.5, "schema": 2, "zero_threshold": 0.25, "zero_count": 1}
    spans = [{"offset": -3, "length": 1}, {"offset": 4, "length": 1}]
    body = family("nh", 4, **whole, positive_span=spans, positive_delta=[2, 1], bucket=classic)
    floats = {"sample_count_float": 2.5, "sample_sum": -3.0, "schema": 0, "negative_count": [2.5]}
    body += family("nh_gauge", 5, **floats, negative_span=[{"offset": 1, "length": 1}])
    headers = {"content-type": PROTOBUF, "authorization": f"Bearer {api.keys['default', Role.ADMIN]}"}
    assert api.client.put("/metrics/job/native", content=body, headers=headers).status_code == 200
    found = {r["metric"]["__name__"]: r for r in asked(api, '{job="native",__name__=~"nh.*"}', soon())}
    assert found.keys() == {"nh", "nh_gauge"}  # no classic buckets beside native ones
    assert found["nh"]["metric"] == {"__name__": "nh", "job": "native", "a": "b"}
    assert found["nh"]["histogram"][1]["count"] == "6"
    counts = [b[3] for b in found["nh"]["histogram"][1]["buckets"]]
    assert counts == ["1", "2", "3"]
    assert found["nh_gauge"]["histogram"][1]["buckets"] == [[1, "-2", "-1", "2.5"]]
    broken = family("bad", 4, **whole, positive_span=spans, positive_delta=[2])
    answer = api.client.put("/metrics/job/native", content=broken, headers=headers)
    assert (answer.status_code, "counts" in answer.text) == (400, True)
    assert api.call("DELETE", "/metrics/job/native").status_code == 202
    assert asked(api, '{job="native",__name__=~"nh.*"}', soon()) == []


def read(api: Api, request: Any, raw: bytes | None = None) -> Any:  # noqa: F811 # the fixture of that name
    api.settled()
    time.sleep(0.25)  # the index of series looks for news that often
    body = bytes(cramjam.snappy.compress_raw(request.SerializeToString())) if raw is None else raw
    return api.call("POST", "/api/v1/read", role=Role.VIEWER, content=body)


def test_remote_read_gives_back_what_was_written(api: Api) -> None:  # noqa: F811 # the fixture of that name
    sent = V1["WriteRequest"]()
    for name in ("b", "a"):
        points = [(float(i), NOW_MS - 30_000 + i * 10_000) for i in range(3)]
        series(sent, {"__name__": "read_me", "who": name}, *points, (STALE, NOW_MS))
    native = series(sent, {"__name__": "read_native"})
    native.histograms.add(
        count_float=7.0, sum=3.5, schema=1, zero_threshold=0.01, zero_count_float=1.0, timestamp=NOW_MS,
        positive_spans=[{"offset": -2, "length": 2}, {"offset": 5, "length": 1}], positive_counts=[1.0, 2.0, 3.0],
    )  # fmt: skip
    assert written(api, sent).status_code == 204
    asked_for = V1["ReadRequest"](accepted_response_types=[0, 1])
    for name, pattern in (("read_me", "a|b"), ("read_native", ".*"), ("read_me", "none")):
        query = asked_for.queries.add(start_timestamp_ms=NOW_MS - 20_000, end_timestamp_ms=NOW_MS)
        query.matchers.add(type=0, name="__name__", value=name)
        query.matchers.add(type=2, name="who", value=pattern)
    answer = read(api, asked_for)
    assert (answer.status_code, answer.headers["content-encoding"]) == (200, "snappy")
    found = V1["ReadResponse"]()
    found.ParseFromString(bytes(cramjam.snappy.decompress_raw(answer.content)))
    floats, natives, none = found.results
    assert [{p.name: p.value for p in s.labels}["who"] for s in floats.timeseries] == ["a", "b"]
    for one in floats.timeseries:
        assert [(s.timestamp - NOW_MS, s.value) for s in one.samples[:2]] == [(-20_000, 1.0), (-10_000, 2.0)]
        assert struct.pack("<d", one.samples[2].value) == struct.pack("<d", STALE)
    (histogram,) = natives.timeseries[0].histograms
    assert (histogram.count_float, histogram.sum, histogram.schema) == (7.0, 3.5, 1)
    assert [(s.offset, s.length) for s in histogram.positive_spans] == [(-2, 2), (5, 1)]
    assert list(histogram.positive_counts) == [1.0, 2.0, 3.0]
    assert len(none.timeseries) == 0

    del asked_for.accepted_response_types[:]
    other = api.call("POST", "/api/v1/read", "other", Role.VIEWER,
                     content=bytes(cramjam.snappy.compress_raw(asked_for.SerializeToString())))  # fmt: skip
    theirs = V1["ReadResponse"]()
    theirs.ParseFromString(bytes(cramjam.snappy.decompress_raw(other.content)))
    assert [len(r.timeseries) for r in theirs.results] == [0, 0, 0]


def frames(rest: bytes) -> list[Any]:
    """The messages of a stream, whose checksums are right."""
    out = []
    while rest:
        size = rest[0] if rest[0] < 128 else rest[0] & 127 | rest[1] << 7
        rest = rest[2 if rest[0] > 127 else 1 :]
        checksum, message, rest = rest[:4], rest[4 : 4 + size], rest[4 + size :]
        assert int.from_bytes(checksum, "big") == crc32c(message)
        out.append(V1["ChunkedReadResponse"].FromString(message))
    return out


def test_remote_read_streams_chunks(api: Api) -> None:  # noqa: F811 # the fixture of that name
    sent = V1["WriteRequest"]()
    points = {who: [(i * 1.25, NOW_MS - 300_000 + i * 1000) for i in range(n)] for who, n in (("b", 250), ("a", 3))}
    for who, of in points.items():
        series(sent, {"__name__": "chunked", "who": who}, *of)
    native = series(sent, {"__name__": "chunked_native"})
    for i in range(3):
        native.histograms.add(
            count_int=4 + i, sum=i * 0.5, schema=1, zero_threshold=0.25, zero_count_int=1, timestamp=NOW_MS - 3000 + i * 1000,
            positive_spans=[{"offset": -2, "length": 1}, {"offset": 5, "length": 1}], positive_deltas=[1, 1 + i],
        )  # fmt: skip
    native.samples.add(value=2.5, timestamp=NOW_MS)
    assert written(api, sent).status_code == 204
    asked_for = V1["ReadRequest"](accepted_response_types=[1])
    for end in (NOW_MS, NOW_MS - 299_000):
        query = asked_for.queries.add(start_timestamp_ms=NOW_MS - 300_000, end_timestamp_ms=end)
        query.matchers.add(type=0, name="__name__", value="chunked")
    answer = read(api, asked_for)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse"
    assert "content-encoding" not in answer.headers
    found: dict[tuple[int, str], list[tuple[int, float]]] = {}
    for frame in frames(answer.content):
        for one in frame.chunked_series:
            who = {p.name: p.value for p in one.labels}["who"]
            for chunk in one.chunks:
                samples = [(t, struct.unpack("<d", struct.pack("<Q", v))[0]) for t, v in decoded(chunk.data)]
                assert (chunk.type, chunk.min_time_ms, chunk.max_time_ms) == (1, samples[0][0], samples[-1][0])
                assert len(samples) <= 120
                found.setdefault((frame.query_index, who), []).extend(samples)
    assert list(found) == [(0, "a"), (0, "b"), (1, "a"), (1, "b")]
    for who, of in points.items():
        assert [(v, t) for t, v in found[0, who]] == of
        assert [(v, t) for t, v in found[1, who]] == of[:2]
    query.matchers[0].value, query.end_timestamp_ms = "chunked_native", NOW_MS
    (one,) = frames(read(api, asked_for).content)[-1].chunked_series
    assert [(c.type, c.min_time_ms - NOW_MS, c.max_time_ms - NOW_MS) for c in one.chunks] == [
        (2, -3000, -1000),
        (1, 0, 0),
    ]
    natives = histograms_of(one.chunks[0].type, one.chunks[0].data)
    assert [(h.count, h.sum, h.zero_count, h.positive.counts.tolist()) for _, h in natives] == [
        (4 + i, i * 0.5, 1.0, [1.0, 2.0 + i]) for i in range(3)
    ]
    assert natives[0][1].positive.index.tolist() == [-2, 4]


def test_remote_read_says_what_is_wrong(api: Api) -> None:  # noqa: F811 # the fixture of that name
    assert read(api, None, b"\xff\xff\xff\xff\xff\xff").status_code == 400
    assert read(api, None, bytes(cramjam.snappy.compress_raw(b"\x0a\xff"))).status_code == 400
    assert read(api, None, b"\xff\xff\xff\x7f" + b"x" * 20).status_code == 413  # says that it becomes large
    assert "SAMPLES" in read(api, V1["ReadRequest"](accepted_response_types=[2])).text
    wrong = V1["ReadRequest"]()
    wrong.queries.add(end_timestamp_ms=NOW_MS).matchers.add(type=2, name="who", value="(")
    answer = read(api, wrong)
    assert answer.status_code == 400
    wrong.queries[0].matchers[0].type = 9
    assert "not known" in read(api, wrong).text
    many = V1["ReadRequest"]()
    for _ in range(101):
        many.queries.add()
    assert read(api, many).status_code == 413
