"""A timed piece of work: one span, with its success recorded, usable as `with`, `async with` or `start` … `complete`."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from contextvars import Token
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeAlias, TypeVar, cast, overload

from opentelemetry import context as context_api
from opentelemetry import trace as trace_api
from opentelemetry.trace import Span, SpanKind, StatusCode

from swarmscope_sdk import names
from swarmscope_sdk import scope as scopes
from swarmscope_sdk.scope import Scope
from swarmscope_sdk.telemetry import Telemetry, default

AttributeValue: TypeAlias = str | bool | int | float | Sequence[str] | Sequence[bool] | Sequence[int] | Sequence[float]
P = ParamSpec("P")
R = TypeVar("R")
_CANCELLED = (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt, SystemExit)


class Operation:
    """One span. Inside a `with` block it is the current one, so that what happens there becomes its child.

    Success is the span's status: ok, or error with the exception; an exception passes through unchanged. Work that was
    cancelled is neither: it ends with `swarmscope.cancelled`. Each object is used once.
    """

    def __init__(
        self,
        name: str,
        attributes: Mapping[str, Any],
        *,
        telemetry: Telemetry | None = None,
        scope: Scope | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> None:
        self._name = name
        self._attributes = attributes
        self._telemetry = telemetry
        self._scope = scope
        self._kind = kind
        self._span: Span | None = None
        self._ended = False
        self._success: bool | None = None
        self._context_token: Token[context_api.Context] | None = None
        self._scope_token: Token[Scope | None] | None = None

    @property
    def span(self) -> Span:
        """The OpenTelemetry span. RuntimeError before the start."""
        if self._span is None:
            raise RuntimeError(f"operation {self._name!r} has not started; use `with`, `async with` or start()")
        return self._span

    @property
    def trace_id(self) -> str:
        """32 hex digits, to find it on the platform."""
        return trace_api.format_trace_id(self.span.get_span_context().trace_id)

    @property
    def success(self) -> bool | None:
        """How it ended; None for cancelled work, and before the end."""
        return self._success

    def start(self) -> Self:
        """Start the span without making it the current one; end it with `complete` or `fail`."""
        self._refuse_again()
        token = scopes.enter(self._scope) if self._scope is not None else None
        try:
            self._start()
        finally:
            if token is not None:
                scopes.leave(token)
        return self

    def _refuse_again(self) -> None:
        if self._span is not None:
            raise RuntimeError(f"operation {self._name!r} was started before; make a new one for each use")

    def _start(self) -> None:
        telemetry = self._telemetry or default()
        self._span = telemetry.tracer.start_span(self._name, kind=self._kind, attributes=self._attributes)

    def set(self, key: str, value: AttributeValue) -> Self:
        """Set one attribute."""
        self.span.set_attribute(key, value)
        return self

    def event(self, name: str, **attributes: AttributeValue) -> Self:
        """Note that something happened now."""
        self.span.add_event(name, attributes)
        return self

    @contextmanager
    def active(self) -> Iterator[Self]:
        """Make a started operation the current one for a while, without ending it."""
        scope_token = scopes.enter(self._scope) if self._scope is not None else None
        token = context_api.attach(trace_api.set_span_in_context(self.span))
        try:
            yield self
        finally:
            context_api.detach(token)
            if scope_token is not None:
                scopes.leave(scope_token)

    def quality(self, score: float) -> Self:
        """How good the result is, 0 to 1. Raises ValueError outside."""
        if not 0.0 <= score <= 1.0:
            raise ValueError(f"quality={score!r} is outside 0–1")
        return self.set(names.TASK_QUALITY, float(score))

    def complete(self, success: bool = True, *, quality: float | None = None, **attributes: AttributeValue) -> None:
        """End the span, with a score of its result from 0 to 1 if there is one. A second end does nothing."""
        if self._ended:
            return
        if quality is not None:
            self.quality(quality)
        if attributes:
            self.span.set_attributes(attributes)
        self._finish(StatusCode.OK if success else StatusCode.ERROR, "" if success else "not successful")

    def fail(self, error: BaseException | str) -> None:
        """End the span as failed. A second end does nothing."""
        if self._ended:
            return
        if isinstance(error, BaseException):
            told = _record(self.span, error)
            self.span.set_attribute(names.ERROR_TYPE, type(error).__qualname__)
            self._finish(StatusCode.ERROR, f"{type(error).__name__}: {told}")
        else:
            self._finish(StatusCode.ERROR, error)

    def cancel(self) -> None:
        """End the span as neither successful nor failed. A second end does nothing."""
        if not self._ended:
            self.span.set_attribute(names.CANCELLED, True)
            self._finish(StatusCode.UNSET, "")

    def _finish(self, status: StatusCode, description: str) -> None:
        self._ended = True
        self._ending(status)
        if status is not StatusCode.UNSET:
            self._success = status is StatusCode.OK
            self.span.set_status(status, description or None)
        self.span.end()

    def _ending(self, status: StatusCode) -> None:
        """Called once before the span ends; for subclasses that add what they know by then."""

    def _deactivate(self) -> None:
        if self._context_token is not None:
            context_api.detach(self._context_token)
            self._context_token = None
        if self._scope_token is not None:
            scopes.leave(self._scope_token)
            self._scope_token = None

    def __enter__(self) -> Self:
        self._refuse_again()
        if self._scope is not None:
            self._scope_token = scopes.enter(self._scope)
        try:
            self._start()
        except BaseException:
            self._deactivate()
            raise
        self._context_token = context_api.attach(trace_api.set_span_in_context(self.span))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deactivate()
        if error is None:
            self.complete()
        elif isinstance(error, _CANCELLED):
            self.cancel()
        else:
            self.fail(error)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)


class Monitored(Operation):
    """What `monitored` returns: an operation for one `with` block, or a decorator that makes a new one for every call."""

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """`function`, timed. Works for plain and async functions and for generators of both kinds."""
        return _decorate(function, self._again)

    def _again(self) -> Operation:
        return Operation(self._name, self._attributes, telemetry=self._telemetry, scope=self._scope, kind=self._kind)


@overload
def monitored(name: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def monitored(name: str, /, **attributes: AttributeValue) -> Monitored: ...
def monitored(name: str | Callable[P, R], /, **attributes: AttributeValue) -> Monitored | Callable[P, R]:
    """Time an operation and record whether it succeeded.

    As a decorator `@monitored` or `@monitored("plan", step=1)`, or as a block: `with monitored("plan") as operation:`, also
    `async with`.
    """
    if callable(name):
        function = name
        title = _title(function)
        return _decorate(function, lambda: Operation(title, {names.OWN_OPERATION: "agent_operation"}))
    if not isinstance(name, str):
        raise TypeError(
            f"monitored({name!r}): give a name or a function; on a class method it stands below @classmethod"
        )
    return Monitored(name, {names.OWN_OPERATION: "agent_operation", **attributes})


def _title(function: Callable[..., Any]) -> str:
    """Its name; that of the function inside for a partial, that of its class for an object that is called."""
    while isinstance(function, functools.partial):
        function = function.func
    return str(getattr(function, "__qualname__", type(function).__qualname__))


def _decorate(function: Callable[P, R], make: Callable[[], Operation]) -> Callable[P, R]:
    call: Callable[..., Any] = function
    if not (inspect.isroutine(function) or inspect.isclass(function) or isinstance(function, functools.partial)):
        call = cast(Any, function).__call__  # an object
    if inspect.iscoroutinefunction(call):

        @functools.wraps(function)
        async def awaited(*args: P.args, **kwargs: P.kwargs) -> Any:
            with make():
                return await call(*args, **kwargs)

        return cast(Callable[P, R], awaited)

    if inspect.isasyncgenfunction(call):

        @functools.wraps(function)
        async def streamed(*args: P.args, **kwargs: P.kwargs) -> AsyncIterator[Any]:
            with _ended_by_hand(make()):
                async with aclosing(call(*args, **kwargs)) as inner:
                    step = anext(inner)
                    while True:
                        try:
                            item = await step
                        except StopAsyncIteration:
                            return
                        try:
                            step = inner.asend((yield item))
                        except GeneratorExit:
                            raise
                        except BaseException as e:  # noqa: BLE001 – what is thrown in is the generator's to answer
                            step = inner.athrow(e)

        return cast(Callable[P, R], streamed)

    if inspect.isgeneratorfunction(call):

        @functools.wraps(function)
        def yielded(*args: P.args, **kwargs: P.kwargs) -> Any:
            with _ended_by_hand(make()):
                return (yield from call(*args, **kwargs))

        return cast(Callable[P, R], yielded)

    @functools.wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        with make():
            return function(*args, **kwargs)

    return called


def _record(span: Span, error: BaseException) -> str:
    """Note the exception, whatever its own text makes of that; returns the text."""
    try:
        span.record_exception(error)
        return str(error)
    except Exception as e:  # noqa: BLE001 – the agent's exception passes on, not what becomes of telling it
        told = f"its text cannot be had: {type(e).__name__}"
        span.add_event("exception", {"exception.type": type(error).__qualname__, "exception.message": told})
        return told


@contextmanager
def _ended_by_hand(operation: Operation) -> Iterator[None]:
    """Time a generator without being current: its consumer's code runs between its steps and must not become a child."""
    operation.start()
    try:
        yield
    except _CANCELLED:
        operation.cancel()
        raise
    except BaseException as e:
        operation.fail(e)
        raise
    operation.complete()
