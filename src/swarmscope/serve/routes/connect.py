"""What to paste so that an agent is seen here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import Query, Request

from swarmscope.connect.snippets import KEY_PLACEHOLDER, Place, snippets
from swarmscope.serve.routes.common import Viewer, new_router
from swarmscope.serve.schemas.connect import Connect, Snippet

router = new_router("connect")


@router.get("/connect", response_model=Connect, summary="What to paste into an agent, per framework")
def connect(
    request: Request,
    caller: Viewer,
    url: Annotated[
        str, Query(description="address of this install as agents see it; default: the one called", max_length=512)
    ] = "",
) -> Connect:
    """The lines that send telemetry here, with a placeholder where a key belongs: secrets stay out of addresses."""
    state = request.app.state
    place = Place(url or str(request.base_url).rstrip("/"), KEY_PLACEHOLDER if state.authenticator.demand else "")
    return Connect(
        url=place.url,
        otlp_http_port=state.config.server.otlp_http_port,
        otlp_grpc_port=state.config.server.otlp_grpc_port,
        key_placeholder=place.key,
        items=[Snippet(**asdict(s)) for s in snippets(place)],
    )
