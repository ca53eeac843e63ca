"""The command `findings` against a real server: listed, shown, judged, followed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from swarmscope.cli.findings import chance, value_of
from tests.support.server import Server

ATTACK = {
    "text": "id=1' UNION SELECT password FROM users--",
    "principal": "eve",
    "source": "203.0.113.9",
    "endpoint": "/item",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("findings")
    with Server(folder / "data") as started:
        started.http.post(f"{started.url}/api/v1/security/events", json={"events": [ATTACK]}).raise_for_status()
        started.eventually(lambda: started.get("/findings")["items"])
        yield started


def test_findings_are_listed_shown_and_judged(server: Server, cli: Callable[..., Any]) -> None:
    at = ("--url", server.url)
    (found,) = cli("findings", "--kind", "sql_injection", "--json", *at).json["items"]
    listed = cli("findings", *at)
    assert found["id"] in listed.out and "SQL injection: eve" in listed.out
    assert "nothing was found" in cli("findings", "--severity", "info", *at).out
    shown = cli("findings", found["id"], "--say", "false", "--note", "a drill", *at)
    assert shown.code == 0 and "Bind values as parameters" in shown.out
    assert cli("findings", found["id"], "--json", *at).json["feedback"] == "false"
    assert cli("findings", "--said", "open", "--json", *at).json["items"] == []


def test_new_findings_are_followed_once_each(server: Server, cli: Callable[..., Any]) -> None:
    began = time.monotonic()
    followed = cli("findings", "--follow", "--seconds", "3", "--url", server.url)
    assert followed.code == 0 and 2.5 < time.monotonic() - began < 30
    assert followed.out.count("SQL injection: eve") == 1


def test_what_cannot_be_asked_is_said_with_its_own_code(server: Server, cli: Callable[..., Any]) -> None:
    at = ("--url", server.url)
    assert (cli("findings", "0" * 32, *at).code, cli("findings", "--severity", "bad", *at).code) == (5, 2)
    nothing = cli("findings", "--say", "true", *at)
    assert (nothing.code, "needs the id" in nothing.err) == (2, True)


def test_a_chance_is_told_as_one_in_so_many() -> None:
    assert [chance(c) for c in (0.999, 0.5, None, 1.0)] == ["1 in 1,000", "50%", "", "1 in 1e+15"]


@pytest.mark.parametrize(
    ("signal", "unit", "value", "told"),
    [
        ("refusal_ratio", "1", 0.4, "40 %"),
        ("tool_error_ratio", "1", 0.0333, "3.33 %"),
        ("repetition", "1", 0.5, "50 %"),
        ("latency_mean", "ms", 1234.5, "1234 ms"),
        ("quality", "1", 0.4, "0.4"),
        ("", "", 12.0, "12"),
        ("spans", "1/s", None, None),
    ],
)
def test_figures_are_told_with_their_unit_and_shares_in_percent(
    signal: str, unit: str, value: float | None, told: str | None
) -> None:
    assert value_of({"signal": signal, "unit": unit, "observed": value}, "observed") == told
