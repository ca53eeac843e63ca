-- A table for the history of alerts and incidents that nothing ever wrote or read. Alerts are samples, audit is in the catalog.
DROP TABLE IF EXISTS events {on_cluster};
