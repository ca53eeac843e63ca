"""`swarmscope rules`: files are checked without a server, rules and alerts of a real one are listed."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import Server

GOOD = (
    "groups: [{name: g, interval: 1s, rules: [{record: one, expr: '1'}, "
    "{alert: Always, expr: 'vector(1)', annotations: {summary: 'it is {{ $value }}'}}]}]"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("rules")
    (folder / "rules.yml").write_text(GOOD)
    with Server(folder / "data", SWARMSCOPE_RULES_FILES=str(folder / "rules.yml")) as started:
        yield started


def test_files_are_checked(cli: Callable[..., Any], tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(GOOD)
    bad.write_text("groups: [{name: g, rules: [{record: a, expr: 'sum('}]}]")
    fine = cli("rules", "check", str(good))
    assert (fine.code, "2 rules in 1 groups" in fine.out) == (0, True)
    both = cli("rules", "check", str(good), str(bad), str(tmp_path / "none.yml"))
    assert both.code == 1
    assert 'group "g", rule 1, "a": could not parse expression' in both.out
    assert "cannot read the rule file" in both.out


def test_rules_and_alerts_are_listed(server: Server, cli: Callable[..., Any]) -> None:
    at = ("--url", server.url)
    server.eventually(lambda: server.get("/alerts")["data"]["alerts"])
    listed = cli("rules", "list", *at)
    assert listed.code == 0
    assert "Always" in listed.out
    assert "firing" in listed.out
    assert cli("rules", "list", "--json", *at).json[0]["rules"][0]["name"] == "one"
    assert "it is 1" in cli("rules", "alerts", *at).out
    (alert,) = cli("rules", "alerts", "--json", *at).json
    assert alert["labels"] == {"alertname": "Always"}


def test_a_hang_up_reads_the_files_again(server: Server) -> None:
    assert server.process is not None
    loaded = 'swarmscope_rules_reloads_total{outcome="loaded"} 2.0'
    server.process.send_signal(signal.SIGHUP)
    server.eventually(lambda: loaded in server.http.get("/metrics").text)
    assert server.process.poll() is None
