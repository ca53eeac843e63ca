"""Who is calling, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

DEFAULT_TENANT = "default"


class Role(StrEnum):
    """What a key may do. `ingest` writes telemetry and reads nothing; the others include the one before."""

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


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller of one request: the tenant comes from the credential, never from the payload."""

    tenant: str
    role: Role
    key_id: str = ""
    """Empty: no credential (allowed on loopback only)."""


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
