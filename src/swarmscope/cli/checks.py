"""What `doctor` looks at: each check says what it found and, when something is wrong, what to do about it."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from swarmscope.cli.client import Api
from swarmscope.cli.failures import EXIT_AWAY, CommandError
from swarmscope.config import Config

DISK_LEAST_BYTES = 5 * 1024**3
CLOCK_MOST_S = 5.0
FOUND_WITHIN_S = 20.0
CATALOG_REMEDY = (
    "start its database, or mend the way to it: storage.catalog_url (SWARMSCOPE_STORAGE_CATALOG_URL) says where it is"
)

Verdict = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    verdict: Verdict
    found: str
    remedy: str = ""

    def json(self) -> dict[str, Any]:
        """As JSON types."""
        return {"check": self.check, "verdict": self.verdict, "found": self.found, "remedy": self.remedy}


def installation() -> Iterator[Finding]:
    """Checks that need no server: libraries, kernels, web UI."""
    yield _guarded("libraries", _libraries)
    yield _guarded("kernels", _kernels)
    yield _guarded("web UI", _ui)


def place(config: Config) -> Iterator[Finding]:
    """Checks of the data directory, the disk under it and the catalog."""
    yield _guarded("data directory", lambda: _data_directory(config.data_dir))
    yield _guarded("disk", lambda: _disk(config.data_dir))
    yield _guarded("catalog", lambda: _catalog(config))
    yield _guarded("clock", _clock)


def parts(config: Config) -> Iterator[Finding]:
    """Checks of what others wrote: every plug-in can be used."""
    yield _guarded("plug-ins", lambda: _plugins(config))


def before_start(config: Config) -> Iterator[Finding]:
    """Checks for when no server runs: ports are free, the store opens."""
    for name in ("port", "otlp_grpc_port", "otlp_http_port"):
        yield _guarded(f"server.{name}", partial(_port, config, name))
    yield _guarded("store", _store)


def running(url: str, key: str, otlp: str, grpc: str) -> Iterator[Finding]:
    """Checks of a running server: it is ready, and what is sent to each door is found again."""
    yield _guarded("server", lambda: _server(url, key))
    yield _guarded("OTLP/HTTP round trip", lambda: _round_trip(url, key, otlp))
    yield _guarded("OTLP/gRPC round trip", lambda: _round_trip(url, key, grpc))
    yield _guarded("OTLP on the main port", lambda: _round_trip(url, key, url))
    yield _guarded("server clock", lambda: _server_clock(url, key))


def door(scheme: str, address: str) -> str:
    """An address of OTLP as people write it, `host:4317` or `http://host:4317` (as exporters of gRPC have it), with its scheme.

    scheme: of an address that has none; the `http` of a gRPC exporter becomes `grpc`.
    """
    given, _, rest = address.rpartition("://")
    if not given:
        return f"{scheme}://{rest}"
    return f"{given.replace('http', 'grpc') if scheme.startswith('grpc') else given}://{rest}"


def ports(url: str, key: str, config: Config) -> tuple[int, int]:
    """Where a server takes OTLP, by HTTP and by gRPC: as it says itself, else as the configuration here has it."""
    try:
        with Api(url, key, 3.0) as api:
            told = api.get("/connect")
    except CommandError:  # what is wrong with it is told by the check of the server
        return config.server.otlp_http_port, config.server.otlp_grpc_port
    return told["otlp_http_port"], told["otlp_grpc_port"]


def answers(url: str, key: str) -> bool:
    """Whether a server is up at `url`."""
    try:
        with Api(url, key, 3.0) as api:
            api.get("/health")
    except CommandError as e:
        return e.exit_code != EXIT_AWAY
    return True


def _guarded(check: str, look: Callable[[], Finding]) -> Finding:
    """The finding of `look` under the name `check`; what it raises is a failure too."""
    try:
        found = look()
    except Exception as e:  # noqa: BLE001 - a doctor reports what is broken, whatever it is
        return Finding(
            check, "failed", f"{type(e).__name__}: {e}", "run again with --debug, and report it with the output"
        )
    return Finding(check, found.verdict, found.found, found.remedy)


def _good(found: str) -> Finding:
    return Finding("", "ok", found)


def _libraries() -> Finding:
    import chdb  # noqa: F401 - importing is the check
    import grpc  # noqa: F401 - importing is the check
    import numba
    import pyarrow as pa

    return _good(f"chdb, grpcio, numba {numba.__version__}, pyarrow {pa.__version__}")


def _kernels() -> Finding:
    import numba

    begun = time.perf_counter()
    probe: Callable[[int], int] = numba.njit(lambda x: x + 1)
    if probe(1) != 2:
        return Finding(
            "", "failed", "compiled code gives wrong results", "set SWARMSCOPE_WIRE=plain to do without the compiler"
        )
    return _good(f"machine code compiles ({(time.perf_counter() - begun) * 1000:.0f} ms for a small function)")


def _plugins(config: Config) -> Finding:
    from swarmscope.app import parts
    from swarmscope.registry import BUILTIN

    found = parts(config)
    broken = [f"{p.kind or 'file'}/{p.name}: {p.problem}" for p in found if p.state == "broken"]
    if broken:
        return Finding(
            "", "failed", "; ".join(broken), "mend them, or leave them out with plugins.off; docs/plugins.md"
        )
    own = sum(p.origin != BUILTIN and p.state == "active" for p in found)
    return _good(f"{own} of others, {len(found) - own} built in")


def _ui() -> Finding:
    from importlib import resources

    if resources.files("swarmscope.serve").joinpath("static", "index.html").is_file():
        return _good("built")
    return Finding(
        "", "warning", "not built; the API works without it", "run `make ui` in the source folder, or install the wheel"
    )


def _data_directory(folder: Path) -> Finding:
    nearest = next(p for p in (folder, *folder.parents) if p.exists())
    if not os.access(nearest, os.W_OK):
        return Finding(
            "",
            "failed",
            f"{nearest} cannot be written",
            "give --data-dir or SWARMSCOPE_STORAGE_DATA_DIR a folder of yours",
        )
    with tempfile.NamedTemporaryFile(dir=nearest) as file:
        file.write(b"x")
        begun = time.perf_counter()
        os.fsync(file.fileno())
        slow_ms = (time.perf_counter() - begun) * 1000
    if slow_ms > 200:
        return Finding(
            "",
            "warning",
            f"fsync takes {slow_ms:.0f} ms in {nearest}",
            "acknowledgements wait for it; use a local disk",
        )
    return _good(f"{folder} {'can be written' if folder.exists() else 'will be made'}, fsync {slow_ms:.1f} ms")


def _disk(folder: Path) -> Finding:
    nearest = next(p for p in (folder, *folder.parents) if p.exists())
    usage = shutil.disk_usage(nearest)
    text = f"{usage.free / 1e9:,.1f} GB free of {usage.total / 1e9:,.1f} GB"
    if usage.free < DISK_LEAST_BYTES:
        return Finding("", "warning", text, f"free {DISK_LEAST_BYTES / 1e9:.0f} GB, or lower the [retention] settings")
    return _good(text)


def _catalog(config: Config) -> Finding:
    from swarmscope.catalog import database
    from swarmscope.errors import ConfigError, StoreError

    try:
        kind, revision = database.examine(config.storage.catalog_url or config.data_dir / "catalog.db")
    except (ConfigError, StoreError) as e:
        return Finding("", "failed", str(e), CATALOG_REMEDY)
    if revision > database.REVISION:
        found = f"{kind}, whose schema {revision} is newer than this program's {database.REVISION}"
        return Finding("", "failed", found, "start the version that wrote it, or a newer one")
    schema = f"schema {revision}" if revision else "its tables will be made"
    later = f", will become {database.REVISION}" if "" < revision < database.REVISION else ""
    return _good(f"{kind}, {schema}{later}")


def _clock() -> Finding:
    if time.time() < 1.7e9:
        return Finding(
            "",
            "failed",
            f"it is {time.ctime()} here",
            "set the clock; spans of agents would be refused as from the future",
        )
    before, begun = time.time_ns(), time.monotonic_ns()
    time.sleep(0.05)
    drift_ms = abs((time.time_ns() - before) - (time.monotonic_ns() - begun)) / 1e6
    if drift_ms > 20:
        return Finding(
            "",
            "warning",
            f"the clock jumps ({drift_ms:.0f} ms in 50 ms)",
            "check the time synchronisation of this machine",
        )
    return _good("steady")


def _port(config: Config, name: str) -> Finding:
    port = getattr(config.server, name)
    family = socket.AF_INET6 if ":" in config.server.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.server.host, port))
        except OSError as e:
            remedy = f"stop what uses it, or choose another with SWARMSCOPE_SERVER_{name.upper()}"
            return Finding("", "failed", f"{config.server.host}:{port} is taken ({e.strerror})", remedy)
    return _good(f"{config.server.host}:{port} is free")


def _store() -> Finding:
    """Opens a throw-away store, so that a real one is not touched while another program may have it."""
    from swarmscope.config import load
    from swarmscope.store import migrate, open_store

    with tempfile.TemporaryDirectory(prefix="swarmscope-doctor-") as folder:
        config = load(environ={}, overrides={"storage": {"data_dir": folder}})
        begun = time.perf_counter()
        store = open_store(config)
        try:
            migrate(store)
            answer = store.query("SELECT 1 AS one").to_pylist()
        finally:
            store.close()
    if answer != [{"one": 1}]:
        return Finding(
            "",
            "failed",
            f"the embedded store answers {answer!r}",
            "reinstall with `pip install --force-reinstall chdb`",
        )
    return _good(f"an embedded store opens and has its schema after {time.perf_counter() - begun:.1f} s")


def _server(url: str, key: str) -> Finding:
    with Api(url, key) as api:
        parts = api.send("GET", "/health/ready").json()["components"]
        if parts.get("catalog", "ok") != "ok":  # without it nobody with a key is told how the rest is
            unready = "; ".join(f"{part}: {why}" for part, why in parts.items() if why != "ok")
            return Finding("", "failed", f"it is not ready: {unready}", CATALOG_REMEDY)
        health = api.get("/health")
    ailing = [c for c in health["components"] if c["state"] != "healthy"]
    reasons = "; ".join(f"{c['name']}: {', '.join(c['reasons']) or c['state']}" for c in ailing)
    text = f"version {health['version']}, {health['state']}, up {health['uptime_s']:,.0f} s"
    if health["state"] == "unhealthy":
        return Finding("", "failed", f"{text}: {reasons}", "; ".join(r for c in ailing for r in c["recommendations"]))
    return _good(text)


def _round_trip(url: str, key: str, door: str) -> Finding:
    """Send one span through `door`, then ask for its trace until it is there."""
    from swarmscope.sim import wire
    from swarmscope.sim.connection import connect

    trace_id, now = os.urandom(16), time.time_ns()
    tail = wire.attributes(9, {"swarmscope.agent.id": "doctor", "gen_ai.operation.name": "invoke_agent"}) + wire.OK
    span = wire.span(trace_id, os.urandom(8), b"", b"doctor", 1, now - 1_000_000, now, tail)
    body = wire.resource_block(
        wire.attributes(1, {"service.name": "swarmscope-doctor"}), wire.field(1, b"doctor"), [span]
    )
    connection = connect(door, key, 10.0)
    begun = time.perf_counter()
    outcome = connection.send("traces", body)
    acknowledged_ms = (time.perf_counter() - begun) * 1000
    connection.close()
    if outcome.status != 200 or outcome.rejected:
        remedy = (
            "give a key with the role ingest or higher"
            if outcome.status in (401, 403, 1016, 1007)
            else f"look at what listens at {door}"
        )
        return Finding("", "failed", f"{door} answered {outcome.status}: {outcome.message}", remedy)
    begun = time.perf_counter()
    with Api(url, key) as api:
        while time.perf_counter() - begun < FOUND_WITHIN_S:
            try:
                api.get(f"/traces/{trace_id.hex()}")
                found_ms = (time.perf_counter() - begun) * 1000
                return _good(f"acknowledged after {acknowledged_ms:.0f} ms, found again {found_ms:.0f} ms later")
            except CommandError as e:
                if "not" not in str(e):
                    raise
                time.sleep(0.05)
    remedy = "look at the lag under `health`, and at the log of the server"
    return Finding("", "failed", f"acknowledged, but not found within {FOUND_WITHIN_S:.0f} s", remedy)


def _server_clock(url: str, key: str) -> Finding:
    from datetime import datetime

    with Api(url, key) as api:
        begun = time.time()
        told = datetime.fromisoformat(api.get("/health")["time"][:26].rstrip("Z") + "+00:00").timestamp()
        skew_s = told - (begun + time.time()) / 2
    if abs(skew_s) > CLOCK_MOST_S:
        return Finding(
            "", "warning", f"{skew_s:+.1f} s from this machine's", "synchronise both clocks; late data may be refused"
        )
    return _good(f"{skew_s * 1000:+.0f} ms from this machine's")
