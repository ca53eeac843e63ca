-- The session of a message: in the sort key, which finds a granule in every part, whichever part the session is in. Parts that
-- are there already get the index when they are merged.
ALTER TABLE messages {on_cluster} ADD INDEX IF NOT EXISTS place session TYPE bloom_filter(0.01) GRANULARITY 1;
