"""Encoded requests that wait to be sent: a queue per signal, one bound in bytes for all."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

from swarmscope_sdk.sink import Signal


@dataclass(frozen=True, slots=True)
class Payload:
    """One encoded request."""

    signal: Signal
    body: bytes
    items: int


class Backlog:
    """Not thread-safe: its owner holds a lock. `order` says whose turn it is first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._queues: dict[Signal, deque[Payload]] = {"traces": deque(), "logs": deque(), "metrics": deque()}
        self._bytes: Counter[Signal] = Counter()
        self.order: list[Signal] = list(self._queues)

    def __bool__(self) -> bool:
        return any(self._queues.values())

    @property
    def nbytes(self) -> int:
        """Bytes of all payloads."""
        return self._bytes.total()

    def items(self) -> Counter[Signal]:
        """Items by signal."""
        return Counter({signal: sum(p.items for p in queue) for signal, queue in self._queues.items()})

    def push(self, payload: Payload) -> list[Payload]:
        """Add one; returns what had to go for it: the oldest of the signal that takes most. The newest always stays."""
        self._queues[payload.signal].append(payload)
        self._bytes[payload.signal] += len(payload.body)
        dropped = []
        while self.nbytes > self._max_bytes:
            others = [signal for signal, queue in self._queues.items() if queue and queue[0] is not payload]
            if not others:
                break
            dropped.append(self.pop(max(others, key=self._bytes.__getitem__)))
        return dropped

    def first(self, signal: Signal) -> Payload | None:
        """The oldest of a signal, None without."""
        queue = self._queues[signal]
        return queue[0] if queue else None

    def pop(self, signal: Signal) -> Payload:
        """Take the oldest of a signal away."""
        payload = self._queues[signal].popleft()
        self._bytes[signal] -= len(payload.body)
        return payload

    def postpone(self, signal: Signal) -> None:
        """A signal that could not be sent comes last the next time, so that it does not hold up the others."""
        self.order = [other for other in self.order if other != signal] + [signal]

    def clear(self) -> None:
        """Forget all."""
        for queue in self._queues.values():
            queue.clear()
        self._bytes.clear()
