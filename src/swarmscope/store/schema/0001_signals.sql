-- What agents send. Columns are those of model/tables.py plus batch_id.
-- Placeholders: {engine} '' or 'Replicated', {on_cluster} '' or "ON CLUSTER 'name'", {durable} settings of every table,
-- {expiring} the same for tables whose partitions expire whole.

CREATE TABLE IF NOT EXISTS resources {on_cluster} (
    tenant LowCardinality(String),
    received_at DateTime64(9, 'UTC'),
    resource_id UInt64,
    service LowCardinality(String),
    attributes Map(LowCardinality(String), String),
    attribute_types LowCardinality(String),
    batch_id UInt64
) ENGINE = {engine}ReplacingMergeTree
ORDER BY (tenant, resource_id)
SETTINGS {durable};

-- A message once per (tenant, session, week): turns of a conversation that repeat it fall together in merges.
CREATE TABLE IF NOT EXISTS messages {on_cluster} (
    tenant LowCardinality(String),
    received_at DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    session String CODEC(ZSTD(1)),
    time DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    hash UInt64 CODEC(ZSTD(1)),
    text String CODEC(ZSTD(3)),
    batch_id UInt64 CODEC(Delta(8), ZSTD(1)),
    INDEX text_words text TYPE text(tokenizer = 'splitByNonAlpha', preprocessor = lower(text))
) ENGINE = {engine}ReplacingMergeTree
PARTITION BY toMonday(time)
ORDER BY (tenant, session, hash)
SETTINGS {expiring};

CREATE TABLE IF NOT EXISTS series {on_cluster} (
    tenant LowCardinality(String),
    received_at DateTime64(9, 'UTC'),
    series_id FixedString(16),
    metric LowCardinality(String),
    kind LowCardinality(String),
    unit LowCardinality(String),
    temporality LowCardinality(String),
    description LowCardinality(String),
    agent String,
    labels Map(LowCardinality(String), String),
    batch_id UInt64
) ENGINE = {engine}ReplacingMergeTree
ORDER BY (tenant, metric, series_id)
SETTINGS {durable};

CREATE TABLE IF NOT EXISTS agent_events {on_cluster} (
    tenant LowCardinality(String),
    received_at DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    agent String,
    event LowCardinality(String),
    name String,
    kind LowCardinality(String),
    model LowCardinality(String),
    version LowCardinality(String),
    status LowCardinality(String),
    capabilities Array(String),
    labels Map(LowCardinality(String), String),
    batch_id UInt64 CODEC(Delta(8), ZSTD(1))
) ENGINE = {engine}MergeTree
PARTITION BY toDate(time)
ORDER BY (tenant, agent, time)
SETTINGS {expiring};

-- Minute by minute, agent by agent: an agent's last hour is sixty runs of rows, the newest spans are found by looking at
-- growing windows from the end, a trace lies close together, equal neighbours compress, and merges of older parts copy long
-- runs instead of weaving rows. The time itself is no part of the primary key: a condition on it would be tried against that
-- part alone, which says nothing across agents, and every minute of the day would be read. Small blocks: a page of fifty
-- spans touches fifty granules of every column (an agent's hour by latency takes 47 ms instead of 77 among ten million);
-- three columns keep large ones, as they would grow by two bytes a span.
CREATE TABLE IF NOT EXISTS spans {on_cluster} (
    tenant LowCardinality(String),
    received_at DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    trace_id FixedString(16) CODEC(ZSTD(1)),
    span_id FixedString(8) CODEC(NONE),
    parent_span_id FixedString(8) CODEC(ZSTD(1)),
    trace_state String CODEC(ZSTD(1)),
    flags UInt32 CODEC(ZSTD(1)),
    name LowCardinality(String) CODEC(ZSTD(1)),
    kind UInt8 CODEC(ZSTD(1)),
    start_time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    duration_ns UInt64 CODEC(T64, ZSTD(1)),
    status_code UInt8 CODEC(ZSTD(1)),
    status_message String CODEC(ZSTD(1)),
    service LowCardinality(String) CODEC(ZSTD(1)),
    scope_name LowCardinality(String) CODEC(ZSTD(1)),
    scope_version LowCardinality(String) CODEC(ZSTD(1)),
    resource_id UInt64 CODEC(ZSTD(1)),
    agent String CODEC(ZSTD(1)),
    agent_name LowCardinality(String) CODEC(ZSTD(1)),
    session String CODEC(ZSTD(1)),
    workflow String CODEC(ZSTD(1)),
    peer_agent String CODEC(ZSTD(1)),
    operation LowCardinality(String) CODEC(ZSTD(1)),
    provider LowCardinality(String) CODEC(ZSTD(1)),
    model LowCardinality(String) CODEC(ZSTD(1)),
    tool LowCardinality(String) CODEC(ZSTD(1)),
    input_tokens UInt32 CODEC(T64, ZSTD(1)),
    output_tokens UInt32 CODEC(T64, ZSTD(1)),
    cached_tokens UInt32 CODEC(T64, ZSTD(1)),
    reasoning_tokens UInt32 CODEC(T64, ZSTD(1)),
    cost_nano_usd Int64 CODEC(ZSTD(1)) SETTINGS (min_compress_block_size = 65536),
    ttft_ns UInt64 CODEC(T64, ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)) SETTINGS (min_compress_block_size = 65536),
    attribute_types LowCardinality(String) CODEC(ZSTD(1)),
    promoted LowCardinality(String) CODEC(ZSTD(1)),
    message_key Array(LowCardinality(String)) CODEC(ZSTD(1)),
    message_hash Array(UInt64) CODEC(ZSTD(1)) SETTINGS (min_compress_block_size = 65536),
    event_time Array(DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
    event_name Array(LowCardinality(String)) CODEC(ZSTD(1)),
    event_attributes Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
    event_attribute_types LowCardinality(String) CODEC(ZSTD(1)),
    link_trace_id Array(FixedString(16)) CODEC(ZSTD(1)),
    link_span_id Array(FixedString(8)) CODEC(ZSTD(1)),
    link_trace_state Array(String) CODEC(ZSTD(1)),
    link_attributes Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
    link_attribute_types LowCardinality(String) CODEC(ZSTD(1)),
    batch_id UInt64 CODEC(Delta(8), ZSTD(1)),
    INDEX trace trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX conversation session TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX attribute_value mapValues(attributes) TYPE bloom_filter(0.02) GRANULARITY 1,
    INDEX durations duration_ns TYPE minmax GRANULARITY 1,
    INDEX batches batch_id TYPE minmax GRANULARITY 1
) ENGINE = {engine}MergeTree
PARTITION BY toDate(start_time)
PRIMARY KEY (tenant, toStartOfMinute(start_time), agent)
ORDER BY (tenant, toStartOfMinute(start_time), agent, start_time)
SETTINGS {expiring}, index_granularity = 2048, min_compress_block_size = 16384;

-- Spans under way; `spans` holds them once ended.
CREATE TABLE IF NOT EXISTS spans_pending {on_cluster} AS spans
ENGINE = {engine}ReplacingMergeTree
PARTITION BY toDate(start_time)
PRIMARY KEY (tenant, toStartOfMinute(start_time), agent)
ORDER BY (tenant, toStartOfMinute(start_time), agent, start_time, trace_id, span_id)
SETTINGS {expiring};

-- What is worth keeping longer; filled by a job that may run twice, hence Replacing.
CREATE TABLE IF NOT EXISTS spans_kept {on_cluster} AS spans
ENGINE = {engine}ReplacingMergeTree
PARTITION BY toMonday(start_time)
PRIMARY KEY (tenant, toStartOfMinute(start_time), agent)
ORDER BY (tenant, toStartOfMinute(start_time), agent, start_time, trace_id, span_id)
SETTINGS {expiring};

-- In order of time: logs are read newest first, and merges cost half of what an order by agent costs.
CREATE TABLE IF NOT EXISTS logs {on_cluster} (
    tenant LowCardinality(String),
    received_at DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    observed_time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    trace_id FixedString(16) CODEC(ZSTD(1)),
    span_id FixedString(8) CODEC(ZSTD(1)),
    flags UInt32 CODEC(ZSTD(1)),
    severity UInt8 CODEC(ZSTD(1)),
    severity_text LowCardinality(String) CODEC(ZSTD(1)),
    event_name LowCardinality(String) CODEC(ZSTD(1)),
    service LowCardinality(String) CODEC(ZSTD(1)),
    scope_name LowCardinality(String) CODEC(ZSTD(1)),
    resource_id UInt64 CODEC(ZSTD(1)),
    agent String CODEC(ZSTD(1)),
    session String CODEC(ZSTD(1)),
    body String CODEC(ZSTD(1)),
    body_type LowCardinality(String) CODEC(ZSTD(1)),
    template_id UInt64 CODEC(ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    attribute_types LowCardinality(String) CODEC(ZSTD(1)),
    promoted LowCardinality(String) CODEC(ZSTD(1)),
    batch_id UInt64 CODEC(Delta(8), ZSTD(1)),
    INDEX trace trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX sender agent TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX conversation session TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX attribute_value mapValues(attributes) TYPE bloom_filter(0.02) GRANULARITY 1,
    INDEX body_words body TYPE text(tokenizer = 'splitByNonAlpha', preprocessor = lower(body))
) ENGINE = {engine}MergeTree
PARTITION BY toDate(time)
ORDER BY (tenant, time)
SETTINGS {expiring}, index_granularity = 2048;

-- No view reads from samples: it would cost twenty times the insert. A job rolls closed windows up.
CREATE TABLE IF NOT EXISTS samples {on_cluster} (
    tenant LowCardinality(String),
    received_at DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    series_id FixedString(16) CODEC(ZSTD(1)),
    time DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    value Float64 CODEC(Gorilla, ZSTD(1)),
    batch_id UInt64 CODEC(DoubleDelta, ZSTD(1)),
    INDEX batches batch_id TYPE minmax GRANULARITY 1
) ENGINE = {engine}MergeTree
PARTITION BY toDate(time)
ORDER BY (tenant, series_id, time)
SETTINGS {expiring};

CREATE TABLE IF NOT EXISTS histograms {on_cluster} (
    tenant LowCardinality(String),
    received_at DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    series_id FixedString(16) CODEC(ZSTD(1)),
    time DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    start_time DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    count UInt64 CODEC(Delta(8), ZSTD(1)),
    sum Float64 CODEC(Gorilla, ZSTD(1)),
    min Float64 CODEC(Gorilla, ZSTD(1)),
    max Float64 CODEC(Gorilla, ZSTD(1)),
    bounds Array(Float64) CODEC(ZSTD(1)),
    bucket_counts Array(UInt64) CODEC(ZSTD(1)),
    scale Int32 CODEC(ZSTD(1)),
    zero_count UInt64 CODEC(ZSTD(1)),
    zero_threshold Float64 CODEC(ZSTD(1)),
    positive_offset Int32 CODEC(ZSTD(1)),
    positive_counts Array(UInt64) CODEC(ZSTD(1)),
    negative_offset Int32 CODEC(ZSTD(1)),
    negative_counts Array(UInt64) CODEC(ZSTD(1)),
    batch_id UInt64 CODEC(DoubleDelta, ZSTD(1))
) ENGINE = {engine}MergeTree
PARTITION BY toDate(time)
ORDER BY (tenant, series_id, time)
SETTINGS {expiring};

CREATE TABLE IF NOT EXISTS exemplars {on_cluster} (
    tenant LowCardinality(String),
    received_at DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    series_id FixedString(16) CODEC(ZSTD(1)),
    time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    value Float64 CODEC(ZSTD(1)),
    trace_id FixedString(16) CODEC(ZSTD(1)),
    span_id FixedString(8) CODEC(ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    batch_id UInt64 CODEC(Delta(8), ZSTD(1))
) ENGINE = {engine}MergeTree
PARTITION BY toDate(time)
ORDER BY (tenant, series_id, time)
SETTINGS {expiring};
