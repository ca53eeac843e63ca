"""Dashboards of metrics, shared by everyone in the tenant."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request, Response

from swarmscope.errors import InputError, NotFoundError
from swarmscope.serve import documents
from swarmscope.serve.documents import AsSeen
from swarmscope.serve.routes.common import CHANGED, NOT_FOUND, Editor, Viewer, new_router
from swarmscope.serve.schemas.dashboards import Dashboard, DashboardEntry, Dashboards, NewDashboard

router = new_router("metrics")
_PREFIX = "dashboard."
DASHBOARDS_MAX = 500
Name = Annotated[str, Path(description="what people call it", min_length=1, max_length=100)]


@router.get("/dashboards", response_model=Dashboards, summary="List dashboards")
def list_dashboards(request: Request, caller: Viewer) -> Dashboards:
    """By name, without their panels."""
    known = [Dashboard.model_validate_json(text) for _, text in sorted(_stored(request, caller.tenant).items())]
    return Dashboards(items=[DashboardEntry(name=one.name, panels=len(one.panels)) for one in known])


@router.get("/dashboards/{name:path}", response_model=Dashboard, summary="One dashboard", responses=NOT_FOUND)
def get_dashboard(request: Request, response: Response, name: Name, caller: Viewer) -> Dashboard:
    """Its variables and panels; `ETag` is of them."""
    text = request.app.state.catalog.setting(caller.tenant, _PREFIX + name)
    if text is None:
        raise NotFoundError(f"there is no dashboard `{name}`; GET /api/v1/dashboards lists them")
    response.headers["ETag"] = documents.tag(text)
    return Dashboard.model_validate_json(text)


@router.put("/dashboards/{name:path}", response_model=Dashboard, summary="Save a dashboard", responses=CHANGED)
def put_dashboard(
    request: Request, response: Response, name: Name, body: NewDashboard, caller: Editor, seen: AsSeen
) -> Dashboard:
    """Replaces the one of that name."""
    known = _stored(request, caller.tenant)
    if len(known) >= DASHBOARDS_MAX and _PREFIX + name not in known:
        raise InputError(f"there are {DASHBOARDS_MAX} dashboards already; remove one first")
    names = [variable.name for variable in body.variables]
    if len(set(names)) < len(names):
        raise InputError(
            f"two variables have one name: {', '.join(sorted(n for n in set(names) if names.count(n) > 1))}"
        )
    made = Dashboard(name=name, **body.model_dump())
    text = made.model_dump_json()
    documents.change(
        request.app.state.catalog, caller, _PREFIX + name, lambda _: text, seen, what=f"the dashboard {name}"
    )
    response.headers["ETag"] = documents.tag(text)
    return made


@router.delete(
    "/dashboards/{name:path}", status_code=204, response_class=Response, summary="Remove a dashboard", responses=CHANGED
)
def delete_dashboard(request: Request, name: Name, caller: Editor, seen: AsSeen) -> Response:
    """Removing one that does not exist changes nothing."""
    documents.change(
        request.app.state.catalog, caller, _PREFIX + name, lambda _: None, seen, what=f"the dashboard {name}"
    )
    return Response(status_code=204)


def _stored(request: Request, tenant: str) -> dict[str, str]:
    stored: dict[str, str] = request.app.state.catalog.settings(tenant, _PREFIX)
    return stored
