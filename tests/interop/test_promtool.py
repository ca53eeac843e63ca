"""The real promtool: its verdicts over unit tests of rules are ours, for the same reasons; it accepts what deploy/ gives."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from swarmscope.decide.trial import run
from tests.decide.trials import FAILING, TESTS, failing, written

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool of the system (Debian: prometheus)"),
]
OWN_WORDS = {"an unknown key", "no duration", "no values", "no metric", "a bad rule file"}
"""Mistakes that are told in other words; that there is one, both see."""


def theirs(file: Path) -> tuple[int, str]:
    made = subprocess.run(["promtool", "test", "rules", str(file)], capture_output=True, text=True, timeout=60)
    return made.returncode, made.stderr


def test_what_holds_holds_for_both(tmp_path: Path) -> None:
    file = written(tmp_path, TESTS)
    code, told = theirs(file)
    assert (code, "FAILED" in told, list(run(file))) == (0, False, [])


@pytest.mark.parametrize("name", FAILING)
def test_what_fails_fails_for_both(tmp_path: Path, name: str) -> None:
    tests, says = failing(name)
    file = written(tmp_path, tests)
    code, told = theirs(file)
    ours = "\n".join(run(file))
    assert code == 1
    for part in says:
        assert part in ours
        assert name in OWN_WORDS or part in told
    places = [line.strip() for line in told.splitlines() if line.strip().startswith(("alertname:", "expr:"))]
    if name not in OWN_WORDS:
        assert [
            line.strip().partition(" err:")[0]
            for line in ours.splitlines()
            if line.strip().startswith(("alertname:", "expr:"))
        ] == [line.partition(" err:")[0] for line in places]


def test_promtool_accepts_the_configuration_of_deploy(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "deploy" / "prometheus.yaml").read_text()
    assert text.count("/tmp/key") == 2
    (tmp_path / "key").write_text("a key of sixteen")
    config = tmp_path / "prometheus.yaml"
    config.write_text(text.replace("/tmp/key", str(tmp_path / "key")))
    made = subprocess.run(["promtool", "check", "config", str(config)], capture_output=True, text=True, timeout=60)
    assert (made.returncode, "SUCCESS" in made.stdout) == (0, True), made.stderr
    config.write_text(text.replace("scrape_configs", "scrapes"))
    assert subprocess.run(["promtool", "check", "config", str(config)], capture_output=True, timeout=60).returncode == 1
