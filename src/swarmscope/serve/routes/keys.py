"""Who calls, the keys of a tenant, the audit log, and saved views."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import Path, Query, Request, Response

from swarmscope import __version__
from swarmscope.serve.routes.common import NOT_FOUND, Admin, Editor, Viewer, new_router
from swarmscope.serve.schemas.access import Audit, Change, Key, Keys, MadeKey, Me, NewKey, Tenants, View, Views

router = new_router("access")
_VIEW = "view."
KeyId = Annotated[str, Path(description="id of the key", max_length=16)]
Name = Annotated[str, Path(description="name of the view", min_length=1, max_length=100)]


@router.get("/me", response_model=Me, summary="Who is calling")
def me(request: Request, caller: Viewer) -> Me:
    """Tenant and role of the credential in use."""
    return Me(
        tenant=caller.tenant,
        role=caller.role,
        key_id=caller.key_id,
        user=caller.user,
        keys_demanded=request.app.state.authenticator.demand,
        version=__version__,
    )


@router.get("/tenants", response_model=Tenants, summary="Tenants that the caller may look at")
def tenants(request: Request, caller: Viewer) -> Tenants:
    """`x-swarmscope-tenant` on a reading call names one of them; this call does not heed it."""
    authenticator = request.app.state.authenticator
    own = authenticator(request.headers, safe=True)
    return Tenants(own=own.tenant, items=authenticator.tenants(own))


@router.get("/keys", response_model=Keys, summary="List keys")
def list_keys(request: Request, caller: Admin) -> Keys:
    """The keys of the caller's tenant, revoked and expired ones too; never their secrets."""
    return Keys(items=[Key(**asdict(k)) for k in request.app.state.catalog.keys(caller.tenant)])


@router.post("/keys", response_model=MadeKey, status_code=201, summary="Make a key")
def create_key(request: Request, body: NewKey, caller: Admin) -> MadeKey:
    """The answer is the only place where the secret is ever shown."""
    key, secret = request.app.state.catalog.create_key(
        caller, body.role, body.name, tenant=body.tenant, expires_at_s=body.expires_at_s
    )
    return MadeKey(key=Key(**asdict(key)), secret=secret)


@router.delete("/keys/{key_id}", status_code=204, response_class=Response, summary="Revoke a key", responses=NOT_FOUND)
def revoke_key(request: Request, key_id: KeyId, caller: Admin) -> Response:
    """Refused from now on. Revoking twice changes nothing."""
    request.app.state.catalog.revoke_key(caller, key_id)
    return Response(status_code=204)


@router.get("/audit", response_model=Audit, summary="What was changed, and by whom")
def audit(request: Request, caller: Admin, limit: Annotated[int, Query(ge=1, le=10_000)] = 200) -> Audit:
    """Logins, and changes of keys, users, settings, prices and views, of the caller's tenant."""
    return Audit(items=[Change(**row) for row in request.app.state.catalog.audit_log(caller.tenant, limit)])


@router.get("/views", response_model=Views, summary="List saved views")
def list_views(request: Request, caller: Viewer) -> Views:
    """Views are shared by everyone in the tenant."""
    stored = request.app.state.catalog.settings(caller.tenant, _VIEW)
    return Views(items=[View.model_validate_json(text) for _, text in sorted(stored.items())])


@router.put("/views/{name:path}", response_model=View, summary="Save a view")
def put_view(request: Request, name: Name, body: View, caller: Editor) -> View:
    """Replaces the one of that name."""
    view = body.model_copy(update={"name": name})
    request.app.state.catalog.put_setting(caller, _VIEW + name, view.model_dump_json())
    return view


@router.delete("/views/{name:path}", status_code=204, response_class=Response, summary="Forget a view")
def delete_view(request: Request, name: Name, caller: Editor) -> Response:
    """Forgetting one that does not exist changes nothing."""
    request.app.state.catalog.put_setting(caller, _VIEW + name, None)
    return Response(status_code=204)
