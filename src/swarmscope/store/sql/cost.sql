-- Tokens and cost of some closed hours.
INSERT INTO cost_1h
    (tenant, hour, environment, service, provider, model, operation, agent, spans, input_tokens, output_tokens, cached_tokens,
    reasoning_tokens, cost_nano_usd, revision)
SELECT spent.tenant, spent.hour, place.environment, spent.service, spent.provider, spent.model, spent.operation, spent.agent, count(),
    sum(spent.input_tokens), sum(spent.output_tokens), sum(spent.cached_tokens), sum(spent.reasoning_tokens),
    sum(spent.cost_nano_usd), {revision:UInt64}
FROM (
    SELECT tenant, toStartOfHour(toDateTime(start_time, 'UTC')) AS hour, resource_id, service, provider, model, operation, agent,
        input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost_nano_usd
    FROM spans
    WHERE start_time >= toDateTime({start:UInt32}, 'UTC') AND start_time < toDateTime({end:UInt32}, 'UTC')
        AND toUnixTimestamp(hour) IN {windows:Array(UInt32)}
        AND (cost_nano_usd != 0 OR input_tokens != 0 OR output_tokens != 0)
) AS spent
LEFT ANY JOIN (
    SELECT tenant, resource_id,
        if(attributes['deployment.environment.name'] != '', attributes['deployment.environment.name'],
            attributes['deployment.environment']) AS environment
    FROM resources
) AS place
ON spent.tenant = place.tenant AND spent.resource_id = place.resource_id
GROUP BY spent.tenant, spent.hour, place.environment, spent.service, spent.provider, spent.model, spent.operation, spent.agent
