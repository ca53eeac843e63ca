"""Finds the route of a call by the beginning of its path, so that a call does not pay for the hundreds of others."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.routing import BaseRoute, Match, Mount, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

SEGMENTS = 3  # "/api/v1/traces": what tells most routes apart
KEPT_MAX = 2048  # paths come from anybody


class IndexedRouter(APIRouter):
    """Answers as its parent does, which tries every route in turn: the first that matches path and method is taken. Here only
    those are tried whose path begins like the call's; what none of them takes (a method that is not answered, a slash too many)
    is left to the parent."""

    def __init__(self, routes: list[BaseRoute]) -> None:
        super().__init__(routes=routes)
        self._near: dict[tuple[str, ...], list[BaseRoute]] = {}
        self._known = 0  # so many routes `_near` was made of

    def near(self, path: str) -> list[BaseRoute]:
        """The routes that can match a path, in their order."""
        if self._known != len(self.routes):
            self._near, self._known = {}, len(self.routes)
        beginning = tuple(path.split("/", SEGMENTS + 1)[1 : SEGMENTS + 1])
        found = self._near.get(beginning)
        if found is None:
            if len(self._near) >= KEPT_MAX:
                self._near = {}
            found = [route for route in self.routes if _beginning(route) == beginning[: len(_beginning(route))]]
            self._near[beginning] = found
        return found

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != "lifespan" and not scope.get("root_path"):
            scope.setdefault("router", self)
            for route in self.near(scope["path"]):
                match, found = route.matches(scope)
                if match == Match.FULL:
                    scope.update({"route": route, **found})
                    await route.handle(scope, receive, send)
                    return
        await super().app(scope, receive, send)


def _beginning(route: BaseRoute) -> tuple[str, ...]:
    """The first segments of a route's path, as far as they are the same for every call."""
    path = route.path if isinstance(route, (Route, WebSocketRoute, Mount)) else ""
    same, parameter, _ = path.partition("{")
    segments = same.split("/")[1:]
    if parameter:  # the last one goes on with what a call brings
        segments = segments[:-1]
    return tuple(segments[:SEGMENTS]) if same else ()
