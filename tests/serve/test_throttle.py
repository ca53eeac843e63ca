"""Guessing is slowed down, and forgotten after a while."""

from __future__ import annotations

import pytest

from swarmscope.errors import OverloadError
from swarmscope.serve import throttle
from swarmscope.serve.throttle import FREE, Throttle


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_after_the_free_tries_each_refusal_doubles_the_wait() -> None:
    clock = Clock()
    guard = Throttle(clock)
    waits = []
    for i in range(FREE["name"] + 3):
        if i < FREE["name"]:
            guard.check(name="ada")
        else:
            with pytest.raises(OverloadError, match="try again in") as refused:
                guard.check(name="ada")
            waits.append(refused.value.retry_after_s)
            clock.now += refused.value.retry_after_s
            guard.check(name="ada")
        guard.refused(name="ada", address="10.0.0.1")
    assert waits == [2.0, 4.0, 8.0]
    guard.check(name="bob", address="10.0.0.1")


def test_an_address_that_tries_many_names_waits_too() -> None:
    guard = Throttle(Clock())
    for i in range(FREE["address"]):
        guard.check(name=f"u{i}", address="10.0.0.1")
        guard.refused(name=f"u{i}", address="10.0.0.1")
    with pytest.raises(OverloadError):
        guard.check(name="new", address="10.0.0.1")
    guard.check(name="new", address="10.0.0.2")


def test_a_right_try_and_time_make_it_forget() -> None:
    clock = Clock()
    guard = Throttle(clock)
    for _ in range(FREE["name"]):
        guard.refused(name="ada")
    guard.taken(name="ada")
    guard.check(name="ada")
    for _ in range(50):
        guard.refused(name="ada")
    with pytest.raises(OverloadError) as refused:
        guard.check(name="ada")
    assert refused.value.retry_after_s == throttle.WAIT_MAX_S
    clock.now += throttle.FORGET_S + 1
    guard.check(name="ada")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "REMEMBERED_MAX", 10)
    guard = Throttle(Clock())
    for i in range(50):
        guard.refused(name=str(i))
    assert len(guard._refused) == 10
