"""What is refused, cut or sampled out before anything else happens."""

from __future__ import annotations

import secrets

import msgspec
import pytest

from swarmscope import telemetry
from swarmscope.config import Config
from swarmscope.errors import ConfigError, OverloadError
from swarmscope.ingest.limits import SpanRates
from swarmscope.ingest.sampling import threshold
from swarmscope.model.semantics import restore
from tests.ingest.conftest import Bench, SpanOf, rows, trace_request

SECOND_NS = 1_000_000_000


def counted(name: str, **labels: str) -> float:
    return telemetry.REGISTRY.get_sample_value(name, labels) or 0.0


def test_spans_outside_the_window_are_refused_one_by_one(bench: Bench) -> None:
    now = bench.now_ns
    good = [now, now - 259_199 * SECOND_NS, now + 590 * SECOND_NS]
    bad = [0, 1, now - 259_201 * SECOND_NS, now + 601 * SECOND_NS, 2**63, 2**64 - 1]
    spans = [SpanOf(start_ns=t, end_ns=t, span_id=bytes([i + 1] * 8)) for i, t in enumerate(good + bad)]
    spans.append(SpanOf(start_ns=now, end_ns=now + 601 * SECOND_NS))
    before = counted("swarmscope_ingest_refused_total", signal="traces", reason="old")
    result = bench.traces(trace_request(spans, now), trace_request([SpanOf()], now))
    assert [r["start_time"] for r in rows(result, "spans")] == [*good, now]
    assert [(r.accepted, r.rejected) for r in result.receipts] == [(3, 7), (1, 0)]
    assert result.receipts[0].message == (
        "refused: 3 older than 259200 s (ingest.past_max_s), "
        "4 more than 600 s ahead of the server's clock (ingest.future_max_s)"
    )
    assert result.receipts[1].message == ""
    assert counted("swarmscope_ingest_refused_total", signal="traces", reason="old") == before + 3


def test_a_span_without_ids_is_refused(bench: Bench) -> None:
    spans = [SpanOf(trace_id=bytes(16)), SpanOf(span_id=bytes(8)), SpanOf(trace_id=b"")]
    result = bench.traces(trace_request(spans, bench.now_ns))
    assert (result.tables, result.receipts[0].rejected) == ({}, 3)
    assert "3 without trace id or span id" in result.receipts[0].message


def test_a_span_that_ends_before_it_starts_lasts_no_time(bench: Bench) -> None:
    (row,) = bench.spans(SpanOf(start_ns=bench.now_ns, end_ns=bench.now_ns - 5))
    assert row["duration_ns"] == 0


def test_an_empty_request_is_answered(bench: Bench) -> None:
    result = bench.traces(b"", trace_request([], bench.now_ns))
    assert (result.tables, [r.accepted for r in result.receipts]) == ({}, [0, 0])


def test_attributes_beyond_the_limit_are_dropped_and_counted() -> None:
    tool = Bench(attributes_max=3)
    before = counted("swarmscope_ingest_attributes_dropped_total")
    first, second = tool.spans(SpanOf({f"k{i}": i for i in range(5)}), SpanOf({"a": 1}, span_id=b"\1" * 8))
    assert (first["attributes"], second["attributes"]) == ({"k0": "0", "k1": "1", "k2": "2"}, {"a": "1"})
    assert counted("swarmscope_ingest_attributes_dropped_total") == before + 2


def test_long_values_are_cut_and_marked() -> None:
    tool = Bench(attribute_value_max_bytes=8)
    sent = {"a": "x" * 9, "b": "x" * 8, "c": "12345é789", "d": ["a", "b", "c"], "e": b"123456789"}
    (row,) = tool.spans(SpanOf(sent))
    assert restore(row["promoted"], row, row["attributes"], row["attribute_types"]) == {
        "a": "x" * 8 + "…[truncated]",
        "b": "x" * 8,
        "c": "12345é7…[truncated]",
        "d": '["a","b"…[truncated]',
        "e": "MTIzNDU2…[truncated]",
    }


@pytest.mark.parametrize("redacted", [True, False])
def test_long_names_are_cut_and_counted_once(redacted: bool) -> None:
    redaction = msgspec.structs.replace(Config().ingest.redaction, enabled=redacted)
    tool = Bench(attribute_value_max_bytes=8, redaction=redaction)
    before = counted("swarmscope_ingest_values_truncated_total")
    long = "é" * 3000
    (row,) = tool.spans(SpanOf({"k" * 5000: 1}, name=long, status_message="m" * 4096, events=[("e" * 5000, {})]))
    assert row["name"] == "é" * 2048 + "…[truncated]"
    assert row["event_name"] == ["e" * 4096 + "…[truncated]"]
    assert list(row["attributes"]) == ["k" * 4096 + "…[truncated]"]
    assert row["status_message"] == "m" * 4096
    assert counted("swarmscope_ingest_values_truncated_total") == before + 3


def test_given_a_secret_across_the_cut_then_no_part_of_it_stays() -> None:
    tool = Bench(attribute_value_max_bytes=64)
    text = "x" * 40 + " ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789"
    mail = "y" * 50 + " grace.hopper@example.org"
    (row,) = tool.spans(SpanOf({"tool.output": text, "who": mail}))
    assert "ghp_" not in str(row["attributes"]) and "grace" not in str(row["attributes"])
    assert row["attributes"]["tool.output"] == "x" * 40 + " [redacted:api_key]"
    assert row["attributes"]["who"].endswith("…[truncated]")


# ---- head sampling


def test_sampling_is_by_trace_and_consistent_across_ratios() -> None:
    ids = [secrets.token_bytes(16) for _ in range(400)]
    kept = {}
    for ratio in (0.0, 0.25, 0.5, 1.0):
        tool = Bench(sample_ratio=ratio)
        spans = [SpanOf(trace_id=t, span_id=bytes([n] * 8)) for t in ids for n in (1, 2)]
        result = tool.traces(trace_request(spans, tool.now_ns))
        assert (result.receipts[0].accepted, result.receipts[0].rejected) == (800, 0)
        kept[ratio] = {row["trace_id"] for row in rows(result, "spans")}
        limit = (1 - ratio) * 2**56
        assert kept[ratio] == {t for t in ids if int.from_bytes(t[9:], "big") >= limit}
    assert kept[0.25] <= kept[0.5] <= kept[1.0] == set(ids)
    assert not kept[0.0]


def test_explicit_randomness_of_the_trace_state_decides() -> None:
    tool = Bench(sample_ratio=0.5)
    low, high = SpanOf(trace_state="ot=rv:00000000000001"), SpanOf(trace_state="x=y,ot=th:0;rv:ffffffffffffff")
    broken = SpanOf(trace_state="ot=rv:zz", trace_id=b"\xff" * 16)
    stored = tool.spans(low, high, broken)
    assert [row["trace_state"] for row in stored] == [high.trace_state, broken.trace_state]


@pytest.mark.parametrize("ratio", [-0.1, 1.1, float("nan")])
def test_a_ratio_outside_zero_and_one_is_refused(ratio: float) -> None:
    with pytest.raises(ConfigError, match="between 0"):
        threshold(ratio)


# ---- spans per second


def test_a_tenant_over_its_rate_waits_until_the_debt_is_paid() -> None:
    clock = [0.0]
    rates = SpanRates(100, lambda: clock[0])
    rates.admit("a")
    rates.spend("a", 350)
    with pytest.raises(
        OverloadError, match=r"tenant 'a' sends more than 100 spans/s \(ingest\.spans_per_s_max\)"
    ) as caught:
        rates.admit("a")
    assert caught.value.retry_after_s == pytest.approx(2.5)
    rates.admit("b")
    clock[0] = 2.6
    rates.admit("a")


def test_without_a_rate_nobody_waits() -> None:
    rates = SpanRates(0)
    rates.spend("a", 10**9)
    rates.admit("a")
