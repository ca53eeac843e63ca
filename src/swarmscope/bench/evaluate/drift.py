"""Drift of real models: answers of GPT-3.5 and GPT-4 to the same questions in March and June 2023 (LLMDrift).

Streams are 500 answers of March, shuffled, then 500 of June. Found: an alarm after the join. False alarms are counted in the
answers of March before the join and in streams of one version alone, per 500 answers. What is seen of an answer is what spans
tell: its length, its tokens, its latency, and, where asked for, whether it was graded right.

    python -m swarmscope.bench.evaluate.drift DIR
"""

from __future__ import annotations

import csv
import gzip
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swarmscope.bench.evaluate import Row
from swarmscope.stats.change import Streams

F32 = NDArray[np.float32]
FILE = "llmdrift/PRIME_FULL_EVAL.csv.gz"
PAIRS = (("gpt-3.5-turbo-0301", "gpt-3.5-turbo-0613"), ("gpt-4-0314", "gpt-4-0613"))
HALF = 500
STREAMS = 250  # per pair and data set


def answers(folder: Path) -> dict[tuple[str, str], F32]:
    """(data set, model) → (answers, 5): log length, log tokens, log latency, log latency a token, graded."""
    csv.field_size_limit(1 << 24)
    out: dict[tuple[str, str], list[list[float]]] = {}
    with gzip.open(folder / FILE, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            text = row["answer"].lower()
            right = ("[yes]" in text) == row["ref_answer"].lower().startswith("y")
            values = [len(text), float(row["answer_token"] or 0), float(row["latency"] or 0)]
            key = (row["dataset"], row["model"].rpartition("/")[2])
            out.setdefault(key, []).append(
                [*np.log1p(values).tolist(), np.log(max(values[2], 1e-3) / max(values[1], 1)), float(right)]
            )
    return {k: np.array(v, np.float32) for k, v in out.items()}


def rows(folder: Path, alarm: float = 10_000.0, seed: int = 1) -> list[Row]:
    """Found, false alarms and delay, per pair and over all, with and without grades."""
    told = answers(folder)
    rng = np.random.default_rng(seed)
    out: list[Row] = []
    for name, features in (("without grades", [0, 1, 2, 3]), ("with grades", [0, 1, 2, 3, 4]), ("grades alone", [4])):
        found, false, count, delays = 0.0, 0.0, 0, []
        for data in sorted({d for d, _ in told}):
            for old, new in PAIRS:
                stream = _streams(told[data, old][:, features], told[data, new][:, features], rng)
                calm = _streams(told[data, new][:, features], told[data, new][:, features], rng)[:, :HALF]
                first = _first_alarms(stream, alarm, seed)
                wrong = float((first < HALF).mean()) + float((_first_alarms(calm, alarm, seed) < HALF).mean())
                late = first - HALF
                mine = (first >= HALF) & (first < 2 * HALF)
                delays += late[mine].tolist()
                found, false, count = found + float(mine.mean()), false + wrong / 2, count + 1
                note = f"{name}; median delay {np.median(late[mine]) if mine.any() else np.nan:.0f} answers"
                out.append(Row(f"llmdrift/{data}/{new}", "found", float(mine.mean()), 0.98, note=note))
        out.append(Row("llmdrift", "found", found / count, 0.98, note=f"{name}; {count * STREAMS} streams"))
        out.append(Row("llmdrift", "false alarms per 500", false / count, 0.05, "lower", name))
        out.append(Row("llmdrift", "delay (answers)", float(np.median(delays)), None, "lower", f"{name}; median"))
    return out


def _streams(before: F32, after: F32, rng: np.random.Generator) -> F32:
    """(streams, 2 × HALF, features): both parts in a random order."""
    return np.stack(
        [np.concatenate((rng.permutation(before)[:HALF], rng.permutation(after)[:HALF])) for _ in range(STREAMS)]
    )


def _first_alarms(values: F32, alarm: float, seed: int) -> NDArray[np.int64]:
    """Place of the first alarm of each stream, its length when there is none; after an alarm a stream is left alone."""
    n, length, features = values.shape
    streams = Streams(features, alarm, seed)
    streams.grow(n)
    first = np.full(n, length, np.int64)
    for t in range(length):
        on = np.flatnonzero(first == length)
        alarmed = streams.take(on, values[on, t])
        first[on[alarmed]] = t
    return first


if __name__ == "__main__":
    for one in rows(Path(sys.argv[1])):
        print(f"| {one.dataset} | {one.metric} | {one.ours:.4g} | {one.reference or ''} | {one.note} |")
