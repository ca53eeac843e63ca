"""Compiled loops over the columns of `ingest.columns`: text, promotion, messages, redaction, series.

Numba caches a compiled kernel by its own file and does not see edits of what it calls: after editing a module here, delete
`__pycache__`. Everything takes contiguous arrays and is bounded by their lengths.
"""
