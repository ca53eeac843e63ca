"""Texts as small numbers, so that windows over many principals are arithmetic; bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

CODES_MAX = 200_000


@dataclass(slots=True)
class Codes:
    """Gives each text a number from 0. When `most` are known all are forgotten: `of` then says so by a new `age`."""

    most: int = CODES_MAX
    age: int = 0
    _codes: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._codes)

    def of(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """The numbers of `texts`, shape (n,); new texts get the next ones."""
        if len(self._codes) > self.most:
            self._codes.clear()
            self.age += 1
        column = pa.array(texts, pa.string()).dictionary_encode()
        codes, distinct = self._codes, column.dictionary.to_pylist()
        known = np.empty(len(distinct), np.int64)
        for place, text in enumerate(distinct):
            code = codes.get(text)
            if code is None:
                code = codes[text] = len(codes)
            known[place] = code
        answer: NDArray[np.int64] = known[column.indices.to_numpy()]
        return answer
