"""Payment card numbers: network, length, grouping and check digit are right, and nothing adjoins."""

from __future__ import annotations

import numpy as np

from swarmscope.ingest.columns import I64, U8, Strings
from swarmscope.ingest.kernels import redact as kernels
from swarmscope.ingest.rules.base import BYTE_CLASSES, Rule


class Card(Rule):
    """Payment card numbers: network, length, grouping and check digit are right, and nothing adjoins."""

    name = "card"
    order = 60
    hints = kernels.HINT_CARD
    examples = (("pay 4111 1111 1111 1111", "pay {}"), ("pay 4111 1111 1111 1112",) * 2)

    def apply(self, strings: Strings, rows: I64, marker: str, hints: U8 | None = None) -> tuple[Strings, int]:
        """As every rule does, by a kernel: no expression can reckon a check digit."""
        starts, stops, bares = kernels.find_cards(rows, strings.offsets, strings.data, BYTE_CLASSES)
        if starts.size == 0:
            return strings, 0
        text = np.frombuffer(marker.encode(), np.uint8)
        quoted = np.frombuffer(f'"{marker}"'.encode(), np.uint8)
        made = kernels.splice(strings.offsets, strings.data, starts, stops, bares, text, quoted)
        return Strings(*made), starts.size
