"""The way to the acknowledgement and no further: receiver, pipeline, journal with fsync, no store behind it.

`python -m swarmscope.bench.door FOLDER` prints the ports of OTLP/HTTP and OTLP/gRPC and serves until its standard input closes.
A process of its own, so that its CPU is that of this stretch alone.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from swarmscope.bench.server import free_ports


@dataclass(frozen=True, slots=True)
class Door:
    """A running door."""

    pid: int
    http: str
    grpc: str


@contextmanager
def running(folder: Path) -> Iterator[Door]:
    """A door with a fresh journal in `folder`, its kernels compiled."""
    child = subprocess.Popen(
        [sys.executable, "-m", "swarmscope.bench.door", str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        line = child.stdout.readline().split() if child.stdout else []
        if len(line) != 2:
            raise RuntimeError("the door did not open; its error stands above")
        yield Door(child.pid, f"http://127.0.0.1:{int(line[0])}", f"grpc://127.0.0.1:{int(line[1])}")
    finally:
        for stream in (child.stdin, child.stdout):
            if stream:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _serve(folder: Path) -> None:
    from swarmscope import telemetry
    from swarmscope.config import load
    from swarmscope.ingest.intake import Intake
    from swarmscope.ingest.receivers.grpc import OtlpGrpcServer
    from swarmscope.ingest.receivers.http import OtlpHttpServer
    from swarmscope.ingest.wire import warm_up
    from swarmscope.journal import Journal
    from swarmscope.model.access import LOCAL, Principal

    telemetry.configure("warning")
    http_port, grpc_port = free_ports(2)
    ports = {"otlp_http_port": http_port, "otlp_grpc_port": grpc_port}
    config = load(environ={}, overrides={"storage": {"data_dir": str(folder)}, "server": ports})

    def anyone(_: Mapping[str, str]) -> Principal:
        return LOCAL

    warm_up(300)
    journal = Journal(folder / "journal", config.journal)
    intake = Intake(config, journal, lambda _tenant: bytes(16))
    http, grpc = OtlpHttpServer(config, intake, anyone), OtlpGrpcServer(config, intake, anyone)
    http.start()
    grpc.start()
    sys.stdout.write(f"{http_port} {grpc_port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    grpc.stop()
    http.stop()
    intake.close()
    journal.close()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
