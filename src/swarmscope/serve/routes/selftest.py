"""What the continuous self-test showed."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from swarmscope.serve.routes.common import Viewer, new_router
from swarmscope.serve.schemas.selftest import SelfTestState

router = new_router("anomalies")


@router.get("/selftest", response_model=SelfTestState, summary="How well faults are found here")
def selftest(request: Request, caller: Viewer) -> dict[str, Any]:
    """Precision, recall and delay of planted faults, measured on this install; `selftest.enabled` turns it on."""
    state = request.app.state
    if state.selftest is not None:
        shown: dict[str, Any] = state.selftest()
        return shown
    settings = state.config.selftest
    nothing: dict[str, Any] = {"cycles": 0, "since": None, "faults": [], "kinds": [], "tenant": ""}
    return nothing | {"enabled": False, "cycle_s": settings.cycle_s, "agents": settings.agents}
