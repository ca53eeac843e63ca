"""Detection in the simulated fleet, live, where the truth is known: who is found, how soon, and who is accused wrongly.

Each run is a fresh server and a fleet in real time. A finding is right when its subject, or half of its participants, are of
the agents (or the node) of a fault that lasts or ended less than GRACE_S ago; it names the fault when its kind is in NAMES.

The scenario begins after CALM_MINUTES in which nothing is wrong: what is normal must be known before anything stands out.

    python -m swarmscope.bench.evaluate.scenarios --minutes 12 --agents 200 --together 2 latency loops
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from swarmscope.bench.evaluate import Row, looks
from swarmscope.bench.server import Server
from swarmscope.query.times import SECOND_NS, moment, parse_moment
from swarmscope.sim.run import Options

NAMES: dict[str, frozenset[str]] = {
    "latency": frozenset({"latency", "cohort_shift"}),
    "errors": frozenset({"error_surge", "tool_error_surge", "degradation", "cohort_shift"}),
    "loop": frozenset({"loop", "livelock", "repetition"}),
    "wedged": frozenset({"wedged", "silence"}),
    "quality": frozenset({"degradation", "cohort_shift"}),
    "tokens": frozenset({"tokens", "cost", "token_runaway", "cost_runaway"}),
    "cascade": frozenset({"latency", "error_surge", "tool_error_surge", "cohort_shift"}),
    "dead_node": frozenset({"dead_node", "silence"}),
    "retry_storm": frozenset({"retry_storm", "shared_retry_storm"}),
    "rollout": frozenset({"drift", "model_drift", "data_drift", "prompt_drift", "rollout_drift"}),
}
"""Fault → kinds of findings that call it by its name."""
SCENARIOS = (
    "latency",
    "errors",
    "loops",
    "wedged",
    "quality",
    "tokens",
    "cascade",
    "dead-node",
    "retry-storm",
    "rollout",
)
GRACE_S = 180.0  # windows of detectors and what waits for slow agents
STARTS_S = 150.0  # nothing is known of a fleet before
CALM_MINUTES = 40.0
RATE = 4.0
FAMILIES = frozenset({"anomaly", "drift", "agentic"})


@dataclass(slots=True)
class Outcome:
    """One run. found: (agent of the truth or group, seconds to the first finding); named: those called by name."""

    scenario: str
    affected: int = 0
    found: dict[str, float] = field(default_factory=dict)
    named: dict[str, float] = field(default_factory=dict)
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    hours: float = 0.0
    tick_s: float = 0.0  # mean time of a look: above some seconds the machine had no time for detection


def run(options: Options, kept: Path | None = None) -> Outcome:
    """A fleet in real time against a server of its own; scenario "": calm. kept: folder for truth and findings."""
    scenario, seconds = options.scenario, options.duration_s
    with tempfile.TemporaryDirectory(prefix="swarmscope-scenario-") as folder:
        truth = Path(folder) / "truth.jsonl"
        truth.write_bytes(b"")
        with Server(Path(folder) / "data") as server:
            start_ns = time.time_ns()
            asked = [
                "--agents", str(options.agents), "--duration", f"{seconds}s", "--rate", str(options.rate),
                "--seed", str(options.seed), "--calm", f"{options.calm_s}s", "--url", server.otlp, "--quiet",
            ]  # fmt: skip
            if scenario:
                asked += ["--scenario", scenario, "--truth", str(truth)]
            subprocess.run([sys.executable, "-m", "swarmscope", "simulate", *asked], check=True, timeout=seconds + 120)
            time.sleep(15)
            lines = [orjson.loads(line) for line in truth.read_bytes().splitlines()]
            findings = _findings(server, start_ns)
            if kept is not None:
                told = {"truth": lines, "findings": findings, "start_ns": start_ns, "end_ns": time.time_ns()}
                (kept / f"{scenario or 'calm'}-{options.seed}.json").write_bytes(orjson.dumps(told))
            out = judged(scenario, lines, findings, start_ns, time.time_ns())
            out.tick_s = _tick_s(server)
            return out


def _tick_s(server: Server) -> float:
    text = server.http.get("/metrics").text
    figures = dict(re.findall(r"^swarmscope_detect_tick_seconds_(count|sum) (\S+)", text, re.MULTILINE))
    return float(figures.get("sum", 0)) / max(1.0, float(figures.get("count", 0)))


def _findings(server: Server, start_ns: int) -> list[dict[str, Any]]:
    families = {d["name"]: d["family"] for d in server.get("/detectors")["items"]}
    out, cursor = [], ""
    while True:
        within = {"start": moment(start_ns), "end": moment(time.time_ns()), "limit": 500}
        page = server.get("/findings", **within, **({"cursor": cursor} if cursor else {}))
        out += [f for f in page["items"] if families.get(f["detector"], "anomaly") in FAMILIES]
        cursor = page.get("next") or ""
        if not cursor:
            return out


def judged(
    scenario: str, truth: Sequence[dict[str, Any]], findings: Sequence[dict[str, Any]], start_ns: int, end_ns: int
) -> Outcome:
    """Truth and findings side by side."""
    out = Outcome(scenario, hours=(end_ns - start_ns) / 3.6e12)
    for line in truth:
        out.affected += len(line["agents"])
    for finding in sorted(findings, key=lambda f: f["found"]):
        at_ns = parse_moment(finding["found"])
        if at_ns - start_ns < STARTS_S * SECOND_NS:
            continue
        right = False
        for line in truth:
            whom = _touched(finding, line)
            if not whom or not line["start_ns"] <= at_ns <= line["end_ns"] + GRACE_S * SECOND_NS:
                continue
            right, after = True, (at_ns - line["start_ns"]) / SECOND_NS
            for agent in whom:
                key = f"{line['fault']}/{agent}"
                out.found[key] = min(after, out.found.get(key, after))
                if finding["kind"] in NAMES.get(line["kind"], frozenset()):
                    out.named[key] = min(after, out.named.get(key, after))
        out.right += right
        if not right:
            out.wrong.append(
                f"{(at_ns - start_ns) / 1e9:.0f}s {finding['detector']} {finding['kind']} {finding['title'][:80]}"
            )
    return out


def _touched(finding: dict[str, Any], line: dict[str, Any]) -> list[str]:
    """The agents of a fault that a finding speaks of."""
    agents = set(line["agents"])
    who = {finding["subject"]} | set(finding.get("participants") or ())
    mine = agents & who
    if finding["subject"] in agents or finding["subject"] in line["nodes"]:
        return sorted(mine or agents)
    others = who - {finding["subject"]}
    return sorted(mine) if others and len(mine) >= len(others) / 2 else []


def rows(outcome: Outcome) -> list[Row]:
    """Recall, precision and delay of one scenario."""
    name = f"simulator/{outcome.scenario or 'calm'}"
    findings = outcome.right + len(outcome.wrong)
    out = []
    if outcome.affected:
        note = f"{outcome.affected} agents"
        out.append(Row(name, "recall", len(outcome.found) / outcome.affected, None, note=note))
        out.append(Row(name, "recall, called by name", len(outcome.named) / outcome.affected, None, note=note))
        out.append(Row(name, "precision", outcome.right / max(1, findings), None, note=f"{findings} findings"))
        if outcome.found:
            delays = sorted(outcome.found.values())
            out.append(
                Row(name, "delay (s)", delays[len(delays) // 2], None, "lower", "median from the start of the fault")
            )
    out.append(
        Row(name, "seconds per look", outcome.tick_s, None, "lower", "above 3 the machine was too slow to judge by")
    )
    out.append(Row(name, "false findings per hour", len(outcome.wrong) / max(outcome.hours, 1e-9), None, "lower"))
    return out


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=["calm", *SCENARIOS])
    parser.add_argument("--minutes", type=float, default=12, help="of the scenario")
    parser.add_argument("--calm", type=float, default=CALM_MINUTES, help="minutes before it in which nothing is wrong")
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--together", type=int, default=2, help="scenarios that run at the same time")
    parser.add_argument("--replay", action="store_true", help="no real time: replay, and look every ten seconds of it")
    parser.add_argument("--keep", type=Path, help="folder for truth and findings of every run, JSON")
    given = parser.parse_args(arguments)

    def replayed(options: Options) -> Outcome:
        with tempfile.TemporaryDirectory(prefix="swarmscope-scenario-") as folder:
            lines, findings, start_ns, end_ns = looks.looked(
                Path(folder), options, lambda said: print(said, file=sys.stderr)
            )
        if given.keep:
            told = {"truth": lines, "findings": findings, "start_ns": start_ns, "end_ns": end_ns}
            (given.keep / f"{options.scenario or 'calm'}-{given.seed}.json").write_bytes(orjson.dumps(told))
        return judged(options.scenario, lines, findings, start_ns, end_ns)

    def one(scenario: str) -> Outcome:
        options = Options(
            agents=given.agents,
            duration_s=round((given.calm + given.minutes) * 60),
            rate=RATE,
            seed=given.seed,
            scenario="" if scenario == "calm" else scenario,
            calm_s=given.calm * 60,
        )
        return replayed(options) if given.replay else run(options, given.keep)

    print("| scenario | metric | value | note |\n|---|---|---|---|")
    with ThreadPoolExecutor(given.together) as pool:
        for outcome in pool.map(one, given.scenarios):
            for row in rows(outcome):
                print(f"| {row.dataset} | {row.metric} | {row.ours:.3g} | {row.note} |", flush=True)


if __name__ == "__main__":
    main()
