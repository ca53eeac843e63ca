"""Emergence in the simulated fleet, where the truth is known: is it found, how soon, and what is found that is not there?

Each run replays minutes of a simulated fleet into a fresh server as fast as that takes it, and then asks for emergence at every
half minute of it, as the runner would have.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from swarmscope.bench.evaluate import Row
from swarmscope.bench.evaluate.sending import sent
from swarmscope.bench.server import Server
from swarmscope.query.times import SECOND_NS, moment, parse_moment
from swarmscope.sim.run import Options

EXPECTED = {
    "synchrony": ("synchrony",),
    "contagion": ("contagion", "information_flow", "norm"),
    "polarisation": ("polarisation",),
    "merger": ("community_merge", "community_birth"),
    "tipping": ("phase_transition",),
    "synergy": ("swarm_intelligence",),
}
"""Scenario → kinds of findings that are right while it lasts."""
AGENTS, SECONDS, RATE, EVERY_S, WINDOW_S = 300, 480, 4.0, 30, 120
STARTS_S = 150  # looks before it see how a fleet begins, which is in step


@dataclass(slots=True)
class Outcome:
    """One run. right, wrong: (end of the look in s, what); delay_s: from the start of the truth to the first right one."""

    scenario: str
    seed: int
    looks: int = 0
    right: list[tuple[int, str]] = field(default_factory=list)
    wrong: list[tuple[int, str]] = field(default_factory=list)
    delay_s: float | None = None


def simulated(
    scenarios: tuple[str, ...] = ("", *EXPECTED), seeds: tuple[int, ...] = (1, 2, 3), say: Callable[[str], None] = print
) -> list[Row]:
    """Recall, precision and delay of each scenario (empty: nothing emerges), over the seeds."""
    rows = []
    for scenario in scenarios:
        outcomes = [one(scenario, seed) for seed in seeds]
        for o in outcomes:
            say(
                f"{scenario or 'calm'} {o.seed}: delay {o.delay_s}, right {len(o.right)}, wrong {o.wrong} in {o.looks} looks"
            )
        name, n = f"simulator/{scenario or 'calm'}", len(outcomes)
        wrong, looks = sum(len(o.wrong) for o in outcomes), sum(o.looks for o in outcomes)
        rows.append(Row(name, "false findings per look", wrong / max(1, looks), None, "lower", f"{looks} looks"))
        if scenario:
            right = sum(len(o.right) for o in outcomes)
            delays = sorted(o.delay_s for o in outcomes if o.delay_s is not None)
            rows.append(Row(name, "recall", len(delays) / n, None, note=f"{n} runs"))
            rows.append(Row(name, "precision", right / max(1, right + wrong), None, note=f"{right + wrong} findings"))
            if delays:
                rows.append(Row(name, "delay (s)", delays[len(delays) // 2], None, "lower", "median"))
    return rows


def one(scenario: str, seed: int) -> Outcome:
    """Replay one run and look every EVERY_S."""
    with tempfile.TemporaryDirectory(prefix="swarmscope-evaluate-") as folder:
        truth = Path(folder) / "truth.jsonl"
        with Server(Path(folder) / "data") as server:
            t0 = replay(server, scenario, seed, truth)
            lines = [orjson.loads(line) for line in truth.read_bytes().splitlines()]
            return _looked(server, t0, scenario, seed, lines)


def replay(server: Server, scenario: str, seed: int, truth: Path) -> int:
    """Send SECONDS of a fleet that end now; the moment at which they begin."""
    options = Options(agents=AGENTS, duration_s=SECONDS, rate=RATE, scenario=scenario, truth=truth, seed=seed)
    return sent(server, options, seed, ("traces",))


def _looked(server: Server, t0: int, scenario: str, seed: int, truth: list[dict[str, Any]]) -> Outcome:
    out = Outcome(scenario, seed)
    start = min((line["start_ns"] for line in truth), default=0)
    end = max((line["end_ns"] for line in truth), default=0)
    for at in range(STARTS_S, SECONDS + 1, EVERY_S):
        answer = server.http.post(
            "/api/v1/emergence/analyze", json={"end": moment(t0 + at * SECOND_NS), "window_s": WINDOW_S}
        )
        answer.raise_for_status()
        out.looks += 1
        window_start = parse_moment(answer.json()["window"]["start"])
        for item in answer.json()["items"]:
            if not item["emerged"]:
                continue
            there = scenario and start < t0 + at * SECOND_NS and window_start < end
            good = bool(there) and item["kind"] in EXPECTED[scenario]
            (out.right if good else out.wrong).append((at, f"{item['kind']} of {item['statistic']}, p {item['p']:.2g}"))
            if good and out.delay_s is None:
                out.delay_s = (t0 + at * SECOND_NS - start) / SECOND_NS
    return out
