"""The loops of `kernels` as machine code. Until it is there, queries take the other ways of `grids`."""

from __future__ import annotations

from typing import Any

import numpy as np

from swarmscope.machine_code import Loops
from swarmscope.query.promql import kernels


def _run(made: Any) -> None:
    zero, one = np.zeros(1, np.int64), np.ones(1, np.int64)
    t, v = np.zeros(1, np.int32), np.zeros(1)
    u32, bits = np.zeros(1, np.uint32), np.zeros(1, np.uint64)
    out, present = np.zeros((1, 1)), np.zeros((1, 1), bool)
    made.gather_whole(zero, one, u32, t, 1.0, 0, zero.copy(), t.copy(), v.copy())
    made.gather_floats(zero, one, u32, bits, True, 0, zero.copy(), t.copy(), bits.copy())
    made.last(zero, one, t, v, bits, 1, 1, True, out, present)
    made.count(zero, one, t, 1, 1, out, present)
    made.extreme(zero, one, t, v, 1, 1, kernels.MAX, out, present)
    made.change(zero, one, t, v, 1, 1, kernels.RATE, out, present)
    made.grouped_count(present, zero, np.zeros((1, 1), np.int64))
    made.grouped_sum(out, present, zero, out.copy(), out.copy())


LOOPS = Loops(
    "promql",
    f"{__name__}:LOOPS",
    (
        kernels.gather_whole,
        kernels.gather_floats,
        kernels.last,
        kernels.count,
        kernels.extreme,
        kernels.change,
        kernels.grouped_count,
        kernels.grouped_sum,
    ),
    _run,
)
loops, wait = LOOPS.get, LOOPS.wait
