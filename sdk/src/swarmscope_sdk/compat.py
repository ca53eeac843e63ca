"""The names that earlier monitoring clients used, answered by this library.

Code that was written for them works after changing the import. What they awaited may be awaited here, and may be called
without `await` too: nothing waits for the network.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Generator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from swarmscope_sdk import names, past
from swarmscope_sdk import scope as scopes
from swarmscope_sdk.instruments import AgentMetrics
from swarmscope_sdk.monitor import AgentMonitor, register_agent, update_metrics
from swarmscope_sdk.operation import AttributeValue, Operation, monitored
from swarmscope_sdk.scope import Scope
from swarmscope_sdk.telemetry import Telemetry, configure, default, is_configured
from swarmscope_sdk.work import Message, Request, Task, Workflow

__all__ = [
    "AIAgentMonitor",
    "AgentMetrics",
    "complete_workflow_monitoring",
    "monitored_operation",
    "quick_register_agent",
    "quick_update_metrics",
    "record_agent_task",
    "record_conflict_resolution",
    "record_counter",
    "record_gauge",
    "record_histogram",
    "report_intelligence_metrics",
    "start_workflow_monitoring",
    "timed_operation",
    "trace_agent_communication",
    "trace_agent_operation",
    "trace_task_execution",
]

_log = logging.getLogger("swarmscope_sdk")
_WORKFLOWS_MAX = 10_000


async def _true() -> bool:
    return True


class Done:
    """The answer of what is done already: true, and `await` gives True at once."""

    def __await__(self) -> Generator[Any, None, bool]:
        return _true().__await__()

    def __bool__(self) -> bool:
        return True


_DONE = Done()


class _Tracked:
    """One request: a span, and the running counts as gauges when it ends."""

    def __init__(self, monitor: AIAgentMonitor, request: Request) -> None:
        self._monitor = monitor
        self._request = request
        self._started_s = 0.0

    def __enter__(self) -> Request:
        self._started_s = time.perf_counter()
        return self._request.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._request.__exit__(kind, error, trace)
        success = self._request.success
        self._monitor.request_ended(
            time.perf_counter() - self._started_s, failed=None if success is None else not success
        )

    async def __aenter__(self) -> Request:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)


class AIAgentMonitor(AgentMonitor):
    """`AgentMonitor` under its earlier name and signature. base_url: see `configure`; used where nothing is configured yet."""

    def __init__(
        self,
        agent_id: str,
        model_name: str = "unknown",
        agent_type: str = "general",
        base_url: str | None = None,
        auto_register: bool = True,
    ) -> None:
        super().__init__(agent_id, model_name, agent_type, telemetry=_telemetry(base_url))
        self.auto_register = auto_register
        self.current_metrics = AgentMetrics(error_count=0, success_count=0)

    @property
    def agent_id(self) -> str:
        """Same as `id`."""
        return self.id

    def start(self) -> Self:
        """As `AgentMonitor.start`; without `auto_register` neither registration nor heartbeats are sent."""
        return super().start() if self.auto_register else self

    def track_request(  # type: ignore[override] # the earlier signature
        self, input_tokens: int = 0, context_length: int = 0, **attributes: Any
    ) -> _Tracked:
        """One request, timed; counts and tokens go into `current_metrics` and are reported when it ends."""
        if input_tokens:
            self.current_metrics.input_tokens = input_tokens
        if context_length:
            self.current_metrics.context_length = context_length
        return _Tracked(self, super().track_request(input_tokens=input_tokens or None, **attributes))

    def request_ended(self, response_time_s: float, *, failed: bool | None) -> None:
        """Count one request and report. failed None: it was cancelled, which is neither."""
        metrics = self.current_metrics
        metrics.response_time = response_time_s
        if failed:
            metrics.error_count = (metrics.error_count or 0) + 1
        elif failed is not None:
            metrics.success_count = (metrics.success_count or 0) + 1
        self.update_metrics()

    def update_metrics(self, metrics: AgentMetrics | None = None, /, **values: float) -> Done:  # type: ignore[override] # awaited by earlier code
        """Set fields of `current_metrics` (others are reported as they are) and report all.

        Raises TypeError for a field that is no number; nothing is set then.
        """
        known = {field.name for field in dataclasses.fields(self.current_metrics)} & values.keys()
        given = {name: values.pop(name) for name in known}
        dataclasses.replace(self.current_metrics, **given).values()  # type: ignore[arg-type] # the mapping is checked too
        for name, value in given.items():
            setattr(self.current_metrics, name, value)
        super().update_metrics(metrics or self.current_metrics, **values)
        return _DONE

    def report_intelligence_metrics(
        self, accuracy: float, coherence: float, efficiency: float, adaptability: float
    ) -> Done:
        """As `report_intelligence`."""
        self.report_intelligence(accuracy, coherence, efficiency, adaptability)
        return _DONE

    def interact_with_agent(
        self, target_agent_id: str, interaction_type: str, strength: float = 1.0, **metadata: Any
    ) -> Done:
        """One interaction that has just happened."""
        with self.message(target_agent_id, interaction_type, strength=strength, **metadata):
            return _DONE


def quick_register_agent(
    agent_id: str, model_name: str = "unknown", agent_type: str = "general", base_url: str | None = None
) -> Done:
    """As `register_agent`."""
    _telemetry(base_url)
    register_agent(agent_id, model_name, agent_type)
    return _DONE


def quick_update_metrics(agent_id: str, metrics: AgentMetrics, base_url: str | None = None) -> Done:
    """As `update_metrics`."""
    _telemetry(base_url)
    update_metrics(agent_id, metrics)
    return _DONE


def report_intelligence_metrics(
    agent_id: str, accuracy: float, coherence: float, efficiency: float, adaptability: float
) -> Done:
    """As `AgentMonitor.report_intelligence`."""
    AgentMonitor(agent_id).report_intelligence(accuracy, coherence, efficiency, adaptability)
    return _DONE


def record_counter(name: str, value: float = 1, labels: Mapping[str, str] | None = None) -> None:
    """Add to a counter of the running agent."""
    default().instruments.count(name, value, _labels(labels))


def record_gauge(name: str, value: float, labels: Mapping[str, str] | None = None) -> None:
    """Set a gauge of the running agent."""
    default().instruments.gauge(name, value, _labels(labels))


def record_histogram(name: str, value: float, labels: Mapping[str, str] | None = None) -> None:
    """Record one value of a distribution of the running agent."""
    default().instruments.histogram(name, value, _labels(labels))


timed_operation = monitored
monitored_operation = monitored


def record_agent_task(
    agent_id: str,
    task_type: str,
    duration: float = 0.0,
    success: bool = True,
    quality_score: float | None = None,
    workflow_id: str = "",
    **attributes: AttributeValue,
) -> None:
    """A task that has just ended after `duration` seconds."""
    if quality_score is not None and not 0.0 <= quality_score <= 1.0:
        raise ValueError(f"quality_score={quality_score!r} is outside 0–1")
    known: dict[str, AttributeValue] = {
        names.OWN_OPERATION: "task",
        names.TASK_NAME: task_type,
        names.TASK_STATUS: "success" if success else "failure",
    }
    if quality_score is not None:
        known[names.TASK_QUALITY] = float(quality_score)
    scope = _scope(agent_id, workflow_id)
    past.record(
        default(), f"task {task_type}", {**known, **attributes}, duration_s=duration, success=success, scope=scope
    )


def record_conflict_resolution(
    conflict_type: str,
    agents: Sequence[str] = (),
    strategy: str = "",
    success: bool = True,
    duration: float = 0.0,
    **attributes: AttributeValue,
) -> None:
    """A conflict that has just ended after `duration` seconds."""
    known: dict[str, AttributeValue] = {
        names.OWN_OPERATION: "conflict",
        names.CONFLICT_KIND: conflict_type,
        names.CONFLICT_AGENTS: list(agents),
        names.CONFLICT_RESOLUTION: strategy,
        names.CONFLICT_RESOLVED: success,
    }
    past.record(default(), f"conflict {conflict_type}", {**known, **attributes}, duration_s=duration, success=success)


_workflows: OrderedDict[str, Workflow] = OrderedDict()
_workflows_lock = threading.Lock()


def start_workflow_monitoring(workflow_id: str, name: str = "", **attributes: AttributeValue) -> str:
    """Start a workflow; `complete_workflow_monitoring` ends it. At most 10,000 are open, the oldest ends as cancelled."""
    scope = scopes.current() or scopes.EMPTY
    workflow = Workflow(default(), scope, name or workflow_id, workflow_id, attributes).start()
    with _workflows_lock:
        replaced = [_workflows.pop(workflow.id)] if workflow.id in _workflows else []
        _workflows[workflow.id] = workflow
        if len(_workflows) > _WORKFLOWS_MAX:
            replaced.append(_workflows.popitem(last=False)[1])
    for old in replaced:
        old.cancel()
    return workflow.id


def complete_workflow_monitoring(workflow_id: str, success: bool = True, **attributes: AttributeValue) -> bool:
    """End a workflow. False: there is no open one of that id."""
    with _workflows_lock:
        workflow = _workflows.pop(workflow_id, None)
    if workflow is None:
        return False
    workflow.span.set_attributes(attributes)
    workflow.complete(success)
    return True


def trace_agent_operation(agent_id: str, operation: str, **attributes: AttributeValue) -> Operation:
    """One operation of an agent."""
    return AgentMonitor(agent_id).trace(operation, **attributes)


def trace_task_execution(agent_id: str, task_type: str, task_id: str = "", **attributes: Any) -> Task:
    """One task of an agent."""
    return AgentMonitor(agent_id).task(task_type, task_id, **attributes)


def trace_agent_communication(
    from_agent: str, to_agent: str, message_type: str = "message", **attributes: Any
) -> Message:
    """One agent addresses another."""
    return AgentMonitor(from_agent).message(to_agent, message_type, **attributes)


def _telemetry(base_url: str | None) -> Telemetry:
    """The process's telemetry, configured with `base_url` where nothing is configured yet."""
    if base_url is None:
        return default()
    if not is_configured():
        return configure(url=base_url)
    telemetry = default()
    if telemetry.settings.url.rstrip("/") != base_url.rstrip("/"):
        _log.warning("swarmscope: base_url=%r is ignored, this process reports to %s", base_url, telemetry.settings.url)
    return telemetry


def _labels(labels: Mapping[str, str] | None) -> dict[str, Any]:
    scope = scopes.current()
    agent = {names.AGENT_ID: scope.agent} if scope and scope.agent else {}
    return {**agent, **(labels or {})}


def _scope(agent: str, workflow: str) -> Scope:
    here = scopes.current() or scopes.EMPTY
    return here.derive(agent=agent, workflow=workflow or here.workflow)
