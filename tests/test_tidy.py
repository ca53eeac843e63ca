"""Tidiness is a test: limits that only go down, reasons beside exceptions, nothing left lying about."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 100
GENERATED = {"ui/src/api/schema.ts", "ui/src/api/openapi.json", "ui/package-lock.json"}
LOCKS = ("requirements/lock.txt", "requirements/runtime.txt", "requirements/node.txt", "ui/package-lock.json")
# files that were longer or had longer functions when the limit was set; a number here may only shrink
FILES_LONG: dict[str, int] = {}
FUNCTIONS_LONG: dict[str, int] = {}


def tracked(*suffixes: str) -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [n for n in names if n.endswith(suffixes) and n not in GENERATED and (ROOT / n).exists()]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_no_file_is_longer_than_one_can_hold_in_mind() -> None:
    lines = {name: len(read(name).splitlines()) for name in tracked(".py", ".ts", ".tsx", ".sql", ".css")}
    assert {name: n for name, n in lines.items() if n > FILES_LONG.get(name, FILE_LINES_MAX)} == {}


def test_no_function_is_longer_than_the_limit() -> None:
    long: dict[str, int] = {}
    for name in tracked(".py"):
        if not name.startswith(("src/", "sdk/src/")):
            continue
        for node in ast.walk(ast.parse(read(name))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long[f"{name}:{node.name}"] = lines
    assert {k: v for k, v in long.items() if v > FUNCTIONS_LONG.get(k, FUNCTION_LINES_MAX)} == {}
    assert set(FUNCTIONS_LONG) <= set(long), "shrink the list: these are short now"


def test_every_lint_exception_carries_its_reason() -> None:
    mark = re.compile(r"#\s*(?:noqa(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?|type:\s*ignore(?:\[[\w, -]+\])?)")
    found = [
        f"{name}:{number}: {line.strip()[-80:]}"
        for name in tracked(".py")
        if name != "tests/test_tidy.py"
        for number, line in enumerate(read(name).splitlines(), 1)
        if mark.search(line) and len(re.findall(r"\w+", mark.sub("", line[mark.search(line).start() :]))) < 2  # type: ignore[union-attr] # searched just before
    ]
    assert found == []


def test_nothing_is_left_for_later() -> None:
    words = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b|raise NotImplemented" r"Error")
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name in tracked(".py", ".ts", ".tsx", ".sql", ".md", ".toml", ".css")
        for number, line in enumerate(read(name).splitlines(), 1)
        if words.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("name", LOCKS)
def test_locks_name_no_index(name: str) -> None:
    text = read(name)
    assert "--index-url" not in text
    assert not re.search(r'"resolved"\s*:\s*"http', text)
    assert not re.search(r"@ https?://", text)


@pytest.mark.parametrize("name", ["requirements/lock.txt", "requirements/runtime.txt"])
def test_every_package_is_locked_with_a_hash(name: str) -> None:
    assert [block.splitlines()[0] for block in _locked(name) if "--hash=sha256:" not in block] == []


def test_what_runs_is_what_is_tested() -> None:
    """The program's own lock has the versions, and the files, of the one with everything that the tests need."""

    def anywhere(name: str) -> set[str]:
        return {re.sub(r" ; [^\\]+", " ", block, count=1) for block in _locked(name)}

    assert anywhere("requirements/runtime.txt") - anywhere("requirements/lock.txt") == set()


def _locked(name: str) -> set[str]:
    return set(re.split(r"\n(?=\S)", read(name).strip()))


def test_what_is_imported_is_a_dependency() -> None:
    """An install from the wheel has what is declared and nothing else; here everything of the tests is installed."""
    named = {"grpc": "grpcio", "yaml": "pyyaml", "sklearn": "scikit-learn", "libinjection": "libinjection-python",
             "argon2": "argon2-cffi", "google.rpc": "googleapis-common-protos", "google.protobuf": "protobuf",
             "opentelemetry.proto": "opentelemetry-proto"}  # fmt: skip
    brought = {"starlette": "fastapi", "pydantic": "fastapi", "httpcore": "httpx", "llvmlite": "numba"}
    project = tomllib.loads(read("pyproject.toml"))["project"]
    lines = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    declared = {re.split(r"[<>=;\[ ]", line)[0].lower().replace("_", "-") for line in lines}
    missing = set()
    for name in tracked(".py"):
        if not name.startswith("src/"):
            continue
        for module in imported(name) - sys.stdlib_module_names - {"swarmscope"}:
            top, both = module.split(".")[0], ".".join(module.split(".")[:2])
            package = named.get(both) or named.get(top) or brought.get(top) or top.replace("_", "-")
            if package not in declared and top not in sys.stdlib_module_names and top != "swarmscope":
                missing.add(f"{name} imports {module}: {package} is no dependency")
    assert missing == set()


def imported(name: str) -> set[str]:
    """Modules that a file names in its imports, relative ones left out."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(read(name))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module)
            found |= {
                f"{node.module}.{alias.name}" for alias in node.names if node.module in ("google", "opentelemetry")
            }
    return found - {"google", "opentelemetry"}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name
        for name in tracked(".py")
        if name.startswith(("src/", "sdk/src/", "tests/", "sdk/tests/"))
        and read(name).strip()
        and not ast.get_docstring(ast.parse(read(name)))
    ]
    assert silent == []


def test_every_public_name_has_a_docstring() -> None:
    silent: list[str] = []
    for name in tracked(".py"):
        if not name.startswith(("src/", "sdk/src/")) or "/migrations/" in name:
            continue
        for node in ast.parse(read(name)).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith(
                "_"
            ):
                decorated = any("overload" in ast.unparse(d) for d in node.decorator_list)
                if not ast.get_docstring(node) and not decorated:
                    silent.append(f"{name}:{node.name}")
    assert silent == []


def test_changelog_fragments_are_short_and_for_users() -> None:
    for path in (ROOT / "changelog.d").glob("*.md"):
        text = path.read_text(encoding="utf-8").strip()
        assert text, path
        assert len(text.splitlines()) <= 8, path


def test_the_files_that_are_dealt_out_first_are_there() -> None:
    (named,) = re.findall(r"^LONG_FIRST = \((.*?)^\)", read("tests/conftest.py"), re.MULTILINE | re.DOTALL)
    files = re.findall(r'"([^"]+)"', named)
    assert files and [name for name in files if not (ROOT / name).is_file()] == []
