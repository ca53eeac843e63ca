-- Minutes in which children of new spans can lie.
WITH batches AS (
    SELECT batch_id, count() AS n, groupUniqArrayArray(arrayMap(
        i -> toUInt32(intDiv(toUnixTimestamp(start_time), 60) * 60 + 60 * i),
        range(toUInt32(least({minutes:UInt32}, intDiv(duration_ns, 60000000000) + 2)))
    )) AS windows
    FROM spans WHERE batch_id >= {batch:UInt64}
    GROUP BY batch_id
)
SELECT max(batch_id) AS newest, argMax(n, batch_id) AS rows, arraySort(groupUniqArrayArray(windows)) AS windows FROM batches
