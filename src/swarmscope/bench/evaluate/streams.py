"""Anomalies of single streams and of servers: NAB (`nab`), ASD (`asd`) and SMD (`smd`), judged by the detectors that run live.

Streams are replayed as they would have been seen (`detect/replay.py`), every detector at its defaults. NAB's threshold is the
best one over all streams, as its standard profile has it; the part that is held back is scored at the threshold of the other.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swarmscope.bench.evaluate import Row
from swarmscope.bench.evaluate.scoring import Stream, nab_score, vus_pr
from swarmscope.config import Plugins
from swarmscope.detect.base import KIND, options_at
from swarmscope.detect.replay import Judge, Replay, judge_of, plain_signal, replay
from swarmscope.registry import discover

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
NAB_PROTOTYPE, NAB_BEST = 57.5, 74.9
PCA_EWMA = {"asd": 0.446, "smd": 0.568}
QUIET_ROWS = 100


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
    """The standard profile: over all files, over each half at the threshold of the other."""
    files = sorted(_nab_files(folder), key=lambda f: f.name)
    surprise = of_streams(default_judge(), files)
    made = {f.name: Stream(quiet(surprise[f.name]), f.windows) for f in files}
    score, threshold = nab_score(list(made.values()))
    halves = [[made[n] for n in sorted(made)[k::2]] for k in (0, 1)]
    rows = [Row("nab", "standard profile", score, NAB_PROTOTYPE,
                note=f"{len(made)} files; best {NAB_BEST}; threshold {threshold:.3g}")]  # fmt: skip
    for which, other, name in ((1, 0, "even"), (0, 1, "odd")):
        if not (halves[which] and any(s.windows for s in halves[which]) and any(s.windows for s in halves[other])):
            continue
        _, of_other = nab_score(halves[other])
        held, _ = nab_score(halves[which], threshold=of_other)
        note = f"{len(halves[which])} files with an {name} place, at the others' threshold {of_other:.3g}"
        rows.append(Row("nab", "standard profile, held back", held, NAB_PROTOTYPE, note=note))
    return rows


@dataclass(frozen=True, slots=True)
class File:
    """One stream of NAB. windows: first and last row of each anomaly."""

    name: str
    values: F64
    windows: list[tuple[int, int]]
    step_s: float


def _nab_files(folder: Path) -> Iterator[File]:
    labelled = json.loads((folder / "labels" / "combined_windows.json").read_text(encoding="utf-8"))
    for path in sorted(folder.glob("data/*/*.csv.gz")):
        name = f"{path.parent.name}/{path.name.removesuffix('.gz')}"
        with gzip.open(path) as raw:
            lines = list(csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8")))
        times = np.array([_seconds(row["timestamp"]) for row in lines])
        values = np.array([float(row["value"]) for row in lines])
        windows = [(int(np.flatnonzero(times == _seconds(a))[0]), int(np.flatnonzero(times == _seconds(b))[0]))
                   for a, b in labelled[name]]  # fmt: skip
        yield File(name, values, windows, float(np.median(np.diff(times))))


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC).timestamp()


def of_streams(judge: Judge, files: Sequence[File]) -> dict[str, F64]:
    """Decades of surprise of each row of each stream, scaled by its first part. Those of one step are replayed side by side,
    which makes it fast and changes nothing: no stream learns of another."""
    out: dict[str, F64] = {}
    for step in sorted({f.step_s for f in files}):
        mine = [f for f in files if f.step_s == step]
        values = np.full((max(len(f.values) for f in mine), 1, len(mine)), np.nan, np.float32)
        for i, f in enumerate(mine):
            values[: len(f.values), 0, i] = _scaled(f.values)
        found = replay(judge, values, (plain_signal("value"),), step, apart=True).max(1)
        out |= {f.name: found[: len(f.values), i] for i, f in enumerate(mine)}
    return out


def _scaled(values: F64) -> F64:
    head = values[: max(20, min(750, int(0.15 * len(values))))]
    spread = max(float(np.subtract(*np.percentile(head, [75, 25]))) / 1.349, float(head.std()) * 0.1, 1e-9)
    out: F64 = (values - np.median(head)) / spread
    return out


def quiet(score: F64, rows_quiet: int = QUIET_ROWS) -> F64:
    """What repeats is no news: a row counts when none of the rows before it was as strange."""
    padded = np.concatenate([np.full(rows_quiet, -np.inf), score])
    before = np.lib.stride_tricks.sliding_window_view(padded, rows_quiet)[:-1].max(1)
    return np.where(score > before, score, 0.0)


def servers(folder: Path, name: str) -> list[Row]:
    """Mean VUS-PR over the servers."""
    parts = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as data:
            parts.append((data["train"], data["test"], data["label"].astype(bool).ravel()))
    found = of_servers(default_judge(), [(train, test) for train, test, _ in parts])
    volumes = [vus_pr(label, scores) for (_, _, label), scores in zip(parts, found, strict=True)]
    note = f"{len(parts)} servers; reference: PCA and EWMA"
    return [Row(name, "VUS-PR", float(np.nanmean(volumes)), PCA_EWMA[name], note=note)]


def of_servers(judge: Judge, parts: Sequence[tuple[F32, F32]]) -> list[F64]:
    """Scores of each row of each server's second part, in deviations of its first; side by side, none learns of another.

    It is the score of those members that judge a subject as a whole: all metrics together.
    """
    learn = max(len(train) for train, _ in parts)
    metrics = parts[0][0].shape[1]
    values = np.full((learn + max(len(test) for _, test in parts), metrics, len(parts)), np.nan, np.float32)
    for i, (train, test) in enumerate(parts):
        both = (np.concatenate([train, test]) - train.mean(0)) / (train.std(0) + 1e-2)
        values[learn - len(train) : learn + len(test), :, i] = both
    signals = tuple(plain_signal(f"metric {i}", floor=0.05) for i in range(metrics))
    found = np.zeros((len(values), len(parts)))
    for first, n, panel in Replay(signals, len(parts)).panels(values, learn):
        whole = [s.score[0] for s in judge(panel) if len(s.score) == 1]
        found[first : first + n] = np.nan_to_num(np.fmax.reduce(whole)).reshape(n, len(parts))
    found = found[learn:]
    return [found[: len(test), i] for i, (_, test) in enumerate(parts)]
