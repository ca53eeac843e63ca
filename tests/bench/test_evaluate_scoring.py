"""The scorers against plain loops of their definitions, and what the table makes of parts that are not there."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from swarmscope.bench.evaluate import Row
from swarmscope.bench.evaluate import noise as made
from swarmscope.bench.evaluate.forecasts import naive2
from swarmscope.bench.evaluate.scoring import Profile, Stream, nab_score, vus_pr
from swarmscope.bench.evaluate.table import PARTS, markdown, run, verdict
from swarmscope.cli.root import app


def nab_by_hand(streams: list[Stream], threshold: float, profile: Profile) -> float:
    """The definition: each window once, by its best detection; each other alarm by its distance to the window before."""

    def sigmoid(x: float) -> float:
        return -1.0 if x > 3 else 2 / (1 + math.exp(5 * x)) - 1

    raw, windows = 0.0, 0
    for s in streams:
        probation = min(int(0.15 * len(s.scores)), 750)
        for first, last in s.windows:
            if last < probation:
                continue
            windows += 1
            hits = [i for i in range(max(first, probation), last + 1) if s.scores[i] >= threshold]
            best = [sigmoid(-(last - i + 1) / (last - first + 1)) / sigmoid(-1.0) * profile.found for i in hits]
            raw += max(best) if best and max(best) > -profile.missed else -profile.missed
        for i in range(probation, len(s.scores)):
            if s.scores[i] < threshold or any(a <= i <= b for a, b in s.windows):
                continue
            before = [w for w in s.windows if w[1] < i]
            if not before:
                raw -= profile.false
            else:
                first, last = before[-1]
                raw += sigmoid((i - last) / (last - first)) * profile.false
    return 100 * (raw + windows * profile.missed) / (windows * (profile.found + profile.missed))


@pytest.mark.parametrize("seed", range(5))
def test_given_scores_when_judged_as_nab_does_then_a_plain_loop_gives_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    streams = [
        Stream(np.round(rng.random(400), 2), [(100 + 10 * k, 130), (250, 280 + k)]) for k in range(3)
    ]  # fmt: skip
    for threshold in (0.5, 0.9, 0.99, 2.0):
        for profile in (Profile(), Profile(false=0.22), Profile(missed=2.0)):
            made, _ = nab_score(streams, profile, threshold)
            assert made == pytest.approx(nab_by_hand(streams, threshold, profile), abs=1e-9)
    best, threshold = nab_score(streams)
    every = [nab_by_hand(streams, t, Profile()) for t in np.unique(np.concatenate([s.scores for s in streams]))]
    assert best == pytest.approx(max([*every, 0.0]), abs=1e-9)
    assert nab_score(streams, threshold=threshold)[0] == pytest.approx(best)


def test_given_the_perfect_and_the_silent_detector_then_nab_gives_100_and_0() -> None:
    scores = np.zeros(1000)
    scores[[300, 700]] = 1
    windows = [(300, 350), (700, 760)]
    assert nab_score([Stream(scores, windows)], threshold=0.5)[0] == pytest.approx(100)
    assert nab_score([Stream(np.zeros(1000), windows)], threshold=0.5)[0] == 0
    assert nab_score([Stream(np.zeros(1000), windows)])[0] == 0


def vus_by_hand(truth, scores, reach, thresholds):
    """As published, threshold by threshold."""
    n = len(scores)
    segments, at = [], 0
    while at < n:
        if truth[at]:
            end = at
            while end + 1 < n and truth[end + 1]:
                end += 1
            segments.append((at, end))
            at = end
        at += 1
    limits = [-np.sort(-scores)[i] for i in np.linspace(0, n - 1, thresholds).astype(int)]
    area = []
    for width in range(reach + 1):
        soft = truth.astype(float)
        for first, last in segments:
            for t in range(last + 1, min(last + width // 2 + 1, n)):
                soft[t] += math.sqrt(1 - (t - last) / width)
            for t in range(max(first - width // 2, 0), first):
                soft[t] += math.sqrt(1 - (first - t) / width)
        soft = np.minimum(soft, 1)
        wide: list[list[int]] = []
        for first, last in segments:
            low, high = max(first - width // 2, 0), min(last + width // 2, n - 1)
            if wide and wide[-1][1] >= low:
                wide[-1][1] = high
            else:
                wide.append([low, high])
        before, total = 0.0, 0.0
        for limit in limits:
            alarm = scores >= limit
            labels = np.where(truth, 1.0, soft * alarm)
            hits = float((labels * alarm).sum())
            found = np.mean([alarm[a : b + 1].any() for a, b in wide])
            recall = min(hits / ((truth.sum() + labels.sum()) / 2), 1) * found
            total += (recall - before) * hits / alarm.sum()
            before = recall
        area.append(total)
    return float(np.mean(area))


@pytest.mark.parametrize("seed", range(4))
def test_given_scores_when_the_volume_is_taken_then_a_plain_loop_gives_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = np.zeros(300, bool)
    for start in (40, 70, 200):
        truth[start : start + 12] = True
    scores = np.round(rng.random(300) + 0.5 * truth, 2)
    assert vus_pr(truth, scores, 20, 30) == pytest.approx(vus_by_hand(truth, scores, 20, 30), rel=1e-9)
    assert vus_pr(truth, truth.astype(float), 0, 300) == pytest.approx(1.0)


def test_given_a_seasonal_series_when_naive2_forecasts_then_it_is_the_last_season_and_not_of_noise() -> None:
    season = 10 + np.arange(24.0)
    y = np.tile(season, 20)
    assert naive2(y, 48, 24) == pytest.approx(np.tile(season, 2), rel=1e-6)
    noise = np.random.default_rng(1).random(480) + 5
    assert naive2(noise, 3, 24) == pytest.approx(np.full(3, noise[-1]))


def test_given_no_data_then_every_part_says_that_it_is_left_out(tmp_path: Path) -> None:
    results = run(tmp_path, [p.name for p in PARTS if p.needs])
    assert all(r.left_out and not r.rows for r in results)
    assert all(r.part.name in markdown(results) for r in results)
    with pytest.raises(ValueError, match="no evaluation 'nonsense'"):
        run(tmp_path, ["nonsense"])


def test_given_chance_alone_then_false_alarms_are_as_promised(tmp_path: Path) -> None:
    (result,) = run(tmp_path, ["chance"])
    assert result.rows and all(verdict(r) == "reached" for r in result.rows), result.rows


def test_given_noise_then_an_alarm_is_what_was_planted_in_it_and_counts_once() -> None:
    values = np.random.default_rng(1).normal(0, 1, (700, 10, 8)).astype(np.float32)
    calm = made.alarms(values, 500)
    values[600:620, :, 3] += 8
    assert (calm, made.alarms(values, 500)) == (0, 1)


def test_given_rows_then_the_verdict_follows_the_direction() -> None:
    assert verdict(Row("d", "m", 0.5, 0.4)) == "reached"
    assert verdict(Row("d", "m", 0.5, 0.4, "lower")) == "missed"
    assert verdict(Row("d", "m", 0.4, 0.4, "lower")) == "reached"
    assert verdict(Row("d", "m", 0.5)) == ""


def test_given_the_command_when_the_folder_is_wrong_then_it_says_so(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["evaluate", "--data", str(tmp_path / "none")])
    assert answer.exit_code != 0
    made = CliRunner().invoke(app, ["evaluate", "--data", str(tmp_path), "--only", "forecasts", "--markdown"])
    assert made.exit_code == 0 and "left out" in made.stdout
