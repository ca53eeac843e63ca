"""Figures, scores and history: a missed target is shown as missed, a broken suite scores 0 and the others run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmscope.bench import history, machine, process, sink
from swarmscope.bench.figures import Figure, Result, overall, rating, recommendations
from swarmscope.bench.suite import Context, Suite, found, run
from swarmscope.config import Config
from swarmscope.sim.loadtest import Load, load_test
from swarmscope.sim.run import Options

SUITES = {
    "ingest",
    "ack",
    "grpc",
    "logs",
    "conversation",
    "detect",
    "emergence",
    "query",
    "samples",
    "security",
    "live",
    "idle",
    "sdk",
    "faults",
    "fuzz",
    "peer",
    "promql",
    "ui",
}


def test_a_target_is_reached_or_missed_in_its_direction() -> None:
    assert Figure("a", 10, "s", 5).reached and not Figure("a", 4, "s", 5).reached
    assert Figure("a", 4, "s", 5, "lower").reached and not Figure("a", 10, "s", 5, "lower").reached
    assert Figure("a", 5, "s", 5).reached and Figure("a", 5, "s", 5, "lower").reached
    assert Figure("a", None, "s", 5).reached is False
    assert Figure("a", 5, "s").reached is None and Figure("a", 5, "s").score is None


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.sampled_from(["higher", "lower"]))
def test_scores_lie_between_0_and_100_and_full_marks_mean_reached(value: float, target: float, better: str) -> None:
    figure = Figure("a", value, "s", target, better)  # type: ignore[arg-type] # drawn from the two words
    score = figure.score
    assert score is not None and 0 <= score <= 100
    if figure.reached:
        assert score == 100


def test_a_run_is_scored_rated_and_advised() -> None:
    good = Result("good", [Figure("a", 10, "s", 5)])
    half = Result(
        "half", [Figure("speed", 50, "x/s", 100, advice="buy a bigger machine"), Figure("shown only", 3, "s")]
    )
    broken = Result("broken", error="it fell over")
    assert (good.score, half.score, broken.score) == (100, 50, 0)
    assert overall([good, half, broken]) == pytest.approx(50)
    assert overall([Result("shown", [Figure("a", 1, "s")])]) == 0
    assert [rating(s) for s in (100, 85, 60, 30, 0)] == ["excellent", "good", "fair", "poor", "failing"]
    advice = recommendations([good, half, broken])
    assert advice == [
        "broken: it fell over",
        "half: speed is 50 x/s, wanted ≥ 100 x/s; buy a bigger machine".replace(" 100 x/s", " 100"),
    ]


def test_a_suite_that_breaks_scores_0_and_the_rest_run() -> None:
    class Bad(Suite):
        name = "bad"

        def measure(self, context: Context) -> Iterator[Figure]:
            yield Figure("before", 1, "s", 1)
            raise ValueError("a wheel came off")

    class Ok(Suite):
        name = "ok"

        def measure(self, context: Context) -> Iterator[Figure]:
            yield Figure("fine", 1, "s", 1)

    seen: list[tuple[str, str]] = []
    first, second = run([Bad(), Ok()], Context(), lambda s, f: seen.append((s, f.name)))
    assert first.score == 0 and "a wheel came off" in first.error
    assert second.score == 100
    assert seen == [("bad", "before"), ("ok", "fine")]


def test_every_suite_is_found_and_says_what_it_measures() -> None:
    suites = found(Config())
    assert suites.keys() == SUITES
    assert all(s.about for s in suites.values())


def test_history_keeps_runs_and_survives_a_cut_line(tmp_path: Path) -> None:
    assert history.read(tmp_path) == []
    history.add(tmp_path, {"score": 1})
    with (tmp_path / history.FILE).open("ab") as file:
        file.write(b'{"score": 2')
    file = tmp_path / history.FILE
    file.write_bytes(file.read_bytes() + b"\n")
    history.add(tmp_path, {"score": 3})
    assert [r["score"] for r in history.read(tmp_path)] == [1, 3]
    assert all(r["time_s"] > 1.7e9 for r in history.read(tmp_path))


def test_the_machine_is_described() -> None:
    facts = machine.facts()
    assert facts["cpu"] and facts["cores"] >= 1 and facts["memory_gib"] > 0 and facts["chdb"]


def test_cpu_and_memory_of_a_tree_count_its_children() -> None:
    forever = "import subprocess, sys, time; c = subprocess.Popen([sys.executable, '-c', 'while True: pass']); "
    burn = forever + "print(c.pid, flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", burn], stdout=subprocess.PIPE)
    assert child.stdout is not None
    grandchild = int(child.stdout.readline())
    try:
        before = process.cpu_s(child.pid)
        while process.cpu_s(child.pid) - before < 0.2:
            time.sleep(0.05)
        assert set(process.tree(child.pid)) == {child.pid, grandchild}
        assert process.rss_mb(child.pid) > 5
        assert process.rss_mb(child.pid, peak=True) >= process.rss_mb(child.pid) * 0.9
    finally:
        os.kill(grandchild, 9)
        child.kill()
        child.wait()
        child.stdout.close()


def test_bytes_on_disk_count_each_file_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(100_000))
    os.link(tmp_path / "a", tmp_path / "b")
    assert 98_304 <= process.disk_bytes(tmp_path) <= 131_072


def test_the_sink_acknowledges_everything() -> None:
    with sink.running() as url:
        summary = load_test(Options(duration_s=20, seed=1, url=url), Load("traces", 10_240))
    assert summary.ledger.signals["traces"].sent == 10_240
    assert summary.ledger.statuses.keys() == {200}


@pytest.mark.parametrize(("value", "target", "score"), [(-3.2, 15.0, 100.0), (-1.0, 0.0, 100.0), (2.0, -1.0, 0.0)])
def test_less_than_nothing_is_reached_where_less_is_better(value: float, target: float, score: float) -> None:
    figure = Figure("more per span", value, "µs", target, "lower")
    assert figure.score == score and figure.reached is (score == 100)
    assert (recommendations([Result("sdk", [figure])]) == []) is (score == 100)
