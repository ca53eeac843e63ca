"""A store whose reads take long, by a clock that the test turns."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from swarmscope.query import reader

READ_S = 20.0


def slow(store: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """From now on each read takes READ_S; how long each was given, as it comes."""
    clock, given, plain = [0.0], list[Any](), store.query

    def query(sql: str, params: Any, settings: Any) -> Any:
        given.append(settings.get("max_execution_time"))
        clock[0] += READ_S
        return plain(sql, params, settings)

    monkeypatch.setattr(store, "query", query)
    monkeypatch.setattr(reader, "time", SimpleNamespace(monotonic=lambda: clock[0], time_ns=time.time_ns))
    return given
