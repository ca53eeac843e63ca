"""The scrape loop over targets that a file and a web server name: they come, change, and end; a slow source holds up nobody."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from swarmscope.asker import Asker
from swarmscope.config import Config, Plugins
from swarmscope.errors import ConfigError
from swarmscope.ingest.receivers import scrape
from swarmscope.ingest.scraping import jobs
from swarmscope.model.batch import Receipt
from tests.ingest.scraping.test_scrape import STALE, stored
from tests.support.http import Handler, served, until


class Sink:
    """Takes what is scraped, as the intake does."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.tenants: set[str] = set()

    def submit(self, signal: Any, body: bytes, tenant: str, encoding: Any) -> Future[Receipt]:
        assert (signal, encoding) == ("samples", "write1")
        self.bodies.append(body)
        self.tenants.add(tenant)
        return Future()

    def bits(self, name: str) -> list[int]:
        """Of all samples of a series, in the order in which they came."""
        return [found[name][1] for body in list(self.bodies) if name in (found := stored(body))]


@pytest.fixture
def web() -> Iterator[dict[str, Any]]:
    """`/metrics`, and `/sd` with `targets` and `status`, which waits, and says so, while it is not `open`."""
    shown: dict[str, Any] = {"targets": [], "status": 200, "open": threading.Event(), "waits": threading.Event()}
    shown["open"].set()

    class Answers(Handler):
        def answer(self) -> None:
            body = b"load 1\n"
            status = 200
            if self.path == "/sd":
                if not shown["open"].is_set():
                    shown["waits"].set()
                    shown["open"].wait(60)
                body, status = json.dumps(shown["targets"]).encode(), shown["status"]
            self.reply(status, body)

    with served(Answers) as shown["address"]:
        yield shown


def test_targets_come_change_and_end(web: dict[str, Any], tmp_path: Path) -> None:
    address = web["address"]
    targets = tmp_path / "targets.json"
    targets.write_text(json.dumps([{"targets": [address], "labels": {"env": "file"}}]))
    web["targets"] = [{"targets": [address], "labels": {"env": "http"}}]
    (tmp_path / "scrape.yml").write_text(  # an answer may take as long as the interval, on a busy machine too
        "global: {scrape_interval: 400ms, external_labels: {site: lab}}\nscrape_configs:\n"
        "- {job_name: f, file_sd_configs: [{files: ['*.json']}]}\n"
        f"- {{job_name: h, http_sd_configs: [{{url: 'http://{address}/sd', refresh_interval: 100ms}}]}}\n"
    )
    options = {"file": str(tmp_path / "scrape.yml"), "tenant": "theirs"}
    config = Config(plugins=Plugins(options={"receiver": {"scrape": options}}))
    sink = Sink()
    scraper = scrape.Scraper(config, sink, None)  # type: ignore[arg-type] # it asks for nobody's key
    by_file, by_http = (f"load,env={e},instance={address},job={j},site=lab" for e, j in (("file", "f"), ("http", "h")))
    scraper.start()
    try:
        until(lambda: len(sink.bits(by_file)) > 1 and len(sink.bits(by_http)) > 1)
        assert sink.tenants == {"theirs"}
        assert {t.job.job_name for t in scrape.targets("theirs")} == {"f", "h"}
        assert list(scrape.targets("default")) == []

        web["status"] = 500  # what cannot be asked now is as it was
        targets.write_text("[]")
        until(lambda: sink.bits(by_file)[-1] == STALE)
        before = len(sink.bits(by_http))
        until(lambda: len(sink.bits(by_http)) > before + 2)

        web["status"] = 200
        web["open"].clear()
        assert web["waits"].wait(20)  # a discovery that takes long holds up nobody
        before = len(sink.bits(by_http))
        until(lambda: len(sink.bits(by_http)) > before + 3)
        web["targets"] = []
        web["open"].set()
        until(lambda: sink.bits(by_http)[-1] == STALE)
        assert list(scrape.targets("theirs")) == []
    finally:
        scraper.stop()


def test_sources_are_asked_as_often_as_they_wish(web: dict[str, Any], tmp_path: Path) -> None:
    address = web["address"]
    job = jobs.Job("j", file_sd_configs=(jobs.FileSd(("*.json",)),), http_sd_configs=(
        jobs.HttpSd(f"http://{address}/sd", "30s"),))  # fmt: skip
    file = tmp_path / "targets.json"
    file.write_text('[{"targets": ["a:1"]}]')
    web["targets"] = [{"targets": ["b:1"]}]
    kept: dict[str, jobs.Found] = {}

    def found(now_s: float) -> list[str]:
        nonlocal kept
        with Asker() as asker:
            kept = jobs.discovered(job, tmp_path, asker, kept, now_s)
        return sorted(t for of in kept.values() for g in of.groups for t in g.targets)

    assert found(1000.0) == ["a:1", "b:1"]
    web["targets"] = [{"targets": ["b:2"]}]
    assert found(1029.0) == ["a:1", "b:1"]
    assert found(1030.0) == ["a:1", "b:2"]
    web["status"], web["targets"] = 500, []
    assert found(1060.0) == ["a:1", "b:2"]  # as it was
    assert found(1061.0) == ["a:1", "b:2"]  # and asked again in its time
    file.write_text('[{"targets": ["a:1", "a:2"]}]')
    assert found(1062.0) == ["a:1", "a:2", "b:2"]  # a file that changes is read at once
    file.write_text("[{")
    assert found(1063.0) == ["a:1", "a:2", "b:2"]
    file.unlink()
    assert found(1064.0) == ["b:2"]


def test_how_often_is_looked_and_what_is_no_time(tmp_path: Path) -> None:
    path = tmp_path / "scrape.yml"
    path.write_text("scrape_configs: [{job_name: a, http_sd_configs: [{url: x, refresh_interval: 2s}], "
                    "file_sd_configs: [{files: [f], refresh_interval: 10ms}, {files: [g]}]}]")  # fmt: skip
    assert sorted(jobs.refreshes(jobs.load(path))) == [jobs.REFRESH_LEAST_S, 2.0, 300.0]
    path.write_text("scrape_configs: [{job_name: a, http_sd_configs: [{url: x, refresh_interval: often}]}]")
    with pytest.raises(ConfigError, match="often"):
        jobs.load(path)


def test_a_source_that_answers_without_end_or_has_no_address_leaves_the_others(
    web: dict[str, Any], tmp_path: Path
) -> None:
    sources = (jobs.HttpSd(f"http://{web['address']}/sd"), jobs.HttpSd("http://host:nine/sd"))
    job = jobs.Job("j", static_configs=(jobs.Group(("a:1",)),), http_sd_configs=sources)
    web["targets"] = [{"targets": ["b:1"]}] * (jobs.ANSWER_BYTES_MAX // 10)
    with Asker() as asker:
        found = jobs.discovered(job, tmp_path, asker, {}, 0.0)
    assert [t for of in found.values() for g in of.groups for t in g.targets] == ["a:1"]


def test_a_target_that_ends_while_it_is_asked_stays_ended_and_no_cookie_is_kept(tmp_path: Path) -> None:
    asked, answer, cookies = threading.Event(), threading.Event(), []

    class Answers(Handler):
        def answer(self) -> None:
            cookies.append(self.headers["cookie"])
            if len(cookies) == 2:
                asked.set()
                answer.wait(60)
            self.send_response(200)
            self.send_header("set-cookie", f"seen={len(cookies)}")
            self.end_headers()
            self.wfile.write(b"load 1\n")

    sink = Sink()
    with served(Answers) as address:
        targets = tmp_path / "targets.json"
        targets.write_text(json.dumps([{"targets": [address]}]))
        (tmp_path / "scrape.yml").write_text(
            "scrape_configs: [{job_name: j, scrape_interval: 30s, scrape_timeout: 30s, "
            "file_sd_configs: [{files: ['*.json'], refresh_interval: 100ms}]}]"
        )
        config = Config(plugins=Plugins(options={"receiver": {"scrape": {"file": str(tmp_path / "scrape.yml")}}}))
        scraper = scrape.Scraper(config, sink, None)  # type: ignore[arg-type] # it asks for nobody's key
        series = f"load,instance={address},job=j"
        scraper.start()
        try:
            until(lambda: sink.bits(series))
            for target in scraper.targets.values():
                target.due_s = 0.0
            assert asked.wait(20)
            targets.write_text("[]")
            until(lambda: sink.bits(series)[-1] == STALE)
            answer.set()
            until(lambda: not scraper._busy)
            assert sink.bits(series)[-1] == STALE
            assert cookies == [None, None]
        finally:
            answer.set()
            scraper.stop()


def test_more_targets_than_a_job_may_have_are_down_unasked(web: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "scrape.yml"
    job = f"{{job_name: j, target_limit: 1, static_configs: [{{targets: ['{web['address']}', 'left:1']}}]}}"
    file.write_text(f"global: {{scrape_interval: 500ms}}\nscrape_configs: [{job}]")
    config = Config(plugins=Plugins(options={"receiver": {"scrape": {"file": str(file)}}}))
    scraper = scrape.Scraper(config, Sink(), None)  # type: ignore[arg-type] # it asks for nobody's key
    scraper.start()
    try:
        until(lambda: len(scraper.targets) == 2 and all(t.last for t in scraper.targets.values()))
        errors = {t.last.error for t in scraper.targets.values() if t.last is not None}
        assert errors == {"target_limit exceeded (number of targets: 2, limit: 1)"}
        file.write_text(file.read_text().replace("target_limit: 1", "target_limit: 2"))
        scraper.reload()
        until(lambda: any(t.last is not None and t.last.up for t in scraper.targets.values()))
    finally:
        scraper.stop()
