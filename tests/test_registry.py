"""Plug-ins are found, and one that fails harms nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmscope.errors import PluginError
from swarmscope.registry import discover


class Greeter:
    """What the plug-ins of this test are."""

    name = ""


def write(folder: Path, file: str, text: str) -> None:
    (folder / file).write_text(f"import sys\nGreeter = sys.modules[{__name__!r}].Greeter\n{text}")


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    from types import SimpleNamespace

    monkeypatch.setitem(sys.modules, __name__, SimpleNamespace(Greeter=Greeter))  # type: ignore[arg-type] # stands in


def test_given_a_folder_when_discovered_then_its_classes_are_found_with_their_summary(tmp_path: Path) -> None:
    write(tmp_path, "a.py", 'class Hello(Greeter):\n    """Says hello.\n\n    More."""\n    name = "hello"\n')
    found = discover("greeter", Greeter, folder=tmp_path)
    assert found.faults == ()
    plugin = found.get("hello")
    assert (plugin.kind, plugin.summary, plugin.origin) == ("greeter", "Says hello.", str(tmp_path / "a.py"))


def test_given_broken_files_when_discovered_then_each_is_reported_and_the_rest_load(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "raise RuntimeError('boom')")
    write(tmp_path, "b.py", "class (")
    write(tmp_path, "c.py", 'class NoDoc(Greeter):\n    name = "nodoc"\n')
    write(tmp_path, "d.py", 'class Good(Greeter):\n    """Good."""\n    name = "good"\n')
    write(tmp_path, "e.py", 'class Twin(Greeter):\n    """Twin."""\n    name = "good"\n')
    found = discover("greeter", Greeter, folder=tmp_path)
    assert list(found.plugins) == ["good"]
    assert [f.error.split(":")[0] for f in found.faults[:2]] == ["RuntimeError", "SyntaxError"]
    assert "no docstring" in found.faults[2].error
    assert "exists already" in found.faults[3].error


def test_given_an_unknown_name_when_asked_for_then_the_error_lists_those_that_exist(tmp_path: Path) -> None:
    write(tmp_path, "d.py", 'class Good(Greeter):\n    """Good."""\n    name = "good"\n')
    with pytest.raises(PluginError, match="no plug-in 'bad'; there are good"):
        discover("greeter", Greeter, folder=tmp_path).get("bad")
