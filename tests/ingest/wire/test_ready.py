"""Readiness: plain first, fast when the kernels are there, and a cache that survives a read-only home."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numba
import pytest

from swarmscope.errors import ConfigError
from swarmscope.ingest.wire import cache, plain, ready

SERVE = """
from swarmscope.ingest import wire
scanner = wire.new_scanner()
scanner.add_traces(b"", 0)
assert wire.warm_up(170)
scanner.reset()
scanner.add_traces(b"", 0)
print(type(wire.new_scanner()).__module__, type(scanner._scanner).__module__)
"""


def run(program: str, **environment: str) -> str:
    """The last line that a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    return done.stdout.strip().splitlines()[-1]


def test_a_scanner_changes_over_at_a_reset_when_the_kernels_are_ready() -> None:
    ready.load()
    assert run(SERVE).split() == ["swarmscope.ingest.wire.scan"] * 2


def test_plain_can_be_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWARMSCOPE_WIRE", "plain")
    assert isinstance(ready.new_scanner(), plain.Scanner)
    assert not ready.warm_up()
    monkeypatch.setenv("SWARMSCOPE_WIRE", "quick")
    with pytest.raises(ConfigError, match="auto or plain"):
        ready.new_scanner()


def test_the_cache_is_the_users_and_falls_back_to_a_temporary_one(tmp_path: Path) -> None:
    program = "from swarmscope.ingest.wire import cache; d = cache.directory(); print(d, d.is_dir())"
    path, made = run(program, XDG_CACHE_HOME=str(tmp_path)).split()
    assert Path(path).is_relative_to(tmp_path)
    assert made == "True"
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    path, made = run(program, XDG_CACHE_HOME=str(blocked)).split()
    assert not Path(path).exists()  # gone with the process
    assert made == "True"


def test_a_change_of_the_sources_changes_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = cache.source_hash()
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels" / "a.py").write_text("x = 1")
    (tmp_path / "layout.py").write_text("")
    (tmp_path.parent / "columns.py").write_text("")
    monkeypatch.setattr(cache, "_WIRE", tmp_path)
    one = cache.source_hash()
    (tmp_path / "kernels" / "a.py").write_text("x = 2")
    assert len({before, one, cache.source_hash()}) == 3


def test_directories_that_nobody_loads_are_removed(tmp_path: Path) -> None:
    for name in ("kernels-old", "kernels-new", "kernels-broken-off", "pipeline-old"):
        (tmp_path / name).mkdir()
    for name in ("kernels-old", "kernels-new", "pipeline-old"):
        (tmp_path / name / "complete").touch()
    os.utime(tmp_path / "kernels-old" / "complete", (1, 1))
    os.utime(tmp_path / "pipeline-old" / "complete", (1, 1))
    os.utime(tmp_path / "kernels-broken-off", (1, 1))
    mine = tmp_path / "kernels-mine"
    mine.mkdir()
    cache.mark_complete(mine)
    assert cache.is_complete(mine)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["kernels-mine", "kernels-new", "pipeline-old"]


def test_two_threads_that_declare_functions_keep_apart(tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []

    def declare(name: str) -> None:
        for _ in range(200):
            with cache.keeping(tmp_path / name):
                before = str(numba.config.CACHE_DIR)
                time.sleep(0)  # lets the other thread run
                seen.append((before, str(numba.config.CACHE_DIR)))

    own = numba.config.CACHE_DIR
    threads = [threading.Thread(target=declare, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 400
    assert all(before == after for before, after in seen)
    assert own == numba.config.CACHE_DIR


@pytest.mark.long
def test_the_first_start_compiles_in_another_process(tmp_path: Path) -> None:
    assert run(SERVE, XDG_CACHE_HOME=str(tmp_path)).split() == ["swarmscope.ingest.wire.scan"] * 2
    assert list(tmp_path.glob("swarmscope/kernels-*/complete"))
