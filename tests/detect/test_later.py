"""What is told of a finding later: that it is over, that it holds again, whether what was foretold came."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pytest

from swarmscope.config import Storage
from swarmscope.detect.later import CEASED_NS, Later
from swarmscope.detect.prediction.predictive import BREACHES
from swarmscope.model.finding import OUTCOME, OVER, Finding, columns
from swarmscope.query import findings
from swarmscope.query.times import MINUTE_NS, SECOND_NS, Window, moment
from swarmscope.store.embedded import EmbeddedStore
from tests.query.conftest import World, make
from tests.support.stores import migrated

NOW = int(time.time()) // 60 * 60 * SECOND_NS


def silence(end_ns: int, agent: str = "a") -> Finding:
    return Finding(
        tenant="default", detector="silence", version="2", kind="silence", severity="high", subject_kind="agent",
        subject=agent, window_start_ns=NOW, window_end_ns=end_ns, title=f"{agent} fell silent", score=6, confidence=0.999,
    )  # fmt: skip


def test_given_a_silence_that_no_look_finds_any_more_then_it_is_over_once_and_under_its_id() -> None:
    later, first = Later(600.0), silence(NOW + MINUTE_NS)
    later.remember([first], {"silence"})
    lasts = NOW + 3 * MINUTE_NS
    assert later.ceased({"silence": [silence(lasts)]}, lasts) == []
    assert later.ceased({"silence": []}, lasts + CEASED_NS) == [], "one look may miss it"
    (over,) = later.ceased({"silence": []}, lasts + CEASED_NS + 1)
    assert over.id == first.id and over.window_end_ns == lasts and over.labels[OVER] == moment(lasts)
    assert later.ceased({"silence": []}, lasts + 2 * CEASED_NS) == []


def test_given_what_was_over_when_it_is_found_again_soon_then_the_same_finding_holds_on() -> None:
    later, first = Later(600.0), silence(NOW + MINUTE_NS)
    later.remember([first], {"silence"})
    assert len(later.ceased({"silence": []}, NOW + 2 * MINUTE_NS)) == 1
    again = NOW + 3 * MINUTE_NS
    (back,) = later.ceased({"silence": [silence(again)]}, again)
    assert back.id == first.id and OVER not in back.labels and back.window_end_ns == again


def test_given_other_kinds_or_detectors_that_were_not_asked_then_nothing_is_over() -> None:
    later = Later(600.0)
    later.remember([silence(NOW), replace(silence(NOW), kind="loop", detector="loop")], {"silence"})
    assert later.ceased({"loop": []}, NOW + 10 * MINUTE_NS) == []
    assert [f.kind for f in later.ceased({"loop": [], "silence": []}, NOW + 5 * MINUTE_NS)] == ["silence"]
    assert later.ceased({"silence": []}, NOW + 60 * MINUTE_NS) == [] and not later.lasting


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    store = EmbeddedStore(migrated(tmp_path_factory.mktemp("later") / "store"), Storage(readers=2))
    made = World(store, NOW)
    rows = []
    for second in range(0, 1200, 5):  # twenty minutes; in the last ten half of what `failing` does fails
        for agent in ("failing", "fine"):
            bad = agent == "failing" and second >= 600 and second % 10 == 0
            at = NOW - 20 * MINUTE_NS + second * SECOND_NS
            rows.append(
                make(
                    "spans", tenant="default", agent=agent, start_time=at, received_at=at, operation="chat",
                    trace_id=second.to_bytes(16, "big"), span_id=agent[:8].encode().ljust(8), duration_ns=SECOND_NS,
                    status_code=2 if bad else 1,
                )
            )  # fmt: skip
    made.add("spans", *rows)
    yield made
    store.close()


def breach(agent: str) -> Finding:
    return Finding(
        tenant="default", detector="predictive", version="1", kind="threshold_breach", severity="medium",
        subject_kind="agent", subject=agent, signal="error_ratio", window_start_ns=NOW - 12 * MINUTE_NS,
        window_end_ns=NOW - 12 * MINUTE_NS, lead_ns=4 * MINUTE_NS, title=f"{agent}: failures will pass 25%",
        score=2, confidence=0.75, labels={"limit": "0.25"}, explanation="2% now.",
    )  # fmt: skip


def test_given_limits_that_were_to_be_passed_when_they_are_due_then_it_is_told_whether_they_were(world: World) -> None:
    later = Later(600.0)
    told = [breach("failing"), breach("fine"), breach("gone")]
    later.remember(told, ())
    assert later.came(world.reader("default"), NOW - 6 * MINUTE_NS) == [], "nothing is due"
    by_agent = {f.subject: f for f in later.came(world.reader("default"), NOW)}
    assert {a: f.labels[OUTCOME] for a, f in by_agent.items()} == {
        "failing": "came", "fine": "did not come", "gone": "did not come",
    }  # fmt: skip
    assert [f.id for f in told] == [by_agent[f.subject].id for f in told]
    assert by_agent["failing"].title.startswith("failing: share of failed spans passed 25%, as foretold for")
    assert by_agent["fine"].severity == "info" and "did not" in by_agent["fine"].title
    assert "at most 0%" in by_agent["fine"].explanation and "Nothing was seen" in by_agent["gone"].explanation
    assert later.came(world.reader("default"), NOW) == []


def test_given_findings_stated_anew_when_read_then_the_api_tells_the_end_and_when_it_was_told_first(
    world: World,
) -> None:
    over = replace(
        silence(NOW, "b"), labels={"p": "0.001", "told": "2026-01-02T03:04:05Z", OVER: "2026-01-02T03:05:00Z"}
    )
    stated = columns([over, replace(breach("failing"), labels={"limit": "0.25", OUTCOME: "came"})], NOW)
    batch = pa.array([1, 1], pa.uint64())
    world.store.insert(
        "findings", stated.append_column(pa.field("batch_id", pa.uint64(), nullable=False), batch), "stated"
    )
    first, second = sorted(
        findings.search(world.reader("default"), world.window, {}, "", 10, "")["items"], key=lambda f: f["subject"]
    )
    assert (first["found"], first["over"], first["labels"]) == (
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:05:00Z",
        {"p": "0.001"},
    )
    assert second["outcome"] == "came" and second["over"] is None and first["outcome"] is None


def test_given_a_restart_when_what_was_told_is_taken_up_from_the_store_then_it_is_stated_anew_as_before(
    world: World,
) -> None:
    lasting, over = silence(NOW + MINUTE_NS, "c"), silence(NOW + MINUTE_NS, "d")
    told = [lasting, replace(over, labels={OVER: moment(NOW + MINUTE_NS)}), breach("failing"), breach("known")]
    told[3] = replace(told[3], labels={**told[3].labels, OUTCOME: "came"})
    stated = columns(told, NOW)
    batch = pa.array([2] * len(told), pa.uint64())
    world.store.insert(
        "findings", stated.append_column(pa.field("batch_id", pa.uint64(), nullable=False), batch), "restart"
    )
    reads, lasts = world.reader("default"), {"silence"}
    kept = findings.unsettled(reads, Window(NOW - MINUTE_NS, NOW + 5 * MINUTE_NS), lasts, BREACHES, 100)
    later, back_ns, looked_ns = Later(600.0), NOW + 5 * MINUTE_NS, NOW + 4 * MINUTE_NS
    later.looked_ns = looked_ns
    later.recall([f for f in kept if f.subject in ("c", "d", "failing", "known")], back_ns)
    assert {f.subject for f in later.foretold.values()} == {"failing"}, "what became of `known` was told"
    assert later.ceased({"silence": []}, back_ns + CEASED_NS) == [], "the first looks after a start may miss it"
    (back,) = later.ceased({"silence": [silence(back_ns + CEASED_NS, "d")]}, back_ns + CEASED_NS)
    assert back.id == over.id and OVER not in back.labels, "it holds on under its id"
    (ceased,) = later.ceased({"silence": [silence(back_ns + CEASED_NS, "d")]}, back_ns + CEASED_NS + 1)
    assert ceased.id == lasting.id and ceased.labels[OVER] == moment(looked_ns), (
        "until the last look before the restart"
    )
    assert ceased.labels["told"] == moment(NOW) and ceased.score == lasting.score
    (came,) = later.came(reads, back_ns)
    assert came.id == breach("failing").id and came.labels[OUTCOME] == "came" and came.explanation.startswith("2% now.")
