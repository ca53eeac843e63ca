"""What people say of findings: true or false. It moves the threshold of that subject, kind and signal."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Request

from swarmscope.detect.gate import decades_of
from swarmscope.detect.runner import ENSEMBLE, Runner
from swarmscope.errors import QueryError
from swarmscope.model.verdict import Verdict
from swarmscope.query import findings
from swarmscope.query.times import Window, parse_moment
from swarmscope.serve.routes.common import NOT_FOUND, Editor, Reads, listed, new_router
from swarmscope.serve.schemas.findings import Feedback, Said, Threshold
from swarmscope.window import INDEX, SIGNALS

router = new_router("findings")
CHOSEN_MAX = 10_000
"""Verdicts by which findings are chosen."""
FindingId = Annotated[str, Path(description="finding id, 32 hex digits", pattern="^[0-9a-fA-F]{32}$")]


def with_feedback(request: Request, tenant: str, page: dict[str, Any]) -> dict[str, Any]:
    """A page of findings, each with what was said of it and the unit of its signal."""
    said = request.app.state.catalog.verdicts.of(tenant, {item["id"] for item in page["items"]})
    for item in page["items"]:
        item["feedback"] = said.get(item["id"])
        item["unit"] = _unit(item["signal"])
    return page


def _unit(signal: str) -> str:
    """Of a signal as UCUM writes it; shares that only a detector knows have none, which is 1."""
    if signal in INDEX:
        return SIGNALS[INDEX[signal]].unit
    return "1" if signal.endswith("_ratio") else ""


def only(request: Request, tenant: str, within: Window, wanted: str) -> findings.Only | None:
    """The findings of a window of which people said what is wanted (open: nothing); None: all. QueryError: it names something
    else, or people judged more findings of the window than CHOSEN_MAX."""
    names = set(listed(wanted))
    if unknown := names - {"open", "true", "false"}:
        raise QueryError(f"feedback={min(unknown)!r} is none of open, true, false")
    if not names or len(names) == 3:
        return None
    opened = "open" in names
    verdicts = {"true", "false"} - names if opened else names
    ids = request.app.state.catalog.verdicts.judged(tenant, verdicts, within.start_ns, within.end_ns, CHOSEN_MAX + 1)
    if len(ids) > CHOSEN_MAX:
        raise QueryError(f"people judged more than {CHOSEN_MAX} findings of this window; choose a shorter one")
    return findings.Only(ids, but=opened)


def threshold(request: Request, tenant: str, found: dict[str, Any]) -> dict[str, Any]:
    """In the shape of `Threshold`: what people's words do to the same subject, kind and signal."""
    key = (found["subject"], found["kind"], found["signal"])
    tally = request.app.state.catalog.verdicts.tally(tenant, *key)
    runner: Runner | None = request.app.state.detection
    known = runner is not None and found["detector"] in runner.roster.listed
    return {
        "moves": found["detector"] == ENSEMBLE or known,
        "decades": decades_of([tally])[key],
        "said_true": tally.true,
        "said_false": tally.false,
    }


def _share(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None


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
    verdicts = request.app.state.catalog.verdicts
    if body.verdict == "withdrawn":
        verdicts.withdraw(caller, finding_id.lower())
    else:
        verdict = Verdict(
            finding=finding_id.lower(),
            verdict=body.verdict,
            **{name: found[name] for name in ("subject", "kind", "signal", "detector")},
            note=body.note,
            doubt=None if found["confidence"] is None else min(1.0, max(0.0, 1 - found["confidence"])),
            magnitude=_share(found["labels"].get("magnitude", "")),
            started_ns=parse_moment(found["start"], "start"),
            ended_ns=parse_moment(found["end"], "end"),
        )
        verdicts.keep(caller, verdict)
    now = Threshold(**threshold(request, caller.tenant, found))
    return Said(finding=finding_id.lower(), verdict=body.verdict, note=body.note, threshold=now)
