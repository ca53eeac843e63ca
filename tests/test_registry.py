"""Plug-ins are found in the home, in entry points and in a folder; one that fails harms nobody and is listed."""

from __future__ import annotations

import dataclasses
import sys
import threading
import time
from abc import ABC, abstractmethod
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from swarmscope import registry
from swarmscope.config import Plugins
from swarmscope.errors import PluginError
from swarmscope.registry import Isolated, Kind, Part, discover, settings, survey


class Greeter(ABC):
    """What the plug-ins of this test are."""

    name = ""

    @abstractmethod
    def greet(self) -> str:
        """A greeting."""


class Builtin(Greeter):
    """Says good day."""

    name = "builtin"

    def greet(self) -> str:
        return "good day"


def polite(cls: type[Greeter]) -> None:
    if "damn" in cls().greet():
        raise PluginError("it is rude")


HOME = "the_home_of_greeters"
KIND: Kind[Greeter] = Kind("greeter", Greeter, HOME, polite)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, HOME, SimpleNamespace(Greeter=Greeter, Builtin=Builtin, __name__=__name__))  # type: ignore[arg-type] # stands in
    monkeypatch.setattr(registry, "_points", list)


def write(
    folder: Path, file: str, text: str = "", name: str = "", says: str = "hi", doc: str = "Says hi.\n\n    More."
) -> Path:
    """A file with one greeter, or with `text`."""
    folder.chmod(0o755)
    path = folder / file
    name = name or path.stem
    text = (
        text
        or f'class Mine(Greeter):\n    """{doc}"""\n    name = "{name}"\n    def greet(self):\n        return "{says}"\n'
    )
    path.write_text(f"import sys\nGreeter = sys.modules[{HOME!r}].Greeter\n{text}")
    path.chmod(0o644)
    return path


def options(folder: Path, **more: Any) -> Plugins:
    return Plugins(folder=str(folder), **more)


def problems(parts: list[Part]) -> dict[str, str]:
    return {p.name: p.problem for p in parts if p.state == "broken"}


def test_given_a_folder_when_discovered_then_its_classes_stand_beside_the_built_in_ones(tmp_path: Path) -> None:
    file = write(tmp_path, "hello.py")
    found = discover(KIND, options(tmp_path))
    assert found.faults == () and list(found.plugins) == ["builtin", "hello"]
    hello = found.plugins["hello"]
    assert (hello.about, hello.origin, hello.cls().greet()) == ("Says hi.", str(file), "hi")
    assert discover(KIND, options(tmp_path)).plugins["hello"].cls is hello.cls, "a file is loaded once"
    assert list(discover(KIND, Plugins()).plugins) == ["builtin"], "no folder is the default"


def test_given_broken_files_when_surveyed_then_each_has_its_reason_and_the_rest_are_active(tmp_path: Path) -> None:
    write(tmp_path, "boom.py", "raise RuntimeError('boom')")
    write(tmp_path, "leaves.py", "sys.exit(3)")
    write(tmp_path, "syntax.py", "class (")
    write(tmp_path, "silent.py", doc=" ")
    write(tmp_path, "good.py")
    write(tmp_path, "twin.py", name="good")
    write(tmp_path, "shadow.py", name="builtin")
    write(tmp_path, "named.py", name="Not A Name")
    write(tmp_path, "rude.py", says="damn")
    write(tmp_path, "nothing.py", "x = 1")
    write(tmp_path, "open.py").chmod(0o666)
    parts = survey([KIND], options(tmp_path))
    assert [p.name for p in parts if p.state == "active"] == ["builtin", "good"]
    said = problems(parts)
    assert said["boom"] == "RuntimeError: boom"
    assert said["leaves"] == "SystemExit: 3"
    assert said["syntax"].startswith("SyntaxError")
    assert "no docstring" in said["silent"]
    assert "exists already, from " in said["good"] and "good.py" in said["good"]
    assert said["builtin"] == "'builtin' exists already, from builtin"
    assert "'Not A Name'" in said["Not A Name"]
    assert said["rude"] == "it is rude"
    assert said["nothing"] == "it holds no plug-in of any kind"
    assert "written by everyone" in said["open"]
    assert len(said) == 10


def test_a_folder_that_is_not_there_is_listed(tmp_path: Path) -> None:
    assert problems(survey([KIND], options(tmp_path / "gone"))) == {"gone": "there is no such folder (plugins.folder)"}


def test_what_distributions_bring_is_found_checked_and_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    module = SimpleNamespace(Good=type("Good", (Builtin,), {"name": "good", "__doc__": "Good."}), Odd=dict)
    monkeypatch.setitem(sys.modules, "theirs_of_a_test", module)  # type: ignore[arg-type] # stands in
    brought = SimpleNamespace(
        name="theirs",
        version="2.1",
        entry_points=[
            EntryPoint("good", "theirs_of_a_test:Good", "swarmscope.greeter"),
            EntryPoint("odd", "theirs_of_a_test:Odd", "swarmscope.greeter"),
            EntryPoint("gone", "no_such_library_anywhere:X", "swarmscope.greeter"),
            EntryPoint("lamp", "json:loads", "swarmscope.lamp"),
            EntryPoint("other", "json:loads", "somebody.else"),
        ],
    )
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, HOME, SimpleNamespace(Builtin=Builtin, __name__=__name__))  # type: ignore[arg-type] # stands in
    monkeypatch.setitem(sys.modules, "theirs_of_a_test", module)  # type: ignore[arg-type] # stands in
    monkeypatch.setattr(registry, "distributions", lambda: [brought])
    registry._points.cache_clear()
    try:
        parts = survey([KIND], Plugins())
        assert Part("greeter", "good", "theirs", "2.1", "Good.", "active") in parts
        said = problems(parts)
        assert "is not a Greeter" in said["odd"]
        assert "no_such_library_anywhere" in said["gone"]
        assert said["lamp"] == "there is no kind of plug-in 'lamp'; there are greeter"
        assert "lamp" not in problems(survey([KIND], Plugins(), beside=["lamp"]))
        assert "other" not in said
    finally:
        registry._points.cache_clear()


def test_what_is_turned_off_is_left_out_and_still_listed(tmp_path: Path) -> None:
    write(tmp_path, "hello.py")
    off = options(tmp_path, off=("greeter/hello", "greeter/builtin", "greeter/nobody", "lamp/x"))
    assert list(discover(KIND, off).plugins) == ["builtin"]
    parts = survey([KIND], off)
    assert [p.name for p in parts if p.state == "off"] == ["hello"]
    assert problems(parts) == {
        "builtin": "it is built in and cannot be left out",
        "nobody": "there is no plug-in of this name",
        "": "there is no kind 'lamp'",
    }


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a plug-in of this test takes."""

    port: int = 7


def test_settings_are_as_the_plug_in_wants_them() -> None:
    takes = type("Takes", (), {"Options": Settings})
    given = Plugins(options={"greeter": {"a": {"port": 9}, "b": {"port": "x"}, "c": {"prot": 1}}})
    assert settings(takes, "greeter", "a", given) == Settings(9)
    assert settings(takes, "greeter", "z", given) == Settings(7)
    with pytest.raises(PluginError, match=r"plugins\.options\.greeter\.b: Expected `int`"):
        settings(takes, "greeter", "b", given)
    assert settings(Builtin, "greeter", "z", given) is None
    with pytest.raises(PluginError, match="takes no settings, and is given port"):
        settings(Builtin, "greeter", "a", given)
    assert "there is no plug-in of this name" in problems(survey([KIND], given))["a"]


def test_given_a_call_that_cannot_be_ended_when_called_again_then_no_second_thread_is_lost() -> None:
    alone, going = Isolated(), threading.Event()
    with pytest.raises(TimeoutError, match=r"within 0\.05 s"):
        alone.run(going.wait, 0.05)  # it waits outside of Python, where nothing ends it
    with pytest.raises(TimeoutError, match="an earlier call has hung"):
        alone.run(lambda: 1, 5.0)
    going.set()
    until = time.monotonic() + 10
    while True:
        try:
            assert alone.run(lambda: 1, 5.0) == 1
            break
        except TimeoutError:
            assert time.monotonic() < until
