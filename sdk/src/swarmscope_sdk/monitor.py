"""`AgentMonitor`: everything that one agent reports, in one object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import Token
from types import TracebackType
from typing import Any, Self

from opentelemetry.trace import SpanKind

from swarmscope_sdk import names
from swarmscope_sdk import scope as scopes
from swarmscope_sdk.instruments import INTELLIGENCE, AgentMetrics
from swarmscope_sdk.operation import AttributeValue, Operation
from swarmscope_sdk.scope import Scope
from swarmscope_sdk.telemetry import Telemetry, default
from swarmscope_sdk.work import Conflict, Dependency, Message, Request, Task, Workflow, new_id


class AgentMonitor:
    """One agent. `with` or `async with` registers it, sends heartbeats while it lives, and says when it stops.

    Inside the block every span of the process's code that runs there belongs to the agent, also those of other
    instrumentation. No method waits for the network.

    id: unique in the fleet. model: the model it uses. kind: llm, rl, worker, … name: shown instead of the id. session: the
    conversation it serves. telemetry: where to report, the process's own by default. Raises ValueError for an empty id.
    """

    def __init__(
        self,
        id: str,  # noqa: A002 – the public word
        model: str = "",
        kind: str = "llm",
        *,
        name: str = "",
        version: str = "",
        session: str = "",
        capabilities: Sequence[str] = (),
        labels: Mapping[str, str] | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        if not id:
            raise ValueError("an agent needs an id that is not empty")
        self.id = id
        self.model = model
        self.kind = kind
        self.name = name
        self.version = version
        self.capabilities = tuple(capabilities)
        self.labels = dict(labels or {})
        self.status = "ready"
        self._telemetry = telemetry or default()
        self._scope = Scope(agent=id, agent_name=name, session=session)
        self._metric_attributes = {names.AGENT_ID: id}
        self._token: Token[Scope | None] | None = None
        self._running = False
        self._stopped = False

    def start(self) -> Self:
        """Register and begin to send heartbeats, without a block; end with `stop`. One that was stopped is ready again."""
        if not self._running:
            self._running = True
            if self._stopped:
                self._stopped, self.status = False, "ready"
            self._event(names.EVENT_REGISTER)
            self._telemetry.join(self)
        return self

    def stop(self, status: str = "stopped") -> None:
        """Say that the agent ends. A second call does nothing."""
        if self._running:
            self._running = False
            self._telemetry.part(self)
            self._stopped, self.status = True, status
            self._event(names.EVENT_STOP)

    def beat(self) -> None:
        """Send a heartbeat now; one is sent every `heartbeat_s` anyway."""
        if self._running:
            self._telemetry.log(
                "heartbeat", event=names.EVENT_HEARTBEAT, attributes=self._identity(), scope=self._scope
            )

    def register(self) -> None:
        """Send the registration again, after model, version, capabilities or labels changed."""
        self._event(names.EVENT_REGISTER)

    def __enter__(self) -> Self:
        if self._token is not None:
            raise RuntimeError(f"the monitor of agent {self.id!r} is entered already; make one for each block")
        self.start()
        self._token = scopes.enter(self._here())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            scopes.leave(self._token)
            self._token = None
        self.stop("stopped" if error is None else f"failed: {type(error).__name__}")

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    @contextmanager
    def session(self, id: str = "") -> Iterator[str]:  # noqa: A002 – the public word
        """What runs in the block belongs to this conversation; yields its id (a new one without)."""
        id = id or new_id()  # noqa: A001 – the public word
        token = scopes.enter(self._here().derive(session=id))
        try:
            yield id
        finally:
            scopes.leave(token)

    def track_request(
        self,
        name: str = "",
        *,
        operation: str = "invoke_agent",
        model: str = "",
        provider: str = "",
        input_tokens: int | None = None,
        **attributes: AttributeValue,
    ) -> Request:
        """One request that the agent serves (`operation="chat"`: one call of a model)."""
        known = {
            names.OPERATION: operation,
            names.REQUEST_MODEL: model or self.model,
            names.PROVIDER: provider,
            names.INPUT_TOKENS: input_tokens,
        }
        subject = (model or self.model) if operation == "chat" else (self.name or self.id)
        return Request(
            name or f"{operation} {subject}".rstrip(),
            {**{key: value for key, value in known.items() if value not in ("", None)}, **attributes},
            telemetry=self._telemetry,
            scope=self._here(),
            kind=SpanKind.CLIENT if operation == "chat" else SpanKind.INTERNAL,
        )

    def trace(self, name: str, **attributes: AttributeValue) -> Operation:
        """Any operation of the agent."""
        return self._operation(name, {names.OWN_OPERATION: "agent_operation", **attributes})

    def tool(self, name: str, **attributes: AttributeValue) -> Operation:
        """One use of a tool."""
        return self._operation(
            f"execute_tool {name}", {names.OPERATION: "execute_tool", names.TOOL_NAME: name, **attributes}
        )

    def workflow(self, name: str, id: str = "", **attributes: AttributeValue) -> Workflow:  # noqa: A002 – the public word
        """A job across agents; `id` joins one that another process began."""
        return Workflow(self._telemetry, self._here(), name, id, attributes)

    def task(self, name: str, id: str = "", *, kind: str = "", **attributes: AttributeValue) -> Task:  # noqa: A002 – the public word
        """One unit of work; give the result's quality to `complete` or `quality`."""
        known = {names.TASK_KIND: kind} if kind else {}
        return Task(self._telemetry, self._here(), name, id, {**known, **attributes})

    def message(
        self,
        to: str,
        kind: str = "request",
        *,
        size_bytes: int | None = None,
        strength: float | None = None,
        **attributes: AttributeValue,
    ) -> Message:
        """The agent addresses agent `to`. strength: weight of the interaction, 1 by default."""
        known = {names.MESSAGE_BYTES: size_bytes, names.MESSAGE_STRENGTH: strength}
        given = {key: value for key, value in known.items() if value is not None}
        return Message(self._telemetry, self._here(), to, kind, {**given, **attributes})

    def conflict(
        self,
        kind: str,
        agents: Sequence[str] = (),
        id: str = "",  # noqa: A002 – the public word
        **attributes: AttributeValue,
    ) -> Conflict:
        """A disagreement with `agents`; end it with `resolve`."""
        return Conflict(self._telemetry, self._here(), kind, agents, id, attributes)

    def dependency(self, on: str, id: str = "", **attributes: AttributeValue) -> Dependency:  # noqa: A002 – the public word
        """Waiting for the agent or task `on`; end it with `resolve`."""
        return Dependency(self._telemetry, self._here(), on, id, attributes)

    def update_metrics(self, metrics: AgentMetrics | None = None, /, **values: float) -> None:
        """Report what the agent measures of itself; `name=number` becomes the gauge `swarmscope.agent.<name>`."""
        found = metrics.values() if metrics is not None else {}
        found.update({names.METRIC_AGENT_PREFIX + key: value for key, value in values.items()})
        for name, value in found.items():
            self._telemetry.instruments.gauge(name, value, self._metric_attributes)

    def report_intelligence(
        self, accuracy: float, coherence: float, efficiency: float, adaptability: float, **more: float
    ) -> None:
        """Scores of the agent's work, 0 to 1. Raises ValueError outside; nothing is reported then."""
        scores = {**dict(zip(INTELLIGENCE, (accuracy, coherence, efficiency, adaptability), strict=True)), **more}
        for name, score in scores.items():
            if not 0.0 <= score <= 1.0:
                raise ValueError(f"{name}={score!r} is outside 0–1")
        for name, score in scores.items():
            self._telemetry.instruments.gauge(
                names.METRIC_INTELLIGENCE_PREFIX + name, float(score), self._metric_attributes
            )

    def counter(self, name: str, value: float = 1, *, unit: str = "", **labels: str | int | bool) -> None:
        """Add to a counter. Raises ValueError for a negative value."""
        self._telemetry.instruments.count(name, value, self._labels(labels), unit)

    def gauge(self, name: str, value: float, *, unit: str = "", **labels: str | int | bool) -> None:
        """Set a gauge."""
        self._telemetry.instruments.gauge(name, value, self._labels(labels), unit)

    def histogram(self, name: str, value: float, *, unit: str = "", **labels: str | int | bool) -> None:
        """Record one value of a distribution."""
        self._telemetry.instruments.histogram(name, value, self._labels(labels), unit)

    def log(self, message: str, level: str = "info", **attributes: AttributeValue) -> None:
        """Log a line; it is found with the trace in which it was written."""
        self._telemetry.log(message, level, attributes=attributes, scope=self._here())

    def health(self, status: str, score: float | None = None, reason: str = "") -> None:
        """Say how the agent is: `status` in a word, `score` from 0 to 1. Sent with a heartbeat now."""
        if score is not None:
            if not 0.0 <= score <= 1.0:
                raise ValueError(f"score={score!r} is outside 0–1")
            self.update_metrics(health=float(score))
        self.status = status
        if reason:
            level = "info" if score is None or score >= 0.7 else "warning"
            self._telemetry.log(f"{status}: {reason}", level, scope=self._here())
        self.beat()

    def flush(self, timeout_s: float | None = None) -> bool:
        """Send all that waits, now, in the calling thread. False: the platform is away; it is kept."""
        return self._telemetry.flush(timeout_s)

    def _here(self) -> Scope:
        """The running scope, with this agent in it."""
        scope = scopes.current()
        if scope is None:
            return self._scope
        if scope.agent == self.id:
            return scope if scope.session else scope.derive(session=self._scope.session)
        session = self._scope.session or scope.session
        return scope.derive(agent=self.id, agent_name=self.name, session=session, task="")

    def _operation(self, name: str, attributes: Mapping[str, Any]) -> Operation:
        return Operation(name, attributes, telemetry=self._telemetry, scope=self._here())

    def _labels(self, labels: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**self._metric_attributes, **labels} if labels else self._metric_attributes

    def _identity(self) -> dict[str, Any]:
        return {names.OWN_AGENT_ID: self.id, names.AGENT_STATUS: self.status}

    def _event(self, event: str) -> None:
        known = {
            names.OWN_AGENT_NAME: self.name,
            names.AGENT_KIND: self.kind,
            names.AGENT_MODEL: self.model,
            names.OWN_AGENT_VERSION: self.version,
            names.AGENT_CAPABILITIES: list(self.capabilities),
        }
        attributes = {**self._identity(), **{key: value for key, value in known.items() if value}, **self.labels}
        self._telemetry.log(event.rpartition(".")[2], event=event, attributes=attributes, scope=self._scope)


def register_agent(
    id: str,  # noqa: A002 – the public word
    model: str = "",
    kind: str = "llm",
    *,
    name: str = "",
    version: str = "",
    capabilities: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
) -> None:
    """Register an agent in one line, without heartbeats."""
    AgentMonitor(id, model, kind, name=name, version=version, capabilities=capabilities, labels=labels).register()


def update_metrics(id: str, metrics: AgentMetrics | None = None, /, **values: float) -> None:  # noqa: A002 – the public word
    """Report an agent's metrics in one line."""
    AgentMonitor(id).update_metrics(metrics, **values)
