"""Who is calling, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

DEFAULT_TENANT = "default"


class Role(StrEnum):
    """What a key or a user may do. `ingest` writes telemetry and reads nothing; the others include the one before."""

    INGEST = "ingest"
    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def allows(self, needed: Role) -> bool:
        """Whether this role may do what `needed` may. An ingest key reads nothing; editors and admins also write telemetry."""
        if needed is Role.INGEST:
            return self in (Role.INGEST, Role.EDITOR, Role.ADMIN)
        ladder = (Role.VIEWER, Role.EDITOR, Role.ADMIN)
        return self in ladder and ladder.index(self) >= ladder.index(needed)


class UserRole(StrEnum):
    """The roles that a person may have: all but the one for programs that only write."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller of one request: the tenant comes from the credential, never from the payload."""

    tenant: str
    role: Role
    key_id: str = ""
    """Empty: a user, or no credential (allowed on loopback only)."""
    user: str = ""
    """Name of the user who is logged in; empty: a key, or no credential."""

    @property
    def label(self) -> str:
        """The caller in a message."""
        return f"user {self.user}" if self.user else f"key {self.key_id}" if self.key_id else "a caller without a key"


LOCAL = Principal(DEFAULT_TENANT, Role.ADMIN)
"""Everyone on loopback where keys are not demanded."""


@dataclass(frozen=True, slots=True)
class Key:
    """A credential as it is kept: its secret is stored as a hash only. Times in seconds since the epoch, 0: never."""

    id: str
    tenant: str
    role: Role
    name: str
    created_at_s: float
    expires_at_s: float
    revoked_at_s: float


@dataclass(frozen=True, slots=True)
class User:
    """A person with a password, of which only a slow hash is kept. Times in seconds since the epoch, 0: never."""

    name: str
    tenant: str
    role: Role
    created_at_s: float
    disabled_at_s: float
    seen_at_s: float
