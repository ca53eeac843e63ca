"""The columns of every stored table, as Arrow schemas: what `ingest` makes, `journal` keeps and `store` inserts.

Time is nanoseconds since the epoch, UTC. Ids are raw bytes. Text that repeats is dictionary-encoded (ClickHouse
LowCardinality, but for the names of agents, of which there are thousands). `batch_id` is added by the writer, so it is not
here. The SQL of `store/schema/` states the same columns with types and codecs; a test holds the two together.

Promotion: attributes that the conventions name (agent, session, model, tokens …) leave the `attributes` map and become
columns; `promoted` lists their original keys, comma-joined in slot order, and `attribute_types` has one letter per
remaining map entry (s string, i int, d double, b bool, y bytes as base64, j JSON, n unset), so that the original attributes
can be rebuilt exactly.
"""

from __future__ import annotations

import pyarrow as pa

TEXT = pa.string()
LOW = pa.dictionary(pa.int32(), pa.string())  # LowCardinality(String)
TIME = pa.timestamp("ns", tz="UTC")
TRACE_ID = pa.binary(16)
SPAN_ID = pa.binary(8)
ATTRIBUTES = pa.map_(pa.string(), pa.string())


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns.items()])


SPANS = _schema(
    tenant=LOW,
    received_at=TIME,
    trace_id=TRACE_ID,
    span_id=SPAN_ID,
    parent_span_id=SPAN_ID,  # zeros: a root
    trace_state=TEXT,
    flags=pa.uint32(),
    name=LOW,
    kind=pa.uint8(),  # OTLP SpanKind: 0 unspecified 1 internal 2 server 3 client 4 producer 5 consumer
    start_time=TIME,
    duration_ns=pa.uint64(),
    status_code=pa.uint8(),  # 0 unset 1 ok 2 error
    status_message=TEXT,
    service=LOW,
    scope_name=LOW,
    scope_version=LOW,
    resource_id=pa.uint64(),
    agent=TEXT,  # id; falls back to the agent's name
    agent_name=LOW,
    session=TEXT,
    workflow=TEXT,
    peer_agent=TEXT,  # whom this span addresses
    operation=LOW,  # gen_ai.operation.name vocabulary: chat, execute_tool, invoke_agent, embeddings, …
    provider=LOW,
    model=LOW,  # the model that answered, else the one asked for
    tool=LOW,
    input_tokens=pa.uint32(),
    output_tokens=pa.uint32(),
    cached_tokens=pa.uint32(),
    reasoning_tokens=pa.uint32(),
    cost_nano_usd=pa.int64(),
    ttft_ns=pa.uint64(),  # time to first token; 0 unknown
    attributes=ATTRIBUTES,
    attribute_types=LOW,
    promoted=LOW,
    message_key=pa.list_(
        pa.string()
    ),  # original attribute key; `key[]` for one element of a JSON array; see model.semantics
    message_hash=pa.list_(
        pa.uint64()
    ),  # keyed by tenant; text in `messages` of the same session (trace id hex where there is none)
    event_time=pa.list_(TIME),
    event_name=pa.list_(pa.string()),
    event_attributes=pa.list_(ATTRIBUTES),
    event_attribute_types=LOW,  # letters of all events' attributes, one after the other
    link_trace_id=pa.list_(TRACE_ID),
    link_span_id=pa.list_(SPAN_ID),
    link_trace_state=pa.list_(pa.string()),
    link_attributes=pa.list_(ATTRIBUTES),
    link_attribute_types=LOW,
)

# Spans that have started and not ended (C7). Same columns, duration 0; a finished span with the same id supersedes it.
SPANS_PENDING = SPANS

MESSAGES = _schema(
    tenant=LOW,
    received_at=TIME,
    session=TEXT,
    time=TIME,  # of the first span that carried it
    hash=pa.uint64(),
    text=TEXT,
)

RESOURCES = _schema(
    tenant=LOW,
    received_at=TIME,
    resource_id=pa.uint64(),
    service=LOW,
    attributes=ATTRIBUTES,
    attribute_types=LOW,
)

LOGS = _schema(
    tenant=LOW,
    received_at=TIME,
    time=TIME,
    observed_time=TIME,
    trace_id=TRACE_ID,
    span_id=SPAN_ID,
    flags=pa.uint32(),
    severity=pa.uint8(),  # OTLP severity number 0–24
    severity_text=LOW,
    event_name=LOW,
    service=LOW,
    scope_name=LOW,
    scope_version=LOW,
    resource_id=pa.uint64(),
    agent=TEXT,
    session=TEXT,
    body=TEXT,
    body_type=LOW,  # as attribute_types, one letter
    template_id=pa.uint64(),  # 0: none mined
    attributes=ATTRIBUTES,
    attribute_types=LOW,
    promoted=LOW,
)

# What log lines have in common, mined on the way in. Of rows with the same id the newest holds: words become more general.
LOG_TEMPLATES = _schema(
    tenant=LOW,
    received_at=TIME,
    template_id=pa.uint64(),
    **{
        "class": LOW
    },  # what AI agents' lines are about: prompt, tool_error, refusal, rate_limit, …; empty: anything else
    text=TEXT,  # words, `<*>` for what varies
    example=TEXT,  # the line that founded it
)

SERIES = _schema(
    tenant=LOW,
    received_at=TIME,
    series_id=TRACE_ID,  # 8 bytes: hash of tenant and metric; 8 bytes: hash of tenant, metric, kind and labels
    metric=LOW,
    kind=LOW,  # gauge, counter, updown, histogram, exponential_histogram, summary, info, stateset; "" unknown
    unit=LOW,
    temporality=LOW,  # "", delta, cumulative
    description=LOW,
    agent=TEXT,
    labels=ATTRIBUTES,
    prometheus_name=LOW,  # what PromQL calls the metric; of a histogram without _bucket, _sum and _count
    prometheus_labels=ATTRIBUTES,  # and its labels, without __name__
)

# Stored in milliseconds, the value as a decimal; see store/packing.py. The order of arrival is that of `batch_id`.
SAMPLES = _schema(
    tenant=LOW,
    series_id=TRACE_ID,
    time=TIME,
    value=pa.float64(),
)

HISTOGRAMS = _schema(
    tenant=LOW,
    received_at=TIME,
    series_id=TRACE_ID,
    time=TIME,
    start_time=TIME,
    count=pa.float64(),
    sum=pa.float64(),
    min=pa.float64(),
    max=pa.float64(),
    bounds=pa.list_(pa.float64()),  # explicit; empty for exponential, but for scale -53: native with custom buckets
    bucket_counts=pa.list_(pa.float64()),
    scale=pa.int32(),
    zero_count=pa.float64(),
    zero_threshold=pa.float64(),
    positive_offset=pa.int32(),  # OTLP's: bucket i of `positive_counts` ends at base^(offset + i + 1)
    positive_counts=pa.list_(pa.float64()),
    negative_offset=pa.int32(),
    negative_counts=pa.list_(pa.float64()),
    reset_hint=pa.uint8(),  # Prometheus': 0 unknown, 1 reset, 2 no reset, 3 gauge
)

EXEMPLARS = _schema(
    tenant=LOW,
    received_at=TIME,
    series_id=TRACE_ID,
    time=TIME,
    value=pa.float64(),
    trace_id=TRACE_ID,
    span_id=SPAN_ID,
    attributes=ATTRIBUTES,
)

# One row per registration or heartbeat of an agent (C5, C7, F1).
AGENT_EVENTS = _schema(
    tenant=LOW,
    received_at=TIME,
    time=TIME,
    agent=TEXT,
    event=LOW,  # register, heartbeat, stop
    name=TEXT,
    kind=LOW,
    model=LOW,
    version=LOW,
    status=LOW,  # what the agent says of itself
    capabilities=pa.list_(pa.string()),
    labels=ATTRIBUTES,
)

# What security detectors hold against events (D4).
SECURITY_EVENTS = _schema(
    tenant=LOW,
    received_at=TIME,
    time=TIME,
    event_id=TRACE_ID,  # 16 bytes: the same for the same event and kind
    kind=LOW,  # sql_injection, prompt_injection, brute_force, …
    family=LOW,
    severity=LOW,
    score=pa.float64(),
    confidence=pa.float64(),
    principal=TEXT,  # user or client, else the agent
    source=TEXT,  # network address
    endpoint=TEXT,  # route, tool or page
    agent=TEXT,
    session=TEXT,
    trace_id=TRACE_ID,
    action=LOW,
    message=TEXT,
    attributes=ATTRIBUTES,
)

# What detectors report (model/finding.py); `time` is when its window began.
FINDINGS = _schema(
    tenant=LOW,
    received_at=TIME,
    time=TIME,
    finding_id=TRACE_ID,
    detector=LOW,
    detector_version=LOW,
    kind=LOW,
    severity=LOW,
    subject_kind=LOW,
    subject=TEXT,
    signal=LOW,
    window_start=TIME,
    window_end=TIME,
    score=pa.float64(),
    confidence=pa.float64(),
    observed=pa.float64(),
    expected=pa.float64(),
    lower=pa.float64(),
    upper=pa.float64(),
    title=TEXT,
    explanation=TEXT,
    recommendation=TEXT,
    feature_names=pa.list_(pa.string()),
    feature_shares=pa.list_(pa.float64()),
    evidence_kinds=pa.list_(pa.string()),
    evidence=pa.list_(pa.string()),
    cohort=TEXT,
    participants=pa.list_(pa.string()),
    lead_ns=pa.int64(),
    details=ATTRIBUTES,  # labels
)

# Insert order matters: messages and resources before the spans that name them.
TABLES: dict[str, pa.Schema] = {
    "resources": RESOURCES,
    "messages": MESSAGES,
    "log_templates": LOG_TEMPLATES,
    "series": SERIES,
    "agent_events": AGENT_EVENTS,
    "spans_pending": SPANS_PENDING,
    "spans": SPANS,
    "logs": LOGS,
    "samples": SAMPLES,
    "histograms": HISTOGRAMS,
    "exemplars": EXEMPLARS,
    "findings": FINDINGS,
    "security_events": SECURITY_EVENTS,
}
