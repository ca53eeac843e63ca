"""Alertmanagers hear of the newest state of alerts, again when they were away; what they refuse is given up."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from swarmscope.decide import notify
from swarmscope.decide.alerts import Alert
from swarmscope.decide.notify import Notifier, receiver
from swarmscope.errors import ConfigError
from tests.support.http import Handler, peer, served, until


@pytest.fixture
def manager() -> Iterator[dict[str, Any]]:
    """Takes posts: `bodies`, `auth`; `status` is what it answers."""
    heard: dict[str, Any] = {"bodies": [], "auth": [], "status": 200}

    class Answers(Handler):
        def answer(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            heard["auth"].append(self.headers.get("authorization"))
            if heard["status"] == 200:
                heard["bodies"].append(body)
            self.reply(heard["status"])

    with served(Answers) as heard["address"]:
        yield heard


def alert(name: str, **more: Any) -> Alert:
    return Alert(
        (("alertname", name), ("site", "own")), {"summary": "s", "none": ""}, 1.0, 1000, "firing", 2000, **more
    )


def test_alerts_are_told_and_the_newest_state_wins(manager: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "BACKOFF_S", 0.05)
    notifier = Notifier([f"http://user:p%40ss@{manager['address']}/am/"])
    notifier.start()
    try:
        manager["status"] = 500
        notifier.tell([alert("a")], {"dc": "eu", "site": "ours"}, "http://us/explore", 60.0)
        until(lambda: len(manager["auth"]) > 1)  # tried again
        assert "500" in notifier.receivers[0].error
        notifier.tell(
            [alert("a", resolved_ms=5000), alert("b")], {"dc": "eu", "site": "ours"}, "http://us/explore", 60.0
        )
        manager["status"] = 200
        until(lambda: bool(manager["bodies"]))
        told = {one["labels"]["alertname"]: one for body in manager["bodies"] for one in body}
        assert told.keys() == {"a", "b"}
        assert told["a"]["endsAt"] == "1970-01-01T00:00:05.000Z"  # never that it fires, though that was said first
        assert told["b"]["labels"] == {"alertname": "b", "dc": "eu", "site": "own"}
        assert told["b"]["annotations"] == {"summary": "s"}
        assert (told["b"]["startsAt"], told["b"]["generatorURL"]) == ("1970-01-01T00:00:02.000Z", "http://us/explore")
        assert manager["auth"][-1] == "Basic dXNlcjpwQHNz"
        assert "p%40ss" not in notifier.receivers[0].shown
        until(lambda: not notifier.receivers[0].error and not notifier.receivers[0].waiting)
    finally:
        notifier.stop()


def test_a_text_that_is_no_unicode_stops_no_notifications(manager: dict[str, Any]) -> None:
    notifier = Notifier([f"http://{manager['address']}"])
    notifier.start()
    try:
        strange = Alert((("alertname", "a"),), {"summary": "byte \udcff"}, 1.0, 1000, "firing", 2000)
        notifier.tell([strange, alert("b")], {}, "", 60.0)
        until(lambda: bool(manager["bodies"]))
        assert {one["labels"]["alertname"] for body in manager["bodies"] for one in body} == {"a", "b"}
    finally:
        notifier.stop()


def test_what_is_out_of_date_or_refused_is_given_up(manager: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "BACKOFF_S", 0.05)
    monkeypatch.setattr(notify, "QUEUE_MAX", 3)
    now = [1000.0]
    notifier = Notifier([f"http://{manager['address']}"], lambda: now[0])
    notifier.tell([alert(str(i)) for i in range(5)], {}, "", 60.0)
    assert [dict(key)["alertname"] for key in notifier.receivers[0].waiting] == ["2", "3", "4"]
    now[0] += 61
    notifier.start()
    try:
        until(lambda: not notifier.receivers[0].waiting)
        assert manager["bodies"] == []
        manager["status"] = 400
        notifier.tell([alert("odd")], {}, "", 60.0)
        until(lambda: bool(manager["auth"]) and not notifier.receivers[0].waiting)
        assert len(manager["auth"]) == 1
    finally:
        notifier.stop()


def test_an_alertmanager_that_drips_its_answer_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "TIMEOUT_S", 0.4)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + 500 * b"."
    whole: list[bool] = []

    def drip(connection: socket.socket) -> None:
        connection.recv(65536)
        for at in range(len(answer)):
            connection.sendall(answer[at : at + 1])
            time.sleep(0.05)
        whole.append(True)

    with peer(drip) as address:
        notifier = Notifier([f"http://{address}"])
        notifier.tell([alert("a")], {}, "", 600.0)
        notifier.start()
        try:
            until(lambda: notifier.receivers[0].error or whole)
            assert "deadline exceeded" in notifier.receivers[0].error
        finally:
            notifier.stop()
    assert whole == []


@pytest.mark.parametrize("url", ["127.0.0.1:9093", "ftp://host", "http://"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="is no address"):
        receiver(url)
