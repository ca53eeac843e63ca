"""One trace by its id: all its spans wherever they lie in time, each with what it brought itself."""

from __future__ import annotations

import pytest

from swarmscope.errors import NotFoundError
from swarmscope.query import traces
from swarmscope.query.spans import STRETCHES_MAX
from swarmscope.query.times import MINUTE_NS
from tests.query.conftest import Row, World, make


def _span(world: World, trace: int, number: int, minute: int, **values: object) -> Row:
    start_ns = (world.now_ns // MINUTE_NS - 300 + minute) * MINUTE_NS + number
    own = {"agent": f"agent-{number}", "attributes": {"number": str(number)}, "duration_ns": 5, **values}
    return make(
        "spans", tenant="a", trace_id=bytes([trace] * 16), span_id=number.to_bytes(8, "big"), start_time=start_ns, **own
    )


def _told(world: World, trace: int) -> list[tuple[str, object]]:
    found = traces.one(world.reader(), bytes([trace] * 16).hex(), details=1000)["spans"]
    return [(s["agent"], s["attributes"]["number"]) for s in found]


def test_given_spans_in_many_minutes_when_a_trace_is_read_then_all_are_there_with_their_own(empty_world: World) -> None:
    for trace, minutes in ((1, [0, 1, 2, 7]), (2, range(0, 4 * STRETCHES_MAX, 3)), (3, [0, 290])):
        spans = [_span(empty_world, trace, i + 1, minute) for i, minute in enumerate(minutes)]
        empty_world.add("spans", *spans)
        empty_world.add("spans", _span(empty_world, 9, 1, 3))  # of another trace, in one of those minutes
        assert _told(empty_world, trace) == [(f"agent-{i + 1}", str(i + 1)) for i in range(len(spans))]


def test_given_two_spans_of_one_id_when_a_trace_is_read_then_neither_has_what_the_other_brought(
    empty_world: World,
) -> None:
    twice = [
        _span(empty_world, 4, 1, 5, agent=f"writer-{took}", attributes={"number": str(took)}, duration_ns=took)
        for took in (30, 10, 20)
    ]
    empty_world.add("spans", *twice)
    assert sorted(_told(empty_world, 4)) == [("writer-10", "10"), ("writer-20", "20"), ("writer-30", "30")]


def test_given_spans_that_ended_and_one_that_has_not_when_a_trace_is_read_then_each_has_its_words(
    empty_world: World,
) -> None:
    keys = {"message_key": ["input.value"]}
    ended = [_span(empty_world, 5, n, n, session=f"talk-{n % 2}", message_hash=[n], **keys) for n in (1, 2, 3)]
    nameless = _span(empty_world, 5, 4, 4, session="", message_hash=[3], **keys)
    begun = _span(empty_world, 5, 5, 5, session="talk-1", message_hash=[9], duration_ns=0, **keys)
    places = [(r["session"] or r["trace_id"].hex(), h) for r in (*ended, nameless, begun) for h in r["message_hash"]]
    said = {place: f"words {i}" for i, place in enumerate(places)}
    time_ns = empty_world.now_ns
    empty_world.add(
        "messages",
        *(make("messages", tenant="a", session=s, hash=h, text=t, time=time_ns) for (s, h), t in said.items()),
    )
    empty_world.add("spans", *ended, nameless)
    empty_world.add("spans_pending", begun)
    trace = bytes([5] * 16).hex()
    found = traces.one(empty_world.reader(), trace)["spans"]
    assert [[m["text"] for m in s["messages"]] for s in found] == [[f"words {i}"] for i in range(5)]
    without = traces.one(empty_world.reader(), trace, messages=False)["spans"]
    assert [[m["missing"] for m in s["messages"]] for s in without] == [[True]] * 5
    few = traces.one(empty_world.reader(), trace, limit=2)["spans"]
    assert [[m["text"] for m in s["messages"]] for s in few] == [["words 0"], ["words 1"]]


def test_given_spans_whose_minutes_are_not_told_yet_when_their_trace_is_read_then_it_is_there(
    empty_world: World,
) -> None:
    empty_world.add("spans", _span(empty_world, 6, 1, 1), _span(empty_world, 6, 2, 290))
    empty_world.store.command("TRUNCATE TABLE trace_minutes")
    assert _told(empty_world, 6) == [("agent-1", "1"), ("agent-2", "2")]
    with pytest.raises(NotFoundError, match="is not here"):
        _told(empty_world, 7)
