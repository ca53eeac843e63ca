"""One environment of several: spans, logs and agents of others are not seen."""

from __future__ import annotations

import pytest

from swarmscope.query import environments, logs, traces
from swarmscope.query.reader import Reader
from swarmscope.query.search import Page
from swarmscope.query.times import MINUTE_NS
from tests.query.conftest import World, make


@pytest.fixture(scope="module")
def places(empty_world: World) -> World:
    now = empty_world.now_ns
    keys = {1: "deployment.environment.name", 2: "deployment.environment", 3: "host.name"}
    values = {1: "production", 2: "staging", 3: "h"}
    for number, key in keys.items():
        own = {"tenant": "a", "received_at": now, "resource_id": number, "service": f"svc-{number}"}
        at, agent = now - MINUTE_NS, f"agent-{number}"
        empty_world.add("resources", make("resources", **own, attributes={key: values[number]}))
        ids = {"trace_id": bytes(15) + bytes([number]), "span_id": bytes(7) + bytes([number])}
        empty_world.add("spans", make("spans", **own, **ids, name="work", start_time=at, agent=agent))
        empty_world.add("logs", make("logs", **own, time=at, agent=agent, body="said", body_type="s"))
    return empty_world


def test_environments_are_listed_with_their_services_under_either_key(places: World) -> None:
    found = environments.listed(places.reader())["items"]
    assert found == [
        {"name": "production", "services": ["svc-1"]},
        {"name": "staging", "services": ["svc-2"]},
    ]
    assert environments.listed(places.reader("b"))["items"] == []


@pytest.mark.parametrize(("name", "number"), [("production", 1), ("staging", 2)])
def test_given_an_environment_when_searched_then_only_its_spans_and_logs_are_found(
    places: World, name: str, number: int
) -> None:
    reads = Reader(places.store, "a", environment=name)
    found = traces.spans(reads, "", places.window, Page())["items"]
    assert [s["agent"] for s in found] == [f"agent-{number}"]
    assert [r["agent"] for r in logs.search(reads, "", places.window, "desc", 10, "")["items"]] == [f"agent-{number}"]
    assert environments.Deployed(places.store).agents("a", name) == {f"agent-{number}"}


def test_given_a_name_that_is_sql_when_searched_then_it_is_only_a_name(places: World) -> None:
    reads = Reader(places.store, "a", environment="x' OR 1=1 --")
    assert traces.spans(reads, "", places.window, Page())["items"] == []


def test_what_may_not_wait_gets_what_was_found_last_and_renewing_keeps_it(places: World) -> None:
    deployed = environments.Deployed(places.store)
    assert deployed.agents("a", "production", wait=False) == frozenset()
    deployed.agents("a", "production")
    deployed.renew("a")
    assert deployed.agents("a", "production", wait=False) == {"agent-1"}
