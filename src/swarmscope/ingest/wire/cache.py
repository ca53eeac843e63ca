"""Where the machine code of the kernels of the wire is kept."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from swarmscope.machine_code import (
    COMPILE_TIMEOUT_S,
    alone,
    compile_elsewhere,
    hash_of,
    is_complete,
    keeping,
    mark_complete,
    place,
)

__all__ = [
    "COMPILE_TIMEOUT_S",
    "alone",
    "compile_elsewhere",
    "directory",
    "hash_of",
    "is_complete",
    "keeping",
    "mark_complete",
    "place",
    "source_hash",
]
_WIRE = Path(__file__).parent


def source_hash() -> str:
    """Of what the kernels of the wire are made of."""
    return hash_of([*sorted((_WIRE / "kernels").glob("*.py")), _WIRE / "layout.py", _WIRE.parent / "columns.py"])


@cache
def directory() -> Path:
    """Where the kernels of the wire are kept."""
    return place(f"kernels-{source_hash()}")
