"""The suites on a real server, small: figures come, the payload is named, the document is whole."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from swarmscope.bench import history
from swarmscope.bench.suite import Context, found
from swarmscope.config import load


def bench(data_dir: Path, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "swarmscope", "bench", *arguments, "--data-dir", str(data_dir), "--json"]
    done = subprocess.run(command, capture_output=True, check=False)
    document: dict[str, Any] = json.loads(done.stdout)
    assert not any(s["error"] for s in document["suites"]), document["suites"]
    assert done.returncode == 0
    return document


def test_a_suite_measures_a_real_server_and_is_remembered(tmp_path: Path) -> None:
    document = bench(tmp_path, "logs", "--scale", "0.02")
    (suite,) = document["suites"]
    figures = {f["figure"]: f for f in suite["figures"]}
    assert suite["suite"] == "logs" and 0 < suite["score"] <= 100
    assert document["machine"]["cores"] >= 1 and document["rating"]
    assert figures["log records per CPU-second"]["value"] > 0
    assert "payload" in figures["log records per CPU-second"]["note"]
    assert [r["score"] for r in history.read(tmp_path)] == [document["score"]]


def test_the_pages_name_every_suite_and_which_are_not_part_of_all() -> None:
    known = found(load(environ={}))
    apart = {name for name, suite in known.items() if not suite.by_default}
    root = Path(__file__).parents[2]
    lines = re.findall(
        r"^\| `(\w+)` \|(.*)", (root / "docs/bench.md").read_text(encoding="utf-8").split("## ")[0], re.MULTILINE
    )
    assert {name for name, _ in lines} == set(known)
    assert {name for name, text in lines if "not part of `all`" in text} == apart
    said = re.search(r"runs\s+them all \(but ([^)]*)\)", (root / "README.md").read_text(encoding="utf-8"))
    assert said and set(re.findall(r"`(\w+)`", said[1])) == apart


def test_loads_are_whole_requests() -> None:
    assert Context(scale=1).items(1_000_000) == 999_936
    assert Context(scale=0.0001).items(1_000_000) == 10_240
    assert Context(scale=0.02).items(1_000_000) % 512 == 0


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "suite", ["ingest", "ack", "grpc", "conversation", "query", "live", "idle", "sdk", "samples", "promql"]
)
def test_every_suite_runs_through(tmp_path: Path, suite: str) -> None:
    document = bench(tmp_path, suite, "--scale", "0.02", "--seconds", "6")
    assert document["suites"][0]["figures"]
