"""Log templates on LogHub's 2k samples with corrected labels (`loghub_2k`): grouping accuracy, and F1 of whole groups.

Zhu et al.: "Tools and Benchmarks for Automated Log Parsing", ICSE 2019; Khan et al.: "Guidelines for Assessing the Accuracy of
Log Message Template Identification Techniques", ICSE 2022. Reference: Drain3 0.9.11 with usual masks, mean accuracy 0.795.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from swarmscope.bench.evaluate import Row
from swarmscope.ingest.drain import Drain, mask

DRAIN3_GROUPING_ACCURACY = 0.795
_LABELS = "_2k.log_structured_corrected.csv.gz"


def rows(folder: Path) -> list[Row]:
    """Every row that the data under `folder` allows; none where they are not."""
    files = sorted((folder / "loghub_2k").glob(f"*{_LABELS}"))
    out = [row for file in files for row in _of(file)]
    for metric, reference in (("grouping accuracy", DRAIN3_GROUPING_ACCURACY), ("F1 of groups", None)):
        found = [row.ours for row in out if row.metric == metric]
        if found:
            out.append(Row("loghub_2k, mean", metric, sum(found) / len(found), reference, note=f"{len(found)} systems"))
    return out


def _of(file: Path) -> list[Row]:
    with gzip.open(file) as raw:
        labelled = list(csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8")))
    drain = Drain()
    mined = [drain.add(mask(row["Content"].encode()))[0].number for row in labelled]
    accuracy, f1 = scores([row["EventTemplate"] for row in labelled], mined)
    name = file.name.removesuffix(_LABELS)
    return [Row(name, "grouping accuracy", accuracy), Row(name, "F1 of groups", f1)]


def scores(truth: Sequence[object], mined: Sequence[object]) -> tuple[float, float]:
    """Share of lines whose group is exactly a true one, and F1 of the groups."""
    true_groups, groups = _groups(truth), _groups(mined)
    right = [group for group in groups if group in true_groups]
    precision, recall = len(right) / len(groups), len(right) / len(true_groups)
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return sum(map(len, right)) / len(truth), f1


def _groups(labels: Sequence[object]) -> set[tuple[int, ...]]:
    by_label: dict[object, list[int]] = defaultdict(list)
    for line, label in enumerate(labels):
        by_label[label].append(line)
    return {tuple(lines) for lines in by_label.values()}
