"""What agents do: requests, tools, workflows, tasks, messages to each other, conflicts, waits for one another.

Made by the methods of `AgentMonitor`; each is an `Operation` (`with`, `async with`, or `start` … `complete`).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from opentelemetry import trace as trace_api
from opentelemetry.context import attach, detach
from opentelemetry.trace import SpanKind, StatusCode

from swarmscope_sdk import names
from swarmscope_sdk import scope as scopes
from swarmscope_sdk.operation import AttributeValue, Operation
from swarmscope_sdk.scope import Scope
from swarmscope_sdk.telemetry import Telemetry

_TASK_STATUS = {StatusCode.OK: "success", StatusCode.ERROR: "failure", StatusCode.UNSET: "cancelled"}


def new_id() -> str:
    """A random id for a workflow, task or conflict that has none."""
    return uuid.uuid4().hex[:16]


class Request(Operation):
    """One request that an agent serves, or one call of a model."""

    _started_ns = 0

    def _start(self) -> None:
        self._started_ns = time.perf_counter_ns()
        super()._start()

    def tokens(
        self,
        input: int | None = None,  # noqa: A002 – the field's own word
        output: int | None = None,
        *,
        cached: int | None = None,
        reasoning: int | None = None,
    ) -> Request:
        """Tokens used. Leave them out where the model client is instrumented already: they would count twice."""
        counts = {
            names.INPUT_TOKENS: input,
            names.OUTPUT_TOKENS: output,
            names.CACHED_TOKENS: cached,
            names.REASONING_TOKENS: reasoning,
        }
        self.span.set_attributes({key: count for key, count in counts.items() if count is not None})
        return self

    def first_token(self) -> Request:
        """The first token has arrived now."""
        self.set(names.TIME_TO_FIRST_TOKEN, (time.perf_counter_ns() - self._started_ns) / 1e9)
        return self

    def cost(self, usd: float) -> Request:
        """What it cost; without this the platform computes it from model and tokens."""
        self.set(names.COST_USD, usd)
        return self

    def answered_by(self, model: str) -> Request:
        """The model that answered, where it is not the one that was asked for."""
        self.set(names.RESPONSE_MODEL, model)
        return self


class Workflow(Operation):
    """A job across agents. What runs inside, also in other processes after `inject`, carries its id."""

    def __init__(self, telemetry: Telemetry, scope: Scope, name: str, id: str, attributes: Mapping[str, Any]) -> None:  # noqa: A002 – the public word
        self.id = id or new_id()
        super().__init__(
            f"workflow {name}",
            {names.OWN_OPERATION: "workflow", names.WORKFLOW_NAME: name, **attributes},
            telemetry=telemetry,
            scope=scope.derive(workflow=self.id),
        )


class Task(Operation):
    """One unit of work of one agent."""

    def __init__(self, telemetry: Telemetry, scope: Scope, name: str, id: str, attributes: Mapping[str, Any]) -> None:  # noqa: A002 – the public word
        self.id = id or new_id()
        super().__init__(
            f"task {name}",
            {names.OWN_OPERATION: "task", names.TASK_NAME: name, **attributes},
            telemetry=telemetry,
            scope=scope.derive(task=self.id),
        )

    def _ending(self, status: StatusCode) -> None:
        self.span.set_attribute(names.TASK_STATUS, _TASK_STATUS[status])


class Message(Operation):
    """One agent addresses another. `headers` carry the trace; the receiver wraps its work in `extract(headers)`."""

    def __init__(self, telemetry: Telemetry, scope: Scope, to: str, kind: str, attributes: Mapping[str, Any]) -> None:
        super().__init__(
            f"{kind} {to}",
            {
                names.OWN_OPERATION: "agent_communication",
                names.PEER_AGENT: to,
                names.MESSAGE_KIND: kind,
                **attributes,
            },
            telemetry=telemetry,
            scope=scope,
            kind=SpanKind.PRODUCER,
        )

    @property
    def headers(self) -> MutableMapping[str, str]:
        """`traceparent` and `baggage` of this message, to be sent along with it."""
        token = attach(trace_api.set_span_in_context(self.span))
        scope_token = scopes.enter(self._scope or scopes.EMPTY)
        try:
            return scopes.inject()
        finally:
            scopes.leave(scope_token)
            detach(token)


class Conflict(Operation):
    """A disagreement between agents, from its detection to its resolution."""

    def __init__(
        self,
        telemetry: Telemetry,
        scope: Scope,
        kind: str,
        agents: Sequence[str],
        id: str,  # noqa: A002 – the public word
        attributes: Mapping[str, Any],
    ) -> None:
        self.id = id or new_id()
        super().__init__(
            f"conflict {kind}",
            {
                names.OWN_OPERATION: "conflict",
                names.CONFLICT_ID: self.id,
                names.CONFLICT_KIND: kind,
                names.CONFLICT_AGENTS: list(agents),
                **attributes,
            },
            telemetry=telemetry,
            scope=scope,
        )

    def resolve(self, resolution: str = "", success: bool = True, **attributes: AttributeValue) -> None:
        """End the conflict. resolution: how, e.g. vote, priority, merge. success: whether it is settled."""
        if self._ended:
            return
        if resolution:
            self.set(names.CONFLICT_RESOLUTION, resolution)
        self.span.set_attributes(attributes)
        self.complete(success)

    def _ending(self, status: StatusCode) -> None:
        self.span.set_attribute(names.CONFLICT_RESOLVED, status is StatusCode.OK)


class Dependency(Operation):
    """Waiting for another agent or task."""

    def __init__(self, telemetry: Telemetry, scope: Scope, on: str, id: str, attributes: Mapping[str, Any]) -> None:  # noqa: A002 – the public word
        self.id = id or new_id()
        super().__init__(
            f"wait {on}",
            {
                names.OWN_OPERATION: "dependency_wait",
                names.DEPENDENCY_ID: self.id,
                names.DEPENDENCY_ON: on,
                **attributes,
            },
            telemetry=telemetry,
            scope=scope,
        )

    def resolve(self, success: bool = True, **attributes: AttributeValue) -> None:
        """What was waited for is there (or, without success, will not come)."""
        if not self._ended:
            self.span.set_attributes(attributes)
            self.complete(success)

    def _ending(self, status: StatusCode) -> None:
        self.span.set_attribute(names.DEPENDENCY_RESOLVED, status is StatusCode.OK)
