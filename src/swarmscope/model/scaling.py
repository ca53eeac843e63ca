"""Scaling: a policy says how busy a group of agents should be, a decision how many of them there should be. Frozen; no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Scope = Literal["service", "kind", "team"]
Strategy = Literal["reactive", "predictive"]
Direction = Literal["up", "down", "hold"]
DEFAULT = "default"
"""Name of the policy that counts for every service that no other names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """For which agents it counts (`key` empty: every group of the scope), and between which limits they should be.

    Ratios are 0 to 1. busy: CPU where the agents report it, else the share of them that work. cooldown_s: after a decision
    to change nothing is decided anew for so long. horizon_s: how far `predictive` looks ahead.
    """

    name: str = DEFAULT
    scope: Scope = "service"
    key: str = ""
    strategy: Strategy = "reactive"
    busy_high: float = 0.7
    busy_low: float = 0.3
    memory_high: float = 0.8
    response_s: float = 5.0
    min_instances: int = 1
    max_instances: int = 1000
    cooldown_s: float = 300.0
    horizon_s: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a group of agents did within some minutes. None: nobody reports it.

    instances: agents that are there (not abandoned); working: of them, those that work or wait. cpu, memory, gpu: means of
    what they report, 0 to 1. response_s: 95th percentile of their spans. foreseen: the most spans a second that the next
    minutes should bring, as a factor of what they do now.
    """

    group: str
    instances: int
    working: int
    cpu: float | None
    memory: float | None
    gpu: float | None
    response_s: float | None
    spans_per_s: float
    error_ratio: float
    cost_usd_per_hour: float
    foreseen: float | None = None

    @property
    def busy(self) -> float:
        """CPU where it is reported, else the share of instances that work."""
        return self.cpu if self.cpu is not None else self.working / self.instances if self.instances else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How many instances a group should have, and why. bottleneck: what asked for most, empty where nothing did."""

    policy: str
    load: Load
    direction: Direction
    desired: int
    bottleneck: str
    reasons: tuple[str, ...]

    @property
    def factor(self) -> float:
        """Desired over current instances."""
        return self.desired / self.load.instances if self.load.instances else 1.0

    def json(self) -> dict[str, Any]:
        """In the shape of `ScalingAdvice`."""
        return {
            "policy": self.policy,
            **load_json(self.load),
            "direction": self.direction,
            "desired": self.desired,
            "factor": round(self.factor, 4),
            "bottleneck": self.bottleneck,
            "added_cost_usd_per_hour": round((self.factor - 1.0) * self.load.cost_usd_per_hour, 6),
            "expected_gain": round((self.factor - 1.0) * 0.85, 4),
            "reasons": list(self.reasons),
        }


def load_json(load: Load) -> dict[str, Any]:
    """In the shape of `GroupLoad`."""
    return {
        "group": load.group,
        "instances": load.instances,
        "working": load.working,
        "busy": round(load.busy, 4),
        "busy_by": "cpu" if load.cpu is not None else "working",
        "cpu": load.cpu,
        "memory": load.memory,
        "gpu": load.gpu,
        "response_s": load.response_s,
        "spans_per_s": load.spans_per_s,
        "error_ratio": load.error_ratio,
        "cost_usd_per_hour": load.cost_usd_per_hour,
        "foreseen": load.foreseen,
    }
