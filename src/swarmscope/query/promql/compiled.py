"""The loops of `kernels` as machine code, compiled once per version in a process of its own, loaded in the background.

Until it is there, and where it cannot be made, there is none, and queries take the other ways of `grids`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from swarmscope import machine_code as files
from swarmscope.query.promql import kernels
from swarmscope.telemetry import logger

_LOOPS: tuple[Callable[..., None], ...] = (
    kernels.gather_whole,
    kernels.gather_floats,
    kernels.last,
    kernels.count,
    kernels.extreme,
    kernels.change,
)
_log = logger("query")
_lock = threading.Lock()
_thread: threading.Thread | None = None
_made: SimpleNamespace | None = None


def loops() -> Any | None:
    """The functions of `kernels` as machine code; None: not yet. The first call begins to load or compile them."""
    if _made is None:
        begin()
    return _made


def begin() -> threading.Thread:
    """Load or compile them in the background, once."""
    global _thread
    with _lock:
        if _thread is None:
            _thread = threading.Thread(target=_prepare, name="promql-kernels", daemon=True)
            _thread.start()
        return _thread


def wait(seconds: float = files.COMPILE_TIMEOUT_S) -> bool:
    """Whether they are there after that many seconds."""
    begin().join(seconds)
    return _made is not None


@cache
def directory() -> Path:
    """Where their machine code is kept."""
    return files.place(f"promql-{files.hash_of([Path(kernels.__file__)])}")


def compile_all() -> None:
    """Compile all of them, or load what is there."""
    with files.alone(directory()):
        made = _load()
        _run(made)
        files.mark_complete(directory())


def _load() -> SimpleNamespace:
    import numba

    njit: Any = numba.njit
    with files.keeping(directory()):
        made = {one.__name__: njit(cache=True, nogil=True, error_model="numpy")(one) for one in _LOOPS}
    return SimpleNamespace(**made)


def _run(made: SimpleNamespace) -> None:
    """Each once, so that machine code for its types is there."""
    zero, one = np.zeros(1, np.int64), np.ones(1, np.int64)
    t, v = np.zeros(1, np.int32), np.zeros(1)
    u32, bits = np.zeros(1, np.uint32), np.zeros(1, np.uint64)
    out, present = np.zeros((1, 1)), np.zeros((1, 1), bool)
    made.gather_whole(zero, one, u32, t, 1.0, 0, zero.copy(), t.copy(), v.copy())
    made.gather_floats(zero, one, u32, bits, True, 0, zero.copy(), t.copy(), bits.copy())
    made.last(zero, one, t, v, bits, 1, 1, True, out, present)
    made.count(zero, one, t, 1, 1, out, present)
    made.extreme(zero, one, t, v, 1, 1, kernels.MAX, out, present)
    made.change(zero, one, t, v, 1, 1, kernels.RATE, out, present)


def _prepare() -> None:
    global _made
    try:
        if not files.is_complete(directory()) and not files.compile_elsewhere(
            directory(), "from swarmscope.query.promql import compiled; compiled.compile_all()"
        ):
            return
        made = _load()
        _run(made)
        files.mark_complete(directory())
        _made = made
    except Exception as e:  # noqa: BLE001 - whatever fails here, queries take other ways
        _log.warning(
            "kernels_unavailable", error=f"{type(e).__name__}: {e}", effect="PromQL over many series is slower"
        )


if __name__ == "__main__":  # what `make` does once
    compile_all()
