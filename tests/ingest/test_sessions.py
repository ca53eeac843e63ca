"""A span that names no session has that of the spans around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmscope.config import Config
from swarmscope.ingest.kernels.family import PASSES, TEXT_MAX
from swarmscope.ingest.pipeline import Pipeline
from swarmscope.ingest.sessions import Sessions
from swarmscope.model.semantics import restore
from tests.ingest.conftest import Bench, SpanOf, rows, trace_request

TOOL = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}
NOBODY: dict[str, Any] = {}


def says(session: str) -> dict[str, Any]:
    return {"gen_ai.conversation.id": session}


def sent(*tree: tuple[int, int, dict[str, Any]]) -> list[SpanOf]:
    """(number, parent's number or 0, attributes)."""
    return [
        SpanOf(attributes, span_id=bytes([number] * 8), parent_span_id=bytes([parent] * 8) if parent else b"")
        for number, parent, attributes in tree
    ]


def told(bench: Bench, *requests: Sequence[SpanOf]) -> dict[int, str]:
    """Sessions by the span's number, of spans sent in these requests one after the other."""
    found = [row for spans in requests for row in rows(bench.traces(trace_request(spans, bench.now_ns)), "spans")]
    return {row["span_id"][0]: row["session"] for row in found}


@pytest.mark.parametrize("backwards", [False, True])
def test_within_a_request_all_of_a_turn_has_its_session(bench: Bench, backwards: bool) -> None:
    """Given a request over an agent that names its session, with a step, a call of a model and a tool below it,
    then all have the session, in whatever order they come, and their attributes are as they were sent."""
    spans = sent((5, 3, TOOL), (4, 3, NOBODY), (3, 2, NOBODY), (2, 1, says("talk")), (1, 0, NOBODY))
    result = bench.traces(trace_request(spans[::-1] if backwards else spans, bench.now_ns))
    found = {row["span_id"][0]: row for row in rows(result, "spans")}
    assert {number: row["session"] for number, row in found.items()} == dict.fromkeys(range(1, 6), "talk")
    tool = found[5]
    assert restore(tool["promoted"], tool, tool["attributes"], tool["attribute_types"]) == TOOL


def test_children_that_are_sent_before_their_parents_know_it_by_those_beside_them(bench: Bench) -> None:
    chat, tool, step, agent = sent((4, 3, says("talk")), (5, 3, TOOL), (3, 2, NOBODY), (2, 0, NOBODY))
    assert told(bench, [chat], [tool], [step], [agent]) == dict.fromkeys((2, 3, 4, 5), "talk")


def test_an_agent_that_was_announced_gives_its_session_to_what_ends_below_it(bench: Bench) -> None:
    agent, tool = sent((1, 0, says("talk") | {"swarmscope.pending": True}), (2, 1, TOOL))
    assert told(bench, [agent], [tool]) == {2: "talk"}


def test_a_run_of_several_sessions_has_none_and_each_turn_its_own(bench: Bench) -> None:
    """Given a run over two conversations, when their spans come together or one by one,
    then calls have the session of their own turn, and the run none."""
    spans = sent(
        (4, 2, NOBODY), (2, 1, says("one")), (5, 3, NOBODY), (3, 1, says("two")), (6, 1, NOBODY), (1, 0, NOBODY)
    )
    assert told(bench, spans) == {4: "one", 2: "one", 5: "two", 3: "two", 6: "", 1: ""}
    one_by_one = told(Bench(), *[[span] for span in spans])
    assert one_by_one == {4: "", 2: "one", 5: "", 3: "two", 6: "", 1: ""}


def test_what_a_span_says_itself_counts(bench: Bench) -> None:
    spans = sent((3, 2, says("inner")), (2, 1, says("outer")), (4, 2, NOBODY), (1, 0, NOBODY))
    assert told(bench, spans) == {3: "inner", 2: "outer", 4: "outer", 1: "outer"}
    assert told(Bench(), *[[span] for span in spans]) == {3: "inner", 2: "outer", 4: "outer", 1: "outer"}


def test_an_empty_session_is_none(bench: Bench) -> None:
    assert told(bench, sent((2, 1, says("")), (1, 0, says("talk")))) == {2: "talk", 1: "talk"}


def test_other_traces_and_tenants_say_nothing(bench: Bench) -> None:
    chat, tool = sent((2, 1, says("talk")), (3, 1, TOOL))
    bodies = [trace_request([span], bench.now_ns) for span in (chat, tool)]
    found = rows(bench.traces(*bodies, tenants=["a", "b"]), "spans")
    assert [row["session"] for row in found] == ["talk", ""]
    tool.trace_id = bytes([9] * 16)
    assert told(bench, [chat], [tool]) == {2: "talk", 3: ""}


def test_long_names_are_known_within_a_request_only(bench: Bench) -> None:
    for length, later in ((TEXT_MAX, "x" * TEXT_MAX), (TEXT_MAX + 1, "")):
        chat, tool = sent((2, 1, says("x" * length)), (3, 1, TOOL))
        chat.trace_id = tool.trace_id = bytes([length] * 16)
        assert told(Bench(), [chat, tool]) == {2: "x" * length, 3: "x" * length}
        assert told(bench, [chat], [tool]) == {2: "x" * length, 3: later}


def test_what_was_erased_is_known_no_more(bench: Bench) -> None:
    chat, tool = sent((2, 1, says("talk")), (3, 1, TOOL))
    bench.traces(trace_request([chat], bench.now_ns))
    bench.pipeline.forget()
    assert told(bench, [tool]) == {3: ""}


def test_messages_lie_under_the_session(bench: Bench) -> None:
    said = '[{"role":"user","content":"hello there"}]'
    spans = sent((2, 1, {"gen_ai.operation.name": "chat", "gen_ai.input.messages": said}), (1, 0, says("talk")))
    result = bench.traces(trace_request(spans, bench.now_ns))
    assert {row["session"] for row in rows(result, "messages")} == {"talk"}


def test_workers_share_what_they_know_and_forget_the_oldest(bench: Bench) -> None:
    chat, tool = sent((2, 1, says("talk")), (3, 1, TOOL))
    shared, benches = Sessions(), [Bench(), Bench()]
    for one in benches:
        one.pipeline = Pipeline(Config(), lambda tenant: tenant.encode().ljust(16, b"."), sessions=shared)
    assert told(benches[0], [chat]) | told(benches[1], [tool]) == {2: "talk", 3: "talk"}
    bench.pipeline = Pipeline(Config(), lambda tenant: tenant.encode().ljust(16, b"."), sessions=Sessions(1))
    other = sent((8, 7, says("other")))
    assert told(bench, [chat], other, [tool])[3] == ""


@given(st.data())
def test_a_trace_that_names_one_session_is_of_it_and_no_other_is_invented(data: st.DataObject) -> None:
    """Whatever the tree and the order: spans keep what they say; where one session is named and the rest can be reached
    within the looks that are taken, all have it; where none is, none has."""
    count = data.draw(st.integers(1, PASSES))
    parents = [0] + [data.draw(st.integers(1, number)) for number in range(1, count)]
    own = [data.draw(st.sampled_from(("", "", "a", "b"))) for _ in range(count)]
    tree = [(i + 1, parents[i], says(own[i]) if own[i] else NOBODY) for i in range(count)]
    found = told(Bench(), sent(*data.draw(st.permutations(tree))))
    assert all(found[i + 1] == own[i] for i in range(count) if own[i])
    named = Counter(own)
    named.pop("", None)
    assert set(found.values()) <= {*named, ""}
    if len(named) == 1:
        assert set(found.values()) == set(named)
