"""Scripts in the language of Prometheus' `promqltest`: load series, evaluate expressions, expect results.

`python -m tests.support.promqltest DIRECTORY` runs a directory of them; `make conformance PROMQLTEST=DIRECTORY` does so.
"""
