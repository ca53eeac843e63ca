"""Loki's push: JSON, or protobuf in a snappy block → OTLP log records.

Source: Grafana Loki, "HTTP API → Ingest logs", `pkg/push/push.proto`. A stream becomes a resource; its attributes are its
labels as they were pushed, with marks of our own whose names have dots and so are no labels: where it came from, service, agent
and environment. Structured metadata become attributes of the record; `trace_id` and `span_id` among them its ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import cramjam
import orjson
from google.protobuf.message import DecodeError as ProtobufError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from swarmscope.errors import InputError, LimitError, QueryError
from swarmscope.ingest.levels import severity_in, severity_of
from swarmscope.ingest.neighbours import protos
from swarmscope.model.semantics import WIRE, WIRE_LOKI
from swarmscope.query.logql.parse import parse_selector
from swarmscope.query.logql.tree import quote

LABELS_MAX = 64
NAME_BYTES_MAX, VALUE_BYTES_MAX = 1024, 2048
REFUSED_TOLD_MAX = 10
_MESSAGES = protos.classes(
    "logproto",
    {
        # texts are bytes here: Loki takes lines that are not UTF-8, and protobuf would refuse the whole push for one
        "LabelPair": "1 name bytes, 2 value bytes",
        "Entry": "1 timestamp Timestamp, 2 line bytes, 3 structuredMetadata [LabelPair], 4 parsed [LabelPair]",
        "Stream": "1 labels bytes, 2 entries [Entry], 3 hash uint64",
        "PushRequest": "1 streams [Stream]",
    },
)
_snappy: Any = cramjam.snappy
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_SERVICE = (
    "service_name", "service", "app", "application", "name", "app_kubernetes_io_name", "container", "container_name",
    "k8s_container_name", "component", "workload", "job", "k8s_job_name",
)  # fmt: skip
_AGENT = ("agent", "agent_id", "agent_name")
_ENVIRONMENT = ("deployment_environment_name", "deployment_environment", "environment", "env")
_LEVEL = ("detected_level", "level", "severity", "lvl", "severity_text")
_HEX = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}")
Entry = tuple[int, str, dict[str, str]]
Stream = tuple[dict[str, str], Iterable[Entry], str]
"""Labels, entries, and why none of them can be taken, where that is known already."""


@dataclass(slots=True)
class Pushed:
    """body: an OTLP request of the entries that are taken. refused: how many were not; message: why, in Loki's words.
    streams: how many there were."""

    body: bytes
    streams: int = 0
    taken: int = 0
    refused: int = 0
    reasons: list[str] = field(default_factory=list)

    @property
    def message(self) -> str:
        """What Loki tells of refused entries."""
        return "\n".join(self.reasons) + (f"\nuser, total ignored: {self.refused} out of {self.refused + self.taken}")

    def refuse(self, entries: int, reason: str) -> None:
        """Some entries are not taken."""
        self.refused += entries
        if len(self.reasons) < REFUSED_TOLD_MAX:
            self.reasons.append(reason)


def from_json(body: bytes, oldest_ns: int, newest_ns: int) -> Pushed:
    """A JSON push. InputError in Loki's words."""
    try:
        pushed = orjson.loads(body)
    except orjson.JSONDecodeError as e:
        raise InputError(f"couldn't parse push request: {e}") from e
    streams = pushed.get("streams", []) if isinstance(pushed, dict) else None
    if not isinstance(streams, list):
        raise InputError("couldn't parse push request: an object with a list `streams` is wanted")
    return _converted(map(_of_json, streams), oldest_ns, newest_ns)


def unpacked_size(body: bytes, limit: int) -> int:
    """What a snappy block says it becomes. InputError; LimitError: more than `limit` bytes."""
    try:
        size = int(_snappy.decompress_raw_len(body))
    except Exception as e:  # cramjam's own class of errors
        raise _no_request(e) from e
    if size > limit:
        raise LimitError(f"request body too large: more than {limit} bytes come out of it (ingest.message_max_bytes)")
    return size


def from_protobuf(body: bytes, limit: int, oldest_ns: int, newest_ns: int) -> Pushed:
    """A snappy block of protobuf. InputError; LimitError: more than `limit` bytes come out."""
    unpacked_size(body, limit)
    try:
        request = _MESSAGES["PushRequest"].FromString(bytes(_snappy.decompress_raw(body)))
    except (ProtobufError, Exception) as e:
        raise _no_request(e) from e
    return _converted(map(_of_protobuf, request.streams), oldest_ns, newest_ns)


def _no_request(error: Exception) -> InputError:
    return InputError(
        f"couldn't parse push request: {type(error).__name__}: the body is no PushRequest in a snappy block"
    )


def _of_json(stream: Any) -> Stream:
    if not isinstance(stream, dict) or not isinstance(stream.get("stream"), dict):
        raise InputError(
            "couldn't parse push request: an element of `streams` needs an object `stream` and a list `values`"
        )
    labels = stream["stream"]
    if not all(isinstance(v, str) for v in labels.values()):
        raise InputError(f"couldn't parse push request: labels of stream {str(labels)[:200]} must be strings")
    values = stream.get("values", [])
    if not isinstance(values, list):
        raise InputError("couldn't parse push request: `values` must be a list")
    return labels, map(_entry_of_json, values), ""


def _entry_of_json(value: Any) -> Entry:
    if not isinstance(value, list) or len(value) not in (2, 3) or not all(isinstance(v, str) for v in value[:2]):
        raise InputError(f'couldn\'t parse push request: an entry must be ["<ns>", "<line>"], not {str(value)[:200]}')
    meta = value[2] if len(value) == 3 else {}
    if not isinstance(meta, dict) or not all(isinstance(v, str) for v in meta.values()):
        raise InputError("couldn't parse push request: structured metadata must be an object of strings")
    if not re.fullmatch(r"-?\d{1,19}", value[0], re.ASCII):
        raise InputError(f"couldn't parse push request: timestamp {value[0][:40]!r} is no number of nanoseconds")
    return int(value[0]), value[1], meta


def _of_protobuf(stream: Any) -> Stream:
    try:
        text = stream.labels.decode()
        matchers = parse_selector(text)
    except (UnicodeDecodeError, QueryError) as e:
        raise InputError(f"couldn't parse labels: error parsing labels {_read(stream.labels[:200])!r}: {e}") from e
    odd = next((m for m in matchers if m.op != "="), None)
    if odd is not None:
        raise InputError(
            f"couldn't parse labels: error parsing labels {text[:200]!r}: unexpected {odd.op!r}, expected '='"
        )
    names = [m.name for m in matchers]
    twice = next((n for n in names if names.count(n) > 1), None)
    entries = (
        (
            e.timestamp.seconds * 10**9 + e.timestamp.nanos,
            _read(e.line),
            {_read(p.name): _read(p.value) for p in e.structuredMetadata},
        )
        for e in stream.entries
    )
    why = "" if twice is None else f"stream '{text[:500]}' has duplicate label name: '{twice[:100]}'"
    return {m.name: m.value for m in matchers}, entries, why


def _read(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _converted(streams: Iterable[Stream], oldest_ns: int, newest_ns: int) -> Pushed:
    request = ExportLogsServiceRequest()
    made = Pushed(b"")
    for labels, entries, twice in streams:
        made.streams += 1
        name = _named(labels)
        if why := twice or _unfit(labels, name):
            if count := sum(1 for _ in entries):
                made.refuse(count, why)
            continue
        resource = request.resource_logs.add()
        resource.resource.attributes.extend(_attributes(labels))
        records = resource.scope_logs.add().log_records
        level = next((labels[n] for n in _LEVEL if labels.get(n)), "")
        for time_ns, line, meta in entries:
            if not oldest_ns <= time_ns <= newest_ns:
                made.refuse(1, _untimely(name, time_ns, oldest_ns))
                continue
            made.taken += 1
            _fill(records.add(time_unix_nano=time_ns), line, meta, level)
    made.body = request.SerializeToString()
    return made


def _untimely(name: str, time_ns: int, oldest_ns: int) -> str:
    if time_ns >= oldest_ns:
        return f"entry for stream '{name}' has timestamp too new: {_moment(time_ns)}"
    oldest = _moment(oldest_ns)
    return (
        f"entry for stream '{name}' has timestamp too old: {_moment(time_ns)}, oldest acceptable timestamp is: {oldest}"
    )


def _moment(time_ns: int) -> str:
    try:
        return f"{datetime.fromtimestamp(time_ns // 10**9, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError, OSError):
        return f"{time_ns} ns"


def _named(labels: dict[str, str]) -> str:
    """The stream as Loki names it. InputError, for the whole push as there: a label that cannot have its name."""
    told = ("{" + ", ".join(f"{k}={quote(v)}" for k, v in sorted(labels.items())) + "}")[:500]
    for label in labels:
        if _NAME.fullmatch(label) is None:
            raise InputError(
                f"couldn't parse labels: error parsing labels {told}: {label[:100]!r} is no name of a label"
            )
    return told


def _unfit(labels: dict[str, str], told: str) -> str:
    """Why nothing of the stream can be taken, by its labels; the other streams of the push can."""
    if not labels:
        return "error at least one label pair is required per stream"
    if len(labels) > LABELS_MAX:
        return f"entry for stream '{told}' has {len(labels)} label names; limit {LABELS_MAX}"
    for label, value in labels.items():
        if len(label.encode()) > NAME_BYTES_MAX:
            return f"stream '{told}' has label name too long: '{label[:100]}'"
        if len(value.encode()) > VALUE_BYTES_MAX:
            return f"stream '{told}' has label value too long: '{value[:100]}'"
    return ""


def _attributes(labels: dict[str, str]) -> Iterator[KeyValue]:
    yield from (_text(k, v) for k, v in labels.items())
    yield _text(WIRE, WIRE_LOKI)
    for key, names in (
        ("service.name", _SERVICE), ("swarmscope.agent.id", _AGENT), ("deployment.environment.name", _ENVIRONMENT),
    ):  # fmt: skip
        found = next((labels[n] for n in names if labels.get(n)), "")
        if found:
            yield _text(key, found)


def _fill(record: Any, line: str, meta: dict[str, str], level: str) -> None:
    record.body.string_value = line
    said = next((meta[n] for n in _LEVEL if meta.get(n)), level)
    record.severity_number = severity_of(said) if said else severity_in(line)
    if said:
        record.severity_text = said
    for key, value in meta.items():
        if key in ("trace_id", "span_id") and len(value) == (32 if key == "trace_id" else 16) and _HEX.fullmatch(value):
            setattr(record, key, bytes.fromhex(value))
        elif value:
            record.attributes.append(_text(key, value))


def _text(key: str, value: str) -> KeyValue:
    made = KeyValue(key=key)
    made.value.string_value = value
    return made
