"""What the names of the filter language mean for spans, logs and agents; the reference in docs/search.md is made from here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "number", "duration", "usd", "moment", "choice", "hex", "flag"]

KINDS: dict[Kind, str] = {
    "text": "exact text, or with `*` for anything: `chat*`; `~` is a regular expression",
    "number": "`=`, `>`, `>=`, `<`, `<=`",
    "duration": "as a number, with a unit: `250ms`, `2s`, `1m30s`",
    "usd": "as a number, US dollars",
    "moment": "as a number: `2026-01-31T12:00:00Z`, Unix time, `-15m`",
    "choice": "one of the names given",
    "hex": "an id in hex digits",
    "flag": "`true` or `false`",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One name that can be searched for.

    column: SQL expression over the noun's table (the key in a snapshot for agents).
    choices: of kind `choice`: name → stored number.
    width: of kind `hex`: digits. number: a `hex` that is stored as UInt64. array: the column is an array; one element suffices.
    facet: among the facets that a search counts when none is named.
    """

    name: str
    column: str
    kind: Kind
    doc: str
    choices: dict[str, int] = field(default_factory=dict)
    facet: bool = False
    width: int = 0
    number: bool = False
    array: bool = False


STATUS = {"unset": 0, "ok": 1, "error": 2}
SPAN_KINDS = {"unspecified": 0, "internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
LEVEL_WIDTH = 4  # severity numbers per level
LEVELS = {"unset": 0, "trace": 1, "debug": 5, "info": 9, "warn": 13, "error": 17, "fatal": 21}
STATES = ("working", "waiting", "looping", "wedged", "idle", "abandoned")
CONDITIONS = (*STATES, "failing")

SPAN_FIELDS = (
    Field("agent", "agent", "text", "agent id", facet=True),
    Field("agent_name", "agent_name", "text", "display name of the agent"),
    Field("session", "session", "text", "session id"),
    Field("workflow", "workflow", "text", "workflow id"),
    Field("peer_agent", "peer_agent", "text", "the agent that the span addresses"),
    Field("name", "name", "text", "name of the span", facet=True),
    Field("service", "service", "text", "service.name of the resource", facet=True),
    Field("operation", "operation", "text", "chat, execute_tool, invoke_agent …", facet=True),
    Field("provider", "provider", "text", "openai, anthropic …", facet=True),
    Field("model", "model", "text", "the model that answered", facet=True),
    Field("tool", "tool", "text", "name of the tool", facet=True),
    Field("status", "status_code", "choice", "unset, ok, error", STATUS, facet=True),
    Field("status_message", "status_message", "text", "what the error says"),
    Field("kind", "kind", "choice", "internal, server, client, producer, consumer", SPAN_KINDS, facet=True),
    Field("duration", "duration_ns", "duration", "how long the span took"),
    Field("ttft", "ttft_ns", "duration", "time to first token"),
    Field("cost", "cost_nano_usd", "usd", "cost of the span"),
    Field("tokens", "(toUInt64(input_tokens) + output_tokens)", "number", "input and output tokens"),
    Field("input_tokens", "input_tokens", "number", "tokens of the prompt"),
    Field("output_tokens", "output_tokens", "number", "tokens of the completion"),
    Field("cached_tokens", "cached_tokens", "number", "prompt tokens read from a cache"),
    Field("reasoning_tokens", "reasoning_tokens", "number", "completion tokens spent on reasoning"),
    Field("trace_id", "trace_id", "hex", "32 hex digits", width=32),
    Field("span_id", "span_id", "hex", "16 hex digits", width=16),
    Field("parent_span_id", "parent_span_id", "hex", "16 hex digits"),
    Field("root", "(parent_span_id = toFixedString('', 8))", "flag", "spans without a parent"),
    Field("start_time", "start_time", "moment", "when the span began"),
    Field("scope", "scope_name", "text", "instrumentation scope", facet=True),
    Field("event", "event_name", "text", "name of one of the span's events", array=True),
    Field("message_key", "message_key", "text", "attribute that carried a prompt or completion", array=True),
)

LOG_FIELDS = (
    Field("level", "severity", "choice", "trace, debug, info, warn, error, fatal, unset", LEVELS, facet=True),
    Field("severity", "severity", "number", "OTLP severity number, 0–24"),
    Field("severity_text", "severity_text", "text", "severity as sent"),
    Field("service", "service", "text", "service.name of the resource", facet=True),
    Field("agent", "agent", "text", "agent id", facet=True),
    Field("session", "session", "text", "session id"),
    Field("event_name", "event_name", "text", "name of the event", facet=True),
    Field("scope", "scope_name", "text", "instrumentation scope", facet=True),
    Field("body", "body", "text", "the whole body"),
    Field("trace_id", "trace_id", "hex", "32 hex digits", width=32),
    Field("span_id", "span_id", "hex", "16 hex digits", width=16),
    Field("template", "template_id", "hex", "template mined from the body, 16 hex digits", width=16, number=True),
    Field("time", "time", "moment", "when it was said"),
)

AGENT_FIELDS = (
    Field("agent", "agent", "text", "agent id"),
    Field("name", "name", "text", "display name"),
    Field("kind", "kind", "text", "llm, rl, worker …", facet=True),
    Field("model", "model", "text", "model registered or last used", facet=True),
    Field("version", "version", "text", "as registered", facet=True),
    Field("service", "service", "text", "service last seen", facet=True),
    Field("team", "team", "text", "its label `team`", facet=True),
    Field("node", "node", "text", "host it runs on: `k8s.node.name`, or `host.name`", facet=True),
    Field("status", "status", "text", "what the agent says of itself", facet=True),
    Field("state", "state", "choice", ", ".join(STATES), {s: i for i, s in enumerate(STATES)}, facet=True),
    Field(
        "condition",
        "condition",
        "choice",
        "its state, or failing: most of its spans fail (health below 0.3) in a state that is no trouble by itself",
        {s: i for i, s in enumerate(CONDITIONS)},
        facet=True,
    ),
    Field("capability", "capabilities", "text", "one of its capabilities", array=True),
    Field("spans", "spans", "number", "spans in the last minute"),
    Field("errors", "errors", "number", "errors in the last minute"),
    Field("error_ratio", "error_ratio", "number", "0–1, in the last minute"),
    Field("latency", "latency_p95_ns", "duration", "95th percentile in the last minute"),
    Field("tokens", "tokens", "number", "in the last minute"),
    Field("cost", "cost_usd", "number", "US dollars in the last minute"),
    Field("pending", "pending", "number", "spans that have started and not ended"),
    Field("health", "health", "number", "0–1"),
    Field("last_seen", "last_seen", "moment", "last span or heartbeat"),
    Field("since", "since", "moment", "when it came into its state"),
)

# of the columns that attributes are promoted to, those that logs have: `agent` is for ids and names
LOG_SLOTS = {"agent": "agent", "agent_name": "agent", "session": "session"}

NOUNS: dict[str, dict[str, Field]] = {
    "spans": {f.name: f for f in SPAN_FIELDS},
    "logs": {f.name: f for f in LOG_FIELDS},
    "agents": {f.name: f for f in AGENT_FIELDS},
}


def reference(noun: str) -> str:
    """The fields of a noun as a Markdown table."""
    rows = [f"| `{f.name}` | {f.kind} | {f.doc} |" for f in NOUNS[noun].values()]
    return "\n".join(["| field | kind | meaning |", "|---|---|---|", *rows])
