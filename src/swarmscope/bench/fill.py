"""Many rows in little time: the store makes spans out of numbers, past the front door, as a server that ran for days holds.

`python -m swarmscope.bench.fill DATA_DIR SPANS` fills the store of a server that has been stopped; views fill their rollups.
"""

from __future__ import annotations

import sys
from pathlib import Path

from swarmscope.config import load
from swarmscope.store.client import Store, open_store

CHUNK = 250_000
MEMORY_MAX_BYTES = 2 << 30
SPREAD_S = 2 * 86_400  # of the days that spans are kept in full
SILENT_S = 3600  # since the last of them: of agents that act now, detection holds the last minutes in memory
AGENTS = 10_000
TURN = 8  # spans per trace

# one chunk covers a stretch of time, as inserts of a running server do
_SPANS = """
INSERT INTO spans (
    tenant, received_at, trace_id, span_id, parent_span_id, name, kind, start_time, duration_ns, status_code, service, agent,
    session, operation, provider, model, tool, input_tokens, output_tokens, cost_nano_usd, attributes, attribute_types, batch_id
)
WITH
    number + {first:UInt64} AS n,
    cityHash64(n) AS h,
    now64(9) - toIntervalMillisecond(toInt64({silent_ms:UInt64} + {spread_ms:UInt64} * (1 - n / {total:UInt64}))) AS at
SELECT
    'default', at, reinterpretAsFixedString(toUInt128(cityHash64(intDiv(n, {turn:UInt64})) + 1)),
    reinterpretAsFixedString(h), reinterpretAsFixedString(toUInt64(0)),
    ['chat', 'execute_tool', 'invoke_agent'][1 + h % 3], 3, at, 1000000 + h % 5000000000, if(h % 50 = 0, 2, 0), 'fleet',
    'agent-' || leftPad(toString(cityHash64(intDiv(n, {turn:UInt64})) % {agents:UInt64}), 5, '0'),
    'session-' || toString(intDiv(n, 64)), ['chat', 'execute_tool', 'invoke_agent'][1 + h % 3], 'openai',
    ['gpt-5', 'gpt-5-mini'][1 + h % 2], if(h % 3 = 1, 'search', ''), h % 4000, h % 400, h % 9000000,
    map('region', ['eu', 'us', 'ap'][1 + h % 3], 'note', 'order ' || toString(h % 100000)), 'ss', {first:UInt64}
FROM numbers({count:UInt64})
"""


def fill(store: Store, spans: int) -> None:
    """Put that many spans into the store, oldest first, up to an hour ago."""
    stretch = {"spread_ms": SPREAD_S * 1000, "silent_ms": SILENT_S * 1000}
    for first in range(0, spans, CHUNK):
        numbers = {"first": first, "count": min(CHUNK, spans - first), "total": spans, "turn": TURN, "agents": AGENTS}
        store.command(_SPANS, numbers | stretch, {"max_threads": 2})


if __name__ == "__main__":
    storage = {"data_dir": str(Path(sys.argv[1])), "memory_max_bytes": MEMORY_MAX_BYTES}
    opened = open_store(load(None, overrides={"storage": storage}))
    try:
        fill(opened, int(sys.argv[2]))
    finally:
        opened.close()
