"""Dead letters over REST: seen, sampled, driven again, given up; for the install's admins only."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from swarmscope.model.access import Role
from swarmscope.model.journal import DeadLetter
from swarmscope.serve.routes import dead_letters
from swarmscope.store.failures import insert_error
from tests.serve.routes.conftest import Api, fill

PATH = "/api/v1/dead-letters"


@pytest.fixture
def letter(api: Api) -> Iterator[DeadLetter]:
    """Three log records that the store once refused, one of them another tenant's."""
    rows = fill(
        "logs",
        [
            {
                "tenant": tenant,
                "time": time.time_ns(),
                "received_at": time.time_ns(),
                "body": f"refused of {tenant} " + "x" * 2000,
            }
            for tenant in ("default", "other", "default")
        ],
    )
    rows = rows.append_column("batch_id", pa.array([1, 1, 1], pa.uint64()))
    journal = api.state.journal
    journal._dead.bury("token-of-a-test", "logs", rows, "Code: 321. the column cannot hold this")
    (made,) = journal.dead_letters()
    yield made
    if journal.dead_letters():
        journal.forget(made.name)


def actions(api: Api) -> list[tuple[str, str]]:
    return [(c["action"], c["subject"]) for c in api.get("/api/v1/audit", role=Role.ADMIN).json()["items"]]


def stored(api: Api) -> int:
    query = "SELECT count() FROM logs WHERE startsWith(body, 'refused of')"
    return int(api.call("POST", "/api/v1/sql", json={"query": query}).json()["rows"][0][0])


def test_a_letter_is_listed_with_its_reason_and_lowers_the_health(api: Api, letter: DeadLetter) -> None:
    (item,) = api.get(PATH, role=Role.ADMIN).json()["items"]
    assert (item["name"], item["table"], item["rows"]) == (letter.name, "logs", 3)
    assert "cannot hold this" in item["reason"]
    writer = next(c for c in api.get("/api/v1/health").json()["components"] if c["name"] == "writer")
    assert "1 files with rows that the store refused" in writer["reasons"]
    assert "dead-letters list" in writer["recommendations"][0]


def test_a_sample_is_bounded_and_of_the_callers_tenant(api: Api, letter: DeadLetter) -> None:
    found = api.get(f"{PATH}/{letter.name}", role=Role.ADMIN).json()
    assert found["tenants"] == {"default": 2, "other": 1}
    assert [r["body"][:18] for r in found["rows"]] == ["refused of default"] * 2
    assert all(len(r["body"]) < dead_letters.TEXT_MAX + 40 for r in found["rows"])
    assert len(api.get(f"{PATH}/{letter.name}", role=Role.ADMIN, limit=1).json()["rows"]) == 1


def test_driven_again_its_rows_are_stored_once_and_noted(api: Api, letter: DeadLetter) -> None:
    before = stored(api)
    done = api.call("POST", f"{PATH}/{letter.name}/redrive")
    assert (done.status_code, done.json()) == (200, {"rows": 3})
    assert stored(api) == before + 2  # of this tenant
    assert api.get(PATH, role=Role.ADMIN).json()["items"] == []
    assert api.call("POST", f"{PATH}/{letter.name}/redrive").status_code == 404
    assert actions(api)[0] == ("dead_letter.redrive", letter.name)


def test_given_up_it_is_gone_and_noted(api: Api, letter: DeadLetter) -> None:
    before = stored(api)
    assert api.call("DELETE", f"{PATH}/{letter.name}").status_code == 204
    assert stored(api) == before
    for method, path in (("GET", ""), ("POST", "/redrive"), ("DELETE", "")):
        assert api.call(method, f"{PATH}/{letter.name}{path}").status_code == 404
    assert actions(api)[0] == ("dead_letter.drop", letter.name)


@pytest.mark.parametrize(
    ("tenant", "role"), [("default", Role.EDITOR), ("default", Role.INGEST), ("other", Role.ADMIN)]
)
def test_nobody_but_the_installs_admins_may(api: Api, letter: DeadLetter, tenant: str, role: Role) -> None:
    one = f"{PATH}/{letter.name}"
    calls = [("GET", PATH), ("GET", one), ("POST", f"{one}/redrive"), ("DELETE", one)]
    assert {api.call(m, p, tenant, role).status_code for m, p in calls} == {403}


def test_a_writer_that_does_not_come_to_it_is_told_and_nothing_happens_later(
    api: Api, letter: DeadLetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Busy:
        def redrive(self, _: str) -> Any:
            return waiting

    from concurrent.futures import Future

    waiting: Future[int] = Future()
    monkeypatch.setattr(dead_letters, "WAIT_S", 0.05)
    monkeypatch.setattr(api.client.app.state, "writer", Busy())
    refused = api.call("POST", f"{PATH}/{letter.name}/redrive")
    assert refused.status_code == 503 and refused.json()["retryable"]
    assert waiting.cancelled()


def test_a_letter_that_is_refused_again_is_a_conflict_and_stays(
    api: Api, letter: DeadLetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(table: str, rows: Any, token: str) -> None:
        raise insert_error(table, "Code: 469. DB::Exception: Constraint `no_such` is violated (version 26)")

    monkeypatch.setattr(api.client.app.state.store, "insert", refusing)
    refused = api.call("POST", f"{PATH}/{letter.name}/redrive")
    assert (refused.status_code, refused.json()["retryable"]) == (409, False)
    assert "Constraint `no_such` is violated" in refused.json()["detail"]
    assert [one["name"] for one in api.get(PATH, role=Role.ADMIN).json()["items"]] == [letter.name]
