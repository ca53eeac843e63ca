"""The runner over a restart: what detectors of batches learned is there again."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from swarmscope.catalog.catalog import Catalog
from swarmscope.config import Config
from swarmscope.detect import runner as runner_module
from swarmscope.detect.fleet import FleetJudge
from swarmscope.detect.gate import FALSE_DECADES, TRUE_DECADES
from swarmscope.detect.runner import Runner
from swarmscope.errors import StoreAwayError
from swarmscope.model.access import Principal, Role
from swarmscope.model.verdict import Tally, Verdict
from tests.detect.drift.test_drift import batch
from tests.serve.routes.conftest import Api, api  # noqa: F401 # the fixture is found by its name


@dataclass
class Commit:
    batch_id: int
    tables: dict[str, pa.Table]
    lane: str = "live"


def drifts(store: Any, folder: Path, rng: np.random.Generator, numbers: range, **new: Any) -> set[str]:
    """Kinds of drift that a program finds which sees these batches, from its start to its end."""
    found: list[pa.Table] = []
    runner = Runner(
        Config(), store, lambda: (), lambda tables, _: found.append(tables["findings"]), lambda *_: None, folder
    )
    runner.start()
    for number in numbers:
        runner.committed(Commit(number, batch(rng, number, **new).tables))
    deadline = time.monotonic() + 30
    while runner.waiting and time.monotonic() < deadline:
        time.sleep(0.05)
    runner.stop()
    kinds = [k for t in found for k in t["kind"].to_pylist()]
    return {str(k) for k in kinds if str(k).endswith("drift")}


def test_given_a_model_that_changes_while_the_program_is_down_then_it_is_found_after_the_start(
    api: Api,  # noqa: F811 # the fixture
    tmp_path: Path,
) -> None:
    changed: dict[str, Any] = {"answers": 0.2, "model": "gpt-4-0613"}
    rng = np.random.default_rng(2)
    assert drifts(api.state.store, tmp_path / "kept", rng, range(6)) == set()
    assert drifts(api.state.store, tmp_path / "kept", rng, range(6, 12), **changed) == {"model_drift"}
    assert drifts(api.state.store, tmp_path / "new", rng, range(6, 12), **changed) == set()


class Nothing:
    """A store without rows."""

    def query(self, *_: Any, **__: Any) -> pa.Table:
        names = ("subject_kind", "subject", "kind", "signal", "severity")
        return pa.table({**dict.fromkeys(names, pa.array([], pa.string())), "end_ns": pa.array([], pa.int64())})


def idle(folder: Path, feedback: Any = lambda *_: None) -> Runner:
    return Runner(Config(), Nothing(), lambda: (), lambda *_: None, feedback, folder)  # type: ignore[arg-type] # is asked for rows only


@pytest.mark.parametrize("left", [b"", b"PK\x03\x04 cut off", b"no archive", "half"])
def test_given_a_snapshot_that_a_power_cut_spoiled_when_a_fleet_is_opened_then_it_learns_anew(
    tmp_path: Path, left: bytes | str
) -> None:
    place = idle(tmp_path)._place("t")
    if left == "half":
        np.savez(place, **{"window.mean": np.zeros((3, 2)), "gate.ensemble/17": np.zeros(1)})
        left = place.read_bytes()[:-40]
    place.write_bytes(bytes(left))
    assert idle(tmp_path).fleet("t").window.agents == []


def test_given_verdicts_that_do_not_change_then_they_are_added_up_once_and_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = Catalog("sqlite://")
    adds: list[str] = []
    plain = catalog.verdicts.tallies

    def added(tenant: str) -> list[Tally]:
        adds.append(tenant)
        return plain(tenant)

    monkeypatch.setattr(catalog.verdicts, "tallies", added)
    monkeypatch.setattr(runner_module, "FEEDBACK_EVERY_S", 0.0)
    runner, by = idle(tmp_path, catalog.verdicts.tallies_since), Principal("t", Role.EDITOR, "k")
    said: dict[str, Any] = {"subject": "eve", "kind": "loop", "signal": "", "detector": "loops"}

    def heard(looks: int = 3) -> dict[Any, float]:
        for _ in range(looks):
            runner._hear("t", runner.fleet("t"))
        return dict(runner.fleet("t").said.decades)

    assert heard() == {}
    catalog.verdicts.keep(by, Verdict(finding="1" * 32, verdict="false", **said))
    assert heard() == {("eve", "loop", ""): FALSE_DECADES}
    catalog.verdicts.keep(by, Verdict(finding="1" * 32, verdict="true", **said))
    assert heard() == {("eve", "loop", ""): TRUE_DECADES}
    catalog.verdicts.withdraw(by, "1" * 32)
    assert heard() == {}
    assert len(adds) == 4
    catalog.close()


def test_given_a_catalog_that_is_away_then_what_was_said_before_holds_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "FEEDBACK_EVERY_S", 0.0)
    told: list[Any] = [(1, [Tally(subject="eve", kind="loop", signal="", false=1)])]

    def feedback(*_: Any) -> Any:
        if not told:
            raise StoreAwayError("the catalog's database does not answer")
        return told.pop()

    runner = idle(tmp_path, feedback)
    for _ in range(2):
        runner._hear("t", runner.fleet("t"))
        assert dict(runner.fleet("t").said.decades) == {("eve", "loop", ""): FALSE_DECADES}


def test_given_several_threads_that_ask_first_then_they_get_one_fleet(tmp_path: Path) -> None:
    runner, gate = idle(tmp_path), threading.Barrier(8)

    def ask(_: int) -> FleetJudge:
        gate.wait(5)
        return runner.fleet("t")

    assert runner.roster.listed
    with ThreadPoolExecutor(8) as pool:
        assert len({id(fleet) for fleet in pool.map(ask, range(8))}) == 1
