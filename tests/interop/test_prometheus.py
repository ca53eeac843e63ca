"""A real Prometheus beside us: it writes to us and federates from us across restarts of either; promtool asks too."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cramjam
import httpx
import numpy as np
import pytest

from swarmscope.bench.server import Server, free_ports
from swarmscope.ingest.wire.prometheus import V1
from tests.support.http import until

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        shutil.which("prometheus") is None, reason="needs a `prometheus` of the system (Debian: prometheus)"
    ),
]
QUERIES = (
    "up",
    'count({__name__=~"go_.*"})',
    "sum by (code) (prometheus_http_requests_total)",
    "rate(prometheus_http_requests_total[20s])",
    "histogram_quantile(0.9, sum by (le) (rate(prometheus_http_request_duration_seconds_bucket[20s])))",
    "topk(2, go_memstats_alloc_bytes)",
    "avg_over_time(go_goroutines[15s])",
    "prometheus_build_info",
    "changes(up[15s]) + on(job) group_left count by (job) (up)",
)


class Prometheus:
    """A Prometheus that scrapes itself every second. more: of its configuration, where SELF stands for that."""

    def __init__(self, folder: Path, port: int, more: str, *flags: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._folder = folder
        folder.mkdir()
        self._file = folder / "prometheus.yml"
        self._more = more
        self._process: subprocess.Popen[bytes] | None = None
        self._port = port
        self._flags = flags
        self._write(True)

    def _write(self, scrapes: bool) -> None:
        jobs = f"scrape_configs:\n- {{job_name: self, static_configs: [{{targets: ['127.0.0.1:{self._port}']}}]}}\n"
        text = self._more.replace("SELF", jobs if scrapes else "")
        self._file.write_text(f"global: {{scrape_interval: 1s}}\n{text}")

    def scrape(self, on: bool) -> None:
        """Go on scraping, or pause. What was scraped stays, and is sent on."""
        assert self._process is not None
        self._write(on)
        self._process.send_signal(signal.SIGHUP)

    def start(self) -> None:
        command = ["prometheus", f"--config.file={self._file}",
                   f"--storage.tsdb.path={self._folder / 'data'}", f"--web.listen-address=127.0.0.1:{self._port}",
                   "--log.level=warn", *self._flags]  # fmt: skip
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: ask(self.url, "1") is not None)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)
            self._process = None


def ask(url: str, query: str, at: float | None = None) -> Any:
    params = {"query": query} | ({} if at is None else {"time": str(at)})
    try:
        answer = httpx.get(f"{url}/api/v1/query", params=params, timeout=60, trust_env=False)
    except httpx.HTTPError:
        return None
    return answer.json()["data"]["result"] if answer.status_code == 200 else None


@pytest.fixture
def places(tmp_path: Path) -> Iterator[tuple[Server, Prometheus, Prometheus]]:
    """We, a Prometheus that writes to us, and one that federates from us."""
    with Server(tmp_path / "ours") as server:
        server.warm_up()
        one, two = free_ports(2)
        write = (
            f"remote_write: [{{url: '{server.url}/api/v1/write', queue_config: {{batch_send_deadline: 500ms}}}}]\nSELF"
        )
        pull = (
            "scrape_configs:\n- job_name: federate\n  honor_labels: true\n  metrics_path: /federate\n"
            "  scrape_interval: 5s\n  scrape_timeout: 5s\n"  # more is not allowed: a busy machine must not fail it
            "  params: {'match[]': ['{job=\"self\"}']}\n"
            f"  static_configs: [{{targets: ['{server.url.removeprefix('http://')}']}}]\n"
        )
        sender, puller = Prometheus(tmp_path / "sender", one, write), Prometheus(tmp_path / "puller", two, pull)
        try:
            sender.start()
            puller.start()
            yield server, sender, puller
        finally:
            sender.stop()
            puller.stop()


def samples(url: str, end: float, seconds: int) -> dict[tuple[str, ...], list[tuple[float, str]]]:
    """All samples of the sender's own series, as they were taken, without marks of staleness; by labels."""
    found = ask(url, f'{{job="self"}}[{seconds}s]', end) or []
    return {tuple(sorted(map(":".join, row["metric"].items()))): [(t, v) for t, v in row["values"]] for row in found}


def size(of: dict[tuple[str, ...], list[tuple[float, str]]]) -> int:
    return sum(map(len, of.values()))


def paused(sender: Prometheus, ours: Server, begun: float) -> dict[tuple[str, ...], list[tuple[float, str]]]:
    """What the sender has once it scrapes no more, and we too: a Prometheus that ends forgets what it has not sent."""
    sender.scrape(False)
    time.sleep(2)
    end = time.time()
    theirs = samples(sender.url, end, int(end - begun) + 1)
    until(lambda: samples(ours.url, end, int(end - begun) + 1) == theirs, 120)
    return theirs


def test_nothing_is_dropped_across_restarts_and_answers_are_equal(
    places: tuple[Server, Prometheus, Prometheus],
) -> None:
    server, sender, puller = places
    until(lambda: bool(ask(server.url, "up")))
    begun = time.time()
    time.sleep(4)
    server.stop(signal.SIGKILL)
    time.sleep(3)
    server.start()
    time.sleep(4)
    server.stop()
    time.sleep(3)
    server.start()
    first = paused(sender, server, begun)
    assert size(first) > 1000
    sender.stop()
    sender.start()
    sender.scrape(True)
    until(lambda: size(samples(sender.url, time.time(), 600)) > size(first) + 1000)

    at = time.time() - 2
    until(lambda: newest(server.url) >= at, 120)
    for query in QUERIES:
        assert close(ask(server.url, query, at), ask(sender.url, query, at)), query

    until(lambda: len(federated(puller)) > 3, 120)
    puller.stop()
    puller.start()
    before = time.time()
    until(lambda: max(federated(puller), default=0) > before, 120)
    second = paused(sender, server, begun)
    assert size(second) > size(first) + 1000
    held = dict(second[next(k for k in second if "__name__:up" in k)])
    pulled = federated(puller)
    assert len(pulled) > 5
    assert all(held[t] == v for t, v in pulled.items() if t >= begun + 1)
    for name in ("out_of_order", "duplicate_timestamp", "out_of_bounds"):  # of what a scrape brought
        (count,) = scraped(puller, f"prometheus_target_scrapes_sample_{name}_total")
        assert count == 0, name
    assert series(puller) == series(sender)

    end = time.time()
    for query in (q for q in QUERIES if "rate(" not in q):  # Prometheus 3 extrapolates otherwise where a series begins
        span = {"query": query, "start": end - 60, "end": end, "step": 7}
        assert ranges(server.url, span) == pytest.approx(ranges(sender.url, span), rel=1e-9, nan_ok=True), query
    for path in ("labels", "label/__name__/values", "label/code/values", "series"):
        params = {"match[]": '{job="self"}', "start": begun, "end": end}
        assert in_order(console(server.url, path, params)) == in_order(console(sender.url, path, params)), path
    span_of = [f"--start={begun:.0f}", f"--end={end:.0f}"]
    for said in (
        ["instant", f"--time={end - 5:.0f}", "prometheus_build_info or vector(0)"],
        ["range", *span_of, "--step=7s", 'max_over_time(up{job="self"}[5s]) or vector(3)'],
        ["series", *span_of, '--match={job="self"}'],
        ["labels", *span_of, "job"],
    ):
        assert told(server.url, said) == told(sender.url, said) != [], said


def told(url: str, said: list[str]) -> list[str]:
    """The lines of what promtool finds there."""
    kind, *options, last = said
    asks = ["promtool", "query", kind, *options, *([url] if last.startswith("--") else [url, last])]
    asks += [last] if last.startswith("--") else []
    return sorted(subprocess.run(asks, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines())


def console(url: str, path: str, params: dict[str, Any]) -> Any:
    """What a call of Prometheus' console is answered."""
    answer = httpx.get(f"{url}/api/v1/{path}", params=params, timeout=60, trust_env=False)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def in_order(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: sorted(row.items()) if isinstance(row, dict) else row)


def ranges(url: str, params: dict[str, Any]) -> dict[Any, float]:
    """Values of a range query by labels and time."""
    rows = console(url, "query_range", params)["result"]
    return {(*sorted(row["metric"].items()), t): float(v) for row in rows for t, v in row["values"]}


def federated(puller: Prometheus) -> dict[float, str]:
    """What it has of the sender's `up`, by time."""
    found = ask(puller.url, 'up{job="self"}[600s]') or []
    return {t: v for row in found for t, v in row["values"]}


def series(place: Prometheus) -> set[tuple[str, ...]]:
    """The series of the sender that a Prometheus has, but for those that say something of one of its lives."""
    answer = httpx.get(f"{place.url}/api/v1/series", params={"match[]": '{job="self"}'}, timeout=30, trust_env=False)
    return {tuple(sorted(map(":".join, row.items()))) for row in answer.json()["data"]}


def scraped(place: Prometheus, name: str) -> list[float]:
    """The values of a metric that a Prometheus tells of itself."""
    text = httpx.get(f"{place.url}/metrics", timeout=30, trust_env=False).text
    return [float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(f"{name} ")]


def newest(url: str) -> float:
    found = ask(url, "max(timestamp(up))")
    return float(found[0]["value"][1]) if found else 0.0


def close(ours: Any, theirs: Any) -> bool:
    """The same series with the same values, but for the last digits of sums."""

    def rows(answer: Any) -> dict[Any, float]:
        return {tuple(sorted(row["metric"].items())): float(row["value"][1]) for row in answer}

    mine, others = rows(ours), rows(theirs)
    return mine.keys() == others.keys() and all(
        mine[k] == pytest.approx(others[k], rel=1e-9, nan_ok=True) for k in mine
    )


def test_native_histograms_are_federated(tmp_path: Path) -> None:
    with Server(tmp_path / "ours") as server:
        (port,) = free_ports(1)
        pull = (
            "scrape_configs:\n- job_name: pull\n  metrics_path: /federate\n  honor_labels: true\n"
            "  params: {'match[]': ['native_seconds']}\n"
            f"  static_configs: [{{targets: ['{server.url.removeprefix('http://')}']}}]\n"
        )
        puller = Prometheus(tmp_path / "puller", port, pull, "--enable-feature=native-histograms")
        request = V1["WriteRequest"]()
        one = request.timeseries.add()
        one.labels.add(name="__name__", value="native_seconds")
        one.labels.add(name="who", value="a")
        h = one.histograms.add(count_int=9, sum=20.5, schema=3, zero_count_int=2, zero_threshold=0.001)
        h.timestamp = round(time.time() * 1000)
        h.positive_spans.add(offset=-4, length=2)
        h.positive_spans.add(offset=9, length=1)
        h.positive_deltas.extend([1, 2, -1])
        h.negative_spans.add(offset=3, length=1)
        h.negative_deltas.append(1)
        headers = {"content-encoding": "snappy", "content-type": "application/x-protobuf"}
        body = bytes(cramjam.snappy.compress_raw(request.SerializeToString()))
        server.http.post("/api/v1/write", content=body, headers=headers).raise_for_status()
        try:
            puller.start()
            until(lambda: bool(ask(puller.url, "native_seconds")))
            (theirs,), (ours,) = ask(puller.url, "native_seconds"), ask(server.url, "native_seconds")
            assert ours["metric"] == {"__name__": "native_seconds", "who": "a"}
            assert theirs["metric"] == ours["metric"] | {"job": "pull"}
            for name in ("count", "sum"):
                assert theirs["histogram"][1][name] == ours["histogram"][1][name]
            bounds = [[list(map(float, b)) for b in of["histogram"][1]["buckets"]] for of in (theirs, ours)]
            assert len(bounds[1]) == 5
            assert np.array(bounds[0]) == pytest.approx(np.array(bounds[1]), rel=1e-12)  # they differ in the last bit
            values = [float(ask(u, "histogram_sum(native_seconds)")[0]["value"][1]) for u in (puller.url, server.url)]
            assert values == [20.5, 20.5]
        finally:
            puller.stop()


def test_a_prometheus_reads_from_us_what_it_does_not_have_itself(tmp_path: Path) -> None:
    with Server(tmp_path / "ours") as server:
        (port,) = free_ports(1)
        reader = Prometheus(
            tmp_path / "reader", port, f"remote_read: [{{url: '{server.url}/api/v1/read', read_recent: true}}]\n"
        )
        lines = "".join(
            f"read_from_us,who={who} total={i} {round((time.time() - 600 + i * 10) * 1000)}\n"
            for who in ("a", "b")
            for i in range(60)
        )
        server.http.post("/write", params={"precision": "ms"}, content=lines).raise_for_status()
        try:
            reader.start()
            at = time.time()
            query = "sum by (who) (rate(read_from_us_total[5m]))"
            until(
                lambda: (
                    bool(ask(server.url, query, at)) and close(ask(reader.url, query, at), ask(server.url, query, at))
                )
            )
            assert {row["metric"]["who"] for row in ask(reader.url, query, at)} == {"a", "b"}
        finally:
            reader.stop()
