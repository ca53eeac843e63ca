"""Agents that do what agents should not, through the whole of detection: store, window, all detectors, routes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from swarmscope.config import Config, Plugins, load
from swarmscope.detect.base import KIND, Events, WindowDetector
from swarmscope.detect.runner import Runner
from swarmscope.query.times import SECOND_NS, Window
from swarmscope.registry import discover
from swarmscope.window import SIGNALS
from tests.serve.routes.conftest import Api, api, fill  # noqa: F401 # the fixture is found by its name

MINUTES, STEP_S = 16, 10
NOW = time.time_ns() // (10 * SECOND_NS) * 10 * SECOND_NS
START = NOW - MINUTES * 60 * SECOND_NS
HALF, LAST, END = MINUTES * 30, MINUTES * 60 - 60, MINUTES * 60
QUALITY = "swarmscope.agent.intelligence.quality"
STRANGE = (
    "appears",
    "vanishes",
    "old-name",
    "new-name",
    "goes-silent",
    "repeats",
    "sends-nan",
    "constant",
    "single",
    "jumps",
)
CALM = 12


def span(tenant: str, agent: str, at_s: float, number: int, duration_ms: float = 100.0, **more: Any) -> dict[str, Any]:
    at = START + int(at_s * SECOND_NS)
    return {
        "tenant": tenant, "received_at": at, "start_time": at, "trace_id": number.to_bytes(16, "big"), "agent": agent,
        "span_id": (number + 1).to_bytes(8, "big"), "name": "work", "duration_ns": int(duration_ms * 1e6), "operation": "chat",
        "model": "m", "input_tokens": 100, "output_tokens": 20, "cost_nano_usd": 1_000_000, **more,
    }  # fmt: skip


def lived(tenant: str, rng: np.random.Generator) -> list[dict[str, Any]]:
    """A quarter of an hour of calm agents and of those that are not."""
    when = {"appears": (LAST, END), "vanishes": (0, 300), "old-name": (0, HALF), "new-name": (HALF, END)}
    out: list[dict[str, Any]] = []
    for agent in (*STRANGE, *(f"calm-{i}" for i in range(CALM))):
        first, last = when.get(agent, (0, END))
        for i, at in enumerate(np.arange(first, last, STEP_S).tolist()):
            if agent == "goes-silent" and HALF < at < LAST:
                continue
            if agent == "single" and i:
                break
            number = 1 if agent == "repeats" else len(out) + 2
            slow = (
                100.0
                if agent == "constant"
                else 1e6
                if agent == "jumps" and at > LAST
                else float(rng.lognormal(4.6, 0.2))
            )
            more = {"input_tokens": 2**32 - 1, "cost_nano_usd": 10**18} if agent == "jumps" and at > LAST else {}
            out.append(span(tenant, agent, LAST if agent == "repeats" else at, number, slow, **more))
    return out


def reported(tenant: str) -> dict[str, pa.Table]:
    """What agents say of themselves: no number, infinite, one value for ever, from 1 to 10¹²."""
    series, samples = [], []
    values = {"sends-nan": [np.nan, np.inf, -np.inf], "constant": [0.5], "jumps": [1.0], "repeats": [0.1, 0.9]}
    for n, (agent, said) in enumerate(values.items()):
        series_id = tenant.encode()[:8].ljust(8, b"_") + n.to_bytes(8, "big")
        series.append({"tenant": tenant, "received_at": NOW, "series_id": series_id, "metric": QUALITY, "kind": "gauge",
                       "unit": "1", "agent": agent, "labels": {}})  # fmt: skip
        for i, at in enumerate(range(0, END, STEP_S)):
            value = 1e12 if agent == "jumps" and at > LAST else said[i % len(said)]
            moment = LAST if agent == "repeats" else at
            samples.append(
                {"tenant": tenant, "series_id": series_id, "time": START + moment * SECOND_NS, "value": value}
            )
    return {"series": fill("series", series), "samples": fill("samples", samples)}


@pytest.fixture(scope="module")
def runner(api: Api) -> Iterator[Runner]:  # noqa: F811 # the fixture
    """Every detector turned on that judges in this process; nothing runs by itself."""
    on = [n for n, p in discover(KIND, Plugins()).plugins.items() if p.cls.tier == "fleet"]
    folder = str(api.state.config.data_dir)
    config: Config = load(environ={}, overrides={"storage": {"data_dir": folder}, "detect": {"on": on}})
    made = Runner(
        config, api.state.store, lambda: (), api.state.intake.submit_tables, lambda *_: None, config.data_dir / "x"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api.client.app.state, "detection", made)  # type: ignore[attr-defined] # of the application under test
        yield made


def judge_all(api: Api, runner: Runner, tenant: str, spans: list[dict[str, Any]], ticks: int = 6) -> list[Any]:  # noqa: F811 # no fixture
    """Store, look again and again until now, judge the rows as a batch, ask every question; what was found."""
    given = {"spans": fill("spans", spans), **reported(tenant)}
    for name, rows in given.items():
        api.state.intake.submit_tables({name: rows}, tenant).result(60)
    api.settled()
    fleet, found = runner.fleet(tenant), []
    for i in reversed(range(ticks)):
        fleet.window.touch(range(NOW // SECOND_NS - 200, NOW // SECOND_NS, 10), reported_too=True)
        found += fleet.tick(NOW - i * 20 * SECOND_NS, {s["agent"]: "worker" for s in spans})
    runner._judge_batch(Events(tenant, 1, {"spans": given["spans"]}))
    for name, one in runner.roster.listed.items():
        if issubclass(one.cls, WindowDetector):
            within = Window(NOW - round(one.cls.window_s * SECOND_NS), NOW)
            found += runner.ask(tenant, name, within) or []
    return found


def failures(runner: Runner) -> dict[str, str]:
    return {
        n: one.health.error or one.problem for n, one in runner.roster.listed.items() if one.health.error or one.problem
    }


def test_given_agents_that_do_what_they_should_not_when_all_look_then_none_fails_and_pages_answer(
    api: Api,  # noqa: F811 # the fixture
    runner: Runner,
) -> None:
    spans = lived("other", np.random.default_rng(5))
    found = judge_all(api, runner, "other", spans)
    assert failures(runner) == {}
    last = runner.fleet("other").last
    assert last is not None and set(last.panel.agents) >= {*STRANGE} - {"vanishes", "single"}
    assert all(0 <= f.confidence <= 1 for f in found)
    assert any(f.subject == "jumps" for f in found), "what jumps to the millionfold is seen"
    calm = {f.subject for f in found if f.subject.startswith("calm-")}
    assert len(calm) <= 2, f"others are not accused for it: {calm}"
    assert not [f for f in found if f.subject == "constant" and f.severity in ("high", "critical")]
    for agent in STRANGE:
        now = api.call("POST", f"/api/v1/detect/{agent}", "other")
        assert now.status_code in (200, 404), now.text
        if now.status_code == 200:
            assert len(now.json()["signals"]) == len(SIGNALS)
        for path in (f"/agents/{agent}/normal", f"/agents/{agent}/anomalies", f"/agents/{agent}"):
            assert api.get(f"/api/v1{path}", "other").status_code == 200, path


def test_given_one_agent_alone_when_all_look_then_none_fails(api: Api, runner: Runner) -> None:  # noqa: F811 # the fixture
    rng = np.random.default_rng(6)
    alone = [span("default", "alone", at, n, float(rng.lognormal(4.6, 0.2))) for n, at in enumerate(range(0, END, 5))]
    judge_all(api, runner, "default", alone)
    assert failures(runner) == {}
    last = runner.fleet("default").last
    assert last is not None and "alone" in last.panel.agents


def test_given_an_agent_that_is_renamed_then_neither_name_is_mourned_or_feared(api: Api, runner: Runner) -> None:  # noqa: F811 # the fixture
    """What the first test stored: the new name starts with nothing behind it, the old one ended long ago."""
    items = api.get("/api/v1/findings", "other", limit=1000).json()["items"]
    grave = [i for i in items if i["subject"] in ("old-name", "new-name") and i["severity"] in ("high", "critical")]
    assert grave == [] and failures(runner) == {}


@pytest.mark.long
@pytest.mark.timeout(600)
def test_given_a_hundred_thousand_agents_when_they_are_looked_at_then_none_fails_and_all_are_there(
    api: Api,  # noqa: F811 # the fixture
    runner: Runner,
) -> None:
    many, rng = 100_000, np.random.default_rng(7)
    for at in range(END - 40, END, 20):
        rows = [
            span("other", f"many-{i:06}", at, i + at * many, float(s))
            for i, s in enumerate(rng.lognormal(4.6, 0.2, many))
        ]
        for part in range(0, many, 20_000):
            api.state.intake.submit_tables({"spans": fill("spans", rows[part : part + 20_000])}, "other").result(120)
    api.settled()
    fleet = runner.fleet("other")
    fleet.window.touch(range(NOW // SECOND_NS - 150, NOW // SECOND_NS, 10))
    begun = time.process_time()
    fleet.tick(NOW + 10 * SECOND_NS, {})
    assert fleet.last is not None and len(fleet.last.panel.agents) >= many
    assert failures(runner) == {}
    assert time.process_time() - begun < 120
