"""Scaling: policies, what they advise now, what was decided, and how well agents are used."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Annotated, Any

import msgspec
from fastapi import Path, Query, Request, Response

from swarmscope.catalog.catalog import Catalog
from swarmscope.decide import scaling as rules
from swarmscope.errors import InputError, NotFoundError
from swarmscope.model.access import Principal
from swarmscope.model.scaling import DEFAULT, Decision, Load, Policy, load_json
from swarmscope.query import scaling
from swarmscope.query.times import SECOND_NS, moment, parse_moment
from swarmscope.query.watch import FleetView
from swarmscope.serve.routes.common import NOT_FOUND, Editor, Limit, Reads, Viewer, encoded, new_router
from swarmscope.serve.schemas.scaling import (
    NewPolicy,
    ScalingAnalysis,
    ScalingDecisions,
    ScalingEfficiency,
    ScalingPolicies,
    ScalingPolicy,
)

router = new_router("scaling")
_PREFIX = "scaling.policy."
POLICIES_MAX = 100
FORESEEN_MAX = 50
Name = Annotated[str, Path(description="name of the policy", min_length=1, max_length=100)]
Chosen = Annotated[str, Query(description="the one policy that is asked; empty: all", max_length=100)]


@router.get("/scaling/policies", response_model=ScalingPolicies, summary="Scaling policies")
def list_policies(request: Request, caller: Viewer) -> Response:
    """By name. `default` is there also where nobody set it."""
    return encoded({"items": [asdict(p) for p in _policies(request.app.state.catalog, caller)]})


@router.put("/scaling/policies/{name:path}", response_model=ScalingPolicy, summary="Set a scaling policy")
def put_policy(request: Request, name: Name, body: NewPolicy, caller: Editor) -> Response:
    """Replaces the one of that name. One that names a group goes before one for all groups of its scope."""
    catalog = request.app.state.catalog
    known = catalog.settings(caller.tenant, _PREFIX)
    if len(known) >= POLICIES_MAX and _PREFIX + name not in known:
        raise InputError(f"there are {POLICIES_MAX} scaling policies already; remove one first")
    policy = Policy(name=name, **body.model_dump())
    catalog.put_setting(caller, _PREFIX + name, msgspec.json.encode(asdict(policy)).decode())
    return encoded(asdict(policy))


@router.delete(
    "/scaling/policies/{name:path}", status_code=204, response_class=Response, summary="Remove a scaling policy"
)
def delete_policy(request: Request, name: Name, caller: Editor) -> Response:
    """Removing one that does not exist changes nothing; `default` becomes what it was at first."""
    request.app.state.catalog.put_setting(caller, _PREFIX + name, None)
    return Response(status_code=204)


@router.get("/scaling/analyze", response_model=ScalingAnalysis, summary="What is advised now", responses=NOT_FOUND)
def advise(request: Request, reads: Reads, caller: Viewer, policy: Chosen = "") -> Response:
    """How many agents each group should have, and why. Looks only: nothing is kept."""
    now = time.time_ns()
    return encoded({"time": moment(now), "items": [d.json() for d in _decided(request, reads, caller, policy, now)]})


@router.post(
    "/scaling/analyze", response_model=ScalingAnalysis, summary="Decide on the number of agents", responses=NOT_FOUND
)
def analyze(request: Request, reads: Reads, caller: Editor, policy: Chosen = "") -> Response:
    """As `GET`, and every change is kept as a decision, from which its cooldown runs. Nothing is carried out."""
    now = time.time_ns()
    made = _decided(request, reads, caller, policy, now)
    request.app.state.catalog.decisions.keep(caller, [d for d in made if d.direction != "hold"], now)
    return encoded({"time": moment(now), "items": [d.json() for d in made]})


@router.get("/scaling/decisions", response_model=ScalingDecisions, summary="What was decided")
def list_decisions(
    request: Request, caller: Viewer, limit: Limit = 100,
    group: Annotated[str, Query(description="the one group; empty: all", max_length=512)] = "",
    before: Annotated[str, Query(description="only older ones: `next` of the page before", max_length=64)] = "",
) -> Response:  # fmt: skip
    """Newest first; the newest 10,000 are kept."""
    before_ns = parse_moment(before, "before", time.time_ns()) if before else 0
    rows = request.app.state.catalog.decisions.newest(caller.tenant, limit, group, before_ns)
    following = moment(rows[-1]["at_ns"]) if len(rows) == limit else None
    items = [{"time": moment(r["at_ns"]), **{k: v for k, v in r.items() if k != "at_ns"}} for r in rows]
    return encoded({"items": items, "next": following})


@router.get("/scaling/efficiency", response_model=ScalingEfficiency, summary="How well agents are used")
def efficiency(request: Request, reads: Reads, caller: Viewer, policy: Chosen = "") -> Response:
    """Instances, how busy they are, what they cost, and how many would do, by the policy that counts for each group."""
    now = time.time_ns()
    items = [_used(p, load) for p, load in _asked(request, reads, caller, policy)]
    items.sort(key=lambda r: (r["needed"] - r["instances"], r["group"]))
    there, needed = sum(r["instances"] for r in items), sum(r["needed"] for r in items)
    potential = max(0.0, (there - needed) / there) if there else 0.0
    return encoded({"time": moment(now), "instances": there, "needed": needed, "potential": potential, "items": items})


def _policies(catalog: Catalog, caller: Principal) -> list[Policy]:
    stored = [msgspec.json.decode(t, type=Policy) for t in catalog.settings(caller.tenant, _PREFIX).values()]
    if all(p.name != DEFAULT for p in stored):
        stored.append(Policy())
    return sorted(stored, key=lambda p: p.name)


def _asked(request: Request, reads: Reads, caller: Principal, name: str) -> Iterator[tuple[Policy, Load]]:
    """Each group with the policy that counts for it. NotFoundError: there is none of that name."""
    policies = _policies(request.app.state.catalog, caller)
    if name and all(p.name != name for p in policies):
        raise NotFoundError(f"there is no scaling policy {name!r}; GET /api/v1/scaling/policies lists those that are")
    view: FleetView = request.app.state.fleet.view(caller.tenant)
    for policy in policies:
        if name in ("", policy.name):
            for load in scaling.loads(reads, view, policy.scope, policy.key):
                if rules.applies(policy, policies, load.group):
                    yield policy, load


def _decided(request: Request, reads: Reads, caller: Principal, name: str, now_ns: int) -> list[Decision]:
    last = request.app.state.catalog.decisions.last_changes(caller.tenant)
    view: FleetView = request.app.state.fleet.view(caller.tenant)
    made: list[Decision] = []
    looked = 0
    for policy, load in _asked(request, reads, caller, name):
        if policy.strategy == "predictive" and looked < FORESEEN_MAX:
            looked += 1
            load = _ahead(reads, view, policy, load)
        made.append(rules.decide(policy, load, last.get((policy.name, load.group)), now_ns))
    return sorted(made, key=lambda d: (d.direction == "hold", -abs(d.desired - d.load.instances), d.load.group))


def _ahead(reads: Reads, view: FleetView, policy: Policy, load: Load) -> Load:
    members = [a for a, name in zip(view.agent, view.texts[policy.scope], strict=True) if name == load.group]
    known = scaling.past(reads, members, view.time_ns // SECOND_NS)
    steps = max(1, int(policy.horizon_s / scaling.PAST_STEP_S))
    return replace(load, foreseen=rules.foreseen(known, steps))


def _used(policy: Policy, load: Load) -> dict[str, Any]:
    needed = rules.needed(policy, load)
    return {
        **load_json(load),
        "idle": load.instances - load.working,
        "spans_per_s_per_instance": load.spans_per_s / load.instances,
        "cost_usd_per_1000_spans": load.cost_usd_per_hour / (load.spans_per_s * 3.6) if load.spans_per_s else None,
        "needed": needed,
        "potential": (load.instances - needed) / load.instances,
    }
