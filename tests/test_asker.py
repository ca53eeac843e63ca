"""Who answers byte by byte is waited for until the deadline, whatever it is that drips; over real connections."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from swarmscope.asker import TOLD_BYTES_MAX, Asker
from swarmscope.errors import DecodeError, LimitError
from swarmscope.ingest.receivers.scrape import THREADS
from swarmscope.ingest.scraping.jobs import Job
from swarmscope.ingest.scraping.target import Target
from tests.support.http import Handler, peer, served

TIMEOUT_S = 0.4
LATE = f"context deadline exceeded: {TIMEOUT_S:g}s"
OK = b"HTTP/1.1 200 OK\r\n"
FILLER = b"filler, " * 10
dripped: list[bytes] = []  # what somebody waited for to its end
WHOLE = OK + b"Content-Length: 7\r\n\r\nload 1\n"


def drip(connection: socket.socket, data: bytes) -> None:
    """A byte every now and then, sooner than the time-out of a read; all of it would take many times the deadline."""
    for at in range(len(data)):
        connection.sendall(data[at : at + 1])
        time.sleep(TIMEOUT_S / 8)
    dripped.append(data)


def whole(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(WHOLE)


def headers(connection: socket.socket) -> None:
    connection.recv(65536)
    drip(connection, OK + b"X-Filler: " + FILLER + b"\r\n")
    connection.sendall(WHOLE.removeprefix(OK))


def body(connection: socket.socket) -> None:
    connection.recv(65536)
    data = b"# " + FILLER + b"\nload 1\n"
    connection.sendall(OK + b"Content-Length: %d\r\n\r\n" % len(data))
    drip(connection, data)


def line_of_a_chunk(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    drip(connection, b"7;" + FILLER + b"\r\n")
    connection.sendall(b"load 1\n\r\n0\r\n\r\n")


def packed(connection: socket.socket) -> None:
    """The name of a packed file: no byte of the body comes of it."""
    plain = gzip.compress(b"load 1\n")
    data = plain[:3] + b"\x08" + plain[4:10] + FILLER + b"\x00" + plain[10:]
    connection.recv(65536)
    connection.sendall(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(data))
    drip(connection, data)


def ways(connection: socket.socket) -> None:
    """Ten redirects, each in time."""
    path = connection.recv(65536).split()[1]
    time.sleep(TIMEOUT_S / 2)
    number = int(path.removeprefix(b"/m") or b"0")
    if number == 10:
        connection.sendall(WHOLE)
        return
    connection.sendall(
        b"HTTP/1.1 302 Found\r\nLocation: /m%d\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" % (number + 1)
    )


@pytest.fixture(autouse=True)
def nothing_dripped() -> None:
    dripped.clear()


@pytest.mark.parametrize("answers", [headers, body, line_of_a_chunk, packed, ways])
def test_a_target_that_drips_is_down_at_its_timeout(answers: Callable[[socket.socket], None]) -> None:
    with peer(answers) as address, Asker() as asker:
        target = Target.of(Job("j", metrics_path="/m"), address, {}, 15, TIMEOUT_S)
        assert target is not None
        done = target.scrape(asker)
    assert (done.up, done.error) == (False, LATE)
    assert dripped == []


def test_a_handshake_that_does_not_end_counts_too() -> None:
    def mute(connection: socket.socket) -> None:
        connection.recv(65536)
        drip(connection, b"\x16\x03\x03\x40\x00" + b"\x02\x00\x3f\xfc" + FILLER)

    with peer(mute) as address, Asker() as asker, pytest.raises(DecodeError, match="deadline exceeded"):
        asker.ask(f"https://{address}/", TIMEOUT_S, 1000)
    assert dripped == []


def test_who_is_told_answers_in_time_and_as_much_as_is_read() -> None:
    heard: list[tuple[str, bytes]] = []

    class Answers(Handler):
        def answer(self) -> None:
            heard.append((self.command, self.rfile.read(int(self.headers["content-length"]))))
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("location", "/")
                self.end_headers()
            else:
                self.reply(422, b"\xff" + b"no" * TOLD_BYTES_MAX)

    with served(Answers) as address, Asker() as asker:
        assert asker.tell(f"http://{address}/moved", b"x", 30)[0] == 302
        status, text = asker.tell(f"http://{address}/", b"y", 30)
    assert (status, len(text), text[:3]) == (422, TOLD_BYTES_MAX, "\ufffdno")
    assert heard == [("POST", b"x"), ("POST", b"y")]
    with peer(body) as address, Asker() as asker, pytest.raises(DecodeError, match="deadline exceeded"):
        asker.tell(f"http://{address}/", b"x", TIMEOUT_S)
    assert dripped == []


def test_a_connection_is_used_again_with_a_deadline_of_its_own_and_after_a_late_one() -> None:
    peers: list[tuple[str, int]] = []

    class Answers(Handler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            peers.append(self.client_address)
            if self.path == "/late":
                time.sleep(4 * TIMEOUT_S)
            self.send_response(200)
            self.send_header("content-type", "text/plain")
            self.send_header("content-length", "7")
            self.end_headers()
            self.wfile.write(b"load 1\n")

    with served(Answers) as address, Asker() as asker:
        url = f"http://{address}/"
        for _ in range(2):
            assert asker.ask(url, 30, 7) == asker.ask(url, 30, 1000)
        assert asker.ask(url, 30, 7).media == "text/plain"
        assert len(set(peers)) == 1
        with pytest.raises(DecodeError, match="deadline exceeded"):
            asker.ask(url + "late", TIMEOUT_S, 1000)
        assert asker.ask(url, 30, 1000).body == b"load 1\n"
        with pytest.raises(LimitError, match="more than 6 bytes"):
            asker.ask(url, 30, 6)
        assert len(set(peers)) == 2


def test_a_host_is_asked_at_each_of_its_addresses_and_who_is_nowhere_is_said_to_be() -> None:
    with peer(whole) as address, Asker() as asker:
        port = address.rpartition(":")[2]
        assert asker.ask(f"http://localhost:{port}/", 30, 1000).body == b"load 1\n"  # ::1 refuses, where there is one
    with Asker() as asker:
        with pytest.raises(httpx.ConnectError, match="refused"):
            asker.ask(f"http://{address}/", 30, 1000)
        with pytest.raises(httpx.ConnectError):
            asker.ask("http://nowhere.invalid/", 30, 1000)


def test_given_as_many_targets_that_hang_as_there_are_threads_then_the_next_is_not_kept_waiting() -> None:
    """None waits for a connection that another's target holds."""
    with socket.create_server(("127.0.0.1", 0), backlog=THREADS) as silent, peer(whole) as well, Asker() as asker:
        hanging = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with ThreadPoolExecutor(THREADS - 1) as threads:
            asked = [threads.submit(asker.ask, hanging, 2.0, 1000) for _ in range(THREADS - 1)]
            time.sleep(0.2)
            assert asker.ask(f"http://{well}/", 1.0, 1000).body == b"load 1\n"
            for one in asked:
                with pytest.raises(DecodeError, match="deadline"):
                    one.result()
