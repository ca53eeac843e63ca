"""What the root does when the terminal goes, and when somebody asks for files to be read again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from swarmscope import app as root
from swarmscope.config import Config


@pytest.mark.parametrize(
    ("had", "has", "ends"), [(True, False, True), (True, True, False), (False, False, False)],
    ids=["its terminal was closed", "a signal was sent", "it never had one"],
)  # fmt: skip
def test_a_hang_up_ends_who_lost_the_terminal_and_is_a_reload_to_others(
    monkeypatch: pytest.MonkeyPatch, had: bool, has: bool, ends: bool
) -> None:
    reloads: list[bool] = []
    one: Any = root.App(Config())
    one._server = SimpleNamespace(should_exit=False)
    monkeypatch.setattr(root, "_has_terminal", lambda: has)
    monkeypatch.setattr(one, "_reload", lambda: reloads.append(True))
    one._hung_up(had)
    assert (one._server.should_exit, bool(reloads)) == (ends, not ends)
