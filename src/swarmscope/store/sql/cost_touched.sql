-- Hours in which new spans lie.
WITH batches AS (
    SELECT batch_id, count() AS n, groupUniqArray(toUInt32(intDiv(toUnixTimestamp(start_time), 3600) * 3600)) AS windows
    FROM spans WHERE batch_id >= {batch:UInt64}
    GROUP BY batch_id
)
SELECT max(batch_id) AS newest, argMax(n, batch_id) AS rows, arraySort(groupUniqArrayArray(windows)) AS windows FROM batches
