"""InfluxDB's wire: line protocol of both versions, and what its clients ask before they write."""

from __future__ import annotations

import gzip

import pytest

from swarmscope.model.access import Role
from tests.serve.compat.test_prometheus import NOW_MS, asked
from tests.serve.routes.conftest import Api, api  # noqa: F401 # a fixture


def test_line_protocol_of_both_versions(api: Api) -> None:  # noqa: F811 # the fixture of that name
    now_ns = NOW_MS * 10**6
    good = f'cpu,host=a\\ b usage=1.5,idle=3i,up=t,msg="hi, x=1" {now_ns}\n'
    assert api.call("POST", "/write", params={"db": "d"}, content=good).status_code == 204
    (found,) = asked(api, "cpu_usage")
    assert (found["metric"], found["value"][1]) == ({"__name__": "cpu_usage", "db": "d", "host": "a b"}, "1.5")
    assert [row["metric"]["__name__"] for row in asked(api, '{host="a b", __name__=~"cpu_.*"}')] == [
        "cpu_idle",
        "cpu_up",
        "cpu_usage",
    ]
    part = f"# a comment\nmem used=1 {NOW_MS}\nno fields\n"
    answer = api.call("POST", "/api/v2/write", params={"bucket": "b", "precision": "ms"}, content=part)
    assert (answer.status_code, answer.json()["code"], answer.json()["line"]) == (400, "invalid", 3)
    assert asked(api, "mem_used")[0]["value"][1] == "1"
    answer = api.call("POST", "/write", content=b"\x00\xff\r\x85 no line\n")  # said in a header too
    assert (answer.status_code, "unable to parse" in answer.headers["x-influxdb-error"]) == (400, True)
    answer = api.call("POST", "/write", params={"precision": "fortnight"}, content=good)
    assert (answer.status_code, "precision" in answer.json()["error"]) == (400, True)
    assert api.call("POST", "/query", params={"q": "CREATE DATABASE d"}).status_code == 200
    answer = api.call("GET", "/query", params={"q": "SHOW DATABASES"})  # get_list_database() of the client reads JSON
    assert (answer.status_code, "CREATE DATABASE" in answer.json()["error"]) == (400, True)
    bomb = gzip.compress(b"cpu v=1\n" * (25_000_000 // 8 + 1))  # more than InfluxDB takes at once
    for path in ("/write", "/api/v2/write"):
        assert api.call("POST", path, content=bomb, headers={"Content-Encoding": "gzip"}).status_code == 413


@pytest.mark.parametrize("base", ["", "/influx"])
def test_clients_of_version_2_find_what_they_ask_for_before_they_write(api: Api, base: str) -> None:  # noqa: F811 # the fixture
    """Given only a key to write with: `health`, `ping`, `find_bucket_by_name`, `create_bucket`, `find_organizations`."""
    headers = {"authorization": f"Token {api.keys['default', Role.INGEST]}"}
    health = api.client.get(f"{base}/health").json()  # the client raises where there is no name
    assert (health["status"], health["name"], health["message"] != "") == ("pass", "swarmscope", True)
    assert api.client.get(f"{base}/ping").headers["x-influxdb-version"]
    (org,) = api.client.get(f"{base}/api/v2/orgs", headers=headers, params={"org": "mine"}).json()["orgs"]
    assert org["name"] == "mine"
    (found,) = api.client.get(f"{base}/api/v2/buckets", headers=headers, params={"name": "fleet"}).json()["buckets"]
    assert (found["name"], found["orgID"], found["retentionRules"], len(found["id"])) == ("fleet", org["id"], [], 16)
    wanted = {"name": "fleet", "orgID": org["id"], "retentionRules": []}
    made = api.client.post(f"{base}/api/v2/buckets", headers=headers, json=wanted)
    assert (made.status_code, made.json()) == (201, found)
    assert api.client.post(f"{base}/query", headers=headers, params={"q": "CREATE DATABASE d"}).status_code == 200


def test_what_cannot_be_told_of_buckets_is_said_as_influxdb_says_it(api: Api) -> None:  # noqa: F811 # the fixture
    for answer in (
        api.call("GET", "/api/v2/buckets"),
        api.call("POST", "/api/v2/buckets", content=b"[1]"),
        api.call("POST", "/api/v2/buckets", content=b"{"),
        api.call("POST", "/api/v2/buckets", json={"name": ""}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), answer.text
    assert api.client.get("/api/v2/buckets", params={"name": "x"}).status_code == 401


def test_a_missing_key_is_told_as_each_version_tells_it(api: Api) -> None:  # noqa: F811 # the fixture
    first, second = api.client.post("/write?db=d", content="cpu v=1"), api.client.post("/api/v2/write?bucket=b")
    assert (first.status_code, list(first.json()), first.headers["x-influxdb-error"]) == (
        401,
        ["error"],
        first.json()["error"],
    )
    assert (second.status_code, second.json()["code"], "key" in second.json()["message"]) == (401, "unauthorized", True)
    viewer = {"path": "/api/v2/write?bucket=b", "role": Role.VIEWER, "content": "cpu v=1"}
    assert api.call("POST", **viewer).json()["code"] == "forbidden"
