-- Copies the traces worth keeping of one tenant and window. Each reason but the sample takes at most {share} traces: the
-- costliest, otherwise those that come first by a hash of the trace id.
INSERT INTO spans_kept
WITH
    slow AS (
        SELECT name, quantileTDigest(0.99)(duration_ns) AS limit FROM spans
        WHERE tenant = {tenant:String}
            AND start_time >= toDateTime({start:UInt32}, 'UTC') AND start_time < toDateTime({end:UInt32}, 'UTC')
        GROUP BY name
        HAVING count() >= 100
    ),
    rare AS (
        SELECT name FROM spans
        WHERE tenant = {tenant:String}
            AND start_time >= toDateTime({start:UInt32}, 'UTC') AND start_time < toDateTime({end:UInt32}, 'UTC')
        GROUP BY name
        HAVING count() <= 3
    ),
    traces AS (
        SELECT trace_id, cityHash64(trace_id) AS hash, max(status_code = 2) AS failed,
            max(spans.name IN (SELECT name FROM rare)) AS odd, max(duration_ns > if(slow.limit = 0, 1e19, slow.limit)) AS long,
            sum(cost_nano_usd) AS cost
        FROM spans LEFT ANY JOIN slow ON spans.name = slow.name
        WHERE tenant = {tenant:String}
            AND start_time >= toDateTime({start:UInt32}, 'UTC') AND start_time < toDateTime({end:UInt32}, 'UTC')
        GROUP BY trace_id
    ),
    reasons AS (
        SELECT trace_id, arrayJoin(arrayFilter(r -> r.1, [
                (failed = 1, 'failed', toFloat64(hash)),
                (long = 1, 'slow', toFloat64(hash)),
                (odd = 1, 'rare', toFloat64(hash)),
                (cost > 0, 'costly', -toFloat64(cost)),
                (hash % 1000000 < {sample_ppm:UInt32}, 'sample', 0)
            ])) AS reason
        FROM traces
    ),
    chosen AS (
        SELECT trace_id FROM (
            SELECT trace_id, reason.2 AS why, row_number() OVER (PARTITION BY reason.2 ORDER BY reason.3, trace_id) AS place
            FROM reasons
        )
        WHERE place <= {share:UInt64} OR why = 'sample'
    )
SELECT * FROM spans
WHERE tenant = {tenant:String} AND trace_id IN (SELECT trace_id FROM chosen)
    AND start_time >= toDateTime({start:UInt32} - 300, 'UTC') AND start_time < toDateTime({end:UInt32} + 300, 'UTC')
