"""How healthy the install and its fleet are: scores with reasons and what to do. Pure arithmetic over figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from swarmscope.query.states import HEALTHY, PARTIAL

CRITICAL = frozenset({"store", "catalog", "journal", "writer"})
"""What the install cannot do without: its health is never better than the worst of these."""


@dataclass(slots=True)
class Component:
    """One part and what is known of it. `lower` takes points away and says why."""

    name: str
    facts: dict[str, float | str | None] = field(default_factory=dict)
    score: float = 1.0
    reasons: list[str] = field(default_factory=list)
    recommendations: list[str] = field(default_factory=list)

    def lower(self, to: float, reason: str, recommendation: str) -> None:
        """At most `to` is left of the score."""
        self.score = max(0.0, min(self.score, to))
        self.reasons.append(reason)
        self.recommendations.append(recommendation)

    def json(self) -> dict[str, Any]:
        """In the shape of `ComponentHealth`."""
        return {
            "name": self.name,
            "state": state_of(self.score),
            "score": round(self.score, 4),
            "reasons": self.reasons,
            "recommendations": self.recommendations,
            "facts": self.facts,
        }


def state_of(score: float) -> str:
    """healthy from 0.7, partial from 0.3, else unhealthy."""
    return "healthy" if score >= HEALTHY else "partial" if score >= PARTIAL else "unhealthy"


def overall(components: Sequence[Component]) -> float:
    """The mean, but never better than the worst critical part."""
    if not components:
        return 1.0
    mean = sum(c.score for c in components) / len(components)
    return min([mean, *(c.score for c in components if c.name in CRITICAL)])


def falling(value: float, good: float, bad: float) -> float:
    """A score: 1 up to `good`, 0 from `bad` on, straight between."""
    return max(0.0, min(1.0, (bad - value) / (bad - good)))


def store(answer_ms: float | None, failure: str) -> Component:
    """answer_ms: how long a trivial query took; None: it failed with `failure`."""
    c = Component("store", {"answer_ms": answer_ms})
    if answer_ms is None:
        c.lower(0.0, f"the store does not answer: {failure}", "see the server's log; check storage.url and the disk")
    elif answer_ms > 500:
        c.lower(
            falling(answer_ms, 500, 10_000),
            f"a trivial query took {answer_ms:.0f} ms",
            "look for long queries; add cores",
        )
    return c


def catalog(answer_ms: float | None, failure: str) -> Component:
    """As `store`: the database of keys, users and settings."""
    c = Component("catalog", {"answer_ms": answer_ms})
    if answer_ms is None:
        c.lower(
            0.0,
            f"it does not answer, so nobody new is let in and no setting is read: {failure}",
            "start its database, or mend the way to it; storage.catalog_url says where it is",
        )
    return c


def journal(disk_bytes: int, max_bytes: int, failure: str, full: str, lost_records: int) -> Component:
    """How full the journal is, and whether it can be written. full: why senders are told to retry for want of room."""
    share = disk_bytes / max(1, max_bytes)
    c = Component("journal", {"disk_bytes": disk_bytes, "max_bytes": max_bytes, "full": round(share, 4)})
    if failure:
        c.lower(0.0, failure, "free the disk or repair it; senders keep their data meanwhile")
    if full:
        c.lower(
            0.2,
            f"all senders are told to retry: {full}",
            "see why the store is behind; raise journal.max_bytes; senders keep their data meanwhile",
        )
    elif share > 0.5:
        c.lower(falling(share, 0.5, 1.0), f"{share:.0%} full", "see why the store is behind; raise journal.max_bytes")
    if lost_records:
        c.lower(0.3, f"{lost_records} damaged records were given up at the start", "restore them from a backup")
    return c


def writer(lag_rows: int, lag_s: float, away_s: float, failure: str, dead_letters: int) -> Component:
    """How far the store is behind the journal."""
    c = Component("writer", {"lag_rows": lag_rows, "lag_s": round(lag_s, 3), "dead_letters": dead_letters})
    if away_s > 0:
        c.lower(
            0.25,
            f"the store has been away for {away_s:.0f} s: {failure}",
            "bring the store back, or make room for it; nothing is lost meanwhile",
        )
    elif lag_s > 10:
        c.lower(
            falling(lag_s, 10, 300), f"{lag_rows} rows wait, the oldest for {lag_s:.0f} s", "add cores or send less"
        )
    if dead_letters:
        c.lower(
            0.6,
            f"{dead_letters} files with rows that the store refused",
            "see them with `swarmscope dead-letters list`, mend the cause, then redrive or drop them",
        )
    return c


def ingest(queued_bytes: int, max_bytes: int, strain: str = "") -> Component:
    """How full the queue at the door is. strain: why everybody is told to retry."""
    share = queued_bytes / max(1, max_bytes)
    c = Component("ingest", {"queued_bytes": queued_bytes, "max_bytes": max_bytes})
    if share > 0.5:
        c.lower(
            falling(share, 0.5, 1.2), f"its queue is {share:.0%} full", "raise ingest.workers, or spread the senders"
        )
    if strain:
        c.lower(0.2, f"all senders are told to retry: {strain}", "raise server.memory_max_bytes, or spread the senders")
    return c


def detection(warming: str, waiting: int, failing: Mapping[str, str], detectors: int) -> Component:
    """Whether detectors look. warming: what they still do before they judge; waiting: committed batches not looked at;
    failing: why some of all `detectors` do not."""
    c = Component("detection", {"waiting_batches": waiting, "failing_detectors": len(failing)})
    for name, reason in failing.items():
        c.lower(
            1 - len(failing) / max(1, detectors),
            f"detector {name} is failing: {reason}",
            "see Settings, Detectors; leave it out with detect.off until it is mended",
        )
    if warming:
        c.reasons.append(f"warming up: {warming}")
        c.recommendations.append("wait some seconds; nothing that comes meanwhile is left out")
    return c


def disk(free_bytes: int, total_bytes: int) -> Component:
    """Room left where the data lies."""
    share = free_bytes / max(1, total_bytes)
    c = Component("disk", {"free_bytes": free_bytes, "total_bytes": total_bytes})
    if share < 0.15:
        c.lower(
            falling(-share, -0.15, -0.02), f"{share:.1%} of the disk is free", "shorten retention or enlarge the disk"
        )
    return c


def fleet(
    agents: int, conditions: dict[str, int], error_ratio: float, mean_health: float, silent: int = 0
) -> Component:
    """The agents together. mean_health: over all of them, abandoned and silent ones being worth nothing."""
    facts: dict[str, float | str | None] = {"agents": agents, "error_ratio": round(error_ratio, 4), "silent": silent}
    c = Component("fleet", facts | {k: float(v) for k, v in conditions.items()}, mean_health if agents else 1.0)
    troubles = {
        "abandoned": "check their processes and nodes",
        "wedged": "look at their pending spans; restart them, and give calls a timeout",
        "looping": "stop them or lower their budget",
        "failing": "open them: their newest errors say which tool, model or service fails",
    }
    for one, advice in troubles.items():
        if conditions.get(one):
            c.reasons.append(f"{conditions[one]} of {agents} agents are {one}")
            c.recommendations.append(advice)
    if silent:
        c.reasons.append(f"{silent} of {agents} agents fell silent")
        c.recommendations.append(
            "open the findings of the kinds dead_node and silence: they name the nodes and what stopped"
        )
    if error_ratio > 0.02:
        c.reasons.append(f"{error_ratio:.1%} of all spans failed in the last minute")
        c.recommendations.append("search status:error and look at the facets: which tool, model or service is it?")
    return c
