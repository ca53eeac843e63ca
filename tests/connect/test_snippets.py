"""The lines to paste: filled in rightly, whole for every framework, and the same in the docs."""

from __future__ import annotations

import ast
import shutil
import subprocess
from pathlib import Path

import pytest

from swarmscope.connect import page
from swarmscope.connect.snippets import Framework, Place, framework, frameworks, snippet, snippets, variables
from swarmscope.errors import InputError

ROOT = Path(__file__).parents[2]
HERE = Place("https://scope.example:8443", "swk_a b'c")
ASKED_FOR = {
    "opentelemetry", "openinference", "openllmetry", "langchain", "crewai", "autogen", "openai", "claude-agent", "rest",
}  # fmt: skip


@pytest.mark.parametrize("one", frameworks(), ids=lambda f: f.id)
def test_given_a_framework_when_its_lines_are_filled_in_then_they_can_be_run(one: Framework, tmp_path: Path) -> None:
    made = snippet(one, HERE)
    assert made.about and made.setup
    everything = "\n".join((made.install, made.environment, made.setup, made.example))
    assert "$" not in everything
    if made.language == "python":
        ast.parse(f"{made.setup}\n\n{made.example}")
    shell = "\n".join(
        (made.install, made.environment, *([made.setup, made.example] if made.language == "shell" else []))
    )
    assert subprocess.run(["bash", "-n"], input=shell, text=True).returncode == 0
    if made.language == "node" and (node := shutil.which("node")):
        program = tmp_path / "program.mjs"
        program.write_text(f"{made.setup}\n{made.example}\n")
        assert subprocess.run([node, "--check", str(program)]).returncode == 0


def test_given_the_frameworks_people_use_then_each_has_lines() -> None:
    assert {f.id for f in frameworks()} >= ASKED_FOR


def test_given_a_key_when_lines_are_filled_in_then_every_one_carries_it_escaped() -> None:
    for one in frameworks():
        made = snippet(one, HERE)
        everything = "\n".join((made.environment, made.setup, made.example))
        assert "https://scope.example:8443" in everything, one.id
        assert "Bearer%20swk_a%20b%27c" in everything or "swk_a b'\"'\"'c" in everything, one.id


def test_given_no_key_when_lines_are_filled_in_then_none_is_mentioned() -> None:
    for made in snippets(Place("http://127.0.0.1:8080")):
        everything = "\n".join((made.environment, made.setup, made.example)).lower()
        assert "bearer" not in everything and "headers=" not in everything and "key" not in everything, made.id


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:80", "ftp://x", "http://a b", "http://x;rm", "http://$(x)", "http://[x"]
)
def test_given_no_address_when_lines_are_wanted_then_it_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="not an address"):
        snippet(framework("rest"), Place(url))


def test_given_an_unknown_framework_then_the_known_ones_are_named() -> None:
    with pytest.raises(InputError, match="langchain"):
        framework("nothing")


def test_given_traceloop_when_variables_are_made_then_they_are_its_own() -> None:
    assert variables(framework("openllmetry"), Place("http://h:1", "k")) == {
        "TRACELOOP_HEADERS": "authorization=Bearer%20k",
        "TRACELOOP_BASE_URL": "http://h:1",
        "TRACELOOP_TELEMETRY": "false",
    }


def test_the_page_in_the_docs_is_what_the_lines_say() -> None:
    assert (ROOT / "docs/connect.md").read_text(encoding="utf-8") == page.text(), f"repair it: {page.REPAIR}"
