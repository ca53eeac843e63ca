"""Faults to survive: kill -9, power cut, store away, disk full. Each counts what was lost or doubled of what was acknowledged.

The same functions serve the tests (short) and `swarmscope bench faults` (long). Every fault happens to a real process
(`victim.py`) with the real journal, writer and embedded store.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from swarmscope.bench import front_door
from swarmscope.bench.victim import AWAY, Load

READY_MAX_S = 180.0  # a busy machine is slow, not broken
STOP_MAX_S = 300.0  # it stores what it acknowledged while the store was away
VERIFY_MAX_S = 900.0
_SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
_NO_FLUSH = 2


class CannotError(Exception):
    """This machine cannot produce the fault; the message says what is missing."""


@dataclass(slots=True)
class Outcome:
    """What a fault did. lost and doubled are sums over spans, logs, samples and messages; 0 is the only good value."""

    fault: str
    times: int
    acknowledged_rows: int = 0
    retries: int = 0
    lost: int = 0
    doubled: int = 0
    rollup_wrong: int = 0
    replayed_rows: int = 0
    replay_rows_per_s: float = 0.0
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Nothing acknowledged was lost or doubled, and the rollup counts the same spans."""
        return self.acknowledged_rows > 0 and self.lost == self.doubled == self.rollup_wrong == 0


class Victim:
    """A running `victim load`. `acks` and `retries` are read from its output until it ends."""

    def __init__(self, directory: Path, options: Load, environment: dict[str, str] | None = None) -> None:
        command = [sys.executable, "-m", "swarmscope.bench.victim", "load", str(directory), json.dumps(asdict(options))]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 # read in `_text_of_errors`, closed by `close`
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, env=environment
        )
        self.acks: list[tuple[int, int]] = []
        self.retries = 0
        self._ready = False
        self._rest = b""
        os.set_blocking(self._output(), False)

    def wait_ready(self) -> None:
        """Until it takes load. Raises RuntimeError with its output when it does not come up."""
        self.wait_until(lambda: self._ready, READY_MAX_S, "become ready")

    def wait_until(self, condition: Any, timeout_s: float, what: str) -> None:
        """Read its output until `condition()`; raises RuntimeError after `timeout_s` or when it has ended."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            self.read()
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.read()
                if condition():
                    return
                raise RuntimeError(f"the victim did not {what}: {self._text_of_errors()}")
            time.sleep(0.01)

    def run_for(self, seconds: float) -> None:
        """Let it work, reading its output."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.read()
            time.sleep(0.01)

    def run_under_load(self, chance: random.Random, load_s: float) -> None:
        """Until a random moment after the first acknowledgements, however slow the machine is."""
        self.wait_ready()
        acks = chance.randint(1, 10)
        self.wait_until(lambda: len(self.acks) >= acks, READY_MAX_S, "acknowledge anything")
        self.run_for(chance.uniform(0.0, load_s))

    def kill(self) -> None:
        """SIGKILL, then read what it had said."""
        self.process.send_signal(signal.SIGKILL)
        self.close()

    def stop(self, timeout_s: float = STOP_MAX_S) -> None:
        """Let it finish in order. Raises RuntimeError when it fails."""
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        self.wait_until(lambda: self.process.poll() is not None, timeout_s, "stop")
        code = self.process.returncode
        text = self._text_of_errors()
        self.close()
        if code != 0:
            raise RuntimeError(f"the victim ended with {code}: {text}")

    def close(self) -> None:
        """Read the rest of its output and release everything. Kills it when it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.read()
        for stream in (self.process.stdin, self.process.stdout, self._errors):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def read(self) -> None:
        """Take in what it said since."""
        if self.process.stdout is None or self.process.stdout.closed:
            return
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._output(), 1 << 16):
                self._rest += data
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            word, *numbers = line.split()
            if word == b"ack":
                self.acks.append((int(numbers[0]), int(numbers[1])))
            elif word == b"retry":
                self.retries += 1
            elif word == b"ready":
                self._ready = True
            else:
                raise RuntimeError(f"the victim says {line!r}")

    def _output(self) -> int:
        if self.process.stdout is None:
            raise RuntimeError("the victim has no output")
        return self.process.stdout.fileno()

    def _text_of_errors(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")[-4000:]


def kills(directory: Path, times: int, seed: int, load_s: float = 1.5) -> Outcome:
    """kill -9 at random moments: of start, replay and load; each life goes on with new rows. Then compare everything."""
    chance = random.Random(seed)
    outcome = Outcome("kill", times)
    acks: list[tuple[int, int]] = []
    first = 0
    for _ in range(times):
        victim = Victim(directory, Load(first=first, rows=chance.choice((50, 500, 2000))))
        try:
            if chance.random() < 0.25:
                victim.run_for(chance.uniform(0.5, 2.0))  # perhaps while it opens or replays
            else:
                victim.run_under_load(chance, load_s)
        finally:
            victim.kill()
        acks += victim.acks
        outcome.retries += victim.retries
        first += 10_000_000
    return _verified(outcome, directory, acks)


def server_kills(directory: Path, times: int, seed: int, load_s: float = 1.5) -> Outcome:
    """kill -9 of the whole program under OTLP load at its front door."""
    acks, retries, found = front_door.kills(directory, times, seed, load_s)
    outcome = Outcome("kill of the server", times, retries=retries)
    outcome.acknowledged_rows = sum(count for some in acks.values() for _, count in some)
    return _counted(outcome, found)


def power_cut(directory: Path, times: int, seed: int, load_s: float = 2.0) -> Outcome:
    """The disk stops taking writes mid-load and what only memory knew is gone; then mount it again and compare.

    Needs root, loop devices and ext4. Raises CannotError where they are missing.
    """
    chance = random.Random(seed)
    outcome = Outcome("power cut", times)
    image = directory / "disk.img"
    acks: list[tuple[int, int]] = []
    with _disk(directory, image) as _:
        pass  # made and checked
    for life in range(times):
        with _disk(directory, image) as mount:
            victim = Victim(mount / "data", Load(first=life * 10_000_000, rows=500))
            try:
                victim.run_under_load(chance, load_s)
                # Only what was answered before the cut is promised: a machine without power answers nobody, while a sync
                # that waits on a file system shut down beneath it may return success (jbd2 takes an aborted transaction
                # that is gone for a committed one).
                acks += victim.acks[:]
                cut_power(mount)
            finally:
                victim.kill()
    with _disk(directory, image) as mount:
        return _verified(outcome, mount / "data", acks)


def store_away(directory: Path, away_s: float, journal: dict[str, Any], until_full: bool = False) -> Outcome:
    """The store cannot be reached for a while.

    journal: its settings. until_full: stay away until the journal is full and senders were told to retry, then `away_s` more.
    """
    outcome = Outcome("store away", 1)
    victim = Victim(directory, Load(rows=500, pause_s=0.005, journal=journal))
    try:
        victim.wait_ready()
        victim.wait_until(lambda: bool(victim.acks), READY_MAX_S, "acknowledge anything")
        (directory / AWAY).touch()
        if until_full:
            victim.wait_until(lambda: victim.retries > 0, READY_MAX_S, "fill the journal")
        victim.run_for(away_s)
        outcome.retries = victim.retries
        (directory / AWAY).unlink()
        before = len(victim.acks)
        victim.wait_until(lambda: len(victim.acks) > before + 20, 60, "go on after the store came back")
        victim.stop()
    finally:
        victim.close()
    return _verified(outcome, directory, victim.acks)


def disk_full(directory: Path, full_s: float = 3.0) -> Outcome:
    """The file system under journal and store has no room for a while. Raises CannotError without root."""
    outcome = Outcome("disk full", 1)
    with _disk(directory, directory / "disk.img") as mount:
        data = mount / "data"
        victim = Victim(data, Load(rows=500, pause_s=0.01))
        try:
            victim.wait_ready()
            victim.wait_until(lambda: bool(victim.acks), READY_MAX_S, "acknowledge anything")
            ballast = _fill(mount)
            victim.wait_until(lambda: victim.retries > 0, 30, "tell senders to retry on a full disk")
            victim.run_for(full_s)
            outcome.retries = victim.retries
            ballast.unlink()
            before = len(victim.acks)
            victim.wait_until(lambda: len(victim.acks) > before + 20, 60, "go on when there was room again")
            victim.stop()
        finally:
            victim.close()
        return _verified(outcome, data, victim.acks)


def cut_power(mount: Path) -> None:
    """From now on the file system writes nothing more, as if the machine had lost power."""
    fd = os.open(mount, os.O_RDONLY)
    try:
        fcntl.ioctl(fd, _SHUTDOWN, struct.pack("I", _NO_FLUSH))
    except OSError as e:
        raise CannotError(f"{mount} cannot be shut down: {e.strerror}") from e
    finally:
        os.close(fd)


def run(times: int = 50, seed: int = 0, directory: Path | None = None) -> list[Outcome]:
    """All faults, longer than in the tests; those that this machine cannot produce are left out with a note.

    directory: scratch space; none: a temporary one, removed afterwards.
    """
    base = Path(tempfile.mkdtemp(prefix="swarmscope-faults-")) if directory is None else directory
    small = {"max_bytes": 32 << 20, "retry_after_s": 0.1}
    faults: list[tuple[str, Any]] = [
        ("kill", lambda where: kills(where, times, seed)),
        ("kill of the server", lambda where: server_kills(where, max(1, times // 2), seed)),
        ("power cut", lambda where: power_cut(where, max(1, times // 5), seed)),
        ("store away", lambda where: store_away(where, 60.0, {})),
        ("journal full", lambda where: store_away(where, 20.0, small, until_full=True)),
        ("disk full", lambda where: disk_full(where, 10.0)),
    ]
    outcomes: list[Outcome] = []
    try:
        for name, fault in faults:
            where = base / name.replace(" ", "-")
            where.mkdir(parents=True)
            try:
                outcomes.append(fault(where))
            except CannotError as e:
                outcomes.append(Outcome(name, 0, notes={"left out": str(e)}))
            shutil.rmtree(where, ignore_errors=True)
    finally:
        if directory is None:
            shutil.rmtree(base, ignore_errors=True)
    return outcomes


def _verified(outcome: Outcome, directory: Path, acks: Sequence[tuple[int, int]]) -> Outcome:
    """Open what is left in a process of its own and count."""
    listed = directory / "acks.json"
    listed.write_text(json.dumps(list(acks)))
    done = subprocess.run(
        [sys.executable, "-m", "swarmscope.bench.victim", "verify", str(directory), str(listed)],
        capture_output=True,
        check=False,
        timeout=VERIFY_MAX_S,
    )
    if done.returncode != 0:
        raise RuntimeError(f"what is left does not open: {done.stderr.decode(errors='replace')[-4000:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    outcome.acknowledged_rows = sum(rows for _, rows in acks)
    outcome.replayed_rows = found["replayed_rows"]
    outcome.replay_rows_per_s = round(found["replayed_rows"] / max(found["replay_s"], 1e-9))
    outcome.notes |= {"journal": found["journal"], "open_s": found["open_s"]}
    return _counted(outcome, found)


def _counted(outcome: Outcome, found: dict[str, Any]) -> Outcome:
    outcome.lost = sum(t["lost"] for t in found["tables"].values())
    outcome.doubled = sum(t["doubled"] for t in found["tables"].values())
    outcome.rollup_wrong = found["rollup_wrong"]
    outcome.notes["tables"] = found["tables"]
    return outcome


@contextlib.contextmanager
def _disk(directory: Path, image: Path, size_mib: int = 512) -> Iterator[Path]:
    """A small ext4 of our own, mounted; made when it does not exist."""
    if os.geteuid() != 0:
        raise CannotError("a file system of our own needs root")
    mount = directory / "mount"
    mount.mkdir(exist_ok=True)
    if not image.exists():
        with image.open("wb") as file:
            file.truncate(size_mib << 20)
        _tool("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(image))
    _tool("mount", "-o", "loop", str(image), str(mount))
    try:
        yield mount
    finally:
        _tool("umount", "-l", str(mount))


def _tool(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError as e:
        raise CannotError(f"{command[0]} is not installed") from e
    if done.returncode != 0:
        raise CannotError(f"{' '.join(command)}: {done.stderr.decode(errors='replace').strip()}")


def _fill(mount: Path) -> Path:
    """A file that takes all room that is left."""
    ballast = mount / "ballast"
    step, size = 64 << 20, 0
    with ballast.open("wb") as file:
        while step >= 4096:
            try:
                os.posix_fallocate(file.fileno(), size, step)
                size += step
            except OSError:
                step //= 2
    return ballast
