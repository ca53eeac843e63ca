"""The application itself: problem documents, correlation, the UI's headers and its deep links, keys over REST."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import structlog.testing
from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from swarmscope.catalog.catalog import Catalog
from swarmscope.errors import DecodeError, OverloadError
from swarmscope.model.access import LOCAL, Role
from swarmscope.serve.app import create_app, routers
from swarmscope.serve.auth import Authenticator
from swarmscope.serve.openapi import document
from swarmscope.serve.schemas.common import PROBLEM_REF
from swarmscope.serve.ui import CSP, Ui


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "c.db")


@pytest.fixture
def app(catalog: Catalog) -> FastAPI:
    made = create_app(None)
    made.state.catalog = catalog
    made.state.authenticator = Authenticator(catalog, demand=False)

    @made.get("/api/v1/fault/{kind}")
    def fault(kind: str) -> None:
        raise {
            "overload": OverloadError("the journal is full", 3.2),
            "decode": DecodeError("no varint", 17),
            "bug": ZeroDivisionError("secret detail"),
        }[kind]

    made.router.routes.insert(0, made.router.routes.pop())
    return made


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as made:
        yield made


def test_given_an_overload_when_answered_then_it_is_429_with_a_delay(client: TestClient) -> None:
    answer = client.get("/api/v1/fault/overload")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["retryable"] is True


def test_given_bad_bytes_when_answered_then_the_position_stands_there(client: TestClient) -> None:
    answer = client.get("/api/v1/fault/decode").json()
    assert (answer["status"], answer["position"], answer["detail"]) == (400, 17, "no varint (at byte 17)")


def test_given_a_bug_when_answered_then_nothing_inner_leaks(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL):
        answer = client.get("/api/v1/fault/bug")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text


async def test_given_a_client_that_goes_before_its_body_is_sent_then_it_is_no_failure_of_ours(app: FastAPI) -> None:
    @app.post("/api/v1/fault/body")
    async def body(request: Request) -> int:
        return len(await request.body())

    app.router.routes.insert(0, app.router.routes.pop())
    scope = {"type": "http", "http_version": "1.1", "method": "POST", "path": "/api/v1/fault/body", "raw_path": b"",
             "root_path": "", "scheme": "http", "query_string": b"", "headers": [(b"host", b"localhost")],
             "server": ("localhost", 80), "client": ("localhost", 9)}  # fmt: skip
    parts = iter([{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(parts)

    async def send(message: Any) -> None:
        sent.append(message)

    with structlog.testing.capture_logs() as lines:
        await app(scope, receive, send)
    assert (sent, [entry for entry in lines if entry["event"] == "failed"]) == ([], [])


def test_given_a_bug_when_answered_then_its_log_line_is_found_by_the_id_of_the_answer(client: TestClient) -> None:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answer = client.get("/api/v1/fault/bug", headers={"x-correlation-id": "abc123"})
    assert answer.headers["x-correlation-id"] == "abc123"
    (line,) = [entry for entry in lines if entry["event"] == "failed"]
    assert (line["correlation_id"], line["path"]) == ("abc123", "/api/v1/fault/bug")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", True),
        ("a.b_c:d", True),
        ("x" * 65, False),
        ('a"b', False),
        ("é", False),
    ],
)
def test_given_a_callers_own_id_when_it_is_harmless_then_the_answer_bears_it(
    client: TestClient, sent: str, kept: bool
) -> None:
    answer = client.get("/health", headers={"x-correlation-id": sent.encode("latin-1")})
    assert (answer.headers["x-correlation-id"] == sent) == kept


def test_given_a_method_that_a_path_does_not_take_then_it_says_which_it_takes(client: TestClient) -> None:
    answer = client.get("/api/v1/detect/someone")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert "it takes POST" in answer.json()["detail"]
    assert client.post("/api/v1/nowhere").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/api/v1/nowhere", "/prometheus/api/v1/nowhere", "/loki/api/v1/nowhere", "/tempo/api/nowhere", "/jaeger/api/nowhere",
     "/influx/nowhere", "/pushgateway/nowhere", "/zipkin/nowhere"],
)  # fmt: skip
def test_given_an_unknown_path_under_an_api_when_asked_then_it_is_a_problem_not_a_page(
    client: TestClient, path: str
) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert path in answer.json()["detail"]


def test_given_an_unknown_path_of_elasticsearch_when_asked_then_it_is_refused_in_its_own_form(
    client: TestClient,
) -> None:
    answer = client.get("/elasticsearch/_cat/nowhere")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")
    assert answer.json() == {"error": "no handler found for uri [/_cat/nowhere] and method [GET]"}


@pytest.mark.parametrize(("given", "kept"), [("abc123", True), ("x" * 65, False), ("a b", False), ("", False)])
def test_given_a_correlation_id_when_sane_then_it_comes_back(client: TestClient, given: str, kept: bool) -> None:
    got = client.get("/health", headers={"x-correlation-id": given}).headers["x-correlation-id"]
    assert (got == given) is kept
    assert got.isalnum()


def test_given_a_built_ui_when_a_deep_link_is_opened_then_the_page_comes_under_the_policy(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<title>page</title>")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a.js").write_text("1")
    app = FastAPI()
    app.mount("/", Ui(tmp_path))
    client = TestClient(app)
    for path in ("/", "/traces/abc", "/agents/a.b.c"):
        answer = client.get(path)
        assert "page" in answer.text
        assert answer.headers["content-security-policy"] == CSP
        assert answer.headers["cache-control"] == "no-cache"
    assert "immutable" in client.get("/assets/a.js").headers["cache-control"]
    assert client.get("/assets/none.js").status_code == 404
    assert client.get("/../c.db").status_code in (200, 404)
    assert "unsafe" not in CSP


def test_given_a_script_of_the_ui_when_asked_for_then_it_comes_packed_to_those_who_can_unpack_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "assets").mkdir()
    script = "let a = 1;\n" * 1000
    (tmp_path / "assets" / "a-1.js").write_text(script)
    (tmp_path.parent / "outside.js").write_text("secret")
    app = FastAPI()
    app.mount("/", Ui(tmp_path))
    client = TestClient(app)
    for _ in range(2):
        packed = client.get("/assets/a-1.js", headers={"accept-encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["content-type"].startswith("text/javascript")
        assert int(packed.headers["content-length"]) < len(script) / 10
        assert packed.text == script
        plain = client.get("/assets/a-1.js", headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.text == script
        for answer in (packed, plain):
            assert answer.headers["content-security-policy"] == CSP
            assert "immutable" in answer.headers["cache-control"]
    head = client.head("/assets/a-1.js", headers={"accept-encoding": "gzip"})
    assert (head.status_code, head.content) == (200, b"")
    assert client.get("/assets/none-1.js", headers={"accept-encoding": "gzip"}).status_code == 404
    assert "secret" not in client.get("/assets/..%2F..%2Foutside.js", headers={"accept-encoding": "gzip"}).text


def test_given_an_admin_when_making_and_revoking_a_key_then_it_works_until_then(
    client: TestClient, catalog: Catalog
) -> None:
    made = client.post("/api/v1/keys", json={"name": "agents", "role": "viewer"})
    assert made.status_code == 201
    secret = made.json()["secret"]
    headers = {"authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/me", headers=headers).json()["role"] == "viewer"
    assert client.get("/api/v1/keys", headers=headers).status_code == 403
    assert secret not in client.get("/api/v1/keys").text
    assert client.delete(f"/api/v1/keys/{made.json()['key']['id']}").status_code == 204
    assert client.get("/api/v1/me", headers=headers).status_code == 401
    assert [c["action"] for c in client.get("/api/v1/audit").json()["items"]] == ["key.revoke", "key.create"]
    assert client.delete("/api/v1/keys/none").status_code == 404


def test_given_an_ingest_key_when_reading_then_it_is_forbidden(client: TestClient, catalog: Catalog) -> None:
    _, secret = catalog.create_key(LOCAL, Role.INGEST, "agents")
    answer = client.get("/api/v1/me", headers={"x-api-key": secret})
    assert answer.status_code == 403
    assert "viewer" in answer.json()["detail"]


def test_given_a_view_when_saved_then_the_tenant_finds_it_and_others_do_not(
    client: TestClient, catalog: Catalog
) -> None:
    view = {"name": "ignored", "page": "/traces", "search": {"q": "status:error"}}
    assert client.put("/api/v1/views/slow%2Fodd ones", json=view).json()["name"] == "slow/odd ones"
    longest = {"page": f"/sessions/{'s' * 512}", "search": {"turn": 3}, "name": "a session"}
    assert client.put("/api/v1/views/a session", json=longest).status_code == 200
    assert client.delete("/api/v1/views/a session").status_code == 204
    assert client.get("/api/v1/views").json()["items"][0]["search"] == {"q": "status:error"}
    _, secret = catalog.create_key(LOCAL, Role.VIEWER, "x", tenant="red")
    assert client.get("/api/v1/views", headers={"x-api-key": secret}).json()["items"] == []
    assert client.delete("/api/v1/views/slow%2Fodd ones").status_code == 204
    assert client.get("/api/v1/views").json()["items"] == []


@pytest.mark.parametrize(
    "body", [{}, {"name": "", "role": "viewer"}, {"name": "a", "role": "king"}, {"name": "a", "role": "viewer", "x": 1}]
)
def test_given_a_malformed_key_when_posted_then_each_fault_is_named(
    client: TestClient, body: dict[str, object]
) -> None:
    answer = client.post("/api/v1/keys", json=body)
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["where"].startswith("body")


def test_the_openapi_document_is_stable() -> None:
    assert document() == document()


def test_errors_are_described_by_reference_and_compiled_for_no_route() -> None:
    described = create_app(None).openapi()
    assert described["components"]["schemas"]["Problem"]["properties"].keys() >= {"type", "title", "status", "detail"}
    errors = described["paths"]["/api/v1/agents"]["get"]["responses"]["400"]["content"]
    assert errors["application/json"]["schema"] == {"$ref": PROBLEM_REF}
    routes = [r for router in routers() for r in router.routes if isinstance(r, APIRoute)]
    compiled = {status for r in routes for status in r.response_fields}
    assert len(routes) > 150
    assert compiled <= {503}, "an error that every route can meet is compiled for each of them: slow starts"
