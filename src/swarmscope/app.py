"""The root: opens the rooms in order, wires them, serves, and closes them in the opposite order."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

import uvicorn

from swarmscope import __version__, footprint, telemetry
from swarmscope.catalog.catalog import Catalog
from swarmscope.config import Config, Server
from swarmscope.decide.manager import Rules
from swarmscope.detect import base as detectors
from swarmscope.detect.runner import Runner
from swarmscope.errors import ConfigError, SchemaError
from swarmscope.ingest import prices as price_tables
from swarmscope.ingest import recorded, rules, warm
from swarmscope.ingest.intake import Intake
from swarmscope.ingest.push_file import PushFile
from swarmscope.ingest.pushes import Pushes
from swarmscope.ingest.receivers import base as receivers
from swarmscope.ingest.receivers import scrape
from swarmscope.ingest.receivers.grpc import OtlpGrpcServer
from swarmscope.ingest.receivers.http import otlp_asgi
from swarmscope.ingest.templates import Known
from swarmscope.journal import Journal
from swarmscope.model.access import Role
from swarmscope.query import log_templates
from swarmscope.query.fleet import FleetSnapshot
from swarmscope.query.newest.memory import Memory
from swarmscope.query.promql.spanmetrics import SpanMetricsSource
from swarmscope.query.reader import Reader
from swarmscope.registry import BUILTIN, Part, discover, survey
from swarmscope.serve.app import create_app, routers
from swarmscope.serve.auth import Authenticator, demands_keys
from swarmscope.serve.compat import jaeger_grpc, prometheus_rules
from swarmscope.serve.feeds import Feeds
from swarmscope.serve.history import History
from swarmscope.serve.live import Hub
from swarmscope.serve.protocol import BoundedHttp, BoundedWebSocket
from swarmscope.serve.routes import prices, retention, status
from swarmscope.serve.state import State
from swarmscope.store.client import Store, open_store
from swarmscope.store.jobs import Jobs
from swarmscope.store.migrate import migrate
from swarmscope.store.writer import Committed, Writer

DRAIN_S = 10.0
UPGRADE_DRAIN_S = 600.0
REPLAY_MARGIN_S = 3600.0
SETTLED_S = 10.0  # after the start, most of what it alone needs is no longer touched
TIDY_EVERY_S = 300.0
RELIEVE_EVERY_S = 15.0  # with 15,000 agents, a minute's worth of what is free was 150 MB
ROOM_SHARE = 0.9  # of the memory that the program may have: above it, lists from memory make room
_KINDS = (receivers.KIND, rules.KIND, price_tables.KIND, detectors.KIND)
_log = telemetry.logger("app")
_parts = telemetry.gauge("swarmscope_plugins", "Built-in parts and plug-ins", ("kind", "state"))
_up = telemetry.gauge("swarmscope_app_start_seconds", "Time from start to ready")


class _Server(uvicorn.Server):
    """Tells when it listens, and where."""

    def __init__(self, options: uvicorn.Config, listening: Callable[[int], None]) -> None:
        super().__init__(options)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._listening(self.servers[0].sockets[0].getsockname()[1])


class _Phases:
    """How long each part of the start took, by the clock."""

    def __init__(self, begun: float) -> None:
        self.seconds: dict[str, float] = {}
        self._last = begun

    def done(self, name: str) -> None:
        """`name` is what was done since the one before."""
        now = time.time()
        self.seconds[name] = round(now - self._last, 3)
        self._last = now


class App:
    """One running program. `start()` opens everything, `serve()` answers until told to stop, `close()` drains and closes.

    What takes and answers is opened first. What looks at the data by itself (detectors, rules, jobs, the fleet's view) begins
    once `serve()` listens; what is committed before waits for it.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self._closing = ExitStack()
        self._phases = _Phases(footprint.process_started_s())
        self._later = threading.Thread(target=self._begin, name="begin", daemon=True)
        self._closed = threading.Event()
        self.state: State | None = None
        self._server: uvicorn.Server | None = None
        self._unstarted: dict[str, str] = {}  # receivers of others that could not start → why

    def start(self) -> State:
        """Open the rooms. ConfigError, SchemaError, JournalError, StoreError: nothing stays open."""
        self._phases.done("imports")
        begun = time.time()
        try:
            self.state = self._open(begun)
        except BaseException:
            self._closing.close()
            raise
        _up.set(time.time() - begun)
        return self.state

    def _open(self, begun: float) -> State:
        config, closing = self.config, self._closing
        demand = demands_keys(config)
        _check_ports(config)
        data_dir = config.data_dir.absolute()
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        catalog = Catalog(config.storage.catalog_url or data_dir / "catalog.db")
        closing.callback(catalog.close)
        if config.auth.admin_key:
            catalog.ensure_key(config.auth.admin_key, Role.ADMIN, "auth.admin_key")
        elif demand and not catalog.keys("default") and not catalog.users.any():
            where = "" if config.storage.catalog_url else f" --data-dir {data_dir}"
            raise ConfigError(
                f"server.host={config.server.host} demands keys or users and there is neither yet; make the first admin "
                f"with `swarmscope users add NAME --role admin --local{where}`, or set SWARMSCOPE_AUTH_ADMIN_KEY to a "
                "random text of 16 characters or more"
            )
        self._phases.done("catalog")
        opener = ThreadPoolExecutor(1, "open-store")
        opening = opener.submit(open_store, config)  # the engine leaves the interpreter free meanwhile
        closing.callback(_close_store, opening)
        opener.shutdown(wait=False)
        journal = Journal(data_dir / "journal", config.journal)
        closing.callback(journal.close)
        routers()
        self._phases.done("routes")
        store = opening.result()
        self._phases.done("store")
        authenticator = Authenticator(catalog, demand)
        hub = Hub(authenticator.by_secret)
        fleet = FleetSnapshot(store, catalog.tenants, config.states, catalog.verdicts.refuted)
        writer = Writer(journal, store, config.journal, catalog.install_id, self._committed)
        memory = telemetry.MemoryWatch(config.server.memory_max_bytes, relieve=lambda: self._relieve(store))
        intake = Intake(config, journal, catalog.tenant_secret, memory)
        prices.apply(catalog, intake)
        _migrate(store, journal, config, catalog.install_id)
        for tenant in catalog.tenants():
            intake.know_templates(tenant, map(Known, *log_templates.stored(Reader(store, tenant))))
        kept = retention.in_force(catalog, config)
        jobs = Jobs(store, config, lambda: _replay_floor_s(writer, config))
        jobs.retain(kept)
        rooms = (config, catalog, authenticator, hub, journal, store, writer, intake, fleet)
        state = State(*rooms, begun, self.parts, kept, jobs.retain, History(status.sampler(journal, writer, intake)))
        self._newest = Memory(store, config.storage.newest_max_bytes)
        self._newest.begin()
        self._feeds = Feeds(hub, store, fleet)
        self._detect = Runner(
            config,
            store,
            catalog.tenants,
            intake.submit_tables,
            catalog.verdicts.tallies_since,
            data_dir / "detect",
        )
        state.detection = self._detect
        state.rules = alert_rules(state)
        state.rules.read()
        state.pushes = Pushes(intake, PushFile(data_dir / "pushes.db"), config.ingest.label_value_max_bytes)
        fleet.listen(self._detect.refreshed)
        writer.start()
        self._store = store
        self._rooms = (jobs, fleet, state.history, self._detect, state.rules)
        closing.callback(state.history.stop)
        closing.callback(jobs.stop)
        closing.callback(writer.stop, True, DRAIN_S)
        closing.callback(fleet.stop)
        closing.callback(intake.close)
        closing.callback(self._detect.stop)
        closing.callback(state.rules.stop)
        closing.callback(state.pushes.stop)
        self._receive(state)
        self._phases.done("rooms")
        return state

    def _begin(self) -> None:
        """What waits until the program answers; then, now and then, memory goes back."""
        warm.settle()  # requests come first: detectors are a second of imports, machine code is another
        footprint.release_code()
        for room in self._rooms:
            if not self._closed.is_set():
                room.start()
        if self.config.selftest.enabled and not self._closed.is_set():
            self._test_itself()
        for part in self._with_unstarted(survey(_KINDS, self.config.plugins, beside=("suite",))):
            if part.state == "broken":
                _log.error("plugin_broken", kind=part.kind, name=part.name, origin=part.origin, reason=part.problem)
            _parts.labels(part.kind, part.state).inc()
        tidied_s, pause_s = -TIDY_EVERY_S, SETTLED_S
        while not self._closed.wait(pause_s):
            if (now := time.monotonic()) - tidied_s >= TIDY_EVERY_S:
                tidied_s = now
                footprint.tidy()
            self._newest.expire()
            self._relieve(self._store)
            pause_s = RELIEVE_EVERY_S

    def _relieve(self, store: Store) -> None:
        """Give back what is free, of the C library's heap and of the store's. Lists from memory make room before senders do."""
        footprint.trim_heap()
        store.relieve()
        limit = self.config.server.memory_max_bytes
        if limit:
            self._newest.give_back(telemetry.resident_bytes() - int(ROOM_SHARE * limit))

    def _receive(self, state: State) -> None:
        """Start every receiver. One of others that cannot start is broken, and stops nobody."""
        for name, plugin in discover(receivers.KIND, self.config.plugins).plugins.items():
            with ExitStack() as undo:
                try:
                    receiver = plugin.cls(self.config, state.intake, state.authenticator)
                    undo.callback(receiver.stop)
                    if isinstance(receiver, OtlpGrpcServer):
                        receiver.also(jaeger_grpc.methods(state), state.authenticator.looking)
                    receiver.start()
                except Exception as e:  # a stranger's code may raise anything
                    if plugin.origin == BUILTIN:
                        raise
                    self._unstarted[name] = f"{type(e).__name__}: {e}"
                    _close(undo, name)
                else:
                    self._closing.callback(_close, undo.pop_all(), name)

    def _test_itself(self) -> None:
        """Plant faults in a shadow tenant, and show how they are found."""
        from swarmscope.bench.selftest import SelfTest  # the simulator, which nobody else needs

        state = self.state
        if state is None:
            return
        families = {name: one.cls.family for name, one in self._detect.roster.listed.items()}
        folder = self.config.data_dir / "selftest"
        test = SelfTest(
            self.config.selftest, state.store, state.intake.submit, state.store.command, lambda: families, folder
        )
        state.selftest = test.json
        test.start()
        self._closing.callback(test.stop)

    def parts(self) -> list[Part]:
        """What this install is made of, plug-ins that failed with the reason."""
        return self._with_unstarted(parts(self.config))

    def _with_unstarted(self, found: list[Part]) -> list[Part]:
        return [
            replace(p, state="broken", problem=self._unstarted[p.name])
            if p.kind == receivers.KIND.name and p.name in self._unstarted
            else p
            for p in found
        ]

    def _committed(self, committed: Committed) -> None:
        self._newest.committed(committed)
        self._feeds.committed(committed)
        self._detect.committed(committed)

    async def serve(self, ready: Callable[[State, int], None] | None = None) -> None:
        """Answer on the main port until SIGINT or SIGTERM; SIGHUP reads rule files and scrape configuration again, where there
        are some and no terminal was closed. ready: called with the port once it listens."""
        state = self.state
        assert state is not None, "start() comes first"  # noqa: S101 # an order of calls, not input
        server = self.config.server
        otlp = otlp_asgi(self.config, state.intake, state.authenticator)
        options = uvicorn.Config(
            create_app(state, otlp),
            host=server.host,
            port=server.port,
            http=BoundedHttp,
            ws=BoundedWebSocket,
            loop="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=3,
            ws_max_size=65_536,
            ssl_certfile=server.tls_cert or None,
            ssl_keyfile=server.tls_key or None,
        )

        def listening(port: int) -> None:
            self._phases.done("listening")
            _log.info("started", seconds=round(sum(self._phases.seconds.values()), 3), **self._phases.seconds)
            if ready is not None:
                ready(state, port)
            footprint.collect_seldom()
            warm.begin()  # not before: loading machine code takes a second of processor time from the start
            self._later.start()

        self._server = _Server(options, listening)
        if hasattr(signal, "SIGHUP") and threading.current_thread() is threading.main_thread() and _has_files(state):
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._hung_up, _has_terminal())
        await self._server.serve(_listeners(server) if server.more_ports else None)

    def _hung_up(self, had_terminal: bool) -> None:
        """The terminal was closed, which ends a program; or somebody wants files to be read again."""
        if had_terminal and not _has_terminal():
            self.stop()
        else:
            self._reload()

    def _reload(self) -> None:
        def work() -> None:
            assert self.state is not None, "start() comes first"  # noqa: S101 # an order of calls, not input
            for wrong in prometheus_rules.reloaded(self.state.rules):
                _log.error("not_reloaded", error=wrong, effect="what was read before goes on")

        threading.Thread(target=work, name="reload", daemon=True).start()  # requests do not wait for files

    def stop(self) -> None:
        """Ask `serve()` to end; from any thread."""
        if self._server is not None:
            self._server.should_exit = True

    def close(self) -> None:
        """Stop taking, drain what was acknowledged (the rest is replayed at the next start), close."""
        self._closed.set()
        begun = time.monotonic()
        if self._later.is_alive():
            self._later.join()
        self._closing.close()
        if self.state is not None:
            rows = self.state.writer.status().lag_rows
            _log.info("stopped", seconds=round(time.monotonic() - begun, 2), rows_to_replay=rows)


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _has_files(state: State) -> bool:
    return bool(scrape.configurations() or (state.rules is not None and state.rules.tenants()))


def alert_rules(state: State) -> Rules:
    """The rules of a program, which read and write like everybody."""
    return Rules(
        state.config.rules,
        lambda tenant: SpanMetricsSource(Reader(state.store, tenant, state.retention.spans_days)),
        lambda tenant, rows: recorded.submit(state.intake, tenant, rows),
        lambda: state.writer.status().lag_s,
        state.config.storage.query_timeout_s,
    )


def parts(config: Config) -> list[Part]:
    """What an install of this configuration is made of, by kind and name."""
    from swarmscope.bench import suite  # half a second of imports, which no start needs

    return survey((*_KINDS, suite.KIND), config.plugins)


def _close(receiver: ExitStack, name: str) -> None:
    """Stop a receiver; what one of others raises then keeps nothing else from closing."""
    try:
        receiver.close()
    except Exception as e:  # noqa: BLE001 # a stranger's code may raise anything
        _log.error("receiver_stop_failed", receiver=name, error=f"{type(e).__name__}: {e}")


def _close_store(opening: Future[Store]) -> None:
    """Close it, if it was opened: whoever waits for it hears why not."""
    if opening.exception() is None:
        opening.result().close()


def run(config: Config) -> None:
    """Start the platform and run until interrupted."""
    import uvloop

    telemetry.configure(config.log.level, config.log.format)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    footprint.raise_file_limit()
    footprint.return_memory()
    footprint.leave_pandas()
    app = App(config)
    app.start()
    try:
        uvloop.run(app.serve(_announce))
    finally:
        app.close()
        gc.freeze()  # what is left ends with the process; looking through all of it takes seconds


def _migrate(store: Store, journal: Journal, config: Config, install: str) -> None:
    """Bring the schema up to date; what the older program acknowledged is stored first, by the schema it was meant for."""

    def drain() -> None:
        writer = Writer(journal, store, config.journal, install)
        writer.start()
        drained = writer.drain(UPGRADE_DRAIN_S)
        writer.stop(drain=False)
        if not drained:
            raise SchemaError(
                f"the journal could not be stored within {UPGRADE_DRAIN_S:.0f} s, so the schema was not changed; "
                "start the version that wrote it until its journal is empty, then upgrade"
            )

    migrate(store, drain)


def _replay_floor_s(writer: Writer, config: Config) -> float:
    """Oldest event time that the journal may still insert: the door refuses what is older than `past_max_s` on arrival."""
    return time.time() - writer.status().lag_s - config.ingest.past_max_s - REPLAY_MARGIN_S


def _announce(state: State, port: int) -> None:
    server = state.config.server
    scheme = "https" if server.tls_cert else "http"
    host = f"[{server.host}]" if ":" in server.host else server.host
    _log.info("ready", version=__version__, seconds=round(time.time() - state.started_at_s, 2), pid=os.getpid())
    lines = (
        "",
        f"  Swarmscope {__version__} is ready",
        f"    web UI and API   {scheme}://{host}:{port}",
        f"    OTLP/gRPC        {host}:{server.otlp_grpc_port}",
        f"    OTLP/HTTP        {scheme}://{host}:{server.otlp_http_port}",
        f"    data             {state.config.data_dir}",
        "",
    )
    print("\n".join(lines), flush=True)  # noqa: T201 # what a person who starts it looks for


def _listeners(server: Server) -> list[socket.socket]:
    """Sockets of the main port and of those beside it, the main one first."""
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    made = []
    for port in (server.port, *server.more_ports):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((server.host, port))
        made.append(listener)
    return made


def _check_ports(config: Config) -> None:
    """Say which port is taken before anything is opened."""
    server = config.server
    ports = {"port": server.port, "otlp_grpc_port": server.otlp_grpc_port, "otlp_http_port": server.otlp_http_port}
    ports |= {f"more_ports[{i}]": port for i, port in enumerate(server.more_ports)}
    taken: dict[int, str] = {}
    for name, port in ports.items():
        if port in taken and port:
            raise ConfigError(f"server.{name} and server.{taken[port]} are both {port}; give each its own")
        taken[port] = name
        family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((server.host, port))
            except OSError as e:
                raise ConfigError(
                    f"cannot listen on {server.host}:{port} (server.{name}): {e.strerror}; "
                    f"stop what uses it or set SWARMSCOPE_SERVER_{name.upper().partition('[')[0]}"
                ) from e
