-- Samples sorted by hour, then series: a moment of a whole fleet lies in one hour's rows, where it lay in every series' day.
-- Runs of 240 samples (15 seconds apart) cost 0.08 bytes a sample more than runs of a day; merging them costs a fifth, as parts
-- of different hours are put one after the other. `time` is in the order and not in the primary key: a condition on a column
-- that stands there would never be tried against a function of it that stands before.
DROP TABLE IF EXISTS samples_by_hour {on_cluster};

CREATE TABLE IF NOT EXISTS samples_by_hour {on_cluster} (
    tenant LowCardinality(String),
    series_id FixedString(16) CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    mantissa Int64 CODEC(Delta(8), T64('bit'), ZSTD(1)),
    exponent UInt8 CODEC(ZSTD(1)),
    value Float64 ALIAS if(exponent = 127, reinterpretAsFloat64(mantissa), mantissa / transform(exponent,
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [1., 10., 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12], 1.))
) ENGINE = {engine}MergeTree
PARTITION BY toDate(time)
PRIMARY KEY (tenant, toStartOfHour(time), series_id)
ORDER BY (tenant, toStartOfHour(time), series_id, time)
SETTINGS {expiring};

INSERT INTO samples_by_hour (tenant, series_id, time, mantissa, exponent)
SELECT tenant, series_id, time, mantissa, exponent FROM samples;

EXCHANGE TABLES samples_by_hour AND samples {on_cluster};

DROP TABLE IF EXISTS samples_by_hour {on_cluster};
