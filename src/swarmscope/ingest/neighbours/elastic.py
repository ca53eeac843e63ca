"""Elasticsearch's `_bulk`: NDJSON actions and documents → OTLP log records, one answer per action.

Source: Elasticsearch reference, "Bulk API"; Elastic Common Schema. `@timestamp`, `message`, `log.level`, `service.name`,
`trace.id`, `span.id`, `host.name` go where OTLP has a place; everything else becomes an attribute under its dotted path. The
index is kept as the attribute `elasticsearch.index`, the id as `elasticsearch.id`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from swarmscope.errors import InputError
from swarmscope.ingest.levels import severity_in, severity_of
from swarmscope.model.semantics import ELASTIC_ID, ELASTIC_INDEX

ACTIONS_MAX = 100_000
DEPTH_MAX = 16
FIELDS_MAX = 500
INDEX_BYTES_MAX, ID_BYTES_MAX = 255, 512
_ACTIONS = ("index", "create", "update", "delete")
_RESOURCE = ("service.name", "service.version", "service.environment", "host.name", "kubernetes.namespace")
_AS = {"service.environment": "deployment.environment.name", "kubernetes.namespace": "k8s.namespace.name"}
_LEVELS = ("log.level", "level", "severity", "loglevel")
_BODIES = ("message", "msg", "log", "event.original")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?")


@dataclass(slots=True)
class Item:
    """The answer to one action. status: as of HTTP; error: type and reason, empty for none."""

    action: str
    index: str
    id: str
    status: int = 201
    error: tuple[str, str] = ("", "")


@dataclass(slots=True)
class Bulk:
    """body: an OTLP request of the documents that are taken."""

    body: bytes
    items: list[Item] = field(default_factory=list)
    taken: int = 0


def from_bulk(body: bytes, default_index: str, oldest_ns: int, newest_ns: int, now_ns: int) -> Bulk:
    """A bulk request. InputError in Elasticsearch's words when its lines cannot be told apart."""
    if not body.strip():
        raise InputError("request body is required")
    if not body.endswith(b"\n"):
        raise InputError("The bulk request must be terminated by a newline [\\n]")
    request = ExportLogsServiceRequest()
    made = Bulk(b"")
    resources: dict[tuple[tuple[str, str], ...], Any] = {}
    for action, about, document in _actions(body):
        index = str(about.get("_index") or default_index)
        item = Item(action, index, str(about.get("_id") or secrets.token_urlsafe(15)))
        made.items.append(item)
        if len(made.items) > ACTIONS_MAX:
            raise InputError(f"a bulk request of more than {ACTIONS_MAX} actions; send less at once")
        if (why := _unnameable(item)) is not None:
            item.status, item.error = 400, why
            item.index, item.id = item.index[:INDEX_BYTES_MAX], item.id[:ID_BYTES_MAX]
        elif not index:
            item.status, item.error = 400, ("action_request_validation_exception", "index is missing")
        elif action in ("update", "delete"):
            item.status = 400
            item.error = (
                "illegal_argument_exception",
                f"only write ops with an op_type of create are allowed: {action}",
            )
        else:
            _take(document, item, request, resources, made, (oldest_ns, newest_ns, now_ns))
    made.body = request.SerializeToString()
    return made


def _unnameable(item: Item) -> tuple[str, str] | None:
    """Why an index or id is none for Elasticsearch, by its length."""
    if (size := len(item.index.encode())) > INDEX_BYTES_MAX:
        shown = f"Invalid index name [{item.index[:100]}…]"
        return "invalid_index_name_exception", f"{shown}, index name is too long, ({size} > {INDEX_BYTES_MAX})"
    if (size := len(item.id.encode())) > ID_BYTES_MAX:
        shown = f"id [{item.id[:100]}…] is too long"
        return "illegal_argument_exception", f"{shown}, must be no longer than {ID_BYTES_MAX} bytes but was: {size}"
    return None


def _actions(body: bytes) -> Iterator[tuple[str, dict[str, Any], bytes]]:
    lines = iter(enumerate(body.split(b"\n")[:-1], 1))
    for number, line in lines:
        if not line.strip():
            continue
        try:
            said = orjson.loads(line)
        except orjson.JSONDecodeError as e:
            raise InputError(f"Malformed action/metadata line [{number}], expected START_OBJECT: {e}") from e
        action = next(iter(said), "") if isinstance(said, dict) and len(said) == 1 else ""
        if action not in _ACTIONS or not isinstance(said[action], dict):
            raise InputError(
                f"Malformed action/metadata line [{number}], expected field [create], [delete], [index] or [update] but found "
                f"[{str(action or said)[:80]}]"
            )
        if action == "delete":
            yield action, said[action], b""
            continue
        _, document = next(lines, (0, None))
        if document is None:
            raise InputError(f"Malformed action/metadata line [{number}]: the document behind it is missing")
        yield action, said[action], document


def _take(
    raw: bytes, item: Item, request: Any, resources: dict[Any, Any], made: Bulk, window: tuple[int, int, int]
) -> None:
    oldest_ns, newest_ns, now_ns = window
    try:
        document = orjson.loads(raw)
        if not isinstance(document, dict):
            raise TypeError(f"a document must be an object, not {type(document).__name__}")
        flat: dict[str, Any] = {}
        _flatten(document, "", flat, 0)
        time_ns = _time(flat.pop("@timestamp", flat.pop("timestamp", None)), now_ns)
    except (orjson.JSONDecodeError, TypeError, ValueError) as e:
        item.status, item.error = 400, ("document_parsing_exception", f"failed to parse: {e}")
        return
    if not oldest_ns <= time_ns <= newest_ns:
        item.status = 400
        item.error = ("document_parsing_exception", f"@timestamp {_moment(time_ns)} is outside what is taken in "
                      "(ingest.past_max_s, ingest.future_max_s)")  # fmt: skip
        return
    of = tuple((k, str(flat.pop(k))) for k in _RESOURCE if k in flat and not isinstance(flat[k], dict | list))
    records = resources.get(of)
    if records is None:
        resource = request.resource_logs.add()
        resource.resource.attributes.extend(KeyValue(key=_AS.get(k, k), value=AnyValue(string_value=v)) for k, v in of)
        records = resources[of] = resource.scope_logs.add().log_records
    try:
        _fill(records.add(time_unix_nano=time_ns), flat, item)
    except TypeError as e:  # nested too deep to be written as JSON
        del records[-1]
        item.status, item.error = 400, ("document_parsing_exception", f"failed to parse: {e}")
        return
    made.taken += 1


def _flatten(value: dict[str, Any], prefix: str, out: dict[str, Any], depth: int) -> None:
    for key, inner in value.items():
        name = prefix + key
        if isinstance(inner, dict) and depth < DEPTH_MAX:
            _flatten(inner, name + ".", out, depth + 1)
        elif inner is not None and len(out) < FIELDS_MAX:
            out[name] = inner


def _time(value: Any, now_ns: int) -> int:
    if value is None:
        return now_ns
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value * 10**6)
    text = str(value)
    if text.isdigit() and len(text) < 16:
        return int(text) * 10**6
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(
            f"failed to parse date field [{text[:60]}] with format [strict_date_optional_time||epoch_millis]"
        )
    zone = "+00:00" if match[4] in (None, "Z") else match[4]
    seconds = int(datetime.fromisoformat(f"{match[1]}T{match[2]}{zone}").timestamp())
    return seconds * 10**9 + int((match[3] or "0").ljust(9, "0"))


def _moment(time_ns: int) -> str:
    try:
        return datetime.fromtimestamp(time_ns / 1e9, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return f"{time_ns} ns"


def _fill(record: Any, flat: dict[str, Any], item: Item) -> None:
    body = next((flat.pop(k) for k in _BODIES if isinstance(flat.get(k), str)), "")
    record.body.string_value = body
    level = next((flat.pop(k) for k in _LEVELS if isinstance(flat.get(k), str)), "")
    record.severity_number = severity_of(level) if level else severity_in(body)
    record.severity_text = level
    for key, name, width in (("trace.id", "trace_id", 32), ("span.id", "span_id", 16)):
        found = flat.get(key)
        if isinstance(found, str) and re.fullmatch(f"[0-9a-f]{{{width}}}", found):
            setattr(record, name, bytes.fromhex(flat.pop(key)))
    flat[ELASTIC_INDEX], flat[ELASTIC_ID] = item.index, item.id
    for key, value in flat.items():
        record.attributes.append(KeyValue(key=key, value=_any(value)))


def _any(value: Any) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value) if -(2**63) <= value < 2**63 else AnyValue(string_value=str(value))
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, list) and all(isinstance(v, str | int | float) for v in value):
        made = AnyValue()
        made.array_value.values.extend(map(_any, value))
        made.array_value.SetInParent()
        return made
    return AnyValue(string_value=value if isinstance(value, str) else orjson.dumps(value).decode())
