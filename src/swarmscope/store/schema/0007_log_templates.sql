-- What log lines have in common. A template is stated again when its words become more general and once a day while it is in use.
CREATE TABLE IF NOT EXISTS log_templates {on_cluster} (
    tenant LowCardinality(String),
    received_at DateTime64(9, 'UTC'),
    template_id UInt64,
    class LowCardinality(String),
    text String CODEC(ZSTD(1)),
    example String CODEC(ZSTD(1)),
    batch_id UInt64
) ENGINE = {engine}ReplacingMergeTree(received_at)
ORDER BY (tenant, template_id)
SETTINGS {durable};
