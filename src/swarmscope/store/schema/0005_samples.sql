-- Samples as whole numbers: value = mantissa / 10^exponent, exact to the bit; exponent 127: the bits of the float stand in
-- mantissa. Neighbours of one series then differ by few bits, which T64 cuts off: 0.81 bytes a value where the float itself
-- took 1.47 (counters and gauges of ten thousand agents). A series id begins with eight bytes that its metric has in common
-- with its like, so one metric lies together. Time in milliseconds, as Prometheus has it. received_at and batch_id are not
-- kept: they took a quarter of what a sample takes; `sample_windows` tells which batch touched which five minutes.
DROP TABLE IF EXISTS samples_packed {on_cluster};

CREATE TABLE IF NOT EXISTS samples_packed {on_cluster} (
    tenant LowCardinality(String),
    series_id FixedString(16) CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    mantissa Int64 CODEC(Delta(8), T64('bit'), ZSTD(1)),
    exponent UInt8 CODEC(ZSTD(1)),
    value Float64 ALIAS if(exponent = 127, reinterpretAsFloat64(mantissa), mantissa / transform(exponent,
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [1., 10., 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12], 1.))
) ENGINE = {engine}MergeTree
PARTITION BY toDate(time)
ORDER BY (tenant, series_id, time)
SETTINGS {expiring};

INSERT INTO samples_packed (tenant, series_id, time, mantissa, exponent)
SELECT tenant, series_id, time,
    multiIf(is_whole, toInt64(kept), is_decimal, toInt64(round(kept * 1e4)), reinterpretAsInt64(value)),
    multiIf(is_whole, 0, is_decimal, 4, 127)
FROM (
    SELECT *, isFinite(value) AND abs(value) < 1e11 AND reinterpretAsUInt64(value) != 9223372036854775808 AS is_small,
        if(is_small, value, 0) AS kept, is_small AND kept = trunc(kept) AS is_whole,
        is_small AND round(kept * 1e4) / 1e4 = kept AS is_decimal
    FROM (SELECT tenant, series_id, time, value FROM samples)
);

EXCHANGE TABLES samples_packed AND samples {on_cluster};

DROP TABLE IF EXISTS samples_packed {on_cluster};

CREATE TABLE IF NOT EXISTS sample_windows {on_cluster} (
    window DateTime('UTC'),
    rows UInt64,
    batch_id UInt64
) ENGINE = {engine}MergeTree
PARTITION BY toMonday(window)
ORDER BY (batch_id, window)
SETTINGS {expiring};

-- What a series is called in PromQL: its name and labels by the rules of OpenTelemetry for Prometheus, or as it was sent.
ALTER TABLE series {on_cluster}
    ADD COLUMN IF NOT EXISTS prometheus_name LowCardinality(String) DEFAULT replaceRegexpAll(metric, '[^a-zA-Z0-9_:]', '_')
        AFTER labels,
    ADD COLUMN IF NOT EXISTS prometheus_labels Map(LowCardinality(String), String)
        DEFAULT mapApply((k, v) -> (replaceRegexpAll(k, '[^a-zA-Z0-9_]', '_'), v), labels) AFTER prometheus_name;

-- Counts may be fractions (native histograms of recording rules). bounds with scale -53: custom buckets of a native histogram.
-- reset_hint as in Prometheus: 0 unknown, 1 reset, 2 no reset, 3 gauge. A stale marker has count 0 and its bits in sum.
ALTER TABLE histograms {on_cluster}
    MODIFY COLUMN count Float64 CODEC(Gorilla, ZSTD(1)),
    MODIFY COLUMN bucket_counts Array(Float64) CODEC(ZSTD(1)),
    MODIFY COLUMN zero_count Float64 CODEC(ZSTD(1)),
    MODIFY COLUMN positive_counts Array(Float64) CODEC(ZSTD(1)),
    MODIFY COLUMN negative_counts Array(Float64) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS reset_hint UInt8 DEFAULT 0 CODEC(ZSTD(1)) AFTER negative_counts;
