"""All security detectors over a batch of events: the one way in, for committed batches and for the API alike."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from swarmscope.detect.security import auth, places, prompts, rates, sqli, web
from swarmscope.detect.security.events import Events, Threat, excerpt, subject_of
from swarmscope.detect.security.text import all_decoded, lowered
from swarmscope.detect.verdicts import NOTHING_SAID, Bars

INPUTS = frozenset({"request", "login", "log"})
"""Actions whose text is a value that a program takes in."""
SPOKEN = frozenset({"prompt", "completion", "tool_call", "retrieval"})
SEVERITY = {
    "sql_injection": "high",
    "xss": "medium",
    "command_injection": "high",
    "path_traversal": "high",
    "prompt_injection": "high",
    "tool_abuse": "critical",
    "exfiltration": "critical",
    "secret_exposure": "high",
}
CERTAIN = 0.9
"""Below this confidence a threat is one step milder."""
_MILDER = {"critical": "high", "high": "medium", "medium": "low", "low": "info", "info": "info"}


@dataclass(slots=True)
class Judge:
    """The detectors of one tenant, with what they remember. Not safe from several threads."""

    guessing: auth.Guessing = field(default_factory=auth.Guessing)
    rates: rates.Rates = field(default_factory=rates.Rates)
    places: places.Places = field(default_factory=places.Places)

    def judge(self, given: Events, said: Bars = NOTHING_SAID) -> list[Threat]:
        """What is held against the events, in their order, by the bars that people moved."""
        followed = (self.guessing, self.rates, self.places)
        threats = inspect(given, said)
        for one in followed:
            threats += one.judge(given, said)
        if said:
            threats = [t for t in threats if said.admits(1 - t.confidence, subject_of(given, t.place), t.kind)]
        return sorted(threats, key=lambda t: t.place)


def inspect(given: Events, said: Bars = NOTHING_SAID) -> list[Threat]:
    """What the texts alone tell; nothing is remembered. said: of whom people called a threat true, less evidence is needed."""
    values = [i for i, action in enumerate(given.action) if action in INPUTS and given.text[i]]
    spoken = [i for i, action in enumerate(given.action) if action in SPOKEN and given.text[i]]
    threats = _values(given, values, said) + _spoken(given, spoken)
    return [_confirmed(given, t, said) for t in threats] if said else threats


def _ease(given: Events, place: int, kind: str, said: Bars) -> float:
    """By how much smaller the odds of a threat need to be, by what people called true; 1: nobody did."""
    return float(10 ** max(0.0, -said.of(subject_of(given, place), kind)))


def _confirmed(given: Events, threat: Threat, said: Bars) -> Threat:
    """As severe as its kind is, where it is less than certain but the like of it was called true."""
    if threat.confidence >= CERTAIN:
        return threat
    certain = sqli.eased(CERTAIN, _ease(given, threat.place, threat.kind, said))
    return replace(threat, severity=SEVERITY[threat.kind]) if threat.confidence >= certain else threat


def _values(given: Events, which: list[int], said: Bars) -> list[Threat]:
    if not which:
        return []
    texts = all_decoded([given.text[i] for i in which])
    lower = lowered(pa.array(texts, pa.string()))
    ease = np.array([_ease(given, i, "sql_injection", said) for i in which]) if said else None
    sql = sqli.judge(texts, lower=lower, ease=ease)
    other = web.judge(texts, lower)
    threats = []
    for row in np.flatnonzero(sql.attack | np.array([bool(o) for o in other])):
        place = which[row]
        if sql.attack[row]:
            threats.append(
                _threat(given, place, "sql_injection", float(sql.confidence[row]), sql.family[row], texts[row])
            )
        else:
            threats.append(_threat(given, place, other[row], 0.9, other[row], texts[row]))
    return threats


def _spoken(given: Events, which: list[int]) -> list[Threat]:
    if not which:
        return []
    judged = prompts.judge([given.text[i] for i in which], [given.action[i] for i in which])
    return [
        _threat(given, place, j.kind, j.confidence, j.signs[0], given.text[place], {"signs": ", ".join(j.signs)})
        for place, j in zip(which, judged, strict=True)
        if j.kind
    ]


def _threat(
    given: Events,
    place: int,
    kind: str,
    confidence: float,
    family: str,
    text: str,
    attributes: dict[str, str] | None = None,
) -> Threat:
    severity = SEVERITY[kind]
    if confidence < CERTAIN:
        severity = _MILDER[severity]
    return Threat(place, kind, severity, confidence, family, confidence, excerpt(text), attributes or {})
