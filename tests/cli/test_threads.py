"""Linear algebra takes one thread a call in whatever the command line starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.needed import unavailable

PROGRAM = """
import sys
from swarmscope.cli import main
try:
    main(["--version"])
except SystemExit:
    pass
import numpy
numpy.ones((300, 300)) @ numpy.ones((300, 300))
import os
print(len(os.listdir("/proc/self/task")))
"""


def test_a_multiplication_wakes_no_second_thread_unless_the_environment_asks_for_it() -> None:
    if not Path("/proc/self/task").is_dir() or (os.cpu_count() or 1) < 2:
        unavailable("threads are counted as Linux lists them, and one core has one thread anyway")

    def threads(asked: dict[str, str]) -> int:
        environ = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
        told = subprocess.run(
            [sys.executable, "-c", PROGRAM], env={**environ, **asked}, capture_output=True, text=True, check=True
        )
        return int(told.stdout.split()[-1])

    alone = threads({})
    assert threads({"OPENBLAS_NUM_THREADS": "2"}) == alone + 1
