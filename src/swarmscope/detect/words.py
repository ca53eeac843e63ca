"""What findings say to people: titles, explanations, advice."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from swarmscope.window import Signal

_NAMES = {
    "spans": "activity", "error_ratio": "share of failed spans", "tool_error_ratio": "share of failed tool calls",
    "refusal_ratio": "share of refused calls",
    "latency_mean": "mean latency", "latency_p95": "95th percentile of latency", "llm_latency": "latency of model calls",
    "ttft": "time to first token", "input_tokens": "input tokens per call", "output_tokens": "output tokens per call",
    "cost": "cost per call", "repetition": "share of repeated calls",
}  # fmt: skip
_ADVICE = {
    "spans": "look at what drives the agent: its callers, its schedule, its loop limits",
    "error_ratio": "open its newest failed traces; look whether the failures share a tool, a model or a version",
    "tool_error_ratio": "look at the tool's own health and at the arguments that the agent sends",
    "latency_mean": "compare its slow traces with its usual ones; look at the models and tools they wait for",
    "latency_p95": "compare its slow traces with its usual ones; look at the models and tools they wait for",
    "llm_latency": "look whether other agents of the same model are slow too; shorten prompts or change the provider",
    "ttft": "look whether other agents of the same model are slow too; the provider may be queueing",
    "input_tokens": "look at the prompt: a growing conversation, a large tool result, a changed template",
    "output_tokens": "set or lower the limit of output tokens; look at what the agent is asked",
    "cost": "set a budget; look at tokens per call and at the model that it uses",
    "repetition": "stop it or limit its steps; look at the answer to the call that it repeats",
}
_PER = {"s": "a second", "min": "a minute", "h": "an hour"}


def name_of(signal: str) -> str:
    """A signal for people."""
    return _NAMES.get(signal, signal.replace("_", " "))


def advice(signal: str) -> str:
    """What to do about a signal that is not as it should be."""
    return _ADVICE.get(
        signal, "compare its newest traces with those before; look whether a version, model or prompt changed"
    )


def number(value: float, unit: str, share: bool = False) -> str:
    """A value with its unit, short. share: it is part of a whole, told in percent."""
    if not math.isfinite(value):
        return "unknown"
    if share:
        return "under 0.1%" if 0 < value < 0.001 else f"{100 * value:.2g}%"
    what, _, per = unit.partition("/")
    if per:  # of a call the name says what is counted: "input tokens per call"
        told = (
            f"${_short(value)}"
            if what == "USD"
            else _short(value)
            if per == "call" or what == "1"
            else f"{_short(value)} {what}"
        )
        return f"{told} {_PER[per]}" if per in _PER else told
    if unit == "ms":
        return f"{value / 1000:.3g} s" if value >= 1000 else f"{value:.3g} ms"
    if unit == "1":
        return _short(value)
    return f"{_short(value)} {unit}"


def clock(at_s: float) -> str:
    """A moment of this day, Unix seconds."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%H:%M UTC")


def _short(value: float) -> str:
    """Three digits, and thousands in full."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def title(agent: str, signal: Signal, observed: float, expected: float) -> str:
    """One line."""
    way = "above" if observed > expected else "below"
    return f"{agent}: {name_of(signal.name)} is {way} what is normal"


def explanation(
    signal: Signal, observed: float, expected: float, lower: float, upper: float, cohort: str, known: float
) -> str:
    """What was seen, what was expected, on what grounds."""
    seen, usual, low, high = (
        number(v, signal.unit, signal.transform == "share") for v in (observed, expected, lower, upper)
    )
    own = f"its own last {known:.0f} minutes" if known >= 4 else "its peers, as it is new"
    peers = f" and those of other agents of {cohort!r}" if cohort and known >= 4 else ""
    ratio = f", {observed / expected:.2g} times" if expected > 0 and observed > 0 and signal.unit != "1" else ""
    return (
        f"{name_of(signal.name).capitalize()} over the last minute: {seen}{ratio}; expected {usual} ({low} to {high}) "
        f"from {own}{peers}."
    )
