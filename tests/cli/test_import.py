"""`swarmscope import` and a server that refuses or asks to wait."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from swarmscope.cli import imports

Answer = tuple[int, dict[str, str], bytes]
LINE = b'{"resourceSpans": []}\n'


@contextmanager
def answering(*answers: Answer) -> Iterator[str]:
    """The address of a server that gives these answers in turn."""
    left = list(answers)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            status, headers, body = left.pop(0)
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Silent."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "spans.jsonl"
    path.write_bytes(LINE)
    return path


@pytest.mark.parametrize(("status", "code"), [(401, 4), (403, 4), (400, 2), (500, 1)])
def test_given_a_refusal_when_importing_then_the_exit_code_says_which(
    cli: Callable[..., Any], file: Path, status: int, code: int
) -> None:
    with answering((status, {}, b'{"message": "not for you"}')) as url:
        ran = cli("import", str(file), "--url", url, "--json")
    assert ran.code == code
    assert f"{file}:1: " in ran.err and "not for you" in ran.err
    assert ("--key" in ran.err) == (code == 4)


def test_given_a_busy_server_when_it_names_a_date_then_the_line_is_sent_again_by_then(
    cli: Callable[..., Any], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(imports.time, "sleep", waited.append)
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    waits = [{"retry-after": text} for text in (soon, past, "3", "nonsense", "-5", "inf")]
    with answering(*[(503, wait, b"busy") for wait in waits], (200, {}, b"{}")) as url:
        ran = cli("import", str(file), "--url", url, "--json")
    assert ran.code == 0 and ran.json["traces"] == 1
    assert 10 < waited[0] <= 20
    assert waited[1:] == pytest.approx([0.1, 3.2, 1.3, 1.4, 1.5])
