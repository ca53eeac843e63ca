"""The public surface: names and signatures change on purpose only, everything is documented and typed for users."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import swarmscope_sdk
from swarmscope_sdk import compat
from swarmscope_sdk.operation import Operation
from swarmscope_sdk.work import Conflict, Dependency, Message, Request, Task, Workflow

HERE = Path(__file__).parent
GOLDEN = HERE / "surface.txt"
REPAIR = "SURFACE=write python -m pytest sdk/tests/test_surface.py"
HANDED_OUT = [Operation, Request, Workflow, Task, Message, Conflict, Dependency]


def members(kind: type[Any]) -> Iterator[tuple[str, Any]]:
    for name, member in sorted(vars(kind).items()):
        if not name.startswith("_") or name == "__init__":
            yield name, member


def described(name: str, thing: Any) -> Iterator[str]:
    if inspect.isclass(thing):
        yield f"class {name}({', '.join(base.__name__ for base in thing.__bases__)})"
        for member_name, member in members(thing):
            if isinstance(member, property):
                yield f"    {member_name}: {inspect.signature(member.fget or len).return_annotation}"
            elif callable(member) or isinstance(member, staticmethod):
                plain = inspect.unwrap(member.__func__ if isinstance(member, staticmethod) else member)
                yield f"    {member_name}{inspect.signature(plain)}"
    elif callable(thing):
        yield f"{name}{inspect.signature(thing)}"


def surface() -> str:
    lines: list[str] = []
    for name in sorted(swarmscope_sdk.__all__):
        lines += described(name, getattr(swarmscope_sdk, name))
    lines.append("-- handed out")
    for kind in HANDED_OUT:
        lines += described(kind.__name__, kind)
    lines.append("-- compat")
    for name in sorted(compat.__all__):
        lines += described(name, getattr(compat, name))
    return "\n".join(lines) + "\n"


def test_names_and_signatures_are_as_agreed() -> None:
    if os.environ.get("SURFACE") == "write":
        GOLDEN.write_text(surface(), encoding="utf-8")
    assert surface() == GOLDEN.read_text(encoding="utf-8"), f"the public surface changed; if meant: {REPAIR}"


def test_everything_public_is_documented() -> None:
    things = [(n, getattr(swarmscope_sdk, n)) for n in swarmscope_sdk.__all__]
    things += [(k.__name__, k) for k in HANDED_OUT]
    things += [(f"compat.{n}", getattr(compat, n)) for n in compat.__all__]
    silent = [name for name, thing in things if not inspect.getdoc(thing)]
    for name, thing in things:
        if inspect.isclass(thing):
            silent += [
                f"{name}.{member_name}"
                for member_name, member in members(thing)
                if member_name != "__init__"
                and (callable(member) or isinstance(member, property))
                and not inspect.getdoc(member)
            ]
    assert silent == []


def test_it_never_imports_the_platform() -> None:
    for path in Path(swarmscope_sdk.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [m for m in modules if m.split(".")[0] == "swarmscope"], path


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a strict type checker says of a user's program."""
    program = tmp_path_factory.mktemp("typed") / "program.py"
    program.write_text(
        textwrap.dedent(
            """
            from collections.abc import AsyncIterator, Iterator
            from dataclasses import dataclass

            from swarmscope_sdk import (
                AgentMetrics, AgentMonitor, Client, PipelineRun, Settings, TrainingRun, configure, extract, inject, monitored,
            )

            @dataclass
            class Mine(AgentMetrics):
                profit: float | None = None

            @monitored
            def plain(a: int) -> str:
                return str(a)

            @monitored("named", size=2)
            async def later(a: int) -> bytes:
                return bytes(a)

            @monitored("stream")
            async def stream() -> AsyncIterator[int]:
                yield 1

            async def main() -> None:
                telemetry = configure(Settings(flush_interval_s=5.0), url="http://127.0.0.1:8080")
                async with AgentMonitor("a", "m", "llm", telemetry=telemetry) as agent:
                    agent.update_metrics(Mine(profit=1.0), depth=3)
                    async with agent.track_request() as request:
                        reveal_type(request.tokens(1, 2))
                    with agent.task("t") as task:
                        task.complete(quality=0.5)
                    with agent.message("b") as message:
                        reveal_type(message.headers)
                reveal_type(plain(1))
                reveal_type(await later(1))
                async for item in stream():
                    reveal_type(item)
                with extract(inject()), PipelineRun("p", ["a"]).stage("a") as stage:
                    reveal_type(stage.progress(0.5))
                with TrainingRun("p").generation(1) as generation, generation.trial("t", {"lr": 0.1}) as trial:
                    trial.score(1.0)
                reveal_type(Client().throughput()[0].quality)
                plain("wrong")
                agent.task("t", quality="wrong", nested={"no": 1})
                agent.report_intelligence(0.1, 0.2)
            """
        ),
        encoding="utf-8",
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--no-error-summary",
            "--cache-dir",
            str(program.parent),
            str(program),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=program.parent,
        env={**os.environ, "MYPYPATH": str(Path(swarmscope_sdk.__file__).parents[1])},
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "said",
    [
        'Revealed type is "swarmscope_sdk.work.Request"',
        'Revealed type is "typing.MutableMapping[str, str]"',
        'Revealed type is "str"',
        'Revealed type is "bytes"',
        'Revealed type is "int"',
        'Revealed type is "swarmscope_sdk.pipeline.Stage"',
        'Revealed type is "float | None"',
        'Argument 1 to "plain" has incompatible type "str"; expected "int"',
        'Argument "nested" to "task" of "AgentMonitor" has incompatible type "dict[str, int]"',
        'Missing positional arguments "efficiency", "adaptability" in call to "report_intelligence" of "AgentMonitor"',
    ],
)
def test_a_type_checker_sees(typed: str, said: str) -> None:
    plain = (
        typed.replace("builtins.", "")
        .replace("collections.abc.", "typing.")
        .replace("Union[float, None]", "float | None")
    )
    assert said in plain, typed


def test_a_type_checker_finds_no_other_fault(typed: str) -> None:
    assert typed.count(": error:") == 3, typed
