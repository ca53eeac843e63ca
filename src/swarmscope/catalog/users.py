"""People who log in with a name and a password.

A password is kept as an Argon2id hash only. Who logs in gets a token of 256 random bits, of which only the SHA-256 is
kept: it holds until it was not used for IDLE_S, at most LONGEST_S, or until the user logs out, is disabled, removed or
given a new password.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.engine import Connection

from swarmscope.catalog.rights import tenant_for
from swarmscope.catalog.tables import LOGINS, USERS
from swarmscope.errors import AuthError, ForbiddenError, InputError, NotFoundError, OverloadError
from swarmscope.model.access import DEFAULT_TENANT, Principal, Role, User

IDLE_S = 7 * 86_400.0
LONGEST_S = 30 * 86_400.0
PASSWORD_MIN = 10
PASSWORD_MAX = 256
LOGINS_MAX = 32
"""Of one user; the oldest makes room."""
SEEN_EVERY_S = 60.0
CACHE_S = 5.0
CACHE_MAX = 10_000
HASH_WAIT_S = 2.0
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,127}")

_Audit = Callable[[Connection, Principal, str, str, str], None]


class Users:
    """The users of one catalog; safe to use from several threads. Names are unique in the install, upper case is lower.

    Who writes both a user and their logins writes the user first: two that wait for each other's rows would wait for good.
    """

    def __init__(self, engine: sa.Engine, audit: _Audit, now: Callable[[], float]) -> None:
        self._engine = engine
        self._audit = audit
        self._now = now
        self._hasher = PasswordHasher()
        self._nobody = ""  # a hash that unknown names are tried against, so that they take as long as known ones
        self._hashing = threading.BoundedSemaphore(2)  # each takes 64 MiB and tens of milliseconds
        self._known: dict[bytes, tuple[float, Principal]] = {}
        self._changed = 0  # how often; what was looked up before is not remembered after
        self._lock = threading.Lock()

    # ---- administration

    def any(self) -> bool:
        """Whether there is any user."""
        with self._engine.connect() as db:
            return db.execute(sa.select(USERS.c.name).limit(1)).first() is not None

    def listed(self, by: Principal) -> list[User]:
        """By name: those of the caller's tenant; admins of the default tenant see all."""
        query = sa.select(USERS).order_by(USERS.c.name)
        if by.tenant != DEFAULT_TENANT:
            query = query.where(USERS.c.tenant == by.tenant)
        with self._engine.connect() as db:
            return [_user(row) for row in db.execute(query)]

    def add(self, by: Principal, name: str, password: str, role: Role, tenant: str = "") -> User:
        """A new user. InputError: a name that is taken or malformed, a weak password, the role `ingest`."""
        name = _named(name)
        _check_role(role)
        _check_password(name, password)
        user = User(name, tenant_for(by, tenant, "users"), role, self._now(), 0.0, 0.0)
        row = {"name": name, "tenant": user.tenant, "role": str(role), "password_hash": self._hash(password)}
        times = {"created_at_s": user.created_at_s, "disabled_at_s": 0.0, "seen_at_s": 0.0}
        try:
            with self._engine.begin() as db:
                db.execute(USERS.insert().values(**row, **times))
                self._audit(db, by, "user.add", name, f"role={role} tenant={user.tenant}")
        except sa.exc.IntegrityError as e:
            raise InputError(f"there is a user {name!r} already; names are unique in the whole install") from e
        return user

    def change(
        self,
        by: Principal,
        name: str,
        *,
        role: Role | None = None,
        disabled: bool | None = None,
        password: str | None = None,
        instead_of: str | None = None,
    ) -> User:
        """What is not None is set. A new password and disabling end the user's logins.

        instead_of: the hash that the password must still have, else ForbiddenError.
        NotFoundError: not a user of the caller's. ForbiddenError: one's own role or state, which another admin must change.
        """
        name = _named(name)
        values: dict[str, object] = {}
        if role is not None:
            _check_role(role)
            values["role"] = str(role)
        if disabled is not None:
            values["disabled_at_s"] = self._now() if disabled else 0.0
        if values and by.user == name:
            raise ForbiddenError("nobody changes their own role or state; another admin must")
        if password is not None:
            _check_password(name, password)
            values["password_hash"] = self._hash(password)
        with self._engine.begin() as db:
            self._of(db, by, name)
            if values:
                mine = USERS.c.name == name
                meant = mine if instead_of is None else sa.and_(mine, USERS.c.password_hash == instead_of)
                if db.execute(USERS.update().where(meant).values(**values)).rowcount == 0:
                    raise ForbiddenError("the password was changed by somebody else meanwhile; log in again")
            if password is not None or disabled:
                db.execute(LOGINS.delete().where(LOGINS.c.user == name))
            said = {"role": role, "disabled": disabled, "password": "new" if password is not None else None}
            self._audit(db, by, "user.change", name, " ".join(f"{k}={v}" for k, v in said.items() if v is not None))
            user = self._of(db, by, name)
        self._forget()
        return user

    def remove(self, by: Principal, name: str) -> None:
        """Gone, logins too. NotFoundError, ForbiddenError as `change`."""
        name = _named(name)
        if by.user == name:
            raise ForbiddenError("nobody removes themselves; another admin must")
        with self._engine.begin() as db:
            self._of(db, by, name)
            db.execute(USERS.delete().where(USERS.c.name == name))
            db.execute(LOGINS.delete().where(LOGINS.c.user == name))
            self._audit(db, by, "user.remove", name, "")
        self._forget()

    # ---- the user's own

    def login(self, name: str, password: str) -> tuple[User, str]:
        """The user and a new token. AuthError: name and password do not fit, the user is disabled, or is changed meanwhile."""
        name, now = name.strip().lower(), self._now()
        row = None
        if _NAME.fullmatch(name):
            with self._engine.connect() as db:
                row = db.execute(sa.select(USERS).where(USERS.c.name == name)).first()
        fits = self._fits(row.password_hash if row is not None else self._of_nobody(), password)
        if row is None or not fits:
            if row is not None:
                with self._engine.begin() as db:
                    self._audit(db, Principal(row.tenant, Role(row.role), user=name), "login.refused", name, "")
            raise AuthError("this name and password do not fit together")
        if row.disabled_at_s:
            raise AuthError(f"user {name} is disabled; ask an administrator")
        token = secrets.token_urlsafe(32)
        renewed = self._hash(password) if self._hasher.check_needs_rehash(row.password_hash) else row.password_hash
        as_judged = sa.and_(
            USERS.c.name == name, USERS.c.password_hash == row.password_hash, USERS.c.disabled_at_s == 0.0
        )
        with self._engine.begin() as db:
            # the write comes first, so that no change of the password falls between the check and the login
            seen = db.execute(USERS.update().where(as_judged).values(password_hash=renewed, seen_at_s=now))
            if seen.rowcount == 0:
                raise AuthError(f"user {name} was changed during this login; log in again")
            self._make_room(db, name)
            times = {"created_at_s": now, "seen_at_s": now}
            db.execute(LOGINS.insert().values(hash=_digest(token), user=name, **times))
            self._audit(db, Principal(row.tenant, Role(row.role), user=name), "login", name, "")
        return _user(row), token

    def logout(self, token: str) -> None:
        """The token is refused from now on. Twice changes nothing."""
        with self._engine.begin() as db:
            db.execute(LOGINS.delete().where(LOGINS.c.hash == _digest(token)))
        self._forget()

    def new_password(self, by: Principal, current: str, new: str) -> None:
        """The caller's own. Ends all their logins. AuthError: `current` is wrong. InputError: no user, or `new` is weak."""
        if not by.user:
            raise InputError("only a user who is logged in has a password; a key is made anew instead")
        _check_password(by.user, new)
        with self._engine.connect() as db:
            row = db.execute(sa.select(USERS).where(USERS.c.name == by.user)).first()
        if row is None or not self._fits(row.password_hash, current):
            raise ForbiddenError("the current password is not right")
        self.change(by, by.user, password=new, instead_of=row.password_hash)

    def authenticate(self, token: str) -> Principal:
        """Who holds `token`. AuthError: not known, or ended."""
        digest, now = _digest(token), self._now()
        hit, changed = self._known.get(digest), self._changed
        if hit is not None and now - hit[0] < CACHE_S:
            return hit[1]
        columns = (LOGINS.c.created_at_s, LOGINS.c.seen_at_s, USERS.c.name, USERS.c.tenant, USERS.c.role)
        mine = sa.select(*columns, USERS.c.disabled_at_s).join(USERS, USERS.c.name == LOGINS.c.user)
        with self._engine.connect() as db:
            row = db.execute(mine.where(LOGINS.c.hash == digest)).first()
        over = row is None or now - row.seen_at_s > IDLE_S or now - row.created_at_s > LONGEST_S
        if row is None or over or row.disabled_at_s:
            raise AuthError("this login has ended; log in again")
        if now - row.seen_at_s > SEEN_EVERY_S:
            with self._engine.begin() as db:
                db.execute(USERS.update().where(USERS.c.name == row.name).values(seen_at_s=now))
                db.execute(LOGINS.update().where(LOGINS.c.hash == digest).values(seen_at_s=now))
        principal = Principal(row.tenant, Role(row.role), user=row.name)
        with self._lock:
            if len(self._known) >= CACHE_MAX:
                self._known.clear()
            if changed == self._changed:
                self._known[digest] = (now, principal)
        return principal

    # ---- inside

    def _forget(self) -> None:
        with self._lock:
            self._changed += 1
            self._known.clear()

    def _of(self, db: Connection, by: Principal, name: str) -> User:
        row = db.execute(sa.select(USERS).where(USERS.c.name == name)).first()
        if row is None or by.tenant not in (row.tenant, DEFAULT_TENANT):
            raise NotFoundError(f"no user {name!r} in this tenant")
        return _user(row)

    def _make_room(self, db: Connection, name: str) -> None:
        """Ended logins go, and the oldest of those that are too many."""
        ended = sa.or_(LOGINS.c.seen_at_s < self._now() - IDLE_S, LOGINS.c.created_at_s < self._now() - LONGEST_S)
        db.execute(LOGINS.delete().where(ended))
        newest = sa.select(LOGINS.c.hash).where(LOGINS.c.user == name).order_by(LOGINS.c.seen_at_s.desc())
        old = [row[0] for row in db.execute(newest.offset(LOGINS_MAX - 1))]
        if old:
            db.execute(LOGINS.delete().where(LOGINS.c.hash.in_(old)))

    def _hash(self, password: str) -> str:
        with self._turn():
            return self._hasher.hash(password)

    def _fits(self, password_hash: str, password: str) -> bool:
        if len(password) > PASSWORD_MAX:
            return False
        with self._turn():
            try:
                return self._hasher.verify(password_hash, password)
            except (VerificationError, InvalidHashError):
                return False

    def _of_nobody(self) -> str:
        self._nobody = self._nobody or self._hash(secrets.token_hex(16))
        return self._nobody

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Few hash at once, and the others do not wait for long: logins must not take the machine from everyone."""
        if not self._hashing.acquire(timeout=HASH_WAIT_S):
            raise OverloadError("too many people log in at once; try again", HASH_WAIT_S)
        try:
            yield
        finally:
            self._hashing.release()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _named(name: str) -> str:
    name = name.strip().lower()
    if not _NAME.fullmatch(name):
        raise InputError(f"user name {name[:140]!r}: use 1 to 128 of a-z 0-9 . _ @ + -, a letter or digit first")
    return name


def _check_role(role: Role) -> None:
    if role is Role.INGEST:
        raise InputError("a user is a viewer, an editor or an admin; `ingest` is for keys of programs")


def _check_password(name: str, password: str) -> None:
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise InputError(f"a password has {PASSWORD_MIN} to {PASSWORD_MAX} characters, not {len(password)}")
    if name in password.lower() and len(password) < len(name) + PASSWORD_MIN:
        raise InputError("the password is little more than the name; take another")
    if len(set(password)) < 4:
        raise InputError("the password repeats fewer than 4 characters; take another")


def _user(row: sa.Row[tuple[object, ...]]) -> User:
    m = row._mapping
    return User(m["name"], m["tenant"], Role(m["role"]), m["created_at_s"], m["disabled_at_s"], m["seen_at_s"])
