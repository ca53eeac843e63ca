"""What people say of findings: true or false. It moves the threshold of that subject, kind and signal."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import Path, Request

from swarmscope.catalog.catalog import Catalog
from swarmscope.detect.gate import decades_of
from swarmscope.detect.runner import ENSEMBLE, Runner
from swarmscope.errors import QueryError
from swarmscope.query import findings
from swarmscope.serve.routes.common import NOT_FOUND, Editor, Reads, listed, new_router
from swarmscope.serve.schemas.findings import Feedback, Said, Threshold
from swarmscope.window import INDEX, SIGNALS

router = new_router("findings")
PREFIX = "findings/said/"
FindingId = Annotated[str, Path(description="finding id, 32 hex digits", pattern="^[0-9a-fA-F]{32}$")]


def given(catalog: Catalog, tenant: str) -> dict[str, Any]:
    """What people said in a tenant: finding id → verdict, subject, kind, signal, detector, note."""
    return {k.removeprefix(PREFIX): orjson.loads(v) for k, v in catalog.settings(tenant, PREFIX).items()}


def with_feedback(request: Request, tenant: str, page: dict[str, Any]) -> dict[str, Any]:
    """A page of findings, each with what was said of it and the unit of its signal."""
    names = {PREFIX + item["id"] for item in page["items"]}
    said = request.app.state.catalog.settings_named(tenant, names)
    for item in page["items"]:
        told = said.get(PREFIX + item["id"])
        item["feedback"] = None if told is None else orjson.loads(told).get("verdict")
        item["unit"] = SIGNALS[INDEX[item["signal"]]].unit if item["signal"] in INDEX else ""
    return page


def only(request: Request, tenant: str, wanted: str) -> findings.Only | None:
    """The findings of which people said what is wanted (open: nothing); None: all. QueryError."""
    names = set(listed(wanted))
    if unknown := names - {"open", "true", "false"}:
        raise QueryError(f"feedback={min(unknown)!r} is none of open, true, false")
    if not names or len(names) == 3:
        return None
    said = {i: str(facts.get("verdict", "")) for i, facts in given(request.app.state.catalog, tenant).items()}
    if "open" in names:
        return findings.Only([i for i, verdict in said.items() if verdict not in names], but=True)
    return findings.Only([i for i, verdict in said.items() if verdict in names])


def threshold(request: Request, tenant: str, found: dict[str, Any]) -> dict[str, Any]:
    """In the shape of `Threshold`: what people's words do to the same subject, kind and signal."""
    key = (found["subject"], found["kind"], found["signal"])
    said = given(request.app.state.catalog, tenant)
    same = {i: s for i, s in said.items() if (s.get("subject"), s.get("kind"), s.get("signal")) == key}
    verdicts = [s.get("verdict") for s in same.values()]
    runner: Runner | None = request.app.state.detection
    known = runner is not None and found["detector"] in runner.roster.listed
    return {
        "moves": found["detector"] == ENSEMBLE or known,
        "decades": decades_of(same).get(key, 0.0),
        "said_true": verdicts.count("true"),
        "said_false": verdicts.count("false"),
    }


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


@router.post(
    "/findings/{finding_id}/feedback",
    response_model=Said,
    summary="Say whether a finding was true",
    responses=NOT_FOUND,
)
def give_feedback(request: Request, caller: Editor, reads: Reads, finding_id: FindingId, body: Feedback) -> Said:
    """False: the same must be a hundred times rarer to be reported of this subject again; true: a little less rare. `withdrawn`
    takes back what was said. The answer says where the threshold stands now."""
    found = findings.one(reads, finding_id.lower())
    facts = {name: found[name] for name in ("subject", "kind", "signal", "detector")}
    doubt = None if found["confidence"] is None else max(0.0, 1 - found["confidence"])
    magnitude = _number(found["labels"].get("magnitude", ""))
    said = {**facts, "verdict": body.verdict, "note": body.note, "doubt": doubt, "magnitude": magnitude}
    value = None if body.verdict == "withdrawn" else orjson.dumps(said).decode()
    request.app.state.catalog.put_setting(caller, PREFIX + finding_id.lower(), value)
    now = Threshold(**threshold(request, caller.tenant, found))
    return Said(finding=finding_id.lower(), verdict=body.verdict, note=body.note, threshold=now)
