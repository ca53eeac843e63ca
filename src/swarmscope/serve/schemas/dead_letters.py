"""Shapes of dead letters."""

from __future__ import annotations

from pydantic import Field, JsonValue

from swarmscope.serve.schemas.common import Model, Moment


class DeadLetter(Model):
    """Rows that the store refused for their content, kept apart so that they stall nobody."""

    name: str = Field(description="handle for the other calls")
    token: str = Field(description="of the refused insert")
    table: str
    rows: int
    nbytes: int = Field(description="on disk, out of `journal.max_bytes`")
    reason: str = Field(description="what the store said")
    time: Moment


class DeadLetters(Model):
    """All of the install, oldest first."""

    items: list[DeadLetter]


class DeadRows(Model):
    """One letter and a sample of its rows."""

    letter: DeadLetter
    tenants: dict[str, int] = Field(description="rows per tenant")
    rows: list[dict[str, JsonValue]] = Field(description="the first rows of the caller's tenant, long values cut")


class Redriven(Model):
    """What was stored."""

    rows: int
