"""Backtests: figures against a count by hand, data sets of every form, bad files, the report, stored history over REST."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import orjson
import pytest
from typer.testing import CliRunner

from swarmscope.bench.backtest import alarms, at_threshold, of_history, read_file, run, runs
from swarmscope.bench.backtest_page import document, page
from swarmscope.bench.evaluate.streams import default_judge
from swarmscope.cli.root import app
from swarmscope.errors import InputError
from swarmscope.query.buckets import SUMS


def test_given_scores_when_counted_then_a_count_by_hand_agrees() -> None:
    score = np.zeros((100, 1))
    score[[10, 12, 40, 70]] = 5
    assert alarms(score[:, 0], 4, 5).tolist() == [10, 40, 70]
    point = at_threshold(score, [[(8, 15), (60, 69), (90, 95)]], 60.0, 4, quiet=5, grace=2)
    assert point.recall == pytest.approx(2 / 3), "the second is found in its grace, the third is not"
    assert point.precision == pytest.approx(2 / 3)
    assert point.delay_s == pytest.approx(np.median([2 * 60, 10 * 60]))
    assert point.false_per_day == pytest.approx(1 / (100 * 60 / 86_400))
    assert at_threshold(score, [[]], 60.0, 9, 5, 0).alarms == 0


def planted(rows: int = 1500) -> tuple[np.ndarray, list[tuple[int, int]]]:
    rng = np.random.default_rng(3)
    x = rng.normal(10, 1, rows)
    windows = [(600, 619), (1000, 1019), (1300, 1319)]
    for a, b in windows:
        x[a : b + 1] += 8
    return x, windows


def write(path: Path, x: np.ndarray, windows: list[tuple[int, int]], label: bool) -> None:
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["timestamp", "value", *(["label"] if label else [])])
        for i, v in enumerate(x):
            mark = [int(any(a <= i <= b for a, b in windows))] if label else []
            out.writerow(
                [f"2026-01-01T{i // 60 % 24:02d}:{i % 60:02d}:00" if i < 1440 else 1767225600 + 60 * i, v, *mark]
            )


def test_given_a_data_set_with_planted_faults_when_replayed_then_they_are_found_and_little_else(tmp_path: Path) -> None:
    x, windows = planted()
    path = tmp_path / "data.csv"
    write(path, x, windows, True)
    past = read_file(path)
    assert past.windows == [windows] and past.step_s == 60
    outcome = run("ensemble", default_judge(), past)
    best = outcome.best
    assert best.recall == 1 and best.precision >= 0.75, best
    assert best.delay_s <= 120
    html = page(outcome)
    assert html.count("<svg") == 2 and not re.search(r"(src|href)=|https?://", html)
    assert document(outcome)["best"]["recall"] == 1


def test_given_labels_beside_the_data_when_read_then_windows_are_those_rows(tmp_path: Path) -> None:
    x, windows = planted()
    write(tmp_path / "data.csv", x[:1400], windows, False)
    (tmp_path / "labels.csv").write_text("start,end\n2026-01-01T10:00:00,2026-01-01T10:19:00\n")
    assert read_file(tmp_path / "data.csv", str(tmp_path / "labels.csv")).windows == [[(600, 619)]]


def test_given_servers_as_arrays_when_replayed_then_the_first_part_is_only_learned_from(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    test, label = rng.normal(size=(300, 3)), np.zeros(300)
    test[200:210, 1] += 9
    label[200:210] = 1
    np.savez(tmp_path / "m.npz", train=rng.normal(size=(400, 3)), test=test, label=label)
    past = read_file(tmp_path / "m.npz")
    outcome = run("ensemble", default_judge(), past)
    assert not outcome.scores[:400].any()
    assert outcome.best.recall == 1


def test_given_later_rows_that_differ_then_scores_before_them_do_not(tmp_path: Path) -> None:
    x, windows = planted(1200)
    other = x.copy()
    other[900:] += 50
    made = []
    for name, values in (("a", x), ("b", other)):
        write(tmp_path / f"{name}.csv", values, windows, True)
        made.append(run("ensemble", default_judge(), read_file(tmp_path / f"{name}.csv")).scores[:900])
    np.testing.assert_allclose(made[0], made[1], rtol=1e-5, err_msg="nothing may see what comes later")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("time,v\n1,a\n2,b\n", "no number"),
        ("time,v\n1,1\n2,2\n", "at least 1 and 20"),
        ("time,v\n" + "5,1\n" * 30, "do not ascend"),
        ("time,v\n" + "later,1\n" * 30, "is no time"),
    ],
)
def test_given_a_bad_file_then_the_error_names_what_is_wrong(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(InputError, match=complaint):
        read_file(tmp_path / "bad.csv")


def test_given_minutes_of_history_when_replayed_then_the_agent_that_went_wrong_is_found() -> None:
    rng = np.random.default_rng(5)
    rows, start = [], 1_700_000_040
    for minute in range(240):
        for agent in ("calm", "ill"):
            slow = 20 if agent == "ill" and 180 <= minute < 190 else 1
            values = dict.fromkeys(SUMS, 0.0) | {"spans": 20.0, "llm_calls": 10.0}
            values["duration_sum_ns"] = 20e9 * slow * rng.lognormal(0, 0.1)
            rows.append([agent, start + 60 * minute, *(values[c] for c in SUMS)])
    labelled = {"ill": [(start + 180 * 60.0, start + 189 * 60.0)]}
    outcome = run("ensemble", default_judge(), of_history(rows, start, start + 240 * 60, labelled))
    assert outcome.past.windows == [[], [(180, 189)]]
    assert outcome.best.recall == 1 and outcome.best.precision >= 0.5
    with pytest.raises(InputError, match="no agent did anything"):
        of_history([], start, start + 600, {})


def test_given_marks_then_runs_are_their_stretches() -> None:
    assert runs(np.array([1, 1, 0, 1, 0, 0, 1], bool)) == [(0, 1), (3, 3), (6, 6)]


def test_given_the_command_then_it_writes_its_report_and_names_bad_use(tmp_path: Path) -> None:
    x, windows = planted(900)
    write(tmp_path / "data.csv", x, windows, True)
    asked = ["backtest", "--data", str(tmp_path / "data.csv"), "--detector", "ewma"]
    made = CliRunner().invoke(
        app, [*asked, "--html", str(tmp_path / "r.html"), "--out", str(tmp_path / "r.json"), "--json"]
    )
    assert made.exit_code == 0, made.output
    assert orjson.loads((tmp_path / "r.json").read_bytes())["detector"] == "ewma"
    assert "<svg" in (tmp_path / "r.html").read_text()
    assert CliRunner().invoke(app, ["backtest"]).exit_code != 0
    assert CliRunner().invoke(app, [*asked[:3], "--detector", "loop"]).exit_code != 0
