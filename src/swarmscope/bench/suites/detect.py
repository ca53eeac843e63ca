"""What detection costs, and how soon a finding comes."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache

import httpx
import numpy as np

from swarmscope.bench.figures import Figure
from swarmscope.bench.server import Server
from swarmscope.bench.suite import Context, Suite
from swarmscope.config import Plugins
from swarmscope.detect.base import KIND, FleetDetector, Scores, options_at
from swarmscope.registry import discover
from swarmscope.stats import rolling
from swarmscope.stats.calibration import cauchy_combined
from swarmscope.stats.foresight import LAGS, Foretold
from swarmscope.stats.own_tails import OwnTails
from swarmscope.window import FRAMES, FRAMES_MIN, SIGNALS, Panel

SIGNALS_USED = 10
COHORTS = 8
PASSES = 9
ASKED = 200
LIVE_AGENTS, LIVE_S_MAX, LIVE_RATE = 200, 240, 4.0
ASKED_AFTER_S = 60  # when there is something to ask about
LOOKS_ENOUGH = 10  # of each tier, with findings; then the fleet may go
_BUCKET = re.compile(r'^swarmscope_detect_delay_seconds_bucket\{le="([^"]+)",tier="(\w+)"\} ([0-9.e+]+)', re.M)
TIERS = {"fleet": "data committed → finding reported, p95", "events": "data committed → attack reported, p95"}
SCENARIO = """about = "agents fail, agents loop, somebody attacks: what ticks find and what batches find"
[[fault]]
kind = "errors"
start = "45s"
duration = "195s"
agents = "5%"
magnitude = 0.8
[[fault]]
kind = "loop"
start = "45s"
duration = "195s"
agents = "5%"
[[fault]]
kind = "attack"
start = "45s"
duration = "195s"
agents = 3
magnitude = 60
"""


class Detect(Suite):
    """The default ensemble over a whole fleet, its rolling kernels, detect-now over the API, and the delay of findings."""

    name = "detect"

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield the kernels first, then a live server with a fleet in which agents fail."""
        share = min(1.0, context.scale)
        for agents, frames, target in ((10_000, FRAMES, 50.0), (100_000, FRAMES_MIN, 600.0)):
            n = max(1_000, int(agents * share))
            context.say(f"one pass over {n:,} agents")
            seen = panel(n, frames, context.seed)
            wall, cpu = _timed(lambda seen=seen: one_pass(seen))  # type: ignore[misc] # bound now
            note = f"median of {PASSES}; {cpu * 1e3:.0f} ms of processor time; {frames} frames"
            yield Figure(
                f"one pass of the ensemble, {n:,} × {SIGNALS_USED}",
                wall * 1e3,
                "ms",
                target,
                "lower",
                note,
                "fewer signals",
            )
        yield from _kernels(share, context.seed)
        with context.server() as server:
            yield from _live(server, context)


def panel(agents: int, frames: int, seed: int) -> Panel:
    """A fleet of COHORTS kinds with normal values, a hundredth of them strange."""
    rng = np.random.default_rng(seed)
    shape = (SIGNALS_USED, agents)
    x = rng.standard_normal((frames, *shape), dtype=np.float32)
    x[-1, :, : max(1, agents // 100)] += 6
    x[rng.random(x.shape, dtype=np.float32) < 0.1] = np.nan
    now = time.time_ns()
    cohort = rng.integers(0, COHORTS, agents).astype(np.int32)
    ones = np.ones(shape, np.float32)
    weights = 0.05 * rng.standard_normal((COHORTS, SIGNALS_USED, LAGS * SIGNALS_USED), dtype=np.float32)
    enough = np.full(agents, 100, np.float32)
    told = Foretold(
        0 * ones, ones, ones, ones[0], enough, weights, cohort, np.ones(COHORTS, np.bool_), 0 * ones, ones, ones[0],
        np.arange(agents) < agents // 100,
    )  # fmt: skip
    return Panel(
        tenant="bench", now_ns=now, times_ns=now - np.arange(frames)[::-1] * 10_000_000_000,
        agents=[f"agent-{i:06d}" for i in range(agents)], cohort=cohort,
        cohorts=[f"kind-{c}" for c in range(COHORTS)], signals=SIGNALS[:SIGNALS_USED], x=x,
        items=np.ones(shape, np.float32), counts=np.ones((frames, *shape), np.float16), mean=np.zeros(shape, np.float32),
        spread=np.ones(shape, np.float32), unsure=np.full(shape, 0.1, np.float32), known=np.full(shape, 100, np.float32),
        foretold=told,
    )  # fmt: skip


def members() -> list[FleetDetector]:
    """The detectors whose probabilities go into the ensemble, with their defaults."""
    found = discover(KIND, Plugins()).plugins.values()
    classes = [p.cls for p in found if issubclass(p.cls, FleetDetector) and p.cls.in_ensemble and p.cls.by_default]
    return [c(options_at(c)) for c in classes]


def one_pass(seen: Panel) -> tuple[int, int]:
    """Every member judges everybody; probabilities are held to own pasts and combined: how many looks there were, and how
    many are below 1e-6."""
    parts = [s for s in (d.judge(seen) for d in members()) if isinstance(s, Scores)]
    tails = [_own(len(s.score), len(seen.agents)).held(s.tail, s.score) for s in parts]
    rows = [t for t in tails if len(t) > 1]
    tail = cauchy_combined(rows, [1.0] * len(rows))
    return int(np.isfinite(tail).sum()), int((tail < 1e-6).sum())


@cache
def _own(rows: int, series: int) -> OwnTails:
    """What an hour of normal scores leaves: the law that it begins with."""
    own = OwnTails()
    own.grow(rows, series)
    return own


def _timed(work: Callable[[], object], passes: int = PASSES) -> tuple[float, float]:
    """Median wall time and processor time of a call, in seconds; the first call is not counted."""
    work()
    walls, cpus = [], []
    for _ in range(passes):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return float(np.median(walls)), float(np.median(cpus))


def _kernels(share: float, seed: int) -> Iterator[Figure]:
    """Samples per second through each rolling kernel."""
    x = np.random.default_rng(seed).standard_normal((FRAMES, max(10_000, int(200_000 * share))), dtype=np.float32)
    for name, work in (
        ("mean and deviation", lambda: rolling.moments(x)),
        ("EWMA", lambda: rolling.ewma(x, 0.1)),
        ("CUSUM", lambda: rolling.cusum(x)),
        ("order statistics", lambda: rolling.ranked(x[:20])),
    ):
        wall, cpu = _timed(work, 5)
        samples = x[:20].size if name == "order statistics" else x.size
        yield Figure(
            f"rolling {name}",
            samples / wall / 1e6,
            "M samples/s",
            50,
            "higher",
            f"{samples / cpu / 1e6:.0f} M per CPU-s",
        )


def _live(server: Server, context: Context) -> Iterator[Figure]:
    """A fleet that begins to fail: what the API answers, how long findings take. It ends when enough was found, or in time."""
    seconds = max(90, int(LIVE_S_MAX * min(1.0, context.scale)))
    context.say(f"a fleet of {LIVE_AGENTS} agents, for {seconds} s at most")
    with context.folder() as folder:
        (folder / "faults.toml").write_text(SCENARIO, encoding="utf-8")
        command = ["simulate", "--agents", str(LIVE_AGENTS), "--duration", f"{seconds}s", "--rate", str(LIVE_RATE), "--seed",
                   str(context.seed), "--scenario", str(folder / "faults.toml"), "--url", server.otlp, "--quiet"]  # fmt: skip
        begun = time.monotonic()
        with subprocess.Popen([sys.executable, "-m", "swarmscope", *command]) as fleet:
            try:
                time.sleep(ASKED_AFTER_S)
                yield _asked(server)
                while time.monotonic() - begun < seconds and fleet.poll() is None:
                    counted = looks(server.http.get("/metrics").text)
                    if min(counted.values()) >= LOOKS_ENOUGH:
                        break
                    time.sleep(2)
            finally:
                fleet.terminate()
    yield from delays(server.http.get("/metrics").text)


def looks(metrics: str) -> dict[str, float]:
    """How many looks found something, by tier."""
    return {tier: max((float(c) for _, of, c in _BUCKET.findall(metrics) if of == tier), default=0.0) for tier in TIERS}


def delays(metrics: str) -> Iterator[Figure]:
    """How long findings took, by what the server counted."""
    for tier, name in TIERS.items():
        found = [(float(edge), float(count)) for edge, of, count in _BUCKET.findall(metrics) if of == tier]
        total = max((count for _, count in found), default=0.0)
        if not total:
            yield Figure(name, None, "s", 5, "lower", "nothing was found in the run")
            continue
        edge = next(e for e, count in found if count >= 0.95 * total)
        note = f"upper edge of the histogram's bucket; {total:.0f} looks that found something"
        yield Figure(name, edge, "s", 5, "lower", note, "look at swarmscope_detect_tick_seconds")


def _asked(server: Server) -> Figure:
    """`POST /api/v1/detect/{agent}` again and again, for different agents."""
    items = server.get("/agents", limit=200)["items"]
    names = [a.get("agent") or a["id"] for a in items]
    took, refused = [], 0
    with httpx.Client(base_url=server.url) as client:
        for i in range(ASKED):
            begun = time.perf_counter()
            answer = client.post(f"/api/v1/detect/{names[i % len(names)]}")
            took.append(time.perf_counter() - begun)
            refused += answer.status_code != 200
    if refused > ASKED // 10:
        return Figure("detect now, p95", None, "ms", 50, "lower", f"{refused} of {ASKED} were not answered")
    p50, p95 = np.quantile(np.array(took) * 1e3, (0.5, 0.95))
    return Figure(
        "detect now, p95", float(p95), "ms", 50, "lower", f"p50 {p50:.1f} ms, {ASKED} questions, {LIVE_AGENTS} agents"
    )
