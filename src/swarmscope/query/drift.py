"""What a rollout is judged by: model calls of agents minute by minute, with version, model and prompt that they ran under."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.times import MINUTE_NS, Window

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
ROWS_MAX = 500_000
FIGURES = ("duration", "output", "input", "failed", "cost")
BY = ("version", "model", "prompt")
SYSTEM_KEYS = (
    "gen_ai.system_instructions", "gen_ai.system_instructions[]", "gen_ai.system.message", "gen_ai.prompt.0.content",
    "llm.input_messages.0.message.content",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Minutes:
    """One row per agent, minute, version, model and prompt. agent: a number into `agents`; of: by BY, numbers into `values`.

    figures: means over the row's calls, by FIGURES: logarithms of duration (ns), of 1 + tokens and of 1 + nano-dollars.
    """

    agents: list[str]
    agent: I64
    minute: I64
    calls: F64
    of: dict[str, I64]
    values: dict[str, list[str]]
    figures: dict[str, F64]


def minutes(reads: Reader, within: Window, wanted: int = 400_000) -> Minutes:
    """Model calls of a window. Of very large fleets some agents only: about `wanted` calls are read."""
    total = reads.rows(
        f"SELECT sum(llm_calls) AS n FROM $agent_10s WHERE bucket >= toDateTime({within.start_ns // 10**9:d}, 'UTC') "
        f"AND bucket < toDateTime({within.end_ns // 10**9:d}, 'UTC')"
    )[0]["n"]
    keys = ", ".join(f"'{k}'" for k in SYSTEM_KEYS)
    rows = reads.query(
        "SELECT agent, version, model, prompt, minute, count() AS calls, avg(log(greatest(duration_ns, 1))) AS duration, "
        "avg(log1p(output_tokens)) AS output, avg(log1p(input_tokens)) AS input, avg(status_code = 2) AS failed, "
        "avg(log1p(greatest(cost_nano_usd, 0))) AS cost FROM (SELECT agent, resource_id, model, "
        f"arrayFirst((h, k) -> k IN ({keys}), message_hash, message_key) AS prompt, "
        f"intDiv(toUnixTimestamp64Nano(start_time), {MINUTE_NS:d}) AS minute, duration_ns, output_tokens, input_tokens, "
        f"status_code, cost_nano_usd FROM $spans WHERE {between('start_time', within)} AND agent != '' "
        "AND operation IN ('chat', 'text_completion', 'generate_content') AND cityHash64(agent) % {part:UInt32} = 0) AS s "
        "LEFT ANY JOIN (SELECT resource_id, attributes['service.version'] AS version FROM $resources) AS r "
        f"USING resource_id GROUP BY agent, version, model, prompt, minute ORDER BY minute DESC LIMIT {ROWS_MAX:d}",
        {"part": max(1, int(total or 0) // wanted)},
    )
    agents, agent = np.unique(np.array(rows["agent"].to_pylist(), object).astype(str), return_inverse=True)
    values: dict[str, list[str]] = {}
    of: dict[str, I64] = {}
    for by in BY:
        texts = [f"{v:016x}" if v else "" for v in rows[by].to_pylist()] if by == "prompt" else rows[by].to_pylist()
        names, of[by] = np.unique(np.array(texts, object).astype(str), return_inverse=True)
        values[by] = names.tolist()
    return Minutes(
        agents=agents.tolist(),
        agent=agent.astype(np.int64),
        minute=rows["minute"].to_numpy().astype(np.int64),
        calls=rows["calls"].to_numpy().astype(np.float64),
        of=of,
        values=values,
        figures={f: rows[f].to_numpy().astype(np.float64) for f in FIGURES},
    )
