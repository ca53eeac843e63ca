"""The protobuf messages of Prometheus remote write, 1.0 and 2.0, of remote read and of exposition, made from their definitions.

Source: prometheus/prompb `remote.proto` and `types.proto`, `io/prometheus/write/v2/types.proto`, client_model
`metrics.proto`. What a kernel does not read (histograms, exemplars, metadata) and what is encoded in an unusual way is read by
these.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_F = descriptor_pb2.FieldDescriptorProto
_KINDS = {
    "double": _F.TYPE_DOUBLE, "int64": _F.TYPE_INT64, "uint64": _F.TYPE_UINT64, "uint32": _F.TYPE_UINT32,
    "int32": _F.TYPE_INT32, "sint32": _F.TYPE_SINT32, "sint64": _F.TYPE_SINT64, "string": _F.TYPE_STRING,
    "bytes": _F.TYPE_BYTES,
}  # fmt: skip

# name → fields as "[repeated] type name = number"; enums travel as int32, of which they are a subset
_HISTOGRAM = """
    uint64 count_int 1 count; double count_float 2 count; double sum 3; sint32 schema 4; double zero_threshold 5;
    uint64 zero_count_int 6 zero; double zero_count_float 7 zero; repeated BucketSpan negative_spans 8;
    repeated sint64 negative_deltas 9; repeated double negative_counts 10; repeated BucketSpan positive_spans 11;
    repeated sint64 positive_deltas 12; repeated double positive_counts 13; int32 reset_hint 14; int64 timestamp 15;
    repeated double custom_values 16; int64 start_timestamp 17
"""
_SPAN = "sint32 offset 1; uint32 length 2"
_PACKAGES: dict[str, dict[str, str]] = {
    "prometheus": {
        "Label": "string name 1; string value 2",
        "Sample": "double value 1; int64 timestamp 2",
        "Exemplar": "repeated Label labels 1; double value 2; int64 timestamp 3",
        "BucketSpan": _SPAN,
        "Histogram": _HISTOGRAM,
        "TimeSeries": "repeated Label labels 1; repeated Sample samples 2; repeated Exemplar exemplars 3; "
        "repeated Histogram histograms 4",
        "MetricMetadata": "int32 type 1; string metric_family_name 2; string help 4; string unit 5",
        "WriteRequest": "repeated TimeSeries timeseries 1; repeated MetricMetadata metadata 3",
        "LabelMatcher": "int32 type 1; string name 2; string value 3",
        "ReadHints": "int64 step_ms 1; string func 2; int64 start_ms 3; int64 end_ms 4; repeated string grouping 5; "
        "int32 by 6; int64 range_ms 7",
        "Query": "int64 start_timestamp_ms 1; int64 end_timestamp_ms 2; repeated LabelMatcher matchers 3; ReadHints hints 4",
        "ReadRequest": "repeated Query queries 1; repeated int32 accepted_response_types 2",
        "QueryResult": "repeated TimeSeries timeseries 1",
        "ReadResponse": "repeated QueryResult results 1",
        "Chunk": "int64 min_time_ms 1; int64 max_time_ms 2; int32 type 3; bytes data 4",
        "ChunkedSeries": "repeated Label labels 1; repeated Chunk chunks 2",
        "ChunkedReadResponse": "repeated ChunkedSeries chunked_series 1; int64 query_index 2",
    },
    "io.prometheus.write.v2": {
        "Sample": "double value 1; int64 timestamp 2; int64 start_timestamp 3",
        "Exemplar": "repeated uint32 labels_refs 1; double value 2; int64 timestamp 3",
        "BucketSpan": _SPAN,
        "Histogram": _HISTOGRAM,
        "Metadata": "int32 type 1; uint32 help_ref 3; uint32 unit_ref 4",
        "TimeSeries": "repeated uint32 labels_refs 1; repeated Sample samples 2; repeated Histogram histograms 3; "
        "repeated Exemplar exemplars 4; Metadata metadata 5; int64 created_timestamp 6",
        "Request": "repeated string symbols 4; repeated TimeSeries timeseries 5",
    },
    "io.prometheus.client": {
        "LabelPair": "string name 1; string value 2",
        "Gauge": "double value 1",
        "Counter": "double value 1",
        "Quantile": "double quantile 1; double value 2",
        "Summary": "uint64 sample_count 1; double sample_sum 2; repeated Quantile quantile 3",
        "Untyped": "double value 1",
        "Bucket": "uint64 cumulative_count 1; double upper_bound 2; double cumulative_count_float 4",
        "BucketSpan": _SPAN,
        "Histogram": "uint64 sample_count 1; double sample_sum 2; repeated Bucket bucket 3; double sample_count_float 4; "
        "sint32 schema 5; double zero_threshold 6; uint64 zero_count 7; double zero_count_float 8; "
        "repeated BucketSpan negative_span 9; repeated sint64 negative_delta 10; repeated double negative_count 11; "
        "repeated BucketSpan positive_span 12; repeated sint64 positive_delta 13; repeated double positive_count 14",
        "Metric": "repeated LabelPair label 1; Gauge gauge 2; Counter counter 3; Summary summary 4; Untyped untyped 5; "
        "int64 timestamp_ms 6; Histogram histogram 7",
        "MetricFamily": "string name 1; string help 2; int32 type 3; repeated Metric metric 4; string unit 5",
    },
}


def _classes(package: str, messages: dict[str, str]) -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name=f"swarmscope/{package}.proto", package=package, syntax="proto3")
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        choices: dict[str, int] = {}
        for text in fields.split(";"):
            words = text.split()
            field = message.field.add(label=_F.LABEL_OPTIONAL)
            if words[0] == "repeated":
                field.label = _F.LABEL_REPEATED
                words = words[1:]
            kind, field.name, number, *choice = words
            field.number = int(number)
            if kind in _KINDS:
                field.type = _KINDS[kind]
            else:
                field.type, field.type_name = _F.TYPE_MESSAGE, f".{package}.{kind}"
            if choice:
                if choice[0] not in choices:
                    choices[choice[0]] = len(message.oneof_decl)
                    message.oneof_decl.add(name=choice[0])
                field.oneof_index = choices[choice[0]]
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {n: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{n}")) for n in messages}


V1: dict[str, Any] = _classes("prometheus", _PACKAGES["prometheus"])
V2: dict[str, Any] = _classes("io.prometheus.write.v2", _PACKAGES["io.prometheus.write.v2"])
CLIENT: dict[str, Any] = _classes("io.prometheus.client", _PACKAGES["io.prometheus.client"])
TYPES = ("", "counter", "gauge", "histogram", "gauge_histogram", "summary", "info", "stateset")
"""`series.kind` by the number of a metric type in metadata."""
