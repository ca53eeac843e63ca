"""The delay of findings is read from what the server counts."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import generate_latest

from swarmscope import telemetry
from swarmscope.bench.suites.detect import LIVE_S_MAX, SCENARIO, delays, looks
from swarmscope.detect import runner
from swarmscope.sim import faults


def test_given_what_a_server_counted_when_read_then_the_delay_is_that_of_95_of_100_looks() -> None:
    before = {f.name: f.value for f in delays(generate_latest(telemetry.REGISTRY).decode())}
    for _ in range(97):
        runner._delay.labels("fleet").observe(1.5)
    for _ in range(3):
        runner._delay.labels("fleet").observe(20.0)
    text = generate_latest(telemetry.REGISTRY).decode()
    assert looks(text)["fleet"] >= 100 and looks("") == {"fleet": 0, "events": 0}
    figures = {f.name: f for f in delays(text)}
    fleet = figures["data committed → finding reported, p95"]
    assert fleet.value == 2.0 and fleet.reached, before
    assert "looks that found something" in fleet.note
    (none,) = [f for f in delays("") if f.name == "data committed → attack reported, p95"]
    assert none.value is None and none.reached is False


def test_the_faults_of_the_run_are_ones_that_the_simulator_knows(tmp_path: Path) -> None:
    kinds = {line.split('"')[1] for line in SCENARIO.splitlines() if line.startswith("kind")}
    assert kinds == {"errors", "loop", "attack"}
    assert kinds <= set(faults.KINDS)
    assert all(f.start_s + f.duration_s <= LIVE_S_MAX for f in faults.load(_file(tmp_path), LIVE_S_MAX))


def _file(folder: Path) -> str:
    (folder / "faults.toml").write_text(SCENARIO, encoding="utf-8")
    return str(folder / "faults.toml")
