"""Alert rules over a past: the curve says what each threshold would have said, as the rules themselves say when evaluated."""

from __future__ import annotations

import csv
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from typer.testing import CliRunner

from swarmscope.bench.backtest import read_file
from swarmscope.bench.backtest_page import page
from swarmscope.bench.backtest_rules import compared, of_data, replayed, rule_of
from swarmscope.cli.root import app
from swarmscope.decide.files import load
from swarmscope.decide.group import GroupState, Surround
from swarmscope.decide.recent import Recent
from swarmscope.errors import InputError
from swarmscope.query.promql.memory import MemorySource

RULE = """groups:
- name: g
  rules:
  - alert: Slow
    expr: {expr}
    for: {hold}
    keep_firing_for: {keep}
"""
WINDOWS = [(300, 339), (500, 504), (700, 739)]


def rules(folder: Path, expr: str = "latency > 20", hold: str = "5m", keep: str = "0s") -> Path:
    file = folder / "rules.yml"
    file.write_text(RULE.format(expr=expr, hold=hold, keep=keep))
    return file


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A thousand minutes: two long faults and one that is over before `for` is; one reaches thirty, one twenty-five."""
    x = np.random.default_rng(2).normal(10, 1, 1000)
    for (first, last), level in zip(WINDOWS, (30, 30, 25), strict=True):
        x[first : last + 1] += level - 10
    path = tmp_path / "latency.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["timestamp", "latency", "label"])
        out.writerows([1_800_000_000 + 60 * i, v, int(any(a <= i <= b for a, b in WINDOWS))] for i, v in enumerate(x))
    return path


def outcome(file: Path, data: Path) -> Any:
    past = read_file(data, scaled=False)
    ask, end_s = of_data(past)
    return replayed(rule_of(file), ask, past.start_s, end_s, past.step_s, {"": past.windows[0]}, quiet=1)


def test_given_a_rule_over_a_data_set_then_its_figures_are_those_of_a_count_by_hand(tmp_path: Path, data: Path) -> None:
    made = outcome(rules(tmp_path), data)
    by = {p.threshold: p for p in made.curve}
    own = by[1.0]
    assert (own.alarms, own.precision, own.recall) == (2, 1.0, pytest.approx(2 / 3)), (
        "five minutes are not longer than `for`"
    )
    assert own.delay_s == 300, "what `for` takes"
    assert by[1.1].recall == pytest.approx(2 / 3) and by[1.25].recall <= 2 / 3 and by[2.0].recall == 0
    assert by[0.25].precision < 1, "normal values pass a quarter of the threshold"
    assert made.own == 1.0 and made.best.f1 >= own.f1
    assert "times the rule&#x27;s own threshold" in page(made)
    assert outcome(rules(tmp_path, hold="0s"), data).curve[6].recall == 1.0
    kept = outcome(rules(tmp_path, keep="10m"), data)
    assert (kept.scores[340:350, 0] >= 1).all() and kept.scores[351, 0] < 1, "it fires on"


@pytest.mark.parametrize(
    ("expr", "hold", "keep"),
    [
        ("latency > 20", "5m", "0s"),
        ("latency >= 20", "2m", "7m"),
        ("20 < latency", "0s", "3m"),
        ("latency < 11", "2m", "1m"),
        ("avg_over_time(latency[10m]) > 18", "5m", "7m"),
        ("(latency > (20))", "0s", "0s"),
    ],
)
def test_given_a_rule_then_it_would_have_fired_exactly_when_the_real_one_does(
    tmp_path: Path, data: Path, expr: str, hold: str, keep: str
) -> None:
    file = rules(tmp_path, expr, hold, keep)
    made = outcome(file, data)
    past = read_file(data, scaled=False)
    source, nothing = MemorySource(), Future()  # type: ignore[var-annotated] # resolves to nothing
    nothing.set_result(None)
    for row, value in enumerate(past.values[:, 0, 0].tolist()):
        source.append({"__name__": "latency"}, round((past.start_s + row * 60) * 1000), value)
    (group,) = load([file], 60_000)
    real = GroupState("default", group, Surround(lambda: source, Recent(lambda: 3600), lambda _: nothing))
    fired = []
    rows = range(280, 400)
    for row in rows:
        real.evaluate(round((past.start_s + row * 60) * 1000), threading.Event())
        fired.append(any(a.state == "firing" for a in real.rules[0].active))
    settled = slice(20, None)  # the real one begins with nothing behind it
    assert (made.scores[rows, 0] >= 1)[settled].tolist() == fired[settled]
    assert any(fired) and not all(fired)
    assert compared(rule_of(file)) is not None


def test_given_rules_without_a_number_or_a_name_then_there_is_one_point_or_an_error(tmp_path: Path, data: Path) -> None:
    made = outcome(rules(tmp_path, "latency > bool 20 == 1"), data)
    assert [p.threshold for p in made.curve] == [1.0] and made.curve[0].recall > 0.5
    with pytest.raises(InputError, match="no alert 'Quick'; there are Slow"):
        rule_of(rules(tmp_path), "Quick")
    with pytest.raises(InputError, match="gave nothing"):
        past = read_file(data, scaled=False)
        ask, end_s = of_data(past)
        replayed(rule_of(rules(tmp_path, "absence > 1")), ask, past.start_s, end_s, past.step_s, {})


def test_given_the_command_then_it_prints_the_curve_and_writes_the_report(tmp_path: Path, data: Path) -> None:
    html = tmp_path / "report.html"
    done = CliRunner().invoke(
        app,
        [
            "backtest",
            "--rule",
            str(rules(tmp_path)),
            "--data",
            str(data),
            "--html",
            str(html),
            "--json",
            "--grace",
            "0",
        ],
    )
    assert done.exit_code == 0, done.output
    said = orjson.loads(done.stdout)
    assert (said["detector"], said["in_force"], len(said["curve"])) == ("Slow", 1.0, 14)
    assert html.read_text().count("<svg") == 2
