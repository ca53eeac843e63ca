/** Queries to begin with: what people ask most of what is stored. The first one stands in the field. */
export const EXAMPLES = [
  {
    title: "Agents of the last hour",
    query: `SELECT agent, count() AS spans, countIf(status_code = 2) AS failed,
       round(quantile(0.95)(duration_ns) / 1e6) AS p95_ms, round(sum(cost_nano_usd) / 1e9, 4) AS usd
FROM spans
WHERE start_time > now() - INTERVAL 1 HOUR
GROUP BY agent
ORDER BY spans DESC
LIMIT 100`,
  },
  {
    title: "Tools that fail most",
    query: `SELECT tool, count() AS calls, countIf(status_code = 2) AS failed,
       round(failed / calls, 3) AS share
FROM spans
WHERE start_time > now() - INTERVAL 1 HOUR AND tool != ''
GROUP BY tool
ORDER BY failed DESC
LIMIT 50`,
  },
  {
    title: "Models by cost and tokens",
    query: `SELECT model, count() AS calls, sum(input_tokens) AS tokens_in,
       sum(output_tokens) AS tokens_out, round(sum(cost_nano_usd) / 1e9, 4) AS usd
FROM spans
WHERE start_time > now() - INTERVAL 1 HOUR AND model != ''
GROUP BY model
ORDER BY usd DESC`,
  },
  {
    title: "Slowest spans",
    query: `SELECT start_time, agent, name, round(duration_ns / 1e6, 1) AS ms, lower(hex(trace_id)) AS trace
FROM spans
WHERE start_time > now() - INTERVAL 1 HOUR
ORDER BY duration_ns DESC
LIMIT 50`,
  },
  {
    title: "Failures by what was said",
    query: `SELECT status_message, count() AS spans, uniq(agent) AS agents, max(start_time) AS last
FROM spans
WHERE start_time > now() - INTERVAL 1 HOUR AND status_code = 2
GROUP BY status_message
ORDER BY spans DESC
LIMIT 50`,
  },
  {
    title: "Spans a minute",
    query: `SELECT toStartOfMinute(start_time) AS minute, count() AS spans, countIf(status_code = 2) AS failed
FROM spans
WHERE start_time > now() - INTERVAL 1 HOUR
GROUP BY minute
ORDER BY minute`,
  },
] as const;
