"""The machine instructions of `jit` with every position checked: what NUMBA_BOUNDSCHECK=1 puts in their place.

Slow; tests run the whole pipeline with it, so that a position outside its array is an IndexError there instead of a crash
in production.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])
_njit: Any = numba.njit


def _checked(function: Function) -> Function:
    return cast(Function, _njit(nogil=True, error_model="numpy")(function))


@_checked
def load64(data: Any, index: Any) -> Any:
    """As `jit.load64`."""
    if index < 0 or index + 8 > data.size:
        raise IndexError("load64")
    word = np.uint64(0)
    for i in range(8):
        word |= np.uint64(data[index + i]) << np.uint64(8 * i)
    return word


@_checked
def load32(data: Any, index: Any) -> Any:
    """As `jit.load32`."""
    if index < 0 or index + 4 > data.size:
        raise IndexError("load32")
    word = np.uint64(0)
    for i in range(4):
        word |= np.uint64(data[index + i]) << np.uint64(8 * i)
    return word


@_checked
def byte(data: Any, index: Any) -> Any:
    """As `jit.byte`."""
    if index < 0 or index >= data.size:
        raise IndexError("byte")
    return np.int64(data[index])


@_checked
def item(array: Any, index: Any) -> Any:
    """As `jit.item`."""
    if index < 0 or index >= array.size:
        raise IndexError("item")
    return array[index]


@_checked
def move(target: Any, at: Any, source: Any, start: Any, count: Any) -> None:
    """As `jit.move`."""
    if count < 0 or (count > 0 and (at < 0 or start < 0 or at + count > target.size or start + count > source.size)):
        raise IndexError("move")
    for i in range(count):
        target[at + i] = source[start + i]
