"""Who may look at which tenant: admins of the default one at all, read-only; nobody else at another's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmscope.catalog.catalog import Catalog
from swarmscope.errors import ForbiddenError
from swarmscope.model.access import LOCAL, Principal, Role
from swarmscope.serve.auth import TENANT_HEADER, Authenticator

ADMIN = Principal("default", Role.ADMIN, "k1", "ada")


@pytest.fixture
def authenticator(tmp_path: Path) -> Iterator[Authenticator]:
    catalog = Catalog(tmp_path / "catalog.db")
    for tenant in ("acme", "zeta"):
        catalog.tenant_secret(tenant)
    yield Authenticator(catalog, demand=True)
    catalog.close()


def test_given_an_admin_of_the_default_tenant_then_all_are_seen_and_none_is_written(
    authenticator: Authenticator,
) -> None:
    assert authenticator.tenants(ADMIN) == authenticator.tenants(LOCAL) == ["acme", "default", "zeta"]
    seen = authenticator.seeing(ADMIN, {TENANT_HEADER: "acme"})
    assert seen == Principal("acme", Role.VIEWER, "k1", "ada")


@pytest.mark.parametrize("headers", [{}, {TENANT_HEADER: ""}, {TENANT_HEADER: "default"}])
def test_given_no_other_tenant_then_the_caller_stays_who_they_are(
    authenticator: Authenticator, headers: dict[str, str]
) -> None:
    assert authenticator.seeing(ADMIN, headers) is ADMIN


@pytest.mark.parametrize(
    ("caller", "wanted"),
    [
        (Principal("acme", Role.ADMIN), "zeta"),
        (Principal("acme", Role.ADMIN), "default"),
        (Principal("default", Role.EDITOR), "acme"),
        (Principal("default", Role.INGEST), "acme"),
        (ADMIN, "nobody"),
        (ADMIN, "x" * 10_000),
    ],
)
def test_given_someone_else_or_a_tenant_that_is_not_then_it_is_refused(
    authenticator: Authenticator, caller: Principal, wanted: str
) -> None:
    assert authenticator.tenants(Principal("acme", Role.ADMIN)) == ["acme"]
    with pytest.raises(ForbiddenError, match="may not see"):
        authenticator.seeing(caller, {TENANT_HEADER: wanted})
