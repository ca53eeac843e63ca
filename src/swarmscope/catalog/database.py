"""The database under the catalog: how it is opened and brought up to date, and what its errors mean to a caller."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, ExceptionContext
from sqlalchemy.pool import PoolProxiedConnection

from swarmscope.errors import ConfigError, InputError, OverloadError, SchemaError, StoreAwayError
from swarmscope.telemetry import logger

REVISION = "0005"
"""Newest file of `migrations/versions`."""
CONNECT_TIMEOUT_S = 5
POOL_WAIT_S = 5.0
LOCK_WAIT_S = 5.0
"""How long a change waits for others of the same row. A program that stops in the midst of one holds nobody up for longer."""
STATEMENT_S = 30.0
IDLE_S = 30.0
"""In a transaction, after which PostgreSQL ends it: its program hangs."""
_LIBPQ = ("psycopg", "psycopg2")
# a server that vanishes without a word is given up after 25 s, not after the two hours of TCP
_LINK = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25_000}
_NAMES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
_ALONE = 7_239_180_041  # names the advisory lock in PostgreSQL; any number of our own
_TRIES = 3
_TELL_EVERY_S = 10.0
_ROOM_BYTES = 1 << 20  # with less, SQLite may not open a database that is written
_log = logger("catalog")
_T = TypeVar("_T")


def connect(url: str | Path) -> sa.Engine:
    """The database of an SQLAlchemy URL, or of an SQLite file that is created when absent; its schema is brought up to date.

    From then on StoreAwayError: it cannot be reached, a retry helps; OverloadError: all connections have been busy for
    POOL_WAIT_S, as when it hangs. InputError: it cannot hold a text (NUL, too long).
    ConfigError: the URL is malformed, its driver is not installed, or its user may not make tables.
    SchemaError: it is newer than this program.
    """
    engine = _engine(_parsed(url))
    try:
        with _where_it_is(engine.url):
            _migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def examine(url: str | Path) -> tuple[str, str]:
    """What kind of database it is and the revision of its schema, empty where there is none yet. Changes and makes nothing.

    Errors as `connect`.
    """
    parsed = _parsed(url)
    kind = _NAMES.get(parsed.get_backend_name(), parsed.get_backend_name())
    if kind == "SQLite" and not Path(parsed.database or "").is_file():
        return kind, ""
    engine = _engine(parsed)
    try:
        with _where_it_is(engine.url):
            return kind, _revision(engine)
    finally:
        engine.dispose()


@contextmanager
def alone(engine: sa.Engine) -> Iterator[Connection]:
    """A transaction that waits for those of other programs that were begun so; changes of the schema belong to it."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":  # its driver would begin one with the first row only
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif engine.dialect.name == "postgresql":
            for limit in _limits():  # others may be at it for long, and so may this one
                connection.execute(sa.text(f"SET LOCAL {limit} = 0"))
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ALONE)))
        yield connection


def insert_once(engine: sa.Engine, write: Callable[[Connection], _T]) -> _T:
    """`write` in one transaction of its own, again where another program inserted the same row at the same moment."""
    for left in range(_TRIES - 1, -1, -1):
        try:
            with engine.begin() as db:
                return write(db)
        except sa.exc.IntegrityError:
            if not left:
                raise
    raise AssertionError("unreachable: the last try returns or raises")


@contextmanager
def _where_it_is(url: sa.URL) -> Iterator[None]:
    """Who starts the program is told where it looked for the database, and what it lacks there."""
    try:
        yield
    except StoreAwayError as e:
        raise StoreAwayError(f"the catalog's database does not answer: {_said(e.__cause__)}; {_remedy(url)}") from e
    except sa.exc.ProgrammingError as e:
        raise ConfigError(
            f"the catalog's tables cannot be made or read: {_said(e.orig)}; give the user of storage.catalog_url a database "
            "of its own, or the right to make tables in this one"
        ) from e


def _remedy(url: sa.URL) -> str:
    """SQLite calls a full disk an I/O error, and opens nothing there."""
    if url.get_backend_name() == "sqlite" and url.database:
        folder = Path(url.database).absolute().parent
        if folder.is_dir() and shutil.disk_usage(folder).free < _ROOM_BYTES:
            return f"the disk of {folder} is full: make room there and start again, nothing stored is lost"
    return "see storage.catalog_url"


def _parsed(url: str | Path) -> sa.URL:
    if isinstance(url, Path):
        return sa.URL.create("sqlite", database=str(url))
    with _usable():
        return sa.make_url(url)


def _engine(url: sa.URL) -> sa.Engine:
    with _usable():
        engine = _of_file(url) if url.get_backend_name() == "sqlite" else _of_server(url)
    sa.event.listen(engine, "handle_error", _Translator())
    return engine


@contextmanager
def _usable() -> Iterator[None]:
    try:
        yield
    except (
        sa.exc.ArgumentError,
        ImportError,
    ) as e:  # an unknown dialect is the first, a driver that is absent the second
        raise ConfigError(
            f"storage.catalog_url cannot be used: {e}; give a URL such as postgresql+psycopg://user:password@host/database "
            "and install its driver (pip install 'swarmscope[postgresql]')"
        ) from e


def _of_file(url: sa.URL) -> sa.Engine:
    if url.database is None:  # in memory: there is one connection
        engine = sa.create_engine(url)
    else:
        file = Path(url.database)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)  # it holds the tenants' secrets
        engine = sa.create_engine(url, poolclass=_Pool, pool_timeout=POOL_WAIT_S)
    sa.event.listen(engine, "connect", _sqlite_pragmas)
    return engine


def _of_server(url: sa.URL) -> sa.Engine:
    usual = {"connect_timeout": CONNECT_TIMEOUT_S} | _LINK if url.get_dialect().driver in _LIBPQ else {}
    ours = {name: value for name, value in usual.items() if name not in url.query}
    engine = sa.create_engine(url, pool_pre_ping=True, connect_args=ours, poolclass=_Pool, pool_timeout=POOL_WAIT_S)
    if engine.dialect.name == "postgresql" and "options" not in url.query:
        sa.event.listen(engine, "connect", _postgresql_limits)
    return engine


class _Pool(sa.QueuePool):
    """Says in our words that no connection became free."""

    def connect(self) -> PoolProxiedConnection:
        try:
            return super().connect()
        except sa.exc.TimeoutError as e:
            raise OverloadError(
                f"all connections to the catalog's database have been busy for {POOL_WAIT_S:g} s; try again",
                POOL_WAIT_S,
            ) from e


class _Translator:
    """Raises what a driver says in the words of our errors; what is not known stays as it is.

    Where the database is stands in the log, now and then, and not in the error: strangers at the door see that.
    """

    def __init__(self) -> None:
        self._told_at_s = -_TELL_EVERY_S

    def __call__(self, context: ExceptionContext) -> None:
        error, original = context.sqlalchemy_exception, context.original_exception
        if context.is_pre_ping:
            return
        if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) or context.is_disconnect:
            now = time.monotonic()
            if now - self._told_at_s >= _TELL_EVERY_S:
                self._told_at_s = now
                _log.warning("catalog_away", error=_said(original))
            raise StoreAwayError("the catalog's database does not answer; the log says why; try again") from original
        if isinstance(error, sa.exc.DataError) or isinstance(original, UnicodeEncodeError):
            raise InputError(
                "the catalog cannot hold a text of this call: it is too long, or has a NUL or half a surrogate pair"
            ) from original


def _said(error: BaseException | None) -> str:
    return str(error).strip().partition("\n")[0]


def _sqlite_pragmas(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined] # a DB-API connection, which has no common type
    for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _limits() -> dict[str, float]:
    """Settings of PostgreSQL → seconds."""
    return {
        "lock_timeout": LOCK_WAIT_S,
        "statement_timeout": STATEMENT_S,
        "idle_in_transaction_session_timeout": IDLE_S,
    }


def _postgresql_limits(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined] # a DB-API connection, which has no common type
    for name, seconds in _limits().items():
        cursor.execute(f"SET {name} = {round(seconds * 1000)}")
    cursor.close()
    connection.commit()  # type: ignore[attr-defined] # as above


def _revision(engine: sa.Engine) -> str:
    with engine.connect() as db:
        if not sa.inspect(db).has_table("alembic_version"):
            return ""
        return str(db.execute(sa.text("select version_num from alembic_version")).scalar_one_or_none() or "")


def _keep_copy(engine: sa.Engine, file: Path) -> None:
    """`snapshots/<name>-before-<revision>-<time>` beside the file; of those of one revision the oldest and the newest stay."""
    folder, name = file.parent / "snapshots", f"{file.name}-before-{REVISION}-"
    folder.mkdir(mode=0o700, exist_ok=True)
    copy = folder / f"{name}{time.time_ns()}"
    draft = folder / f"{file.name}.partial"
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)  # it holds the tenants' secrets
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.execute(sa.text("VACUUM INTO :copy"), {"copy": str(draft)})
    draft.rename(copy)
    for between in sorted(folder.glob(f"{name}*"))[1:-1]:
        between.unlink()


def _migrate(engine: sa.Engine) -> None:
    """All or nothing, and by one program at a time: who waited finds it done. A file is copied before: there is no way back."""
    found = _revision(engine)
    if found == REVISION:
        return
    if found > REVISION:  # four digits each
        raise SchemaError(
            f"the catalog has revision {found} and is newer than this program, which knows {REVISION}; start the version that "
            "wrote it, or restore the copy taken before the upgrade"
        )
    if found and engine.dialect.name == "sqlite" and engine.url.database:
        _keep_copy(engine, Path(engine.url.database))
    from alembic import command  # imported here: most starts find the catalog current
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with alone(engine) as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as e:
            raise SchemaError(f"the catalog is newer than this program ({e}); start the version that wrote it") from e
