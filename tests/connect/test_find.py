"""Which frameworks a project uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmscope.connect.find import Found, find
from swarmscope.errors import InputError


def project(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def ids(found: list[Found]) -> list[str]:
    return [f.framework.id for f in found]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject_dot_toml", '[project]\ndependencies = ["CrewAI[tools]>=0.1"]'),
        ("pyproject_dot_toml", '[project.optional-dependencies]\nai = ["crewai"]'),
        ("pyproject_dot_toml", '[dependency-groups]\nai = [{include-group = "x"}, "crewai"]'),
        ("pyproject_dot_toml", '[tool.poetry.group.ai.dependencies]\ncrewai = "^1"'),
        ("Pipfile", '[packages]\ncrewai = "*"'),
        ("requirements_dot_txt", "# crew\n-r other.txt\ncrewai==1.0 --hash=sha256:00"),
        ("requirements__dev_dot_txt", "crewai ; python_version > '3.10'"),
        ("environment_dot_yml", "dependencies:\n  - pip:\n    - crewai>=1"),
        ("uv_dot_lock", '[[package]]\nname = "crewai"\nversion = "1"'),
        ("poetry_dot_lock", '[[package]]\nname = "crewai"'),
        ("Pipfile_dot_lock", '{\n  "default": {\n    "crewai": {\n'),
        ("src__a__main_dot_py", "from crewai.tools import tool"),
        ("deep__notebook_dot_py", "def late():\n    import crewai"),
    ],
)
def test_given_a_project_when_it_names_a_framework_then_it_is_found(tmp_path: Path, name: str, text: str) -> None:
    found = find(project(tmp_path, **{name: text}))
    assert ids(found) == ["crewai"]
    assert found[0].evidence[0].line > 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package_dot_json", '{"dependencies": {"@langchain/core": "1"}}'),
        ("src__a_dot_ts", 'import OpenAI from "openai";'),
        ("src__a_dot_cjs", 'const { ChatOpenAI } = require("@langchain/core/x");'),
        ("src__a_dot_mjs", "const ai = await import('ai');"),
        ("package-lock_dot_json", '{"packages": {\n "node_modules/openai": {\n'),
        ("yarn_dot_lock", '"@anthropic-ai/sdk@^1":\n  version "1"'),
        ("pnpm-lock_dot_yaml", "packages:\n  openai@4.0.0:\n"),
    ],
)
def test_given_a_node_project_then_its_lines_are_proposed(tmp_path: Path, name: str, text: str) -> None:
    assert ids(find(project(tmp_path, **{name: text}))) == ["node"]


def test_given_a_framework_and_its_client_then_only_the_one_above_is_proposed(tmp_path: Path) -> None:
    found = find(project(tmp_path, pyproject_dot_toml='[project]\ndependencies = ["openai", "langchain"]'))
    assert [(f.framework.id, f.covered_by) for f in found] == [("langchain", ""), ("openai", "LangChain")]


def test_given_locks_when_something_else_tells_then_they_do_not(tmp_path: Path) -> None:
    lock = '[[package]]\nname = "openai"\n[[package]]\nname = "anthropic"\n'
    assert ids(find(project(tmp_path, uv_dot_lock=lock))) == ["openai", "anthropic"]
    assert ids(find(project(tmp_path, main_dot_py="import anthropic"))) == ["anthropic"]


def test_given_instrumentation_in_the_project_then_only_the_environment_is_missing(tmp_path: Path) -> None:
    text = "openai\nopeninference.instrumentation-OpenAI-agents\nopenai-agents\n"
    found = {f.framework.id: f for f in find(project(tmp_path, requirements_dot_txt=text))}
    assert found["openai-agents"].instrumented and not found["openai"].instrumented


def test_given_a_file_that_is_started_then_the_lines_belong_there(tmp_path: Path) -> None:
    use = "import anthropic\n"
    started = use + 'if __name__ == "__main__":\n    pass\n'
    assert find(project(tmp_path, a_dot_py=use, z__run_dot_py=started))[0].entry == "z/run.py"


def test_given_what_is_not_the_projects_own_then_it_is_passed_over(tmp_path: Path) -> None:
    files = dict.fromkeys(
        ("node_modules__x__a_dot_py", "_dot_venv__lib__a_dot_py", "myenv__lib__a_dot_py", "dist__a_dot_py"),
        "import anthropic",
    )
    assert find(project(tmp_path, **files, myenv__pyvenv_dot_cfg="home = /usr")) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject_dot_toml", "= broken"),
        ("pyproject_dot_toml", 'project = "text"'),
        ("pyproject_dot_toml", '[project]\ndependencies = {a = 1}\n[dependency-groups]\nx = "y"'),
        ("package_dot_json", "[1, 2"),
        ("package_dot_json", '{"dependencies": ["openai"]}'),
        ("main_dot_py", "import (" * 200),
        ("main_dot_py", "\x00"),
    ],
)
def test_given_a_broken_file_then_nothing_is_found_and_nothing_fails(tmp_path: Path, name: str, text: str) -> None:
    assert find(project(tmp_path, **{name: text})) == []


def test_given_a_file_that_is_too_large_or_a_link_then_it_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "large.py").write_text("import anthropic\n" + "#" * 3_000_000)
    (tmp_path / "link.py").symlink_to("/etc/hostname")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert find(tmp_path) == []


def test_given_no_folder_then_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a folder"):
        find(tmp_path / "nothing")
