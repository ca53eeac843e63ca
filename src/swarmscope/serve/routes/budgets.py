"""Budgets: what may be spent by the tenant, a team, an agent, a model or a service, and how that stands."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import msgspec
from fastapi import Path, Request, Response

from swarmscope.errors import InputError
from swarmscope.query import budgets
from swarmscope.query.budgets import Budget
from swarmscope.serve.routes.common import Editor, Viewer, encoded, new_router, reads_of
from swarmscope.serve.schemas.budgets import Budgets, BudgetState, NewBudget

router = new_router("cost")
_PREFIX = "budget."
BUDGETS_MAX = 200
Name = Annotated[str, Path(description="what people call it", min_length=1, max_length=100)]


@router.get("/budgets", response_model=Budgets, summary="Budgets, what was spent of them, and the forecast")
def list_budgets(request: Request, caller: Viewer) -> Response:
    """Those that are worst off first. Costs of all environments count."""
    stored = request.app.state.catalog.settings(caller.tenant, _PREFIX)
    known = [msgspec.json.decode(text, type=Budget) for text in stored.values()]
    return encoded({"items": budgets.progress(reads_of(request, caller), known)})


@router.put("/budgets/{name:path}", response_model=BudgetState, summary="Set a budget")
def put_budget(request: Request, name: Name, body: NewBudget, caller: Editor) -> Response:
    """Replaces the one of that name; the costs of the running period count from its begin."""
    if (body.scope == "all") != (body.key == ""):
        raise InputError("scope `all` takes no key" if body.key else f"name the {body.scope} in `key`")
    catalog = request.app.state.catalog
    known = catalog.settings(caller.tenant, _PREFIX)
    if len(known) >= BUDGETS_MAX and _PREFIX + name not in known:
        raise InputError(f"there are {BUDGETS_MAX} budgets already; remove one first")
    budget = Budget(name, body.scope, body.key, body.period, body.limit_usd)
    catalog.put_setting(caller, _PREFIX + name, msgspec.json.encode(asdict(budget)).decode())
    return encoded(budgets.progress(reads_of(request, caller), [budget])[0])


@router.delete("/budgets/{name:path}", status_code=204, response_class=Response, summary="Remove a budget")
def delete_budget(request: Request, name: Name, caller: Editor) -> Response:
    """Removing one that does not exist changes nothing."""
    request.app.state.catalog.put_setting(caller, _PREFIX + name, None)
    return Response(status_code=204)
