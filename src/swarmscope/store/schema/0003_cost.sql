-- What was spent, hour by hour: outlives the spans, so that months can be told. A job states an hour anew, the higher
-- revision holds. Only spans with tokens or cost are counted.
CREATE TABLE IF NOT EXISTS cost_1h {on_cluster} (
    tenant LowCardinality(String),
    hour DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    environment LowCardinality(String) CODEC(ZSTD(1)),
    service LowCardinality(String) CODEC(ZSTD(1)),
    provider LowCardinality(String) CODEC(ZSTD(1)),
    model LowCardinality(String) CODEC(ZSTD(1)),
    operation LowCardinality(String) CODEC(ZSTD(1)),
    agent String CODEC(ZSTD(1)),
    spans UInt64 CODEC(T64, ZSTD(1)),
    input_tokens UInt64 CODEC(T64, ZSTD(1)),
    output_tokens UInt64 CODEC(T64, ZSTD(1)),
    cached_tokens UInt64 CODEC(T64, ZSTD(1)),
    reasoning_tokens UInt64 CODEC(T64, ZSTD(1)),
    cost_nano_usd Int64 CODEC(T64, ZSTD(1)),
    revision UInt64 CODEC(Delta(8), ZSTD(1))
) ENGINE = {engine}ReplacingMergeTree(revision)
PARTITION BY toMonday(hour)
ORDER BY (tenant, hour, environment, service, provider, model, operation, agent)
SETTINGS {expiring};
