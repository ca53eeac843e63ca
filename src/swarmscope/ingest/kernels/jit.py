"""The decorator and the few machine instructions that the kernels share.

`load64` and `copy` trust their caller: positions lie inside the arrays. All callers take them from offsets that the
decoder has checked.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

from swarmscope.ingest.kernels import cache

types: Any = numba.types  # Numba's own annotations are partial
_njit: Any = numba.njit
_raw_memcpy: Any = cgutils.raw_memcpy
CHECKED = os.environ.get("NUMBA_BOUNDSCHECK") == "1"
_OPTIONS = {"nogil": True, "error_model": "numpy"}

Int = Any  # a machine integer: Numba infers its width and sign
Flag = Any  # a machine truth value
Function = TypeVar("Function", bound=Callable[..., Any])

_BYTE = ir.IntType(8)
_WORD = ir.IntType(64)


def kernel(function: Function) -> Function:
    """Compile at the first call, keep on disk, release the GIL."""
    return _kept(function)


def bare(function: Function) -> Function:
    """As `kernel`, for those that allocate nothing: without reference counts, which cost more than the work of a small
    helper that takes tuples of arrays."""
    return _kept(function, _nrt=CHECKED)


def inline(function: Function) -> Function:
    """A helper that melts into its callers: allocates nothing, is not callable from Python."""
    if CHECKED:
        return cast(Function, _njit(**_OPTIONS)(function))
    options = {"forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
    return cast(Function, _njit(**options, **_OPTIONS)(function))


def _kept(function: Function, **options: bool) -> Function:
    settings: Any = numba.config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = str(cache.directory())  # Numba asks for it while a function is declared
    try:
        return cast(Function, _njit(cache=True, **options, **_OPTIONS)(function))
    finally:
        settings.CACHE_DIR = before


def _instruction(function: Callable[..., Any]) -> Any:
    return intrinsic(function)


def _pointer(context: Any, builder: Any, signature: Any, array: Any, index: Any, argument: int) -> Any:
    data = context.make_array(signature.args[argument])(context, builder, array).data
    return builder.gep(builder.bitcast(data, _BYTE.as_pointer()), [index])


@_instruction
def load64(typing: Any, data: Any, index: Any) -> Any:
    """The little-endian word at data[index:index+8], unaligned."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, signature, args[0], args[1], 0)
        word = builder.load(builder.bitcast(pointer, _WORD.as_pointer()))
        word.align = 1
        return word

    return types.uint64(data, types.int64), generate


@_instruction
def load32(typing: Any, data: Any, index: Any) -> Any:
    """The little-endian half word at data[index:index+4], unaligned."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, signature, args[0], args[1], 0)
        half = builder.load(builder.bitcast(pointer, ir.IntType(32).as_pointer()))
        half.align = 1
        return builder.zext(half, _WORD)

    return types.uint64(data, types.int64), generate


@_instruction
def byte(typing: Any, data: Any, index: Any) -> Any:
    """data[index] as an integer, without the test for negative positions that plain indexing costs."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.zext(builder.load(_pointer(context, builder, signature, args[0], args[1], 0)), _WORD)

    return types.int64(data, types.int64), generate


@_instruction
def item(typing: Any, array: Any, index: Any) -> Any:
    """array[index] of a one-dimensional array of numbers, without the test for negative positions."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.load(builder.gep(data, [args[1]]))

    return array.dtype(array, types.int64), generate


@_instruction
def move(typing: Any, target: Any, at: Any, source: Any, start: Any, count: Any) -> Any:
    """target[at:at+count] = source[start:start+count]; they must not overlap."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        to = _pointer(context, builder, signature, args[0], args[1], 0)
        of = _pointer(context, builder, signature, args[2], args[3], 2)
        _raw_memcpy(builder, to, of, args[4], 1)
        return context.get_dummy_value()

    return types.void(target, types.int64, source, types.int64, types.int64), generate


@_instruction
def fold(typing: Any, a: Any, b: Any) -> Any:
    """High half xor low half of the 128-bit product: the mixing step of folded-multiply hashes."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        high = builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), _WORD)
        return builder.xor(high, builder.trunc(product, _WORD))

    return types.uint64(types.uint64, types.uint64), generate


@_instruction
def popcount(typing: Any, word: Any) -> Any:
    """Bits set in a word."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.int64(types.uint64), generate


if CHECKED:
    from swarmscope.ingest.kernels import checked

    byte, item, load32, load64, move = checked.byte, checked.item, checked.load32, checked.load64, checked.move
