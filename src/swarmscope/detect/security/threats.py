"""From events to what is stored of them: rows of `security_events`, and one finding per kind, principal and five minutes."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope import telemetry
from swarmscope.detect.security.events import FAILURE, SEVERITIES, Events, Threat, subject_of, table
from swarmscope.detect.security.judge import SEVERITY as OF_TEXTS
from swarmscope.detect.security.judge import Judge
from swarmscope.detect.verdicts import NOTHING_SAID, Bars
from swarmscope.model.finding import Finding

DETECTOR, VERSION = "security", "1"
WINDOW_NS = 300_000_000_000
TENANTS_MAX = 256
CASES_MAX = 20_000
EVIDENCE_MAX = 8
LABELS_MAX = 100
_failures = telemetry.counter(
    "auth_failures_total", "Failed logins seen in what was sent, by a hash of whose they are", ("principal",)
)
_threats = telemetry.counter(
    "swarmscope_security_threats_total", "What security detectors held against events", ("kind", "severity")
)

TITLES = {
    "sql_injection": "SQL injection",
    "xss": "Cross-site scripting",
    "command_injection": "Command injection",
    "path_traversal": "Path traversal",
    "prompt_injection": "Prompt injection",
    "tool_abuse": "Tool abuse",
    "exfiltration": "Exfiltration",
    "secret_exposure": "Secret in what a model or tool was given or gave",
    "brute_force": "Brute force",
    "credential_stuffing": "Credential stuffing",
    "account_takeover": "Account taken over after guessing",
    "rate_abuse": "Too many requests",
    "flood": "Flood from many sources",
    "impossible_travel": "Impossible travel",
    "unusual_place": "Unusual place",
    "unusual_time": "Unusual hour",
}
REMEDIES = {
    "sql_injection": "Bind values as parameters; block the source; look for what the endpoint answered.",
    "xss": "Escape on output and set a content-security policy; block the source.",
    "command_injection": "Never pass values through a shell; block the source; look at what the process started.",
    "path_traversal": "Resolve and check paths against a root; block the source.",
    "prompt_injection": "Treat what tools and documents return as data; narrow the agent's tools; see what it did next.",
    "tool_abuse": "Pause the agent; demand approval for this tool; look at who gave the instruction.",
    "exfiltration": "Pause the agent; forbid unknown hosts in links and tools; look at what was sent.",
    "secret_exposure": "Rotate the secret; find where it came from; it was removed before storage.",
    "brute_force": "Throttle or lock the account, demand a second factor.",
    "credential_stuffing": "Block the source; demand a second factor; reset accounts that succeeded.",
    "account_takeover": "End the sessions of this account and reset its credentials now.",
    "rate_abuse": "Throttle this principal at this endpoint.",
    "flood": "Rate-limit in front of this endpoint; scale it out; block the worst sources.",
    "impossible_travel": "Demand a second factor; end the older session.",
    "unusual_place": "Ask the person; demand a second factor.",
    "unusual_time": "Look at what was done in this session.",
}


@dataclass(slots=True)
class _Case:
    """What was held of one kind against one subject within one window."""

    count: int = 0
    severity: int = 0
    confidence: float = 0.0
    families: dict[str, int] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)
    evidence: list[tuple[str, str]] = field(default_factory=list)
    last_ns: int = 0
    told: str = ""  # the newest sentence about it; "": what was held against texts, which speak for themselves


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in a batch of events. rows: of `security_events`. rows_of: `Events.row`."""

    threats: list[Threat]
    rows: pa.Table
    findings: list[Finding]
    rows_of: NDArray[np.int64]


class Threats:
    """The judges of all tenants, and the cases that are open. Safe from several threads. counted: in our own metrics."""

    def __init__(self, counted: bool = True) -> None:
        self._counted = counted
        self._judges: dict[str, Judge] = {}
        self._cases: dict[tuple[str, str, str, int], _Case] = {}
        self._labels: set[str] = set()
        self._lock = threading.Lock()

    def judge(self, tenant: str, given: Events, now_ns: int, said: Bars | None = None) -> Verdict:
        """What is held against the events of a tenant. said: what people said of findings before."""
        with self._lock:
            judge = self._judges.get(tenant)
            if judge is None:
                if len(self._judges) >= TENANTS_MAX:
                    del self._judges[next(iter(self._judges))]
                judge = self._judges[tenant] = Judge()
            threats = judge.judge(given, said or NOTHING_SAID)
            self._count(given, threats)
            findings = self._findings(tenant, given, threats)
        return Verdict(threats, table(tenant, given, threats, now_ns), findings, given.row)

    def _count(self, given: Events, threats: Sequence[Threat]) -> None:
        if not self._counted:
            return
        for threat in threats:
            _threats.labels(threat.kind, threat.severity).inc()
        for i in np.flatnonzero(given.outcome == FAILURE).tolist():
            if given.action[i] == "login":
                label = hashlib.blake2b(given.principal[i].encode(), digest_size=6, person=b"auth").hexdigest()
                if label not in self._labels:
                    label = label if len(self._labels) < LABELS_MAX else "other"
                    self._labels.add(label)
                _failures.labels(label).inc()

    def _findings(self, tenant: str, given: Events, threats: Sequence[Threat]) -> list[Finding]:
        touched: dict[tuple[str, str, str, int], _Case] = {}
        for threat in threats:
            i = threat.place
            subject = subject_of(given, i)
            key = (tenant, threat.kind, subject, int(given.time_ns[i]) // WINDOW_NS)
            case = self._cases.get(key)
            if case is None:
                if len(self._cases) >= CASES_MAX:
                    for old in list(self._cases)[: CASES_MAX // 4]:
                        del self._cases[old]
                case = self._cases[key] = _Case()
            touched[key] = case
            case.count += 1
            case.severity = max(case.severity, SEVERITIES.index(threat.severity))
            case.confidence = max(case.confidence, threat.confidence)
            case.families[threat.family] = case.families.get(threat.family, 0) + 1
            case.last_ns = max(case.last_ns, int(given.time_ns[i]))
            case.told = "" if threat.kind in OF_TEXTS else threat.message
            if given.source[i] and len(case.sources) < 50:
                case.sources.add(given.source[i])
            if given.agent[i] and len(case.agents) < 50:
                case.agents.add(given.agent[i])
            if len(case.evidence) < EVIDENCE_MAX:
                trace = given.trace_id[i]
                case.evidence += [("trace", trace.hex())] if any(trace) else []
                case.evidence.append(("text", threat.message))
        return [_finding(key, case) for key, case in touched.items()]


def _finding(key: tuple[str, str, str, int], case: _Case) -> Finding:
    tenant, kind, subject, window = key
    families = sorted(case.families.items(), key=lambda f: -f[1])
    total = sum(case.families.values())
    whence = f" from {', '.join(sorted(case.sources)[:3])}" if case.sources - {subject} else ""
    return Finding(
        tenant=tenant,
        detector=DETECTOR,
        version=VERSION,
        kind=kind,
        severity=SEVERITIES[case.severity],
        subject_kind="principal" if subject not in case.agents else "agent",
        subject=subject,
        window_start_ns=window * WINDOW_NS,
        window_end_ns=max(case.last_ns, window * WINDOW_NS) + 1,
        title=f"{TITLES[kind]}: {subject}" + (f", {case.count} times" if case.count > 1 else ""),
        score=case.confidence,
        confidence=case.confidence,
        explanation=_explanation(case, families[0][0].replace("_", " "), whence),
        recommendation=REMEDIES[kind],
        features=tuple((name, n / total) for name, n in families[:10]),
        evidence=tuple(case.evidence),
        participants=tuple(sorted(case.agents)),
    )


def _explanation(case: _Case, family: str, whence: str) -> str:
    if case.told:
        again = f" It was told {case.count} times within five minutes." if case.count > 1 else ""
        return f"{case.told[:1].upper()}{case.told[1:]}{whence}.{again}"
    what = "text" if case.count == 1 else "texts"
    return f"{case.count} such {what} within five minutes{whence}; mostly {family}."
