"""A real Tempo beside us: the same spans to both, the questions of Grafana to both, the same answers.

Optional: it needs a Tempo 3 binary, named by SWARMSCOPE_TEMPO or on the path as `tempo`. Where answers differ on purpose,
docs/tempo.md says so, and nothing here asks for it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.support.http import status_of, until
from tests.support.server import Server, free_ports
from tests.support.shop import CHECKOUTS, SECOND, checkouts, span_id, trace_id

TEMPO = os.environ.get("SWARMSCOPE_TEMPO") or shutil.which("tempo")
pytestmark = [
    pytest.mark.interop,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not TEMPO, reason="SWARMSCOPE_TEMPO names no Tempo binary"),
]
START_NS = (int(time.time()) // 60 * 60 - 240) * SECOND
RANGE = {"start": str(START_NS // SECOND - 10), "end": str(START_NS // SECOND + 60)}
CONFIG = """
server: {{http_listen_address: 127.0.0.1, http_listen_port: {http}, grpc_listen_address: 127.0.0.1, grpc_listen_port: {grpc}}}
distributor:
  receivers: {{otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{otlp}"}}}}}}}}
  ring: {{instance_addr: 127.0.0.1, kvstore: {{store: inmemory}}}}
memberlist: {{bind_addr: [127.0.0.1], bind_port: {members}}}
live_store:
  ring: {{instance_addr: 127.0.0.1, kvstore: {{store: inmemory}}}}
  partition_ring: {{kvstore: {{store: inmemory}}}}
  wal: {{path: {folder}/live, ingestion_time_range_slack: 1h}}
  shutdown_marker_dir: {folder}/marker
block_builder: {{wal: {{path: {folder}/builder}}}}
backend_scheduler: {{local_work_path: {folder}/work}}
backend_worker: {{ring: {{instance_addr: 127.0.0.1, kvstore: {{store: inmemory}}}}}}
metrics_generator:
  ring: {{instance_addr: 127.0.0.1, kvstore: {{store: inmemory}}}}
  storage: {{path: {folder}/generator}}
storage: {{trace: {{backend: local, wal: {{path: {folder}/wal}}, local: {{path: {folder}/blocks}}}}}}
usage_report: {{reporting_enabled: false}}
"""
SEARCHES = [
    *r"""
{}
{ status = error }
{ status != error && kind = server }
{ resource.service.name = "cart" && status = error }
{ .service.name = "mail" }
{ resource.service.name }
{ .cloud.region != "us" && span.items > 7 }
{ span.http.status_code >= 500 }
{ span.http.status_code = 200 || span.http.status_code = 500 }
{ .http.status_code = "500" }
{ span."http.status_code" = 500 }
{ span."text number" = "5" && span.items = 1 }
{ span."text number" = 5 }
{ span.ratio > 2.0 }
{ span.items * 2 + 1 = 15 }
{ resource.replicas = 3 }
{ resource.replicas * 2 = 6 }
{ .vip = true }
{ span.vip }
{ span.vip = false && duration > 1.2s }
{ span.vip != nil }
{ .nope = 1 }
{ .nope != nil }
{ span.gen_ai.request.model =~ "model-.*" }
{ name = "SELECT" && duration > 50ms }
{ name !~ "S.*" }
{ statusMessage =~ ".+" }
{ kind = server }
{ kind = unspecified }
{ duration > 1 }
{ span:duration > 1s }
{ traceDuration > 1s }
{ trace:rootName = "POST /checkout" }
{ rootServiceName = "gateway" && name = "SELECT" }
{ span:childCount > 1 }
{ event:name = "retry" }
{ event:timeSinceStart > 10ms }
{ event.attempt = 1 }
{ event.attempt = "1" }
{ event.attempt > 7 }
{ event.attempt }
{ link:traceID != "" }
{ instrumentation:name = "shop.tracer" }
{ instrumentation:version = "1.2" && kind = producer }
{ 1 = 1 }
{ true }
{ false }
{ "a" = "a" }
{ resource.service.name = "gateway" } >> { status = error }
{ resource.service.name = "gateway" } > { kind = client }
{ resource.service.name = "cart" } > { kind = client }
{ name = "SELECT" } << { resource.service.name = "gateway" }
{ name = "SELECT" } < { }
{ name = "SELECT" } ~ { kind = producer }
{ status = error } !>> { name = "SELECT" }
{ name = "POST /checkout" } !> { kind = client }
{ kind = server } &>> { status = error && kind = client }
{ status = error } && { kind = server }
{ status = error } || { kind = producer }
{ span.items > 6 } && { status = error }
{} | count() > 3
{ status = error } | count() > 1
{} | avg(duration) > 300ms
{ kind = server } | max(duration) >= 1.3s
{} | sum(span.items) > 8
{} | by(resource.service.name) | count() > 1
{} | by(status)
{ name = "SELECT" } | coalesce()
{ status = error } | { kind = server }
{ status = error } | select(span.db.system, name)
{ status = error } | select(resource.cloud.region, statusMessage)
""".strip().splitlines(),
    f'{{ trace:id = "{trace_id(5).hex()}" }}',
    f'{{ span:id = "{span_id(5, 2).hex()}" }}',
    f'{{ span:parentID = "{span_id(5, 0).hex()}" }}',
    f'{{ link:spanID = "{span_id(4, 0).hex()}" }}',
]
WRONG = r"""
{ status = }
{ name = 5
{ status !> { } }
{ duration = "x" }
{ status > error }
{ name =~ "(" }
{ foo = 1 }
{} | nope()
{} | count()
""".strip().splitlines()
SERIES = r"""
{} | rate()
{} | rate() by (resource.service.name)
{ kind = server } | rate() by (span.http.status_code)
{} | count_over_time()
{} | count_over_time() by (status)
{} | count_over_time() by (name, kind)
{} | count_over_time() by (span.vip)
{} | count_over_time() by (nope)
{ .nope = 1 } | rate()
{ .nope = 1 } | count_over_time() by (name)
{} | min_over_time(duration)
{} | max_over_time(duration) by (name)
{} | avg_over_time(duration) by (name)
{} | sum_over_time(duration)
{ span.http.status_code >= 200 } | avg_over_time(span.http.status_code)
{} | sum_over_time(span.items) by (span.gen_ai.request.model)
{ kind = server } | quantile_over_time(duration, .5, .9)
{} | quantile_over_time(duration, .99) by (resource.service.name)
{} | histogram_over_time(duration) by (name)
{ kind = server } >> { status = error } | rate()
{ status = error } | rate() by (resource.service.name) | topk(1)
({} | rate() by (name)) / ({} | rate())
({ status = error } | rate()) / ({} | rate())
{} | rate
{}
""".strip().splitlines()
TAGS = [
    "resource.service.name", "resource.replicas", "span.http.status_code", "span.items", ".vip", ".cloud.region",
    "span.gen_ai.request.model", "span.nope", "name", "status", "kind", "duration", "traceDuration", "rootName",
    "rootServiceName", "trace:id", "span:id", "span:name", "span:status", "span:childCount", "event:name", "event.attempt",
    "link:traceID", "instrumentation:name", "instrumentation:version",
]  # fmt: skip


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The addresses of a Tempo and of our likeness of one, with the same spans."""
    folder = tmp_path_factory.mktemp("tempo")
    http, grpc, otlp, members = free_ports(4)
    file = folder / "tempo.yaml"
    file.write_text(CONFIG.format(http=http, grpc=grpc, otlp=otlp, members=members, folder=folder / "data"))
    theirs = f"http://127.0.0.1:{http}"
    with (folder / "tempo.log").open("wb") as log:
        process = subprocess.Popen([str(TEMPO), f"-config.file={file}"], stdout=log, stderr=log)
    try:
        with Server(folder / "ours") as server:
            until(lambda: status_of(f"{theirs}/ready") == 200, 120)
            body, kind = checkouts(START_NS), {"content-type": "application/x-protobuf"}
            for url in (f"http://127.0.0.1:{otlp}", server.otlp_url):
                answer = httpx.post(f"{url}/v1/traces", content=body, headers=kind, timeout=60, trust_env=False)
                assert answer.status_code == 200, answer.text
            urls = theirs, f"{server.url}/tempo"
            until(
                lambda: all(len(asked(u, "search", found, q="{}", limit="50", **RANGE)[1]) == CHECKOUTS for u in urls),
                120,
            )
            yield urls
    finally:
        process.kill()  # it takes half a minute to leave its rings, and nothing of it is kept
        process.wait(60)


def asked(url: str, path: str, of: Callable[[Any], Any], **params: str) -> tuple[Any, Any]:
    """An answer without what may differ: order, statistics, and the words of an error."""
    answer = httpx.get(f"{url}/api/{path}", params=params, timeout=60, trust_env=False)
    return answer.status_code, of(json.loads(answer.text, parse_float=_number)) if answer.status_code == 200 else None


def _number(text: str) -> float:
    return (
        int(float(text)) if float(text).is_integer() else float(text)
    )  # both write a number without fraction as they like


def _sorted(values: Any) -> list[str]:
    return sorted(json.dumps(v, sort_keys=True) for v in values)


def found(answer: Any) -> dict[str, Any]:
    """Traces of a search. Tempo names a span only if the query asks for its name."""
    return {
        t["traceID"].zfill(32): {
            **{
                k: t.get(k)
                for k in ("rootServiceName", "rootTraceName", "startTimeUnixNano", "durationMs", "serviceStats")
            },
            "sets": _sorted(
                {
                    "matched": s["matched"],
                    "attributes": s.get("attributes", []),
                    "spans": _sorted(
                        {
                            **{k: v for k, v in span.items() if k != "name"},
                            "attributes": _sorted(span.get("attributes", [])),
                        }
                        for span in s["spans"]
                    ),
                }
                for s in t.get("spanSets", [])
            ),
        }
        for t in answer.get("traces", [])
    }


def lines(answer: Any) -> dict[str, Any]:
    """Series with their points; Tempo leaves out points of nought in one version and not in another."""
    return {
        str(_sorted(s["labels"])): [
            (int(p["timestampMs"]), round(p["value"], 9)) for p in s.get("samples", []) if p.get("value")
        ]
        for s in answer.get("series", [])
    }


def numbers(answer: Any) -> dict[str, float]:
    """One value for each series."""
    return {str(_sorted(s["labels"])): round(s.get("value", 0), 9) for s in answer.get("series", [])}


def whole(answer: Any) -> list[str]:
    """The spans of a trace, each with its resource and scope."""
    of = answer.get("trace", answer)
    return _sorted(
        {
            "resource": _sorted(r["resource"]["attributes"]),
            "scope": s["scope"],
            **{k: _sorted(v) if isinstance(v, list) else v for k, v in span.items()},
        }
        for r in of.get("resourceSpans", of.get("batches", []))
        for s in r["scopeSpans"]
        for span in s["spans"]
    )


def _same(both: tuple[str, str], path: str, of: Callable[[Any], Any], **params: str) -> tuple[Any, Any]:
    theirs, ours = (asked(url, path, of, **params) for url in both)
    assert ours == theirs
    return ours


@pytest.mark.parametrize("query", SEARCHES)
def test_a_search_finds_the_same(both: tuple[str, str], query: str) -> None:
    status, _ = _same(both, "search", found, q=query, limit="50", spss="10", **RANGE)
    assert status == 200


@pytest.mark.parametrize("query", WRONG)
def test_what_is_wrong_is_refused_by_both(both: tuple[str, str], query: str) -> None:
    status, _ = _same(both, "search", found, q=query, **RANGE)
    assert status == 400


@pytest.mark.parametrize("tags", ["service.name=cart", "name=SELECT", 'cloud.region="us"', "http.status_code=500"])
def test_a_search_by_tags_finds_the_same(both: tuple[str, str], tags: str) -> None:
    _same(both, "search", lambda answer: sorted(found(answer)), tags=tags, limit="50", **RANGE)


def test_a_search_gives_as_much_as_is_asked_for(both: tuple[str, str]) -> None:
    _same(
        both,
        "search",
        lambda a: [len(s["spans"]) for t in a["traces"] for s in t["spanSets"]],
        q="{}",
        spss="2",
        **RANGE,
    )
    _same(both, "search", lambda answer: len(answer["traces"]), q="{}", limit="4", **RANGE)


@pytest.mark.parametrize("query", SERIES)
def test_series_are_the_same(both: tuple[str, str], query: str) -> None:
    for step in ("10s", "1s"):
        _same(both, "metrics/query_range", lines, q=query, step=step, **RANGE)
    _same(both, "metrics/query", numbers, q=query, **RANGE)


@pytest.mark.parametrize("scope", ["resource", "event", "link", "instrumentation", "intrinsic", "nope"])
def test_names_of_attributes_are_the_same(both: tuple[str, str], scope: str) -> None:
    _same(both, "v2/search/tags", lambda a: {s["name"]: sorted(s["tags"]) for s in a["scopes"]}, scope=scope, **RANGE)
    _same(both, "search/tags", lambda answer: sorted(answer.get("tagNames", [])), scope=scope, **RANGE)


def test_names_of_all_attributes_are_the_same_but_for_our_own(both: tuple[str, str]) -> None:
    def of_spans(answer: Any) -> dict[str, list[str]]:
        return {s["name"]: sorted(t for t in s["tags"] if not t.startswith("swarmscope.")) for s in answer["scopes"]}

    def flat(answer: Any) -> list[str]:
        return sorted(t for t in answer["tagNames"] if not t.startswith("swarmscope."))

    _same(both, "v2/search/tags", of_spans, **RANGE)
    _same(both, "v2/search/tags", of_spans, scope="span", **RANGE)
    _same(both, "search/tags", flat, **RANGE)


@pytest.mark.parametrize("tag", TAGS)
def test_values_of_an_attribute_are_the_same(both: tuple[str, str], tag: str) -> None:
    for query in ("", "{ status = error }", "{ span.items > 3 }", "{ status = "):
        _same(
            both, f"v2/search/tag/{tag}/values", lambda answer: _sorted(answer.get("tagValues", [])), q=query, **RANGE
        )


@pytest.mark.parametrize("tag", ["service.name", "http.status_code", "items", "cloud.region", "name", "nope"])
def test_values_of_an_attribute_as_text_are_the_same(both: tuple[str, str], tag: str) -> None:
    _same(both, f"search/tag/{tag}/values", lambda answer: sorted(answer.get("tagValues", [])), **RANGE)


@pytest.mark.parametrize("path", ["traces", "v2/traces"])
def test_a_trace_is_the_same(both: tuple[str, str], path: str) -> None:
    for i in (0, 1, 3):
        status, spans = _same(both, f"{path}/{trace_id(i).hex()}", whole)
        assert (status, len(spans)) == (200, 4)
    for wrong in ("1234", "xyz", "a" * 40):
        _same(both, f"{path}/{wrong}", whole)
