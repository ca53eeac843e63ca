"""The defaults that the documentation states, and that each of them, set otherwise, changes what is judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from swarmscope.config import Config, Detect, Plugins, load
from swarmscope.detect.base import KIND, options_at
from swarmscope.detect.fleet import FleetJudge, Judged
from swarmscope.detect.roster import Roster
from swarmscope.query.reader import Reader
from swarmscope.registry import discover
from swarmscope.window import INDEX, SIGNALS, Panel
from tests.support.panels import panel, shifted

DETECTORS = {n: p.cls for n, p in discover(KIND, Plugins()).plugins.items()}
STATED = {
    ("zscore", "z"): 3.0,
    ("isolation_forest", "contamination"): 0.1,
    ("lof", "contamination"): 0.1,
    ("dbscan", "eps"): 0.5,
    ("lstm_autoencoder", "threshold"): 0.3,
}


def strange(name: str, seen: Panel, **options: Any) -> int:
    """How many signals of agents a detector does not call usual outright."""
    cls = DETECTORS[name]
    tail = cls(options_at(cls, given=options)).judge(seen).tail
    return int((tail < 1).sum())


@pytest.mark.parametrize(("name", "option"), STATED)
def test_each_stands_in_the_class_the_roster_and_the_documentation(name: str, option: str) -> None:
    default = STATED[name, option]
    assert getattr(options_at(DETECTORS[name]), option) == default
    assert getattr(Roster(Detect(), Plugins()).listed[name].options, option) == default
    docs = Path(__file__).parents[2] / "docs"
    page = (docs / "detectors.md").read_text("utf-8").partition(f"### `{name}`\n")[2].partition("\n#")[0]
    assert f"| `{option}` | `{default}` |" in page or f"| `{option}` | `{default:g}` |" in page
    assert f"{option} = {default}" in (docs / "configuration.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "option", "keener"), [("zscore", "z", 1.5), ("isolation_forest", "contamination", 0.4),
                                   ("lof", "contamination", 0.4), ("dbscan", "eps", 0.3)]
)  # fmt: skip
def test_given_another_value_in_the_configuration_then_more_is_strange(name: str, option: str, keener: float) -> None:
    seen = shifted(panel(), 17, 6)
    file = {"plugins": {"options": {"detector": {name: {option: keener}}}}}
    config: Config = load(environ={}, overrides=file)
    one = Roster(config.detect, config.plugins).listed[name]
    made = one.made()
    assert made is not None and getattr(one.options, option) == keener
    assert int((made.judge(seen).tail < 1).sum()) > strange(name, seen)


@pytest.mark.long
def test_given_another_threshold_then_the_lstm_looks_at_more() -> None:
    seen = shifted(panel(), 17, 6)
    assert strange("lstm_autoencoder", seen, threshold=0.0) > strange("lstm_autoencoder", seen)


class Nobody:
    """A store without rows, for what reads nothing."""

    def query(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("nothing is read here")


@pytest.mark.parametrize(
    ("detect", "expected"),
    [
        ({}, 40),
        ({"contamination": 0.25, "shortlist_max": 1000}, 100),
        ({"contamination": 0.25}, 64),
        ({"contamination": 0.001}, 8),
    ],
)
def test_given_a_share_of_candidates_then_so_many_of_the_strangest_are_looked_at_more_closely(
    detect: dict[str, Any], expected: int
) -> None:
    config: Config = load(environ={}, overrides={"detect": detect})
    fleet = FleetJudge(Reader(Nobody(), "default"), Roster(config.detect, config.plugins), config.detect)  # type: ignore[arg-type] # nothing is read
    seen = panel(400)
    tails = np.ones((len(SIGNALS), 400))
    tails[INDEX["cost"], :150] = np.linspace(1e-9, 1e-3, 150)
    places = {a: i for i, a in enumerate(seen.agents)}
    fleet.last = Judged(seen, places, tails, {}, np.zeros_like(tails, bool))
    chosen = fleet.shortlist(1)
    assert chosen is not None
    short, candidates = chosen
    assert candidates == expected
    assert set(short.agents[:candidates]) == {seen.agents[i] for i in range(expected)}, "the strangest come first"


@pytest.mark.parametrize("share", [0, 0.51, -1, "most"])
def test_given_a_share_that_is_none_then_the_configuration_is_refused(share: Any) -> None:
    with pytest.raises(Exception, match="contamination"):
        load(environ={}, overrides={"detect": {"contamination": share}})
