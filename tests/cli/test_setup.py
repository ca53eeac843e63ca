"""`swarmscope setup` prints the exact lines for what a project uses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from swarmscope.cli.failures import EXIT_USAGE
from tests.cli.conftest import Ran

Cli = Callable[..., Ran]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\ndependencies = ["langchain", "openai"]\n')
    (tmp_path / "main.py").write_text("import langchain\n\nif __name__ == '__main__':\n    pass\n")
    return tmp_path


def test_given_a_project_then_packages_environment_and_lines_are_printed(cli: Cli, project: Path) -> None:
    ran = cli("setup", str(project), "--url", "http://scope:9", "--key", "k1")
    assert ran.code == 0
    assert "LangChain  pyproject.toml:3, main.py:1" in ran.out
    assert "pip install opentelemetry-sdk" in ran.out
    assert "export OTEL_EXPORTER_OTLP_ENDPOINT=http://scope:9\n" in ran.out
    assert "authorization=Bearer%20k1" in ran.out
    assert "# Add at the start of main.py" in ran.out
    assert "LangChainInstrumentor().instrument()" in ran.out
    assert "Nothing to do: what you add for LangChain sees these calls too" in ran.out
    assert "OpenAIInstrumentor" not in ran.out


def test_given_json_then_it_is_for_programs(cli: Cli, project: Path) -> None:
    first, second = cli("setup", str(project), "--json").json
    assert first["framework"] == "langchain" and first["entry"] == "main.py"
    assert first["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:8080"
    assert {"file": "main.py", "line": 1, "package": "langchain", "source": "imported"} in first["evidence"]
    assert second["covered_by"] == "LangChain"


def test_given_instrumentation_then_only_the_environment_is_printed(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("anthropic\nopeninference-instrumentation-anthropic\n")
    ran = cli("setup", str(tmp_path))
    assert "The project is instrumented already" in ran.out
    assert "export OTEL_EXPORTER_OTLP_ENDPOINT" in ran.out
    assert "Instrumentor()" not in ran.out and "pip install" not in ran.out


def test_given_nothing_known_then_the_names_are_told(cli: Cli, tmp_path: Path) -> None:
    ran = cli("setup", str(tmp_path))
    assert ran.code == 0
    assert "--framework NAME (opentelemetry, " in ran.out


def test_given_a_name_then_its_lines_are_printed(cli: Cli) -> None:
    assert "CrewAIInstrumentor().instrument()" in cli("setup", "-f", "crewai").out
    assert cli("setup", "-f", "rest", "--json").json[0]["setup"].startswith("curl ")


@pytest.mark.parametrize("arguments", [("-f", "nothing"), ("/no/such/folder",), ("-f", "rest", "--url", "here")])
def test_given_a_mistake_then_it_is_one_line(cli: Cli, arguments: tuple[str, ...]) -> None:
    ran = cli("setup", *arguments)
    assert ran.code == EXIT_USAGE, ran.err
    assert len(ran.err.strip().splitlines()) == 1
