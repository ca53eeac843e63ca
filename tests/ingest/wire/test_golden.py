"""Recorded requests read as they always did: the JSON, its protobuf bytes, and the columns, for both decoders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from swarmscope.bench.same import readable
from swarmscope.ingest.wire import json_to_protobuf, plain, ready

GOLDEN = Path(__file__).parents[2] / "golden" / "otlp"
COLUMNS = {"traces": "spans", "logs": "logs", "metrics": "metrics"}


def as_json(value: Any) -> Any:
    """Bytes as text."""
    if isinstance(value, dict):
        return {key: as_json(v) for key, v in value.items()}
    if isinstance(value, list):
        return [as_json(v) for v in value]
    return value.decode() if isinstance(value, bytes) else value


@pytest.mark.parametrize("signal", COLUMNS)
def test_the_json_becomes_the_recorded_bytes(signal: str) -> None:
    assert (
        json_to_protobuf(signal, (GOLDEN / f"{signal}.json").read_bytes()) == (GOLDEN / f"{signal}.binpb").read_bytes()
    )


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("signal", COLUMNS)
def test_the_bytes_become_the_recorded_columns(signal: str, fast: bool) -> None:
    if fast:
        ready.load()
        from swarmscope.ingest.wire.scan import Scanner

        scanner: ready.Scanner = Scanner()
    else:
        scanner = plain.Scanner()
    getattr(scanner, f"add_{signal}")((GOLDEN / f"{signal}.binpb").read_bytes(), 0)
    expected = orjson.loads((GOLDEN / f"{signal}.columns.json").read_bytes())
    assert as_json(readable(getattr(scanner, COLUMNS[signal])())) == expected
