"""Who may make keys and users for whom."""

from __future__ import annotations

from swarmscope.errors import ForbiddenError
from swarmscope.model.access import DEFAULT_TENANT, Principal


def tenant_for(by: Principal, tenant: str, what: str) -> str:
    """The tenant that `what` shall be made for: `tenant`, or the caller's own where it is empty.

    ForbiddenError: another tenant's, and the caller is not of the default tenant.
    """
    if tenant and tenant != by.tenant and by.tenant != DEFAULT_TENANT:
        raise ForbiddenError(
            f"only the default tenant's admins make {what} for others, not {by.tenant!r} for {tenant!r}"
        )
    return tenant or by.tenant or DEFAULT_TENANT
