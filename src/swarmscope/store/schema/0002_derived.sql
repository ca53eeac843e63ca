-- What the store derives from the signals by view, and what jobs and detectors write.

-- One wide row per agent and 10 s. Ten minutes at a time, so that both "the fleet now" and "one agent, three days" read little.
-- duration_histogram: bucket i counts spans of 2^(i/4) ns up to 2^((i+1)/4) ns.
-- calls_seen, sessions_seen: 64-bit sketches, one bit per hash; with z zero bits about 64·ln(64/z) distinct ones were seen.
-- Few distinct calls among many spans is a loop.
CREATE TABLE IF NOT EXISTS agent_10s {on_cluster} (
    tenant LowCardinality(String),
    bucket DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    agent String CODEC(ZSTD(1)),
    spans SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    errors SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    roots SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    llm_calls SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    llm_errors SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    tool_calls SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    tool_errors SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    input_tokens SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    output_tokens SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    cached_tokens SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    reasoning_tokens SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    cost_nano_usd SimpleAggregateFunction(sum, Int64) CODEC(T64, ZSTD(1)),
    duration_sum_ns SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    duration_max_ns SimpleAggregateFunction(max, UInt64) CODEC(T64, ZSTD(1)),
    llm_duration_sum_ns SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    ttft_sum_ns SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    ttft_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    duration_histogram SimpleAggregateFunction(sumMap, Map(UInt8, UInt64)) CODEC(ZSTD(1)),
    calls_seen SimpleAggregateFunction(groupBitOr, UInt64) CODEC(ZSTD(1)),
    sessions_seen SimpleAggregateFunction(groupBitOr, UInt64) CODEC(ZSTD(1)),
    last_end SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta(8), ZSTD(1))
) ENGINE = {engine}AggregatingMergeTree
PARTITION BY toDate(bucket)
PRIMARY KEY (tenant, toStartOfTenMinutes(bucket), agent)
ORDER BY (tenant, toStartOfTenMinutes(bucket), agent, bucket)
SETTINGS {expiring};

CREATE MATERIALIZED VIEW IF NOT EXISTS agent_10s_of_spans {on_cluster} TO agent_10s AS
SELECT
    tenant,
    toStartOfInterval(toDateTime(start_time, 'UTC'), INTERVAL 10 SECOND) AS bucket,
    agent,
    count() AS spans,
    countIf(status_code = 2) AS errors,
    countIf(parent_span_id = toFixedString('', 8)) AS roots,
    countIf(operation IN ('chat', 'text_completion', 'generate_content')) AS llm_calls,
    countIf(operation IN ('chat', 'text_completion', 'generate_content') AND status_code = 2) AS llm_errors,
    countIf(operation = 'execute_tool') AS tool_calls,
    countIf(operation = 'execute_tool' AND status_code = 2) AS tool_errors,
    sum(spans.input_tokens) AS input_tokens,
    sum(spans.output_tokens) AS output_tokens,
    sum(spans.cached_tokens) AS cached_tokens,
    sum(spans.reasoning_tokens) AS reasoning_tokens,
    sum(spans.cost_nano_usd) AS cost_nano_usd,
    sum(duration_ns) AS duration_sum_ns,
    max(duration_ns) AS duration_max_ns,
    sumIf(duration_ns, operation IN ('chat', 'text_completion', 'generate_content')) AS llm_duration_sum_ns,
    sum(ttft_ns) AS ttft_sum_ns,
    countIf(ttft_ns > 0) AS ttft_count,
    mapFromArrays(
        arrayDistinct(groupArray(toUInt8(least(255, floor(4 * log2(greatest(duration_ns, 1)))))) AS buckets) AS distinct_buckets,
        arrayMap(b -> toUInt64(countEqual(buckets, b)), distinct_buckets)
    ) AS duration_histogram,
    groupBitOr(bitShiftLeft(toUInt64(1), cityHash64(name, tool, message_hash) % 64)) AS calls_seen,
    groupBitOr(if(session = '', 0, bitShiftLeft(toUInt64(1), cityHash64(session) % 64))) AS sessions_seen,
    max(fromUnixTimestamp64Milli(
        toUnixTimestamp64Milli(start_time) + toInt64(least(duration_ns, 864000000000000) / 1000000), 'UTC'
    )) AS last_end
FROM spans
GROUP BY tenant, bucket, agent;

-- What is known of an agent. Each field is a (time, value) pair of which the latest wins, whatever the order of arrival.
CREATE TABLE IF NOT EXISTS agents_seen {on_cluster} (
    tenant LowCardinality(String),
    agent String,
    first_seen SimpleAggregateFunction(min, DateTime64(9, 'UTC')),
    last_seen SimpleAggregateFunction(max, DateTime64(9, 'UTC')),
    last_span SimpleAggregateFunction(max, DateTime64(9, 'UTC')),
    last_heartbeat SimpleAggregateFunction(max, DateTime64(9, 'UTC')),
    stopped SimpleAggregateFunction(max, DateTime64(9, 'UTC')),
    name SimpleAggregateFunction(max, Tuple(DateTime64(9, 'UTC'), String)),
    kind SimpleAggregateFunction(max, Tuple(DateTime64(9, 'UTC'), String)),
    model SimpleAggregateFunction(max, Tuple(DateTime64(9, 'UTC'), String)),
    version SimpleAggregateFunction(max, Tuple(DateTime64(9, 'UTC'), String)),
    status SimpleAggregateFunction(max, Tuple(DateTime64(9, 'UTC'), String)),
    service SimpleAggregateFunction(max, Tuple(DateTime64(9, 'UTC'), String)),
    capabilities SimpleAggregateFunction(max, Tuple(DateTime64(9, 'UTC'), Array(String))),
    labels SimpleAggregateFunction(max, Tuple(DateTime64(9, 'UTC'), Array(Tuple(String, String))))
) ENGINE = {engine}AggregatingMergeTree
ORDER BY (tenant, agent)
SETTINGS {durable};

CREATE MATERIALIZED VIEW IF NOT EXISTS agents_of_events {on_cluster} TO agents_seen AS
SELECT
    tenant,
    agent,
    min(time) AS first_seen,
    max(time) AS last_seen,
    maxIf(time, event = 'heartbeat') AS last_heartbeat,
    maxIf(time, event = 'stop') AS stopped,
    maxIf((time, agent_events.name), agent_events.name != '') AS name,
    maxIf((time, toString(agent_events.kind)), agent_events.kind != '') AS kind,
    maxIf((time, toString(agent_events.model)), agent_events.model != '') AS model,
    maxIf((time, toString(agent_events.version)), agent_events.version != '') AS version,
    maxIf((time, toString(agent_events.status)), agent_events.status != '') AS status,
    maxIf((time, agent_events.capabilities), notEmpty(agent_events.capabilities)) AS capabilities,
    maxIf((time, CAST(agent_events.labels, 'Array(Tuple(String, String))')), notEmpty(agent_events.labels)) AS labels
FROM agent_events
GROUP BY tenant, agent;

CREATE MATERIALIZED VIEW IF NOT EXISTS agents_of_spans {on_cluster} TO agents_seen AS
SELECT
    tenant,
    agent,
    min(start_time) AS first_seen,
    max(start_time) AS last_seen,
    max(start_time) AS last_span,
    (maxIf(start_time, agent_name != ''), argMaxIf(agent_name, start_time, agent_name != '')) AS name,
    (maxIf(start_time, spans.model != ''), argMaxIf(spans.model, start_time, spans.model != '')) AS model,
    (maxIf(start_time, spans.service != ''), argMaxIf(spans.service, start_time, spans.service != '')) AS service
FROM spans
WHERE agent != ''
GROUP BY tenant, agent;

-- One row per agent, ready to read.
CREATE VIEW IF NOT EXISTS agents {on_cluster} AS
SELECT
    tenant,
    agent,
    min(agents_seen.first_seen) AS first_seen,
    max(agents_seen.last_seen) AS last_seen,
    max(agents_seen.last_span) AS last_span,
    max(agents_seen.last_heartbeat) AS last_heartbeat,
    max(agents_seen.stopped) AS stopped,
    max(agents_seen.name).2 AS name,
    max(agents_seen.kind).2 AS kind,
    max(agents_seen.model).2 AS model,
    max(agents_seen.version).2 AS version,
    max(agents_seen.status).2 AS status,
    max(agents_seen.service).2 AS service,
    max(agents_seen.capabilities).2 AS capabilities,
    CAST(max(agents_seen.labels).2, 'Map(String, String)') AS labels
FROM agents_seen
GROUP BY tenant, agent;

-- Who addresses whom, per minute. layer: 'agent' or 'service'.
CREATE TABLE IF NOT EXISTS edges_peer {on_cluster} (
    tenant LowCardinality(String),
    minute DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    layer LowCardinality(String),
    source String,
    target String,
    calls SimpleAggregateFunction(sum, UInt64),
    errors SimpleAggregateFunction(sum, UInt64),
    duration_sum_ns SimpleAggregateFunction(sum, UInt64),
    duration_max_ns SimpleAggregateFunction(max, UInt64),
    tokens SimpleAggregateFunction(sum, UInt64),
    cost_nano_usd SimpleAggregateFunction(sum, Int64)
) ENGINE = {engine}AggregatingMergeTree
PARTITION BY toDate(minute)
ORDER BY (tenant, minute, layer, source, target)
SETTINGS {expiring};

CREATE MATERIALIZED VIEW IF NOT EXISTS edges_of_peers {on_cluster} TO edges_peer AS
SELECT
    tenant,
    toStartOfMinute(toDateTime(start_time, 'UTC')) AS minute,
    'agent' AS layer,
    agent AS source,
    peer_agent AS target,
    count() AS calls,
    countIf(status_code = 2) AS errors,
    sum(duration_ns) AS duration_sum_ns,
    max(duration_ns) AS duration_max_ns,
    sum(toUInt64(input_tokens) + output_tokens) AS tokens,
    sum(spans.cost_nano_usd) AS cost_nano_usd
FROM spans
WHERE peer_agent != '' AND peer_agent != agent
GROUP BY tenant, minute, source, target;

-- Parent and child spans of different agents or services; a job states a minute anew, the higher revision holds.
CREATE TABLE IF NOT EXISTS edges_parent {on_cluster} (
    tenant LowCardinality(String),
    minute DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    layer LowCardinality(String),
    source String,
    target String,
    calls UInt64,
    errors UInt64,
    duration_sum_ns UInt64,
    duration_max_ns UInt64,
    tokens UInt64,
    cost_nano_usd Int64,
    revision UInt64
) ENGINE = {engine}ReplacingMergeTree(revision)
PARTITION BY toDate(minute)
ORDER BY (tenant, minute, layer, source, target)
SETTINGS {expiring};

-- Both kinds, ready to read. kind: 'peer' (the span names whom it addresses) or 'parent' (it is the child of another's span).
CREATE VIEW IF NOT EXISTS edges {on_cluster} AS
SELECT tenant, minute, layer, source, target, 'peer' AS kind,
    sum(edges_peer.calls) AS calls, sum(edges_peer.errors) AS errors, sum(edges_peer.duration_sum_ns) AS duration_sum_ns,
    max(edges_peer.duration_max_ns) AS duration_max_ns, sum(edges_peer.tokens) AS tokens,
    sum(edges_peer.cost_nano_usd) AS cost_nano_usd
FROM edges_peer GROUP BY tenant, minute, layer, source, target
UNION ALL
SELECT tenant, minute, layer, source, target, 'parent' AS kind,
    calls, errors, duration_sum_ns, duration_max_ns, tokens, cost_nano_usd
FROM edges_parent FINAL;

-- Samples rolled up. increase: how much a counter grew within the bucket, resets counted from zero.
CREATE TABLE IF NOT EXISTS samples_5m {on_cluster} (
    tenant LowCardinality(String),
    series_id FixedString(16) CODEC(ZSTD(1)),
    bucket DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    count UInt32 CODEC(T64, ZSTD(1)),
    sum Float64 CODEC(Gorilla, ZSTD(1)),
    min Float64 CODEC(Gorilla, ZSTD(1)),
    max Float64 CODEC(Gorilla, ZSTD(1)),
    last Float64 CODEC(Gorilla, ZSTD(1)),
    increase Float64 CODEC(Gorilla, ZSTD(1)),
    revision UInt64 CODEC(DoubleDelta, ZSTD(1))
) ENGINE = {engine}ReplacingMergeTree(revision)
PARTITION BY toDate(bucket)
ORDER BY (tenant, series_id, bucket)
SETTINGS {expiring};

CREATE TABLE IF NOT EXISTS samples_1h {on_cluster} AS samples_5m
ENGINE = {engine}ReplacingMergeTree(revision)
PARTITION BY toMonday(bucket)
ORDER BY (tenant, series_id, bucket)
SETTINGS {expiring};

CREATE TABLE IF NOT EXISTS samples_1d {on_cluster} AS samples_5m
ENGINE = {engine}ReplacingMergeTree(revision)
PARTITION BY toStartOfMonth(bucket)
ORDER BY (tenant, series_id, bucket)
SETTINGS {expiring};

-- What detectors report. Stated again under the same id, the later statement holds.
CREATE TABLE IF NOT EXISTS findings {on_cluster} (
    tenant LowCardinality(String),
    received_at DateTime64(9, 'UTC'),
    time DateTime64(9, 'UTC'),
    finding_id FixedString(16),
    detector LowCardinality(String),
    detector_version LowCardinality(String),
    kind LowCardinality(String),
    severity LowCardinality(String),
    subject String,
    window_start DateTime64(9, 'UTC'),
    window_end DateTime64(9, 'UTC'),
    score Float64,
    confidence Float64,
    title String,
    details Map(LowCardinality(String), String),
    batch_id UInt64,
    INDEX by_subject subject TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = {engine}ReplacingMergeTree(received_at)
PARTITION BY toMonday(time)
ORDER BY (tenant, toStartOfHour(time), finding_id)
SETTINGS {durable};

-- History of alerts, incidents, decisions and audit.
CREATE TABLE IF NOT EXISTS events {on_cluster} (
    tenant LowCardinality(String),
    received_at DateTime64(9, 'UTC'),
    time DateTime64(9, 'UTC'),
    event_id FixedString(16),
    kind LowCardinality(String),
    action LowCardinality(String),
    severity LowCardinality(String),
    subject String,
    actor String,
    message String,
    attributes Map(LowCardinality(String), String),
    batch_id UInt64
) ENGINE = {engine}ReplacingMergeTree(received_at)
PARTITION BY toMonday(time)
ORDER BY (tenant, kind, time, event_id)
SETTINGS {durable};

-- Where each job stands: the highest revision of (job, key) holds.
CREATE TABLE IF NOT EXISTS job_state {on_cluster} (
    job LowCardinality(String),
    key String,
    value String,
    revision UInt64
) ENGINE = {engine}ReplacingMergeTree(revision)
ORDER BY (job, key)
SETTINGS {durable};

-- What was erased, so that rows of a replay or a late sender are erased too. Only a keyed digest of the value is kept.
CREATE TABLE IF NOT EXISTS erasures {on_cluster} (
    tenant LowCardinality(String),
    kind LowCardinality(String),
    value String,
    erased_at DateTime64(9, 'UTC')
) ENGINE = {engine}ReplacingMergeTree(erased_at)
ORDER BY (tenant, kind, value)
SETTINGS {durable};
