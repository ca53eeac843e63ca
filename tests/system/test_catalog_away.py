"""The real program with its catalog in PostgreSQL, which goes and comes back: probes and `doctor` say so, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmscope.catalog.database import REVISION
from swarmscope.cli import checks
from swarmscope.cli.checks import Finding
from swarmscope.config import load
from tests.support.postgres import PostgreSQL
from tests.support.server import Server


@pytest.fixture
def database(postgresql: PostgreSQL) -> Iterator[PostgreSQL]:
    """An empty one, that runs again afterwards whatever happened to it."""
    yield postgresql
    postgresql.stop()
    postgresql.start()


def doctor(server: Server, url: str) -> dict[str, Finding]:
    """What it finds of the catalog itself and of the server that uses it."""
    config = load(environ={}, overrides={"storage": {"data_dir": str(server.data_dir), "catalog_url": url}})
    answer = next(checks.running(server.url, "", server.otlp_url, server.grpc))
    return {found.check: found for found in (answer, *checks.place(config))}


def test_a_catalog_that_goes_and_comes_back_is_told(tmp_path: Path, database: PostgreSQL) -> None:
    url = database.empty()
    with Server(tmp_path / "data", SWARMSCOPE_STORAGE_CATALOG_URL=url) as server:
        assert server.http.get("/health/ready").json()["components"]["catalog"] == "ok"
        found = doctor(server, url)
        assert (found["catalog"].verdict, found["server"].verdict) == ("ok", "ok"), found
        assert found["catalog"].found == f"PostgreSQL, schema {REVISION}"

        database.stop()
        for path in ("/health/ready", "/api/v1/health/ready"):
            answer = server.http.get(path)
            told = answer.json()
            assert (answer.status_code, told["ready"]) == (503, False)
            assert "the catalog's database does not answer" in told["components"].pop("catalog")
            assert set(told["components"].values()) == {"ok"}
        assert server.http.get("/health").status_code == 200
        (part,) = [c for c in server.get("/health")["components"] if c["name"] == "catalog"]
        assert part["state"] == "unhealthy" and "storage.catalog_url" in part["recommendations"][0]
        found = doctor(server, url)
        assert found["catalog"].verdict == found["server"].verdict == "failed"
        assert str(database.port) in found["catalog"].found and "storage.catalog_url" in found["catalog"].remedy
        assert "catalog: the catalog's database does not answer" in found["server"].found
        assert "storage.catalog_url" in found["server"].remedy

        database.start()
        assert server.http.get("/health/ready").json() == {
            "ready": True,
            "components": dict.fromkeys(("store", "catalog", "journal", "writer", "ingest"), "ok"),
        }
