"""How log templates are scored."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from swarmscope.bench.evaluate import log_templates


def test_scores_count_lines_of_exactly_right_groups() -> None:
    assert log_templates.scores("aabbc", [1, 1, 2, 3, 4]) == (
        pytest.approx(3 / 5),
        pytest.approx(2 * 0.5 * 2 / 3 / (0.5 + 2 / 3)),
    )
    assert log_templates.scores("ab", [1, 1]) == (0.0, 0.0)


def test_a_sample_is_read_and_its_mean_stands_beside_the_reference(tmp_path: Path) -> None:
    (tmp_path / "loghub_2k").mkdir()
    with gzip.open(tmp_path / "loghub_2k" / "Demo_2k.log_structured_corrected.csv.gz", "wt", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Content", "EventTemplate"])
        writer.writerows([f"job {i} has begun", "job <*> has begun"] for i in range(3))
        writer.writerow(["all is quiet", "all is quiet"])
    rows = log_templates.rows(tmp_path)
    assert [(r.dataset, r.ours) for r in rows if r.metric == "grouping accuracy"] == [
        ("Demo", 1.0),
        ("loghub_2k, mean", 1.0),
    ]
    assert log_templates.rows(tmp_path / "nothing") == []
