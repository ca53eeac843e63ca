"""What a call used is counted once, however many spans around it say so too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from swarmscope.config import Config
from swarmscope.ingest.pipeline import Pipeline
from swarmscope.ingest.totals import Totals
from swarmscope.model.semantics import restore
from tests.ingest.conftest import Bench, SpanOf, rows, trace_request

CALL = {"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100}
CALL_COST = 3_500_000  # nano-dollars, by the list price
AGENT = CALL | {"gen_ai.operation.name": "invoke_agent"}
CHAT = CALL | {"gen_ai.operation.name": "chat"}


def spans(*tree: tuple[int, int, dict[str, Any]]) -> list[SpanOf]:
    """(number, parent's number or 0, attributes), children first: each ends a millisecond after the one before."""
    start = Bench().now_ns - 10**9
    return [
        SpanOf(
            attributes,
            span_id=bytes([number] * 8),
            parent_span_id=bytes([parent] * 8) if parent else b"",
            start_ns=start - place * 10**6,
            end_ns=start + place * 10**6,
        )
        for place, (number, parent, attributes) in enumerate(tree)
    ]


def used(found: list[dict[str, Any]]) -> dict[int, tuple[int, int, int]]:
    """Input tokens, output tokens and cost by the span's number."""
    return {r["span_id"][0]: (r["input_tokens"], r["output_tokens"], r["cost_nano_usd"]) for r in found}


COUNTED, NOTHING = (1000, 100, CALL_COST), (0, 0, 0)


@pytest.mark.parametrize("together", [True, False], ids=["one request", "a request each"])
def test_an_agent_around_its_calls_adds_nothing_and_keeps_its_numbers(bench: Bench, together: bool) -> None:
    # a plain span and a task between them, as frameworks have it
    sent = spans((4, 3, CHAT), (3, 2, {}), (2, 1, {"traceloop.span.kind": "task"}), (1, 0, AGENT))
    groups = [sent] if together else [[one] for one in sent]
    found = [row for group in groups for row in rows(bench.traces(trace_request(group, bench.now_ns)), "spans")]
    assert used(found) == {4: COUNTED, 3: NOTHING, 2: NOTHING, 1: NOTHING}
    agent = next(r for r in found if r["span_id"][0] == 1)
    assert agent["attributes"]["gen_ai.usage.input_tokens"] == "1000"
    assert restore(agent["promoted"], agent, agent["attributes"], agent["attribute_types"]) == AGENT


def test_the_order_within_a_request_does_not_matter(bench: Bench) -> None:
    sent = spans((3, 2, CHAT), (2, 1, {}), (1, 0, AGENT))[
        ::-1
    ]  # scopes are sent one after the other, each in its order
    assert used(rows(bench.traces(trace_request(sent, bench.now_ns)), "spans")) == {3: COUNTED, 2: NOTHING, 1: NOTHING}


def test_spans_that_end_together_are_told_apart_by_their_starts(bench: Bench) -> None:
    sent = spans((2, 1, CHAT), (1, 0, AGENT))[::-1]
    for one in sent:
        one.end_ns = bench.now_ns
    assert used(rows(bench.traces(trace_request(sent, bench.now_ns)), "spans")) == {2: COUNTED, 1: NOTHING}


def test_an_agent_that_says_alone_what_it_used_is_counted_once(bench: Bench) -> None:
    # the inner agent reports no calls, so its own numbers count, and the outer one repeats them
    sent = spans((3, 2, AGENT), (2, 1, {}), (1, 0, AGENT | {"gen_ai.operation.name": "invoke_workflow"}))
    assert used(rows(bench.traces(trace_request(sent, bench.now_ns)), "spans")) == {3: COUNTED, 2: NOTHING, 1: NOTHING}


def test_an_agent_beside_another_one_with_calls_still_counts(bench: Bench) -> None:
    sent = spans((4, 2, CHAT), (2, 1, AGENT), (3, 1, AGENT), (1, 0, {"gen_ai.operation.name": "invoke_workflow"}))
    assert used(rows(bench.traces(trace_request(sent, bench.now_ns)), "spans")) == {
        4: COUNTED, 2: NOTHING, 3: COUNTED, 1: NOTHING
    }  # fmt: skip


def test_a_call_counts_whatever_lies_below_it(bench: Bench) -> None:
    assert used(rows(bench.traces(trace_request(spans((2, 1, CHAT), (1, 0, CHAT)), bench.now_ns)), "spans")) == {
        2: COUNTED, 1: COUNTED
    }  # fmt: skip


def test_what_a_span_says_of_itself_alone_stays_its_own(bench: Bench) -> None:
    own = AGENT | {"swarmscope.cost.usd": 0.25, "gen_ai.usage.cost": 0.5, "gen_ai.usage.total_tokens": 1100}
    found = rows(bench.traces(trace_request(spans((2, 1, CHAT), (1, 0, own)), bench.now_ns)), "spans")
    assert used(found) == {2: COUNTED, 1: (0, 0, 250_000_000)}
    assert restore(found[1]["promoted"], found[1], found[1]["attributes"], found[1]["attribute_types"]) == own
    told = AGENT | {"gen_ai.usage.cost": 0.5}
    found = rows(bench.traces(trace_request(spans((4, 3, CHAT), (3, 0, told)), bench.now_ns)), "spans")
    assert used(found)[3] == NOTHING
    assert found[1]["attributes"]["gen_ai.usage.cost"] == "0.5"


def test_another_tenants_spans_say_nothing_about_mine(bench: Bench) -> None:
    call, agent = spans((2, 1, CHAT), (1, 0, AGENT))
    bodies = [trace_request([one], bench.now_ns) for one in (call, agent)]
    found = rows(bench.traces(*bodies, tenants=["a", "b"]), "spans")
    assert used(found) == {2: COUNTED, 1: COUNTED}


def test_a_span_under_way_is_no_sum_yet(bench: Bench) -> None:
    under_way = AGENT | {"swarmscope.pending": True}
    sent = spans((2, 1, under_way), (1, 0, AGENT))
    assert used(rows(bench.traces(trace_request(sent, bench.now_ns)), "spans")) == {1: COUNTED}


def test_workers_share_what_they_know_and_forget_the_oldest(bench: Bench) -> None:
    call, agent = (trace_request([one], bench.now_ns) for one in spans((2, 1, CHAT), (1, 0, AGENT)))
    shared = Totals()
    benches = [Bench(), Bench()]
    for one in benches:
        one.pipeline = Pipeline(Config(), lambda tenant: tenant.encode().ljust(16, b"."), totals=shared)
    benches[0].traces(call)
    assert used(rows(benches[1].traces(agent), "spans")) == {1: NOTHING}
    # room for one mark: the second call takes the place of the first
    bench.pipeline = Pipeline(Config(), lambda tenant: tenant.encode().ljust(16, b"."), totals=Totals(1))
    bench.traces(call)
    other = spans((4, 3, CHAT))
    bench.traces(trace_request(other, bench.now_ns))
    assert used(rows(bench.traces(agent), "spans")) == {1: COUNTED}


def test_vercels_wrapper_says_what_its_steps_used(bench: Bench) -> None:
    usage = {"ai.usage.inputTokens": 1000, "ai.usage.outputTokens": 100, "ai.usage.totalTokens": 1100}
    details = {"ai.usage.cachedInputTokens": 200, "ai.usage.reasoningTokens": 30}
    model = {"ai.model.id": "gpt-4o"}
    step = {"ai.operationId": "ai.generateText.doGenerate"} | usage | details | model
    whole = {"ai.operationId": "ai.generateText"} | usage | details | model
    found = rows(bench.traces(trace_request(spans((2, 1, step), (1, 0, whole)), bench.now_ns)), "spans")
    assert [r["operation"] for r in found] == ["chat", "chain"]
    counts = [[r[c] for c in ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")] for r in found]
    assert counts == [[1000, 100, 200, 30], [0, 0, 0, 0]]
    assert restore(found[1]["promoted"], found[1], found[1]["attributes"], found[1]["attribute_types"]) == whole


@pytest.mark.parametrize("seed", range(20))
def test_any_tree_in_any_order_is_counted_at_the_lowest_spans_that_tell(bench: Bench, seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = 40
    parents = [0] + [int(rng.integers(1, n)) for n in range(2, count + 1)]
    kinds = [{}, CALL, AGENT, CHAT, {"gen_ai.operation.name": "chain"}]
    tree = [(n, parents[n - 1], kinds[rng.integers(0, len(kinds))]) for n in range(count, 0, -1)]
    sent = spans(*tree)
    # given: told below, worked out by plain recursion
    children: dict[int, list[int]] = {n: [m for m, p, _ in tree if p == n] for n in range(1, count + 1)}
    said = {n: attributes for n, _, attributes in tree}

    def told_below(n: int) -> bool:
        return any("gen_ai.usage.input_tokens" in said[c] or told_below(c) for c in children[n])

    expected = {
        n: COUNTED if CALL.items() <= a.items() and (a is CHAT or not told_below(n)) else NOTHING
        for n, a in said.items()
    }
    # when: sent as one request in any order
    order = rng.permutation(count)
    found = rows(bench.traces(trace_request([sent[i] for i in order], bench.now_ns)), "spans")
    # then
    assert used(found) == expected
