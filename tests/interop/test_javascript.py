"""The exporters of OpenTelemetry JS deliver everything: gRPC, HTTP/protobuf and HTTP/JSON.

Optional: it needs Node.js and `npm ci` in tests/interop/js (`make test-interop` does both).
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import Server

JS = Path(__file__).parent / "js"
pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(not (JS / "node_modules").is_dir(), reason="needs `npm ci` in tests/interop/js"),
]
ITEMS = 3000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("javascript") / "data") as started:
        yield started


@pytest.mark.parametrize("kind", ["grpc", "proto", "json"])
def test_given_an_exporter_of_javascript_when_it_sends_then_everything_arrives_once_with_its_types(
    server: Server, kind: str
) -> None:
    url = f"http://{server.grpc}" if kind == "grpc" else server.otlp_url
    agent = f"js-{kind}"
    subprocess.run(["node", "send.mjs", kind, url, agent, str(ITEMS)], cwd=JS, check=True, timeout=120)

    def spans() -> list[dict[str, object]]:
        return server.sql(
            "SELECT count() AS rows, uniqExact(attributes['n']) AS numbers, any(attributes['tags']) AS tags, "
            "any(event_name[1]) AS event, countIf(attributes['good'] = 'true') AS good, "
            f"sum(toFloat64OrZero(attributes['share'])) AS shares FROM spans WHERE agent = '{agent}'"
        )

    server.eventually(lambda: spans()[0]["rows"] == ITEMS, 60)
    assert spans() == [
        {
            "rows": ITEMS,
            "numbers": ITEMS,
            "tags": '["ä","b"]',
            "event": "said",
            "good": ITEMS // 2,
            "shares": sum(n / 4 for n in range(ITEMS)),
        }
    ]
    logs = f"SELECT count() AS rows, uniqExact(body) AS bodies FROM logs WHERE agent = '{agent}'"
    server.eventually(lambda: server.sql(logs) == [{"rows": ITEMS, "bodies": ITEMS}], 60)
    counted = (
        "SELECT sum(value) AS value FROM samples WHERE series_id IN "
        f"(SELECT series_id FROM series WHERE agent = '{agent}' AND metric = 'interop.calls')"
    )
    server.eventually(lambda: server.sql(counted) == [{"value": ITEMS}], 60)
