"""Prompt injection, forged tool use and exfiltration in what goes into and comes out of models and tools.

A text is judged by signs of what such attacks consist of, each with a weight; the weights of those found add up as independent
evidence (noisy-or). What comes back from tools and retrieval should hold data, so that instructions in it count more.

References: OWASP Top 10 for LLM Applications 2025 (LLM01, LLM02, LLM06); Greshake et al., Not what you've signed up for, AISec
2023 (indirect injection); Boucher et al., Bad Characters, S&P 2022 (invisible characters).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope.detect.security.signs import signs
from swarmscope.detect.security.text import hits, lowered

BOOL = NDArray[np.bool_]
TEXT_CHARS_MAX = 65_536

SIGNS: dict[str, tuple[float, str]] = signs()["prompts"]["signs"]
"""By name: weight and pattern."""
_HINTS: str = signs()["prompts"]["hints"]
_NEEDS: dict[str, tuple[str, ...]] = signs()["prompts"]["needs"]
INJECTION = (
    "instruction_override",
    "role_hijack",
    "prompt_leak",
    "forged_delimiter",
    "hidden_text",
    "encoded_payload",
    "concealment",
    "exfiltration_lure",
)
TRUSTED_LESS = 1.25
"""How much more an instruction counts where only data should be."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """kind: prompt_injection, tool_abuse, exfiltration, secret_exposure, or empty. signs: those found, weightiest first."""

    kind: str
    confidence: float
    signs: tuple[str, ...]


NOTHING = Judgement("", 0.0, ())


def suspects(texts: pa.Array) -> BOOL:
    """Which of the texts have any sign, shape (n,): all that `judge` can hold something against."""
    places, found = _found(lowered(texts))
    answer = np.zeros(len(texts), np.bool_)
    for rows in found.values():
        answer[places[rows]] = True
    return answer


def judge(texts: Sequence[str], actions: Sequence[str]) -> list[Judgement]:
    """One per text. actions: where it stood (`events.ACTIONS`)."""
    answer = [NOTHING] * len(texts)
    places, found = _found(lowered(pa.array([t[:TEXT_CHARS_MAX] for t in texts], pa.string())))
    for row, place in enumerate(places.tolist()):
        signs = tuple(name for name in SIGNS if found[name][row])
        if signs:
            answer[place] = _judged(signs, actions[place])
    return answer


def _found(lower: pa.Array) -> tuple[NDArray[np.int64], dict[str, BOOL]]:
    """Places of the texts that have a hint, and by sign which of them have it."""
    places = np.flatnonzero(hits(lower, _HINTS))
    some = lower.take(pa.array(places))
    found = {name: np.zeros(len(places), np.bool_) for name in SIGNS}
    for name, (_, pattern) in SIGNS.items() if places.size else ():
        rows = np.arange(len(places))
        for need in _NEEDS.get(name, ()):
            rows = rows[hits(some.take(pa.array(rows)), need)]
        found[name][rows] = hits(some.take(pa.array(rows)), pattern)
    return places, found


def _judged(signs: tuple[str, ...], action: str) -> Judgement:
    def together(names: tuple[str, ...], factor: float = 1.0) -> float:
        doubt = 1.0
        for name in names:
            doubt *= 1 - min(0.98, SIGNS[name][0] * factor)
        return 1 - doubt

    injected = tuple(s for s in signs if s in INJECTION)
    comes_back = action in ("tool_call", "retrieval")
    if action == "completion":
        leaks = tuple(s for s in signs if s in ("secret", "card"))
        if sent := tuple(s for s in signs if s in ("secret_sent", "exfiltration_lure")):
            return Judgement("exfiltration", together((*sent, *leaks)), (*sent, *leaks))
        if leaks:
            return Judgement("secret_exposure", together(leaks), leaks)
        return NOTHING  # a model that speaks of attacks does not attack
    if action == "tool_call" and "secret_sent" in signs:
        return Judgement("exfiltration", together(("secret_sent", *injected)), ("secret_sent", *injected))
    if action == "tool_call" and "dangerous_command" in signs:
        return Judgement("tool_abuse", together(("dangerous_command", *injected)), ("dangerous_command", *injected))
    if injected:
        return Judgement("prompt_injection", together(injected, TRUSTED_LESS if comes_back else 1.0), injected)
    if "secret" in signs:
        return Judgement("secret_exposure", 0.6 if action == "prompt" else 0.9, ("secret",))
    return NOTHING
