"""A figure with its target, and what many of them are worth together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

RATINGS = ((95, "excellent"), (80, "good"), (60, "fair"), (30, "poor"), (0, "failing"))


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value.

    better: in which direction. target None: shown, not judged. advice: what to do when it is missed.
    """

    name: str
    value: float | None
    unit: str
    target: float | None = None
    better: Literal["higher", "lower"] = "higher"
    note: str = ""
    advice: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the target is met; None without a target."""
        if self.target is None:
            return None
        if self.value is None:
            return False
        return self.value >= self.target if self.better == "higher" else self.value <= self.target

    @property
    def score(self) -> float | None:
        """0–100: how near the value came to the target; None without one."""
        if self.target is None:
            return None
        if self.reached:
            return 100.0
        if self.value is None or self.value < 0 or self.target < 0:
            return 0.0
        return 100.0 * (self.value / self.target if self.better == "higher" else self.target / self.value)

    def json(self) -> dict[str, Any]:
        """As JSON types."""
        verdict = {True: "reached", False: "missed", None: ""}[self.reached]
        return {
            "figure": self.name,
            "value": self.value,
            "unit": self.unit,
            "target": self.target,
            "better": self.better,
            "verdict": verdict,
            "score": None if self.score is None else round(self.score, 1),
            "note": self.note,
        }


@dataclass(slots=True)
class Result:
    """What one suite brought; `error` when it broke, then it scores 0."""

    suite: str
    figures: list[Figure] = field(default_factory=list)
    error: str = ""
    seconds: float = 0.0

    @property
    def score(self) -> float | None:
        """Mean over the judged figures; 0 when it broke; None when nothing is judged."""
        if self.error:
            return 0.0
        judged = [s for f in self.figures if (s := f.score) is not None]
        return sum(judged) / len(judged) if judged else None

    def json(self) -> dict[str, Any]:
        """As JSON types."""
        score = None if self.score is None else round(self.score, 1)
        figures = [f.json() for f in self.figures]
        return {
            "suite": self.suite,
            "score": score,
            "error": self.error,
            "seconds": round(self.seconds, 1),
            "figures": figures,
        }


def overall(results: list[Result]) -> float:
    """Mean score of the suites that judge something, 0–100."""
    judged = [s for r in results if (s := r.score) is not None]
    return sum(judged) / len(judged) if judged else 0.0


def rating(score: float) -> str:
    """The score in a word."""
    return next(word for least, word in RATINGS if score >= least)


def recommendations(results: list[Result]) -> list[str]:
    """One line per missed figure or broken suite, worst first."""
    lines: list[tuple[float, str]] = []
    for result in results:
        if result.error:
            lines.append((-1.0, f"{result.suite}: {result.error}"))
        for figure in result.figures:
            if figure.reached is False:
                sign = "≥" if figure.better == "higher" else "≤"
                text = f"{result.suite}: {figure.name} is {shown(figure.value)} {figure.unit}"
                text += f", wanted {sign} {shown(figure.target)}"
                lines.append((figure.score or 0.0, f"{text}; {figure.advice}" if figure.advice else text))
    return [text for _, text in sorted(lines)]


def shown(value: float | None) -> str:
    """A value for people."""
    if value is None:
        return "unknown"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"
