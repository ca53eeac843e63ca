"""The span processor that an OpenTelemetry tracer provider calls: what starts is watched, what ends is queued.

Watching makes in-flight work visible: a span that is open for longer than `pending_after_s` is announced once, marked
`swarmscope.pending`; the finished span has the same id and supersedes it. Announcing every span at its start would double
the traffic for the many that end within milliseconds; a threshold of two seconds announces only what somebody may wait for.
"""

from __future__ import annotations

import threading
import weakref
from itertools import islice
from time import time_ns

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider

from swarmscope_sdk import scope as scopes
from swarmscope_sdk.buffer import Buffer
from swarmscope_sdk.encode import SpanItem
from swarmscope_sdk.scope import Scope
from swarmscope_sdk.settings import Settings

_SWEEP_MAX = 1_000
_SAMPLED = 1
_Entry = tuple[weakref.ref[Span], Scope | None]


class ScopeProcessor(SpanProcessor):
    """Stamps nothing on the span itself, so other exporters of the same program see their spans unchanged.

    At most `pending_max` open spans are watched; further ones are exported when they end, but not announced. So many announced
    ones are remembered besides; those that vanished without an end make room.
    """

    def __init__(self, buffer: Buffer, settings: Settings) -> None:
        self._buffer = buffer
        self._after_ns = int(settings.pending_after_s * 1e9)
        self._max = settings.pending_max
        self._open: dict[int, _Entry] = {}
        self._announced: dict[int, _Entry] = {}

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Remember the span and the scope it starts in."""
        context = span.context
        if context is not None and len(self._open) < self._max:
            self._open[context.span_id] = (weakref.ref(span), scopes.current())

    def on_end(self, span: ReadableSpan) -> None:
        """Queue a sampled span."""
        context = span.context
        if context is None:
            return
        entry = self._open.pop(context.span_id, None)
        if self._announced and context.span_id in self._announced:
            entry = self._announced.pop(context.span_id, entry)
        scope = scopes.current() if entry is None else entry[1]
        if context.trace_flags & _SAMPLED:
            self._buffer.add_span(SpanItem(span, scope))

    def sweep(self, _now: float) -> None:
        """Announce spans that have been open for too long; forget those that vanished without an end."""
        if not self._after_ns or not self._open:
            return
        if len(self._announced) >= self._max:
            for span_id, entry in list(self._announced.items()):
                if entry[0]() is None:
                    self._announced.pop(span_id, None)
        horizon = time_ns() - self._after_ns
        try:
            oldest = list(islice(self._open.items(), _SWEEP_MAX))
        except RuntimeError:  # another thread started a span meanwhile; the next sweep is a second away
            return
        for span_id, entry in oldest:
            span = entry[0]()
            if span is not None and (span.start_time or 0) > horizon:
                return  # insertion order is nearly start order
            if span is not None and span.end_time is None:
                self._announce(span, entry)
            self._open.pop(span_id, None)

    def _announce(self, span: Span, entry: _Entry) -> None:
        context = span.context
        if context is not None and context.trace_flags & _SAMPLED:
            if len(self._announced) < self._max:
                self._announced[context.span_id] = entry
            self._buffer.add_span(SpanItem(span, entry[1], pending=True))

    def forget(self) -> None:
        """Drop all that is watched (a forked child: the parent ends them)."""
        self._open.clear()
        self._announced.clear()

    def shutdown(self) -> None:
        """The telemetry handle closes the buffer; a provider that shuts down makes it flush."""
        self.force_flush()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what is queued."""
        return self._buffer.flush(timeout_millis / 1000)


class Relay(SpanProcessor):
    """What a tracer provider calls instead of the processors themselves: a provider never lets one go, the relay does."""

    def __init__(self) -> None:
        self._to: tuple[ScopeProcessor, ...] = ()
        self._lock = threading.Lock()

    @classmethod
    def of(cls, provider: TracerProvider) -> Relay:
        """The one of a provider, added when first asked for."""
        with _relays_lock:
            relay = _relays.get(provider)
            if relay is None:
                relay = _relays[provider] = cls()
                provider.add_span_processor(relay)
            return relay

    def add(self, processor: ScopeProcessor) -> None:
        """It is called from now on."""
        with self._lock:
            self._to += (processor,)

    def discard(self, processor: ScopeProcessor) -> None:
        """It is called no more."""
        with self._lock:
            self._to = tuple(other for other in self._to if other is not processor)

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """See SpanProcessor."""
        for processor in self._to:
            processor.on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        """See SpanProcessor."""
        for processor in self._to:
            processor.on_end(span)

    def shutdown(self) -> None:
        """See SpanProcessor."""
        for processor in self._to:
            processor.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """See SpanProcessor. All are asked, whatever the first answers."""
        sent = [processor.force_flush(timeout_millis) for processor in self._to]
        return all(sent)


_relays: weakref.WeakKeyDictionary[TracerProvider, Relay] = weakref.WeakKeyDictionary()
_relays_lock = threading.Lock()
