"""Unit tests of rules in promtool's format, and what they say when something is not so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from swarmscope.decide.trial import run
from tests.decide.trials import FAILING, TESTS, failing, written


def tried(folder: Path, tests: str) -> list[str]:
    return list(run(written(folder, tests)))


def test_what_holds_holds(tmp_path: Path) -> None:
    assert tried(tmp_path, TESTS) == []


@pytest.mark.parametrize("name", FAILING)
def test_what_does_not_hold_is_told(tmp_path: Path, name: str) -> None:
    tests, says = failing(name)
    told = "\n".join(tried(tmp_path, tests))
    for part in says:
        assert part in told


def test_both_sides_are_shown(tmp_path: Path) -> None:
    (told,) = tried(tmp_path, failing("another annotation")[0])
    assert 'summary="a has 9"' in told.partition("got:")[0]
    assert 'summary="a has 8"' in told.partition("got:")[2]
    assert told.startswith("    name: loads,\n")
    (told,) = tried(tmp_path, failing("another value")[0])
    a, b = (f'{{__name__="load:double", agent="{who}", by="rules"}}' for who in "ab")
    assert told.splitlines()[1:] == [f"        exp: {a} 11.0, {b} 2.0", f"        got: {a} 10.0, {b} 2.0"]


HISTOGRAMS = """
fuzzy_compare: FUZZY
tests:
- interval: 1m
  start_timestamp: START
  input_series:
  - {series: h, values: '{{schema:1 count:3 sum:4 buckets:[1 2]}} {{schema:1 count:6 sum:9 buckets:[2 4]}}'}
  - {series: third, values: '1 2'}
  promql_expr_test:
  - expr: h
    eval_time: 1m
    exp_samples: [{labels: h, histogram: '{{schema:1 count:6 sum:9 counter_reset_hint:not_reset buckets:[2 4]}}'}]
  - {expr: 'third / 10 + 0.1', eval_time: 1m, exp_samples: [{labels: '{}', value: 0.3}]}
  - {expr: 'time()', eval_time: 1m, exp_samples: [{labels: '{}', value: TIME}]}
"""


def test_newer_promtools_fields_are_known(tmp_path: Path) -> None:
    def of(fuzzy: str, start: str, time: str) -> list[str]:
        return tried(tmp_path, HISTOGRAMS.replace("FUZZY", fuzzy).replace("START", start).replace("TIME", time))

    assert of("true", "1700000000", "1700000060") == []
    assert of("true", "2023-11-14T22:13:20Z", "1700000060") == []
    (told,) = of("false", "0", "60")
    assert "0.30000000000000004" in told
    assert "RFC 3339" in of("true", "yesterday", "60")[0]
    (told,) = tried(tmp_path, HISTOGRAMS.replace("FUZZY", "true").replace("START", "0").replace("TIME", "60").replace(
        "{labels: h, histogram: '{{schema:1 count:6", "{labels: h, histogram: '{{schema:1 count:7"))  # fmt: skip
    assert "count:7" in told.partition("got:")[0]


def test_rules_see_nothing_of_what_comes_later(tmp_path: Path) -> None:
    tests = """
tests:
- interval: 1m
  input_series: [{series: load, values: '1 2 3 4 5'}]
  promql_expr_test:
  - {expr: 'ahead', eval_time: 2m, exp_samples: [{labels: ahead, value: 3}]}
  - {expr: 'load offset -1m', eval_time: 2m, exp_samples: [{labels: load, value: 4}]}
  - {expr: 'load', eval_time: 3m, exp_samples: [{labels: load, value: 4}]}
"""
    (tmp_path / "ahead.yml").write_text("groups: [{name: g, rules: [{record: ahead, expr: load offset -1m}]}]")
    assert tried(tmp_path, f"rule_files: [ahead.yml]\n{tests}") == []


def test_bounds(tmp_path: Path) -> None:
    far = TESTS.replace("eval_time: 13m", "eval_time: 5000d")
    assert "more than 200000 evaluations" in tried(tmp_path, far)[0]
    assert "cannot read" in next(iter(run(tmp_path / "nowhere.yml")))
    assert tried(tmp_path, "") == []


def test_the_command(tmp_path: Path) -> None:
    good = written(tmp_path, TESTS)
    bad = tmp_path / "bad_test.yml"
    bad.write_text(failing("another value")[0])
    command = [sys.executable, "-m", "swarmscope", "rules", "test", str(good), str(bad)]
    made = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert made.returncode == 1
    assert made.stdout.count("SUCCESS") == made.stdout.count("FAILED") == 1
    assert "1 of 2 files" in made.stderr
