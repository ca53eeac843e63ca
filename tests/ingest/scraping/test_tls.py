"""Targets over TLS: by authorities of their own, by name, with a certificate, unchecked; files may change."""

from __future__ import annotations

import os
import shutil
import ssl
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from swarmscope.asker import Asker
from swarmscope.errors import ConfigError
from swarmscope.ingest.scraping.jobs import load
from swarmscope.ingest.scraping.target import Target
from tests.support.http import Handler

TLS = Path(__file__).parents[2] / "golden" / "tls"


class Answers(Handler):
    def answer(self) -> None:
        self.reply(200, b"load 1\n", "text/plain")


@pytest.fixture(params=[False, True], ids=["anybody", "those who have a certificate"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[int, bool]]:
    """The port of a target, and whether it demands a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(TLS / "localhost.crt", TLS / "localhost.key")
    if request.param:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(TLS / "localhost.crt")
    made = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    made.socket = context.wrap_socket(made.socket, server_side=True)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made.server_port, request.param
    made.shutdown()
    made.server_close()


def target(folder: Path, address: str, tls: str) -> Target:
    (folder / "scrape.yml").write_text(f"scrape_configs: [{{job_name: j, scheme: https, {tls}}}]")
    found = Target.of(load(folder / "scrape.yml").scrape_configs[0], address, {}, 15, 5)
    assert found is not None
    return found


def test_targets_are_asked_as_their_job_says(server: tuple[int, bool], tmp_path: Path) -> None:
    port, demands = server
    for name in ("localhost.crt", "localhost.key"):  # named without their folder, they lie beside the configuration
        shutil.copy(TLS / name, tmp_path)
    own = ", cert_file: localhost.crt, key_file: localhost.key" if demands else ""
    with Asker() as asker:
        for address, tls, up in (
            ("127.0.0.1", "", False),
            ("127.0.0.1", "tls_config: {ca_file: localhost.crt}", not demands),
            ("127.0.0.1", f"tls_config: {{ca_file: localhost.crt{own}}}", True),
            ("127.0.0.1", f"tls_config: {{insecure_skip_verify: true{own}}}", True),
            ("127.0.0.1", f"tls_config: {{ca_file: localhost.crt, server_name: localhost{own}}}", True),
            ("127.0.0.1", f"tls_config: {{ca_file: localhost.crt, server_name: elsewhere{own}}}", False),
            ("127.0.0.1", f"tls_config: {{ca_file: none.crt{own}}}", False),
        ):
            done = target(tmp_path, f"{address}:{port}", tls).scrape(asker)
            assert done.up is up, (address, tls, done.error)


def test_a_file_that_changes_holds_at_once(tmp_path: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(TLS / "localhost.crt", TLS / "localhost.key")
    made = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    made.socket = context.wrap_socket(made.socket, server_side=True)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    authority = tmp_path / "ca.crt"
    authority.write_text("no certificate")
    try:
        with Asker() as asker:
            one = target(tmp_path, f"localhost:{made.server_port}", "tls_config: {ca_file: ca.crt}")
            assert not one.scrape(asker).up
            shutil.copy(TLS / "localhost.crt", authority)
            os.utime(authority, (1, 1))
            assert one.scrape(asker).up
    finally:
        made.shutdown()
        made.server_close()


@pytest.mark.parametrize("tls", ["cert_file: a", "key_file: a", "min_version: TLS13"])
def test_what_is_not_understood_is_refused(tmp_path: Path, tls: str) -> None:
    with pytest.raises(ConfigError):
        target(tmp_path, "x:1", f"tls_config: {{{tls}}}")


def test_secrets_lie_beside_the_configuration(tmp_path: Path) -> None:
    more = "basic_auth: {username: u, password_file: p}, authorization: {credentials_file: /abs}"
    job = target(tmp_path, "x:1", more).job
    assert job.basic_auth is not None and job.basic_auth.password_file == str(tmp_path / "p")
    assert job.authorization is not None and job.authorization.credentials_file == "/abs"
