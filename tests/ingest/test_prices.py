"""What a span costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmscope.errors import ConfigError
from swarmscope.ingest.prices import ListPrices, Price, Prices
from tests.ingest.conftest import Bench, SpanOf


@pytest.mark.parametrize(
    ("model", "same_as"),
    [
        ("gpt-4o-2024-11-20", "gpt-4o"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("openai/GPT-4o", "gpt-4o"),
        ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet"),
        ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet"),
        ("anthropic.claude-3-haiku-20240307-v1:0", "claude-3-haiku"),
        ("claude-sonnet-4@20250514", "claude-sonnet-4"),
        ("models/gemini-2.0-flash-001", "gemini-2.0-flash"),
        ("claude-opus-4-20250514", "claude-opus-4"),
        ("claude-opus-4-5-20251101", "claude-opus-4-5"),
        ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"),
        ("gemini-2.5-pro-preview-06-05", "gemini-2.5-pro"),
        ("gemini-2.5-flash-preview-09-2025", "gemini-2.5-flash"),
        ("grok-4-0709", "grok-4"),
        ("command-r-08-2024", "command-r"),
    ],
)
def test_another_edition_has_the_price_of_its_model(model: str, same_as: str) -> None:
    prices = Prices()
    assert prices.price(model) == prices.price(same_as) is not None


@pytest.mark.parametrize(
    "model",
    [
        "", "gpt", "gpt-4.9", "gpt-4oh", "my-own-model", "o", "-", "xgpt-4o",
        "claude-opus-4-99", "claude-opus-6", "gpt-5-huge", "gpt-4o-audio-preview", "grok-4-2-fast", "gemini-2.5-flash-image",
        "mistral-large-2999", "mistral-large", "ft:gpt-4o-mini-2024-07-18:acme::id", "gpt-4o-mini-2024-07-18-ft",
    ],
)  # fmt: skip
def test_an_unknown_model_has_no_price(model: str) -> None:
    assert Prices().price(model) is None


def test_editions_of_one_name_can_have_prices_of_their_own() -> None:
    prices = Prices()
    assert prices.price("gpt-4-1106-preview") == Price(10, 30)
    assert prices.price("gpt-4-0613") == prices.price("gpt-4") == Price(30, 60)
    assert prices.price("mistral-large-2411") != prices.price("mistral-large-2512")
    assert prices.price("claude-opus-4-1") != prices.price("claude-opus-4-5")


def test_the_list_is_dated_and_names_its_sources() -> None:
    table = ListPrices()
    assert table.as_of >= "2026-08" and len(table.models) > 200
    assert all(0 <= (p.cached or 0) <= p.input for p in table.models.values())


def test_tokens_are_priced_with_cached_ones_apart(bench: Bench) -> None:
    usage = {
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 100,
        "gen_ai.usage.cache_read.input_tokens": 400,
    }
    (row,) = bench.spans(SpanOf(usage | {"gen_ai.request.model": "gpt-4o"}))
    assert row["cost_nano_usd"] == 600 * 2500 + 400 * 1250 + 100 * 10_000
    (unknown,) = bench.spans(SpanOf(usage | {"gen_ai.request.model": "mine"}))
    assert unknown["cost_nano_usd"] == 0


def test_more_cached_than_input_tokens_cost_no_less_than_nothing(bench: Bench) -> None:
    usage = {
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.cache_read.input_tokens": 4000,
        "gen_ai.request.model": "gpt-4o",
    }
    assert bench.spans(SpanOf(usage))[0]["cost_nano_usd"] == 10 * 1250


def test_what_the_span_says_wins(bench: Bench) -> None:
    usage = {"gen_ai.usage.input_tokens": 1000, "gen_ai.request.model": "gpt-4o"}
    assert bench.spans(SpanOf(usage | {"llm.cost.total": 0.5}))[0]["cost_nano_usd"] == 500_000_000
    assert bench.spans(SpanOf(usage | {"llm.cost.total": 0.0}))[0]["cost_nano_usd"] == 0


def test_the_users_file_adds_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text('[models]\n"gpt-4o" = { input = 1, output = 2 }\n"Mine" = { input = 3, output = 4, cached = 1 }\n'
                    '[aliases]\n"team/router" = "mine"\n')  # fmt: skip
    prices = Prices(str(path))
    assert prices.price("gpt-4o-2024-11-20") == Price(1, 2)
    assert prices.price("team/router") == prices.price("mine-v2") == Price(3, 4, 1)
    assert prices.price("gpt-4o-mini") == Prices().price("gpt-4o-mini")
    tool = Bench(prices_file=str(path))
    assert (
        tool.spans(SpanOf({"gen_ai.request.model": "mine", "gen_ai.usage.input_tokens": 2}))[0]["cost_nano_usd"] == 6000
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("models = 3", "an entry looks like"),
        ("[models]\n x = { input = 1 }", "output"),
        ("[models]\n x = { input = 1, output = 1, out = 2 }", "out"),
        ("[models]\n x = { input = -1, output = 1 }", "'x' must lie in"),
        ("[models]\n x = { input = nan, output = 1 }", "'x' must lie in"),
        ("[models]\n[aliases]\n a = 'b'", "alias 'a' names the model 'b', which has no price"),
        ("[models", "not valid TOML"),
    ],
)
def test_a_bad_file_is_refused_by_name(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        Prices(str(path))


def test_a_missing_file_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"ingest\.prices_file: cannot read /nowhere"):
        Prices("/nowhere")
