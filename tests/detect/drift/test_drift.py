"""Drift: rollouts are blamed for what they brought and for nothing else; models that change behind one name are found."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from swarmscope.config import Storage
from swarmscope.detect.base import Events, Question
from swarmscope.detect.drift import answers
from swarmscope.detect.drift.answers import AnswerDrift
from swarmscope.detect.drift.rollout import RolloutDrift
from swarmscope.model.finding import Finding
from swarmscope.query.times import MINUTE_NS, SECOND_NS, Window
from swarmscope.store.embedded import EmbeddedStore
from tests.query.conftest import World, make, to_arrow
from tests.support.stores import migrated

AGENTS = 40


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    store = EmbeddedStore(migrated(tmp_path_factory.mktemp("drift") / "store"), Storage(readers=2))
    yield World(store, time.time_ns())
    store.close()


def rollout(
    world: World, tenant: str, slower: float, switched: int, prompt: bool = False, busy: float = 1.0
) -> list[Finding]:
    """Half an hour; after 15 minutes `switched` agents get another version (or prompt). busy: all are slower then."""
    rng, rows = np.random.default_rng(len(tenant)), []
    for number, version in ((1, "1.0"), (2, "1.1")):
        known = {"tenant": tenant, "received_at": world.now_ns, "resource_id": number, "service": "s"}
        world.add("resources", make("resources", attributes={"service.version": version}, **known))
    for agent in range(AGENTS):
        base = rng.lognormal(0, 0.4)
        for ago in np.sort(rng.random(60) * 30)[::-1].tolist():
            new = agent < switched and ago < 15
            seconds = base * rng.lognormal(0, 0.3) * (slower if new else 1) * (busy if ago < 15 else 1)
            at = world.now_ns - round(ago * MINUTE_NS)
            said = {"message_key": ["gen_ai.system_instructions"], "message_hash": [77 if new and prompt else 7]}
            known = {"tenant": tenant, "agent": f"a{agent:02d}", "operation": "chat", "model": "gpt-4", "name": "chat"}
            known |= {
                "start_time": at,
                "received_at": at,
                "duration_ns": round(seconds * SECOND_NS),
                "output_tokens": 90,
            }
            known |= {"resource_id": 2 if new and not prompt else 1, "span_id": rng.bytes(8), "trace_id": rng.bytes(16)}
            rows.append(make("spans", **known, **said))
    world.add("spans", *rows)
    within = Window(world.now_ns - 30 * MINUTE_NS, world.now_ns)
    return list(RolloutDrift().judge(Question(tenant, world.reader(tenant), within)))


def test_given_a_slower_version_on_some_agents_then_the_version_is_blamed(world: World) -> None:
    (found,) = rollout(world, "slower", 1.35, 16)
    assert (found.kind, found.subject, found.signal) == ("rollout_drift", "service.version=1.1", "duration")
    assert found.labels["old"] == "1.0" and set(found.participants) == {f"a{i:02d}" for i in range(16)}
    assert found.observed == pytest.approx(0.35, abs=0.1) and found.confidence > 0.9999


def test_given_a_rollout_that_changes_nothing_then_nothing_is_said(world: World) -> None:
    assert rollout(world, "same", 1.0, 16) == []


def test_given_a_busy_hour_for_everybody_then_the_version_is_not_blamed(world: World) -> None:
    assert rollout(world, "busyhour", 1.0, 16, busy=1.6) == []


def test_given_a_rollout_to_everybody_then_it_is_found_without_others_to_compare_with(world: World) -> None:
    assert [f.subject for f in rollout(world, "everybody", 1.5, AGENTS)] == ["service.version=1.1"]


def test_given_another_prompt_then_it_is_prompt_drift(world: World) -> None:
    (found,) = rollout(world, "prompted", 0.6, 20, prompt=True)
    assert found.kind == "prompt_drift" and found.severity == "info"


def test_given_no_spans_then_there_is_nothing_to_say(world: World) -> None:
    within = Window(world.now_ns - 30 * MINUTE_NS, world.now_ns)
    assert list(RolloutDrift().judge(Question("nobody", world.reader("nobody"), within))) == []


def batch(rng: np.random.Generator, number: int, **new: Any) -> Events:
    """Forty sessions of one service. new: changes of tokens, questions, model, version."""
    rows, now = [], 1_700_000_000 * SECOND_NS + number * MINUTE_NS
    for i in range(40):
        tokens = max(1, int(rng.lognormal(5, 0.5) * new.get("answers", 1)))
        known: dict[str, Any] = {
            "tenant": "t",
            "agent": f"a{i % 10}",
            "session": f"s{number}-{i}",
            "operation": "chat",
            "service": "desk",
        }
        known |= {
            "model": new.get("model", "gpt-4-0314"),
            "start_time": now + i * SECOND_NS,
            "resource_id": new.get("version", 1),
        }
        known |= {"input_tokens": int(rng.lognormal(6, 0.3) * new.get("questions", 1)), "output_tokens": tokens}
        rows.append(
            make("spans", duration_ns=round(rng.lognormal(0, 0.2) * tokens * 2e7), span_id=rng.bytes(8), **known)
        )
        rows.append(
            {**rows[-1], "start_time": now + (100 + i) * SECOND_NS, "output_tokens": 1}
        )  # later calls do not count
    resources = [make("resources", tenant="t", resource_id=v, attributes={"service.version": f"{v}.0"}) for v in (1, 2)]
    return Events("t", number, {"spans": to_arrow("spans", rows), "resources": to_arrow("resources", resources)})


def followed(after: dict[str, Any], batches: int = 12, restarted: bool = False) -> tuple[list[Finding], AnswerDrift]:
    rng, detector = np.random.default_rng(2), AnswerDrift()
    found: list[Finding] = []
    for number in range(batches):
        if restarted and number == batches // 2:
            fresh = AnswerDrift()
            fresh.restore(detector.snapshot())
            detector = fresh
        found += detector.judge(batch(rng, number, **(after if number >= batches // 2 else {})))
    return found, detector


def test_given_answers_as_always_then_nothing_is_said() -> None:
    assert followed({})[0] == []


def test_given_shorter_answers_of_a_new_dated_model_then_the_model_is_named() -> None:
    (found,) = followed({"answers": 0.2, "model": "gpt-4-0613"})[0]
    assert (found.kind, found.subject) == ("model_drift", "desk/gpt-4")
    assert found.labels == {"attribution": "gen_ai.response.model", "new": "gpt-4-0613", "old": "gpt-4-0314"}
    assert "output tokens" in found.title and len(found.participants) == 10


def test_given_other_answers_with_a_version_then_the_version_is_named() -> None:
    assert followed({"answers": 3.0, "version": 2})[0][0].labels["new"] == "2.0"


def test_given_longer_questions_alone_then_it_is_data_drift_and_nothing_is_blamed() -> None:
    (found,) = followed({"questions": 2.5})[0]
    assert found.kind == "data_drift" and found.labels["attribution"] == "" and found.signal == "input_tokens"


def test_given_ever_new_resources_then_those_told_last_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "RESOURCES_MAX", 3)
    detector = AnswerDrift()
    for told in (1, 2, 3, 1, 4):
        rows = [make("resources", tenant="t", resource_id=told, attributes={"service.version": f"{told}.0"})]
        detector.judge(Events("t", 0, {"resources": to_arrow("resources", rows)}))
    assert detector._seen.versions == {3: "3.0", 1: "1.0", 4: "4.0"}


def test_given_a_restart_then_what_was_learned_still_counts() -> None:
    assert [f.kind for f in followed({"answers": 0.2}, restarted=True)[0]] == ["model_drift"]
