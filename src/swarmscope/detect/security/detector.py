"""The security detectors as one plug-in over committed batches."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Self

import msgspec
import pyarrow as pa

from swarmscope.detect import base
from swarmscope.detect.security import extract
from swarmscope.detect.security.threats import DETECTOR, TITLES, VERSION, Threats
from swarmscope.model.finding import Finding

SHARED = Threats()
"""One for the committed batches and for the API, so that both count into the same windows."""


class Security(base.EventDetector):
    """Attacks in requests, logins, prompts and tool calls.

    Reads HTTP, user, client and GenAI attributes of spans, records of logs, and new messages. Injections (SQL in the seven
    families of Halfond et al., scripts, commands, paths) by signs, libinjection and an n-gram model; prompt injection, tool
    abuse and exfiltration by signs that add up; guessing over five minutes; floods and rates against what was usual; travel,
    places and hours of each principal. Events go to `security_events`, one finding per kind, principal and five minutes.

        [plugins.options.detector.security]
        inspect_prompts = false

    Sources: OWASP Core Rule Set and Top 10 for LLM Applications 2025; Halfond, Viegas & Orso, ISSSE 2006; MITRE ATT&CK T1110.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """inspect_prompts: whether messages of models and tools are read."""

        inspect_prompts: Annotated[bool, msgspec.Meta(description="whether messages of models and tools are read")] = (
            True
        )

    name: ClassVar[str] = DETECTOR
    version: ClassVar[str] = VERSION
    family: ClassVar[str] = "security"
    kinds: ClassVar[tuple[str, ...]] = tuple(TITLES)
    tables: ClassVar[tuple[str, ...]] = ("spans", "logs", "messages")
    heeds: ClassVar[bool] = True

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self._threats = SHARED

    def apart(self) -> Self:
        """One that counts into windows of its own."""
        made = type(self)(self.options)
        made._threats = Threats(counted=False)
        return made

    def judge(self, seen: base.Events) -> Sequence[Finding]:
        """Findings of a batch."""
        return self.judged(seen)[0]

    def judged(self, seen: base.Events) -> tuple[Sequence[Finding], dict[str, pa.Table]]:
        """Findings of a batch, and the rows of `security_events` behind them."""
        tables = dict(seen.tables)
        if not self.options.inspect_prompts:
            tables.pop("messages", None)
        given = extract.of_batch(tables, seen.tenant, seen.batch_id)
        if not len(given):
            return (), {}
        verdict = self._threats.judge(seen.tenant, given, time.time_ns(), seen.said)
        return verdict.findings, {"security_events": verdict.rows} if verdict.rows.num_rows else {}
