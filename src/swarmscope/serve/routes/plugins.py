"""What this install is made of."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import Request

from swarmscope.detect.base import KIND
from swarmscope.serve.routes.common import Viewer, new_router
from swarmscope.serve.schemas.plugins import Plugin, Plugins

router = new_router("health")


@router.get("/plugins", response_model=Plugins, summary="Built-in parts and plug-ins")
def plugins(request: Request, caller: Viewer) -> Plugins:
    """Every part with its kind and where it comes from; a broken or failing one with the reason."""
    state = request.app.state
    failing = state.detection.roster.failing() if state.detection is not None else {}
    items = [Plugin(**asdict(p)) for p in state.parts()]
    for item in items:
        if item.kind == KIND.name and item.state == "active" and item.name in failing:
            item.state, item.problem = "failing", failing[item.name]
    return Plugins(items=items)
