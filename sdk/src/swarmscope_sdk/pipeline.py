"""Staged pipelines and test runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, Self

from opentelemetry.trace import StatusCode

from swarmscope_sdk import names, past
from swarmscope_sdk import scope as scopes
from swarmscope_sdk.operation import AttributeValue, Operation
from swarmscope_sdk.telemetry import Telemetry, default
from swarmscope_sdk.work import new_id

PROGRESS: Final = "swarmscope.pipeline.progress"
STAGE_PROGRESS: Final = "swarmscope.stage.progress"
TESTS: Final = "swarmscope.tests"
TestStatus = Literal["passed", "failed", "skipped", "error"]


class Stage(Operation):
    """One stage of a pipeline: its duration, CPU time, peak memory and success are recorded."""

    def __init__(self, pipeline: PipelineRun, index: int, name: str, attributes: Mapping[str, Any]) -> None:
        self._pipeline = pipeline
        self.index = index
        self.name = name
        self._cpu_s = 0.0
        super().__init__(
            f"stage {name}",
            {
                **pipeline.attributes,
                names.OWN_OPERATION: "stage",
                names.STAGE_NAME: name,
                names.STAGE_INDEX: index,
                **attributes,
            },
            telemetry=pipeline.telemetry,
        )

    def _start(self) -> None:
        self._cpu_s = time.process_time()
        super()._start()

    def progress(self, done: float) -> Self:
        """How much of the stage is done, 0 to 1. Raises ValueError outside."""
        if not 0.0 <= done <= 1.0:
            raise ValueError(f"progress={done!r} is outside 0–1")
        self.set(names.STAGE_PROGRESS, float(done))
        self._pipeline.advance(self.index, self.name, float(done))
        return self

    def _ending(self, status: StatusCode) -> None:
        self.set(names.STAGE_CPU_S, time.process_time() - self._cpu_s)
        if peak := _memory_peak_bytes():
            self.set(names.STAGE_MEMORY_BYTES, peak)
        if status is StatusCode.OK:
            self.progress(1.0)


class PipelineRun(Operation):
    """One run of a pipeline of any number of stages.

    stages: their names in order; at least one. Raises ValueError for none or for a name that comes twice.
    """

    def __init__(
        self,
        name: str,
        stages: Sequence[str],
        *,
        id: str = "",  # noqa: A002 – the public word
        telemetry: Telemetry | None = None,
        **attributes: AttributeValue,
    ) -> None:
        if isinstance(stages, str) or not stages or len(set(stages)) != len(stages):
            raise ValueError(f"a pipeline needs a list of stages with names of their own, not {stages!r}")
        self.id = id or new_id()
        self.name = name
        self.stages = tuple(stages)
        self.telemetry = telemetry or default()
        self.attributes: dict[str, AttributeValue] = {
            names.PIPELINE_ID: self.id,
            names.PIPELINE_NAME: name,
            names.STAGE_COUNT: len(self.stages),
        }
        super().__init__(
            f"pipeline {name}",
            {**self.attributes, names.OWN_OPERATION: "pipeline", **attributes},
            telemetry=self.telemetry,
        )

    def stage(self, name: str, **attributes: AttributeValue) -> Stage:
        """The stage of that name. Raises KeyError for one that is not in `stages`."""
        if name not in self.stages:
            raise KeyError(f"pipeline {self.name!r} has no stage {name!r}; its stages: {', '.join(self.stages)}")
        return Stage(self, self.stages.index(name), name, attributes)

    def advance(self, index: int, stage: str, done: float) -> None:
        """Stage and pipeline progress as signals; `Stage.progress` calls this."""
        labels = {names.PIPELINE_NAME: self.name, names.PIPELINE_ID: self.id}
        instruments = self.telemetry.instruments
        instruments.gauge(STAGE_PROGRESS, done, {**labels, names.STAGE_NAME: stage}, "1")
        instruments.gauge(PROGRESS, (index + done) / len(self.stages), labels, "1")

    def test(self, suite: str, name: str, status: TestStatus, duration_s: float = 0.0) -> None:
        """The result of one test that has run."""
        report_test(suite, name, status, duration_s, telemetry=self.telemetry)


def report_test(
    suite: str, name: str, status: TestStatus, duration_s: float = 0.0, *, telemetry: Telemetry | None = None
) -> None:
    """The result of one test that has just ended: a span of its duration and a count by suite and status."""
    telemetry = telemetry or default()
    scope = scopes.current()
    agent = {names.AGENT_ID: scope.agent} if scope and scope.agent else {}
    attributes = {
        names.OWN_OPERATION: "test",
        names.TEST_SUITE: suite,
        names.TEST_NAME: name,
        names.TEST_STATUS: status,
    }
    success = None if status == "skipped" else status == "passed"
    past.record(telemetry, f"test {name}", attributes, duration_s=duration_s, success=success, message=status)
    labels = {names.TEST_SUITE: suite, names.TEST_STATUS: status, **agent}
    telemetry.instruments.count(TESTS, 1, labels, "{test}")


def _memory_peak_bytes() -> int:
    """Peak resident memory of this process, 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
