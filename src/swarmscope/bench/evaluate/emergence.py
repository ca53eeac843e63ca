"""Emergence on public data: conventions of language-model populations (`ai_norms`), labelled graphs (`community_graphs`)."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swarmscope.bench.evaluate import Row
from swarmscope.stats import consensus, networks

I64 = NDArray[np.int64]
SHUFFLES = 6
SEEDS = 20
LEIDEN = {  # leidenalg 0.10 (modularity), mean over 20 seeds: agreement with the labels, modularity
    "karate": (0.687, 0.4198),
    "dolphins": (0.550, 0.5248),
    "football": (0.882, 0.6038),
    "polbooks": (0.553, 0.5266),
    "arenas-email": (None, 0.5776),
}


def rows(folder: Path) -> list[Row]:
    """Every row that the data under `folder` allows; a data set that is not there gives none."""
    out: list[Row] = []
    if (folder / "ai_norms" / "events.csv.gz").exists():
        out += norms(folder / "ai_norms")
    if (folder / "community_graphs").is_dir():
        out += communities(folder / "community_graphs")
    return out


def norm_rows(folder: Path) -> list[Row]:
    """Of `ai_norms` under `folder`."""
    return norms(folder / "ai_norms")


def community_rows(folder: Path) -> list[Row]:
    """Of `community_graphs` under `folder`."""
    return communities(folder / "community_graphs")


def norms(folder: Path) -> list[Row]:
    """Is a convention found before it has settled, and never where answers are chance or were dealt out anew?"""
    found, early, alarms, dealt, looks = 0, [], 0, 0, 0
    runs = list(_runs(folder))
    for number, (answers, options, settled) in enumerate(runs):
        seen = consensus.norm(answers[:, 0], answers[:, 1], options).found
        found += 0 <= seen < settled
        early.append((seen if seen >= 0 else settled) / settled)
        for again in range(SHUFFLES):
            rng = np.random.default_rng([number, again])
            chance = rng.integers(0, options, answers.shape)
            mixed = rng.permutation(answers.ravel()).reshape(answers.shape)
            alarms += consensus.norm(chance[:, 0], chance[:, 1], options).found >= 0
            dealt += consensus.norm(mixed[:, 0], mixed[:, 1], options).found >= 0
            looks += 1
    n = max(1, len(runs))
    return [
        Row("ai_norms", "found before convergence", found / n, 1.0, note=f"{n} runs"),
        Row("ai_norms", "false alarms, answers of chance", alarms / max(1, looks), 0.005, "lower", f"{looks} runs"),
        Row("ai_norms", "false alarms, answers dealt out anew", dealt / max(1, looks), 0.005, "lower", f"{looks} runs"),
        Row("ai_norms", "found after this share of the run", float(np.median(early)), None, "lower", "median"),
    ]


def _runs(folder: Path) -> Iterator[tuple[I64, int, float]]:
    """Answers (meetings, 2), number of options, and when the convention had settled, of each run from scratch."""
    with (folder / "runs.csv").open(encoding="utf-8") as file:
        wanted = {r["run"]: r for r in csv.DictReader(file) if r["kind"] == "emergence"}
    events: dict[str, list[tuple[str, str]]] = {run: [] for run in wanted}
    with gzip.open(folder / "events.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["run"] in events:
                events[row["run"]].append((row["ans_a"], row["ans_b"]))
    for run, row in wanted.items():
        options = {name: i for i, name in enumerate(row["options"].split("_"))}
        known = [(options[a], options[b]) for a, b in events[run] if a in options and b in options]
        if known:
            yield np.array(known, np.int64), len(options), float(row["converged_index"] or len(known))


def communities(folder: Path) -> list[Row]:
    """Agreement of communities with the labels (normalised mutual information) and their modularity, beside leidenalg's."""
    from sklearn.metrics import normalized_mutual_info_score

    out = []
    for path in sorted(folder.glob("*.gml.gz")):
        name = path.name.removesuffix(".gml.gz")
        labels, source, target = read_gml(gzip.decompress(path.read_bytes()).decode("utf-8", "replace"))
        first, second = np.minimum(source, target), np.maximum(source, target)
        pair = np.unique(first[first != second] * len(labels) + second[first != second])
        net = networks.network(len(labels), pair // len(labels), pair % len(labels))
        runs = [networks.communities(net, seed) for seed in range(1, SEEDS + 1)]
        agreement, modularity = LEIDEN.get(name, (None, None))
        if any(labels):
            shared = np.mean([normalized_mutual_info_score(labels, list(found)) for _, found in runs])
            out.append(Row(f"community_graphs/{name}", "NMI", float(shared), agreement, note=f"mean of {SEEDS} seeds"))
        quality = float(np.mean([q for q, _ in runs]))
        out.append(Row(f"community_graphs/{name}", "modularity", quality, modularity, note=f"mean of {SEEDS} seeds"))
    return out


_BLOCK = re.compile(r"\b(node|edge)\s*\[([^\]]*)\]", re.DOTALL)
_FIELD = re.compile(r'(\w+)\s+(?:"([^"]*)"|(\S+))')


def read_gml(text: str) -> tuple[list[str], I64, I64]:
    """Labels (empty: none), and the ends of edges as places of nodes, of a graph in GML."""
    place: dict[str, int] = {}
    labels: list[str] = []
    ends: list[tuple[int, int]] = []
    for kind, body in _BLOCK.findall(text):
        fields = {k: quoted or plain for k, quoted, plain in _FIELD.findall(body)}
        if kind == "node":
            place[fields["id"]] = len(labels)
            labels.append(next((fields[k] for k in ("gt", "value", "community") if k in fields), ""))
        else:
            ends.append((place[fields["source"]], place[fields["target"]]))
    array = np.array(ends, np.int64).reshape(-1, 2)
    return labels, array[:, 0], array[:, 1]
