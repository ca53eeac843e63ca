"""Emergence: what agents do together that none does alone."""

from __future__ import annotations

import math
from typing import Annotated, Any

from fastapi import Query, Request, Response

from swarmscope.detect.emergence import looking
from swarmscope.detect.emergence.base import Emergence
from swarmscope.detect.emergence.looking import Looked
from swarmscope.detect.guard import NS_MAX
from swarmscope.query import interactions
from swarmscope.query.reader import Reader
from swarmscope.query.times import SECOND_NS, Window, moment, parse_moment
from swarmscope.serve.routes.common import Limit, Reads, Within, encoded, new_router
from swarmscope.serve.schemas.emergence import (
    EmergenceAnalysis,
    EmergenceAsked,
    EmergenceEvents,
    EmergenceIndicators,
    NetworkAnalysis,
    NetworkCommunities,
)

router = new_router("emergence")
WindowS = Annotated[float, Query(description="length of the window in seconds", ge=60, le=300)]
Chance = Annotated[
    bool, Query(description="also ask whether the communities are more than chance; costs most of the time")
]
End = Annotated[str, Query(description="RFC 3339, Unix time or relative such as `-5m`", max_length=64)]


@router.post("/emergence/analyze", response_model=EmergenceAnalysis, summary="Look for emergence now")
def analyse(request: Request, reads: Reads, asked: EmergenceAsked) -> Response:
    """What every pattern sees in one window, also what is not rare enough. Nothing is kept; the runner looks by itself."""
    within = _window(asked.end, asked.window_s)
    looked, scene = looking.ask(reads, within, request.app.state.config.plugins, asked.patterns, asked.sensitivity)
    items = [_item(one, e, emerged) for one in looked for e, emerged in one.found]
    items.sort(key=lambda i: (not i["emerged"], i["p"]))
    return encoded(
        {
            "window": within.json(),
            "items": items,
            "patterns": [
                {
                    "pattern": one.name,
                    "about": (one.cls.__doc__ or "").strip().partition("\n")[0],
                    "kinds": list(one.cls.kinds),
                    "sensitivity": one.sensitivity,
                    "level": one.level,
                    "seconds": round(one.seconds, 3),
                    "error": one.error,
                }
                for one in looked
            ],
            "agents": len(scene.agents),
            "interactions": len(scene.met.source),
        }
    )


def _window(end: str, window_s: float) -> Window:
    end_ns = parse_moment(end, "end")
    return Window(max(0, end_ns - round(window_s * SECOND_NS)), end_ns)


def _item(one: Looked, e: Emergence, emerged: bool) -> dict[str, Any]:
    return {
        "pattern": one.name,
        "kind": e.kind,
        "emerged": emerged,
        "title": e.title,
        "explanation": e.explanation,
        "recommendation": e.recommendation,
        "p": e.p,
        "level": one.level,
        "magnitude": e.magnitude,
        "observed": _number(e.observed),
        "expected": _number(e.expected),
        "statistic": e.statistic,
        "surrogates": e.draws,
        "onset": moment(e.onset_ns),
        "participants": list(e.participants),
        "features": dict(e.features),
        "evidence": [list(x) for x in e.evidence],
    }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


@router.get("/emergence/events", response_model=EmergenceEvents, summary="What emerged")
def list_events(request: Request, reads: Reads, within: Within, limit: Limit = 100) -> Response:
    """Findings of the patterns of emergence, newest first."""
    known = looking.patterns(request.app.state.config.plugins)
    kinds = sorted({k for plugin in known.values() for k in plugin.cls.kinds})
    rows = interactions.found(reads, within, kinds, limit)
    return encoded({"items": [_event(r) for r in rows], "window": within.json()})


def _event(row: dict[str, Any]) -> dict[str, Any]:
    details = dict(row["details"])
    return {
        "id": row["id"],
        "pattern": row["detector"],
        "start": moment(row["start_ns"]),
        "end": moment(row["end_ns"]),
        "onset": moment(_onset_ns(details, row["start_ns"])),
        "magnitude": _told(details, "magnitude") or 0.0,
        "p": _told(details, "p"),
        "observed": _number(row["observed"]),
        "expected": _number(row["expected"]),
        "features": dict(zip(row["feature_names"], row["feature_shares"], strict=True)),
        "evidence": list(zip(row["evidence_kinds"], row["evidence"], strict=True)),
        **{
            k: row[k]
            for k in ("kind", "severity", "title", "explanation", "recommendation", "confidence", "participants")
        },
    }


def _onset_ns(details: dict[str, str], otherwise: int) -> int:
    told = details.get("onset_ns", "")
    return int(told) if told.isascii() and told.isdigit() and 0 < int(told) < NS_MAX else otherwise


def _told(details: dict[str, str], name: str) -> float | None:
    """A number among the labels of a finding; None: there is none, or what a stranger's detector put there is no number."""
    try:
        return _number(float(details[name]))
    except (KeyError, ValueError):
        return None


@router.get("/emergence/network/analysis", response_model=NetworkAnalysis, summary="The network of agents")
def analyse_network(
    request: Request, reads: Reads, within: Within, limit: Limit = 400, chance: Chance = True
) -> Response:
    """Communities, central agents, hubs and bridges, density, reciprocity; whether the communities are more than chance."""
    return encoded(looking.analysed(reads, within, limit, chance, _among(request, reads)))


@router.get("/emergence/network/communities", response_model=NetworkCommunities, summary="Who belongs together")
def network_communities(request: Request, reads: Reads, within: Within) -> Response:
    """The community of every agent, as `/emergence/network/analysis` finds it, without what that costs."""
    return encoded(looking.grouped(reads, within, _among(request, reads)))


def _among(request: Request, reads: Reader) -> looking.Among:
    """The agents of the environment, if one is named, with what the fleet calls them."""
    fleet = request.app.state.fleet
    here = fleet.deployed.agents(reads.tenant, reads.environment) if reads.environment else None
    view = fleet.view(reads.tenant)
    return looking.Among(here, dict(zip(view.agent, view.texts["name"], strict=True)))


@router.get("/emergence/indicators", response_model=EmergenceIndicators, summary="Order parameters and early warnings")
def list_indicators(reads: Reads, end: End = "now", window_s: WindowS = 120) -> Response:
    """Over the window and the two before it: Kuramoto's order of work begun, and variance and memory of signals."""
    return encoded(looking.indicators(reads, _window(end, window_s)))
