"""A suite does not pass where nothing worked: what was not put to the test, found or judged has no value."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from swarmscope.bench import faults, fuzz, peers, process, samples
from swarmscope.bench.figures import Figure
from swarmscope.bench.suite import Context
from swarmscope.bench.suites import emergence, query, security, ui
from swarmscope.bench.suites import samples as samples_suite
from swarmscope.bench.suites.faults import Faults
from swarmscope.bench.suites.fuzz import Fuzz


def test_a_fault_under_which_nothing_was_acknowledged_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = [faults.Outcome("kill", 2), faults.Outcome("power cut", 2, acknowledged_rows=10)]
    monkeypatch.setattr(faults, "run", lambda *_: outcomes)
    figures = list(Faults().measure(Context()))
    assert [(f.value, f.reached) for f in figures] == [(None, False), (0, True)]


def test_requests_that_nobody_compared_are_not_read_as_protobuf_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "run", lambda *_: fuzz.Report(crash="case-1.bin (status -11)"))
    crashed, otherwise = Fuzz().measure(Context())
    assert (crashed.value, otherwise.value, otherwise.reached) == (1, None, False)


def test_a_judge_of_events_that_sees_no_attack_has_no_speed() -> None:
    assert security._figure("events judged", 1_000_000, 1.0, 0).reached is False
    assert security._figure("events judged", 1_000_000, 1.0, 5).reached is True


def test_statistics_that_stopped_early_are_not_what_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    for draws, reached in ((emergence.DRAWS, True), (emergence.DRAWS - 1, False)):
        monkeypatch.setattr(emergence, "_looks", lambda *_, draws=draws: {"one": lambda: draws})
        (whole,) = (f for f in emergence.Emergence().measure(Context(scale=0.02)) if f.target is not None)
        assert whole.reached is reached


class Answering:
    """A server that answers every question with so many items, and needles with others."""

    pid = 1

    def __init__(self, items: int, needles: int) -> None:
        self._items: list[dict[str, str]] = [{}] * items
        self._needles: list[dict[str, str]] = [{}] * needles

    def ask(self, path: str, params: dict[str, Any]) -> bytes:
        items = self._needles if "needle" in str(params.get("q")) else self._items
        return orjson.dumps({"spans": [{}]} if path.startswith("/traces/") else {"items": items})


@pytest.mark.parametrize(("items", "needles", "missing"), [(3, 1, 0), (3, 0, 1), (0, 1, 3), (0, 0, 4)])
def test_questions_that_find_nothing_are_not_quick(
    monkeypatch: pytest.MonkeyPatch, items: int, needles: int, missing: int
) -> None:
    monkeypatch.setattr(process, "cpu_s", lambda _: 0.0)
    server: Any = Answering(items, needles)
    figures: list[Figure] = list(query._questions(server, 1, ["ab"] * query.ASKED, 1e9, 1000))
    assert sum(f.value is None for f in figures) == missing and len(figures) == 5


def test_samples_that_were_there_before_do_not_stand_for_those_that_were_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[int] = []

    @contextmanager
    def server(_: Path) -> Iterator[Any]:
        yield SimpleNamespace(
            url="", pid=1, warm_up=lambda: None, count=lambda _: 1000, settle=lambda _, rows: waited.append(rows)
        )

    monkeypatch.setattr(samples_suite, "Server", server)
    monkeypatch.setattr(samples_suite, "_sizes", lambda _: {"samples": (1, 1)})
    monkeypatch.setattr(peers, "installed", list)
    monkeypatch.setattr(process, "cpu_s", lambda _: 1.0)
    monkeypatch.setattr(samples, "send", lambda *_: samples.Sent(20_000, 1.0))
    list(samples_suite.Samples().measure(Context(scale=0.001)))
    assert waited == [21_000]


class Page:
    """A page that is quickly drawn, and says so much of a failure."""

    def __init__(self, failure: str | None) -> None:
        self._failure = failure

    def go(self, address: str) -> None: ...

    def close(self) -> None: ...

    def until(self, _: str) -> float:
        return 150.0

    def ask(self, expression: str) -> Any:
        return self._failure if "alert" in expression else 100.0


@pytest.mark.parametrize("failure", [None, "The server is away"])
def test_a_page_that_shows_a_failure_is_not_quick(failure: str | None) -> None:
    browser: Any = SimpleNamespace(open=lambda _: Page(failure), rest=lambda _: None)
    server: Any = SimpleNamespace(url="")
    if failure:
        with pytest.raises(RuntimeError, match="/ shows a failure, not its data: The server is away"):
            list(ui._pages(server, browser, Context()))
    else:
        assert [f.value for f in ui._pages(server, browser, Context())] == [100.0, 50.0]
