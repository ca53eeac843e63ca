"""Where machine code of loops over columns is kept, and how it is made: a directory per user and per version of its source.

Numba by itself keeps code beside the source and misses changes in called functions; here the directory's name holds a hash
of all of them. It is marked complete when every unit has been compiled, which a process of its own does.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from swarmscope.telemetry import logger

_log = logger("machine_code")
_declaring = threading.RLock()
_COMPLETE = "complete"
UNUSED_MAX_S = 60 * 86_400
COMPILE_TIMEOUT_S = 600.0
NICE = 10


def _user_cache() -> Path:
    if chosen := os.environ.get("XDG_CACHE_HOME"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")


def hash_of(files: Sequence[Path]) -> str:
    """Of all that machine code depends on, or by which Numba judges whether it fits: place and time of `files` too."""
    from llvmlite import binding

    digest = hashlib.sha256(f"{binding.get_host_cpu_name()} {binding.get_host_cpu_features().flatten()}".encode())
    for file in files:
        digest.update(f"{file.resolve()} {file.stat().st_mtime_ns}".encode())
        digest.update(file.read_bytes())
    for package in ("numba", "llvmlite", "numpy"):
        digest.update(version(package).encode())
    digest.update(sys.version.encode())
    digest.update(os.environ.get("NUMBA_BOUNDSCHECK", "").encode())
    return digest.hexdigest()[:16]


def place(name: str) -> Path:
    """A cache directory, made if need be; one that ends with this process where the user has none that can be written."""
    try:
        path = _user_cache() / "swarmscope" / name
        path.mkdir(parents=True, exist_ok=True)
        if os.access(path, os.W_OK) or is_complete(path):
            return path
    except (OSError, RuntimeError):  # no home, read-only, not a directory
        pass
    path = Path(_own().name) / "swarmscope" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


@cache
def _own() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="swarmscope-kernels-")


def compile_elsewhere(path: Path, code: str) -> bool:
    """Run `code`, which fills `path`, in another interpreter; whether it did. Compiling takes hundreds of megabytes, and
    the interpreter's lock for seconds."""
    begun = time.monotonic()
    _log.info("kernels_compile", directory=str(path), effect="slower plain code serves meanwhile")
    environment = os.environ | {"XDG_CACHE_HOME": str(path.parents[1])}
    code = f"import os\nif hasattr(os, 'nice'): os.nice({NICE})\n{code}"  # requests come first
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and text
            [sys.executable, "-c", code], capture_output=True, timeout=COMPILE_TIMEOUT_S, check=False, env=environment
        )
        error = done.stderr.decode(errors="replace")[-400:] if done.returncode else ""
    except (OSError, subprocess.TimeoutExpired) as e:
        error = str(e)
    if error:
        _log.warning("kernels_unavailable", directory=str(path), error=error, effect="the slower plain code serves")
    else:
        _log.info("kernels_compiled", directory=str(path), seconds=round(time.monotonic() - begun, 1))
    return not error


@contextmanager
def keeping(path: Path) -> Iterator[None]:
    """Functions declared meanwhile have their machine code in `path`. Numba asks for the directory when a function is
    declared, and it knows one for the whole process: two threads must not set it at once."""
    import numba

    config: Any = numba.config
    with _declaring:
        before = config.CACHE_DIR
        config.CACHE_DIR = str(path)
        try:
            yield
        finally:
            config.CACHE_DIR = before


def is_complete(path: Path) -> bool:
    """Whether all that belongs there can be loaded without compiling."""
    return (path / _COMPLETE).exists()


def mark_complete(path: Path) -> None:
    """All has been compiled, or loaded again; directories of its kind that nobody has loaded for long are removed."""
    with suppress(OSError):  # read-only: it has been marked before
        (path / _COMPLETE).touch()
    oldest_s = time.time() - UNUSED_MAX_S
    for other in path.parent.glob(f"{path.name.partition('-')[0]}-*"):
        with suppress(OSError):
            mark = other / _COMPLETE
            if (mark if mark.exists() else other).stat().st_mtime < oldest_s:
                shutil.rmtree(other, ignore_errors=True)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process at a time compiles into `path`; the others find its work. Where files cannot be locked, each does it."""
    if is_complete(path):
        yield
        return
    with (path / "lock").open("w") as file:
        try:
            import fcntl
        except ImportError:  # Windows
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Loops:
    """Plain functions over arrays as machine code: compiled once per version in a process of its own, loaded in the background.

    They call nothing but each other's constants, so that the hash of their file tells all. Until machine code is there, and
    where it cannot be made, there is none, and callers take another way.
    """

    def __init__(
        self, name: str, place_of: str, functions: Sequence[Callable[..., Any]], run: Callable[[Any], None]
    ) -> None:
        """place_of: the importable name `module:attribute` of this object, for the process that compiles. run: calls each
        function once with the types that count."""
        self._name, self._place_of, self._functions, self._run = name, place_of, tuple(functions), run
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._made: SimpleNamespace | None = None
        self._directory: Path | None = None

    def get(self) -> Any | None:
        """The functions as machine code, by name; None: not yet. The first call begins to load or compile them."""
        if self._made is None:
            self.begin()
        return self._made

    def begin(self) -> threading.Thread:
        """Load or compile them in the background, once."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._prepare, name=f"{self._name}-kernels", daemon=True)
                self._thread.start()
            return self._thread

    def wait(self, seconds: float = COMPILE_TIMEOUT_S) -> bool:
        """Whether they are there after that many seconds."""
        self.begin().join(seconds)
        return self._made is not None

    def directory(self) -> Path:
        """Where their machine code is kept."""
        if self._directory is None:
            files = sorted({Path(one.__code__.co_filename) for one in self._functions})
            self._directory = place(f"{self._name}-{hash_of(files)}")
        return self._directory

    def compile_all(self) -> None:
        """Compile all of them, or load what is there."""
        with alone(self.directory()):
            self._run(self._load())
            mark_complete(self.directory())

    def _load(self) -> SimpleNamespace:
        import numba

        njit: Any = numba.njit
        with keeping(self.directory()):
            return SimpleNamespace(
                **{one.__name__: njit(cache=True, nogil=True, error_model="numpy")(one) for one in self._functions}
            )

    def _prepare(self) -> None:
        module, _, attribute = self._place_of.partition(":")
        code = f"from {module} import {attribute}; {attribute}.compile_all()"
        try:
            if not is_complete(self.directory()) and not compile_elsewhere(self.directory(), code):
                return
            made = self._load()
            self._run(made)
            mark_complete(self.directory())
            self._made = made
        except Exception as e:  # noqa: BLE001 - whatever fails here, callers take another way
            _log.warning(
                "kernels_unavailable", of=self._name, error=f"{type(e).__name__}: {e}", effect="slower ways serve"
            )
