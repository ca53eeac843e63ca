"""Arrow tables as the streams that the store reads and writes."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa


def stream_of(rows: pa.Table, compression: str | None = None) -> pa.Buffer:
    """An Arrow stream of one record batch. compression: `lz4` for a network, None within the process."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, rows.schema, options=options) as writer:
        for batch in rows.combine_chunks().to_batches():
            writer.write_batch(batch)
    return sink.getvalue()


def table_of(stream: bytes) -> pa.Table:
    """The rows of an Arrow stream; no bytes are no columns and no rows."""
    return pa.ipc.open_stream(stream).read_all() if stream else pa.table({})


@contextmanager
def in_memory_file(data: pa.Buffer) -> Iterator[str]:
    """A path under which this process can read `data`; without touching a disk on Linux."""
    if sys.platform == "linux":
        descriptor = os.memfd_create("swarmscope-insert")
        try:
            _write_all(descriptor, data)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
    else:
        with tempfile.NamedTemporaryFile(prefix="swarmscope-insert-") as file:
            _write_all(file.fileno(), data)
            yield file.name


def _write_all(descriptor: int, data: pa.Buffer) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
