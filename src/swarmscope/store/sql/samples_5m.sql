-- Some closed five-minute windows of all series.
INSERT INTO samples_5m (tenant, series_id, bucket, count, sum, min, max, last, increase, revision)
SELECT tenant, series_id, bucket, count(), sum(value), min(value), max(value), argMax(value, time), sum(grown), {revision:UInt64}
FROM (
    SELECT tenant, series_id, time, value, toDateTime(toStartOfFiveMinutes(time), 'UTC') AS bucket,
        lagInFrame(toNullable(value)) OVER earlier AS before,
        multiIf(before IS NULL, 0, value >= before, value - before, value) AS grown
    FROM samples
    WHERE time >= toDateTime({start:UInt32} - {lookback:UInt32}, 'UTC') AND time < toDateTime({end:UInt32}, 'UTC')
        AND NOT isNaN(value)
    WINDOW earlier AS (PARTITION BY tenant, series_id ORDER BY time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)
WHERE toUnixTimestamp(bucket) IN {windows:Array(UInt32)}
GROUP BY tenant, series_id, bucket
