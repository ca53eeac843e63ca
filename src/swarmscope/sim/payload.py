"""Ready-made OTLP requests for load: serialised once, then patched in place, so that no two are equal and making one is cheap.

Spans: 64 trees of 8 per request in the order in which they end (children first), 12 attributes each, texts of 80 and 120
characters. Logs: 512 records of 140 characters with trace context and 8 attributes. Every patched field has a fixed width.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

ITEMS_PER_REQUEST = 512
SPANS_PER_TREE = 8
FLEET = 10_000
MODELS = (
    "gpt-4o-2024-11-20",
    "gpt-4o-mini-2024-07-18",
    "claude-3-5-sonnet-20241022",
    "claude-3-5-haiku-20241022",
    "gemini-2.0-flash",
    "llama-3.3-70b-instruct",
    "mistral-large-2411",
    "qwen2.5-72b-instruct",
)
PROVIDERS = ("openai", "openai", "anthropic", "anthropic", "gcp.gemini", "meta", "mistral_ai", "alibaba")
TOOLS = (
    "web_search",
    "python_exec",
    "sql_query",
    "read_file",
    "send_email",
    "calendar_lookup",
    "vector_lookup",
    "http_get",
    "jira_create",
    "browser_click",
)
WORDS = (
    "order", "customer", "refund", "policy", "status", "shipped", "invoice", "ticket", "search", "result", "found",
    "error", "retry", "account", "user", "request", "tool", "answer", "plan", "step", "context", "document",
    "summary", "total", "price", "date",
)  # fmt: skip
# one tree: (parent, OpenInference kind, operation, start ms, mean duration ms)
TREE = (
    (-1, "AGENT", "invoke_agent", 0, 3000),
    (0, "CHAIN", "plan", 2, 880),
    (1, "LLM", "chat", 5, 850),
    (0, "TOOL", "execute_tool", 900, 450),
    (0, "RETRIEVER", "retrieve", 1400, 350),
    (4, "EMBEDDING", "embeddings", 1420, 60),
    (0, "LLM", "chat", 1800, 750),
    (0, "TOOL", "execute_tool", 2600, 380),
)
END_ORDER = (2, 1, 3, 5, 4, 6, 7, 0)
_DIGITS = np.array([list(f"{i:05d}".encode()) for i in range(100_000)], np.uint8)
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_AGENT, _SESSION = b"agent-@@@@@", b"sess-################"
_RESOURCE = {"service.name": "agent-fleet", "service.version": "1.42.0"}

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]


def text(chance: random.Random, length: int) -> str:
    """Words up to `length` characters."""
    made = ""
    while len(made) < length:
        made += chance.choice(WORDS) + " "
    return made[:length]


def _set(attribute: Any, key: str, value: str | int | float) -> None:
    attribute.key = key
    if isinstance(value, str):
        attribute.value.string_value = value
    elif isinstance(value, int):
        attribute.value.int_value = value
    else:
        attribute.value.double_value = value


def _places(body: bytes, marks: Sequence[bytes], skips: Sequence[int]) -> list[list[int]]:
    """Where each mark stands in `body`, in order; an empty mark is not looked for (−1)."""
    at, found = 0, []
    for mark, skip in zip(marks, skips, strict=True):
        if not mark:
            found.append(-1)
            continue
        at = body.index(mark, at)
        found.append(at + skip)
        at += len(mark)
    return [[p] for p in found]


class SpanTemplate:
    """One request of `n` spans. For one thread."""

    signal = "traces"

    def __init__(self, seed: int, n: int = ITEMS_PER_REQUEST) -> None:
        chance = random.Random(seed)
        self.items = n
        self.units = n // SPANS_PER_TREE
        body, marks = self._serialise(chance, seed)
        self._base = np.frombuffer(body, np.uint8)
        self._index(body, marks)

    def _serialise(self, chance: random.Random, seed: int) -> tuple[bytes, list[tuple[bytes, ...]]]:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        request = ExportTraceServiceRequest()
        block = request.resource_spans.add()
        instance = {"service.instance.id": f"gw-{seed % 100:02d}", "deployment.environment.name": "production"}
        host = {"host.name": f"node-{seed % 1000:03d}", "telemetry.sdk.language": "python"}
        for key, value in (_RESOURCE | instance | host).items():
            _set(block.resource.attributes.add(), key, value)
        scope = block.scope_spans.add()
        scope.scope.name, scope.scope.version = "peerbench.agent", "0.1"
        marks: list[tuple[bytes, ...]] = []
        for _ in range(self.units):
            trace_id = chance.randbytes(16)
            span_ids = [chance.randbytes(8) for _ in TREE]
            marks += [self._span(chance, scope.spans.add(), position, trace_id, span_ids) for position in END_ORDER]
        return request.SerializeToString(), marks

    @staticmethod
    def _span(
        chance: random.Random, span: Any, position: int, trace_id: bytes, span_ids: list[bytes]
    ) -> tuple[bytes, ...]:
        parent, kind, operation, _, _ = TREE[position]
        start, end = chance.getrandbits(62) | 1 << 61, chance.getrandbits(62) | 1 << 61
        tool = chance.choice(TOOLS)
        span.trace_id, span.span_id = trace_id, span_ids[position]
        span.name = f"{operation} {tool}" if kind == "TOOL" else operation
        span.kind = 3 if kind in ("LLM", "EMBEDDING") else 1
        parent_id = span_ids[parent] if parent >= 0 else b""
        span.parent_span_id = parent_id
        span.start_time_unix_nano, span.end_time_unix_nano = start, end
        model, prompt, completion = (
            chance.randrange(len(MODELS)),
            chance.randrange(200, 8000),
            chance.randrange(10, 1200),
        )
        temperature: tuple[str, str | float] = ("tool.name", tool)
        if kind != "TOOL":
            temperature = ("gen_ai.request.temperature", round(chance.random(), 2))
        known: list[tuple[str, str | int | float]] = [
            ("openinference.span.kind", kind),
            ("gen_ai.operation.name", operation),
            ("gen_ai.provider.name", PROVIDERS[model]),
            ("gen_ai.agent.name", _AGENT.decode()),
            ("session.id", _SESSION.decode()),
            ("llm.model_name", MODELS[model]),
            ("llm.token_count.prompt", prompt),
            ("llm.token_count.completion", completion),
            ("llm.token_count.total", prompt + completion),
            temperature,
            ("input.value", text(chance, 80)),
            ("output.value", text(chance, 120)),
        ]
        for key, value in known:
            _set(span.attributes.add(), key, value)
        if chance.random() < 0.03:
            span.status.code, span.status.message = 2, "tool call failed: timeout after 30s"
        else:
            span.status.code = 1
        return trace_id, span_ids[position], parent_id, start.to_bytes(8, "little"), end.to_bytes(8, "little")

    def _index(self, body: bytes, marks: list[tuple[bytes, ...]]) -> None:
        flat = [m for mark in marks for m in (*mark, _AGENT, _SESSION)]
        found = np.array(_places(body, flat, [0, 0, 0, 0, 0, 6, 5] * len(marks))).reshape(-1, 7)
        wide = [found[:, [k]] + np.arange(w) for k, w in enumerate((16, 8, 8, 8, 8, 5, 16))]
        self._trace, self._span_id, parents, self._start, self._end, self._agent, self._session = wide
        row = np.arange(self.items)
        position = np.array(END_ORDER)[row % SPANS_PER_TREE]
        wire_row = np.array([END_ORDER.index(max(0, TREE[p][0])) for p in range(SPANS_PER_TREE)])
        self._children = np.flatnonzero(position > 0)
        self._parent = parents[self._children]
        self._parent_row = (row // SPANS_PER_TREE * SPANS_PER_TREE + wire_row[position])[self._children]
        self._tree = row // SPANS_PER_TREE
        self._offset = np.array([t[3] for t in TREE])[position] * 1_000_000
        self._mean = np.array([t[4] for t in TREE])[position]

    def make(self, rng: np.random.Generator, start_ns: int, step_ns: int, agents: int = FLEET) -> memoryview:
        """One request whose trees begin at start, start + step, … with fresh ids, agents and sessions."""
        body = self._base.copy()
        trace_ids = rng.integers(0, 256, (self.units, 16), np.uint8)
        span_ids = rng.integers(0, 256, (self.items, 8), np.uint8)
        body[self._trace] = trace_ids[self._tree]
        body[self._span_id] = span_ids
        body[self._parent] = span_ids[self._parent_row]
        moments = start_ns + np.arange(self.units, dtype=np.int64) * int(step_ns)
        start = moments[self._tree] + self._offset
        end = start + (self._mean * (0.3 + rng.exponential(0.7, self.items)) * 1e6).astype(np.int64)
        body[self._start] = start.view(np.uint8).reshape(-1, 8)
        body[self._end] = end.view(np.uint8).reshape(-1, 8)
        body[self._agent] = _DIGITS[rng.integers(0, agents, self.units)][self._tree]
        body[self._session] = _HEX[rng.integers(0, 16, (self.units, 16))][self._tree]
        return body.data


class LogTemplate:
    """One request of `n` log records. For one thread."""

    signal = "logs"

    def __init__(self, seed: int, n: int = ITEMS_PER_REQUEST) -> None:
        from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

        chance = random.Random(seed)
        self.items = self.units = n
        request = ExportLogsServiceRequest()
        block = request.resource_logs.add()
        instance = {"service.instance.id": "gw-01", "deployment.environment.name": "production"}
        for key, value in (
            _RESOURCE | instance | {"host.name": "node-001", "telemetry.sdk.language": "python"}
        ).items():
            _set(block.resource.attributes.add(), key, value)
        scope = block.scope_logs.add()
        scope.scope.name = "peerbench"
        marks = [m for _ in range(n) for m in self._record(chance, scope.log_records.add())]
        body = request.SerializeToString()
        self._base = np.frombuffer(body, np.uint8)
        found = np.array(_places(body, marks, [0, 6, 0, 0] * n)).reshape(-1, 4)
        self._time, self._agent, self._trace, self._span_id = (
            found[:, [k]] + np.arange(w) for k, w in enumerate((8, 5, 16, 8))
        )

    @staticmethod
    def _record(chance: random.Random, record: Any) -> tuple[bytes, ...]:
        time_ns, trace_id, span_id = chance.getrandbits(62) | 1 << 61, chance.randbytes(16), chance.randbytes(8)
        record.time_unix_nano, record.trace_id, record.span_id = time_ns, trace_id, span_id
        record.severity_number, record.severity_text = chance.choice(
            [(9, "INFO"), (9, "INFO"), (13, "WARN"), (17, "ERROR")]
        )
        record.body.string_value = text(chance, 140)
        known = {
            "gen_ai.agent.name": _AGENT.decode(),
            "session.id": "sess-0123456789abcdef",
            "event.name": "gen_ai.client.inference.operation.details",
            "code.function": chance.choice(TOOLS),
            "thread.name": "MainThread",
            "llm.model_name": chance.choice(MODELS),
            "gen_ai.operation.name": "chat",
            "http.status": "200",
        }
        for key, value in known.items():
            _set(record.attributes.add(), key, value)
        return time_ns.to_bytes(8, "little"), _AGENT, trace_id, span_id

    def make(self, rng: np.random.Generator, start_ns: int, step_ns: int, agents: int = FLEET) -> memoryview:
        """One request whose records lie at start, start + step, … with fresh ids and agents."""
        body = self._base.copy()
        times = start_ns + np.arange(self.items, dtype=np.int64) * int(step_ns)
        body[self._time] = times.view(np.uint8).reshape(-1, 8)
        body[self._agent] = _DIGITS[rng.integers(0, agents, self.items)]
        body[self._trace] = rng.integers(0, 256, (self.items, 16), np.uint8)
        body[self._span_id] = rng.integers(0, 256, (self.items, 8), np.uint8)
        return body.data


Template = SpanTemplate | LogTemplate


def templates(signal: str, seed: int, count: int = 4) -> list[Template]:
    """The templates of a seed. ValueError: there are none for `signal`."""
    kinds: dict[str, type[SpanTemplate] | type[LogTemplate]] = {"traces": SpanTemplate, "logs": LogTemplate}
    if signal not in kinds:
        raise ValueError(f"no ready-made requests for {signal!r}; there are {', '.join(kinds)}")
    return [kinds[signal](1000 * seed + i) for i in range(count)]


def fingerprint(made: Sequence[Template]) -> str:
    """SHA-256 over the templates and their first patched requests: equal here means equal load anywhere."""
    digest = hashlib.sha256()
    for template in made:
        digest.update(template.make(np.random.default_rng(1), 1_700_000_000_000_000_000, 1_000_000))
    return digest.hexdigest()
