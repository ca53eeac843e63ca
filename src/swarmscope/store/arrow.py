"""Arrow tables as the streams that the store reads and writes."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa


def stream_of(rows: pa.Table, compression: str | None = None) -> pa.Buffer:
    """An Arrow stream. compression: `lz4` for a network."""
    sink = pa.BufferOutputStream()
    _write(rows, sink, compression)
    return sink.getvalue()


def table_of(stream: bytes) -> pa.Table:
    """The rows of an Arrow stream; no bytes are no columns and no rows."""
    return pa.ipc.open_stream(stream).read_all() if stream else pa.table({})


@contextmanager
def stream_file(rows: pa.Table) -> Iterator[str]:
    """A path under which this process can read an Arrow stream of the rows, written once and not copied."""
    with in_memory_file() as path:
        with pa.OSFile(path, "wb") as sink:
            _write(rows, sink, None)
        yield path


@contextmanager
def in_memory_file() -> Iterator[str]:
    """The path of an empty file for this process; without touching a disk on Linux."""
    if sys.platform == "linux":
        descriptor = os.memfd_create("swarmscope-insert")
        try:
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
    else:
        with tempfile.NamedTemporaryFile(prefix="swarmscope-insert-") as file:
            yield file.name


def _write(rows: pa.Table, sink: pa.NativeFile, compression: str | None) -> None:
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, rows.schema, options=options) as writer:
        for batch in rows.combine_chunks().to_batches():
            writer.write_batch(batch)
