"""Groupings that pages are told: the same data gives the same, and a community keeps its number."""

from __future__ import annotations

import time
from itertools import count
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmscope.detect.emergence import grouping as module
from swarmscope.detect.emergence.grouping import grouping, renumbered
from swarmscope.query.reader import Reader
from swarmscope.query.times import SECOND_NS, Window
from swarmscope.stats import networks

NAMES = [f"a{i:02d}" for i in range(24)]
DIVISION = st.lists(st.integers(-1, 5), min_size=24, max_size=24).map(lambda x: np.array(x, np.int64))
OLD = st.dictionaries(st.sampled_from([*NAMES, "gone-1", "gone-2"]), st.integers(-1, 9))


def _groups(labels: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == c).tolist()) for c in set(labels.tolist()) if c >= 0}


@given(DIVISION, OLD)
def test_numbers_change_no_community_and_stay_where_nothing_changes(labels: np.ndarray, before: dict[str, int]) -> None:
    told = renumbered(NAMES, labels, before)
    assert _groups(told) == _groups(labels)
    assert ((told < 0) == (labels < 0)).all()
    again = renumbered(NAMES, labels, dict(zip(NAMES, told.tolist(), strict=True)))
    assert again.tolist() == told.tolist()


@given(DIVISION, st.permutations(range(6)))
def test_how_communities_are_numbered_when_found_has_no_say(labels: np.ndarray, names: list[int]) -> None:
    shuffled = np.array([names[c] if c >= 0 else -1 for c in labels.tolist()], np.int64)
    assert renumbered(NAMES, shuffled, {}).tolist() == renumbered(NAMES, labels, {}).tolist()


def test_a_community_that_grows_or_shrinks_keeps_its_number() -> None:
    before = {"a": 0, "b": 0, "c": 0, "d": 1, "e": 1, "x": 2}
    agents = ["a", "b", "d", "e", "f", "g", "h", "i", "j", "k"]
    now = np.array([2, 2, 0, 0, 0, 0, 1, 1, 1, -1])
    assert renumbered(agents, now, before).tolist() == [0, 0, 1, 1, 1, 1, 2, 2, 2, -1]


def _net(pairs: list[tuple[int, int]]) -> networks.Network:
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    return networks.network(int(ends.max(initial=-1)) + 1, ends[:, 0], ends[:, 1])


class Empty:
    """A store that is asked nothing."""


def _reads(store: Any) -> Reader:
    return Reader(store, "a")


def test_pages_that_ask_at_about_the_same_time_are_told_one_grouping(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    looks = count()

    def wired() -> tuple[networks.Network, list[str]]:
        more = next(looks)
        agents = ["a", "b", "c", "d", *(f"n{i}" for i in range(2 * more))]
        return _net([(0, 1), (2, 3), *((4 + 2 * i, 5 + 2 * i) for i in range(more))]), agents

    now = time.time_ns()
    store = Empty()

    def told(start_s: int, end_s: int) -> module.Grouping:
        return grouping(_reads(store), Window(now + start_s * SECOND_NS, now + end_s * SECOND_NS), wired)

    first = told(-3600, 0)
    assert told(-3596, 4) is first, "four seconds later"
    assert len(told(-900, 4).agents) == 6, "another stretch of time is another question"
    clock[0] += 31
    after = told(-3569, 31)
    assert len(after.agents) == 8, "the next refresh finds who came since"
    assert after.labels[:4].tolist() == first.labels[:4].tolist()
    assert len(told(-7200, -3600).agents) == 10, "a past hour is not this one"


def test_a_network_of_nobody_is_looked_at_anew() -> None:
    nets = iter([(_net([]), []), (_net([(0, 1)]), ["a", "b"])])
    store, within = Empty(), Window(0, 60 * SECOND_NS)
    assert grouping(_reads(store), within, lambda: next(nets)).agents == []
    assert grouping(_reads(store), within, lambda: next(nets)).agents == ["a", "b"]
