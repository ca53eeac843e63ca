"""OTLP/HTTP on the main port answers as the server of its own port does."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import AsyncIterator, Mapping, MutableMapping
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from swarmscope.errors import OverloadError
from swarmscope.ingest.receivers.http import otlp_asgi
from swarmscope.model.access import Principal

from .conftest import Sink, authenticate, config
from .requests import as_json, body

PROTOBUF = {"content-type": "application/x-protobuf"}


@pytest.fixture
async def client(sink: Sink) -> AsyncIterator[httpx.AsyncClient]:
    """The application, mounted as the main port mounts it."""
    settings = config(message_max_bytes=4 << 20)
    app = Starlette(routes=[Mount("/v1", otlp_asgi(settings, sink, authenticate))])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as made:
        yield made


async def test_all_signals_encodings_and_codings(client: httpx.AsyncClient, sink: Sink) -> None:
    for signal in ("traces", "logs", "metrics"):
        assert (await client.post(f"/v1/{signal}", content=body(signal), headers=PROTOBUF)).status_code == 200
        packed = {**PROTOBUF, "content-encoding": "gzip"}
        assert (
            await client.post(f"/v1/{signal}", content=gzip.compress(body(signal)), headers=packed)
        ).status_code == 200
        answer = await client.post(
            f"/v1/{signal}", content=as_json(signal), headers={"content-type": "application/json"}
        )
        assert answer.json() == {"partialSuccess": {}}
    assert sink.items == 27


async def test_a_large_compressed_body(client: httpx.AsyncClient, sink: Sink) -> None:
    packed = {**PROTOBUF, "content-encoding": "gzip"}
    large = body("traces", 40_000)
    assert (await client.post("/v1/traces", content=gzip.compress(large, 1), headers=packed)).status_code == 200
    assert sink.items == 40_000


async def test_refusals(client: httpx.AsyncClient, sink: Sink) -> None:
    assert (await client.get("/v1/traces")).status_code == 405
    assert (await client.post("/v1/other", content=b"", headers=PROTOBUF)).status_code == 404
    assert (await client.post("/v1/traces", content=b"x")).status_code == 415
    assert (await client.post("/v1/traces", content=b"\xff", headers=PROTOBUF)).status_code == 400
    assert (await client.post("/v1/traces", content=bytes(5 << 20), headers=PROTOBUF)).status_code == 413
    bomb = {**PROTOBUF, "content-encoding": "gzip"}
    assert (await client.post("/v1/traces", content=gzip.compress(bytes(9 << 20)), headers=bomb)).status_code == 413
    sink.refuse_at_once = OverloadError("full", 7)
    answer = await client.post("/v1/traces", content=body("traces"), headers=PROTOBUF)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


async def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(sink: Sink) -> None:
    async def nothing() -> dict[str, object]:
        raise AssertionError("the body was waited for")

    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", b"10000000000")]
    scope = {"type": "http", "method": "POST", "path": "/v1/traces", "headers": headers}
    await otlp_asgi(config(message_max_bytes=1 << 20), sink, authenticate)(scope, nothing, send)
    assert sent[0]["status"] == 413 and b"larger than 1048576 bytes" in sent[1]["body"]


async def test_a_catalog_that_hangs_holds_up_nobody_but_who_is_looked_up(sink: Sink) -> None:
    hanging, looked_up = threading.Event(), threading.Event()

    def slowly(headers: Mapping[str, str]) -> Principal:
        if "authorization" in headers:
            looked_up.set()
            assert hanging.wait(20)
        return authenticate({})

    transport = httpx.ASGITransport(Starlette(routes=[Mount("/v1", otlp_asgi(config(), sink, slowly))]))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        keyed = {**PROTOBUF, "authorization": "Bearer k"}
        waiting = asyncio.create_task(client.post("/v1/traces", content=body("traces"), headers=keyed))
        assert await asyncio.to_thread(looked_up.wait, 20)
        assert (await client.post("/v1/traces", content=body("traces"), headers=PROTOBUF)).status_code == 200
        hanging.set()
        assert (await waiting).status_code == 200


async def test_cross_origin(client: httpx.AsyncClient) -> None:
    answer = await client.options("/v1/traces", headers={"origin": "http://localhost:3000"})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
    answer = await client.post(
        "/v1/traces", content=body("traces"), headers={**PROTOBUF, "origin": "https://evil.example"}
    )
    assert "access-control-allow-origin" not in answer.headers
