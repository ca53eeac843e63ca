"""Dead letters: rows that the store refuses, kept as Arrow files with the reason beside them."""

from __future__ import annotations

import hashlib
import threading
import time
from pathlib import Path

import msgspec
import pyarrow as pa

from swarmscope.errors import NotFoundError
from swarmscope.journal import files
from swarmscope.model.journal import DeadLetter

_ROWS, _NOTE = ".arrow", ".json"


class DeadLetters:
    """A folder of dead letters. A letter is there when its note is; the note is written last and removed first."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        files.make_directory(directory)
        self._letters: dict[str, DeadLetter] = {}
        for path in sorted(directory.glob("*" + _NOTE)):
            letter = msgspec.json.decode(path.read_bytes(), type=DeadLetter)
            self._letters[letter.name] = letter

    @property
    def disk_bytes(self) -> int:
        """Bytes of all letters."""
        with self._lock:
            return sum(letter.nbytes for letter in self._letters.values())

    def listed(self) -> list[DeadLetter]:
        """Oldest first."""
        with self._lock:
            return sorted(self._letters.values(), key=lambda letter: (letter.time_ns, letter.name))

    def bury(self, token: str, table: str, rows: pa.Table, reason: str) -> DeadLetter:
        """Durable on return; burying the same token again replaces its letter. Raises OSError."""
        name = f"{table}-{hashlib.sha256(token.encode()).hexdigest()[:16]}"
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, rows.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as file:
            file.write_table(rows)
        data = sink.getvalue()
        files.write_durably(self._directory / (name + _ROWS), data)
        letter = DeadLetter(name, token, table, rows.num_rows, data.size, reason, time.time_ns())
        files.write_durably(self._directory / (name + _NOTE), msgspec.json.encode(letter))
        with self._lock:
            self._letters[name] = letter
        return letter

    def exhume(self, name: str) -> tuple[DeadLetter, pa.Table]:
        """A letter and its rows. Raises NotFoundError."""
        with self._lock:
            letter = self._letters.get(name)
        if letter is None:
            raise _missing(name)
        try:
            with pa.OSFile(str(self._directory / (name + _ROWS))) as file:
                return letter, pa.ipc.open_file(file).read_all()
        except FileNotFoundError as e:  # forgotten meanwhile
            raise _missing(name) from e

    def forget(self, name: str) -> None:
        """Remove a letter. Raises NotFoundError."""
        with self._lock:
            if self._letters.pop(name, None) is None:
                raise _missing(name)
        (self._directory / (name + _NOTE)).unlink()
        files.sync_directory(self._directory)
        (self._directory / (name + _ROWS)).unlink(missing_ok=True)


def _missing(name: str) -> NotFoundError:
    return NotFoundError(f"there is no dead letter {name!r}")
