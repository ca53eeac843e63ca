-- What security detectors hold against events. Stated again under the same id (a replay), the later statement holds.
CREATE TABLE IF NOT EXISTS security_events {on_cluster} (
    tenant LowCardinality(String),
    received_at DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    event_id FixedString(16),
    kind LowCardinality(String),
    family LowCardinality(String),
    severity LowCardinality(String),
    score Float64 CODEC(ZSTD(1)),
    confidence Float64 CODEC(ZSTD(1)),
    principal String CODEC(ZSTD(1)),
    source String CODEC(ZSTD(1)),
    endpoint String CODEC(ZSTD(1)),
    agent String CODEC(ZSTD(1)),
    session String CODEC(ZSTD(1)),
    trace_id FixedString(16) CODEC(ZSTD(1)),
    action LowCardinality(String),
    message String CODEC(ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    batch_id UInt64 CODEC(Delta(8), ZSTD(1)),
    INDEX who principal TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX whence source TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = {engine}ReplacingMergeTree(received_at)
PARTITION BY toMonday(time)
ORDER BY (tenant, time, event_id)
SETTINGS {durable};
