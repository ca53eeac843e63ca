"""SQL injection: two judges that must agree, and seven families that are named.

libinjection tells whether a text parses as a piece of SQL, which prose sometimes does; the n-gram model tells whether it looks
like an attack. What both hold for one is one; so is what the model is certain of, and what carries an unmistakable sign of a
family. A text of plain words and numbers goes past both.

References: libinjection (Galbreath, Black Hat USA 2012); families of Halfond, Viegas & Orso, A Classification of SQL Injection
Attacks and Countermeasures, ISSSE 2006.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import libinjection
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope.detect.security.ngrams import Model, shipped
from swarmscope.detect.security.signs import signs
from swarmscope.detect.security.text import hits, lowered

_SIGNS = signs()["sqli"]
FAMILIES: dict[str, str] = _SIGNS["families"]
"""By name: what only a text of that family has, the most telling family first."""
_ANY = "|".join(FAMILIES.values())
BOTH, MODEL, SIGNED = 0.2, 0.97, 0.05
"""Least probability by the n-gram model: where libinjection says so too; alone; beside a sign of a family."""
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One entry per text. family: name, empty where there is no attack. confidence: in [0, 1]; 0 for harmless."""

    attack: NDArray[np.bool_]
    confidence: F64
    family: list[str]


def judge(
    texts: Sequence[str], model: Model | None = None, lower: pa.Array | None = None, ease: F64 | None = None
) -> Verdicts:
    """Which of the decoded texts are injections. lower: the same in lower case, where it is at hand. ease: by how much smaller
    the odds of each need to be, where people called earlier ones true."""
    n = len(texts)
    attack, confidence, family = np.zeros(n, np.bool_), np.zeros(n), [""] * n
    lower = lowered(pa.array(texts, pa.string())) if lower is None else lower
    suspects = np.flatnonzero(hits(lower, _SIGNS["hints"]))
    if not suspects.size:
        return Verdicts(attack, confidence, family)
    some = [texts[i] for i in suspects.tolist()]
    probability = (model or shipped()).probability(some)
    low = lower.take(pa.array(suspects))
    both, alone, beside = (eased(p, 1.0 if ease is None else ease[suspects]) for p in (BOTH, MODEL, SIGNED))
    signed = np.zeros(len(some), np.bool_)
    likely = np.flatnonzero(probability > beside)  # below, no sign makes it an attack
    signed[likely] = hits(low.take(pa.array(likely)), _ANY)
    asked = np.flatnonzero((probability > both) & (probability <= alone))
    parsed = np.zeros(len(some), np.bool_)
    parsed[asked] = [bool(libinjection.is_sql_injection(some[i])["is_sqli"]) for i in asked]
    certain = hits(low, _SIGNS["certain"])
    found = certain | (probability > alone) | (parsed & (probability > both)) | (signed & (probability > beside))
    where = suspects[found]
    attack[where] = True
    confidence[where] = np.maximum(probability[found], np.where((signed | certain)[found], 0.9, 0.5))
    for i, name in zip(where, families(low.filter(pa.array(found))), strict=True):
        family[i] = name
    return Verdicts(attack, confidence, family)


def eased(probability: float, ease: Any) -> Any:
    """A bar whose odds are smaller by `ease`, a number or one of each text."""
    return probability / (probability + (1 - probability) * ease)


def families(lower: pa.Array) -> list[str]:
    """The family of each injection: the first whose sign it has; `tautology` where it has none."""
    names = np.full(len(lower), "", dtype=object)
    for name, pattern in FAMILIES.items():
        hit = hits(lower, pattern)
        names[(names == "") & hit] = name
    names[names == ""] = "tautology"
    return [str(name) for name in names]
