"""Isolation and self-measurement, written once around every detector: what raises, takes too long or returns nonsense is
counted, shown, and left out for a while; nobody else notices."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swarmscope import telemetry
from swarmscope.detect.base import Detector, FleetDetector, Scores
from swarmscope.detect.worker import TaskError
from swarmscope.errors import PluginError
from swarmscope.model.finding import Finding
from swarmscope.model.tables import TABLES
from swarmscope.registry import Isolated, said
from swarmscope.window import Panel

BACKOFF_S = 10.0
BACKOFF_MAX_S = 3600.0
ERROR_CHARS_MAX = 300
FINDINGS_MAX = 2000
NS_MAX = 1 << 62
T = TypeVar("T")

_log = telemetry.logger("detect")
SECONDS = telemetry.histogram(
    "swarmscope_detect_judge_seconds",
    "Time of one judgement of a detector",
    ("detector",),
    (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 2.0, 10.0),
)
FAILED = telemetry.counter(
    "swarmscope_detect_failures_total", "Judgements that failed, by reason", ("detector", "reason")
)
FOUND = telemetry.counter("swarmscope_detect_findings_total", "Findings reported", ("detector", "severity"))


@dataclass(slots=True)
class Health:
    """How one detector fares. off_until: it is left out until then (monotonic seconds). error: the last one."""

    runs: int = 0
    failures: int = 0
    in_a_row: int = 0
    off_until: float = 0.0
    error: str = ""
    error_at_s: float = 0.0
    seconds_total: float = 0.0
    seconds_max: float = 0.0
    findings: int = 0
    suppressed: int = 0

    @property
    def is_off(self) -> bool:
        """Whether it is left out now."""
        return time.monotonic() < self.off_until

    def ran(self, seconds: float) -> None:
        """One judgement went well."""
        self.runs += 1
        self.in_a_row = 0
        self.seconds_total += seconds
        self.seconds_max = max(self.seconds_max, seconds)

    def failed(self, name: str, reason: str, error: str) -> None:
        """One did not: leave it out, twice as long each time in a row."""
        self.failures += 1
        self.in_a_row += 1
        pause = min(BACKOFF_MAX_S, BACKOFF_S * 2.0 ** (self.in_a_row - 1))
        self.off_until = time.monotonic() + pause
        self.error, self.error_at_s = said(PluginError(error))[:ERROR_CHARS_MAX], time.time()
        FAILED.labels(name, reason).inc()
        _log.error("detector_failed", detector=name, reason=reason, error=self.error, pause_s=pause)


def judged(
    detector: Detector, health: Health, call: Callable[[], T], alone: Isolated | None = None, seconds: float = 0.0
) -> T | None:
    """The result of `call`, a judgement of `detector`; None: it failed, or is left out.

    alone: it is a stranger's, and runs in a thread of its own for at most so many seconds.
    """
    if health.is_off:
        return None
    begun = time.perf_counter()
    try:
        result = call() if alone is None else alone.run(call, seconds)
    except TimeoutError as e:
        health.failed(detector.name, "timeout", str(e) or "it took too long")
        return None
    except TaskError as e:
        health.failed(detector.name, "raised", str(e))
        return None
    except Exception as e:  # noqa: BLE001 # a stranger's code may raise anything; it is counted and shown
        reason = "nonsense" if isinstance(e, PluginError) else "raised"
        health.failed(detector.name, reason, f"{type(e).__name__}: {said(PluginError(e))}")
        return None
    took = time.perf_counter() - begun
    SECONDS.labels(detector.name).observe(took)
    health.ran(took)
    return result


def checked_scores(given: Any, signals: int, agents: int) -> Scores:
    """PluginError: not scores of so many signals and agents, or no probabilities."""
    if not isinstance(given, Scores):
        raise PluginError(f"judge gave {type(given).__name__}, not Scores")
    for name in ("tail", "score", "expected", "lower", "upper", "shares"):
        array = getattr(given, name)
        if array is None:
            continue
        fits = isinstance(array, np.ndarray) and array.ndim == 2 and array.shape[1] == agents
        if not fits or (array.shape[0] not in (1, signals)) or (name == "shares" and array.shape[0] != signals):
            shape = getattr(array, "shape", None)
            raise PluginError(f"Scores.{name} has the shape {shape}; it must be ({signals}, {agents}) or (1, {agents})")
    tail = given.tail
    if tail.shape != given.score.shape:
        raise PluginError(f"Scores.tail {tail.shape} and Scores.score {given.score.shape} differ in shape")
    with np.errstate(invalid="ignore"):
        if ((tail < 0) | (tail > 1)).any():
            raise PluginError("Scores.tail holds what is no probability: it must lie within 0 and 1, or be NaN")
    return given


def checked(given: Any, detector: Detector, panel: Panel) -> Scores | list[Finding]:
    """PluginError: neither scores of the panel's agents, nor findings, which only a detector of whole fleets may give."""
    if isinstance(given, (list, tuple)) and isinstance(detector, FleetDetector):
        return checked_findings(given, detector, panel.tenant)
    return checked_scores(given, len(panel.signals), len(panel.agents))


def checked_findings(given: Any, detector: Detector, tenant: str) -> list[Finding]:
    """PluginError: not findings, of another tenant or detector, or too many."""
    if not isinstance(given, (list, tuple)) or not all(isinstance(f, Finding) for f in given):
        raise PluginError(f"judge gave {type(given).__name__}, not a list of findings")
    if len(given) > FINDINGS_MAX:
        raise PluginError(f"{len(given)} findings at once; at most {FINDINGS_MAX}")
    for finding in given:
        if finding.tenant != tenant or finding.detector != detector.name:
            raise PluginError(
                f"a finding of tenant {finding.tenant!r} and detector {finding.detector!r} is none of its own"
            )
        if flaw := _flaw(finding):
            raise PluginError(f"a finding cannot be kept: {flaw}")
    return list(given)


def checked_rows(given: Any, tenant: str) -> dict[str, pa.Table]:
    """PluginError: not rows of tables that there are, by their schemas, or of another tenant."""
    if not isinstance(given, Mapping):
        raise PluginError(f"judged gave {type(given).__name__} beside the findings, not rows by table")
    for name, rows in given.items():
        if name not in TABLES or not isinstance(rows, pa.Table) or rows.schema != TABLES[name]:
            raise PluginError(f"rows of {name!r} are none of a table that there is, or not by its schema")
        if set(pc.unique(rows["tenant"]).to_pylist()) - {tenant}:
            raise PluginError(f"rows of {name!r} are of another tenant than {tenant!r}")
    return dict(given)


_TEXTS = tuple(f.name for f in dataclasses.fields(Finding) if f.type == "str")
_NUMBERS = tuple(f.name for f in dataclasses.fields(Finding) if f.type == "float")


def _flaw(finding: Finding) -> str:
    """What of a finding the store could not take; empty: nothing."""
    texts = [getattr(finding, n) for n in _TEXTS]
    texts += [*(t for pair in finding.evidence for t in pair), *finding.participants]
    texts += [*(n for n, _ in finding.features), *(t for pair in finding.labels.items() for t in pair)]
    try:
        "".join(texts).encode()
    except (TypeError, UnicodeEncodeError) as e:
        return f"it holds what is no text that can be stored: {e}"
    for name, value in [(n, getattr(finding, n)) for n in _NUMBERS] + [("features", s) for _, s in finding.features]:
        if not isinstance(value, int | float | np.number):
            return f"{name} is no number but {type(value).__name__}"
    for name in ("window_start_ns", "window_end_ns", "lead_ns"):
        value = getattr(finding, name)
        if not isinstance(value, int | np.integer) or not -1 < value < NS_MAX:
            return f"{name}={value!r} is not within 0 and {NS_MAX} nanoseconds"
    return ""
