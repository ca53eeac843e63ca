"""The hub: snapshots, deltas, tenants kept apart, slow readers resynchronised."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from swarmscope.catalog.catalog import Catalog
from swarmscope.errors import InputError, StoreAwayError
from swarmscope.model.access import LOCAL, Key, Role
from swarmscope.serve import live
from swarmscope.serve.auth import Authenticator
from swarmscope.serve.live import QUEUE_MAX, Hub


class Numbers:
    """A channel of integers: the snapshot is the sum so far, a delta is the sum after one more."""

    def __init__(self) -> None:
        self.totals: dict[str, int] = {}

    def snapshot(self, tenant: str, params: Mapping[str, Any]) -> Any:
        if "bad" in params:
            raise InputError("bad is bad; leave it out")
        return self.totals.get(tenant, 0)

    def delta(self, tenant: str, params: Mapping[str, Any], event: Any) -> Any:
        return event if event >= params.get("least", 0) else None


class Letters:
    """A feed of letters: the cursor is a position; `since` is slow, so that publishes pile up meanwhile."""

    def __init__(self) -> None:
        self.text = "ab"
        self.asked = 0
        self.gate = threading.Event()
        self.gate.set()

    def begin(self, tenant: str, params: Mapping[str, Any]) -> tuple[Any, Any]:
        return self.text, len(self.text)

    def since(self, tenant: str, params: Mapping[str, Any], cursor: Any) -> tuple[Any, Any]:
        self.asked += 1
        self.gate.wait(5)
        new = self.text[cursor:]
        return new or None, cursor + len(new)


class House:
    def __init__(self, path: Path, demand: bool) -> None:
        self.catalog = Catalog(path)
        self.hub = Hub(Authenticator(self.catalog, demand).by_secret)
        self.numbers = Numbers()
        self.hub.add("numbers", self.numbers)
        self.letters = Letters()
        self.hub.add("letters", self.letters)
        self.client = TestClient(
            Starlette(routes=[WebSocketRoute("/ws", self.hub.serve)]),
            base_url="http://localhost",
            headers={"host": "localhost"},
        )

    def publish(self, tenant: str, number: int) -> None:
        self.numbers.totals[tenant] = self.numbers.totals.get(tenant, 0) + number
        self.hub.publish("numbers", tenant, number)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "c.db", demand=False)
    with made.client:
        yield made


def subscribe(ws: WebSocketTestSession, **params: Any) -> Any:
    ws.send_json({"op": "subscribe", "channel": "numbers", "params": params})
    return ws.receive_json()


def test_given_a_subscriber_when_published_then_snapshot_and_deltas_arrive_in_order(house: House) -> None:
    house.publish("default", 5)
    with house.client.websocket_connect("/ws") as ws:
        assert subscribe(ws) == {"channel": "numbers", "type": "snapshot", "data": 5}
        for n in (1, 2, 3):
            house.publish("default", n)
        assert [ws.receive_json()["data"] for _ in range(3)] == [1, 2, 3]


def test_given_params_when_published_then_only_what_fits_arrives(house: House) -> None:
    with house.client.websocket_connect("/ws") as ws:
        subscribe(ws, least=10)
        for n in (1, 20, 2, 30):
            house.publish("default", n)
        assert [ws.receive_json()["data"] for _ in range(2)] == [20, 30]


def test_given_another_tenants_events_when_published_then_nothing_arrives(house: House) -> None:
    with house.client.websocket_connect("/ws") as ws:
        subscribe(ws)
        house.publish("red", 1)
        house.publish("default", 2)
        assert ws.receive_json()["data"] == 2


def test_given_an_unsubscribe_when_published_then_it_is_quiet(house: House) -> None:
    with house.client.websocket_connect("/ws") as ws:
        subscribe(ws)
        ws.send_json({"op": "unsubscribe", "channel": "numbers"})
        ws.send_json({"op": "ping"})
        assert ws.receive_json()["type"] == "pong"
        house.publish("default", 2)
        ws.send_json({"op": "ping"})
        assert ws.receive_json()["type"] == "pong"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("{", "not JSON"),
        ("[]", "an object with an `op`"),
        ('{"op": "dance"}', "op 'dance' is not known"),
        ('{"op": "subscribe", "channel": "x"}', "channel 'x' is not known; there are letters, numbers"),
        ('{"op": "subscribe", "channel": "numbers", "params": 3}', "params must be an object"),
        ('{"op": "subscribe", "channel": "numbers", "params": {"bad": 1}}', "bad is bad"),
        ('"' + "x" * 70_000 + '"', "at most 65536"),
    ],
)
def test_given_nonsense_when_sent_then_the_error_says_why_and_the_connection_lives(
    house: House, text: str, detail: str
) -> None:
    with house.client.websocket_connect("/ws") as ws:
        ws.send_text(text)
        answer = ws.receive_json()
        assert answer["type"] == "error"
        assert detail in answer["data"]["detail"]
        assert subscribe(ws)["type"] == "snapshot"


def test_given_a_slow_reader_when_flooded_then_it_gets_a_new_snapshot_and_memory_is_bounded(house: House) -> None:
    count = QUEUE_MAX * 20
    with house.client.websocket_connect("/ws") as ws:
        subscribe(ws)
        gate = threading.Event()
        loop = house.hub._loop
        assert loop is not None
        loop.call_soon_threadsafe(gate.wait, 5)  # the loop stands still: nothing can be sent
        for n in range(1, count + 1):
            house.numbers.totals["default"] = n
            house.hub.publish("numbers", "default", n)
        gate.set()
        kinds = []
        last = 0
        while last != count:
            message = ws.receive_json()
            kinds.append(message["type"])
            assert message["data"] >= last
            last = message["data"]
        assert "snapshot" in kinds
        assert len(kinds) < count


def test_given_a_change_while_the_snapshot_is_made_when_it_is_out_then_the_change_follows(house: House) -> None:
    made, go = threading.Event(), threading.Event()

    def slow(tenant: str, params: Mapping[str, Any]) -> Any:
        made.set()
        go.wait(5)
        return 0

    house.numbers.snapshot = slow  # type: ignore[method-assign] # a slow source
    with house.client.websocket_connect("/ws") as ws:
        ws.send_json({"op": "subscribe", "channel": "numbers"})
        assert made.wait(5)
        house.hub.publish("numbers", "default", 7)
        ws.portal.call(lambda: None)
        go.set()
        assert [ws.receive_json()["data"] for _ in range(2)] == [0, 7]


def test_given_a_demand_when_no_key_comes_then_it_is_closed(tmp_path: Path) -> None:
    house = House(tmp_path / "c.db", demand=True)
    with house.client, house.client.websocket_connect("/ws") as ws:
        ws.send_json({"op": "auth", "key": "wrong"})
        assert ws.receive_json()["data"]["status"] == 401
        with pytest.raises(WebSocketDisconnect) as closed:
            ws.receive_json()
        assert closed.value.code == 4401


@pytest.mark.parametrize(("role", "kind"), [(Role.VIEWER, "snapshot"), (Role.INGEST, "error")])
def test_given_a_key_when_sent_first_then_its_role_decides(tmp_path: Path, role: Role, kind: str) -> None:
    house = House(tmp_path / "c.db", demand=True)
    _, secret = house.catalog.create_key(LOCAL, role, "me", tenant="red")
    house.publish("red", 7)
    with house.client, house.client.websocket_connect("/ws") as ws:
        ws.send_json({"op": "auth", "key": secret})
        ws.send_json({"op": "subscribe", "channel": "numbers"})
        answer = ws.receive_json()
        assert answer["type"] == kind
        assert answer["data"] == 7 or answer["data"]["status"] == 403


def test_given_a_foreign_page_when_it_connects_then_it_is_forbidden(house: House) -> None:
    with house.client.websocket_connect("/ws", headers={"origin": "https://evil.example.org"}) as ws:
        assert ws.receive_json()["data"]["status"] == 403


def test_given_a_feed_when_published_often_then_everything_arrives_once_with_few_questions(house: House) -> None:
    with house.client.websocket_connect("/ws") as ws:
        ws.send_json({"op": "subscribe", "channel": "letters"})
        assert ws.receive_json()["data"] == "ab"
        house.letters.gate.clear()
        for letter in "cdefghij":
            house.letters.text += letter
            house.hub.publish("letters", "default", None)
        house.letters.gate.set()
        got = ""
        while got != "cdefghij":
            got += ws.receive_json()["data"]
        assert house.letters.asked < 8


def test_given_a_refused_subscription_when_something_is_published_then_others_hear_of_it(house: House) -> None:
    with house.client.websocket_connect("/ws") as bad, house.client.websocket_connect("/ws") as good:
        bad.send_json({"op": "subscribe", "channel": "numbers", "params": {"bad": 1, "least": "text"}})
        assert bad.receive_json()["type"] == "error"
        good.send_json({"op": "subscribe", "channel": "numbers"})
        assert good.receive_json()["type"] == "snapshot"
        house.publish("default", 5)
        assert good.receive_json()["data"] == 5
        bad.send_json({"op": "ping"})
        assert bad.receive_json()["type"] == "pong"


def test_given_a_binary_message_when_received_then_it_is_refused_and_the_connection_stays(house: House) -> None:
    with house.client.websocket_connect("/ws") as page:
        page.send_bytes(b"\xff\xfe")
        assert "binary" in page.receive_json()["data"]["detail"]
        page.send_json({"op": "ping"})
        assert page.receive_json()["type"] == "pong"


def test_given_a_feed_that_is_asked_when_subscribed_anew_then_the_old_answer_is_not_told(house: House) -> None:
    with house.client.websocket_connect("/ws") as page:
        page.send_json({"op": "subscribe", "channel": "letters"})
        assert page.receive_json()["data"] == "ab"
        house.letters.gate.clear()
        house.letters.text += "c"
        house.hub.publish("letters", "default", None)
        while not house.letters.asked:
            page.portal.call(lambda: None)
        page.send_json({"op": "subscribe", "channel": "letters", "params": {"q": "others"}})
        assert page.receive_json() == {"channel": "letters", "type": "snapshot", "data": "abc"}
        house.letters.gate.set()
        house.letters.text += "d"
        house.hub.publish("letters", "default", None)
        assert page.receive_json()["data"] == "d"


def fall_behind(house: House) -> None:
    """More deltas than the queue holds, before any of them can be sent."""

    def flood() -> None:
        for n in range(1, 2 * QUEUE_MAX):
            house.hub._fan_out("numbers", "default", n)

    loop = house.hub._loop
    assert loop is not None
    loop.call_soon_threadsafe(flood)


def until(page: WebSocketTestSession, kind: str) -> Any:
    while (message := page.receive_json())["type"] != kind:
        pass
    return message["data"]


def test_given_deltas_while_a_slow_reader_gets_its_new_snapshot_then_the_connection_goes_on(house: House) -> None:
    made, go = threading.Event(), threading.Event()

    def slow(tenant: str, params: Mapping[str, Any]) -> Any:
        made.set()
        go.wait(5)
        return 0

    with house.client.websocket_connect("/ws") as page:
        subscribe(page)
        house.numbers.snapshot = slow  # type: ignore[method-assign] # a slow source
        fall_behind(house)
        assert made.wait(5)
        for n in range(QUEUE_MAX):  # as many as are held, beside the snapshot itself
            house.hub.publish("numbers", "default", 1000 + n)
        page.portal.call(lambda: None)
        go.set()
        assert until(page, "snapshot") == 0
        assert [page.receive_json()["data"] for _ in range(QUEUE_MAX)] == [1000 + n for n in range(QUEUE_MAX)]


def test_given_a_new_snapshot_that_fails_when_the_store_is_back_then_it_comes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RESYNC_WAIT_S", 0.01)
    answers = iter([StoreAwayError("gone"), 7])

    def shaky(tenant: str, params: Mapping[str, Any]) -> Any:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with house.client.websocket_connect("/ws") as page:
        subscribe(page)
        house.numbers.snapshot = shaky  # type: ignore[method-assign] # a store that is away for a moment
        fall_behind(house)
        assert until(page, "error")["detail"] == "gone"
        assert until(page, "snapshot") == 7


@pytest.fixture
def let_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[House, Key, str, WebSocketTestSession]]:
    """A page that was let in by a key, which is looked at again all the time: the house, the key, its secret, the page."""
    monkeypatch.setattr(live, "RECHECK_S", 0.01)
    house = House(tmp_path / "c.db", demand=True)
    key, secret = house.catalog.create_key(LOCAL, Role.VIEWER, "me")
    with house.client, house.client.websocket_connect("/ws") as page:
        page.send_json({"op": "auth", "key": secret})
        assert subscribe(page)["type"] == "snapshot"
        yield house, key, secret, page


def test_given_a_key_when_it_is_revoked_then_its_connections_end(let_in: Any) -> None:
    house, key, _, page = let_in
    house.catalog.revoke_key(LOCAL, key.id)
    assert until(page, "error")["status"] == 401
    with pytest.raises(WebSocketDisconnect) as closed:
        page.receive_json()
    assert closed.value.code == 4401


def test_given_a_catalog_that_is_away_when_it_is_back_then_connections_went_on(
    let_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, key, secret, page = let_in
    asked = threading.Event()

    def away(_secret: str) -> Any:
        asked.set()
        raise StoreAwayError("the catalog's database does not answer")

    with monkeypatch.context() as gone:
        gone.setattr(house.catalog, "authenticate", away)
        assert asked.wait(10)
        with house.client.websocket_connect("/ws") as other:
            other.send_json({"op": "auth", "key": secret})
            assert until(other, "error")["status"] == 503
            with pytest.raises(WebSocketDisconnect) as closed:
                other.receive_json()
        assert closed.value.code == 1013, "try again later"
    house.publish("default", 3)
    assert until(page, "delta") == 3
    house.catalog.revoke_key(LOCAL, key.id)
    assert until(page, "error")["status"] == 401


def test_given_a_source_with_a_defect_when_its_new_snapshot_fails_then_the_page_is_told_to_connect_again(
    house: House,
) -> None:
    with house.client.websocket_connect("/ws") as page:
        subscribe(page)
        house.numbers.snapshot = lambda tenant, params: 1 // 0  # type: ignore[method-assign] # a defect
        fall_behind(house)
        with pytest.raises(WebSocketDisconnect) as closed:
            until(page, "snapshot")
        assert closed.value.code == 1011
    assert not house.hub._clients
