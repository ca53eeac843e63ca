"""The conversation of a session: what short texts and tools' own spans add to it, and what they only repeat."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from swarmscope.query import sessions
from swarmscope.query.search import Page
from swarmscope.query.times import SECOND_NS


def test_given_a_tool_that_a_model_called_when_read_then_call_and_answer_stand_once_and_short_words_are_there(
    empty_world,
) -> None:
    make, at = empty_world.make, empty_world.now_ns - 60 * SECOND_NS
    common = {"tenant": "a", "received_at": at, "duration_ns": SECOND_NS, "agent": "planner", "session": "short-words"}
    asked, prefix = "llm.input_messages.0.message", "llm.output_messages.0.message"
    call = f"{prefix}.tool_calls.0.tool_call"
    model = make(
        "spans", trace_id=b"t" * 16, span_id=b"1" * 8, start_time=at, model="m-1",
        attributes={
            f"{asked}.role": "user", f"{asked}.content": "hi", f"{prefix}.role": "assistant", f"{call}.id": "c-1",
            f"{call}.function.name": "search", f"{call}.function.arguments": '{"text": "x"}', "llm.invocation_parameters": "{}",
        },
        **common,
    )  # fmt: skip
    tool = make(
        "spans", trace_id=b"t" * 16, span_id=b"2" * 8, start_time=at + SECOND_NS, tool="search",
        attributes={"input.value": '{"text":"x"}', "output.value": "found"}, **common,
    )  # fmt: skip
    again = "llm.input_messages.2.message"
    answer = make(
        "spans", trace_id=b"t" * 16, span_id=b"3" * 8, start_time=at + 2 * SECOND_NS, model="m-1",
        attributes={
            f"{asked}.role": "user", f"{asked}.content": "hi", f"{again}.role": "tool", f"{again}.content": "found",
            f"{prefix}.role": "assistant", f"{prefix}.content": "It is there.",
        },
        **common,
    )  # fmt: skip
    turn = make(
        "spans", trace_id=b"t" * 16, span_id=b"0" * 8, start_time=at, operation="invoke_agent",
        attributes={"input.value": "hi", "output.value": "It is there."}, **common | {"duration_ns": 4 * SECOND_NS},
    )  # fmt: skip
    empty_world.add("spans", model, tool, answer, turn)
    found = sessions.one(empty_world.reader(), "short-words")
    assert [(u["role"], u["tool"], u["text"]) for u in found["conversation"]] == [
        ("", "", "hi"),
        ("assistant", "", 'search({"text": "x"})'),
        ("", "search", "found"),
        ("assistant", "", "It is there."),
    ]
    assert found["summary"]["title"] == "hi"


def test_given_decorators_and_parts_when_read_then_calls_answers_and_what_was_sent_stand_once(empty_world) -> None:
    make, at = empty_world.make, empty_world.now_ns - 60 * SECOND_NS
    common = {
        "tenant": "a",
        "received_at": at,
        "duration_ns": SECOND_NS,
        "agent": "planner",
        "session": "wrapped-words",
    }
    prefix = "gen_ai.completion.0"
    model = make(
        "spans", trace_id=b"t" * 16, span_id=b"1" * 8, start_time=at, model="m-1",
        attributes={
            "input.value": '{"messages": []}', "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "hi",
            f"{prefix}.role": "assistant", f"{prefix}.tool_calls.0.id": "c", f"{prefix}.tool_calls.0.name": "order",
            f"{prefix}.tool_calls.0.arguments": '{"id": 1}',
        },
        **common,
    )  # fmt: skip
    tool = make(
        "spans", trace_id=b"t" * 16, span_id=b"2" * 8, start_time=at + SECOND_NS, tool="order",
        attributes={
            "traceloop.entity.input": '{"args": [], "kwargs": {"id": 1}}', "traceloop.entity.output": '{"total": 2}',
        },
        **common,
    )  # fmt: skip
    part = '{"role":"tool","parts":[{"type":"tool_call_response","id":"c","response":{"total":2}}]}'
    answer = make(
        "spans", trace_id=b"t" * 16, span_id=b"3" * 8, start_time=at + 2 * SECOND_NS, model="m-1",
        attributes={"gen_ai.input.messages": part}, **common,
    )  # fmt: skip
    turn = make(
        "spans", trace_id=b"t" * 16, span_id=b"0" * 8, start_time=at - 1, operation="invoke_agent",
        attributes={"traceloop.entity.input": '{"args": [], "kwargs": {"question": "hi"}}'}, **common,
    )  # fmt: skip
    empty_world.add("spans", model, tool, answer, turn)
    found = sessions.one(empty_world.reader(), "wrapped-words")
    assert [(u["tool"], u["text"]) for u in found["conversation"]] == [
        ("", "hi"),
        ("", 'order({"id": 1})'),
        ("order", '{"total": 2}'),
    ]
    assert found["summary"]["title"] == "hi"


def _message(how: str, side: str, i: int, role: str, text: str) -> dict[str, str]:
    """A message of a prompt (side "in") or an answer ("out"); a text `name(arguments)` is a call. how: the convention."""
    name, bracket, arguments = text.partition("(")
    if how == "openinference":
        at = f"llm.{side}put_messages.{i}.message"
        call = f"{at}.tool_calls.0.tool_call.function"
    else:
        at = f"gen_ai.{'prompt' if side == 'in' else 'completion'}.{i}"
        call = f"{at}.tool_calls.0"
    if not bracket:
        return {f"{at}.role": role, f"{at}.content": text}
    return {f"{at}.role": role, f"{call}.name": name, f"{call}.arguments": arguments[:-1]}


def _said(how: str, prompt: list[tuple[str, str]], answer: str) -> dict[str, str]:
    """The attributes of a model's span."""
    if how != "opentelemetry":
        asked = [_message(how, "in", i, role, text) for i, (role, text) in enumerate(prompt)]
        return {k: v for one in [*asked, _message(how, "out", 0, "assistant", answer)] for k, v in one.items()}

    def part(role: str, text: str) -> dict[str, Any]:
        name, bracket, arguments = text.partition("(")
        if role == "tool":
            return {"type": "tool_call_response", "id": "c", "response": text}
        if bracket:
            return {"type": "tool_call", "id": "c", "name": name, "arguments": json.loads(arguments[:-1])}
        return {"type": "text", "content": text}

    def listed(messages: list[tuple[str, str]]) -> str:
        return json.dumps([{"role": role, "parts": [part(role, text)]} for role, text in messages])

    return {"gen_ai.input.messages": listed(prompt), "gen_ai.output.messages": listed([("assistant", answer)])}


@pytest.mark.parametrize("how", ["opentelemetry", "openinference", "openllmetry"])
@pytest.mark.parametrize("remembers", [True, False])
def test_given_turns_that_repeat_words_when_read_then_what_is_newly_said_stands_in_each(
    empty_world, how, remembers
) -> None:
    make, start = empty_world.make, empty_world.now_ns - 60 * SECOND_NS
    given, got = {
        "opentelemetry": ("gen_ai.tool.call.arguments", "gen_ai.tool.call.result"),
        "openinference": ("input.value", "output.value"),
        "openllmetry": ("traceloop.entity.input", "traceloop.entity.output"),
    }[how]
    call = 'search({"x": 1})'
    history: list[tuple[str, str]] = []
    rows, name = [], f"{how}-{remembers}"
    for turn in range(3):

        def span(after: int, seconds: int, turn: int = turn, **more: Any) -> None:
            at = start + (turn * 10 + after) * SECOND_NS
            same = {"tenant": "a", "received_at": at, "agent": "planner", "session": name, "start_time": at}
            trace = f"{turn}{name}".encode()[:16].ljust(16)
            rows.append(
                make(
                    "spans",
                    trace_id=trace,
                    span_id=len(rows).to_bytes(8),
                    duration_ns=seconds * SECOND_NS,
                    **same,
                    **more,
                )
            )

        history = [*history, ("user", "yes")] if remembers else [("user", "yes")]
        span(0, 5, operation="invoke_agent", attributes={"input.value": "yes", "output.value": "Done."})
        span(0, 1, model="m", attributes=_said(how, history, call))
        span(1, 1, tool="search", attributes={given: '{"x":1}', got: "found"})
        history = [*history, ("assistant", call), ("tool", "found")]
        span(2, 1, model="m", attributes=_said(how, history, "Done."))
        span(3, 1, model="m", attributes=_said(how, [("user", "yes")], "Done."))  # another, asked the same
        history = [*history, ("assistant", "Done.")]
    empty_world.add("spans", *rows)
    told = [(u["turn"], u["text"]) for u in sessions.one(empty_world.reader(), name)["conversation"]]
    assert told == [(turn, text) for turn in range(3) for text in ("yes", call, "found", "Done.")]


def test_given_a_call_made_twice_in_one_turn_when_read_then_both_stand_with_what_they_gave(empty_world) -> None:
    make, start = empty_world.make, empty_world.now_ns - 60 * SECOND_NS
    call = 'search({"x": 1})'
    prompt, rows = [("user", "look")], []
    for i, answer in enumerate((call, call, "Nothing.")):
        at = start + i * SECOND_NS
        rows.append(
            make(
                "spans", tenant="a", received_at=at, start_time=at, duration_ns=SECOND_NS, trace_id=b"l" * 16,
                span_id=i.to_bytes(8), session="loop", model="m", attributes=_said("openllmetry", prompt, answer),
            )
        )  # fmt: skip
        prompt = [*prompt, ("assistant", answer), ("tool", "found")]
    empty_world.add("spans", *rows)
    told = [u["text"] for u in sessions.one(empty_world.reader(), "loop")["conversation"]]
    assert told == ["look", call, "found", call, "found", "Nothing."]


@pytest.mark.parametrize("called", [False, True])
def test_given_agents_that_run_beside_each_other_when_they_say_the_same_then_each_of_them_has_said_it(
    empty_world, called: bool
) -> None:
    """What an agent repeats of those below it stands once."""
    make, at = empty_world.make, empty_world.now_ns - 60 * SECOND_NS
    common = {"tenant": "a", "received_at": at, "session": f"beside-{called}", "trace_id": b"t" * 16}
    above = common | {"span_id": b"0" * 8, "start_time": at, "duration_ns": 20 * SECOND_NS, "agent": "head"}
    spans = [make("spans", attributes={"input.value": "Is it so?", "output.value": "yes"}, **above)]
    for number, (agent, begins, ends) in enumerate([("long", 1, 10), ("short", 2, 5)], 1):
        own = common | {"agent": agent, "parent_span_id": b"0" * 8, "span_id": str(number).encode() * 8}
        told = {"start_time": at + begins * SECOND_NS, "duration_ns": (ends - begins) * SECOND_NS}
        spans.append(make("spans", attributes={"output.value": "yes"}, **own, **told))
        below = own | {"span_id": str(5 + number).encode() * 8, "parent_span_id": own["span_id"]}
        if called:
            looked = told | {"duration_ns": told["duration_ns"] - SECOND_NS}
            spans.append(
                make("spans", tool="look", attributes={"input.value": "x", "output.value": "found"}, **below, **looked)
            )
        spans.append(make("spans", model="m-1", attributes={"gen_ai.completion.0.content": "yes"}, **below | told
                          | {"span_id": str(7 + number).encode()[-1:] * 8}))  # fmt: skip
    empty_world.add("spans", *spans)
    told = [(u["agent"], u["text"]) for u in sessions.one(empty_world.reader(), f"beside-{called}")["conversation"]]
    calls = [("long", "x"), ("short", "x")] if called else []
    found = [("short", "found")] if called else []
    late = [("long", "found")] if called else []
    assert told == [("head", "Is it so?"), *calls, *found, ("short", "yes"), *late, ("long", "yes")]


@pytest.mark.parametrize("ends", [(10, 5), (5, 10), (9, 9)])
@pytest.mark.parametrize("silent", [False, True])
def test_given_runs_of_one_agent_beside_each_other_when_they_say_the_same_then_each_of_them_has_said_it(
    empty_world, silent: bool, ends: tuple[int, int]
) -> None:
    """What tells them apart is the span of each run, whether it says something itself or not."""
    make, at = empty_world.make, empty_world.now_ns - 60 * SECOND_NS
    session = f"runs-{silent}-{ends[0]}"
    common = {"tenant": "a", "received_at": at, "session": session, "trace_id": session.encode()[:16].ljust(16)}
    head = common | {"span_id": b"0" * 8, "start_time": at, "duration_ns": 20 * SECOND_NS, "agent": "head"}
    spans = [
        make("spans", operation="invoke_agent", attributes={"input.value": "Is it?", "output.value": "yes"}, **head)
    ]
    for run in (1, 2):
        place = {"parent_span_id": b"0" * 8, "span_id": f"run{run}".encode().ljust(8)}
        lasts = {"start_time": at + run * SECOND_NS, "duration_ns": ends[run - 1] * SECOND_NS}
        spoken = {} if silent else {"attributes": {"input.value": "Is it?", "output.value": "yes"}}
        own = common | {"agent": "searcher"}
        spans.append(make("spans", operation="invoke_agent", **own, **place, **lasts, **spoken))
        step = own | {"parent_span_id": place["span_id"], "span_id": f"step{run}".encode().ljust(8)}
        spans.append(make("spans", name="step", **step, **lasts))  # says nothing, and stands between
        below = own | {"parent_span_id": step["span_id"]}
        tool = {"start_time": at + (run + 1) * SECOND_NS, "duration_ns": SECOND_NS, "tool": "look"}
        looked = {"input.value": "x", "output.value": "found"}
        outer = below | {"span_id": f"tool{run}".encode().ljust(8)}
        inner = own | {"parent_span_id": outer["span_id"], "span_id": f"deco{run}".encode().ljust(8)}
        spans += [make("spans", attributes=looked, **one, **tool) for one in (outer, inner)]
        # both have answered before either run is over
        answer = {"start_time": at + 4 * SECOND_NS, "duration_ns": run * SECOND_NS // 4, "model": "m-1"}
        completion = {"gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "yes"}
        spans.append(make("spans", attributes=completion, **below, **answer, span_id=f"chat{run}".encode().ljust(8)))
    empty_world.add("spans", *spans)
    told = [(u["agent"], u["text"]) for u in sessions.one(empty_world.reader(), session)["conversation"]]
    assert told[0] == ("head", "Is it?")
    assert sorted(told[1:5]) == sorted([("searcher", "x"), ("searcher", "found")] * 2)
    assert told[5:] == [("searcher", "yes")] * 2


def test_given_agents_beside_each_other_when_their_answers_cross_then_none_is_told_twice(empty_world) -> None:
    """A says it, B says it, then A's span repeats A: not B."""
    make, at = empty_world.make, empty_world.now_ns - 60 * SECOND_NS
    common = {"tenant": "a", "received_at": at, "session": "crossed", "trace_id": b"x" * 16}
    spans = [make("spans", span_id=b"0" * 8, start_time=at, duration_ns=20 * SECOND_NS, agent="head", **common)]
    for number, agent in enumerate(("one", "other"), 1):
        own = common | {"agent": agent, "parent_span_id": b"0" * 8, "span_id": f"run{number}".encode().ljust(8)}
        lasts = {"start_time": at + SECOND_NS, "duration_ns": 9 * SECOND_NS}
        spans.append(make("spans", attributes={"output.value": "yes"}, **own, **lasts))
        below = own | {"span_id": f"chat{number}".encode().ljust(8), "parent_span_id": own["span_id"]}
        spans.append(
            make("spans", model="m", attributes={"gen_ai.completion.0.content": "yes"}, start_time=at + 2 * SECOND_NS,
                 duration_ns=number * SECOND_NS, **below)
        )  # fmt: skip
    empty_world.add("spans", *spans)
    told = [(u["agent"], u["text"]) for u in sessions.one(empty_world.reader(), "crossed")["conversation"]]
    assert told == [("one", "yes"), ("other", "yes")]


def test_given_a_long_session_when_heard_then_work_grows_with_its_messages() -> None:
    heard, count = sessions._Heard(), 10_000
    row = {"trace": "t", "span": "s", "agent": "a", "tool": "", "start_ns": 0, "duration_ns": 0}
    prompt = [
        {
            "key": "",
            "direction": "input",
            "role": "assistant" if i % 2 else "user",
            "text": "yes",
            "hash": "",
            "raw": "",
        }
        for i in range(count)
    ]
    begun = time.process_time()
    assert len(heard.news(prompt, row)) == count
    assert heard.news(prompt, row) == []
    assert time.process_time() - begun < 2


def test_given_sessions_that_were_listed_when_listed_again_then_titles_are_the_same_and_not_asked_again(
    empty_world, monkeypatch
) -> None:
    at = empty_world.now_ns - 60 * SECOND_NS
    for i in range(3):
        empty_world.add(
            "spans",
            empty_world.make(
                "spans", tenant="titled", received_at=at, trace_id=bytes([i]) * 16, span_id=bytes([i]) * 8,
                start_time=at + i, duration_ns=SECOND_NS, session=f"s{i}", operation="chat", model="m-1",
                message_key=["gen_ai.input.messages[]"], message_hash=[i + 1],
            ),
        )  # fmt: skip
        text = json.dumps({"role": "user", "parts": [{"type": "text", "content": f"question {i}"}]})
        empty_world.add(
            "messages",
            empty_world.make(
                "messages", tenant="titled", session=f"s{i}", time=at, received_at=at, hash=i + 1, text=text
            ),
        )
    asked, query = list[str](), empty_world.store.query

    def counted(sql: str, *more: Any) -> Any:
        asked.append(sql)
        return query(sql, *more)

    monkeypatch.setattr(empty_world.store, "query", counted)

    def listed() -> tuple[list[str], int]:
        asked.clear()
        found = sessions.search(empty_world.reader("titled"), "", empty_world.window, Page())["items"]
        return [s["title"] for s in found], sum("FROM messages" in sql for sql in asked)

    assert listed() == (["question 2", "question 1", "question 0"], 1)
    assert listed() == (["question 2", "question 1", "question 0"], 0)
