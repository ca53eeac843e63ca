"""What comes in at all: ids, the time window, head sampling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from swarmscope.ingest.columns import I32, I64, U8, U64
from swarmscope.ingest.kernels.jit import Flag, Int, byte, inline, kernel

VERDICT_KEEP, VERDICT_OLD, VERDICT_FUTURE, VERDICT_NO_ID, VERDICT_SAMPLED_OUT, VERDICT_CARDINALITY = range(6)
VERDICTS = 6


@inline
def _hex(c: Int) -> Int:
    if c >= 48 and c <= 57:
        return c - 48
    if c >= 97 and c <= 102:
        return c - 87
    return -1


@inline
def _explicit(data: U8, start: Int, stop: Int) -> Int:
    """The randomness that a trace state tells (`ot=…rv:<14 hex>`), -1 for none."""
    p = start
    while p + 17 <= stop:
        if byte(data, p) == 114 and byte(data, p + 1) == 118 and byte(data, p + 2) == 58:
            value = np.int64(0)
            for i in range(14):
                h = _hex(byte(data, p + 3 + i))
                if h < 0:
                    return np.int64(-1)
                value = value * 16 + h
            return value
        p += 1
    return np.int64(-1)


@kernel
def judge_spans(
    start: U64,
    end: U64,
    trace_id: NDArray[np.uint8],
    span_id: NDArray[np.uint8],
    trace_state: I32,
    pool_offsets: I64,
    pool_data: U8,
    oldest: Int,
    newest: Int,
    threshold: Int,
    verdicts: U8,
) -> Flag:
    """A verdict for every span; whether all are kept. threshold: spans whose 56 random bits lie below are sampled out."""
    clean = True
    for i in range(start.size):
        t, e = start[i], end[i]
        v = VERDICT_KEEP
        if t < np.uint64(oldest):
            v = VERDICT_OLD
        elif t > np.uint64(newest) or e > np.uint64(newest):
            v = VERDICT_FUTURE
        else:
            some = np.int64(0)
            for b in range(16):
                some |= np.int64(trace_id[i, b])
            own = np.int64(0)
            for b in range(8):
                own |= np.int64(span_id[i, b])
            if some == 0 or own == 0:
                v = VERDICT_NO_ID
            elif threshold > 0:
                random = np.int64(-1)
                if trace_state[i] != 0:
                    random = _explicit(pool_data, pool_offsets[trace_state[i]], pool_offsets[trace_state[i] + 1])
                if random < 0:
                    random = np.int64(0)
                    for b in range(9, 16):
                        random = random * 256 + np.int64(trace_id[i, b])
                if random < threshold:
                    v = VERDICT_SAMPLED_OUT
        verdicts[i] = np.uint8(v)
        clean = clean and v == VERDICT_KEEP
    return clean


@kernel
def judge_times(time: U64, oldest: Int, newest: Int, verdicts: U8) -> Flag:
    """A verdict for every record by its time; whether all are kept."""
    clean = True
    for i in range(time.size):
        v = VERDICT_KEEP
        if time[i] < np.uint64(oldest):
            v = VERDICT_OLD
        elif time[i] > np.uint64(newest):
            v = VERDICT_FUTURE
        verdicts[i] = np.uint8(v)
        clean = clean and v == VERDICT_KEEP
    return clean


@kernel
def tally(resource: I32, request_of: I32, verdicts: U8, requests: Int) -> I64:
    """requests × verdicts, how many items each."""
    out = np.zeros((requests, VERDICTS), np.int64)
    for i in range(resource.size):
        out[request_of[resource[i]], verdicts[i]] += 1
    return out


@kernel
def tenants_of(rows: I32, resource: I32, request_of: I32, tenant_of: I32) -> I32:
    """Tenant number of every row."""
    out = np.empty(rows.size, np.int32)
    for i in range(rows.size):
        out[i] = tenant_of[request_of[resource[rows[i]]]]
    return out
