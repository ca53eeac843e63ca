"""Values in what findings say are written with their unit, shares in percent."""

from __future__ import annotations

import pytest

from swarmscope.detect import words
from swarmscope.window import INDEX, SIGNALS


@pytest.mark.parametrize(
    ("value", "unit", "share", "said"),
    [
        (0.705, "1", True, "70%"),
        (0.000258, "1", True, "under 0.1%"),
        (0.0, "1", True, "0%"),
        (1.37, "1", False, "1.37"),
        (1500.0, "ms", False, "1.5 s"),
        (0.105, "1/s", False, "0.105 a second"),
        (390.0, "tokens/call", False, "390"),
        (12.0, "USD/h", False, "$12 an hour"),
        (9000.0, "tokens/min", False, "9,000 tokens a minute"),
        (0.0012, "USD/call", False, "$0.0012"),
        (float("nan"), "1", True, "unknown"),
    ],
)
def test_a_value_is_told_with_its_unit(value: float, unit: str, share: bool, said: str) -> None:
    assert words.number(value, unit, share) == said


def test_a_share_is_explained_in_percent() -> None:
    signal = SIGNALS[INDEX["tool_error_ratio"]]
    told = words.explanation(signal, 0.705, 0.107, 0.000258, 0.367, "llm", 0.0)
    assert told == (
        "Share of failed tool calls over the last minute: 70%; expected 11% (under 0.1% to 37%) from its peers, as it is new."
    )
