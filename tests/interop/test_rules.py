"""The same rule file and samples in a real Prometheus and in us: the same alerts; a real Alertmanager hears of them."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import cramjam
import httpx
import pytest

from swarmscope.bench.server import Server, free_ports
from swarmscope.ingest.wire.prometheus import V1
from tests.support.http import until

NEEDED = ("prometheus", "prometheus-alertmanager")
pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        any(shutil.which(name) is None for name in NEEDED),
        reason=f"needs {' and '.join(NEEDED)} of the system (Debian)",
    ),
]
RULES = """
groups:
- name: fleet
  interval: 1s
  rules:
  - {record: 'fleet:load:sum', expr: sum by (agent) (load), labels: {by: rules}}
  - alert: Loaded
    expr: fleet:load:sum > 5
    for: 2s
    labels: {severity: '{{ if gt $value 8.0 }}high{{ else }}medium{{ end }}'}
    annotations:
      summary: '{{ $labels.agent }} has {{ $value | humanize }} of {{ query "count(load)" | first | value }}'
      form: '{{ printf "%.2f %v %s" $value $value (toUpper $labels.agent) }} {{ $labels }} {{ $labels.none }}|'
  - {alert: Absent, expr: absent(nothing_of_that_name), labels: {severity: low}}
  - {alert: Later, expr: load > 5, for: 1h}
  - {alert: Never, expr: load > 500}
"""


class Peers:
    """Servers of others, and a thread that writes the same samples to them and to us."""

    def __init__(self, folder: Path, ours: str) -> None:
        (folder / "rules.yml").write_text(RULES)
        (folder / "prometheus.yml").write_text(
            f"global: {{scrape_interval: 1h}}\nrule_files: ['{folder / 'rules.yml'}']\n"
        )
        (folder / "alertmanager.yml").write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
        self._folder = folder
        self.prometheus_port, self.alertmanager_port = free_ports(2)
        self.prometheus = f"http://127.0.0.1:{self.prometheus_port}"
        self.alertmanager = f"http://127.0.0.1:{self.alertmanager_port}"
        self.ours = ours
        self.load = {"a": 9.0, "b": 6.0, "c": 1.0}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)

    def start(self, name: str) -> None:
        folder = self._folder
        command = {
            "prometheus": [f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'prom'}",
                           f"--web.listen-address=127.0.0.1:{self.prometheus_port}", "--web.enable-remote-write-receiver"],
            "prometheus-alertmanager": [f"--config.file={folder / 'alertmanager.yml'}", f"--storage.path={folder / 'am'}",
                                        f"--web.listen-address=127.0.0.1:{self.alertmanager_port}",
                                        "--cluster.listen-address="],
        }[name]  # fmt: skip
        self.running[name] = subprocess.Popen([name, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        url = self.prometheus if name == "prometheus" else self.alertmanager
        until(lambda: got(f"{url}/-/ready") is not None)

    def stop(self, name: str) -> None:
        process = self.running.pop(name)
        process.terminate()
        process.wait(30)

    def write(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        for name in list(self.running):
            self.stop(name)

    def _write(self) -> None:
        while not self._stop.wait(0.5):
            request = V1["WriteRequest"]()
            for agent, value in self.load.items():
                series = request.timeseries.add()
                series.labels.add(name="__name__", value="load")
                series.labels.add(name="agent", value=agent)
                series.samples.add(value=value, timestamp=time.time_ns() // 10**6)
            body = bytes(cramjam.snappy.compress_raw(request.SerializeToString()))
            headers = {"content-encoding": "snappy", "content-type": "application/x-protobuf"}
            for url in (self.ours, self.prometheus):
                try:
                    httpx.post(f"{url}/api/v1/write", content=body, headers=headers, timeout=5, trust_env=False)
                except httpx.HTTPError:
                    continue


def got(url: str, **params: Any) -> Any:
    try:
        answer = httpx.get(url, params=params, timeout=10, trust_env=False)
    except httpx.HTTPError:
        return None
    if answer.status_code != 200:
        return None
    return answer.json() if "json" in answer.headers.get("content-type", "") else answer.text


def alerts(url: str) -> list[Any]:
    """Without their times."""
    found = got(f"{url}/api/v1/alerts")
    rows = [] if found is None else found["data"]["alerts"]
    return sorted(([a["labels"], a["annotations"], a["state"], a["value"]] for a in rows), key=str)


def firing(peers: Peers) -> dict[str, str]:
    """Agent → start, as the Alertmanager knows them."""
    found = got(f"{peers.alertmanager}/api/v2/alerts", active="true") or []
    return {a["labels"]["agent"]: a["startsAt"] for a in found if a["labels"]["alertname"] == "Loaded"}


def moment(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


@pytest.fixture
def places(tmp_path: Path) -> Iterator[tuple[Server, Peers]]:
    peers = Peers(tmp_path, "")
    environment = {
        "SWARMSCOPE_RULES_FILES": str(tmp_path / "rules.yml"),
        "SWARMSCOPE_RULES_ALERTMANAGERS": peers.alertmanager,
        "SWARMSCOPE_RULES_RESEND_DELAY_S": "2",
        "SWARMSCOPE_RULES_EXTERNAL_LABELS": '{"site": "lab"}',
    }
    with Server(tmp_path / "ours", environment) as server:
        server.warm_up()
        peers.ours = server.url
        try:
            peers.start("prometheus")
            peers.start("prometheus-alertmanager")
            peers.write()
            yield server, peers
        finally:
            peers.close()


def test_alerts_are_those_of_prometheus_and_an_alertmanager_hears_of_them(places: tuple[Server, Peers]) -> None:
    server, peers = places
    until(lambda: len(alerts(server.url)) == len(alerts(peers.prometheus)) == 5)
    until(lambda: [a[2] for a in alerts(server.url)].count("firing") == 3)
    until(lambda: alerts(server.url) == alerts(peers.prometheus), 10)
    query = f"{server.url}/api/v1/query"
    recorded = {
        r["metric"]["agent"]: r["value"][1] for r in got(query, query='fleet:load:sum{by="rules"}')["data"]["result"]
    }
    assert recorded == {"a": "9", "b": "6", "c": "1"}

    ours, theirs = (got(f"{url}/api/v1/rules")["data"]["groups"][0] for url in (server.url, peers.prometheus))
    assert theirs.keys() <= ours.keys()
    for mine, other in zip(ours["rules"], theirs["rules"], strict=True):
        assert other.keys() <= mine.keys() | {"lastError"}
        same = ("name", "labels", "annotations", "health", "type", "state", "duration")
        assert {k: mine[k] for k in same if k in other} == {k: other[k] for k in same if k in other}

    until(lambda: firing(peers).keys() == {"a", "b"})
    told = [a for a in got(f"{peers.alertmanager}/api/v2/alerts") if a["labels"].get("agent") == "a"]
    assert told[0]["labels"] == {"alertname": "Loaded", "agent": "a", "by": "rules", "severity": "high", "site": "lab"}

    begun = firing(peers)
    server.stop()
    server.start()
    until(lambda: len(alerts(server.url)) == 5)
    first = {a[0]["agent"]: a[2] for a in alerts(server.url) if a[0]["alertname"] == "Loaded"}
    assert first == {"a": "firing", "b": "firing"}  # at once, not pending anew
    time.sleep(4)
    moved = [abs(moment(firing(peers)[agent]) - moment(start)) for agent, start in begun.items()]
    assert max(moved) < 3  # `ALERTS_FOR_STATE` has whole seconds

    peers.stop("prometheus-alertmanager")
    peers.load["a"] = 0.0
    until(lambda: not any(a[0].get("agent") == "a" and a[0]["alertname"] == "Loaded" for a in alerts(server.url)))
    peers.start("prometheus-alertmanager")
    until(lambda: firing(peers).keys() == {"b"})
