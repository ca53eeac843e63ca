"""A front door that acknowledges everything and keeps nothing: `python -m swarmscope.bench.sink` prints its port.

Shows what a sender costs, and the ceiling of the load generator.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n"
_HEAD_MAX = 64 * 1024


class _Sink(asyncio.Protocol):
    def __init__(self) -> None:
        self._head, self._missing = b"", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.WriteTransport = transport  # type: ignore[assignment] # a TCP transport is one that writes

    def data_received(self, data: bytes) -> None:
        while data:
            if self._missing:
                taken = min(self._missing, len(data))
                self._missing, data = self._missing - taken, data[taken:]
            else:
                self._head += data
                end = self._head.find(b"\r\n\r\n")
                if end < 0:
                    if len(self._head) > _HEAD_MAX:
                        self._transport.close()
                    return
                head, data = self._head[:end].lower(), self._head[end + 4 :]
                at = head.find(b"content-length:")
                self._head, self._missing = b"", int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if not self._missing:
                self._transport.write(_ANSWER)


@contextmanager
def running() -> Iterator[str]:
    """The address of a sink in a child process."""
    child = subprocess.Popen([sys.executable, "-m", "swarmscope.bench.sink"], stdout=subprocess.PIPE)
    try:
        line = child.stdout.readline() if child.stdout else b""
        yield f"http://127.0.0.1:{int(line)}"
    finally:
        child.terminate()
        child.wait()
        if child.stdout:
            child.stdout.close()


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Sink, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
