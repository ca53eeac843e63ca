"""SQL injection on HttpParams (`waf`): texts that the model never saw, since it is trained on a corpus of its own making."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import numpy as np

from swarmscope.bench.evaluate import Row
from swarmscope.detect.security.sqli import judge

RECALL, FALSE, HARD = 0.998, 0.0002, 0.03


def rows(folder: Path) -> list[Row]:
    """Recall and false positives of every part that the data under `folder` hold."""
    out: list[Row] = []
    for path in sorted((folder / "waf").glob("httpparams_*.csv.gz")):
        with gzip.open(path) as raw:
            lines = list(csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8")))
        part = path.name.removesuffix(".csv.gz")
        attacks = [r["payload"] for r in lines if r["attack_type"] == "sqli"]
        harmless = [r["payload"] for r in lines if r["attack_type"] == "norm"]
        out += [
            Row(f"waf/{part}", "recall", _share(attacks), RECALL, note=f"{len(attacks)} injections"),
            Row(f"waf/{part}", "false positives", _share(harmless), FALSE, "lower", f"{len(harmless)} harmless values"),
        ]
    for name, reference in (("libinjection", HARD), ("gotestwaf", None)):
        path = folder / "waf" / f"{name}.jsonl.gz"
        if path.exists():
            with gzip.open(path, "rt", encoding="utf-8") as lines_of:
                hard = [r["payload"] for r in map(json.loads, lines_of) if r["label"] == "norm"]
            out.append(
                Row(f"waf/{name}", "false positives, hard", _share(hard), reference, "lower", f"{len(hard)} texts")
            )
    return out


def _share(texts: list[str]) -> float:
    return float(np.mean(judge(texts).attack)) if texts else float("nan")
