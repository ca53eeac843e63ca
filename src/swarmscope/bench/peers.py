"""Prometheus and VictoriaMetrics beside us, where installed: each on a folder of its own, for the ratios of one run."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from swarmscope.bench import process
from swarmscope.bench.server import free_ports

START_MAX_S = 60.0
QUIET_CPU = 0.1
QUIET_S = 6.0
SETTLE_MAX_S = 120.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A running peer. url: of its HTTP API; write: where remote write goes."""

    name: str
    url: str
    write: str
    pid: int
    folder: Path

    def cpu_s(self) -> float:
        """Processor seconds so far."""
        return process.cpu_s(self.pid)

    def settle(self) -> None:
        """Wait until it rests."""
        until = time.monotonic() + SETTLE_MAX_S
        quiet_since, before = time.monotonic(), self.cpu_s()
        while time.monotonic() < until and time.monotonic() - quiet_since < QUIET_S:
            time.sleep(1.0)
            now = self.cpu_s()
            if now - before > QUIET_CPU:
                quiet_since = time.monotonic()
            before = now

    def disk_bytes(self) -> int:
        """Bytes of its folder."""
        return sum(f.stat().st_size for f in self.folder.rglob("*") if f.is_file())


def _commands(folder: Path, port: int) -> dict[str, tuple[str, list[str]]]:
    config = folder / "prometheus.yml"
    config.write_text("global: {}\n")
    return {
        "Prometheus": (
            "prometheus",
            [
                f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}",
                "--web.enable-remote-write-receiver", "--query.max-samples=500000000", "--log.level=error",
            ],
        ),
        "VictoriaMetrics": (
            "victoria-metrics",
            [
                f"-storageDataPath={folder / 'data'}", f"-httpListenAddr=127.0.0.1:{port}", "-retentionPeriod=12",
                "-search.latencyOffset=0s", "-search.maxUniqueTimeseries=3000000", "-search.maxQueryDuration=120s",
                "-search.disableCache", "-loggerLevel=ERROR",
            ],
        ),
    }  # fmt: skip


def installed() -> list[str]:
    """Names of the peers that this machine has."""
    return [name for name, (program, _) in _programs() if shutil.which(program)]


def _programs() -> list[tuple[str, tuple[str, None]]]:
    return [("Prometheus", ("prometheus", None)), ("VictoriaMetrics", ("victoria-metrics", None))]


@contextmanager
def running(name: str, folder: Path) -> Iterator[Peer]:
    """A peer that is installed, ready; ended afterwards."""
    (port,) = free_ports(1)
    place = folder / name.lower()
    place.mkdir()
    program, arguments = _commands(place, port)[name]
    child: subprocess.Popen[Any] = subprocess.Popen(  # a program of this machine, found by name
        [shutil.which(program) or program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _await(url, child)
        yield Peer(name, url, f"{url}/api/v1/write", child.pid, place / "data")
    finally:
        child.terminate()
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _await(url: str, child: subprocess.Popen[Any]) -> None:
    until = time.monotonic() + START_MAX_S
    while time.monotonic() < until and child.poll() is None:
        try:
            if httpx.get(f"{url}/api/v1/query", params={"query": "1"}, timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise RuntimeError(f"{url} did not become ready")
