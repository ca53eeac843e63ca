-- Some hours from 5 minutes, or days from hours: {target}, {source}, {floor} are filled in by rollup.py.
INSERT INTO {target} (tenant, series_id, bucket, count, sum, min, max, last, increase, revision)
SELECT tenant, series_id, {floor} AS wide, sum(fine.count), sum(fine.sum), min(fine.min), max(fine.max),
    argMax(fine.last, fine.bucket), sum(fine.increase), {revision:UInt64}
FROM {source} AS fine FINAL
WHERE fine.bucket >= toDateTime({start:UInt32}, 'UTC') AND fine.bucket < toDateTime({end:UInt32}, 'UTC')
    AND toUnixTimestamp({floor}) IN {windows:Array(UInt32)}
GROUP BY tenant, series_id, wide
