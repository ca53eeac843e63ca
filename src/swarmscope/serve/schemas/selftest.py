"""The continuous self-test."""

from __future__ import annotations

from pydantic import Field

from swarmscope.serve.schemas.common import Model, Moment


class SelfTestFault(Model):
    """How one kind of fault is found on this install."""

    fault: str = Field(description="what was planted; none: cycles in which nothing was")
    cycles: int
    affected: int = Field(description="agents that were struck, over all cycles")
    recall: float | None = Field(description="share of them that were found")
    recall_by_name: float | None = Field(description="share that were found under one of `called`")
    precision: float | None = Field(description="share of all findings of these cycles that were right")
    delay_s: float | None = Field(description="median from the start of the fault to the first right finding")
    false_per_hour: float
    called: list[str] = Field(description="kinds of findings that call it by its name")


class SelfTestKind(Model):
    """How often a kind of finding was right."""

    kind: str
    findings: int
    precision: float


class SelfTestState(Model):
    """What the self-test showed until now."""

    enabled: bool
    tenant: str = Field(description="where its data lie until they are deleted")
    cycle_s: float
    agents: int
    cycles: int
    since: Moment | None
    faults: list[SelfTestFault]
    kinds: list[SelfTestKind]
