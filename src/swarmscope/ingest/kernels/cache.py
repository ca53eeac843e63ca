"""Where the machine code of these kernels is kept: beside that of the wire's, named by a hash of all their source.

Numba by itself keeps code beside the source and misses changes in called helpers.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from swarmscope.ingest.wire import cache as wire


@cache
def directory() -> Path:
    """The cache directory; it exists."""
    here = Path(__file__).parent
    return wire.place(f"pipeline-{wire.hash_of([*sorted(here.glob('*.py')), here.parent / 'columns.py'])}")
