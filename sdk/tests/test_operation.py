"""Timing with `monitored`: every kind of function, exceptions unchanged, nesting."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from swarmscope_sdk import AgentMonitor, Settings, Telemetry, configure, monitored
from swarmscope_sdk import scope as scopes


class Spans(InMemorySpanExporter):
    """What a second exporter of the same program sees."""

    def names(self) -> list[str]:
        return [s.name for s in self.get_finished_spans()]


@pytest.fixture(scope="module")
def exporter() -> Spans:
    return Spans()


@pytest.fixture(scope="module")
def reporting(exporter: Spans) -> Iterator[Telemetry]:
    """The process's own telemetry, as a program has it."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    telemetry = configure(
        Settings(otlp_url="http://127.0.0.1:9", shutdown_timeout_s=0.0),
        tracer_provider=provider,
        meter_provider=MeterProvider(shutdown_on_exit=False),
    )
    yield telemetry
    telemetry.shutdown()


@pytest.fixture(autouse=True)
def _empty(exporter: Spans, reporting: Telemetry) -> None:
    exporter.clear()


def test_a_plain_function(exporter: Spans) -> None:
    @monitored
    def add(a: int, b: int = 2) -> int:
        """Adds."""
        return a + b

    assert add(1) == 3
    assert add.__doc__ == "Adds." and list(inspect.signature(add).parameters) == ["a", "b"]
    [span] = exporter.get_finished_spans()
    assert span.name.endswith("add") and span.status.status_code is StatusCode.OK


async def test_an_async_function_concurrently(exporter: Spans) -> None:
    @monitored("fetch", tries=1)
    async def fetch(n: int) -> int:
        await asyncio.sleep(0.001 * (3 - n))
        return n

    assert await asyncio.gather(*(fetch(n) for n in range(3))) == [0, 1, 2]
    spans = exporter.get_finished_spans()
    assert len(spans) == 3 and all(s.parent is None for s in spans), "no one is the child of another"
    assert spans[0].attributes is not None and spans[0].attributes["tries"] == 1


def test_a_generator_is_timed_to_its_end_and_is_not_current_meanwhile(exporter: Spans) -> None:
    @monitored("numbers")
    def numbers() -> Iterator[int]:
        yield from range(3)

    with monitored("outer"):
        for _ in numbers():
            assert trace.get_current_span().name == "outer"  # type: ignore[attr-defined] # an SDK span has a name
    assert exporter.names() == ["numbers", "outer"]


async def test_an_async_generator(exporter: Spans) -> None:
    @monitored("stream")
    async def stream() -> AsyncIterator[int]:
        for n in range(3):
            yield n

    assert [n async for n in stream()] == [0, 1, 2]
    assert exporter.names() == ["stream"]
    half = stream()
    await anext(half)
    await half.aclose()  # type: ignore[attr-defined] # it is an async generator
    spans = exporter.get_finished_spans()
    assert len(spans) == 2 and spans[1].status.status_code is StatusCode.UNSET
    assert spans[1].attributes is not None and spans[1].attributes["swarmscope.cancelled"] is True


async def test_as_a_block_of_both_kinds_nested(exporter: Spans) -> None:
    with monitored("outer", size=2) as outer:
        async with monitored("inner") as inner:
            inner.event("half", left=1)
        outer.set("k", "v")
    inner_span, outer_span = exporter.get_finished_spans()
    assert inner_span.parent is not None and inner_span.parent.span_id == outer_span.context.span_id
    assert inner_span.events[0].name == "half"
    assert not trace.get_current_span().get_span_context().is_valid


class Odd(BaseException):
    """Neither an Exception nor a cancellation."""


@given(st.sampled_from([ValueError, KeyError, OSError, RuntimeError, StopIteration, AssertionError, Odd]), st.text())
def test_any_exception_passes_unchanged_and_is_recorded(
    exporter: Spans, reporting: Telemetry, kind: type[BaseException], text: str
) -> None:
    exporter.clear()
    error = kind(text)

    @monitored("fails")
    def fails() -> None:
        raise error

    caught: BaseException | None = None
    try:
        fails()
    except BaseException as e:  # noqa: BLE001 – any is meant
        caught = e
    assert caught is error
    [span] = exporter.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes is not None and span.attributes["error.type"] == kind.__name__
    assert [e.name for e in span.events] == ["exception"]


async def test_a_cancelled_task_is_neither_good_nor_bad(exporter: Spans) -> None:
    @monitored("waits")
    async def waits() -> None:
        await asyncio.sleep(60)

    task = asyncio.create_task(waits())
    await asyncio.sleep(0.01)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    [span] = exporter.get_finished_spans()
    assert task.cancelled() and span.status.status_code is StatusCode.UNSET
    assert span.attributes is not None and span.attributes["swarmscope.cancelled"] is True


def test_ended_by_hand_the_second_end_does_nothing(exporter: Spans) -> None:
    operation = monitored("by hand").start()
    with operation.active():
        monitored("child").start().complete()
    operation.complete(success=False, rows=3)
    operation.complete()
    operation.fail("late")
    operation.cancel()
    child, span = exporter.get_finished_spans()
    assert child.parent is not None and child.parent.span_id == span.context.span_id
    assert span.status.status_code is StatusCode.ERROR


def test_other_exporters_of_the_program_see_their_spans_unchanged(exporter: Spans) -> None:
    with AgentMonitor("a"), trace.use_span(trace.get_current_span()), monitored("seen"):
        pass
    [span] = exporter.get_finished_spans()
    assert span.attributes is not None and "gen_ai.agent.id" not in span.attributes


class UntoldError(Exception):
    """Its text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


def test_an_exception_whose_text_fails_passes_unchanged_all_the_same(exporter: Spans) -> None:
    error = UntoldError()
    with pytest.raises(UntoldError) as caught, monitored("fails"):
        raise error
    assert caught.value is error and caught.value.__context__ is None
    [span] = exporter.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes is not None and span.attributes["error.type"] == "UntoldError"
    assert [e.name for e in span.events] == ["exception"]


async def test_what_is_sent_and_thrown_into_an_async_generator_reaches_it(exporter: Spans) -> None:
    closed = []

    @monitored("talk")
    async def talk() -> AsyncGenerator[str, str]:
        said = "begin"
        try:
            while True:
                try:
                    said = yield said
                except KeyError as e:
                    said = f"caught {e}"
        finally:
            await asyncio.sleep(0)
            closed.append(True)

    talking = talk()
    assert await anext(talking) == "begin"
    assert await talking.asend("hello") == "hello"
    assert await talking.athrow(KeyError("k")) == "caught 'k'"
    await talking.aclose()
    assert closed == [True], "its own end ran before that of the caller"
    talking = talk()
    await anext(talking)
    with pytest.raises(ValueError, match="out"):
        await talking.athrow(ValueError("out"))
    cancelled, failed = exporter.get_finished_spans()
    assert (cancelled.status.status_code, failed.status.status_code) == (StatusCode.UNSET, StatusCode.ERROR)


async def test_partials_and_objects_are_timed_as_what_they_call(exporter: Spans) -> None:
    class Caller:
        async def __call__(self, n: int) -> int:
            await asyncio.sleep(0)
            assert exporter.names() == [], "not over yet"
            return n

    assert await monitored(Caller())(2) == 2
    assert monitored(functools.partial(divmod, 7))(2) == (3, 1)
    assert [name.rpartition(".")[2] for name in exporter.names()] == ["Caller", "divmod"]
    with pytest.raises(TypeError, match="below @classmethod"):
        monitored(classmethod(divmod))  # type: ignore[call-overload] # that is the point


def test_entering_twice_is_refused_and_leaves_the_block_as_it_was(exporter: Spans) -> None:
    with AgentMonitor("a").task("once") as task:
        with pytest.raises(RuntimeError, match="started before"), task:
            raise AssertionError("not reached")
        assert trace.get_current_span() is task.span
    assert scopes.current() is None
    assert not trace.get_current_span().get_span_context().is_valid


async def test_active_nests_and_serves_several_tasks_at_once(exporter: Spans) -> None:
    with AgentMonitor("a").task("work") as task:
        with task.active(), task.active():
            pass
        assert trace.get_current_span() is task.span
    assert scopes.current() is None
    assert not trace.get_current_span().get_span_context().is_valid
    shared = AgentMonitor("a").task("shared").start()

    async def part(n: int) -> None:
        with shared.active():
            await asyncio.sleep(0.001 * n)
            assert trace.get_current_span() is shared.span
        assert not trace.get_current_span().get_span_context().is_valid

    await asyncio.gather(part(2), part(1))
    shared.complete()
