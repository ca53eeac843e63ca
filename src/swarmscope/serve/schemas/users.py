"""Shapes of users and logins. Passwords come in and never go out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from swarmscope.model.access import Role, UserRole
from swarmscope.serve.schemas.access import Seconds
from swarmscope.serve.schemas.common import Model

UserName = Annotated[str, Field(min_length=1, max_length=128, description="unique in the install; upper case is lower")]
Password = Annotated[str, Field(min_length=1, max_length=1024, description="10 to 256 characters")]


class User(Model):
    """A person who logs in."""

    name: str
    tenant: str
    role: Role
    created_at_s: Seconds
    disabled_at_s: Seconds
    seen_at_s: Seconds


class Users(Model):
    """By name."""

    items: list[User]


class NewUser(Model):
    """Who a user shall be."""

    name: UserName
    password: Password
    role: UserRole
    tenant: str = Field("", max_length=128, pattern=r"^[A-Za-z0-9._-]*$", description="empty: the caller's own")


class UserChange(Model):
    """What shall be different; what is absent stays."""

    role: UserRole | None = None
    disabled: bool | None = Field(None, description="true ends the user's logins and refuses new ones")
    password: Password | None = Field(None, description="a new one; ends the user's logins")


class Ways(Model):
    """How people can enter."""

    password: bool = Field(description="whether there are users")
    key_demanded: bool = Field(description="whether nobody gets an answer without a credential")


class Credentials(Model):
    """Who wants to log in."""

    name: str = Field(max_length=256)
    password: str = Field(max_length=1024)


class NewPassword(Model):
    """The caller's own new password."""

    current: str = Field(max_length=1024)
    new: Password
