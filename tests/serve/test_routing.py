"""The index of routes: whatever is called, it takes what a look at every route in turn would take."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import BaseRoute, Match, Mount, Route

from swarmscope.serve.app import create_app
from swarmscope.serve.routing import KEPT_MAX, IndexedRouter

APP = create_app(None)
PATHS = sorted({re.sub(r"\{[^}]*\}", "x.y", route.path) for route in APP.routes if isinstance(route, (Route, Mount))})


def scope(path: str, method: str = "GET") -> dict[str, Any]:
    return {"type": "http", "method": method, "path": path, "root_path": "", "headers": [], "query_string": b""}


def taken(routes: list[BaseRoute], call: dict[str, Any]) -> BaseRoute | None:
    return next((route for route in routes if route.matches(dict(call))[0] == Match.FULL), None)


def indexed() -> IndexedRouter:
    assert isinstance(APP.router, IndexedRouter)
    return APP.router


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_given_every_path_that_is_served_when_it_is_called_then_the_index_finds_the_route_that_a_full_look_finds(
    method: str,
) -> None:
    assert len(PATHS) > 200
    for path in PATHS:
        for variant in (path, f"{path}/", f"{path}/more"):
            call = scope(variant, method)
            assert taken(indexed().near(call["path"]), call) is taken(APP.routes, call), variant


SEGMENT = st.one_of(st.sampled_from(sorted({part for path in PATHS for part in path.split("/")})), st.text(max_size=5))


@given(st.lists(SEGMENT, max_size=6), st.sampled_from(["GET", "POST", "DELETE"]))
def test_given_any_path_when_it_is_called_then_the_index_finds_the_route_that_a_full_look_finds(
    segments: list[str], method: str
) -> None:
    call = scope("/" + "/".join(segments), method)
    assert taken(indexed().near(call["path"]), call) is taken(APP.routes, call)


def test_given_a_path_of_the_api_when_its_routes_are_looked_up_then_they_are_few() -> None:
    assert len(indexed().near("/api/v1/traces")) < len(APP.routes) / 10


def test_given_a_route_that_came_later_when_it_is_called_then_it_is_found() -> None:
    router = IndexedRouter([])
    assert router.near("/late/route") == []
    router.add_api_route("/late/{x}", lambda x: x)
    assert taken(router.near("/late/route"), scope("/late/route")) is router.routes[0]


def test_given_ever_other_paths_when_they_are_called_then_what_is_kept_of_them_is_bounded() -> None:
    for i in range(KEPT_MAX + 10):
        indexed().near(f"/nowhere/{i}")
    assert len(indexed()._near) <= KEPT_MAX


def _dependencies(of: Dependant) -> Iterator[Dependant]:
    for one in of.dependencies:
        yield one
        yield from _dependencies(one)


def test_given_every_route_when_it_is_called_then_what_it_depends_on_waits_for_no_thread() -> None:
    found = [one.call for r in APP.routes if isinstance(r, APIRoute) for one in _dependencies(r.dependant)]
    assert len(found) > 300
    assert {
        f"{call.__module__}.{call.__name__}" for call in found if call and not inspect.iscoroutinefunction(call)
    } == set()
