"""Who acts right now: the agent, session and workflow that spans, logs and outgoing messages belong to.

The scope lives in a context variable, so it follows `await` and new asyncio tasks. `inject` and `extract` carry the trace
(W3C trace context) and the scope (W3C baggage) to another process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field, replace
from typing import Any

from opentelemetry import baggage, context
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from swarmscope_sdk import names

_PROPAGATOR = CompositePropagator([TraceContextTextMapPropagator(), W3CBaggagePropagator()])


@dataclass(frozen=True, slots=True)
class Scope:
    """Immutable; `derive` makes a changed one. Empty text means unknown. attributes: as stamped on spans and logs."""

    agent: str = ""
    agent_name: str = ""
    session: str = ""
    workflow: str = ""
    task: str = ""
    attributes: dict[str, str] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        pairs = {
            names.AGENT_ID: self.agent,
            names.AGENT_NAME: self.agent_name,
            names.CONVERSATION: self.session,
            names.WORKFLOW_ID: self.workflow,
            names.TASK_ID: self.task,
        }
        object.__setattr__(self, "attributes", {key: value for key, value in pairs.items() if value})

    def derive(self, **changes: Any) -> Scope:
        """A copy with some fields changed."""
        return replace(self, **changes)


EMPTY = Scope()
_current: ContextVar[Scope | None] = ContextVar("swarmscope_scope", default=None)


def current() -> Scope | None:
    """The scope of the running code, None outside of any."""
    return _current.get()


def enter(scope: Scope) -> Token[Scope | None]:
    """Make `scope` the current one until `leave`."""
    return _current.set(scope)


def leave(token: Token[Scope | None]) -> None:
    """Undo `enter`. Left from another context (a generator closed elsewhere), there is nothing to undo here."""
    try:
        _current.reset(token)
    except ValueError:
        return


def inject(carrier: MutableMapping[str, str] | None = None) -> MutableMapping[str, str]:
    """Write `traceparent`, `tracestate` and `baggage` of the running code into `carrier` (a new dict without one).

    Baggage carries session and workflow (names as in the attributes), besides what the program put there itself.
    """
    carrier = {} if carrier is None else carrier
    ctx = context.get_current()
    scope = current()
    if scope is not None:
        for key, value in ((names.CONVERSATION, scope.session), (names.WORKFLOW_ID, scope.workflow)):
            if value:
                ctx = baggage.set_baggage(key, value, ctx)
    _PROPAGATOR.inject(carrier, ctx)
    return carrier


@contextmanager
def extract(carrier: Mapping[str, str]) -> Iterator[None]:
    """Continue, inside the `with` block, the trace, session and workflow that `inject` wrote in another process.

    Header names are matched without regard to case. A carrier without, or with malformed, headers leaves the running trace,
    session and workflow as they are.
    """
    lowered = {key.lower(): value for key, value in carrier.items()}
    ctx = _PROPAGATOR.extract(lowered, context.get_current())
    here = current() or EMPTY
    session = str(baggage.get_baggage(names.CONVERSATION, ctx) or here.session)
    workflow = str(baggage.get_baggage(names.WORKFLOW_ID, ctx) or here.workflow)
    token = context.attach(ctx)
    scope_token = enter(here.derive(session=session, workflow=workflow))
    try:
        yield
    finally:
        leave(scope_token)
        context.detach(token)
