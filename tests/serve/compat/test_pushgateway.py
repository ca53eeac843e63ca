"""What a Pushgateway takes and refuses, and what its groups tell of that; the table is Debian's own where it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, push_to_gateway, pushadd_to_gateway

from swarmscope.bench.server import free_ports
from swarmscope.errors import InputError
from swarmscope.ingest import pushes
from swarmscope.ingest.neighbours.pushed import PushParser
from swarmscope.ingest.push_file import Kept, PushFile
from swarmscope.ingest.write_request import labels
from swarmscope.model.access import Role
from tests.serve.compat.test_prometheus import asked, soon
from tests.serve.routes.conftest import Api, api  # noqa: F401 # a fixture
from tests.support.needed import unavailable

HISTOGRAM = '# TYPE p_h histogram\np_h_bucket{le="+Inf"} 2\np_h_sum 3\np_h_count 2\n'
# method, path behind /metrics/job, text, whether it is taken
CASES = [
    ("PUT", "/types/g/1", "# TYPE p_a gauge\np_a 1\n", True),
    ("PUT", "/types/g/2", "# TYPE p_a counter\np_a 2\n", False),
    ("PUT", "/types/g/3", "p_a 3\n", False),
    ("PUT", "/types/g/4", "# HELP p_a Other help.\n# TYPE p_a gauge\np_a 4\n", True),
    ("PUT", "/types/g/1", "# TYPE p_a counter\np_a 1\n", False),
    ("PUT", "/alone", "# TYPE p_b gauge\np_b 1\n", True),
    ("PUT", "/alone", "# TYPE p_b counter\np_b 2\n", True),
    ("POST", "/alone", "# TYPE p_b gauge\np_b 3\n", True),
    ("PUT", "/histogram", HISTOGRAM, True),
    ("PUT", "/collides", "p_h_count 1\n", False),
    ("PUT", "/collides", "p_h_bucket 1\n", False),
    ("PUT", "/collides", '# TYPE p_h summary\np_h{quantile="0.5"} 1\n', False),
    ("POST", "/histogram", "p_h_total 1\n", True),
    ("PUT", "/text", "# TYPE p_c gauge\n# TYPE p_c gauge\np_c 1\n", False),
    ("PUT", "/text", "p_c 1\n# TYPE p_c gauge\n", False),
    ("PUT", "/text", "# HELP p_c one\n# HELP p_c two\np_c 1\n", False),
    ("PUT", "/text", "p_c 1\n# HELP p_c one\n", True),
    ("PUT", "/text", "# TYPE p_c nonsense\np_c 1\n", False),
    ("PUT", "/text", "# TYPE p_c Gauge\np_c 1\n", True),
    ("PUT", "/text", "# TYPE 3p_c gauge\np_c 1\n", False),
    ("PUT", "/text", '# TYPE p_d summary\np_d{quantile="half"} 1\n', False),
    ("PUT", "/text", '# TYPE p_d histogram\np_d_bucket{le="much"} 1\n', False),
    ("PUT", "/text", 'p_c{a="\\q"} 1\n', False),
    ("PUT", "/text", '  p_c { a = "\\"" , b="\\\\" , }\t1\n', True),
    ("PUT", "/text", "p_c 1\r\n", False),
    ("PUT", "/text", "p_c 1e400\n", False),
    ("PUT", "/text", "p_c 1_0\n", False),
    ("PUT", "/twice", "p_e 1\np_e 2\n", False),
    ("PUT", "/twice/x/1", 'p_e{x="1"} 1\np_e{x="2"} 2\n', False),
    ("PUT", "/first", 'p_f{x="1"} 1\n', True),
    ("PUT", "/first/x/1", "p_f 1\n", False),
    ("PUT", "/reserved", 'p_g{__x="1"} 1\n', False),
    ("PUT", "/reserved/__x/1", "p_g 1\n", False),
    ("PUT", "/last/a/1/a/2/job/other", "p_i 1\n", True),
    ("PUT", "/failing", "p_j 1\n", True),
    ("PUT", "/failing", "p_j 2 1700000000000\n", False),
    ("PUT", "/failing/since/ever", "p_j 2 1700000000000\n", False),
    ("PUT", "/empty", "", True),
    ("PUT", "/own", "push_time_seconds 1\npush_failure_time_seconds 2\n", True),
]
Stamps = dict[tuple[str, tuple[tuple[str, str], ...]], bool]


def stamps_of(rows: Iterator[tuple[str, dict[str, str], float]]) -> Stamps:
    """Name and group → whether it ever happened."""
    return {(name, tuple(sorted((k, v) for k, v in group.items() if v))): at > 0 for name, group, at in rows}


def told(of: Api) -> Stamps:
    rows = asked(of, '{__name__=~"push_(failure_)?time_seconds"}', soon())
    return stamps_of((r["metric"].pop("__name__"), r["metric"], float(r["value"][1])) for r in rows)


def all_pushed(call: Callable[[str, str, str], Any]) -> None:
    for method, path, text, taken in CASES:
        answer = call(method, "/metrics/job" + path, text)
        assert answer.status_code == (200 if taken else 400), (method, path, text, answer.text)


STAMPS = stamps_of(
    (f"push_{kind}time_seconds", {"job": job} | more, float(happened))
    for job, more, pushed, failed in [
        ("types", {"g": "1"}, True, True), ("types", {"g": "2"}, False, True), ("types", {"g": "3"}, False, True),
        ("types", {"g": "4"}, True, False), ("alone", {}, True, False), ("histogram", {}, True, False),
        ("collides", {}, False, True), ("text", {}, True, False), ("twice", {}, False, True),
        ("twice", {"x": "1"}, False, True), ("first", {}, True, False), ("first", {"x": "1"}, False, True),
        ("reserved", {}, False, True), ("last", {"a": "2"}, True, False), ("failing", {}, True, True),
        ("failing", {"since": "ever"}, False, True), ("empty", {}, True, False), ("own", {}, True, False),
    ]
    for kind, happened in (("", pushed), ("failure_", failed))
)  # fmt: skip


def test_what_is_taken_and_what_is_refused(api: Api) -> None:  # noqa: F811 # the fixture of that name
    before = set(told(api))
    all_pushed(lambda method, path, text: api.call(method, path, content=text))
    assert {key: happened for key, happened in told(api).items() if key not in before} == STAMPS
    for path in {path for _, path, _, _ in CASES if "__x" not in path}:
        assert api.call("DELETE", f"/metrics/job{path}").status_code == 202
    assert api.call("PUT", "/metrics/job/types/g/2", content="# TYPE p_a counter\np_a 2\n").status_code == 200
    assert api.call("DELETE", "/metrics/job/types/g/2").status_code == 202
    assert set(told(api)) <= before


def test_debians_pushgateway_takes_and_refuses_the_same(tmp_path: Path) -> None:
    if shutil.which("prometheus-pushgateway") is None:
        unavailable("NOT TESTED HERE, needs Debian's prometheus-pushgateway")
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    command = [
        "prometheus-pushgateway",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--persistence.file={tmp_path / 'p'}",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                try:
                    httpx.get(f"{url}/-/ready").raise_for_status()
                    break
                except httpx.HTTPError:
                    time.sleep(0.05)
            all_pushed(lambda method, path, text: httpx.request(method, url + path, content=text))
            lines = httpx.get(f"{url}/metrics").text.splitlines()
        finally:
            process.kill()
    rows = [found for line in lines if (found := re.fullmatch(r"(push_(?:failure_)?time_seconds)\{(.*)\} (\S+)", line))]
    pairs = re.compile(r'(\w+)="([^"]*)"')
    assert stamps_of((row[1], dict(pairs.findall(row[2])), float(row[3])) for row in rows) == STAMPS


def test_pythons_client_is_told_of_a_type_that_differs(api: Api) -> None:  # noqa: F811 # the fixture of that name
    def handler(url: str, method: str, timeout: Any, headers: Any, data: bytes) -> Callable[[], None]:
        assert timeout

        def send() -> None:
            path = "/" + url.partition("://")[2].partition("/")[2]
            own = {"authorization": f"Bearer {api.keys['default', Role.ADMIN]}"}
            answer = api.client.request(method, path, content=data, headers=dict(headers) | own)
            if answer.status_code >= 400:
                raise OSError(answer.text)

        return send

    first, second = CollectorRegistry(), CollectorRegistry()
    Gauge("py_jobs", "Jobs.", registry=first).set(3)
    Counter("py_runs", "Runs.", registry=first).inc(2)
    push_to_gateway("gate:1", "py1", first, handler=handler)
    Gauge("py_runs_total", "Runs.", registry=second).set(1)
    with pytest.raises(OSError, match='"py_runs_total" is not a COUNTER'):
        pushadd_to_gateway("gate:1", "py2", second, handler=handler)
    assert [r["value"][1] for r in asked(api, "py_runs_total", soon())] == ["2"]
    for job in ("py1", "py2"):
        assert api.call("DELETE", f"/metrics/job/{job}").status_code == 202


def test_looking_at_a_group_is_no_way_to_push(api: Api) -> None:  # noqa: F811 # the fixture of that name
    answer = api.call("GET", "/metrics/job/x")
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, POST, PUT")


def test_groups_that_an_older_program_kept_are_read(tmp_path: Path, taken: Any) -> None:
    key = (("job", "old"),)
    file = PushFile(tmp_path / "pushes.db")
    blocks = {name: labels([*key, ("__name__", name)]) for name in ("push_time_seconds", "h_count")}
    rows: list[tuple[bytes, str, float | bytes]] = [(block, name, 1.0) for name, block in blocks.items()]
    file.put("a", key, Kept(rows, {"h": ["histogram", "", ""]}, 1.0))
    held = pushes.Pushes(taken, file)
    try:
        held.push("a", (("job", "new"),), PushParser().parse("# TYPE h histogram\nh_count 1\n", False), True)
        with pytest.raises(InputError, match="is not a HISTOGRAM"):
            held.push("a", (("job", "new"),), PushParser().parse("h 1\n", False), True)
    finally:
        held.stop()


@pytest.fixture
def taken() -> Any:
    """An intake that takes everything."""

    class Taken:
        def submit(self, *_: Any, **__: Any) -> Future[Any]:
            return Future()

    return Taken()
