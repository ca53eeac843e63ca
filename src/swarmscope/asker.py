"""Asks others by HTTP, each for an answer that must be there as a whole by one moment: targets, sources, Alertmanagers.

httpx bounds every read by itself, so who sends a byte now and then would be waited for without end.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpcore
import httpx

from swarmscope.errors import DecodeError, LimitError

CONNECTIONS_MAX = 100  # more than there are threads that ask: none waits for another's target
KEPT_MAX, KEPT_S = 20, 5.0
TOLD_BYTES_MAX = 4096

_deadline_s: ContextVar[float] = ContextVar("deadline_s")  # of what this thread asks, by the monotonic clock


@dataclass(frozen=True, slots=True)
class Answer:
    """media: the content type as sent, empty where none was."""

    body: bytes
    media: str


@dataclass(frozen=True, slots=True)
class Tls:
    """How somebody is asked over TLS. The files are PEM and may change; empty: the usual authorities, no certificate of ours,
    the name of the address."""

    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    server_name: str = ""
    unchecked: bool = False

    def stamp(self) -> tuple[int, ...]:
        """Changes when a file does. OSError: one cannot be read."""
        files = (self.ca_file, self.cert_file, self.key_file)
        return tuple(Path(file).stat().st_mtime_ns for file in files if file)

    def context(self) -> ssl.SSLContext:
        """What the files say. OSError: they cannot be used."""
        made = (
            ssl.create_default_context(cafile=self.ca_file)
            if self.ca_file
            else httpx.create_ssl_context(trust_env=False)
        )
        if self.unchecked:
            made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
        if self.cert_file:
            made.load_cert_chain(self.cert_file, self.key_file)
        return made


class Asker:
    """Owns connections, which are kept for the next time; safe to use from several threads. Keeps no cookies: targets of one
    host would get each other's."""

    def __init__(self) -> None:
        self._client = _client(httpx.create_ssl_context(trust_env=False))
        self._others: dict[Tls, tuple[tuple[int, ...], httpx.Client]] = {}
        self._replaced: list[httpx.Client] = []  # somebody may be asked through them still
        self._lock = threading.Lock()

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        for client in (self._client, *(client for _, client in self._others.values()), *self._replaced):
            client.close()

    def ask(
        self,
        url: str,
        seconds_max: float,
        bytes_max: int,
        headers: Mapping[str, str] | None = None,
        auth: Any = None,
        tls: Tls | None = None,
        follow: bool = True,
    ) -> Answer:
        """What is at an address. seconds_max: for all of it, redirects too, but for the system's finding of a host's addresses.

        DecodeError: it takes longer, or the status is not 200. LimitError: the body is larger. httpx.HTTPError,
        httpx.InvalidURL: it cannot be asked; OSError: a file of `tls` cannot be used.
        """
        extensions = {"sni_hostname": tls.server_name} if tls is not None and tls.server_name else {}
        more = {"headers": headers, "auth": auth, "extensions": extensions, "follow_redirects": follow}
        with self._answer("GET", url, seconds_max, self._by(tls), **more) as answer:
            if answer.status_code != 200:
                raise DecodeError(f"server returned HTTP status {answer.status_code} {answer.reason_phrase}")
            body = _read(answer, bytes_max)
            if len(body) > bytes_max:
                raise LimitError(f"body size limit exceeded: more than {bytes_max} bytes")
            return Answer(body, answer.headers.get("content-type", ""))

    def tell(
        self, url: str, content: bytes, seconds_max: float, headers: Mapping[str, str] | None = None, auth: Any = None
    ) -> tuple[int, str]:
        """The status that an address answers to a POST, and the beginning of the answer as text. No redirect is followed.

        seconds_max: as in `ask`. DecodeError: it takes longer. httpx.HTTPError, httpx.InvalidURL: it cannot be told.
        """
        told = self._answer(
            "POST", url, seconds_max, self._client, content=content, headers=headers, auth=auth, follow_redirects=False
        )
        with told as answer:
            return answer.status_code, _read(answer, TOLD_BYTES_MAX)[:TOLD_BYTES_MAX].decode(errors="replace")

    def _by(self, tls: Tls | None) -> httpx.Client:
        """The connections of those who are asked alike; other ones once a file changed."""
        if tls is None:
            return self._client
        stamp = tls.stamp()
        with self._lock:
            found = self._others.get(tls)
            if found is None or found[0] != stamp:
                if found is not None:
                    self._replaced = [found[1]]
                self._others[tls] = found = stamp, _client(tls.context())
            return found[1]

    @contextmanager
    def _answer(
        self, method: str, url: str, seconds_max: float, client: httpx.Client, **more: Any
    ) -> Iterator[httpx.Response]:
        outer = _deadline_s.set(time.monotonic() + seconds_max)
        try:
            with client.stream(method, url, timeout=seconds_max, **more) as answer:
                yield answer
        except httpx.TimeoutException as e:
            raise DecodeError(f"context deadline exceeded: {seconds_max:g}s") from e
        finally:
            _deadline_s.reset(outer)


def _client(context: ssl.SSLContext) -> httpx.Client:
    nobodys = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return httpx.Client(transport=_Transport(context), follow_redirects=True, cookies=nobodys)


def _read(answer: httpx.Response, bytes_max: int) -> bytes:
    """The body, or as much of it as shows that it is larger."""
    body = bytearray()
    for part in answer.iter_bytes():
        body += part
        if len(body) > bytes_max:
            break
    return bytes(body)


class _Transport(httpx.HTTPTransport):
    """httpx' own, over connections that know the deadline; httpx offers no other way to hand them in."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(trust_env=False, verify=context)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=CONNECTIONS_MAX,
            max_keepalive_connections=KEPT_MAX,
            keepalive_expiry=KEPT_S,
            network_backend=_Network(),
        )


class _Network(httpcore.NetworkBackend):
    """The addresses of a host in turn, all by the deadline."""

    def __init__(self) -> None:
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in _addresses(host, port):
            left_s = _left_s(httpcore.ConnectTimeout)
            try:
                return _Stream(self._plain.connect_tcp(address, port, left_s, local_address, socket_options))
            except httpcore.ConnectError as e:
                failed = e
        raise failed


class _Stream(httpcore.NetworkStream):
    """A connection, each step of which gets what is left until the deadline."""

    def __init__(self, plain: httpcore.NetworkStream) -> None:
        self._plain = plain

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._plain.read(max_bytes, _left_s(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._plain.write(buffer, _left_s(httpcore.WriteTimeout))

    def close(self) -> None:
        self._plain.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._plain.start_tls(ssl_context, server_hostname, _left_s(httpcore.ConnectTimeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._plain.get_extra_info(info)


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as e:
        raise httpcore.ConnectError(str(e)) from e
    numeric = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
    return [socket.getnameinfo(address, numeric)[0] for *_, address in found]


def _left_s(late: type[httpcore.TimeoutException]) -> float:
    left_s = _deadline_s.get() - time.monotonic()
    if left_s <= 0:
        raise late("the deadline has passed")
    return left_s
