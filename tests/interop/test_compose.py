"""`deploy/compose.yaml`, read by the loader of Docker Compose itself: its schema, its variables, the files that it mounts."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.go import built, needs_go

pytestmark = [
    pytest.mark.interop,
    pytest.mark.timeout(600),
    needs_go,
]
DEPLOY = Path(__file__).parents[2] / "deploy"
KEY = "SWARMSCOPE_AUTH_ADMIN_KEY"


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program."""
    return built(Path(__file__).parent / "compose", tmp_path_factory.mktemp("compose"))


def load(loader: Path, file: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environ = {k: v for k, v in os.environ.items() if k != KEY} | more
    return subprocess.run([loader, file], env=environ, capture_output=True, text=True)


def test_compose_understands_the_file(loader: Path) -> None:
    said = load(loader, DEPLOY / "compose.yaml", **{KEY: "0123456789abcdef"})
    assert said.returncode == 0, said.stderr
    services = yaml.safe_load(said.stdout)["services"]
    assert services.keys() == yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"].keys()
    for name, service in services.items():
        assert ("build" in service) == (name == "swarmscope")
        given = {v for v in service.get("environment", {}).values() if "0123456789abcdef" in v}
        assert given <= {"0123456789abcdef"}, name
        for volume in service.get("volumes", []):
            if volume["type"] == "bind":
                assert Path(volume["source"]).exists(), name
                assert volume["read_only"], name
        for port in service.get("ports", []):
            assert port["host_ip"] == "127.0.0.1", name
    build = services["swarmscope"]["build"]
    assert (Path(build["context"]) / build["dockerfile"]).is_file()
    # a dollar that is the shell's, not Compose's
    assert '"$SWARMSCOPE_KEY" > /tmp/key' in services["prometheus"]["command"][0].replace("$$", "$")


def test_without_a_key_nothing_starts(loader: Path) -> None:
    said = load(loader, DEPLOY / "compose.yaml")
    assert said.returncode != 0
    assert f"required variable {KEY} is missing a value" in said.stderr


def test_a_mistake_is_seen(loader: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "compose.yaml"
    wrong.write_text((DEPLOY / "compose.yaml").read_text().replace("depends_on:", "depend_on:"))
    said = load(loader, wrong, **{KEY: "0123456789abcdef"})
    assert said.returncode != 0
    assert "depend_on" in said.stderr
