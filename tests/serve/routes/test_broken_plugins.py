"""Detectors of others that raise, hang or talk nonsense, on every route and in the runner: shown, counted, never fatal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from swarmscope import registry
from swarmscope.app import parts
from swarmscope.config import Config, load
from swarmscope.detect import guard
from swarmscope.detect.emergence import looking
from swarmscope.detect.runner import Runner
from tests.serve.routes.conftest import Api, fill


@dataclass
class Commit:
    batch_id: int
    tables: dict[str, pa.Table]
    lane: str = "live"


HEAD = """
import os, sys, time
import numpy as np, pyarrow as pa
from typing import Annotated
import msgspec
from swarmscope.detect.base import *
from swarmscope.detect.base import Options as Base
from swarmscope.detect.emergence.base import Emergence, Pattern
from swarmscope.model.finding import Finding

def found(seen, who, **more):
    told = dict(tenant=seen.tenant, detector=who, version="1", kind="odd", severity="low", subject_kind="fleet",
                subject="fleet",
                window_start_ns=time.time_ns(), window_end_ns=time.time_ns() + 9, title="odd", score=1.0, confidence=0.5)
    return Finding(**{**told, **more})

class Worst(Exception):
    def __str__(self):
        raise RuntimeError("not even this")
"""
CLASS = 'class Mine({base}):\n    """Is not as it should be."""\n    name = "{name}"\n'

# Files that are broken before anything is judged → what /plugins says of them.
UNUSABLE = {
    "raises": ("raise RuntimeError('boom')", "RuntimeError: boom"),
    "untold": ("raise Worst()", "Worst: (it cannot be told)"),
    "surrogate": (r"raise RuntimeError('\udcff')", r"RuntimeError: \udcff"),
    "interrupts": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "leaves": ("sys.exit(3)", "SystemExit: 3"),
    "hangs": ("while True: time.sleep(0.01)", "TimeoutError: no answer within 1 s"),
    "syntax": ("class (", "SyntaxError"),
    "construction": ("EVENT    def __init__(self, options=None): raise RuntimeError('no')\n", "RuntimeError: no"),
    "made_slowly": (
        "EVENT    def __init__(self, options=None):\n        while True: time.sleep(0.01)\n",
        "TimeoutError",
    ),
    "kinds": ("EVENT    kinds = (1, 'a')\n", "kinds=(1, 'a')"),
    "no_kinds": ("EVENT    kinds = 5\n", "kinds=5"),
    "every": ("WINDOW    every_s = float('nan')\n", "every_s=nan"),
    "family": ("EVENT    family = ['anomaly']\n", "family ['anomaly']"),
    "options": ("EVENT    class Options(Base, frozen=True):\n        x: int\n", "an option has no default"),
    "hints": ("EVENT    class Options(Base, frozen=True):\n        x: 'NoSuchType' = 1\n", "NoSuchType"),
    "alien": ("EVENT    class Options: pass\n", "does not derive"),
    "defaults": ("EVENT    class Options(Base, frozen=True):\n        x: object = Worst\n", "TypeError"),
}
JUDGE = "    def judge(self, seen):\n        return []\n"
# What can be set up, and fails when it is asked: base, body → reason it is counted under.
FAILING = {
    "e_raises": ("EventDetector", "raise Worst()", "raised"),
    "e_leaves": ("EventDetector", "sys.exit(1)", "nonsense"),
    "e_hangs": ("EventDetector", "while True: time.sleep(0.01)", "timeout"),
    "e_none": ("EventDetector", "return None", "nonsense"),
    "e_stranger": ("EventDetector", "return [found(seen, 'somebody')]", "nonsense"),
    "e_score": ("EventDetector", "return [found(seen, 'e_score', score='high')]", "nonsense"),
    "e_text": ("EventDetector", r"return [found(seen, 'e_text', title='\udcff')]", "nonsense"),
    "e_time": ("EventDetector", "return [found(seen, 'e_time', window_end_ns=1 << 80)]", "nonsense"),
    "e_many": ("EventDetector", "return [found(seen, 'e_many')] * 5000", "nonsense"),
    "w_raises": ("WindowDetector", "raise ValueError('no')", "raised"),
    "w_hangs": ("WindowDetector", "while True: time.sleep(0.01)", "timeout"),
    "w_generator": ("WindowDetector", "yield 1", "nonsense"),
}  # fmt: skip
PATTERNS = {
    "p_raises": ("raise Worst()", "Worst"),
    "p_hangs": ("while True: time.sleep(0.01)", "TimeoutError"),
    "p_none": ("return None", "TypeError"),
    "p_alien": ("return [1]", "seek gave int"),
    "p_chance": ("return [Emergence('k', 't', 'e', 7.0, .5, .1, 1, (), 1., 1., 's')]", "no probability"),
    "p_onset": ("return [Emergence('k', 't', 'e', .5, .5, .1, 1 << 90, (), 1., 1., 's')]", "no time"),
}


def write(folder: Path) -> None:
    folder.chmod(0o755)
    files = {}
    for name, (text, _) in UNUSABLE.items():
        for mark, base in (("EVENT", "EventDetector"), ("WINDOW", "WindowDetector")):
            if text.startswith(mark):
                text = CLASS.format(base=base, name=name) + text.removeprefix(mark) + JUDGE
        files[name] = text
    for name, (base, body, _) in FAILING.items():
        files[name] = (
            CLASS.format(base=base, name=name) + f"    kinds = ('odd',)\n    def judge(self, seen):\n        {body}\n"
        )
    for name, (body, _) in PATTERNS.items():
        files[name] = (
            CLASS.format(base="Pattern", name=name) + f"    def seek(self, scene, level, rng):\n        {body}\n"
        )
    files["forgetful"] = CLASS.format(base="EventDetector", name="forgetful") + (
        "    def snapshot(self): raise Worst()\n    def restore(self, state): raise Worst()\n"
        "    def judge(self, seen): return [found(seen, 'forgetful')]\n    kinds = ('odd',)\n"
    )
    files["picky"] = CLASS.format(base="EventDetector", name="picky") + (
        "    class Options(Base, frozen=True):\n        x: int = 1\n"
        "    def __init__(self, options=None):\n        super().__init__(options)\n"
        "        if self.options.x > 1: raise Worst()\n"
    ) + JUDGE  # fmt: skip
    for name, text in files.items():
        place = folder / f"{name}.py"
        place.write_text(HEAD + text)
        place.chmod(0o644)
    odd = folder / "a\udcffb.py"
    odd.write_text("x = 1")
    odd.chmod(0o644)


@pytest.fixture(scope="module")
def broken(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, Runner]]:
    folder = tmp_path_factory.mktemp("broken")
    write(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "LOAD_S_MAX", 1.0)
        patch.setattr(looking, "LOOK_S_MAX", 0.5)
        patch.setattr(guard, "BACKOFF_S", 600.0)  # so that each fails once, however slow the machine is
        plugins = {"folder": str(folder), "options": {"detector": {"picky": {"x": 2}}}}
        own = {"storage": {"data_dir": str(api.state.config.data_dir)}, "plugins": plugins}
        config: Config = load(environ={}, overrides=own | {"detect": {"worker_timeout_s": 0.5}})
        runner = Runner(
            config,
            api.state.store,
            lambda: ("default",),
            api.state.intake.submit_tables,
            lambda *_: None,
            folder / "kept",
        )
        state = api.client.app.state  # type: ignore[attr-defined] # of the application under test
        patch.setattr(state, "config", config)
        patch.setattr(state, "parts", lambda: parts(config))
        patch.setattr(state, "detection", runner)
        yield api, runner


def test_given_files_that_cannot_be_used_when_parts_are_listed_then_each_has_its_reason(broken: Any) -> None:
    api, _ = broken
    answer = api.get("/api/v1/plugins")
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    problems = {Path(i["origin"]).stem: i["problem"] for i in items if i["state"] == "broken"}
    assert {n: p for n, p in problems.items() if n in UNUSABLE and UNUSABLE[n][1] not in p} == {}
    assert set(problems) == {*UNUSABLE, r"a\udcffb"}
    loaded = {i["name"] for i in items if i["state"] in ("active", "failing")}
    assert {*FAILING, *PATTERNS, "picky", "forgetful", "security"} <= loaded


def test_given_detectors_that_fail_when_batches_and_windows_are_judged_then_others_go_on_and_each_is_counted(
    broken: Any,
) -> None:
    api, runner = broken
    now = time.time_ns()
    spans = fill("spans", [{"tenant": "default", "received_at": now, "start_time": now, "span_id": b"12345678",
                            "attributes": {"url.query": "id=1' UNION SELECT password FROM users--", "http.route": "/x"},
                            "attribute_types": "ss"}])  # fmt: skip
    runner.start()
    for batch_id in range(2):
        runner.committed(Commit(batch_id, {"spans": spans}))
    health = {name: one.health for name, one in runner.roster.listed.items()}
    until = time.monotonic() + 120
    while runner.waiting or not all(health[name].failures for name in FAILING):
        assert time.monotonic() < until, [name for name in FAILING if not health[name].failures]
        time.sleep(0.1)
    runner.stop()
    api.settled()
    kinds = {i["kind"] for i in api.get("/api/v1/findings", limit=1000).json()["items"]}
    assert {"sql_injection", "odd"} <= kinds, "built-in and whole ones found what they find"
    answer = api.get("/api/v1/detectors")
    assert answer.status_code == 200, answer.text
    told, metrics = {d["name"]: d for d in answer.json()["items"]}, api.get("/metrics").text
    for name, (_, _, reason) in FAILING.items():
        assert told[name]["failures"] == 1 and told[name]["paused_s"] > 0 and told[name]["error"], told[name]
        assert f'swarmscope_detect_failures_total{{detector="{name}",reason="{reason}"}} 1' in metrics
    assert not told["picky"]["runs"] and "cannot be set up: Worst" in told["picky"]["problem"]
    assert "what it learned cannot be kept: Worst" in told["forgetful"]["error"]
    assert told["security"]["failures"] == 0
    parts_told = {i["name"]: i for i in api.get("/api/v1/plugins").json()["items"] if i["kind"] == "detector"}
    assert {n for n in FAILING if parts_told[n]["state"] != "failing" or not parts_told[n]["problem"]} == set()
    assert parts_told["security"]["state"] == "active"
    health_of = {c["name"]: c for c in api.get("/api/v1/health").json()["components"]}["detection"]
    failing = {*FAILING, "picky", "forgetful"}
    assert {n for n in failing if not any(f"detector {n} is" in r for r in health_of["reasons"])} == set()
    assert 0 < health_of["score"] < 1


def test_given_patterns_that_fail_when_emergence_is_asked_for_then_the_others_answer(broken: Any) -> None:
    api, _ = broken
    answer = api.call("POST", "/api/v1/emergence/analyze", json={})
    assert answer.status_code == 200, answer.text
    said = {p["pattern"]: p["error"] for p in answer.json()["patterns"]}
    assert {n: said[n] for n, (_, reason) in PATTERNS.items() if reason not in said[n]} == {}
    assert {n for n, error in said.items() if error} == set(PATTERNS)
    again = api.call("POST", "/api/v1/emergence/analyze", json={"sensitivity": {"p_none": 0.2}})
    assert again.status_code == 200


@pytest.mark.parametrize("path", ["/emergence/events", "/emergence/indicators", "/findings", "/detectors", "/plugins",
                                  "/security/events", "/health", "/emergence/network/analysis", "/anomalies"])  # fmt: skip
def test_given_broken_plug_ins_and_labels_of_theirs_when_a_route_is_asked_then_it_answers(
    broken: Any, path: str
) -> None:
    api, _ = broken
    now = time.time_ns()
    row = {"tenant": "default", "received_at": now, "time": now, "window_start": now, "window_end": now + 1,
           "finding_id": b"0123456789abcdef", "kind": "synchrony", "detector": "theirs", "severity": "low",
           "subject_kind": "fleet", "details": {"p": "often", "onset_ns": "-3", "magnitude": "nan"}}  # fmt: skip
    api.state.intake.submit_tables({"findings": fill("findings", [row])}, "default").result(30)
    api.settled()
    answer = api.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
