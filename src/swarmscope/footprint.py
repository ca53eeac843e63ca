"""What the process takes from the machine, and what of it goes back."""

from __future__ import annotations

import ctypes
import gc
import os
import re
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType

import pyarrow as pa

FILES_WANTED = 65_536
MALLOC = {-3: 16 << 20, -1: 64 << 20, -8: 4}
"""glibc's M_MMAP_THRESHOLD and M_TRIM_THRESHOLD (bytes), M_ARENA_MAX; malloc.h."""
GARBAGE_THRESHOLDS = (10_000, 20, 50)
"""Of new objects, and how often the younger ones are looked through before the older: Python's `gc.set_threshold`."""
LIBRARY_MIN_BYTES = 8 << 20  # of a mapping that is worth a look
_MADV_DONTNEED = 4  # asm-generic/mman-common.h
_SMAPS = Path("/proc/self/smaps")
_MAPPING = re.compile(
    r"^(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) r-[x-]p \S+ \S+ [1-9]\d* +/.*\.so[.\d]*\n(?P<facts>(?:[A-Z]\w+:.*\n)+)",
    re.MULTILINE,
)
_FACT = re.compile(r"^(\w+): +(\d+) kB", re.MULTILINE)


def raise_file_limit() -> None:
    """The store and many connections need files; take what the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def return_memory() -> None:
    """Large arrays go back to the system when they are freed. Left alone, the C library keeps what is below 32 MiB.

    Arrow takes its memory from the C library too: its own allocator gives pages back within 10 ms of a batch and has them
    cleared by the system for the next one, two megabytes at a time.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    tune = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if tune is not None:  # musl has none
        for parameter, value in MALLOC.items():
            tune(parameter, value)


class _WithoutPandas(MetaPathFinder):
    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname, name=fullname)


def leave_pandas() -> None:
    """Let Arrow find no pandas, which it looks for once, at the first list it makes an array of: half a second of a start and
    30 MB, only to ask of each list whether it is one of pandas'. Others import it as ever.
    """
    finder = _WithoutPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(finder)


def step_back(name: str, niceness: int) -> int:
    """Let other threads come before those of this process that the system knows by a name; how many there are.

    A thread cannot be put forward again without a privilege, so niceness should leave it a share under full load.
    """
    if sys.platform != "linux":  # elsewhere a priority is a whole process's
        return 0
    found = 0
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # it has ended meanwhile
            if (thread / "comm").read_text().strip() == name:
                os.setpriority(os.PRIO_PROCESS, int(thread.name), niceness)
                found += 1
    return found


def process_started_s() -> float:
    """When this process began, in seconds since the epoch, to a hundredth; now, where the system does not tell."""
    try:
        ticks = int(Path("/proc/self/stat").read_text("ascii", "replace").rpartition(")")[2].split()[19])
        age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):
        return time.time()
    return time.time() - age_s


def collect_seldom() -> None:
    """Look for garbage from now on, seldom, and not among what a start made, which stays.

    All threads wait meanwhile: with fifteen thousand live agents 73 ms of processor time, every quarter of a minute by
    Python's own thresholds, for the few objects that refer to each other.
    """
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    gc.enable()


def tidy() -> None:
    """Give back what is not used: garbage of the start, free pages of the heap, pages of code."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    trim_heap()
    release_code()


def trim_heap() -> None:
    """Give free pages of the C library's heap back, between used ones too."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # glibc only
        trim(0)


def release_code() -> int:
    """Let go of the pages of large libraries that are as they are on the disk: a start touches many of them once. Bytes of
    memory that were let go.

    What is used again comes from the machine's page cache, where it stays while there is room. Pages that the loader changed
    (relocated addresses) exist nowhere else: a mapping that has one such page is left alone.
    """
    if sys.platform != "linux":
        return 0
    advise = ctypes.CDLL(None, use_errno=True).madvise
    advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    released = 0
    for start, end, resident in _untouched_code(_SMAPS.read_text("ascii", "replace")):
        if advise(start, end - start, _MADV_DONTNEED) == 0:
            released += resident
    return released


def _untouched_code(smaps: str) -> Iterator[tuple[int, int, int]]:
    """(start, end, resident bytes) of mappings of large libraries that nobody can write or has written; of proc(5)'s smaps."""
    for found in _MAPPING.finditer(smaps):
        facts = dict(_FACT.findall(found["facts"]))
        start, end = int(found["start"], 16), int(found["end"], 16)
        if end - start >= LIBRARY_MIN_BYTES and facts.get("Anonymous") == "0" and facts.get("Private_Dirty") == "0":
            yield start, end, int(facts["Rss"]) << 10
