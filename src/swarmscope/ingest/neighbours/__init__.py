"""Spans as others send them, turned into OTLP export requests: limited, redacted and kept like all else."""
