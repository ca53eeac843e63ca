"""What a start takes from the machine and gives back, in processes of their own."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from swarmscope import footprint

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
MAPPING = """7f00000000-7f01000000 {rights} 00001000 fd:00 {inode} {file}
Size:              16384 kB
Rss:                8192 kB
Private_Dirty:  {dirty:>8} kB
Anonymous:      {own:>8} kB
VmFlags: rd ex mr mw me
"""


def python(code: str, *arguments: str) -> list[str]:
    """The lines that a new interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@LINUX
def test_given_large_libraries_when_their_code_is_released_then_memory_falls_and_all_goes_on() -> None:
    code = """
from swarmscope import footprint, telemetry
import llvmlite.binding as llvm, pyarrow.compute as pc
text = "define i32 @f(i32 %a) { ret i32 %a }"
llvm.initialize_native_target(), llvm.parse_assembly(text).verify()
before = telemetry.resident_bytes()
released = footprint.release_code()
print(released > 1 << 20, before - telemetry.resident_bytes() > released // 2)
llvm.parse_assembly(text).verify()
print(pc.sum([1, 2]))
"""
    assert python(code) == ["True True", "3"]


def test_arrow_takes_its_memory_where_numpy_does() -> None:
    code = """
from swarmscope import footprint
footprint.return_memory()
import pyarrow as pa
kept = pa.array(range(1000))
print(pa.default_memory_pool().backend_name, pa.total_allocated_bytes() >= 8000)
"""
    assert python(code) == ["system True"]


@pytest.mark.parametrize(
    ("facts", "released"),
    [
        ({}, 1),
        ({"rights": "r--p"}, 1),
        ({"own": 4}, 0),  # relocated by the loader: these pages exist nowhere else
        ({"dirty": 4}, 0),
        ({"rights": "rw-p"}, 0),
        ({"inode": 0, "file": ""}, 0),
        ({"file": "/data/store/part.bin"}, 0),
    ],
)
def test_only_pages_that_are_as_on_the_disk_are_released(facts: dict[str, object], released: int) -> None:
    given = {"rights": "r-xp", "inode": 7, "file": "/opt/lib x/libbig.so.2600", "dirty": 0, "own": 0} | facts
    found = list(footprint._untouched_code(MAPPING.format(**given) * 2))
    assert found == [(0x7F00000000, 0x7F01000000, 8 << 20)] * 2 * released


@LINUX
def test_the_start_of_the_process_is_told() -> None:
    begun = time.time()
    started = float(python("from swarmscope import footprint; print(footprint.process_started_s())")[0])
    assert begun - 0.1 <= started <= time.time()


@LINUX
def test_threads_that_step_back_are_those_of_the_name_and_no_others() -> None:
    here = "threading.current_thread().native_id"
    told = python(
        "import os, threading\nfrom swarmscope import footprint\n"
        "ready, done = threading.Barrier(2), threading.Event()\n"
        "def work():\n"
        "    open(f'/proc/self/task/{threading.get_native_id()}/comm', 'w').write('mill')\n"
        "    ready.wait(); done.wait()\n"
        "mill = threading.Thread(target=work); mill.start(); ready.wait()\n"
        "print(footprint.step_back('mill', 5), footprint.step_back('none', 5))\n"
        f"print(*(os.getpriority(os.PRIO_PROCESS, t) for t in (mill.native_id, {here})))\n"
        "done.set()"
    )
    assert [line.split() for line in told] == [["1", "0"], ["5", "0"]]


def test_given_pandas_when_left_alone_then_lists_become_arrays_without_it_and_others_import_it() -> None:
    code = """
import sys
import pyarrow as pa
from swarmscope import footprint
footprint.leave_pandas()
print(pa.array(["a", None]).to_pylist(), "pandas" in sys.modules)
import pandas
print(pandas.__name__, len(pa.array([1, 2])))
"""
    assert python(code) == ["['a', None] False", "pandas 2"]


def test_given_a_start_when_it_answers_then_what_only_detectors_need_is_not_loaded(tmp_path: Path) -> None:
    code = """
import sys, asyncio
from swarmscope.app import App
from swarmscope.config import load
ports = {"port": 0, "otlp_grpc_port": 0, "otlp_http_port": 0}
app = App(load(environ={}, overrides={"storage": {"data_dir": sys.argv[1]}, "server": ports}))
state = app.start()
def ready(state, port):
    heavy = ("scipy", "sklearn", "stumpy", "jax", "swarmscope.detect.anomaly", "swarmscope.bench")
    print([name for name in heavy if name in sys.modules], state.detection.warming)
    app.stop()
asyncio.run(app.serve(ready))
print(len(state.detection.roster.listed) > 20, state.detection.warming)
app.close()
"""
    lines = [line for line in python(code, str(tmp_path / "data")) if line[0] in "[TF"]
    assert lines[0] == "[] detectors are being loaded"
    assert lines[1].startswith("True ")


def test_given_a_start_that_is_over_then_garbage_is_looked_for_seldom_and_not_among_what_stays() -> None:
    code = """if True:
        import gc
        from swarmscope import footprint
        gc.disable()
        footprint.collect_seldom()
        looked = [one["collections"] for one in gc.get_stats()]
        kept = [[number] for number in range(5_000)]
        print(gc.isenabled(), gc.get_freeze_count() > 1_000, [one["collections"] for one in gc.get_stats()] == looked)
        for _ in range(3 * footprint.GARBAGE_THRESHOLDS[0]):
            kept.append([kept])
        print([one["collections"] for one in gc.get_stats()] == looked)
    """
    assert python(code) == ["True True True", "False"]
