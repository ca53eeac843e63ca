"""What the health routes tell, gathered from the rooms."""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from prometheus_client import Metric, generate_latest
from prometheus_client.registry import Collector

from swarmscope import __version__, telemetry
from swarmscope.errors import SwarmscopeError
from swarmscope.model.access import DEFAULT_TENANT
from swarmscope.query import agents
from swarmscope.query import health as scores
from swarmscope.query.times import SECOND_NS, moment


def health(request: Request, tenant: str) -> dict[str, Any]:
    """In the shape of `Health`."""
    state = request.app.state
    now_ns = time.time_ns()
    journal, writer = state.journal.status(), state.writer.status()
    away_s = (now_ns - writer.away_since_ns) / SECOND_NS if writer.away_since_ns else 0.0
    usage = shutil.disk_usage(state.config.data_dir)
    components = [
        scores.store(*_ask(partial(state.store.query, "SELECT 1"))),
        scores.catalog(*_ask(state.catalog.ask)),
        scores.journal(journal.disk_bytes, journal.max_bytes, journal.failure, journal.full, journal.lost_records),
        scores.writer(writer.lag_rows, writer.lag_s, away_s, writer.failure, writer.dead_letters),
        scores.ingest(state.intake.queued_bytes, state.config.ingest.memory_max_bytes, state.intake.strain),
        scores.disk(usage.free, usage.total),
        _fleet(state, tenant),
    ]
    if state.detection is not None:
        roster = state.detection.roster
        looks = sum(one.runs or bool(one.problem) for one in roster.listed.values())
        components.append(scores.detection(state.detection.warming, state.detection.waiting, roster.failing(), looks))
    score = scores.overall(components)
    return {
        "state": scores.state_of(score),
        "score": round(score, 4),
        "time": moment(now_ns),
        "version": __version__,
        "uptime_s": round(now_ns / SECOND_NS - state.started_at_s, 3),
        "components": [c.json() for c in components],
    }


def _ask(question: Callable[[], object]) -> tuple[float | None, str]:
    begun = time.perf_counter()
    try:
        question()
    except SwarmscopeError as e:
        return None, str(e)
    return round((time.perf_counter() - begun) * 1e3, 3), ""


def _fleet(state: Any, tenant: str) -> scores.Component:
    try:
        figures = agents.fleet(state.fleet.view(tenant))
    except SwarmscopeError as e:
        unknown = scores.Component("fleet")
        unknown.lower(0.3, f"the agents cannot be read: {e}", "see the store's health")
        return unknown
    told = (figures[name] for name in ("agents", "conditions", "error_ratio", "health", "silent"))
    return scores.fleet(*told)


def readiness(request: Request) -> dict[str, Any]:
    """In the shape of `Readiness`."""
    state = request.app.state
    journal, writer = state.journal.status(), state.writer.status()
    components = {
        "store": _ask(partial(state.store.query, "SELECT 1"))[1] or "ok",
        "catalog": _ask(state.catalog.ask)[1] or "ok",
        "journal": journal.failure or journal.full or "ok",
        "writer": f"the store is away: {writer.failure}" if writer.away_since_ns else "ok",
        "ingest": _intake(state),
    }
    return {"ready": all(v == "ok" for v in components.values()), "components": components}


def _intake(state: Any) -> str:
    queued = state.intake.queued_bytes
    if queued >= state.config.ingest.memory_max_bytes:
        return f"its queue is full ({queued} bytes)"
    return state.intake.strain or "ok"


def ready(request: Request) -> JSONResponse:
    """The readiness as an answer: 503 until all is ready."""
    answer = readiness(request)
    return JSONResponse(answer, status_code=200 if answer["ready"] else 503)


class _Seen(Collector):
    """Our own metrics as a tenant may see them: who runs the install sees all, others no sample that names another tenant."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant

    def collect(self) -> Iterator[Metric]:
        for family in telemetry.REGISTRY.collect():
            if self._tenant != DEFAULT_TENANT:
                family.samples = [s for s in family.samples if s.labels.get("tenant", self._tenant) == self._tenant]
            yield family


def prometheus_text(tenant: str) -> bytes:
    """Our own metrics in the text format of Prometheus."""
    return generate_latest(_Seen(tenant))


def self_metrics(tenant: str) -> dict[str, Any]:
    """Our own metrics in the shape of `SelfMetrics`."""
    metrics = [
        {
            "name": family.name,
            "kind": family.type,
            "help": family.documentation,
            "samples": [
                {"name": s.name, "labels": s.labels, "value": s.value if s.value == s.value else None}
                for s in family.samples
            ],
        }
        for family in _Seen(tenant).collect()
    ]
    return {"time": moment(time.time_ns()), "metrics": metrics}


def sampler(journal: Any, writer: Any, intake: Any) -> Callable[[], dict[str, float]]:
    """The figures of `History`, read from the rooms and from our own metrics."""

    def sample() -> dict[str, float]:
        kept, written = journal.status(), writer.status()
        used = resource.getrusage(resource.RUSAGE_SELF)
        answered, took = _sums("swarmscope_serve_request_seconds")
        found = {
            "journal_bytes": float(kept.disk_bytes),
            "lag_rows": float(written.lag_rows),
            "lag_s": written.lag_s,
            "dead_letters": float(written.dead_letters),
            "queue_bytes": float(intake.queued_bytes),
            "memory_bytes": float(telemetry.resident_bytes()),
            "cpu_seconds_total": used.ru_utime + used.ru_stime,
            "calls_total": answered,
            "call_seconds_total": took,
        }
        for signal, items in _by_label("swarmscope_ingest_items", "signal").items():
            found[f"{'spans' if signal == 'traces' else signal}_total"] = items
        return found

    return sample


def _by_label(name: str, label: str) -> dict[str, float]:
    """Values of a counter by one label."""
    found: dict[str, float] = {}
    for s in _samples(name, "_total"):
        key = s.labels.get(label, "")
        found[key] = found.get(key, 0.0) + s.value
    return found


def _sums(name: str) -> tuple[float, float]:
    """Count and sum of a histogram, over its labels."""
    return sum(s.value for s in _samples(name, "_count")), sum(s.value for s in _samples(name, "_sum"))


def _samples(name: str, suffix: str) -> list[Any]:
    families = telemetry.REGISTRY.restricted_registry([name + suffix]).collect()
    return [s for family in families for s in family.samples if s.name == name + suffix]
