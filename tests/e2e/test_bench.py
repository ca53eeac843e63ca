"""`swarmscope bench ui` measures real pages in a real browser: every figure comes, whatever it says on a busy machine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from swarmscope.bench.browser import chromium
from swarmscope.errors import ConfigError
from tests.e2e.test_ui import ROOT, unavailable

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(900)]


def test_every_figure_of_the_ui_is_measured(tmp_path: Path) -> None:
    try:
        chromium()
    except ConfigError as e:
        unavailable(str(e))
    if not (ROOT / "src/swarmscope/serve/static/index.html").exists():
        unavailable("the UI is not built (make ui): it is NOT measured")
    options = ["--scale", "0.02", "--seconds", "4", "--data-dir", str(tmp_path), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "swarmscope", "bench", "ui", *options], capture_output=True, check=False
    )
    (suite,) = json.loads(done.stdout)["suites"]
    assert not suite["error"], suite
    values = {f["figure"]: f["value"] for f in suite["figures"]}
    assert len(values) == 8
    assert 20 < values["gzip at the start"] <= 350
    assert all(values[name] > 0 for name in values if name != "growth of memory")
