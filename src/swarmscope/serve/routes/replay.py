"""What detectors of batches and windows would have said of stored history."""

from __future__ import annotations

import threading
from typing import Annotated

from fastapi import Path, Request, Response

from swarmscope.detect import again
from swarmscope.errors import NotFoundError, OverloadError
from swarmscope.query.times import moment
from swarmscope.serve.routes.common import NOT_FOUND, Reads, Within, encoded, new_router
from swarmscope.serve.schemas.replay import Replayed

router = new_router("detectors")
SECONDS_MAX = 25.0
_busy = threading.Semaphore(1)
Name = Annotated[str, Path(description="its name", max_length=64)]


@router.post(
    "/detectors/{name}/replay", response_model=Replayed, summary="What a detector would have said", responses=NOT_FOUND
)
def replay(request: Request, reads: Reads, within: Within, name: Name) -> Response:
    """Every window or batch of the time, one after another, for 25 s at most. Detectors of events and windows only; nothing is
    kept, nothing is reported."""
    one = request.app.state.detection.roster.listed.get(name)
    if one is None:
        raise NotFoundError(f"there is no detector {name[:64]!r}; GET /api/v1/detectors lists them")
    if not _busy.acquire(blocking=False):
        raise OverloadError("another replay is under way; try again in seconds", 5.0)
    try:
        said = again.said(one, reads, within, SECONDS_MAX)
    finally:
        _busy.release()
    items = [
        {
            "time": moment(end_ns),
            "kind": f.kind,
            "severity": f.severity,
            "subject_kind": f.subject_kind,
            "subject": f.subject,
            "participants": list(f.participants),
            "confidence": f.confidence,
            "title": f.title,
        }
        for end_ns, f in said.found
    ]
    until = moment(said.until_ns)
    return encoded({"detector": name, "step_s": said.step_s, "until": until, "items": items, "error": said.error,
                    "window": within.json()})  # fmt: skip
