"""Who may call what.

A credential is `Authorization: Bearer <key>`, `x-api-key: <key>`, what neighbours' clients send (HTTP Basic with the key as
password, InfluxDB's `Token <key>`, Elasticsearch's `ApiKey <key>`), or the cookie of a user who is logged in. A cookie counts
only in calls of our own pages: a browser sends it along whoever asks, but it also says who did (Origin, Sec-Fetch-Site).
Where keys are not demanded (all listeners on loopback) a call without a credential, or with a password of another system,
acts as the admin of the default tenant, but only when its Host names loopback and its Origin, if any, does too: a web page
elsewhere cannot use a browser to reach the install.

Admins of the default tenant may look at the others: `x-swarmscope-tenant` names the one to read, as a viewer, so that
writing with it is refused. The doors for telemetry do not know it: what is sent goes to the tenant of the credential.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from urllib.parse import SplitResult, urlsplit

from fastapi import Depends
from starlette.requests import HTTPConnection

from swarmscope.catalog.catalog import KEY_PREFIX, Catalog
from swarmscope.config import Config
from swarmscope.errors import AuthError, ConfigError, ForbiddenError
from swarmscope.model.access import DEFAULT_TENANT, LOCAL, Principal, Role

SAFE = ("GET", "HEAD", "OPTIONS")
TENANT_HEADER = "x-swarmscope-tenant"
NEIGHBOURS = ("basic", "token", "apikey")
"""Schemes of clients that were made for other systems, and bring what those know."""


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address, no port) is this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def demands_keys(config: Config) -> bool:
    """Whether every call needs a key. ConfigError: `auth.required=false` off loopback."""
    local = is_loopback(config.server.host)
    if config.auth.required == "auto":
        return not local
    if config.auth.required == "false" and not local:
        raise ConfigError(
            f"auth.required=false while server.host={config.server.host} is not loopback: "
            "anyone on the network could read and write; bind to 127.0.0.1 or demand keys"
        )
    return config.auth.required == "true"


def secret_of(headers: Mapping[str, str]) -> str:
    """The credential in `headers` (names in lower case), empty where there is none."""
    if key := headers.get("x-api-key", ""):
        return key.strip()
    scheme, rest = _said(headers)
    match scheme:
        case "bearer" | "token":
            return rest
        case "basic":
            pair = _pair(rest)
            if pair is None:
                raise AuthError("the Basic credential is not base64 of user:key")
            return pair[1]
        case "apikey":  # Elasticsearch's is base64 of id:key
            pair = _pair(rest)
            return pair[1] if pair and pair[1] else rest
    return ""


def _said(headers: Mapping[str, str]) -> tuple[str, str]:
    """Scheme and the rest of `Authorization`."""
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    return scheme.lower(), rest.strip()


def _pair(encoded: str) -> tuple[str, str] | None:
    """What stands before and behind the colon; None: no base64, or no UTF-8 in it."""
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return name, secret


class Authenticator:
    """Turns the headers of a call into a Principal."""

    def __init__(self, catalog: Catalog, demand: bool) -> None:
        self._catalog = catalog
        self.demand = demand
        self.cookie = f"swarmscope_{catalog.install_id[:8]}"
        """Name of the cookie: two installs on one host do not log each other out, as cookies know no ports."""

    def __call__(self, headers: Mapping[str, str], safe: bool = False) -> Principal:
        """headers: names in lower case. safe: the call changes nothing. AuthError, ForbiddenError."""
        if secret := secret_of(headers):
            try:
                return self._catalog.authenticate(secret)
            except AuthError:
                if self.demand or _is_ours(headers, secret):
                    raise
        if token := self.token_of(headers):
            try:
                principal = self._catalog.users.authenticate(token)
            except AuthError:
                if self.demand:
                    raise
            else:
                refuse_other_sites(headers, safe)
                return principal
        if self.demand:
            raise AuthError("this install demands a key; send `Authorization: Bearer <key>`, or log in")
        _refuse_foreign_pages(headers)
        return LOCAL

    def at_hand(self, headers: Mapping[str, str]) -> bool:
        """Whether who calls is told without the catalog's database, which may take long."""
        try:
            secret = secret_of(headers)
        except AuthError:
            return True
        if TENANT_HEADER in headers:
            return False
        return self._catalog.remembers(secret) if secret else not self.token_of(headers)

    def token_of(self, headers: Mapping[str, str]) -> str:
        """What the cookie of a login holds, empty where there is none."""
        for part in headers.get("cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == self.cookie:
                return value
        return ""

    def by_secret(self, secret: str, headers: Mapping[str, str]) -> Principal:
        """As a call, with the secret given apart (WebSocket: browsers cannot set headers there)."""
        return self.seeing(self._catalog.authenticate(secret) if secret else self(headers), headers)

    def looking(self, headers: Mapping[str, str]) -> Principal:
        """As a call that only reads, with the tenant that the headers name."""
        return self.seeing(self(headers, safe=True), headers)

    def tenants(self, caller: Principal) -> list[str]:
        """Those that `caller` may see: admins of the default tenant see all, everyone else their own."""
        if caller.tenant == DEFAULT_TENANT and caller.role.allows(Role.ADMIN):
            return sorted({caller.tenant, *self._catalog.tenants()})
        return [caller.tenant]

    def seeing(self, caller: Principal, headers: Mapping[str, str]) -> Principal:
        """`caller`, who looks at the tenant that the header names, as a viewer. ForbiddenError: not one of theirs."""
        wanted = headers.get(TENANT_HEADER, "")
        if not wanted or wanted == caller.tenant:
            return caller
        if wanted not in self.tenants(caller):
            raise ForbiddenError(f"{caller.label} may not see the tenant {wanted[:128]!r}")
        return replace(caller, tenant=wanted, role=Role.VIEWER)


def _is_ours(headers: Mapping[str, str], secret: str) -> bool:
    """Whether a credential was meant for us, and is no password that a client kept from before."""
    return "x-api-key" in headers or _said(headers)[0] not in NEIGHBOURS or secret.startswith(f"{KEY_PREFIX}_")


def refuse_other_sites(headers: Mapping[str, str], safe: bool = False) -> None:
    """ForbiddenError: the browser says that another site's page asks, or says nothing although something shall change."""
    origin, site = headers.get("origin", ""), headers.get("sec-fetch-site", "")
    if origin:
        foreign = _origin(origin).netloc.lower() != headers.get("host", "").lower()
    else:
        foreign = site not in ("same-origin", "none") and not (safe and site in ("", "same-site", "cross-site"))
    if foreign:
        raise ForbiddenError(
            f"a login is for this install's own pages, not for {origin or site or 'a call without Origin'}"
        )


def _refuse_foreign_pages(headers: Mapping[str, str]) -> None:
    host = headers.get("host", "")
    if host and not is_loopback(_name(host)):
        raise ForbiddenError(f"Host {host!r} is not loopback; call 127.0.0.1 or localhost, or send a key")
    origin = headers.get("origin", "")
    if origin and not is_loopback(_origin(origin).hostname or ""):
        raise ForbiddenError(f"a page of {origin} may not call this install without a key")


def _origin(text: str) -> SplitResult:
    """Its parts; of what is no address, none."""
    try:
        return urlsplit(text)
    except ValueError:
        return urlsplit("")


def _name(host: str) -> str:
    return host[1 : host.index("]")] if host.startswith("[") and "]" in host else host.partition(":")[0]


def principal(connection: HTTPConnection) -> Principal:
    """The caller."""
    authenticator: Authenticator = connection.app.state.authenticator
    caller = authenticator(connection.headers, safe=connection.scope.get("method") in SAFE)
    return authenticator.seeing(caller, connection.headers)


async def principal_beside(connection: HTTPConnection) -> Principal:
    """FastAPI dependency: the caller. The catalog's database is asked beside the event loop, as it may hang."""
    authenticator: Authenticator = connection.app.state.authenticator
    if authenticator.at_hand(connection.headers):
        return principal(connection)
    return await asyncio.to_thread(principal, connection)


def require(role: Role) -> Callable[..., Awaitable[Principal]]:
    """FastAPI dependency: the caller, who has at least `role`. ForbiddenError otherwise."""

    async def check(caller: Principal = Depends(principal_beside)) -> Principal:
        return allowed(caller, role)

    return check


def allowed(caller: Principal, role: Role) -> Principal:
    """`caller`, who has at least `role`. ForbiddenError otherwise."""
    if not caller.role.allows(role):
        raise ForbiddenError(f"this needs the role {role}, and {caller.label} has {caller.role}")
    return caller
