"""The database under the catalog: how it is opened and brought up to date, and what its errors mean to a caller."""

from __future__ import annotations

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
_LIBPQ = ("psycopg", "psycopg2")
_ALONE = 7_239_180_041  # names the advisory lock in PostgreSQL; any number of our own
_TRIES = 3
_TELL_EVERY_S = 10.0
_log = logger("catalog")
_T = TypeVar("_T")


def connect(url: str | Path) -> sa.Engine:
    """The database of an SQLAlchemy URL, or of an SQLite file that is created when absent; its schema is brought up to date.

    From then on StoreAwayError: it cannot be reached, a retry helps; OverloadError: all connections have been busy for
    POOL_WAIT_S, as when it hangs. InputError: it cannot hold a text (NUL, too long).
    ConfigError: the URL is malformed or its driver is not installed. SchemaError: it is newer than this program.
    """
    engine = _engine(sa.URL.create("sqlite", database=str(url)) if isinstance(url, Path) else url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _sqlite_pragmas)
    sa.event.listen(engine, "handle_error", _Translator())
    try:
        _migrate(engine)
    except StoreAwayError as e:  # who starts the program is told where it looked
        engine.dispose()
        raise StoreAwayError(
            f"the catalog's database does not answer: {_said(e.__cause__)}; see storage.catalog_url"
        ) from e
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def alone(engine: sa.Engine) -> Iterator[Connection]:
    """A transaction that waits for those of other programs that were begun so; changes of the schema belong to it."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":  # its driver would begin one with the first row only
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif engine.dialect.name == "postgresql":
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


def _engine(url: str | sa.URL) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _of_file(parsed)
        options = {"connect_timeout": CONNECT_TIMEOUT_S} if parsed.get_dialect().driver in _LIBPQ else {}
        return sa.create_engine(
            parsed, pool_pre_ping=True, connect_args=options, poolclass=_Pool, pool_timeout=POOL_WAIT_S
        )
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
        return sa.create_engine(url)
    file = Path(url.database)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)  # it holds the tenants' secrets
    return sa.create_engine(url, poolclass=_Pool, pool_timeout=POOL_WAIT_S)


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
