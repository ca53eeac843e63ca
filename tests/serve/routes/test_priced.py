"""Cost says which models look free because nobody knows their price."""

from __future__ import annotations

from typing import Any

from swarmscope.serve.routes import prices


def _row(key: str, cost_usd: float, tokens: int) -> dict[str, Any]:
    return {"key": key, "cost_usd": cost_usd, "input_tokens": tokens, "output_tokens": 0, "priced": True}


def test_what_is_free_is_told_from_what_has_no_price(api: Any) -> None:
    rows = [
        _row("gpt-4o-mini", 0, 10),
        _row("nobodys-model-9b", 0, 10),
        _row("nobodys-model-9b", 0.5, 10),
        _row("nobodys-model-9b", 0, 0),
        _row("", 0, 10),
    ]
    prices.judge(api.state, rows)
    assert [r["priced"] for r in rows] == [True, False, True, True, True]


def test_every_line_of_cost_says_whether_it_is_priced(api: Any) -> None:
    for by in ("model", "agent"):
        items = api.get("/api/v1/cost", by=by).json()["items"]
        assert items
        assert all(isinstance(item["priced"], bool) for item in items)


def test_lists_name_the_models_whose_price_nobody_knows(api: Any) -> None:
    rows = [{"unpriced": ["gpt-4o-mini", "nobodys-model-9b"]}, {"unpriced": ["gpt-4o-mini"]}, {"unpriced": []}]
    prices.tell(api.state, rows)
    assert [r["unpriced"] for r in rows] == [["nobodys-model-9b"], [], []]
