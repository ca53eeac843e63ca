"""What targets expose is parsed, relabelled, stored with `up`, and ends when it is gone."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from swarmscope.asker import Asker
from swarmscope.errors import ConfigError, DecodeError
from swarmscope.ingest.neighbours.exposition import Parser
from swarmscope.ingest.scraping.jobs import discovered, load, seconds
from swarmscope.ingest.scraping.relabel import Rule, relabelled
from swarmscope.ingest.scraping.target import Target
from swarmscope.ingest.wire.prometheus import V1
from tests.support.http import Handler, served

STALE = 0x7FF0000000000002


@pytest.fixture
def page() -> Iterator[dict[str, Any]]:
    """A target: `text`, `status` and `media` of what it answers; `url` where it is."""
    shown: dict[str, Any] = {"text": "", "status": 200, "media": "text/plain"}

    class Answers(Handler):
        def answer(self) -> None:
            self.reply(shown["status"], shown["text"].encode(), shown["media"])

    with served(Answers) as shown["address"]:
        yield shown


def job_of(tmp_path: Path, text: str) -> Any:
    file = tmp_path / "scrape.yml"
    file.write_text(text)
    return load(file).scrape_configs[0]


def stored(body: bytes) -> dict[str, tuple[float, int]]:
    """Series as text → value, and its bits."""
    found = {}
    for series in V1["WriteRequest"].FromString(body).timeseries:
        labels = {label.name: label.value for label in series.labels}
        name = labels.pop("__name__") + "".join(f",{k}={v}" for k, v in sorted(labels.items()))
        value = series.samples[0].value
        found[name] = (value, struct.unpack("<Q", struct.pack("<d", value))[0])
    return found


def test_a_target_is_scraped_and_what_is_gone_ends(page: dict[str, Any], tmp_path: Path) -> None:
    job = job_of(tmp_path, f"scrape_configs: [{{job_name: j, static_configs: [{{targets: ['{page['address']}']}}]}}]")
    target = Target.of(job, page["address"], {}, 15, 5)
    assert target is not None
    at = f"instance={page['address']},job=j"
    page["text"] = '# TYPE a counter\na{x="1"} 3\nb{job="own"} 4 1700000000000\n'
    with Asker() as asker:
        first = stored(target.scrape(asker).request.encoded())
        assert first[f"a,{at},x=1"][0] == 3
        assert first[f"b,exported_job=own,{at}"][0] == 4
        assert first[f"up,{at}"][0] == 1
        assert first[f"scrape_samples_scraped,{at}"][0] == 2
        page["text"] = "c 1\n"
        second = stored(target.scrape(asker).request.encoded())
        assert second[f"a,{at},x=1"][1] == STALE
        assert f"b,exported_job=own,{at}" not in second  # who brings times is not marked
        page["status"] = 500
        third = target.scrape(asker)
        assert "500" in third.error
        failed = stored(third.request.encoded())
        assert (failed[f"up,{at}"][0], failed[f"c,{at}"][1]) == (0, STALE)
    ended = stored(target.end())
    assert ended[f"up,{at}"][1] == STALE


def test_what_is_reported_of_a_scrape_counts_series_with_times_of_their_own(
    page: dict[str, Any], tmp_path: Path
) -> None:
    job = job_of(tmp_path, "scrape_configs: [{job_name: j, metric_relabel_configs: "
                           "[{source_labels: [__name__], regex: dropped, action: drop}]}]")  # fmt: skip
    target = Target.of(job, page["address"], {}, 15, 5)
    assert target is not None
    at = f"instance={page['address']},job=j"

    def reported(asker: Asker) -> list[float]:
        found = stored(target.scrape(asker).request.encoded())
        names = ("scraped", "post_metric_relabeling")
        return [found[f"scrape_samples_{n},{at}"][0] for n in names] + [found[f"scrape_series_added,{at}"][0]]

    with Asker() as asker:
        page["text"] = "a 1\nb 4 1700000000000\nb 5 1700000001000\ndropped 1\n"
        assert reported(asker) == [4, 3, 2]
        assert reported(asker) == [4, 3, 0]
        page["text"] += "c 1 1700000000000\n"
        assert reported(asker) == [5, 4, 1]


def test_a_label_that_the_target_has_too_is_renamed_until_it_is_free(page: dict[str, Any], tmp_path: Path) -> None:
    job = job_of(tmp_path, "scrape_configs: [{job_name: j}]")
    target = Target.of(job, page["address"], {}, 15, 5)
    assert target is not None
    page["text"] = 'a{exported_job="theirs",job="own"} 1\n'
    with Asker() as asker:
        found = stored(target.scrape(asker).request.encoded())
    assert f"a,exported_exported_job=own,exported_job=theirs,instance={page['address']},job=j" in found


def test_the_sample_limit_is_of_what_relabelling_leaves(page: dict[str, Any], tmp_path: Path) -> None:
    job = job_of(tmp_path, "scrape_configs: [{job_name: j, sample_limit: 1, metric_relabel_configs: "
                           "[{source_labels: [__name__], regex: dropped, action: drop}]}]")  # fmt: skip
    target = Target.of(job, page["address"], {}, 15, 5)
    assert target is not None
    with Asker() as asker:
        page["text"] = "a 1\ndropped 1\n"
        assert target.scrape(asker).up
        page["text"] = "a 1\nb 1\ndropped 1\n"
        assert target.scrape(asker).error == "sample limit exceeded: 2 samples after relabelling, 1 allowed"


@pytest.mark.parametrize(
    ("limit", "error"),
    [
        ("label_limit: 4", "label_limit exceeded (metric: load, number of labels: 5, limit: 4)"),
        ("label_limit: 5", ""),
        (
            "label_name_length_limit: 7",
            "label_name_length_limit exceeded (metric: load, label name: __name__, length: 8, limit: 7)",
        ),
        ("label_name_length_limit: 8", ""),
        (
            "label_value_length_limit: 4",
            'label_value_length_limit exceeded (metric: load, label name: a, value: "12345", length: 5, limit: 4)',
        ),
        ("label_value_length_limit: 30", ""),
        ("follow_redirects: false, metrics_path: /elsewhere", "server returned HTTP status 302 Found"),
        ("metrics_path: /elsewhere", ""),
        ("enable_http2: false", ""),
    ],
)
def test_a_job_says_what_it_takes(tmp_path: Path, limit: str, error: str) -> None:
    class Answers(Handler):
        def answer(self) -> None:
            if self.path == "/elsewhere":
                self.send_response(302)
                self.send_header("location", "/metrics")
                self.end_headers()
                return
            self.reply(200, b'load{a="12345",bb="1"} 1\nmore 1\n', "text/plain")

    job = job_of(tmp_path, f"scrape_configs: [{{job_name: j, {limit}}}]")
    with served(Answers) as address, Asker() as asker:
        target = Target.of(job, address, {}, 15, 5)
        assert target is not None
        done = target.scrape(asker)
    assert (done.error, done.up) == (error, not error)


def test_answers_are_packed_and_own_times_tracked_as_a_job_says(tmp_path: Path) -> None:
    packed: list[str] = []

    class Answers(Handler):
        def answer(self) -> None:
            packed.append(self.headers["accept-encoding"])
            self.reply(200, b"b 4 1700000000000\n" if len(packed) % 2 else b"", "text/plain")

    with served(Answers) as address, Asker() as asker:
        for more, ends in (("", False), ("track_timestamps_staleness: true, enable_compression: false", True)):
            job = job_of(tmp_path, f"scrape_configs: [{{job_name: j, {more}}}]")
            target = Target.of(job, address, {}, 15, 5)
            assert target is not None
            target.scrape(asker)
            left = stored(target.scrape(asker).request.encoded())
            assert (left.get(f"b,instance={address},job=j", (0, 0))[1] == STALE) is ends
    assert "gzip" in packed[0] and packed[2] == "identity"


def test_a_target_whose_address_is_none_is_down(tmp_path: Path) -> None:
    job = job_of(tmp_path, "scrape_configs: [{job_name: j}]")
    target = Target.of(job, "host:nine", {}, 15, 5)
    assert target is not None
    with Asker() as asker:
        done = target.scrape(asker)
    assert not done.up and "port" in done.error
    assert stored(done.request.encoded())["up,instance=host:nine,job=j"][0] == 0


def test_openmetrics_with_exemplars_units_and_quoted_names() -> None:
    text = (
        "# TYPE t_seconds histogram\n# UNIT t_seconds seconds\n# HELP t_seconds What \\n it took.\n"
        't_seconds_bucket{le="+Inf"} 5 1700000000.5 # {trace_id="ab"} 0.25 1700000000\n'
        '{"dotted.name", "a.b"="c\\"d"} NaN\n# EOF\n'
    )
    out = Parser().parse(text, True)
    assert out.samples[0] == ((("__name__", "t_seconds_bucket"), ("le", "+Inf")), 5.0, 1700000000500)
    assert out.exemplars == [(0, {"trace_id": "ab"}, 0.25, 1700000000000)]
    assert out.families["t_seconds"] == ["histogram", "seconds", "What \n it took."]
    assert out.samples[1][0] == (("__name__", "dotted.name"), ("a.b", 'c"d'))
    with pytest.raises(DecodeError, match="EOF"):
        Parser().parse("a 1\n", True)


@pytest.mark.parametrize(
    "line", ["1a 2", "a", "a{", 'a{b="c"', 'a{b="c",b="d"} 1', "a 1_0", "a x", "a 1 2 3", '{b="c"} 1', "a{b=c} 1",
             "a 1e400", "a -1e400", "a +nan", "a １", "a 1\r", "a 1\x0c", "a\xa01", "a 1 -5", "a 1 1_0", f"a 1 {2**63}",
             'a{b.c="d"} 1', 'a{b="c",,} 1', "a{,} 1", "# TYPE a nonsense", "# TYPE a Gauge", "# TYPE a gauge\r", "# TYPE a",
             "# TYPE 3a gauge", "# HELP 3a x", "# HELP ", "\r"]
)  # fmt: skip
def test_lines_that_cannot_be_read_are_named(line: str) -> None:
    with pytest.raises(DecodeError, match="line 2"):
        Parser().parse(f"good 1\n{line}\n", False)


def test_what_a_prometheus_reads_is_read() -> None:
    text = '#TYPE c none\n# c\n \t\na{b="c"}1\na{ b = "d" , } 1\na{b="e" f="g"}\t.5 7\n{"a",b="h"} +Infinity\n# HELP a\na nAn'
    out = Parser().parse(text, False)
    assert [dict(pairs).get("b") for pairs, _, _ in out.samples] == ["c", "d", "e", "h", None]
    assert [value for _, value, _ in out.samples][:4] == [1, 1, 0.5, float("inf")]
    assert out.samples[2][2] == 7


def test_bounds_and_quantiles_are_named_as_prometheus_3_names_them() -> None:
    bounds = ["1", "0.50", "1e6", "1234567.5", "25e-6", "+Inf", "x"]
    lines = "".join(f'h_bucket{{le="{bound}"}} 1\n' for bound in bounds)
    text = f'{lines}# TYPE h histogram\n{lines}# TYPE s summary\ns{{quantile="1"}} 2\ns{{le="1"}} 2\n'
    found = [dict(pairs) for pairs, _, _ in Parser().parse(text, False).samples]
    assert [of["le"] for of in found[:7]] == bounds
    assert [of["le"] for of in found[7:14]] == ["1.0", "0.5", "1e+06", "1.2345675e+06", "2.5e-05", "+Inf", "x"]
    assert (found[14]["quantile"], found[15]["le"]) == ("1.0", "1")


@pytest.mark.parametrize("time", ["inf", "nan", "1e400"])
def test_a_time_of_openmetrics_is_a_number(time: str) -> None:
    with pytest.raises(DecodeError, match="line 1"):
        Parser().parse(f"a 1 {time}\n# EOF\n", True)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(source_labels=("a", "b"), separator="-", regex="(.*)-(.*)", target_label="c", replacement="$2${1}"),
         {"a": "1", "b": "2", "c": "21"}),
        (Rule(source_labels=("a",), regex="2", action="keep"), None),
        (Rule(source_labels=("a",), regex="1", action="drop"), None),
        (Rule(regex="(a)", replacement="new_$1", action="labelmap"), {"a": "1", "b": "2", "new_a": "1"}),
        (Rule(regex="a", action="labeldrop"), {"b": "2"}),
        (Rule(regex="a", action="labelkeep"), {"a": "1"}),
        (Rule(source_labels=("a",), target_label="a", replacement=""), {"b": "2"}),
        (Rule(source_labels=("b",), target_label="h", modulus=8, action="hashmod"), {"a": "1", "b": "2", "h": "4"}),
    ],
)  # fmt: skip
def test_relabelling(rule: Rule, expected: dict[str, str] | None) -> None:
    assert relabelled({"a": "1", "b": "2"}, [rule]) == expected


def test_targets_are_discovered_from_files(tmp_path: Path) -> None:
    (tmp_path / "t-1.json").write_text('[{"targets": ["x:1"], "labels": {"zone": "z"}}]')
    (tmp_path / "t-2.yml").write_text("- targets: ['y:2']\n")
    job = job_of(tmp_path, "scrape_configs: [{job_name: j, file_sd_configs: [{files: ['t-*']}]}]")
    with Asker() as asker:
        found = discovered(job, tmp_path, asker, {}, 0.0)
    assert sorted(t for of in found.values() for g in of.groups for t in g.targets) == ["x:1", "y:2"]


@pytest.mark.parametrize(
    "text",
    ["scrape_configs: [{job_name: j, kubernetes_sd_configs: []}]", "scrape_configs: [{}]", "{",
     "scrape_configs: [{job_name: ''}]",
     "scrape_configs: [{job_name: j, scrape_interval: soon}]", "scrape_configs: [{job_name: j, scrape_interval: ²s}]",
     "scrape_configs: [{job_name: j, body_size_limit: 5 apples}]", "scrape_configs: [{job_name: j, body_size_limit: '10'}]",
     "global: {scrape_interval: soon}\nscrape_configs: [{job_name: j}]",
     "scrape_configs: [{job_name: j, relabel_configs: [{regex: '(', target_label: x}]}]"],
)  # fmt: skip
def test_files_that_are_not_understood_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        job_of(tmp_path, text)


def test_a_whole_configuration_of_prometheus_is_told_where_its_parts_belong(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"has alerting, rule_files; keep global and scrape_configs .* \[rules\]"):
        job_of(tmp_path, "rule_files: []\nalerting: {}\nscrape_configs: [{job_name: j}]")


def test_durations() -> None:
    assert [seconds(t) for t in ("15s", "1m30s", "500ms", "2h")] == [15, 90, 0.5, 7200]


@pytest.mark.parametrize(
    ("text", "size"),
    [("1KB", 1024), ("10MB", 10 << 20), ("1GiB", 1 << 30), ("1.5KiB", 1536), ("7B", 7), ("0", 0), ("2048", 2048)],
)
def test_a_body_size_limit_is_written_as_prometheus_writes_it(tmp_path: Path, text: str, size: int) -> None:
    job = job_of(tmp_path, f"scrape_configs: [{{job_name: j, body_size_limit: {text}}}]")
    assert job.body_bytes_max == (size or 64 << 20)
