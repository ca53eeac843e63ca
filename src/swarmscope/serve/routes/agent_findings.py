"""What detectors hold of one agent: its findings, its signals now, what is normal for them."""

from __future__ import annotations

import math
import time
from typing import Annotated, Any

import numpy as np
from fastapi import Path, Query, Request, Response

from swarmscope.detect import bands
from swarmscope.detect.fleet import Judged
from swarmscope.detect.runner import Runner
from swarmscope.errors import NotFoundError, OverloadError, QueryError
from swarmscope.query import findings
from swarmscope.query.reader import Reader
from swarmscope.query.times import MINUTE_NS, Window, moment
from swarmscope.serve.routes.common import (
    NOT_FOUND,
    Cursor,
    Ingester,
    Limit,
    Reads,
    Viewer,
    Within,
    encoded,
    new_router,
)
from swarmscope.serve.routes.feedback import with_feedback
from swarmscope.serve.schemas.findings import Band, Bands, Detection, Findings
from swarmscope.stats.baseline import deviation

router = new_router("anomalies")

AgentId = Annotated[str, Path(description="agent id", min_length=1, max_length=512)]
BAND_Z = 3.0
RECENT_NS = 15 * MINUTE_NS


@router.get("/agents/{agent_id:path}/anomalies", response_model=Findings, summary="Findings about one agent")
def agent_anomalies(
    request: Request, reads: Reads, within: Within, agent_id: AgentId, limit: Limit = 100, cursor: Cursor = ""
) -> Response:
    """Newest first, of every detector."""
    page = findings.search(reads, within, {"subject": [agent_id]}, "", limit, cursor)
    return encoded(with_feedback(request, reads.tenant, page))


@router.post(
    "/detect/{agent_id:path}",
    response_model=Detection,
    summary="Judge an agent now",
    responses=NOT_FOUND,
)
def detect_now(request: Request, caller: Ingester, agent_id: AgentId) -> Response:
    """What every detector of series holds of each signal at the newest look, a few seconds ago at most, and recent findings."""
    last, place = _judged(request.app.state.detection, caller.tenant, agent_id)
    reads = Reader(request.app.state.store, caller.tenant)
    now_ns = time.time_ns()
    page = findings.search(reads, Window(now_ns - RECENT_NS, now_ns), {"subject": [agent_id]}, "", 50, "")
    panel = last.panel
    signals = [_verdict(last, row, place) for row in range(len(panel.signals))]
    signals.sort(key=lambda s: (not s["strange"], 1.0 if s["tail"] is None else s["tail"]))
    whole = {n: _number(s.tail[0, place]) for n, s in last.parts.items() if s.tail.shape[0] == 1}
    return encoded(
        {
            "agent": agent_id,
            "time": moment(min(panel.now_ns, int(panel.times_ns[-1]))),
            "cohort": panel.cohorts[int(panel.cohort[place])],
            "agents": len(panel.agents),
            "signals": signals,
            "whole": whole,
            "findings": with_feedback(request, caller.tenant, page)["items"],
        }
    )


def _judged(runner: Runner | None, tenant: str, agent: str) -> tuple[Judged, int]:
    fleet = runner.fleets.get(tenant) if runner is not None else None
    if fleet is None or fleet.last is None:
        raise OverloadError(
            "detectors have not looked at this fleet yet; is detect.enabled on? try again in seconds", 5.0
        )
    last = fleet.last
    place = last.places.get(agent)
    if place is None:
        raise NotFoundError(f"agent {agent[:128]!r} did nothing within the last minutes, so there is nothing to judge")
    return last, place


def _verdict(last: Judged, row: int, place: int) -> dict[str, Any]:
    panel = last.panel
    signal = panel.signals[row]
    mean, deviation = float(panel.mean[row, place]), float(panel.deviation[row, place])
    items = float(panel.items[row, place])
    tail = last.tails[row, place] if place < last.tails.shape[1] else math.nan
    return {
        "signal": signal.name,
        "unit": signal.unit,
        "observed": _number(signal.inverse(panel.newest[row, place], items)),
        "expected": _number(signal.inverse(mean, items)) if math.isfinite(deviation) else None,
        "lower": _number(signal.inverse(mean - BAND_Z * deviation, items)),
        "upper": _number(signal.inverse(mean + BAND_Z * deviation, items)),
        "tail": _number(tail),
        "strange": bool(last.strange[row, place]),
        "detectors": {n: _number(s.tail[row, place]) for n, s in last.parts.items() if s.tail.shape[0] > 1},
    }


@router.get(
    "/agents/{agent_id:path}/bands", response_model=Band, summary="What is normal for a signal", responses=NOT_FOUND,
)  # fmt: skip
def agent_band(
    request: Request,
    caller: Viewer,
    agent_id: AgentId,
    signal: Annotated[str, Query(description="its name", max_length=128)],
) -> Response:
    """The last minutes of a signal with what was expected of it: three standard deviations, by how much stands behind it."""
    last, place = _judged(request.app.state.detection, caller.tenant, agent_id)
    panel = last.panel
    names = [s.name for s in panel.signals]
    if signal not in names:
        raise QueryError(f"signal={signal[:64]!r} has no band; there are {', '.join(names)}")
    row = names.index(signal)
    inverse = panel.signals[row].inverse
    items = panel.counts[:, row, place].astype(float)
    spread = deviation(float(panel.spread[row, place]), items, float(panel.unsure[row, place]))
    mean = np.full(len(panel.x), panel.mean[row, place])
    return encoded(
        {
            "agent": agent_id,
            "signal": signal,
            "unit": panel.signals[row].unit,
            "step_ms": 10_000,
            "times_ms": (panel.times_ns // 1_000_000).tolist(),
            "values": _numbers(inverse(panel.x[:, row, place], items)),
            "lower": _numbers(inverse(mean - BAND_Z * spread, items)),
            "expected": _numbers(inverse(np.where(np.isfinite(spread), mean, np.nan), bands.usually(items))),
            "upper": _numbers(inverse(mean + BAND_Z * spread, items)),
            "known": float(panel.known[row, place]),
        }
    )


@router.get(
    "/agents/{agent_id:path}/normal", response_model=Bands, summary="Signals with what is normal", responses=NOT_FOUND,
)  # fmt: skip
def agent_bands(request: Request, reads: Reads, within: Within, agent_id: AgentId) -> Response:
    """Every signal as detectors take it over any window, with three standard deviations around what is normal.

    What is normal is what was learned until now, whatever the window is; null of an agent that does nothing now.
    """
    runner: Runner | None = request.app.state.detection
    fleet = runner.fleets.get(reads.tenant) if runner is not None else None
    told = bands.of_agent(reads, agent_id, fleet.last if fleet is not None else None, within)
    if not told["signals"]:
        raise NotFoundError(
            f"agent {agent_id[:128]!r} did nothing that is kept in this time; widen it, or look at its name"
        )
    return encoded(told)


def _number(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None


def _numbers(values: Any) -> list[float | None]:
    return [_number(v) for v in np.asarray(values).tolist()]
