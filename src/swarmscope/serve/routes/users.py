"""Users with passwords, and logging in and out."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import Path, Request, Response

from swarmscope.catalog.users import LONGEST_S
from swarmscope.errors import AuthError
from swarmscope.model.access import Role
from swarmscope.serve.auth import Authenticator, refuse_other_sites
from swarmscope.serve.routes.common import NOT_FOUND, Admin, Viewer, new_router
from swarmscope.serve.schemas.users import Credentials, NewPassword, NewUser, User, UserChange, Users, Ways
from swarmscope.serve.throttle import Throttle

router = new_router("access")
Name = Annotated[str, Path(description="name of the user", max_length=128)]
_throttle = Throttle()


@router.get("/login", response_model=Ways, summary="How people can enter")
def ways(request: Request) -> Ways:
    """Needs no credential: a page asks it before anybody is known."""
    state = request.app.state
    return Ways(password=state.catalog.users.any(), key_demanded=state.authenticator.demand)


@router.post("/login", response_model=User, summary="Log in")
def login(request: Request, response: Response, body: Credentials) -> User:
    """Answers with a cookie that scripts cannot read. 401: name and password do not fit; 429: too many refused tries."""
    refuse_other_sites(
        request.headers, safe="origin" not in request.headers and "sec-fetch-site" not in request.headers
    )
    address = request.client.host if request.client else ""
    subjects = {"name": body.name.strip().lower()[:128], "address": address}
    _throttle.check(**subjects)
    try:
        user, token = request.app.state.catalog.users.login(body.name, body.password)
    except AuthError:
        _throttle.refused(**subjects)
        raise
    _throttle.taken(name=subjects["name"])
    _set_cookie(request, response, token, int(LONGEST_S))
    return User(**asdict(user))


@router.post("/logout", status_code=204, response_class=Response, summary="Log out")
def logout(request: Request) -> Response:
    """The cookie is refused from now on and taken back. Without one nothing changes."""
    authenticator: Authenticator = request.app.state.authenticator
    response = Response(status_code=204)
    if token := authenticator.token_of(request.headers):
        refuse_other_sites(request.headers)
        request.app.state.catalog.users.logout(token)
        _set_cookie(request, response, "", 0)
    return response


@router.put("/me/password", status_code=204, response_class=Response, summary="Change one's own password")
def new_password(request: Request, body: NewPassword, caller: Viewer) -> Response:
    """Ends all logins of the caller, this one too. 403: the current one is not right."""
    subjects = {"name": caller.user}
    _throttle.check(**subjects)
    try:
        request.app.state.catalog.users.new_password(caller, body.current, body.new)
    except AuthError:
        _throttle.refused(**subjects)
        raise
    return Response(status_code=204)


@router.get("/users", response_model=Users, summary="List users")
def list_users(request: Request, caller: Admin) -> Users:
    """The users of the caller's tenant; for admins of the default tenant, all of the install."""
    return Users(items=[User(**asdict(u)) for u in request.app.state.catalog.users.listed(caller)])


@router.post("/users", response_model=User, status_code=201, summary="Make a user")
def add_user(request: Request, body: NewUser, caller: Admin) -> User:
    """The person can log in at once."""
    user = request.app.state.catalog.users.add(caller, body.name, body.password, Role(body.role), body.tenant)
    return User(**asdict(user))


@router.patch("/users/{name}", response_model=User, summary="Change a user", responses=NOT_FOUND)
def change_user(request: Request, name: Name, body: UserChange, caller: Admin) -> User:
    """Role, state or password. Nobody changes their own role or state."""
    user = request.app.state.catalog.users.change(
        caller, name, role=body.role and Role(body.role), disabled=body.disabled, password=body.password
    )
    return User(**asdict(user))


@router.delete("/users/{name}", status_code=204, response_class=Response, summary="Remove a user", responses=NOT_FOUND)
def remove_user(request: Request, name: Name, caller: Admin) -> Response:
    """Gone at once, logins too. What they did stays in the audit log."""
    request.app.state.catalog.users.remove(caller, name)
    return Response(status_code=204)


def _set_cookie(request: Request, response: Response, token: str, age_s: int) -> None:
    response.set_cookie(
        request.app.state.authenticator.cookie,
        token,
        max_age=age_s,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
