"""Shapes of what an install is made of."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from swarmscope.serve.schemas.common import Model


class Plugin(Model):
    """One part: a built-in, or a plug-in that others wrote."""

    kind: str = Field(
        examples=["redaction"], description="empty: a file of the plug-in folder that could not be loaded"
    )
    name: str
    origin: str = Field(description="`builtin`, the distribution that brings it, or its file")
    version: str = Field(description="of the distribution; empty for a file")
    about: str = Field(description="what it is, in a line")
    state: Literal["active", "off", "broken", "failing"] = Field(
        description="off: `plugins.off` leaves it out; failing: it is loaded, and its last call failed"
    )
    problem: str = Field(description="why it is broken or failing")


class Plugins(Model):
    """By kind and name."""

    items: list[Plugin]
