"""The one HTTP application on the main port: REST, OpenAPI, OTLP, live data and the web UI."""

from __future__ import annotations

import importlib
import pkgutil
import re
import secrets
import time
from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from swarmscope import __version__, telemetry
from swarmscope.serve import compat, problems, routes
from swarmscope.serve.live import Hub
from swarmscope.serve.protocol import BoundedBody
from swarmscope.serve.routing import IndexedRouter
from swarmscope.serve.schemas.common import Problem
from swarmscope.serve.schemas.live import described
from swarmscope.serve.state import State
from swarmscope.serve.ui import Ui

_seconds = telemetry.histogram(
    "swarmscope_serve_request_seconds",
    "Time to answer a call",
    ("method", "route", "status"),
    (0.01, 0.05, 0.1, 0.5, 2.0, 10.0),
)
_ID = re.compile(
    r"[A-Za-z0-9._:-]{1,64}"
)  # UUIDs and the ids of traces; nothing that would be a line of a log, or markup
CLIENT_GONE = 499  # what it is counted as; not a status of HTTP, but the one that proxies write down


class Correlate:
    """Gives every call an id that all its log lines carry, the answer to a failure too, and times it by route."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-correlation-id", b"").decode("latin-1")
        correlation_id = given if _ID.fullmatch(given) else secrets.token_hex(8)
        status, answered = 500, False
        begun = time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status, answered = message["status"], True
                MutableHeaders(scope=message)["x-correlation-id"] = correlation_id
            await send(message)

        with structlog.contextvars.bound_contextvars(correlation_id=correlation_id):
            try:
                await self._app(scope, receive, answer)
            except (
                ClientDisconnect
            ):  # before it had sent its body: there is nobody to answer, and nothing of ours failed
                status = CLIENT_GONE
            except Exception as e:
                failure = problems.unexpected(scope["path"], e)
                if answered:  # half of an answer is out: the connection has to end
                    raise
                await failure(scope, receive, answer)
            finally:
                route = scope.get("route")
                name = route.path if isinstance(route, Route) else "other"
                _seconds.labels(scope["method"], name, str(status)).observe(time.perf_counter() - begun)


def routers() -> list[APIRouter]:
    """The router of every module in `serve/routes` and `serve/compat`, found by listing the folders; FIRST ones come first."""
    names = [
        f"{room.__name__}.{name}"
        for room in (routes, compat)
        for name in sorted(m.name for m in pkgutil.iter_modules(room.__path__))
    ]
    modules = [importlib.import_module(name) for name in names]
    modules.sort(key=lambda m: not getattr(m, "FIRST", False))
    return [router for m in modules if isinstance(router := getattr(m, "router", None), APIRouter)]


def methods(served: Sequence[APIRouter], path: str) -> frozenset[str]:
    """Which methods routes answer at `path`; empty: none of them does."""
    found: set[str] = set()
    for router in served:
        for route in router.routes:
            if isinstance(route, Route) and route.path_regex.fullmatch(path):
                found |= route.methods or set()
    return frozenset(found)


def large_bodies() -> tuple[str, ...]:
    """Beginnings of paths whose bodies have limits of their own: OTLP's, and what modules in `serve/compat` name as BODIES."""
    names = sorted(m.name for m in pkgutil.iter_modules(compat.__path__))
    modules = [importlib.import_module(f"{compat.__name__}.{name}") for name in names]
    return ("/v1/", *(path for m in modules for path in getattr(m, "BODIES", ())))


class _Described(FastAPI):
    """States the shape of errors once in its description; routes refer to it."""

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.setdefault("Problem", Problem.model_json_schema())
        document["x-live-channels"] = described(schemas)
        return document


def create_app(state: State | None, otlp: ASGIApp | None = None) -> FastAPI:
    """The application over the rooms in `state`; without them it only describes itself (OpenAPI).

    otlp: answers `/v1/traces`, `/v1/metrics` and `/v1/logs`.
    """
    app = _Described(
        title="Swarmscope",
        version=__version__,
        description="Observability for fleets of AI agents.",
        docs_url="/docs",
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    problems.install(app)
    served = routers()
    app.router = IndexedRouter([*app.routes, *(route for router in served for route in router.routes)])
    if state is not None:
        app.state = state  # type: ignore[assignment] # not a copy: rooms that start later, and changes, are seen by all
        app.router.routes.append(WebSocketRoute("/ws", _live(state.hub)))
    if otlp is not None:
        app.mount("/v1", otlp)
    app.mount("/", Ui(methods=lambda path: methods(served, path)))
    app.add_middleware(GZipMiddleware, minimum_size=2048, compresslevel=1)
    app.add_middleware(BoundedBody, apart=large_bodies())
    app.add_middleware(Correlate)
    return app


def _live(hub: Hub) -> Any:
    async def endpoint(socket: WebSocket) -> None:
        await hub.serve(socket)

    return endpoint
