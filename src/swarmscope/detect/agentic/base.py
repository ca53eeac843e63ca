"""What detectors of agents' own ways of failing share: figures and calls of a window read once, levels, the finding."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from swarmscope.detect import base
from swarmscope.model.finding import Finding
from swarmscope.query import agentic as asked
from swarmscope.query.reader import Reader
from swarmscope.query.times import MINUTE_NS, SECOND_NS, Window
from swarmscope.query.watch import FleetView
from swarmscope.stats.calibration import discoveries

F64 = NDArray[np.float64]
SUSPECTS_MAX = 500
PEERS = 100  # agents whose calls are read beside those of suspects: what is usual here
USUAL_MINUTES = 30
USUAL_EVERY_S = 60
GUARD_MINUTES = 3  # what is usual is so much older than what is judged
LOOKS_KEPT = 4
FINDINGS_MAX = 200
BUSY_CALLS, BUSY_ERRORS = 6, 5


@dataclass
class Look:
    """What the agents of one window did, read when first asked for and shared by all detectors of this family."""

    reads: Reader
    within: Window

    @cached_property
    def figures(self) -> asked.Figures:
        """Sums of every agent."""
        return asked.figures(self.reads, self.within)

    @cached_property
    def calls(self) -> asked.Calls:
        """Calls of agents that call much or fail much, and of PEERS others."""
        f = self.figures
        many = f.columns["tool_calls"] + 2 * (f.columns["llm_errors"] + f.columns["tool_errors"])
        busy = (f.columns["tool_calls"] >= BUSY_CALLS) | (
            f.columns["llm_errors"] + f.columns["tool_errors"] >= BUSY_ERRORS
        )
        first = np.flatnonzero(busy)
        first = first[np.argsort(-many[first], kind="stable")[:SUSPECTS_MAX]]
        if not len(first):
            return asked.calls(self.reads, self.within, [])
        seed = int.from_bytes(hashlib.blake2b(str(self.within.start_ns).encode(), digest_size=4).digest())
        able = np.setdiff1d(np.flatnonzero(f.columns["tool_calls"] + f.columns["llm_calls"] > 0), first)
        peers = np.random.default_rng(seed).permutation(able)[:PEERS]
        return asked.calls(self.reads, self.within, [f.agents[i] for i in (*first.tolist(), *peers.tolist())])

    @cached_property
    def usual(self) -> asked.Usual:
        """What was usual for each agent before; read anew once a minute."""
        step = USUAL_EVERY_S * SECOND_NS
        end_ns = self.within.end_ns // step * step - GUARD_MINUTES * MINUTE_NS
        window = Window(end_ns - USUAL_MINUTES * MINUTE_NS, end_ns)
        kept = self.reads.kept(_Kept)
        with kept.lock:
            if kept.usual is None or kept.usual_of != window:
                kept.usual, kept.usual_of = asked.usual(self.reads, window), window
            return kept.usual


@dataclass(slots=True, weakref_slot=True)
class _Kept:
    """The looks of a tenant that were taken last."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    looks: dict[tuple[int, int], Look] = field(default_factory=dict)
    usual: asked.Usual | None = None
    usual_of: Window | None = None


def look_of(reads: Reader, within: Window) -> Look:
    """The look at a window; detectors that look at the same one share it."""
    kept = reads.kept(_Kept)
    with kept.lock:
        key = (within.start_ns, within.end_ns)
        if key not in kept.looks:
            kept.looks[key] = Look(reads, within)
            for old in list(kept.looks)[:-LOOKS_KEPT]:
                del kept.looks[old]
        return kept.looks[key]


Level = Annotated[
    float,
    msgspec.Meta(
        gt=0,
        le=0.2,
        description="share of false ones that is tolerated among what is found",
        extra={"sensitive": (1e-6, 0.02)},
    ),
]


class Agentic(base.WindowDetector):
    """Base of them: quick questions about the last two minutes, part of every tick."""

    family: ClassVar[str] = "agentic"
    every_s: ClassVar[float] = 3.0
    window_s: ClassVar[float] = 120.0

    def rare(self, tails: Any, tests: int) -> NDArray[np.int64]:
        """Places of what is rare among `tests` tests, rarest first, at most FINDINGS_MAX (Benjamini & Hochberg)."""
        p = np.asarray(tails, np.float64)
        places = np.flatnonzero(discoveries(p, self.options.level, max(tests, len(p))))
        order: NDArray[np.int64] = places[np.argsort(p[places], kind="stable")][:FINDINGS_MAX]
        return order

    def finding(self, seen: base.Question, kind: str, subject: str, title: str, p: float, **more: Any) -> Finding:
        """One finding about an agent, unless `subject_kind` says otherwise; its window begins on a whole minute."""
        start_ns = int(more.pop("start_ns", seen.within.start_ns)) // MINUTE_NS * MINUTE_NS
        p = float(np.clip(p, 1e-300, 1))
        labels = {"p": f"{p:.3g}"} | more.pop("labels", {})
        known: dict[str, Any] = {
            "severity": "medium",
            "subject_kind": "agent",
            "score": float(-np.log10(p)),
            "confidence": 1 - p,
        }
        return Finding(
            tenant=seen.tenant, detector=self.name, version=self.version, kind=kind, subject=subject, title=title,
            window_start_ns=min(start_ns, seen.within.end_ns), window_end_ns=seen.within.end_ns, labels=labels,
            **(known | more),
        )  # fmt: skip


def seconds(value: float) -> str:
    """A span of time for people."""
    return f"{value:.0f} s" if value < 120 else f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.1f} h"


def heard_until(view: FleetView, known_ns: int) -> int:
    """Until when the fleet was heard: the end of the newest spans of a few agents, at most `known_ns`, up to which what is
    late has come. What arrives late makes nobody late."""
    now_ns = min(view.time_ns, known_ns)
    ends = np.minimum(view.evidence.last_end, now_ns)
    if not len(ends):
        return now_ns
    few = min(len(ends), max(1, len(ends) // 50))
    return int(np.partition(ends, -few)[-few:].min())
