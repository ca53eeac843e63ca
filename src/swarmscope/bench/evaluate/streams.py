"""Anomalies of single streams and of servers: NAB (`nab`), ASD (`asd`) and SMD (`smd`), judged by the detectors that run live.

Streams are replayed as they would have been seen (`detect/replay.py`), every detector at its defaults. NAB's threshold is the
best one over all streams, as its standard profile has it; the part that is held back is scored at the threshold of the other.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swarmscope.bench.evaluate import Row
from swarmscope.bench.evaluate.scoring import Stream, nab_score, vus_pr
from swarmscope.config import Plugins
from swarmscope.detect.base import KIND, options_at
from swarmscope.detect.replay import Judge, judge_of, plain_signal, replay
from swarmscope.registry import discover

F64 = NDArray[np.float64]
NAB_PROTOTYPE, NAB_BEST = 57.5, 74.9
PCA_EWMA = {"asd": 0.446, "smd": 0.568}
SMOOTH = 15
QUIET_ROWS = 200


def default_judge(name: str = "ensemble") -> Judge:
    """A detector at its defaults."""
    found = discover(KIND, Plugins()).plugins
    return judge_of(
        {n: p.cls(options_at(p.cls)) for n, p in found.items() if p.cls.tier in ("fleet", "shortlist")}, name
    )


def nab_rows(folder: Path) -> list[Row]:
    """Of the Numenta Anomaly Benchmark under `folder`."""
    return nab(folder / "nab")


def server_rows(folder: Path) -> list[Row]:
    """Of the server data sets that are under `folder`."""
    return [row for name in PCA_EWMA if (folder / name).is_dir() for row in servers(folder / name, name)]


def nab(folder: Path) -> list[Row]:
    """The standard profile, over all files and over those that nothing was developed on."""
    judge = default_judge()
    known = {name: (values, windows, step) for name, values, windows, step in _nab_files(folder)}
    made = {n: Stream(quiet(_of_stream(judge, v, step)), w) for n, (v, w, step) in known.items()}
    score, threshold = nab_score(list(made.values()))
    names = sorted(made)
    first, second = [made[n] for n in names[0::2]], [made[n] for n in names[1::2]]
    _, from_first = nab_score(first)
    held, _ = nab_score(second, threshold=from_first)
    return [
        Row(
            "nab",
            "standard profile",
            score,
            NAB_PROTOTYPE,
            note=f"{len(made)} files; best {NAB_BEST}; threshold {threshold:.3g}",
        ),
        Row(
            "nab",
            "standard profile, held back",
            held,
            NAB_PROTOTYPE,
            note=f"{len(second)} files at the others' threshold",
        ),
    ]


def _nab_files(folder: Path) -> Iterator[tuple[str, F64, list[tuple[int, int]], float]]:
    labelled = json.loads((folder / "labels" / "combined_windows.json").read_text(encoding="utf-8"))
    for path in sorted(folder.glob("data/*/*.csv.gz")):
        name = f"{path.parent.name}/{path.name.removesuffix('.gz')}"
        with gzip.open(path) as raw:
            lines = list(csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8")))
        times = np.array([_seconds(row["timestamp"]) for row in lines])
        values = np.array([float(row["value"]) for row in lines])
        windows = [(int(np.flatnonzero(times == _seconds(a))[0]), int(np.flatnonzero(times == _seconds(b))[0]))
                   for a, b in labelled[name]]  # fmt: skip
        yield name, values, windows, float(np.median(np.diff(times)))


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC).timestamp()


def _of_stream(judge: Judge, values: F64, step_s: float) -> F64:
    """Decades of surprise of each row of one stream, scaled by its first part."""
    head = values[: max(20, min(750, int(0.15 * len(values))))]
    spread = max(float(np.subtract(*np.percentile(head, [75, 25]))) / 1.349, float(head.std()) * 0.1, 1e-9)
    scaled = ((values - np.median(head)) / spread).astype(np.float32)
    return replay(judge, scaled[:, None, None], (plain_signal("value"),), step_s)[:, 0, 0]


def quiet(score: F64, rows_quiet: int = QUIET_ROWS) -> F64:
    """What repeats is no news: a row counts when none of the rows before it was as strange."""
    padded = np.concatenate([np.full(rows_quiet, -np.inf), score])
    before = np.lib.stride_tricks.sliding_window_view(padded, rows_quiet)[:-1].max(1)
    return np.where(score > before, score, 0.0)


def servers(folder: Path, name: str) -> list[Row]:
    """Mean VUS-PR over the servers, scores smoothed as the reference's are."""
    judge = default_judge()
    parts = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as data:
            parts.append((data["train"], data["test"], data["label"].astype(bool).ravel()))
    volumes = [vus_pr(label, smooth(of_server(judge, train, test), SMOOTH)) for train, test, label in parts]
    note = f"{len(parts)} servers; reference: PCA and EWMA"
    return [Row(name, "VUS-PR", float(np.nanmean(volumes)), PCA_EWMA[name], note=note)]


def of_server(judge: Judge, train: NDArray[np.float32], test: NDArray[np.float32]) -> F64:
    """Surprise of each row of `test`, summed over the metrics."""
    middle, spread = train.mean(0), train.std(0) + 1e-2
    both = ((np.concatenate([train, test]) - middle) / spread).astype(np.float32)
    signals = tuple(plain_signal(f"metric {i}", floor=0.05) for i in range(both.shape[1]))
    return np.asarray(replay(judge, both[:, :, None], signals, learn_only=len(train))[len(train) :, :, 0].sum(1))


def smooth(score: F64, span: int) -> F64:
    """Exponentially weighted mean."""
    from scipy.signal import lfilter

    a = 2 / (span + 1)
    out: F64 = lfilter([a], [1, a - 1], score, zi=[(1 - a) * score[0]])[0]
    return out
