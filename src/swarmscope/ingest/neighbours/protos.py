"""The protobuf messages of Zipkin and of Jaeger's collector, stated as tables of fields.

Source: openzipkin/zipkin-api `zipkin.proto` (zipkin.proto3); jaegertracing/jaeger-idl `api_v2/model.proto`, `collector.proto`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, duration_pb2, message_factory, timestamp_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError as ProtobufError

_TYPES = {
    "double": 1, "int64": 3, "uint64": 4, "int32": 5, "fixed64": 6, "bool": 8, "string": 9, "bytes": 12, "uint32": 13,
}  # fmt: skip
_MESSAGE = 11
_WELL_KNOWN = {"Timestamp": "google/protobuf/timestamp.proto", "Duration": "google/protobuf/duration.proto"}

# message → fields as `number name type`; a type in brackets repeats. Enumerations are int32: the same bytes.
ZIPKIN = {
    "Endpoint": "1 service_name string, 2 ipv4 bytes, 3 ipv6 bytes, 4 port int32",
    "Annotation": "1 timestamp fixed64, 2 value string",
    "Tag": "1 key string, 2 value string",  # an entry of a map<string, string>: the same bytes
    "Span": (
        "1 trace_id bytes, 2 parent_id bytes, 3 id bytes, 4 kind int32, 5 name string, 6 timestamp fixed64, "
        "7 duration uint64, 8 local_endpoint Endpoint, 9 remote_endpoint Endpoint, 10 annotations [Annotation], "
        "11 tags [Tag], 12 debug bool, 13 shared bool"
    ),
    "ListOfSpans": "1 spans [Span]",
}
JAEGER = {
    "KeyValue": (
        "1 key string, 2 v_type int32, 3 v_str string, 4 v_bool bool, 5 v_int64 int64, 6 v_float64 double, 7 v_binary bytes"
    ),
    "Log": "1 timestamp Timestamp, 2 fields [KeyValue]",
    "SpanRef": "1 trace_id bytes, 2 span_id bytes, 3 ref_type int32",
    "Process": "1 service_name string, 2 tags [KeyValue]",
    "Span": (
        "1 trace_id bytes, 2 span_id bytes, 3 operation_name string, 4 references [SpanRef], 5 flags uint32, "
        "6 start_time Timestamp, 7 duration Duration, 8 tags [KeyValue], 9 logs [Log], 10 process Process"
    ),
    "Batch": "1 spans [Span], 2 process Process",
    "PostSpansRequest": "1 batch Batch",
}


def classes(package: str, messages: dict[str, str]) -> dict[str, Any]:
    """The message classes of a table, by name."""
    pool = descriptor_pool.DescriptorPool()
    for known in (timestamp_pb2, duration_pb2):
        pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    file.dependency.extend(_WELL_KNOWN.values())
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field in filter(None, fields.split(", ")):
            number, label, kind = field.split(" ")
            made = message.field.add(name=label, number=int(number), label=3 if kind.startswith("[") else 1)
            kind = kind.strip("[]")
            made.type = _TYPES.get(kind, _MESSAGE)
            if made.type == _MESSAGE:
                made.type_name = f".google.protobuf.{kind}" if kind in _WELL_KNOWN else f".{package}.{kind}"
    pool.Add(file)
    return {n: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{n}")) for n in messages}


def reader(package: str, messages: dict[str, str], name: str) -> Callable[[bytes], Any]:
    """Reads one of the messages of a table; protobuf's own DecodeError. As those whose wire it is, it takes text that is no
    UTF-8, with a mark in its place: protobuf here would refuse all of the request for one such tag."""
    strict = classes(package, messages)[name]
    raw = classes(package, {of: fields.replace("string", "bytes") for of, fields in messages.items()})[name]

    def read(body: bytes) -> Any:
        try:
            return strict.FromString(body)
        except ProtobufError:
            made = raw.FromString(body)
            _spell(made, strict.DESCRIPTOR)
            return strict.FromString(made.SerializeToString())

    return read


def _spell(message: Any, strict: Any) -> None:
    """Make the texts of a message UTF-8. strict: its descriptor, with those fields as texts."""
    for field, value in message.ListFields():
        kind = strict.fields_by_name[field.name]
        if kind.type == FieldDescriptor.TYPE_MESSAGE:
            for part in value if field.is_repeated else (value,):
                _spell(part, kind.message_type)
        elif kind.type == FieldDescriptor.TYPE_STRING:  # of which none repeats
            setattr(message, field.name, value.decode("utf-8", "replace").encode())
