"""What a detector would have said of the past."""

from __future__ import annotations

from pydantic import Field

from swarmscope.serve.schemas.common import Model, Moment, Window
from swarmscope.serve.schemas.findings import Severity


class WouldSay(Model):
    """One thing that it would have said then."""

    time: Moment = Field(description="end of the window or batch that it looked at")
    kind: str
    severity: Severity
    subject_kind: str
    subject: str
    participants: list[str]
    confidence: float
    title: str


class Replayed(Model):
    """Everything that it would have said; nothing of it is kept."""

    detector: str
    step_s: float = Field(description="between two looks")
    until: Moment = Field(
        description="how far the time of the call went; earlier than the window's end: ask for the rest"
    )
    items: list[WouldSay]
    error: str = Field(description="its last failure; empty: none")
    window: Window
