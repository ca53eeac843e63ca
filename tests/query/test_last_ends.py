"""When a span of an agent ended last is known for longer than the minutes that a look reads, and over a restart."""

from __future__ import annotations

import time

import numpy as np

from swarmscope.config import States
from swarmscope.query.fields import STATES
from swarmscope.query.times import MINUTE_NS, SECOND_NS
from swarmscope.query.watch import Watch
from tests.query.conftest import World, make


def test_given_a_step_whose_end_was_lost_when_its_agent_went_on_then_it_is_not_wedged_for_that(
    empty_world: World,
) -> None:
    now = time.time_ns()

    def span(agent: str, ago_s: float, duration_s: float, number: int) -> dict[str, object]:
        return make(
            "spans", tenant="a", agent=agent, received_at=now, start_time=now - round(ago_s * SECOND_NS), name="step",
            duration_ns=round(duration_s * SECOND_NS), span_id=number.to_bytes(8, "big"), trace_id=number.to_bytes(16, "big"),
        )  # fmt: skip

    empty_world.add("spans_pending", *[span(a, 3000, 0, i) for i, a in enumerate(("resumed", "stuck"), 1)])
    empty_world.add("spans_pending", span("long", 500, 0, 3))
    empty_world.add("spans", span("resumed", 1500, 1, 4), span("stuck", 3100, 1, 5), span("long", 550, 450, 6))
    beats = [
        make("agent_events", tenant="a", received_at=now, time=now - SECOND_NS, agent=a, event="heartbeat")
        for a in ("resumed", "stuck", "long")
    ]
    empty_world.add("agent_events", *beats)
    watch = Watch(empty_world.reader("a"), States(abandoned_s=7200))
    for later in (0, 12 * MINUTE_NS):
        view = watch.refresh(now + later)
        states = dict(zip(view.agent, np.array(STATES)[view.state].tolist(), strict=True))
        assert states["stuck"] == "wedged"
        assert "wedged" not in (states["resumed"], states["long"]), f"{later / MINUTE_NS:.0f} minutes on"
