-- Edges of some closed minutes, from child spans and their parents.
INSERT INTO edges_parent
    (tenant, minute, layer, source, target, calls, errors, duration_sum_ns, duration_max_ns, tokens, cost_nano_usd, revision)
SELECT tenant, minute, pair.1 AS layer, pair.2 AS source, pair.3 AS target, count(), countIf(status_code = 2),
    sum(duration_ns), max(duration_ns), sum(spent), sum(cost), {revision:UInt64}
FROM (
    SELECT child.tenant AS tenant, child.minute AS minute, child.status_code AS status_code, child.duration_ns AS duration_ns,
        child.spent AS spent, child.cost AS cost,
        arrayJoin(arrayFilter(p -> p.2 != p.3 AND p.2 != '' AND p.3 != '', [
            ('agent', parent.agent, child.agent), ('service', parent.service, child.service)
        ])) AS pair
    FROM (
        SELECT tenant, trace_id, parent_span_id, toStartOfMinute(toDateTime(start_time, 'UTC')) AS minute, agent,
            toString(service) AS service, status_code, duration_ns,
            toUInt64(input_tokens) + output_tokens AS spent, cost_nano_usd AS cost
        FROM spans
        WHERE start_time >= toDateTime({start:UInt32}, 'UTC') AND start_time < toDateTime({end:UInt32}, 'UTC')
            AND toUnixTimestamp(minute) IN {windows:Array(UInt32)} AND parent_span_id != toFixedString('', 8)
    ) AS child
    LEFT ANY JOIN (
        SELECT tenant, trace_id, span_id, agent, toString(service) AS service
        FROM spans
        WHERE start_time < toDateTime({end:UInt32}, 'UTC') AND (
            start_time >= toDateTime({start:UInt32} - {lookback:UInt32}, 'UTC')
            OR (
                start_time >= toDateTime({start:UInt32} - {long:UInt32}, 'UTC')
                AND duration_ns >= {lookback:UInt32} * 1000000000
            )
        )
    ) AS parent
    ON child.tenant = parent.tenant AND child.trace_id = parent.trace_id AND child.parent_span_id = parent.span_id
)
GROUP BY tenant, minute, layer, source, target
