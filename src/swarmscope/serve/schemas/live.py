"""What the channels of the live WebSocket `/ws` carry, for the description of the API."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from swarmscope.serve.schemas.agents import FleetColumns
from swarmscope.serve.schemas.common import Model
from swarmscope.serve.schemas.findings import Finding
from swarmscope.serve.schemas.logs import LogTail
from swarmscope.serve.schemas.security import SecurityTail


class FindingTail(Model):
    """What the live channel `findings` sends: first the newest, newest first, then what is reported, oldest first."""

    items: list[Finding]
    skipped: int = Field(description="more were reported at once; `GET /api/v1/findings` lists them")


CHANNELS: dict[str, tuple[tuple[str, ...], type[Model]]] = {
    "fleet": (("environment",), FleetColumns),
    "logs": (("q", "environment"), LogTail),
    "findings": (("environment",), FindingTail),
    "security": (("kind", "severity", "principal", "source", "endpoint", "agent", "q"), SecurityTail),
}
"""Channel → names of params, and the shape of its snapshot; a delta has the same shape, that of `fleet` parts of it."""


def described(schemas: dict[str, Any]) -> dict[str, Any]:
    """The channels for OpenAPI's extension `x-live-channels`; their shapes are added to `schemas`."""
    out = {}
    for name, (params, model) in CHANNELS.items():
        shape = model.model_json_schema(ref_template="#/components/schemas/{model}")
        for part, schema in shape.pop("$defs", {}).items():
            schemas.setdefault(part, schema)
        schemas.setdefault(model.__name__, shape)
        out[name] = {"params": list(params), "snapshot": {"$ref": f"#/components/schemas/{model.__name__}"}}
    return out
