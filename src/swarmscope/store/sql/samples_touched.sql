-- Five minutes each in which new samples lie.
WITH batches AS (
    SELECT batch_id, sum(sample_windows.rows) AS n, groupUniqArray(toUInt32(toUnixTimestamp(window))) AS windows
    FROM sample_windows WHERE batch_id >= {batch:UInt64}
    GROUP BY batch_id
)
SELECT max(batch_id) AS newest, argMax(n, batch_id) AS rows, arraySort(groupUniqArrayArray(windows)) AS windows FROM batches
