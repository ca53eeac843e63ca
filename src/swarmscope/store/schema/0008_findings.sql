-- A finding says what was seen, what was expected, why, and on what evidence. `time` is when its window began, so that a
-- finding that is stated again replaces itself.
ALTER TABLE findings {on_cluster} ADD COLUMN IF NOT EXISTS subject_kind LowCardinality(String) AFTER severity;
ALTER TABLE findings {on_cluster} ADD COLUMN IF NOT EXISTS signal LowCardinality(String) AFTER subject;
ALTER TABLE findings {on_cluster} ADD COLUMN IF NOT EXISTS observed Float64 AFTER confidence;
ALTER TABLE findings {on_cluster} ADD COLUMN IF NOT EXISTS expected Float64 AFTER observed;
ALTER TABLE findings {on_cluster} ADD COLUMN IF NOT EXISTS lower Float64 AFTER expected;
ALTER TABLE findings {on_cluster} ADD COLUMN IF NOT EXISTS upper Float64 AFTER lower;
ALTER TABLE findings {on_cluster} ADD COLUMN IF NOT EXISTS explanation String AFTER title;
ALTER TABLE findings {on_cluster} ADD COLUMN IF NOT EXISTS recommendation String AFTER explanation;
ALTER TABLE findings {on_cluster} ADD COLUMN IF NOT EXISTS feature_names Array(String) AFTER recommendation;
ALTER TABLE findings {on_cluster} ADD COLUMN IF NOT EXISTS feature_shares Array(Float64) AFTER feature_names;
ALTER TABLE findings {on_cluster} ADD COLUMN IF NOT EXISTS evidence_kinds Array(String) AFTER feature_shares;
ALTER TABLE findings {on_cluster} ADD COLUMN IF NOT EXISTS evidence Array(String) AFTER evidence_kinds;
ALTER TABLE findings {on_cluster} ADD COLUMN IF NOT EXISTS cohort String AFTER evidence;
ALTER TABLE findings {on_cluster} ADD COLUMN IF NOT EXISTS participants Array(String) AFTER cohort;
ALTER TABLE findings {on_cluster} ADD COLUMN IF NOT EXISTS lead_ns Int64 AFTER participants;
