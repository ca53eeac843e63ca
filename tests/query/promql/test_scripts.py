"""Our own scripts, from memory and from the store; and that the judge sees what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmscope.store.embedded import EmbeddedStore
from tests.support.promqltest.judge import run
from tests.support.promqltest.stored import Stored

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.test"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script_from_memory(script: Path) -> None:
    report = run(script.read_text(encoding="utf-8"))
    assert not report.failures
    assert report.evaluations


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script_from_the_store(script: Path, store: EmbeddedStore) -> None:
    report = run(script.read_text(encoding="utf-8"), lambda: Stored(store), thorough=False)
    assert not report.failures


LOAD = """
load 1m
  x{a="1"} 1 2 3
  x{a="2"} 5 5 5
  h {{schema:0 count:3 sum:3 buckets:[1 2]}}

"""


@pytest.mark.parametrize(
    "wrong",
    [
        'eval instant at 1m x\n  x{a="1"} 2\n',  # a series is missing
        'eval instant at 1m x\n  x{a="1"} 2\n  x{a="2"} 5.1\n',  # a value is wrong
        'eval instant at 1m x{a="1"}\n  x{a="1", b="2"} 2\n',  # labels are wrong
        'eval instant at 1m x{a="1"}\n  {a="1"} 2\n',  # the name is missing
        'eval range from 0 to 2m step 1m x{a="1"}\n  x{a="1"} 1 2\n',  # a step is missing
        'eval range from 0 to 2m step 1m x{a="1"}\n  x{a="1"} 1 2 4\n',
        'eval instant at 1m sort(x)\n  expect ordered\n  x{a="2"} 5\n  x{a="1"} 2\n',
        "eval instant at 1m sum(x)\n  expect warn\n  {} 7\n",
        "eval instant at 1m sum(x)\n  expect fail\n",
        "eval instant at 1m topk(NaN, x)\n  expect fail msg: something else\n",
        'eval instant at 1m rate(x[2m])\n  expect no_info\n  {a="1"} 0.025\n  {a="2"} 0\n',
        "eval instant at 1m quantile(2, x)\n  expect warn msg: other\n  {} Inf\n",
        "eval instant at 0m h\n  h {{schema:0 count:3 sum:3 buckets:[2 1]}}\n",
        "eval instant at 0m h\n  h {{schema:1 count:3 sum:3 buckets:[1 2]}}\n",
        "eval instant at 0m h\n  h 3\n",
        "eval instant at 0m 1 + 1\n  3\n",
        'eval instant at 0m "a"\n  expect string "b"\n',
        "eval instant at 0m sum(x) +\n  {} 6\n",
    ],
)
def test_judge_sees_what_is_wrong(wrong: str) -> None:
    report = run(LOAD + wrong)
    assert len(report.failures) == 1, wrong


def test_judge_takes_what_is_right() -> None:
    right = 'eval instant at 1m x\n  x{a="1"} 2\n  x{a="2"} 5\n\neval instant at 0m h\n  h {{count:3 sum:3 buckets:[1 2]}}\n'
    assert run(LOAD + right).failures == []
