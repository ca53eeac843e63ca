"""Where the machine code of the kernels is kept: a directory per user and per version of their source.

Numba by itself keeps code beside the source and misses changes in called kernels; here the directory's name holds a hash
of all of them. It is marked complete when every unit has been compiled.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

_WIRE = Path(__file__).parent
_COMPLETE = "complete"
UNUSED_MAX_S = 60 * 86_400


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def source_hash() -> str:
    """Of what the kernels of the wire are made of."""
    return hash_of([*sorted((_WIRE / "kernels").glob("*.py")), _WIRE / "layout.py", _WIRE.parent / "columns.py"])


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


@cache
def directory() -> Path:
    """The cache directory, made if need be; one for this process alone where the user has none that can be written."""
    try:
        path = _user_cache() / "swarmscope" / f"kernels-{source_hash()}"
        path.mkdir(parents=True, exist_ok=True)
        if os.access(path, os.W_OK) or is_complete(path):
            return path
    except (OSError, RuntimeError):  # no home, read-only, not a directory
        pass
    return Path(_own().name)


@cache
def _own() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="swarmscope-kernels-")


def is_complete(path: Path | None = None) -> bool:
    """Whether all units can be loaded without compiling."""
    return ((path or directory()) / _COMPLETE).exists()


def mark_complete() -> None:
    """All units have been compiled, or loaded again; directories that nobody has loaded for long are removed."""
    with suppress(OSError):  # read-only: it has been marked before
        (directory() / _COMPLETE).touch()
    if not is_shared():
        return
    oldest_s = time.time() - UNUSED_MAX_S
    for other in directory().parent.glob("kernels-*"):
        with suppress(OSError):
            if (other / _COMPLETE).stat().st_mtime < oldest_s:
                shutil.rmtree(other, ignore_errors=True)


@contextmanager
def alone() -> Iterator[None]:
    """One process at a time compiles; the others find its work. Where files cannot be locked, each does it."""
    if is_complete():
        yield
        return
    with (directory() / "lock").open("w") as file:
        try:
            import fcntl
        except ImportError:  # Windows
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_shared() -> bool:
    """Whether another process sees the same directory."""
    return _own.cache_info().currsize == 0
