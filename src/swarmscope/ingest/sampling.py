"""Head sampling: consistent, by the trace id's own randomness.

As OpenTelemetry's probability sampling (W3C trace context level 2): the last 56 bits of the trace id, or the `rv` value of the
trace state's `ot` entry, are compared with a threshold. All spans of a trace share the verdict, here and in every other
sampler that follows the same rule. A span that is sampled out counts as accepted: the sender did nothing wrong.
"""

from __future__ import annotations

from swarmscope.errors import ConfigError

RANDOM_BITS = 56


def threshold(ratio: float) -> int:
    """Randomness below this is sampled out; 0 keeps all. Raises ConfigError unless ratio is in [0, 1]."""
    if not 0 <= ratio <= 1:
        raise ConfigError(f"ingest.sample_ratio is {ratio}; it must lie between 0 (nothing) and 1 (everything)")
    return round((1 - ratio) * (1 << RANDOM_BITS))
