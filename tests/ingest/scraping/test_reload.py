"""The scrape configuration is followed: what changes changes, what stays goes on, what is wrong changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from swarmscope.config import Config, Plugins
from swarmscope.errors import ConfigError
from swarmscope.ingest.receivers import scrape
from swarmscope.ingest.scraping.watched import Watched
from swarmscope.model.access import Role
from swarmscope.telemetry import REGISTRY
from tests.ingest.scraping.test_loop import Sink
from tests.ingest.scraping.test_scrape import STALE
from tests.serve.routes.conftest import Api, api  # noqa: F401 # a fixture
from tests.support.http import Handler, served, until

GOOD = "swarmscope_ingest_scrape_config_last_reload_successful"


@pytest.fixture
def address() -> Iterator[str]:
    class Answers(Handler):
        def answer(self) -> None:
            self.reply(200, b"load 1\nother 2\n", "text/plain")

    with served(Answers) as found:
        yield found


@pytest.fixture
def scraper(address: str, tmp_path: Path) -> Iterator[tuple[scrape.Scraper, Sink, Path]]:
    """A running one over the jobs `kept` and `gone`."""
    file = tmp_path / "scrape.yml"
    file.write_text(written(address, "kept", "gone"))
    config = Config(plugins=Plugins(options={"receiver": {"scrape": {"file": str(file)}}}))
    sink = Sink()
    running = scrape.Scraper(config, sink, None)  # type: ignore[arg-type] # it asks for nobody's key
    running.start()
    try:
        until(lambda: all(sink.bits(f"load,instance={address},job={job}") for job in ("kept", "gone")))
        yield running, sink, file
    finally:
        running.stop()


def written(address: str, *jobs: str, more: str = "") -> str:
    lines = [f"- {{job_name: {job}, static_configs: [{{targets: ['{address}']}}]{more}}}\n" for job in jobs]
    return f"global: {{scrape_interval: 1s}}\nscrape_configs:\n{''.join(lines)}"


def test_a_job_comes_one_goes_and_one_goes_on(address: str, scraper: tuple[scrape.Scraper, Sink, Path]) -> None:
    running, sink, file = scraper
    kept, gone, come = (f"load,instance={address},job={job}" for job in ("kept", "gone", "come"))
    (before,) = [t for t in running.targets.values() if t.job.job_name == "kept"]
    file.write_text(written(address, "kept", "come"))
    running.reload()
    until(lambda: sink.bits(come) and sink.bits(gone)[-1] == STALE)
    assert STALE not in sink.bits(kept)
    assert before in running.targets.values()
    assert {t.job.job_name for t in scrape.targets("default")} == {"kept", "come"}


def test_what_a_job_drops_from_now_on_ends(address: str, scraper: tuple[scrape.Scraper, Sink, Path]) -> None:
    running, sink, file = scraper
    load, other = (f"{name},instance={address},job=kept" for name in ("load", "other"))
    more = ", metric_relabel_configs: [{source_labels: [__name__], regex: other, action: drop}]"
    file.write_text(written(address, "kept", "gone", more=more))
    running.reload()
    until(lambda: sink.bits(other)[-1] == STALE)
    seen, ended = len(sink.bits(load)), len(sink.bits(other))
    until(lambda: len(sink.bits(load)) > seen)
    assert len(sink.bits(other)) == ended
    assert STALE not in sink.bits(load)


def test_another_interval_holds_at_once(address: str, scraper: tuple[scrape.Scraper, Sink, Path]) -> None:
    running, sink, file = scraper
    series = f"load,instance={address},job=kept"
    file.write_text(written(address, "kept").replace("1s", "1h"))
    running.reload()
    until(lambda: [t.interval_s for t in running.targets.values()] == [3600.0])
    file.write_text(written(address, "kept").replace("1s", "500ms"))
    running.reload()
    seen = len(sink.bits(series))
    until(lambda: len(sink.bits(series)) > seen + 2)


def test_a_file_that_cannot_be_used_changes_nothing(address: str, scraper: tuple[scrape.Scraper, Sink, Path]) -> None:
    running, sink, file = scraper
    for wrong in ("scrape_configs: [{job_name: j, kubernetes_sd_configs: []}]", "scrape_configs: [{", "global: [\xff"):
        file.write_text(wrong, encoding="latin-1")
        with pytest.raises(ConfigError, match=r"scrape\.yml"):
            running.reload()
        assert REGISTRY.get_sample_value(GOOD) == 0
    (watched,) = scrape.configurations("default")
    assert watched.problem
    seen = len(sink.bits(f"load,instance={address},job=gone"))
    until(lambda: len(sink.bits(f"load,instance={address},job=gone")) > seen + 1)
    file.write_text(written(address, "kept"))
    until(lambda: not watched.problem and sink.bits(f"load,instance={address},job=gone")[-1] == STALE)  # untold
    assert REGISTRY.get_sample_value(GOOD) == 1


def test_a_changed_file_is_told_once(tmp_path: Path) -> None:
    file = tmp_path / "scrape.yml"
    file.write_text("scrape_configs: []")
    watched = Watched(file)
    assert not watched.follow()
    file.write_text("scrape_configs: [{job_name: a}]")
    assert not watched.follow(), "somebody may be writing still"
    os.utime(file, (1, 1))
    assert watched.follow() and not watched.follow()
    failed = ("swarmscope_ingest_scrape_reloads_total", {"outcome": "failed"})
    before = REGISTRY.get_sample_value(*failed) or 0
    file.unlink()
    for _ in range(3):
        assert not watched.follow()
    assert (REGISTRY.get_sample_value(*failed) or 0) == before + 1
    assert [job.job_name for job in watched.file.scrape_configs] == ["a"]


def test_it_is_shown_and_read_again_over_the_api(
    api: Api, address: str, scraper: tuple[scrape.Scraper, Sink, Path]  # noqa: F811 # the fixture of that name
) -> None:  # fmt: skip
    _, sink, file = scraper
    assert api.call("POST", "/-/reload", role=Role.EDITOR).status_code == 403
    assert api.call("GET", "/-/reload").status_code == 405
    secret = (
        ", basic_auth: {username: u, password: hidden}, http_sd_configs: [{url: 'http://u:hidden@nowhere.invalid/'}]"
    )
    file.write_text(written(address, "kept", "come", more=secret))
    assert api.call("PUT", "/-/reload").status_code == 200
    until(lambda: sink.bits(f"load,instance={address},job=come"))
    shown = api.get("/api/v1/status/config").json()["data"]["yaml"]
    assert "hidden" not in shown
    assert [job["job_name"] for job in yaml.safe_load(shown)["scrape_configs"]] == ["kept", "come"]
    assert yaml.safe_load(shown)["scrape_configs"][0]["basic_auth"] == {"username": "u", "password": "<secret>"}

    file.write_text("scrape_configs: [{job_name: j, kubernetes_sd_configs: []}]")
    answer = api.call("POST", "/-/reload")
    assert (answer.status_code, answer.text.startswith("failed to reload config: ")) == (500, True)
    assert "kubernetes_sd_configs" in answer.text
    assert api.get("/api/v1/status/runtimeinfo").json()["data"]["reloadConfigSuccess"] is False
    assert "kubernetes_sd_configs" in api.get("/api/v1/notifications").json()["data"][0]["text"]
    assert api.get("/api/v1/status/config").json()["data"]["yaml"] == shown
    theirs = api.get("/api/v1/status/config", tenant="other").json()["data"]["yaml"]
    assert theirs == "global: {}\n"


def test_targets_are_told_by_job_and_state_and_what_relabelling_drops(api: Api, address: str, tmp_path: Path) -> None:  # noqa: F811 # the fixture of that name
    (tmp_path / "sd.json").write_text(f'[{{"targets": ["{address}", "left:1"], "labels": {{"team": "t"}}}}]')
    (tmp_path / "scrape.yml").write_text(
        "scrape_configs:\n"
        f"- {{job_name: z, scrape_interval: 1s, static_configs: [{{targets: ['{address}']}}]}}\n"
        "- job_name: a\n  file_sd_configs: [{files: ['sd.json']}]\n  relabel_configs:\n"
        "  - {source_labels: [__address__], regex: 'left:1', action: drop}\n"
        "  - {source_labels: [__meta_filepath], regex: '.*/(.*).json', target_label: file}\n"
        "- {job_name: none}\n"
    )
    config = Config(plugins=Plugins(options={"receiver": {"scrape": {"file": str(tmp_path / "scrape.yml")}}}))
    running = scrape.Scraper(config, Sink(), None)  # type: ignore[arg-type] # it asks for nobody's key
    running.start()

    def told(**more: str) -> tuple[list[str], list[str], object]:
        data = api.get("/api/v1/targets", **more).json()["data"]
        active = [target["scrapePool"] for target in data["activeTargets"]]
        left = [target["discoveredLabels"]["__address__"] for target in data["droppedTargets"]]
        return active, left, data["droppedTargetCounts"]

    try:
        until(lambda: all(t.last for t in running.targets.values()) and len(running.targets) == 2)
        counts = {"a": 1, "none": 0, "z": 0}
        assert told() == told(state="any") == (["a", "z"], ["left:1"], counts)
        assert told(state="Active") == (["a", "z"], [], None)
        assert told(state="dropped") == ([], ["left:1"], counts)
        assert told(scrapePool="z") == (["z"], [], counts)
        assert told(state="other") == ([], [], None)
        assert api.get("/api/v1/scrape_pools").json()["data"]["scrapePools"] == ["a", "none", "z"]
        first = api.get("/api/v1/targets").json()["data"]["activeTargets"][0]
        assert first["labels"] == {"job": "a", "instance": address, "team": "t", "file": "sd"}
        for target in running.targets.values():
            target.families = {"load": ["gauge", "", ""], "other": ["gauge", "", ""]}
        rows = {
            limit: len(api.get("/api/v1/targets/metadata", limit=limit).json()["data"]) for limit in ("", "0", "1", "3")
        }
        assert rows == {"": 4, "0": 0, "1": 2, "3": 4}
        for wrong in ({"limit": "x"}, {"match_target": "{"}):
            answer = api.get("/api/v1/targets/metadata", **wrong)
            assert (answer.status_code, answer.json()["errorType"]) == (400, "bad_data")
    finally:
        running.stop()
