"""Tokens without rows: what a kill at the worst moment leaves must not swallow the repeated insert."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from swarmscope.store import tokens


def _table(store: Path, parts: list[str], notes: str) -> Path:
    table = store / "store" / "abc" / "abc-1"
    for part in [*parts, "detached"]:
        (table / part).mkdir(parents=True)
    logs = table / "deduplication_logs"
    logs.mkdir()
    (logs / "deduplication_log_1.txt").write_text(notes)
    return logs / "deduplication_log_1.txt"


@pytest.mark.parametrize(
    ("parts", "notes", "kept"),
    [
        (["d_1_1_0"], "1\td_1_1_0\td_7\n", "1\td_1_1_0\td_7\n"),
        (["d_1_1_0"], "1\td_1_1_0\td_7\n1\td_2_2_0\td_8\n", "1\td_1_1_0\td_7\n"),
        (["d_1_5_1"], "1\td_2_2_0\td_7\n1\td_6_6_0\td_8\n", "1\td_2_2_0\td_7\n"),
        (["d_1_5_1_9"], "1\td_2_2_0\td_7\n", "1\td_2_2_0\td_7\n"),
        (["tmp_insert_d_1_1_0", "e_1_1_0"], "1\td_1_1_0\td_7\n", ""),
        ([], "2\td_1_1_0\td_7\n", "2\td_1_1_0\td_7\n"),
        (["d_1_1_0"], "1\td_1_1_0\td_7\n1\td_1_1", "1\td_1_1_0\td_7\n"),
        (["d_1_1_0"], "1\td_1_1_0\td_7\n\0\0\0\0", "1\td_1_1_0\td_7\n"),
    ],
)
def test_given_notes_when_checked_then_those_without_rows_go(
    tmp_path: Path, parts: list[str], notes: str, kept: str
) -> None:
    file = _table(tmp_path, parts, notes)
    lost = tokens.count_lost(tmp_path)
    assert file.read_text() == notes
    assert tokens.forget_lost(tmp_path) == lost == (kept != notes)
    assert file.read_text() == kept


def test_given_a_dropped_table_that_goes_while_notes_are_counted_then_the_others_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _table(tmp_path, ["d_1_1_0"], "1\td_1_1_0\td_7\n1\td_2_2_0\td_8\n")
    dropped = tmp_path / "store" / "abd" / "abd-1"
    shutil.copytree(file.parent.parent, dropped)
    blocks = tokens._blocks

    def clear(name: str) -> object:
        shutil.rmtree(dropped, ignore_errors=True)
        return blocks(name)

    monkeypatch.setattr(tokens, "_blocks", clear)
    assert tokens.count_lost(tmp_path) == 1
    assert not dropped.exists()


_PROGRAM = """
import json, sys, pathlib
from swarmscope import config
from swarmscope.bench import rows
from swarmscope.store.client import open_store
from swarmscope.store.migrate import migrate
where, first, count = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
store = open_store(config.load(overrides={"storage": {"data_dir": str(where)}}, environ={}))
migrate(store)
store.command("SYSTEM STOP MERGES")
for batch in range(first, first + count):
    made = rows.batch(batch * 100, 100, 1_790_000_000_000_000_000, tables=("spans",))
    store.insert("spans", made.tables["spans"], f"t{batch}")
counts = [store.query(sql)["n"].to_pylist()[0] for sql in (
    "SELECT count() AS n FROM spans", "SELECT toInt64(sum(spans)) AS n FROM agent_10s",
    "SELECT concat(database, '.', name, '=', toString(uuid)) AS n FROM system.tables WHERE name = 'spans'",
    "SELECT toString(uuid) AS n FROM system.tables WHERE name = 'agent_10s'")]
store.close()
print(json.dumps(counts))
"""


def _run(directory: Path, first: int, count: int) -> list[int | str]:
    import json

    command = [sys.executable, "-c", _PROGRAM, str(directory), str(first), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return] # what the program above prints


@pytest.mark.parametrize("victim", ["spans", "agent_10s"])
@pytest.mark.parametrize("how", ["missing", "emptied"])
def test_given_a_token_whose_part_is_lost_when_the_insert_is_repeated_then_rows_and_rollup_are_exact(
    tmp_path: Path, victim: str, how: str
) -> None:
    """missing: killed between note and move. emptied: a power cut took the content of the files."""
    spans, rollup, uuid_of_spans, uuid_of_rollup = _run(tmp_path, 0, 3)
    assert (spans, rollup) == (300, 300)
    uuid = str(uuid_of_spans).split("=")[1] if victim == "spans" else str(uuid_of_rollup)
    table = tmp_path / "store" / "store" / uuid[:3] / uuid
    last = max(table.glob("2*_*_*_*"), key=lambda p: int(p.name.split("_")[1]))
    if how == "missing":
        shutil.rmtree(last)
    else:
        for file in last.iterdir():
            file.write_bytes(b"")
    assert _run(tmp_path, 1, 2)[:2] == [300, 300]
