"""Where and when: impossible travel, places and hours that a principal was never seen at.

- impossible travel: two events of a principal whose distance would take more than `speed_kmh`.
- unusual place: a country that a principal with enough history of few countries was never seen in.
- unusual hour: an hour of the day that, smoothed over its neighbours, holds less than `hour_share` of a principal's events.

References: great-circle distance by the haversine formula (Sinnott 1984); circular kernel smoothing (Mardia & Jupp 2000).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from swarmscope.detect.security.events import Events, Threat
from swarmscope.detect.verdicts import NOTHING_SAID, Bars

HOUR_NS = 3_600_000_000_000
EARTH_KM = 6_371.0
PRINCIPALS_MAX = 100_000
COUNTRIES_MAX = 32
_KERNEL = np.array([0.25, 0.5, 1.0, 0.5, 0.25]) / 2.5


@dataclass(frozen=True, slots=True)
class Options:
    """speed_kmh and distance_km: beyond both, travel is impossible. history: events before place or hour are judged.

    hour_share: an hour with less is unusual. days: on so many different days at least. refractory_s: not told again so long.
    """

    speed_kmh: float = 1_000.0
    distance_km: float = 300.0
    history: int = 50
    days: int = 3
    hour_share: float = 0.004
    refractory_s: float = 3_600.0

    def __post_init__(self) -> None:
        if min(self.speed_kmh, self.distance_km, self.history, self.days) <= 0 or not 0 < self.hour_share < 1:
            raise ValueError(
                f"speed_kmh={self.speed_kmh}, distance_km={self.distance_km}, history={self.history}, days={self.days} must be "
                f"more than 0, hour_share={self.hour_share} within (0, 1)"
            )


@dataclass(slots=True)
class _Known:
    """What is known of one principal."""

    events: int = 0
    days: set[int] = field(default_factory=set)
    hours: NDArray[np.float64] = field(default_factory=lambda: np.zeros(24))
    countries: dict[str, int] = field(default_factory=dict)
    at_ns: int = 0
    latitude: float = math.nan
    longitude: float = math.nan
    told_ns: dict[str, int] = field(default_factory=dict)


class Places:
    """Follows the principals of one tenant. Not safe from several threads."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self._known: dict[str, _Known] = {}

    def judge(self, given: Events, said: Bars = NOTHING_SAID) -> list[Threat]:
        """Threats of the events that are a person's: those with a country, coordinates, or a login."""
        threats: list[Threat] = []
        told = ~np.isnan(given.latitude)
        told |= np.fromiter((bool(country) for country in given.country), np.bool_, len(given))
        told |= np.fromiter((action == "login" for action in given.action), np.bool_, len(given))
        for i in np.flatnonzero(told).tolist():
            if who := given.principal[i]:
                threats += self._event(given, i, self._of(who), said)
        return threats

    def _of(self, who: str) -> _Known:
        known = self._known.pop(who, None) or _Known()
        if len(self._known) >= PRINCIPALS_MAX:
            del self._known[next(iter(self._known))]  # whom nothing was heard of for longest
        self._known[who] = known
        return known

    def _event(self, given: Events, i: int, known: _Known, said: Bars) -> list[Threat]:
        time = int(given.time_ns[i])
        hour, day = time // HOUR_NS % 24, time // (24 * HOUR_NS)
        found = [
            t
            for t in (self._travel(given, i, known), self._place(given, i, known), self._hour(given, i, known, hour))
            if t and said.admits(1 - t.confidence, given.principal[i], t.kind)
        ]
        known.events += 1
        known.hours[hour] += 1
        if len(known.days) < 64:
            known.days.add(day)
        if given.country[i] and (given.country[i] in known.countries or len(known.countries) < COUNTRIES_MAX):
            known.countries[given.country[i]] = known.countries.get(given.country[i], 0) + 1
        if not math.isnan(given.latitude[i]) and time >= known.at_ns:
            known.at_ns, known.latitude, known.longitude = time, float(given.latitude[i]), float(given.longitude[i])
        answer = []
        for threat in found:
            if time - known.told_ns.get(threat.kind, -(1 << 62)) >= self.options.refractory_s * 1e9:
                known.told_ns[threat.kind] = time
                answer.append(threat)
        return answer

    def _travel(self, given: Events, i: int, known: _Known) -> Threat | None:
        if math.isnan(known.latitude) or math.isnan(given.latitude[i]):
            return None
        km = distance_km(known.latitude, known.longitude, float(given.latitude[i]), float(given.longitude[i]))
        apart = (int(given.time_ns[i]) - known.at_ns) / HOUR_NS  # below 0: it comes late
        hours = max(abs(apart), 1 / 3600)
        if km < self.options.distance_km or km / hours < self.options.speed_kmh:
            return None
        confidence = 1 - math.exp(-km / hours / self.options.speed_kmh)
        message = (
            f"{given.principal[i]} was {km:,.0f} km away {hours * 60:.0f} minutes {'before' if apart >= 0 else 'after'}"
        )
        attributes = {"km": f"{km:.0f}", "hours": f"{hours:.2f}"}
        return Threat(i, "impossible_travel", "high", confidence, "speed", confidence, message, attributes)

    def _place(self, given: Events, i: int, known: _Known) -> Threat | None:
        country = given.country[i]
        seen = sum(known.countries.values())
        if not country or country in known.countries or seen < self.options.history or len(known.countries) > 3:
            return None
        confidence = 1 - (len(known.countries) + 1) / (seen + 2)
        usual = ", ".join(sorted(known.countries, key=lambda c: -known.countries[c]))
        message = f"{given.principal[i]} acts from {country}; until now {seen} times from {usual}"
        return Threat(i, "unusual_place", "medium", confidence, "new_country", confidence, message, {"usual": usual})

    def _hour(self, given: Events, i: int, known: _Known, hour: int) -> Threat | None:
        if known.events < self.options.history or len(known.days) < self.options.days:
            return None
        around = known.hours[(np.arange(hour - 2, hour + 3)) % 24]
        share = float((around * _KERNEL).sum() + 0.5 / 24) / (known.events + 0.5)
        if share >= self.options.hour_share:
            return None
        confidence = 1 - share * 24
        message = f"{given.principal[i]} acts at {hour:02d}:00 UTC, when it acts {share:.1%} of the time"
        return Threat(
            i,
            "unusual_time",
            "low",
            max(0.0, confidence),
            "hour_of_day",
            confidence,
            message,
            {"share": f"{share:.4f}"},
        )


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Along the surface of the earth; degrees in, kilometres out."""
    a, b, c, d = map(math.radians, (latitude, longitude, other_latitude, other_longitude))
    h = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(h)))
