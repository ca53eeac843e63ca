"""OTLP/HTTP on a port of its own (4318): a small server over asyncio (uvloop where there is one) and llhttp.

It does one thing, so that it costs little per request. It runs in a thread with its own loop. Everything is bounded: what all
bodies in the making hold together, connections, how long stopping takes; the rest is `connection`'s.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from concurrent.futures import Future, ThreadPoolExecutor

from swarmscope.config import Config
from swarmscope.errors import ConfigError
from swarmscope.ingest.receivers import otlp
from swarmscope.ingest.receivers.asgi import OtlpApp
from swarmscope.ingest.receivers.base import Receiver
from swarmscope.ingest.receivers.connection import Connection
from swarmscope.telemetry import gauge, logger

SWEEP_S = 1.0
STOP_TIMEOUT_S = 5.0

_connections = gauge("swarmscope_ingest_http_connections", "open OTLP/HTTP connections")
_log = logger("ingest")


def otlp_asgi(config: Config, intake: otlp.Intake, authenticate: otlp.Authenticate) -> OtlpApp:
    """The same service as an ASGI application, for the main port."""
    return OtlpApp(intake, authenticate, config.ingest.message_max_bytes)


class OtlpHttpServer(Receiver):
    """OTLP over HTTP, on a port of its own.

    authenticate: headers in lower case → Principal, AuthError or ForbiddenError. `port` is known after `start`.
    """

    name = "otlp_http"

    def __init__(self, config: Config, intake: otlp.Intake, authenticate: otlp.Authenticate) -> None:
        super().__init__(config, intake, authenticate)
        self.port = config.server.otlp_http_port
        self.body_max = config.ingest.message_max_bytes
        self.held_max = config.ingest.memory_max_bytes
        self.held = 0  # bytes of all bodies in the making
        self.connections: set[Connection] = set()
        self.pool = ThreadPoolExecutor(2, thread_name_prefix="otlp-http-inflate")
        self.loop: asyncio.AbstractEventLoop = _new_loop()
        self._thread = threading.Thread(target=self._run, name="otlp-http", daemon=True)
        self._started: Future[None] = Future()
        self._stopping = asyncio.Event()

    def start(self) -> None:
        """Listen. ConfigError where the address cannot be bound or the certificate not be read."""
        self._thread.start()
        try:
            self._started.result()
        except OSError as e:
            self._thread.join()
            raise ConfigError(
                f"cannot listen on {self.config.server.host}:{self.port} for OTLP/HTTP: {e.strerror or e}; "
                "stop the other program or set server.otlp_http_port"
            ) from e

    def stop(self) -> None:
        """Take no more requests, answer those in work (for at most STOP_TIMEOUT_S), close."""
        if self._thread.is_alive():
            if not self._started.exception():
                self.loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()
        self.loop.close()
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        try:
            self.loop.run_until_complete(self._serve())
        except Exception as e:  # noqa: BLE001 - it reaches the caller of start
            if not self._started.done():
                self._started.set_exception(e)
            else:
                _log.error("otlp_http_failed", error=str(e), exc_info=e)

    async def _serve(self) -> None:
        server = await self.loop.create_server(
            lambda: Connection(self), self.config.server.host, self.port, backlog=1024, ssl=tls_context(self.config)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._started.set_result(None)
        while not self._stopping.is_set():
            self._sweep()
            try:
                await asyncio.wait_for(self._stopping.wait(), SWEEP_S)
            except TimeoutError:
                continue
        server.close()
        for connection in list(self.connections):
            connection.finish()
        for _ in range(round(STOP_TIMEOUT_S / 0.02)):
            if not self.connections:
                break
            await asyncio.sleep(0.02)
        for connection in list(self.connections):
            connection.abort()
        await asyncio.sleep(0)

    def _sweep(self) -> None:
        """Part with clients whose time is up."""
        now = self.loop.time()
        for connection in [c for c in self.connections if c.deadline < now]:
            connection.time_out()
        _connections.set(len(self.connections))


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # Windows
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def tls_context(config: Config) -> ssl.SSLContext | None:
    """TLS from server.tls_cert and server.tls_key, None where they are not set. ConfigError."""
    cert, key = config.server.tls_cert, config.server.tls_key
    if not cert and not key:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert, key or None)
    except (OSError, ssl.SSLError) as e:
        raise ConfigError(
            f"cannot read the certificate server.tls_cert={cert!r} with server.tls_key={key!r}: {e}"
        ) from e
    return context
