"""What people say of findings: true or false. It moves the threshold of that subject, kind and signal."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import Path, Request

from swarmscope.catalog.catalog import Catalog
from swarmscope.query import findings
from swarmscope.serve.routes.common import NOT_FOUND, Editor, Reads, new_router
from swarmscope.serve.schemas.findings import Feedback, Said

router = new_router("findings")
PREFIX = "findings/said/"
FindingId = Annotated[str, Path(description="finding id, 32 hex digits", pattern="^[0-9a-fA-F]{32}$")]


def given(catalog: Catalog, tenant: str) -> dict[str, Any]:
    """What people said in a tenant: finding id → verdict, subject, kind, signal, detector, note."""
    return {k.removeprefix(PREFIX): orjson.loads(v) for k, v in catalog.settings(tenant, PREFIX).items()}


def with_feedback(request: Request, tenant: str, page: dict[str, Any]) -> dict[str, Any]:
    """A page of findings, each with what was said of it."""
    said = given(request.app.state.catalog, tenant)
    for item in page["items"]:
        item["feedback"] = said.get(item["id"], {}).get("verdict")
    return page


@router.post(
    "/findings/{finding_id}/feedback",
    response_model=Said,
    summary="Say whether a finding was true",
    responses=NOT_FOUND,
)
def give_feedback(request: Request, caller: Editor, reads: Reads, finding_id: FindingId, body: Feedback) -> Said:
    """False: the same must be a hundred times rarer to be reported of this subject again; true: a little less rare. `withdrawn`
    takes back what was said."""
    found = findings.one(reads, finding_id.lower())
    facts = {name: found[name] for name in ("subject", "kind", "signal", "detector")}
    said = {**facts, "verdict": body.verdict, "note": body.note}
    value = None if body.verdict == "withdrawn" else orjson.dumps(said).decode()
    request.app.state.catalog.put_setting(caller, PREFIX + finding_id.lower(), value)
    return Said(finding=finding_id.lower(), verdict=body.verdict, note=body.note)
