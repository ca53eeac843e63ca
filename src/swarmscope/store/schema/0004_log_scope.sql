-- The version of the instrumentation that wrote a record, beside its name.
ALTER TABLE logs {on_cluster} ADD COLUMN IF NOT EXISTS scope_version LowCardinality(String) CODEC(ZSTD(1)) AFTER scope_name;
