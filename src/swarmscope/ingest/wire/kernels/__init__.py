"""Numba kernels that read OTLP bytes and write columns.

They work on addresses, like C: nothing here checks an index for them. The rules that keep them safe, and that the fuzzer
with guard pages examines: every read of the body lies before `end`, which never exceeds the body; every write is preceded by
a check of the capacity; a position is an int64 address, and a negative one is an error whose details stand in the header.
"""
