"""Hostile bytes against the decoders, with guard pages, for longer than in the tests."""

from __future__ import annotations

from collections.abc import Iterator

from swarmscope.bench import fuzz
from swarmscope.bench.figures import Figure
from swarmscope.bench.suite import Context, Suite

SECONDS = 600.0


class Fuzz(Suite):
    """Mutated requests against the decoders, buffers flush against guard pages."""

    name = "fuzz"
    by_default = False

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield crashes and disagreements with protobuf; 0 is the only good value."""
        seconds = max(10.0, SECONDS * context.scale)
        context.say(f"mutated requests for {seconds:.0f} s")
        report = fuzz.run(seconds, context.seed)
        note = f"{report.cases:,} requests in {seconds:.0f} s, seed {context.seed}"
        yield Figure(
            "requests that ended the process", int(bool(report.crash)), "requests", 0, "lower", report.crash or note
        )
        compared = len(report.differences) if report.compared else None  # a process that ended has told nothing
        yield Figure("requests read otherwise than protobuf reads them", compared, "requests", 0, "lower", note)
