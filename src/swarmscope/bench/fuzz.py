"""Fuzz the OTLP kernels: mutated requests, with the input and every buffer flush against a page that may not be touched.

A read or write out of bounds ends the process, so the work is done in a child; the request that killed it is kept in a
file. Besides, the kernels must refuse what protobuf refuses, and read the rest as protobuf reads it.
"""

from __future__ import annotations

import ctypes
import mmap
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.errors import DecodeError, LimitError

SIGNALS = ("traces", "logs", "metrics")
INPUT_BYTES_MAX = 64 * 1024
ORACLE_EVERY = 8  # protobuf and Python read every eighth case too; they take most of the time
TIGHT_FOR = 24  # cases until a scanner starts anew with buffers that are too small
_PAGE = mmap.PAGESIZE
_libc = ctypes.CDLL(None, use_errno=True)
_COLUMNS = {"traces": "spans", "logs": "logs", "metrics": "metrics"}


@dataclass(slots=True)
class Report:
    """What a run saw. `crash` is the file with the request that ended the process; `differences` the requests that differ."""

    cases: int = 0
    accepted: int = 0
    refused: int = 0
    compared: int = 0
    seconds: float = 0.0
    crash: str = ""
    differences: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.crash and not self.differences


def _guarded(like: NDArray[Any]) -> NDArray[Any]:
    """A copy of an array that ends where a page begins that may not be touched, as may the page before the first."""
    pages = -(-like.nbytes // _PAGE)
    region = mmap.mmap(-1, (pages + 2) * _PAGE)
    start = ctypes.addressof(ctypes.c_char.from_buffer(region))
    for page in (0, pages + 1):
        if _libc.mprotect(ctypes.c_void_p(start + page * _PAGE), ctypes.c_size_t(_PAGE), 0):
            raise OSError(ctypes.get_errno(), "mprotect failed")
    offset = (pages + 1) * _PAGE - like.nbytes
    copy = np.frombuffer(region, like.dtype, like.size, offset).reshape(like.shape)
    copy[...] = like
    return copy


def _guard(owner: Any) -> None:
    """Have every buffer that the owner takes into use guarded."""
    use = owner.use
    owner.use = lambda arrays: use({name: _guarded(array) for name, array in arrays.items()})


def _guarded_scanner(rows: int, data: int) -> Any:
    """A scanner with guarded buffers of the given first sizes."""
    from swarmscope.ingest.wire.scan import Scanner

    scanner = Scanner()
    _guard(scanner._strings)
    scanner._strings.clear()
    for name in _COLUMNS.values():
        for table in getattr(scanner, f"_{name}").tables.values():
            _guard(table)
            table.allocate(rows, data if table.table.text else 0)
    return scanner


class _Seeds:
    """Requests with everything in them, as protobuf writes them."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.bodies = {signal: [self._request(signal) for _ in range(24)] for signal in SIGNALS}

    def _request(self, signal: str) -> bytes:
        from swarmscope.ingest.wire.plain import REQUESTS

        message = REQUESTS[signal]()
        self._fill(message, 0)
        encoded: bytes = message.SerializeToString()
        return encoded[:INPUT_BYTES_MAX]

    def _fill(self, message: Any, depth: int) -> None:
        for descriptor in message.DESCRIPTOR.fields:
            if self.chance.random() < (0.15 if depth < 4 else 0.5):
                continue
            if descriptor.message_type is None:
                value = self._scalar(descriptor)
                if descriptor.is_repeated:
                    getattr(message, descriptor.name).extend([value] * self.chance.randrange(4))
                else:
                    setattr(message, descriptor.name, value)
            elif depth < 14:
                inner = getattr(message, descriptor.name)
                if not descriptor.is_repeated:
                    inner.SetInParent()
                    self._fill(inner, depth + 1)
                    continue
                for _ in range(self.chance.randrange(1, 4)):
                    self._fill(inner.add(), depth + 1)

    def _scalar(self, descriptor: Any) -> Any:
        c = self.chance
        kinds: dict[Any, Callable[[], Any]] = {
            descriptor.CPPTYPE_STRING: lambda: c.choice(["", "chat", "gen_ai.system", 'é\n"\\', "x" * c.randrange(90)]),
            descriptor.CPPTYPE_BOOL: lambda: True,
            descriptor.CPPTYPE_DOUBLE: lambda: c.choice(
                [0.0, 0.1, -1e300, 5e-324, float("nan"), float("inf"), c.random()]
            ),
            descriptor.CPPTYPE_ENUM: lambda: c.choice([0, 1, 2, 300]),
        }
        if descriptor.type == descriptor.TYPE_BYTES:
            return c.randbytes(c.choice([0, 7, 8, 16]))
        if descriptor.cpp_type in kinds:
            return kinds[descriptor.cpp_type]()
        signed = descriptor.cpp_type in (descriptor.CPPTYPE_INT32, descriptor.CPPTYPE_INT64)
        return c.choice([0, 1, 127, 128, 2**31 - 1, -1 if signed else 2**32 - 1])

    def case(self, signal: str) -> bytes:
        """A mutated request."""
        body = bytearray(self.chance.choice(self.bodies[signal]))
        for _ in range(self.chance.choice((0, 1, 1, 1, 2, 5))):
            self._mutate(body)
        if self.chance.random() < 0.1:
            del body[self.chance.randrange(len(body) + 1) :]
        return bytes(body[:INPUT_BYTES_MAX])

    def _mutate(self, body: bytearray) -> None:
        c = self.chance
        at = c.randrange(len(body) + 1)
        kind = c.randrange(7)
        if kind == 0 and at < len(body):
            body[at] ^= 1 << c.randrange(8)
        elif kind == 1 and at < len(body):
            body[at] = c.choice((0, 1, 0x7F, 0x80, 0xFF, 0x0A, 0x12, 0x2A, 0x4A))
        elif kind == 2:
            del body[at : at + c.randrange(1, 9)]
        elif kind == 3:
            body[at:at] = c.randbytes(c.randrange(1, 9))
        elif kind == 4:
            body[at:at] = b"\xff" * c.randrange(1, 11)
        elif kind == 5:
            other = c.randrange(len(body) + 1)
            body[at:at] = body[other : other + c.randrange(1, 65)]
        else:
            body[at : at + 8] = c.randbytes(8)


def cases(seed: int) -> Iterator[tuple[str, bytes]]:
    """Endless (signal, body), the same for the same seed; first every truncation of a request of each signal."""
    seeds = _Seeds(random.Random(seed))
    for signal in SIGNALS:
        body = min(seeds.bodies[signal], key=len)
        yield from ((signal, body[:n]) for n in range(len(body) + 1))
    while True:
        for signal in SIGNALS:
            yield signal, seeds.case(signal)


def _work(seconds: float, seed: int, case_file: Path) -> Report:
    """The child's part."""
    from swarmscope.bench.same import readable
    from swarmscope.ingest.wire import plain, ready

    ready.load()
    report = Report()
    tight, roomy = _guarded_scanner(4, 256), _guarded_scanner(2048, 512 * 1024)
    room = _guarded(np.zeros(INPUT_BYTES_MAX, np.uint8))
    case_file.write_bytes(bytes(INPUT_BYTES_MAX + 16))
    with case_file.open("r+b") as file, mmap.mmap(file.fileno(), 0) as seen:
        begun = time.monotonic()
        for signal, body in cases(seed):
            if time.monotonic() - begun > seconds:
                break
            seen[:16] = f"{signal:8}{len(body):8}".encode()
            seen[16 : 16 + len(body)] = body
            input_ = room[len(room) - len(body) :]
            input_[:] = np.frombuffer(body, np.uint8)
            report.cases += 1
            if report.cases % TIGHT_FOR == 0:
                tight = _guarded_scanner(4, 256)
            outcomes = [_outcome(scanner, signal, input_.data) for scanner in (tight, roomy)]
            accepted = outcomes[0] is not None
            report.accepted += accepted
            report.refused += not accepted
            if report.cases % ORACLE_EVERY == 0 or outcomes[0] != outcomes[1]:
                report.compared += 1
                oracle = plain.Scanner()
                n = _outcome(oracle, signal, body)
                same = outcomes == [n, n]
                for scanner in (tight, roomy) if same else ():
                    same = same and readable(_columns(scanner, signal)) == readable(_columns(oracle, signal))
                if not same and len(report.differences) < 20:
                    report.differences.append(f"{signal} {body.hex()}")
        report.seconds = time.monotonic() - begun
    return report


def _outcome(scanner: Any, signal: str, body: Any) -> int | None:
    """Items of a request alone in a scanner, None where it is refused."""
    scanner.reset()
    try:
        items: int = getattr(scanner, f"add_{signal}")(body, 0)
    except (DecodeError, LimitError):
        return None
    return items


def _columns(scanner: Any, signal: str) -> Any:
    return getattr(scanner, _COLUMNS[signal])()


def run(seconds: float = 60.0, seed: int = 0, keep: Path | None = None) -> Report:
    """Fuzz for so long in a child process. keep: directory for the request of a crash; none: the temporary one."""
    import msgspec

    folder = keep or Path(tempfile.mkdtemp(prefix="swarmscope-fuzz-"))
    case_file = folder / f"case-{seed}.bin"
    program = (
        "import sys, msgspec; from pathlib import Path; from swarmscope.bench import fuzz; "
        "sys.stdout.buffer.write(msgspec.json.encode(fuzz._work(float(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))))"
    )
    command = [sys.executable, "-c", program, str(seconds), str(seed), str(case_file)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode == 0:
        case_file.unlink(missing_ok=True)
        return msgspec.json.decode(done.stdout, type=Report)
    error = done.stderr.decode(errors="replace").strip().splitlines()
    return Report(crash=f"{case_file} (status {done.returncode}): {error[-1] if error else ''}")
