"""Findings, detectors, and what they hold of one agent now."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response

from swarmscope.detect.base import FleetDetector, about
from swarmscope.detect.roster import Listed
from swarmscope.detect.runner import Runner
from swarmscope.query import findings
from swarmscope.serve.routes.common import (
    NOT_FOUND,
    Cursor,
    Limit,
    Reads,
    Viewer,
    Within,
    encoded,
    listed,
    new_router,
)
from swarmscope.serve.routes.feedback import FindingId, only, threshold, with_feedback
from swarmscope.serve.schemas.findings import Detectors, Finding, FindingCounts, FindingGroups, Findings, FindingSummary

router = new_router("findings")

Names = Annotated[str, Query(description="comma-separated; empty: all", max_length=2048)]
Text = Annotated[str, Query(description="part of title, subject or explanation", max_length=512)]
Judged = Annotated[
    str, Query(description="what people said: open, true, false; comma-separated; empty: all", max_length=64)
]
ANOMALIES = (
    "activity", "error_surge", "tool_error_surge", "latency", "tokens", "cost", "repetition", "degradation",
    "unusual_combination", "anomaly", "cohort_shift",
)  # fmt: skip


def _runner(request: Request) -> Runner:
    runner: Runner = request.app.state.detection
    return runner


async def _filters(
    kind: Names = "", severity: Names = "", subject: Names = "", subject_kind: Names = "", detector: Names = "",
    signal: Names = "",
) -> dict[str, Sequence[str]]:  # fmt: skip
    named = (("kind", kind), ("severity", severity), ("subject", subject), ("subject_kind", subject_kind),
             ("detector", detector), ("signal", signal))  # fmt: skip
    return {name: listed(text) for name, text in named}


Filters = Annotated[dict[str, Sequence[str]], Depends(_filters)]


@router.get("/findings", response_model=Findings, summary="What detectors reported")
def list_findings(
    request: Request, reads: Reads, within: Within, filters: Filters, q: Text = "", feedback: Judged = "",
    limit: Limit = 100, cursor: Cursor = "",
) -> Response:  # fmt: skip
    """Newest first; those whose window touches the window asked for."""
    page = findings.search(reads, within, filters, q, limit, cursor, only(request, reads.tenant, within, feedback))
    return encoded(with_feedback(request, reads.tenant, page))


@router.get("/findings/groups", response_model=FindingGroups, summary="Findings of one subject and kind, told once")
def group_findings(
    request: Request, reads: Reads, within: Within, filters: Filters, q: Text = "", feedback: Judged = "",
    limit: Limit = 100, cursor: Cursor = "",
) -> Response:  # fmt: skip
    """How many there are of each subject and kind, and the newest of them in full."""
    page = findings.grouped(reads, within, filters, q, limit, cursor, only(request, reads.tenant, within, feedback))
    newest = with_feedback(request, reads.tenant, {"items": [group["newest"] for group in page["items"]]})["items"]
    groups = [group | {"newest": one} for group, one in zip(page["items"], newest, strict=True)]
    return encoded({**page, "items": groups})


@router.get("/findings/summary", response_model=FindingSummary, summary="Findings by severity over time, and facets")
def summarise_findings(
    request: Request, reads: Reads, within: Within, filters: Filters, q: Text = "", feedback: Judged = "",
    buckets: Annotated[int, Query(description="time buckets at most", ge=1, le=500)] = 60,
) -> Response:  # fmt: skip
    """A facet counts what all filters but its own leave."""
    return encoded(findings.summary(reads, within, filters, q, buckets, only(request, reads.tenant, within, feedback)))


@router.get("/findings/counts", response_model=FindingCounts, summary="How many findings of which sort")
def count_findings(reads: Reads, within: Within) -> Response:
    """By detector, kind and severity."""
    return encoded({"items": findings.counts(reads, within), "window": within.json()})


@router.get("/findings/{finding_id}", response_model=Finding, summary="One finding", responses=NOT_FOUND)
def one_finding(request: Request, reads: Reads, finding_id: FindingId) -> Response:
    """What was seen, what was expected, why, where to look, and what it takes for the same to be reported again."""
    found = findings.one(reads, finding_id.lower())
    item = with_feedback(request, reads.tenant, {"items": [found]})["items"][0]
    return encoded({**item, "threshold": threshold(request, reads.tenant, found)})


@router.get("/anomalies", response_model=Findings, summary="Recent anomalies", tags=["anomalies"])
def list_anomalies(request: Request, reads: Reads, within: Within, limit: Limit = 100, cursor: Cursor = "") -> Response:
    """The findings about signals that are not as they were, or not as those of peers."""
    page = findings.search(reads, within, {"kind": ANOMALIES}, "", limit, cursor)
    return encoded(with_feedback(request, reads.tenant, page))


@router.get("/detectors", response_model=Detectors, summary="All detectors", tags=["detectors"])
def list_detectors(request: Request, caller: Viewer) -> Response:
    """What each is, how it is set, how it fares, and what people said of its findings."""
    said = request.app.state.catalog.verdicts.by_detector(caller.tenant)
    roster = _runner(request).roster.listed
    return encoded({"items": [_detector(n, one, said.get(n, {})) for n, one in roster.items()]})


def _detector(name: str, one: Listed, said: Mapping[str, int]) -> dict[str, Any]:
    cls, health = one.cls, one.health
    true, false = said.get("true", 0), said.get("false", 0)
    return {
        "name": name,
        "version": cls.version,
        "family": cls.family,
        "tier": cls.tier,
        "kinds": list(cls.kinds),
        "about": one.plugin.about,
        "description": about(cls),
        "origin": one.plugin.origin,
        "runs": one.runs,
        "in_ensemble": issubclass(cls, FleetDetector) and cls.in_ensemble,
        "problem": one.problem,
        "options": [
            {
                "name": o.name,
                "value": getattr(one.options, o.name),
                "default": o.default,
                "about": o.about,
                "minimum": o.minimum,
                "maximum": o.maximum,
                "sensitive": list(o.sensitive) if o.sensitive else None,
            }
            for o in one.described
        ],
        "runs_total": health.runs,
        "failures": health.failures,
        "paused_s": max(0.0, round(health.off_until - time.monotonic(), 1)) if health.is_off else 0.0,
        "error": health.error,
        "mean_ms": round(health.seconds_total / health.runs * 1e3, 3) if health.runs else None,
        "max_ms": round(health.seconds_max * 1e3, 3) if health.runs else None,
        "findings": health.findings,
        "suppressed": health.suppressed,
        "said": {"true": true, "false": false, "precision": true / (true + false) if true + false else None},
    }
