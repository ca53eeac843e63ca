"""Shapes of scaling: policies, what groups do, what is advised."""

from __future__ import annotations

from pydantic import Field, model_validator

from swarmscope.model.scaling import Direction, Scope, Strategy
from swarmscope.serve.schemas.common import Model, Moment, Usd


class NewPolicy(Model):
    """For which agents, and between which limits they should be."""

    scope: Scope = Field("service", description="what a group of agents has in common")
    key: str = Field("", max_length=512, description="name of the one group; empty: every group of the scope")
    strategy: Strategy = Field("reactive", description="by what is now, or by what is foreseen where that is more")
    busy_high: float = Field(0.7, gt=0, le=1, description="CPU, or share of agents that work where none is reported")
    busy_low: float = Field(0.3, ge=0, lt=1)
    memory_high: float = Field(0.8, gt=0, le=1)
    response_s: float = Field(5.0, gt=0, le=86_400, description="95 % of spans should take less")
    min_instances: int = Field(1, ge=0, le=1_000_000)
    max_instances: int = Field(1000, ge=1, le=1_000_000)
    cooldown_s: float = Field(300.0, ge=0, le=86_400, description="after a change nothing is decided anew for so long")
    horizon_s: float = Field(900.0, ge=60, le=3_600, description="how far `predictive` looks ahead")

    @model_validator(mode="after")
    def _in_order(self) -> NewPolicy:
        if self.busy_low >= self.busy_high:
            raise ValueError(f"busy_low={self.busy_low:g} must be less than busy_high={self.busy_high:g}")
        if self.min_instances > self.max_instances:
            raise ValueError(f"min_instances={self.min_instances} is more than max_instances={self.max_instances}")
        return self


class ScalingPolicy(NewPolicy):
    """A policy by its name."""

    name: str


class ScalingPolicies(Model):
    """The policies of a tenant by name; `default` counts for services that no other names, also where nobody set it."""

    items: list[ScalingPolicy]


class GroupLoad(Model):
    """What a group of agents did within the last five minutes. Null: nobody reports it."""

    group: str
    instances: int = Field(description="agents that are there: not abandoned")
    working: int
    busy: float = Field(description="0–1, what the policy's limits are held against")
    busy_by: str = Field(description="cpu, or working: the share of instances that work, where no CPU is reported")
    cpu: float | None
    memory: float | None
    gpu: float | None
    response_s: float | None = Field(description="95th percentile of spans")
    spans_per_s: float
    error_ratio: float
    cost_usd_per_hour: Usd
    foreseen: float | None = Field(description="most load within the horizon, as a factor; of `predictive` policies")


class ScalingAdvice(GroupLoad):
    """How many instances a group should have, and why."""

    policy: str
    direction: Direction
    desired: int
    factor: float = Field(description="desired over current instances")
    bottleneck: str = Field(description="busy, memory or response: what asked for most; empty: nothing did")
    added_cost_usd_per_hour: float = Field(description="(factor − 1) × what the group costs now")
    expected_gain: float = Field(description="(factor − 1) × 0.85: what of the added capacity is expected to arrive")
    reasons: list[str]


class ScalingAnalysis(Model):
    """What is advised now, groups that should change first."""

    time: Moment
    items: list[ScalingAdvice]


class ScalingDecision(ScalingAdvice):
    """A change that was advised and kept. Nothing is carried out: who runs the agents does that."""

    id: str
    time: Moment


class ScalingDecisions(Model):
    """Decisions, newest first. next: moment of the last one, for `before`; null at the end."""

    items: list[ScalingDecision]
    next: Moment | None


class GroupEfficiency(GroupLoad):
    """How well the instances of a group are used."""

    idle: int = Field(description="instances that do nothing now")
    spans_per_s_per_instance: float
    cost_usd_per_1000_spans: float | None
    needed: int = Field(description="instances that would be as busy as the policy aims at")
    potential: float = Field(description="0–1: share of the instances that is not needed")


class ScalingEfficiency(Model):
    """How well each group's instances are used, those with the most to gain first."""

    time: Moment
    instances: int
    needed: int
    potential: float = Field(description="0–1, of all groups together")
    items: list[GroupEfficiency]
