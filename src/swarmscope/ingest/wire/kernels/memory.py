"""Decorators and the primitives that Numba lacks: loads and stores at addresses, 128-bit products, casts of bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

from swarmscope.ingest.wire import cache

F = TypeVar("F", bound=Callable[..., Any])
Int = Any  # int64; to mypy anything, for it knows neither NumPy's scalars in kernels nor their mixing with int
Word = Any  # uint64

types: Any = numba.types  # Numba's own annotations are partial
_njit: Any = numba.njit
_cfunc: Any = numba.cfunc
_raw_memcpy: Any = cgutils.raw_memcpy
_LOADS = cache.is_complete(cache.directory())  # units come from the cache: what they are made of need not be compiled
_OPTIONS = {"nogil": True, "error_model": "numpy", "_nrt": False}
_I8, _I16, _I32, _I64, _I128 = (ir.IntType(n) for n in (8, 16, 32, 64, 128))
_TYPES = {"Int": types.int64, "Word": types.uint64, "bool": types.boolean, "None": types.void}
_TYPES |= {
    "tuple[Int, Int]": types.UniTuple(types.int64, 2),
    "tuple[Int, Int, Int]": types.UniTuple(types.int64, 3),
    "tuple[Int, Int, Int, Int]": types.UniTuple(types.int64, 4),
    "tuple[Word, Int]": types.Tuple((types.uint64, types.int64)),
}


def _signature(function: Callable[..., Any]) -> Any:
    """The annotations as a Numba signature: each kernel is compiled for one, whatever literals it is called with."""
    kinds = dict(function.__annotations__)
    result = _TYPES[kinds.pop("return")]
    return result(*(_TYPES[kind] for kind in kinds.values()))


def _compiled(function: F, **options: Any) -> F:
    dispatcher = _njit(**options, **_OPTIONS)(function)
    if not _LOADS:
        dispatcher.compile(_signature(function))
        dispatcher.disable_compile()
    return cast(F, dispatcher)


def kernel(function: F) -> F:
    """Compile into its callers' machine code; never called from Python in production."""
    return _compiled(function)


def inline(function: F) -> F:
    """A kernel that is always inlined: the tiny ones."""
    return _compiled(function, forceinline=True)


def entry(function: F) -> F:
    """Callable from Python; its machine code is kept in the cache directory."""
    return cast(F, _njit([_signature(function)], cache=True, **_OPTIONS)(function))


def unit(function: Callable[..., Int]) -> int:
    """Compile on its own, five integers in and one out, and return the address: callers `call` it.

    Numba links and optimises every kernel anew inside each of its callers. Units cut that: without them compiling takes
    ten times as long.
    """
    compiled = _cfunc(types.int64(*[types.int64] * 5), cache=True, **_OPTIONS)(function)
    _alive.append(compiled)
    return int(compiled.address)


_alive: list[Any] = []  # the machine code behind the addresses


def _primitive(typed: Callable[..., Any]) -> Callable[..., Any]:
    """An operation that kernels call and LLVM provides."""
    return cast(Callable[..., Any], intrinsic(typed))


@_primitive
def call(_typing: Any, _address: Any, _a: Any, _b: Any, _c: Any, _d: Any, _e: Any) -> Any:
    """Call the unit at an address."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(_I64, [_I64] * 5)
        return builder.call(builder.inttoptr(args[0], kind.as_pointer()), args[1:])

    return types.int64(*[types.int64] * 6), generate


def _load(builder: Any, address: Any, kind: Any) -> Any:
    value = builder.load(builder.inttoptr(address, kind.as_pointer()))
    value.align = 1
    return value


def _store(builder: Any, address: Any, value: Any) -> None:
    builder.store(value, builder.inttoptr(address, value.type.as_pointer())).align = 1


@_primitive
def ld8(_typing: Any, _address: Any) -> Any:
    """The byte at an address, 0 to 255."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.zext(_load(builder, args[0], _I8), _I64)

    return types.int64(types.int64), generate


@_primitive
def ld32(_typing: Any, _address: Any) -> Any:
    """Four bytes, little endian, unsigned."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.zext(_load(builder, args[0], _I32), _I64)

    return types.int64(types.int64), generate


@_primitive
def ld64(_typing: Any, _address: Any) -> Any:
    """Eight bytes, little endian, as bits."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return _load(builder, args[0], _I64)

    return types.int64(types.int64), generate


@_primitive
def st8(_typing: Any, _address: Any, _value: Any) -> Any:
    """Store the low byte."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        _store(builder, args[0], builder.trunc(args[1], _I8))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@_primitive
def st16(_typing: Any, _address: Any, _value: Any) -> Any:
    """Store the low two bytes."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        _store(builder, args[0], builder.trunc(args[1], _I16))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@_primitive
def st32(_typing: Any, _address: Any, _value: Any) -> Any:
    """Store the low four bytes."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        _store(builder, args[0], builder.trunc(args[1], _I32))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@_primitive
def st64(_typing: Any, _address: Any, _value: Any) -> Any:
    """Store eight bytes."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        _store(builder, args[0], args[1])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@_primitive
def move(_typing: Any, _to: Any, _from: Any, _size: Any) -> Any:
    """Copy bytes between regions that do not overlap."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        to, source = (builder.inttoptr(a, _I8.as_pointer()) for a in args[:2])
        _raw_memcpy(builder, to, source, args[2], 1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), generate


@_primitive
def high_product(_typing: Any, _x: Any, _y: Any) -> Any:
    """Upper 64 bits of the unsigned 128-bit product."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        product = builder.mul(builder.zext(args[0], _I128), builder.zext(args[1], _I128))
        return builder.trunc(builder.lshr(product, ir.Constant(_I128, 64)), _I64)

    return types.uint64(types.uint64, types.uint64), generate


@_primitive
def bits_of(_typing: Any, _value: Any) -> Any:
    """The bits of a float64."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], _I64)

    return types.int64(types.float64), generate
