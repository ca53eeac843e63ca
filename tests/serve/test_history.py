"""The install's own figures over time."""

from __future__ import annotations

from collections.abc import Iterator

from swarmscope.serve.history import History


def test_given_samples_when_read_then_totals_are_rates_and_others_as_they_were() -> None:
    figures: Iterator[dict[str, float]] = iter([{"spans_total": 10, "lag": 1}, {"spans_total": 60, "lag": 3}])
    history = History(lambda: next(figures))
    history.sample(100.0)
    assert history.columns()["times_ms"] == []
    history.sample(105.0)
    assert history.columns() == {"step_ms": 5000, "times_ms": [105_000], "series": {"spans": [10.0], "lag": [3]}}


def test_given_a_figure_that_comes_later_or_a_clock_that_stands_then_it_is_unknown() -> None:
    figures: Iterator[dict[str, float]] = iter([{}, {"a_total": 5}, {"a_total": 9}])
    history = History(lambda: next(figures))
    for now in (1.0, 2.0, 2.0):
        history.sample(now)
    assert history.columns()["series"] == {"a": [None, None]}


def test_given_a_sampler_that_fails_then_the_samples_before_stay() -> None:
    figures: Iterator[dict[str, float]] = iter([{"a": 1}, {"a": 2}])
    history = History(lambda: next(figures))
    for now in (1.0, 2.0, 3.0):
        history.sample(now)
    assert history.columns()["series"] == {"a": [2]}


def test_given_more_samples_than_are_kept_then_the_oldest_go() -> None:
    history = History(lambda: {"a": 1}, points=3)
    for now in range(10):
        history.sample(float(now))
    assert history.columns()["times_ms"] == [7000, 8000, 9000]


def test_given_a_start_and_a_stop_then_nothing_is_left_running() -> None:
    history = History(lambda: {"a": 1}, step_s=60)
    history.start()
    history.stop()
    assert history._thread is not None and not history._thread.is_alive()
