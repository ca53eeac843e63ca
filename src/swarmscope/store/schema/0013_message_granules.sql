-- Messages in granules of 1,024 rows: a session is a few messages to some hundred, and reading them took 8,192 of every part. The
-- texts of twenty sessions take a seventh less, those of common words a third. Texts keep blocks of half a megabyte: a quarter reads
-- a little faster, and costs nine bytes a span where texts are short and alike. Parts are taken over as they are, by links, so that
-- this takes no longer with more rows; each gets the new granules when it is merged next.
DROP TABLE IF EXISTS messages_fine {on_cluster};

CREATE TABLE IF NOT EXISTS messages_fine {on_cluster} (
    tenant LowCardinality(String),
    received_at DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    session String CODEC(ZSTD(1)),
    time DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    hash UInt64 CODEC(ZSTD(1)),
    text String CODEC(ZSTD(3)) SETTINGS (min_compress_block_size = 524288),
    batch_id UInt64 CODEC(Delta(8), ZSTD(1)),
    INDEX text_words text TYPE text(tokenizer = 'splitByNonAlpha', preprocessor = lower(text)),
    INDEX place session TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = {engine}ReplacingMergeTree
PARTITION BY toMonday(time)
ORDER BY (tenant, session, hash)
SETTINGS index_granularity = 1024, {expiring};

ALTER TABLE messages_fine {on_cluster} ATTACH PARTITION ALL FROM messages;

EXCHANGE TABLES messages_fine AND messages {on_cluster};

DROP TABLE IF EXISTS messages_fine {on_cluster};
