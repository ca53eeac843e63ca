"""Where the machine code of these kernels is kept: beside that of the wire's, named by a hash of all their source.

Numba by itself keeps code beside the source and misses changes in called helpers.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from swarmscope.ingest.wire import cache as wire

_COMPLETE = "complete"


def _source_hash() -> str:
    here = Path(__file__).parent
    return wire.hash_of([*sorted(here.glob("*.py")), here.parent / "columns.py"])


@cache
def directory() -> Path:
    """The cache directory; it exists."""
    base = wire.directory()
    path = base.with_name(f"pipeline-{_source_hash()}") if wire.is_shared() else base / "pipeline"
    path.mkdir(parents=True, exist_ok=True)
    return path


def is_complete() -> bool:
    """Whether every kernel can be loaded without compiling."""
    return (directory() / _COMPLETE).exists()


def mark_complete() -> None:
    """Every kernel has been compiled."""
    (directory() / _COMPLETE).touch()


def is_shared() -> bool:
    """Whether another process sees the same directory."""
    return wire.is_shared()
