"""Which frameworks a project uses: by what it declares (pyproject, requirements, package.json), imports, and locks.

A lock names what others need as well, so it counts only where nothing else tells. Reading is bounded; nothing is run.
"""

from __future__ import annotations

import ast
import json
import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from swarmscope.connect.snippets import Framework, frameworks
from swarmscope.errors import InputError

FILES_MAX = 5_000
FILE_MAX_BYTES = 2 * 1024 * 1024
LOCK_MAX_BYTES = 32 * 1024 * 1024
_SKIPPED = {"node_modules", "site-packages", "venv", "env", "__pycache__", "dist", "build", "target", "vendor"}
_NAME = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_NODE_IMPORT = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)["']([^"'\n]+)["']""")
_PYTHON_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")
_NODE_LOCKS = ("package-lock.json", "pnpm-lock.yaml", "yarn.lock")
_NODE_SUFFIXES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", ".jsx")
Source = Literal["declared", "imported", "locked"]
Kind = Literal["python", "node"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What told of a package. `file` is relative to the project; line 0: the file as a whole."""

    file: str
    line: int
    package: str
    source: Source


@dataclass(slots=True)
class Found:
    """One framework in a project."""

    framework: Framework
    evidence: list[Evidence]
    instrumented: bool = False
    """The project brings the telemetry of this framework: only the environment is missing."""
    covered_by: str = ""
    """Label of a framework above it, whose instrumentation sees its calls."""
    entry: str = ""
    """The file where the lines belong, best guess; empty: not known."""


@dataclass(slots=True)
class _Seen:
    """Evidence by package, apart for Python and Node.js."""

    python: dict[str, list[Evidence]] = field(default_factory=dict)
    node: dict[str, list[Evidence]] = field(default_factory=dict)
    mains: list[str] = field(default_factory=list)
    """Python files that are started."""

    def add(self, kind: Kind, package: str, file: str, line: int, source: Source) -> None:
        into = self.python if kind == "python" else self.node
        name = _normal(package) if kind == "python" else package
        into.setdefault(name, []).append(Evidence(file, line, package, source))


def find(project: Path) -> list[Found]:
    """The frameworks that `project` uses, in the order of the list. InputError: not a folder."""
    if not project.is_dir():
        raise InputError(f"{project} is not a folder; give the one of a project")
    seen = _look(project)
    found = [f for one in frameworks() if (f := _found(one, seen)) is not None]
    told = [f for f in found if any(e.source != "locked" for e in f.evidence)]
    return _arranged(told or found)


def _found(one: Framework, seen: _Seen) -> Found | None:
    evidence = [e for name in one.python for e in seen.python.get(_normal(name), [])]
    evidence += [e for name in one.node for e in seen.node.get(name, [])]
    if not evidence:
        return None
    evidence.sort(key=lambda e: (("declared", "imported", "locked").index(e.source), e.file.count("/"), e.file, e.line))
    instruments = [*one.ready, *(n for n in one.install if n.startswith(("openinference-inst", "opentelemetry-inst")))]
    packages = seen.node if one.language == "node" else seen.python
    ready = any(
        e.source != "locked" for name in instruments for e in packages.get(_normal(name), packages.get(name, []))
    )
    imported = [e.file for e in evidence if e.source == "imported"]
    entry = next((f for f in imported if f in seen.mains), imported[0] if imported else "")
    return Found(one, evidence, ready, "", entry)


def _arranged(found: list[Found]) -> list[Found]:
    """Those that a framework above covers say so and stand last."""
    for one in found:
        above = next((f for f in found if one.framework.id in f.framework.covers), None)
        one.covered_by = above.framework.label if above else ""
    return sorted(found, key=lambda f: bool(f.covered_by))


def _look(project: Path) -> _Seen:
    seen = _Seen()
    for number, path in enumerate(_files(project)):
        if number >= FILES_MAX:
            break
        with suppress(OSError):
            _read(path, path.relative_to(project).as_posix(), seen)
    return seen


def _files(project: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(project):
        names[:] = sorted(n for n in names if n not in _SKIPPED and not n.startswith("."))
        if "pyvenv.cfg" in files:
            names.clear()
            continue
        for name in sorted(files):
            path = Path(folder, name)
            if not path.is_symlink():
                yield path


def _read(path: Path, name: str, seen: _Seen) -> None:
    base = path.name
    locked = base in (*_PYTHON_LOCKS, *_NODE_LOCKS, "Pipfile.lock")
    if path.stat().st_size > (LOCK_MAX_BYTES if locked else FILE_MAX_BYTES):
        return
    if locked or base in ("pyproject.toml", "Pipfile", "package.json", "environment.yml"):
        pass
    elif not (path.suffix == ".py" or path.suffix in _NODE_SUFFIXES or _is_requirements(path)):
        return
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".py":
        _python(text, name, seen)
    elif path.suffix in _NODE_SUFFIXES:
        _node(text, name, seen)
    elif base == "package.json":
        _package_json(text, name, seen)
    elif base in _NODE_LOCKS:
        _lines(
            text,
            name,
            seen,
            "node",
            "locked",
            r"""^\s*["'/]?(?:node_modules/)*((?:@[\w.-]+/)?[\w.-]+)["']?(?:@[^:]*)?["']?\s*:""",
        )
    elif base in _PYTHON_LOCKS:
        _lines(text, name, seen, "python", "locked", r"""^name\s*=\s*["']([\w.-]+)["']""")
    elif base == "Pipfile.lock":
        _lines(text, name, seen, "python", "locked", r"""^\s+"([\w.-]+)":\s*\{""")
    elif base in ("pyproject.toml", "Pipfile"):
        _toml(text, name, seen)
    else:
        _lines(text, name, seen, "python", "declared", r"^\s*(?:-\s+)?([A-Za-z0-9][\w.-]*)\s*(?:[\[<>=!~;@#]|$)")


def _is_requirements(path: Path) -> bool:
    named = "requirements" in path.name or path.parent.name == "requirements"
    return named and path.suffix in (".txt", ".in")


def _lines(text: str, name: str, seen: _Seen, kind: Kind, source: Source, pattern: str) -> None:
    wanted = re.compile(pattern)
    for number, line in enumerate(text.splitlines(), 1):
        if match := wanted.match(line):
            seen.add(kind, match.group(1), name, number, source)


def _python(text: str, name: str, seen: _Seen) -> None:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules = [node.module]
        else:
            continue
        for module in modules:
            for package in _distributions(module):
                seen.add("python", package, name, node.lineno, "imported")
    if re.search(r"^if __name__ == ['\"]__main__['\"]", text, re.MULTILINE) or Path(name).name == "__main__.py":
        seen.mains.append(name)


_MODULES = {
    "agents": "openai-agents",
    "opentelemetry.sdk": "opentelemetry-sdk",
    "traceloop.sdk": "traceloop-sdk",
    "autogen": "pyautogen",
}


def _distributions(module: str) -> Iterator[str]:
    """Names of distributions that `module` can come from: `a_b.c` from `a-b` and `a-b-c`, with what is otherwise."""
    parts = module.split(".")
    for end in range(1, min(len(parts), 4) + 1):
        name = ".".join(parts[:end])
        yield _MODULES.get(name, name.replace(".", "-").replace("_", "-"))


def _node(text: str, name: str, seen: _Seen) -> None:
    for match in _NODE_IMPORT.finditer(text):
        parts = match.group(1).split("/")
        package = "/".join(parts[:2]) if parts[0].startswith("@") else parts[0]
        seen.add("node", package, name, text.count("\n", 0, match.start()) + 1, "imported")


def _package_json(text: str, name: str, seen: _Seen) -> None:
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return
    if not isinstance(tree, dict):
        return
    for part in ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies"):
        wanted = tree.get(part)
        for package in wanted if isinstance(wanted, dict) else ():
            seen.add("node", package, name, _line_of(text, f'"{package}"'), "declared")


def _toml(text: str, name: str, seen: _Seen) -> None:
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    for package in _declared(tree):
        seen.add("python", package, name, _line_of(text, package), "declared")


def _declared(tree: dict[str, Any]) -> Iterator[str]:
    """Packages of a pyproject.toml (standard, groups, Poetry) or a Pipfile."""
    project, poetry = _table(tree, "project"), _table(_table(tree, "tool"), "poetry")
    lists = [project.get("dependencies"), *_table(project, "optional-dependencies").values()]
    lists += _table(tree, "dependency-groups").values()
    for one in lists:
        for line in one if isinstance(one, list) else ():
            if isinstance(line, str) and (match := _NAME.match(line)):
                yield match.group(1)
    tables = [_table(poetry, "dependencies"), _table(tree, "packages"), _table(tree, "dev-packages")]
    tables += [_table(group, "dependencies") for group in _table(poetry, "group").values() if isinstance(group, dict)]
    for table in tables:
        yield from table


def _table(tree: dict[str, Any], name: str) -> dict[str, Any]:
    value = tree.get(name)
    return value if isinstance(value, dict) else {}


def _line_of(text: str, words: str) -> int:
    at = text.find(words)
    return text.count("\n", 0, at) + 1 if at >= 0 else 0


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
