"""What was asked in the traces of a list."""

from __future__ import annotations

import json
from typing import Any

from swarmscope.query import traces
from swarmscope.query.search import Page
from swarmscope.query.times import SECOND_NS

TENANT = "asked"


def _spans(world: Any, trace: int, session: str, question: str) -> None:
    """A turn without messages, and the model's call in it, which carries them."""
    at = world.now_ns - 60 * SECOND_NS + trace
    common = {
        "tenant": TENANT,
        "received_at": at,
        "trace_id": bytes([trace]) * 16,
        "session": session,
        "duration_ns": SECOND_NS,
    }
    world.add(
        "spans", world.make("spans", span_id=bytes([trace]) * 8, start_time=at, operation="invoke_agent", **common)
    )
    call = {
        "span_id": bytes([trace + 100]) * 8,
        "parent_span_id": bytes([trace]) * 8,
        "operation": "chat",
        "model": "m-1",
    }
    said = {"message_key": ["gen_ai.input.messages[]"], "message_hash": [trace]} if question else {}
    world.add("spans", world.make("spans", start_time=at + 10, **common, **call, **said))
    if question:
        text = json.dumps({"role": "user", "parts": [{"type": "text", "content": question}]})
        place = session or (bytes([trace]) * 16).hex()
        world.add(
            "messages",
            world.make("messages", tenant=TENANT, session=place, time=at, received_at=at, hash=trace, text=text),
        )


def test_a_list_of_traces_tells_what_was_asked_in_each_where_it_is_wanted(empty_world: Any) -> None:
    _spans(empty_world, 1, "s1", "Where is\n  order 7?")
    _spans(empty_world, 2, "", "And order 8?")
    _spans(empty_world, 3, "s1", "")
    reads = empty_world.reader(TENANT)

    def asked(**how: Any) -> dict[str, str]:
        return {
            row["trace_id"][:2]: row["asked"]
            for row in traces.search(reads, "", empty_world.window, Page(), **how)["items"]
        }

    assert asked(asked=True) == {"01": "Where is order 7?", "02": "And order 8?", "03": ""}
    assert set(asked().values()) == {""}
    assert traces.search(reads, "nobody:here", empty_world.window, Page(), asked=True)["items"] == []
