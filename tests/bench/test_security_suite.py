"""The events of the security suite are what detectors read: attacks among them are found, harmless ones are not."""

from __future__ import annotations

from swarmscope.bench.suites import security
from swarmscope.detect.security import extract


def test_given_the_suites_batches_when_judged_then_events_are_read_whole_and_attacks_found() -> None:
    batches = [security.spans(512, i, seed=1) for i in range(4)]
    given = [extract.of_batch({"spans": batch}, "bench", i) for i, batch in enumerate(batches)]
    assert sum(map(len, given)) == 4 * 512, "every span is a request or a login"
    assert 0.05 < sum(e.action.count("login") for e in given) / 2048 < 0.15
    events, spent, found = security._committed(batches)
    assert events == 2048 and spent > 0
    assert 3 <= found <= 40, "of a two-hundredth that are attacks"
    figure = security._figure("x", events, spent, found)
    assert figure.target == 50_000 and f"{found:,} held" in figure.note
