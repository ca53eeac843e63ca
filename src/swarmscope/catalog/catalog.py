"""Mutable state of people: the install's id, tenants and their secrets, keys, users, settings, verdicts, the audit log.

SQLite in the data directory by default, PostgreSQL when shared. Every change is one transaction and one audit row. The
secret of a key is shown once, when it is made; only its SHA-256 is kept (secrets have 192 random bits, so a slow hash
would add nothing).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from swarmscope.catalog import changes
from swarmscope.catalog.database import alone, connect, insert_once
from swarmscope.catalog.decisions import Decisions
from swarmscope.catalog.rights import tenant_for
from swarmscope.catalog.tables import AUDIT, INSTALL, KEYS, SETTINGS, TENANTS, USERS
from swarmscope.catalog.users import Users
from swarmscope.catalog.verdicts import Verdicts
from swarmscope.errors import AuthError, InputError, NotFoundError, OverloadError, StoreAwayError
from swarmscope.model.access import DEFAULT_TENANT, Key, Principal, Role

CACHE_S = 5.0
CACHE_MAX = 10_000
VALUE_MAX_BYTES = 1024 * 1024
CHANGES_MAX = 20
"""How often a change is tried when others come before it."""
KEY_PREFIX = "swk"
_KEY_ID = re.compile(r"[0-9a-f]{12}")


class Catalog:
    """Owns one database; safe to use from several threads, and beside other programs on the same database.

    url: SQLAlchemy URL, or a path to an SQLite file that is created when absent. Errors of the database: see `connect`.
    """

    def __init__(self, url: str | Path, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._engine = connect(url)
        self._known: dict[str, tuple[float, Principal]] = {}
        self._revoked = 0  # how often; what was looked up before is not remembered after
        self._secrets: dict[str, bytes] = {}
        self._tenants: list[str] = []
        self._lock = threading.Lock()
        self.install_id: str = self._install()
        self.users = Users(self._engine, self._audit, now)
        self.decisions = Decisions(self._engine, self._audit)
        self.verdicts = Verdicts(self._engine, self._audit, now)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def ask(self) -> None:
        """Read one row. StoreAwayError, OverloadError: the database does not answer."""
        with self._engine.connect() as db:
            db.execute(sa.select(INSTALL.c.id).limit(1))

    def _install(self) -> str:
        known = sa.select(INSTALL.c.id).order_by(INSTALL.c.created_at_s)
        with self._engine.connect() as db:
            found = db.execute(known).scalar()
        if found is None:
            with alone(self._engine) as db:
                found = db.execute(known).scalar()
                if found is None:
                    found = secrets.token_hex(8)
                    db.execute(INSTALL.insert().values(id=found, created_at_s=self._now()))
        return str(found)

    # ---- tenants

    def tenant_secret(self, tenant: str) -> bytes:
        """16 bytes that key the message hashes of `tenant`; made on first use, the same ever after."""
        known = self._secrets.get(tenant)
        if known is not None:
            return known

        def find_or_make(db: Connection) -> bytes:
            row = db.execute(sa.select(TENANTS.c.secret).where(TENANTS.c.name == tenant)).first()
            if row is not None:
                return bytes(row[0])
            made = secrets.token_bytes(16)
            db.execute(TENANTS.insert().values(name=tenant, secret=made, created_at_s=self._now()))
            return made

        self._secrets[tenant] = secret = insert_once(self._engine, find_or_make)
        return secret

    def tenants(self) -> list[str]:
        """Names of the tenants that sent something, or have keys or users; sorted.

        While the database does not answer, those that were known last: what looks at their data needs no more of it.
        """
        known = sa.union(sa.select(TENANTS.c.name), sa.select(KEYS.c.tenant), sa.select(USERS.c.tenant))
        try:
            with self._engine.connect() as db:
                self._tenants = sorted(row[0] for row in db.execute(known))
        except (StoreAwayError, OverloadError):
            if not self._tenants:
                raise
        return list(self._tenants)

    # ---- keys

    def create_key(
        self, by: Principal, role: Role, name: str, *, tenant: str = "", expires_at_s: float = 0.0
    ) -> tuple[Key, str]:
        """A new key and its secret text, which is shown this once.

        tenant: the caller's own unless given. InputError: a name that is empty or longer than 256, an expiry in the past.
        """
        if not 0 < len(name) <= 256:
            raise InputError(f"a key needs a name of 1 to 256 characters, not {len(name)}")
        now = self._now()
        tenant = tenant_for(by, tenant, "keys")
        if expires_at_s and expires_at_s <= now:
            raise InputError(f"expires_at_s={expires_at_s} lies in the past; give a later time, or 0 for never")
        key = Key(secrets.token_hex(6), tenant, role, name, now, expires_at_s, 0.0)
        secret = f"{KEY_PREFIX}_{key.id}_{secrets.token_urlsafe(24)}"
        with self._engine.begin() as db:
            self._insert_key(db, key, secret)
            self._audit(db, by, "key.create", key.id, f"role={role} tenant={key.tenant} name={name}")
        return key, secret

    def ensure_key(self, secret: str, role: Role, name: str) -> None:
        """Make sure that `secret` (from the configuration) is a key of the default tenant."""
        if len(secret) < 16:
            raise InputError(f"the configured {name} has {len(secret)} characters; use at least 16 random ones")
        key_id = hashlib.sha256(secret.encode()).hexdigest()[:12]

        def make(db: Connection) -> None:
            if db.execute(sa.select(KEYS.c.id).where(KEYS.c.id == key_id)).first() is None:
                key = Key(key_id, DEFAULT_TENANT, role, name, self._now(), 0.0, 0.0)
                self._insert_key(db, key, secret)

        insert_once(self._engine, make)

    def keys(self, tenant: str) -> list[Key]:
        """The keys of a tenant, newest first, revoked ones too."""
        query = sa.select(KEYS).where(KEYS.c.tenant == tenant).order_by(KEYS.c.created_at_s.desc())
        with self._engine.connect() as db:
            return [_key(row) for row in db.execute(query)]

    def revoke_key(self, by: Principal, key_id: str) -> None:
        """From now on (CACHE_S later elsewhere) the key is refused. NotFoundError: not a key of the caller's tenant."""
        mine = sa.and_(KEYS.c.id == key_id, KEYS.c.tenant == by.tenant)
        with self._engine.begin() as db:
            changed = db.execute(KEYS.update().where(mine, KEYS.c.revoked_at_s == 0).values(revoked_at_s=self._now()))
            if changed.rowcount == 0 and db.execute(sa.select(KEYS.c.id).where(mine)).first() is None:
                raise NotFoundError(f"no key {key_id!r} in this tenant")
            self._audit(db, by, "key.revoke", key_id, "")
        with self._lock:
            self._revoked += 1
            self._known.clear()

    def remembers(self, secret: str) -> bool:
        """Whether `authenticate` answers without the database."""
        hit = self._known.get(hashlib.sha256(secret.encode()).hexdigest())
        return hit is not None and self._now() - hit[0] < CACHE_S

    def authenticate(self, secret: str) -> Principal:
        """Who holds `secret`. AuthError: not known, expired or revoked."""
        digest = hashlib.sha256(secret.encode()).digest()
        cache_key = digest.hex()
        hit, revoked = self._known.get(cache_key), self._revoked
        now = self._now()
        if hit is not None and now - hit[0] < CACHE_S:
            return hit[1]
        parts = secret.split("_", 2)
        key_id = parts[1] if len(parts) == 3 and parts[0] == KEY_PREFIX else cache_key[:12]
        row = None
        if _KEY_ID.fullmatch(key_id):
            with self._engine.connect() as db:
                row = db.execute(sa.select(KEYS).where(KEYS.c.id == key_id)).first()
        if row is None or not hmac.compare_digest(bytes(row.hash), digest):
            raise AuthError("this key is not known; make one with `swarmscope keys create` or in Settings")
        if row.revoked_at_s:
            raise AuthError(f"key {key_id} ({row.name}) was revoked; use another")
        if row.expires_at_s and row.expires_at_s <= now:
            raise AuthError(f"key {key_id} ({row.name}) has expired; make a new one")
        principal = Principal(row.tenant, Role(row.role), row.id)
        with self._lock:
            if len(self._known) >= CACHE_MAX:
                self._known.clear()
            if revoked == self._revoked:
                self._known[cache_key] = (now, principal)
        return principal

    # ---- settings

    def setting(self, tenant: str, name: str) -> str | None:
        """The text stored under `name`, None where nothing was."""
        query = sa.select(SETTINGS.c.value).where(SETTINGS.c.tenant == tenant, SETTINGS.c.name == name)
        with self._engine.connect() as db:
            row = db.execute(query).first()
        return None if row is None else str(row[0])

    def settings(self, tenant: str, prefix: str = "") -> dict[str, str]:
        """All settings of a tenant whose names start with `prefix`."""
        query = sa.select(SETTINGS.c.name, SETTINGS.c.value).where(
            SETTINGS.c.tenant == tenant, SETTINGS.c.name.startswith(prefix, autoescape=True)
        )
        with self._engine.connect() as db:
            return {row[0]: row[1] for row in db.execute(query)}

    def put_setting(self, by: Principal, name: str, value: str | None) -> None:
        """Store `value` under `name` for the caller's tenant; None removes it.

        InputError: the value is larger than VALUE_MAX_BYTES.
        """
        self.change_setting(by, name, lambda _stored: value)

    def change_setting(self, by: Principal, name: str, change: Callable[[str | None], str | None]) -> None:
        """Store what `change` makes of the text under `name` of the caller's tenant; None: there is none, or shall be none.

        What others store meanwhile is not lost: `change` is called again with that. What it raises leaves all as it was.
        InputError: as `put_setting`. OverloadError: others changed it each time.
        """
        for _ in range(CHANGES_MAX):
            if insert_once(self._engine, lambda db: self._change_setting(db, by, name, change)):
                return
        raise OverloadError(f"setting {name} is changed by others all the time; try again")

    def _change_setting(
        self, db: Connection, by: Principal, name: str, change: Callable[[str | None], str | None]
    ) -> bool:
        """Whether it was still what `change` saw."""
        mine = sa.and_(SETTINGS.c.tenant == by.tenant, SETTINGS.c.name == name)
        stored = db.execute(sa.select(SETTINGS.c.value).where(mine)).scalar_one_or_none()
        value = change(stored)
        if value is not None and len(value.encode()) > VALUE_MAX_BYTES:
            raise InputError(f"setting {name} is larger than {VALUE_MAX_BYTES} bytes; split it")
        row = {"value": value, "changed_at_s": self._now()}
        as_seen = sa.and_(mine, SETTINGS.c.value == stored)
        if stored is None and value is not None:
            db.execute(SETTINGS.insert().values(tenant=by.tenant, name=name, **row))
        elif stored is not None:
            write = SETTINGS.delete() if value is None else SETTINGS.update().values(**row)
            if db.execute(write.where(as_seen)).rowcount == 0:
                return False
        action = "setting.put" if value is not None else "setting.delete"
        self._audit(db, by, action, name, changes.told(stored, value))
        return True

    # ---- audit

    def audit(self, by: Principal, action: str, subject: str, detail: str = "") -> None:
        """Note one change."""
        with self._engine.begin() as db:
            self._audit(db, by, action, subject, detail)

    def audit_log(self, tenant: str, limit: int = 200) -> list[dict[str, object]]:
        """The latest changes of a tenant, newest first."""
        query = sa.select(AUDIT).where(AUDIT.c.tenant == tenant).order_by(AUDIT.c.id.desc()).limit(min(limit, 10_000))
        with self._engine.connect() as db:
            return [dict(row._mapping) for row in db.execute(query)]

    def last_change(self, tenant: str, setting: str) -> dict[str, object] | None:
        """Who changed a setting last, and when: its row of the audit log; None where nobody did."""
        mine = sa.and_(AUDIT.c.tenant == tenant, AUDIT.c.subject == setting, AUDIT.c.action.startswith("setting."))
        with self._engine.connect() as db:
            row = db.execute(sa.select(AUDIT).where(mine).order_by(AUDIT.c.id.desc()).limit(1)).first()
        return None if row is None else dict(row._mapping)

    def _audit(self, db: Connection, by: Principal, action: str, subject: str, detail: str) -> None:
        row = {"at_s": self._now(), "tenant": by.tenant, "key_id": by.key_id, "user": by.user, "action": action}
        db.execute(AUDIT.insert().values(**row, subject=subject[:256], detail=detail))

    def _insert_key(self, db: Connection, key: Key, secret: str) -> None:
        row = {"id": key.id, "tenant": key.tenant, "role": str(key.role), "name": key.name}
        times = {"created_at_s": key.created_at_s, "expires_at_s": key.expires_at_s, "revoked_at_s": 0.0}
        db.execute(KEYS.insert().values(**row, **times, hash=hashlib.sha256(secret.encode()).digest()))


def _key(row: sa.Row[tuple[object, ...]]) -> Key:
    m = row._mapping
    return Key(
        m["id"], m["tenant"], Role(m["role"]), m["name"], m["created_at_s"], m["expires_at_s"], m["revoked_at_s"]
    )
