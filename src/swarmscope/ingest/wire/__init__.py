"""OTLP bytes → columns. Two decoders of one shape: Numba kernels, and plain protobuf as oracle, fallback and first start."""

from __future__ import annotations

from swarmscope.ingest.wire.json import json_to_protobuf
from swarmscope.ingest.wire.ready import Scanner, is_fast, is_plain, new_scanner, warm_up

__all__ = ["Scanner", "is_fast", "is_plain", "json_to_protobuf", "new_scanner", "warm_up"]
