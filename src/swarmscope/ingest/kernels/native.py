"""Machine code of the kernels: what Numba makes of the functions that `jit` knows.

A kernel is compiled from a copy whose globals name compiled helpers and machine instructions where its own name plain ones.
`load64` and `move` trust their caller: positions lie inside the arrays. All callers take them from offsets that the decoder
has checked.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numba
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

from swarmscope.ingest.kernels import cache, jit
from swarmscope.ingest.wire import cache as files

types: Any = numba.types  # Numba's own annotations are partial
_njit: Any = numba.njit
_raw_memcpy: Any = cgutils.raw_memcpy
CHECKED = os.environ.get("NUMBA_BOUNDSCHECK") == "1"
_OPTIONS = {"nogil": True, "error_model": "numpy"}
_INLINE = {"forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}

_BYTE = ir.IntType(8)
_WORD = ir.IntType(64)
_made: dict[Any, Any] = {}  # machine code by kernel, helper and instruction
_spaces: dict[int, dict[str, Any]] = {}  # by the identity of a module's globals, which live as long as the program


def compiled(kernel: jit.Kernel[Any, Any]) -> Callable[..., Any]:
    """The kernel as machine code: compiled or loaded at the first call for each set of types, kept on disk."""
    space = _space(kernel.function)
    if kernel not in _made:
        options = {"_nrt": CHECKED} if kernel.bare else {}
        with files.keeping(cache.directory()):
            _made[kernel] = _njit(cache=True, **options, **_OPTIONS)(_over(space, kernel.function))
    made: Callable[..., Any] = _made[kernel]
    return made


def _melted(helper: FunctionType) -> Any:
    """A helper that melts into its callers, not callable from Python."""
    space = _space(helper)
    if helper not in _made:
        _made[helper] = _njit(**({} if CHECKED else _INLINE), **_OPTIONS)(_over(space, helper))
    return _made[helper]


def _over(space: dict[str, Any], function: FunctionType) -> FunctionType:
    """The function over other globals."""
    copy = FunctionType(function.__code__, space, function.__name__, function.__defaults__, function.__closure__)
    copy.__qualname__ = function.__qualname__
    return copy


def _space(function: FunctionType) -> dict[str, Any]:
    """The function's globals with machine code in place of what `jit` knows."""
    plain = function.__globals__
    space = _spaces.get(id(plain))
    if space is None:
        space = _spaces[id(plain)] = dict(plain)
        space.update((name, _native(value)) for name, value in plain.items())
    return space


def _native(value: Any) -> Any:
    if isinstance(value, jit.Kernel):
        return compiled(value)
    if isinstance(value, FunctionType):
        return _melted(value) if value in jit.helpers else _INSTRUCTIONS.get(value, value)
    return value


def _instruction(function: Callable[..., Any]) -> Any:
    return intrinsic(function)


def _pointer(context: Any, builder: Any, signature: Any, array: Any, index: Any, argument: int) -> Any:
    data = context.make_array(signature.args[argument])(context, builder, array).data
    return builder.gep(builder.bitcast(data, _BYTE.as_pointer()), [index])


@_instruction
def load64(typing: Any, data: Any, index: Any) -> Any:
    """As `jit.load64`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, signature, args[0], args[1], 0)
        word = builder.load(builder.bitcast(pointer, _WORD.as_pointer()))
        word.align = 1
        return word

    return types.uint64(data, types.int64), generate


@_instruction
def load32(typing: Any, data: Any, index: Any) -> Any:
    """As `jit.load32`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, signature, args[0], args[1], 0)
        half = builder.load(builder.bitcast(pointer, ir.IntType(32).as_pointer()))
        half.align = 1
        return builder.zext(half, _WORD)

    return types.uint64(data, types.int64), generate


@_instruction
def byte(typing: Any, data: Any, index: Any) -> Any:
    """As `jit.byte`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.zext(builder.load(_pointer(context, builder, signature, args[0], args[1], 0)), _WORD)

    return types.int64(data, types.int64), generate


@_instruction
def item(typing: Any, array: Any, index: Any) -> Any:
    """As `jit.item`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.load(builder.gep(data, [args[1]]))

    return array.dtype(array, types.int64), generate


@_instruction
def move(typing: Any, target: Any, at: Any, source: Any, start: Any, count: Any) -> Any:
    """As `jit.move`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        to = _pointer(context, builder, signature, args[0], args[1], 0)
        of = _pointer(context, builder, signature, args[2], args[3], 2)
        _raw_memcpy(builder, to, of, args[4], 1)
        return context.get_dummy_value()

    return types.void(target, types.int64, source, types.int64, types.int64), generate


@_instruction
def fold(typing: Any, a: Any, b: Any) -> Any:
    """As `jit.fold`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        high = builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), _WORD)
        return builder.xor(high, builder.trunc(product, _WORD))

    return types.uint64(types.uint64, types.uint64), generate


_INSTRUCTIONS: dict[Callable[..., Any], Any] = {
    jit.load64: load64,
    jit.load32: load32,
    jit.byte: byte,
    jit.item: item,
    jit.move: move,
    jit.fold: fold,
}
if CHECKED:
    from swarmscope.ingest.kernels import checked

    for _function in (checked.byte, checked.item, checked.load32, checked.load64, checked.move):
        _INSTRUCTIONS[getattr(jit, _function.__name__)] = _function
