"""What this install is made of."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import Request

from swarmscope.serve.routes.common import Viewer, new_router
from swarmscope.serve.schemas.plugins import Plugin, Plugins

router = new_router("health")


@router.get("/plugins", response_model=Plugins, summary="Built-in parts and plug-ins")
def plugins(request: Request, caller: Viewer) -> Plugins:
    """Every part with its kind and where it comes from; a broken one with the reason."""
    return Plugins(items=[Plugin(**asdict(p)) for p in request.app.state.parts()])
