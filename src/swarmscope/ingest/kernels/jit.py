"""How the kernels run: as the plain Python that they are written in, and as machine code as soon as that is there.

The same source is both, so a first start answers while `native` compiles in the background. Plain is some hundred times
slower and gives the same results: integers wrap, `Int` stands for NumPy's or Python's whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from types import FunctionType
from typing import Any, Generic, ParamSpec, TypeVar, cast

import numpy as np

Int = Any  # a machine integer: Numba infers its width and sign
Flag = Any  # a machine truth value
P = ParamSpec("P")
R = TypeVar("R")

_WORD = (1 << 64) - 1
_machine_code: Callable[[Any], Callable[..., Any]] | None = None
kernels: list[Kernel[Any, Any]] = []
helpers: set[FunctionType] = set()


class Kernel(Generic[P, R]):
    """A loop over columns that Python calls. `bare`: it allocates nothing, so its machine code counts no references."""

    def __init__(self, function: Callable[P, R], bare: bool) -> None:
        update_wrapper(self, function)
        self.function = cast(FunctionType, function)
        self.bare = bare
        self._plain = function
        self._fast = None if _machine_code is None else _machine_code(self)
        kernels.append(self)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it."""
        fast = self._fast
        if fast is not None:
            return cast(R, fast(*args))
        with np.errstate(over="ignore"):
            return self._plain(*args, **kwargs)

    def plainly(self, function: Callable[P, R]) -> None:
        """Run as this while there is no machine code: the same by NumPy, where a loop over every byte would take long."""
        self._plain = function

    def use(self, fast: Callable[..., Any]) -> None:
        """Run as `fast` from now on."""
        self._fast = fast


def kernel(function: Callable[P, R]) -> Kernel[P, R]:
    """Compile at the first call, keep on disk, release the GIL."""
    return Kernel(function, bare=False)


def bare(function: Callable[P, R]) -> Kernel[P, R]:
    """As `kernel`, for those that allocate nothing: without reference counts, which cost more than the work of a small
    helper that takes tuples of arrays."""
    return Kernel(function, bare=True)


def inline(function: Callable[P, R]) -> Callable[P, R]:
    """A helper that melts into its callers: it allocates nothing."""
    helpers.add(cast(FunctionType, function))
    return function


def use_machine_code(compiled: Callable[[Any], Callable[..., Any]]) -> None:
    """From now on every kernel runs as what `compiled` makes of it."""
    global _machine_code
    _machine_code = compiled
    for one in kernels:
        one.use(compiled(one))


def is_machine_code() -> bool:
    """Whether kernels run as machine code."""
    return _machine_code is not None


def load64(data: Any, index: Any) -> Any:
    """The little-endian word at data[index:index+8], unaligned."""
    return np.uint64(int.from_bytes(data[index : index + 8].tobytes(), "little"))


def load32(data: Any, index: Any) -> Any:
    """The little-endian half word at data[index:index+4], unaligned."""
    return np.uint64(int.from_bytes(data[index : index + 4].tobytes(), "little"))


def byte(data: Any, index: Any) -> Any:
    """data[index] as an integer, without the test for negative positions that plain indexing costs."""
    return data.item(index)


def item(array: Any, index: Any) -> Any:
    """array[index] of a one-dimensional array of numbers, without the test for negative positions."""
    return array[index]


def move(target: Any, at: Any, source: Any, start: Any, count: Any) -> None:
    """target[at:at+count] = source[start:start+count]; they must not overlap."""
    target[at : at + count] = source[start : start + count]


def fold(a: Any, b: Any) -> Any:
    """High half xor low half of the 128-bit product: the mixing step of folded-multiply hashes."""
    product = int(a) * int(b)
    return np.uint64((product >> 64) ^ (product & _WORD))
