"""One thread a call for libraries of linear algebra.

The arrays here are many and small: a multiplication of 199 × 72 by 72 × 72 takes less time by one thread than to wake a second,
and OpenBLAS lets the second wait at full speed for tens of milliseconds after each. Two cores serve a whole fleet.
"""

from __future__ import annotations

import os

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "MKL_NUM_THREADS")


def alone() -> None:
    """Hold for this process and what it starts, if called before NumPy is imported; what the environment says goes first."""
    for name in VARIABLES:
        os.environ.setdefault(name, "1")
