"""Shapes of keys, callers, the audit log and saved views."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue

from swarmscope.model.access import Role
from swarmscope.serve.schemas.common import Model

Seconds = Annotated[float, Field(description="seconds since the epoch; 0: never")]
ViewName = Annotated[str, Field(min_length=1, max_length=100, description="what people call it")]


class Me(Model):
    """Who is calling."""

    tenant: str
    role: Role
    key_id: str = Field(description="empty: a user, or no credential, which loopback allows")
    user: str = Field(description="who is logged in; empty: a key, or no credential")
    keys_demanded: bool = Field(description="whether this install answers nobody without a key")
    version: str


class Tenants(Model):
    """Whose data the caller may look at."""

    own: str = Field(description="tenant of the credential")
    items: list[str] = Field(description="all of the install for admins of the default tenant, else the own one")


class Key(Model):
    """A credential without its secret."""

    id: str
    tenant: str
    role: Role
    name: str
    created_at_s: Seconds
    expires_at_s: Seconds
    revoked_at_s: Seconds


class Keys(Model):
    """The keys of a tenant, newest first."""

    items: list[Key]


class NewKey(Model):
    """What a key shall be."""

    name: str = Field(min_length=1, max_length=256, description="who or what holds it")
    role: Role
    tenant: str = Field("", max_length=128, pattern=r"^[A-Za-z0-9._-]*$", description="empty: the caller's own")
    expires_at_s: Seconds = Field(0.0, ge=0, allow_inf_nan=False)


class MadeKey(Model):
    """A new key; its secret is shown this once."""

    key: Key
    secret: str


class Change(Model):
    """One row of the audit log."""

    id: int
    at_s: Seconds
    tenant: str
    key_id: str = Field(description="key that did it; empty: a user, or someone on loopback without a key")
    user: str = Field(description="user who did it, empty: none")
    action: str = Field(examples=["key.create"])
    subject: str
    detail: str


class Audit(Model):
    """The latest changes, newest first."""

    items: list[Change]


class View(Model):
    """A saved view: where the page was and what it showed."""

    name: ViewName
    page: str = Field(max_length=2048, description="route of the page", examples=["/traces"])
    search: dict[str, JsonValue] = Field(description="what stood in the address")


class Views(Model):
    """The saved views of a tenant, by name."""

    items: list[View]
