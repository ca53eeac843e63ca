-- Traces per tenant of one window.
SELECT tenant, uniq(trace_id) AS traces FROM spans
WHERE start_time >= toDateTime({start:UInt32}, 'UTC') AND start_time < toDateTime({end:UInt32}, 'UTC')
GROUP BY tenant
