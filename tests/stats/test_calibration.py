"""How often scores really occur: what goes on is not held for usual while it lasts."""

from __future__ import annotations

import numpy as np
import pytest

from swarmscope.stats.calibration import Calibrator, normal_tail

SERIES, LOOKS = 60, 6
LAW, RARE = 1000, 1e-5
FAINT, GRAVE = 1e-5, 1e-9  # the fault is too faint to be left out at first, then grows


def looked(calibrator: Calibrator, minutes: range, tail: float | None, rng: np.random.Generator) -> float:
    """Look at series that are as the null says; of the first one the tail is given. What it is calibrated to in the end."""
    last = 1.0
    for minute in minutes:
        for _ in range(LOOKS):
            tails = rng.random((1, SERIES))
            if tail is not None:
                tails[0, 0] = tail
            last = float(calibrator.calibrated(tails)[0, 0])
            calibrator.look(tails, minute=minute)
    return last


@pytest.mark.parametrize(("guard", "found"), [(8, True), (0, False)])
def test_given_a_fault_that_begins_faintly_when_it_grows_then_its_first_looks_do_not_hide_it(
    guard: int, found: bool
) -> None:
    calibrator, rng = Calibrator(1, guard=guard), np.random.default_rng(4)
    looked(calibrator, range(60), None, rng)
    looked(calibrator, range(60, 64), FAINT, rng)
    assert (looked(calibrator, range(64, 65), GRAVE, rng) < 1e-7) is found


def test_given_scores_that_recur_for_long_then_they_become_usual() -> None:
    calibrator, rng = Calibrator(1, guard=8), np.random.default_rng(4)
    looked(calibrator, range(60), None, rng)
    assert looked(calibrator, range(60, 90), GRAVE, rng) > 1e-5


def test_given_a_fleet_that_was_looked_at_for_minutes_only_then_its_scores_count_soon() -> None:
    calibrator, rng = Calibrator(1, guard=8), np.random.default_rng(4)
    looked(calibrator, range(10), None, rng)
    assert calibrator.counts.sum() >= 8 * LOOKS * SERIES


def test_given_scores_of_heavy_tails_then_a_pareto_tail_tells_better_how_rare_they_are() -> None:
    """Of what a normal law says of t-distributed sums: its decades grow with the square of the score."""
    found = []
    for heavy in (False, True):
        calibrator, rng, alarms = Calibrator(1, keep=1.0, heavy=heavy), np.random.default_rng(4), 0
        for look in range(2 * LAW):
            tails = normal_tail(rng.standard_t(4, (1, SERIES)).astype(np.float32))
            rare = calibrator.calibrated(tails) < RARE
            alarms += int(rare.sum()) if look >= LAW else 0
            calibrator.look(tails, ~rare)
        found.append(alarms)
    assert 0 < found[1] < found[0] / 2


def test_given_scores_that_are_as_claimed_then_a_pareto_tail_takes_little_from_what_is_rare() -> None:
    rng, plain, heavy = np.random.default_rng(4), Calibrator(1), Calibrator(1, heavy=True)
    for _ in range(LAW):
        tails = rng.random((1, SERIES))
        plain.look(tails)
        heavy.look(tails)
    rare = np.array([[1e-12]])
    assert heavy.calibrated(rare)[0, 0] < 30 * plain.calibrated(rare)[0, 0]
