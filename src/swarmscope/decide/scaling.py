"""How many agents a group should have: pure arithmetic over what it does and what its policy allows.

Upwards as the Horizontal Pod Autoscaler: current × observed / target for each signal that is beyond its limit, the largest
counts, at most twice the current number at once. Downwards, to the middle of `busy_low` and `busy_high` and at most by half,
only when every signal that is known allows it: what remains must not be beyond a limit. `predictive` decides by the load that
is foreseen within its horizon where that is more than the load now.

Source: Kubernetes documentation, "Horizontal Pod Autoscaling", algorithm details and default scaling behaviour.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from swarmscope.model.scaling import DEFAULT, Decision, Direction, Load, Policy
from swarmscope.stats.forecast import forecast

STEP_MAX = 2.0
"""A group grows to at most so many times its size by one decision, and shrinks to at least its inverse."""
TOLERANCE = 0.05
LEVEL = 0.8


def foreseen(spans_per_s: NDArray[np.float64], steps: int) -> float | None:
    """The most that the next `steps` should bring over the mean of the last ten, by the upper end of an 80 % interval.

    spans_per_s: (1, time). None: too little is known, or nothing was done.
    """
    made = forecast(spans_per_s, steps, levels=(LEVEL,), floor=0.0)
    upper, now = made.upper[0, 0], float(np.nanmean(spans_per_s[0, -10:])) if np.isfinite(spans_per_s[0, -1]) else 0.0
    if not np.isfinite(upper).any() or now <= 0:
        return None
    return float(np.nanmax(upper)) / now


def applies(policy: Policy, policies: Sequence[Policy], group: str) -> bool:
    """Whether `policy` counts for a group of its scope: one that names the group goes before one for all of them."""
    if policy.key:
        return policy.key == group
    rivals = [p for p in policies if p.scope == policy.scope and p.name != policy.name]
    if any(p.key == group for p in rivals):
        return False
    return policy.name != DEFAULT or not any(p.key == "" for p in rivals)


def decide(policy: Policy, load: Load, last_change_ns: int | None, now_ns: int) -> Decision:
    """What `policy` says of a group. last_change_ns: when it was last told to change; None: never."""
    n = load.instances
    growth = load.foreseen if policy.strategy == "predictive" and load.foreseen is not None else 1.0
    strains = _strains(policy, load, max(1.0, growth))
    bottleneck, most = max(strains.items(), key=lambda s: s[1], default=("", 0.0))
    reasons = [_said(policy, load, name) for name, strain in strains.items() if strain > 1.0 + TOLERANCE]
    desired = n
    if most > 1.0 + TOLERANCE:
        desired = max(n + 1, math.ceil(n * min(most, STEP_MAX) - 1e-9))
    elif load.busy * max(1.0, growth) < policy.busy_low:
        bottleneck, desired, reasons = "", *_fewer(policy, load, max(1.0, growth), most)
    else:
        bottleneck, reasons = "", [f"busy {load.busy:.0%}, within {policy.busy_low:.0%} and {policy.busy_high:.0%}"]
    if policy.strategy == "predictive" and load.foreseen is None:
        reasons.append("too little is known to look ahead: decided by what is now")
    return _bounded(policy, load, desired, bottleneck, reasons, last_change_ns, now_ns)


def needed(policy: Policy, load: Load) -> int:
    """How many of the instances that are there would do for the load now."""
    return min(load.instances, max(policy.min_instances, _enough(policy, load, 1.0)))


def _enough(policy: Policy, load: Load, growth: float) -> int:
    """Instances that would be busy to the middle of the limits."""
    return math.ceil(load.instances * load.busy * growth / ((policy.busy_low + policy.busy_high) / 2) - 1e-9)


def _strains(policy: Policy, load: Load, growth: float) -> dict[str, float]:
    """Each signal over its limit: 1 is at the limit. Memory does not grow with the load that is foreseen."""
    out = {"busy": load.busy * growth / policy.busy_high}
    if load.memory is not None:
        out["memory"] = load.memory / policy.memory_high
    if load.response_s is not None:
        out["response"] = load.response_s / policy.response_s
    return out


def _said(policy: Policy, load: Load, name: str) -> str:
    if name == "memory":
        return f"memory {load.memory:.0%} is over {policy.memory_high:.0%}"
    if name == "response":
        return f"95 % of spans take up to {load.response_s:.3g} s, more than {policy.response_s:.3g} s"
    what = f"{'CPU' if load.cpu is not None else 'share of agents that work'} {load.busy:.0%}"
    if policy.strategy == "predictive" and load.foreseen:
        return f"{what}, {load.foreseen:.2g} times as much is foreseen: over {policy.busy_high:.0%}"
    return f"{what} is over {policy.busy_high:.0%}"


def _fewer(policy: Policy, load: Load, growth: float, most: float) -> tuple[int, list[str]]:
    n = load.instances
    least = max(math.ceil(n / STEP_MAX), _enough(policy, load, growth), math.ceil(n * most - 1e-9), 1)
    if least >= n:
        return n, [
            f"busy {load.busy:.0%} is under {policy.busy_low:.0%}, but {n - 1 or 'fewer'} could not take the load"
        ]
    return least, [
        f"busy {load.busy:.0%} is under {policy.busy_low:.0%}: {least} would be busy {load.busy * n / least:.0%}"
    ]


def _bounded(
    policy: Policy,
    load: Load,
    desired: int,
    bottleneck: str,
    reasons: list[str],
    last_change_ns: int | None,
    now_ns: int,
) -> Decision:
    n = load.instances
    within = min(max(desired, policy.min_instances), policy.max_instances)
    if within != desired:
        reasons.append(f"{desired} is not within {policy.min_instances} and {policy.max_instances} instances")
    left_s = 0.0 if last_change_ns is None else policy.cooldown_s - (now_ns - last_change_ns) / 1e9
    if within != n and left_s > 0:
        reasons.append(
            f"{within} instances would be right, but changed less than {policy.cooldown_s:.0f} s ago; {left_s:.0f} s to go"
        )
        within = n
    direction: Direction = "up" if within > n else "down" if within < n else "hold"
    return Decision(
        policy=policy.name,
        load=load,
        direction=direction,
        desired=within,
        bottleneck=bottleneck,
        reasons=tuple(reasons),
    )
