"""Series written in the text format of Prometheus or OpenMetrics: what `/federate` gives to others.

Source: Prometheus, "Exposition formats" and "Federation"; OpenMetrics 1.0. Native histograms have no place in either text
format and are left out, as in Prometheus.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from swarmscope.serve.prometheus_json import moment, number

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"'})
Sample = tuple[Mapping[str, str], int, float]


def wants_openmetrics(accept: str) -> bool:
    """Whether a client prefers OpenMetrics. accept: the header."""
    weights: dict[str, float] = {}
    for part in accept.split(","):
        media, *parameters = (p.strip() for p in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 0.0
        weights[media] = max(weight, weights.get(media, 0.0))
    return weights.get("application/openmetrics-text", 0.0) > weights.get("text/plain", weights.get("*/*", 0.0))


def written(samples: Iterable[Sample], types: Mapping[str, str], openmetrics: bool) -> str:
    """One line per sample, a TYPE line per metric. samples: labels with `__name__`, milliseconds, value."""
    lines: list[str] = []
    before = None
    for labels, time_ms, value in sorted(samples, key=lambda s: (s[0].get("__name__", ""), sorted(s[0].items()))):
        name = labels.get("__name__", "")
        if name != before:
            kind = types.get(name, "untyped")
            lines.append(f"# TYPE {_name(name)} {'unknown' if openmetrics else kind if kind in _TYPES else 'untyped'}")
            before = name
        pairs = ",".join(f'{_label(k)}="{v.translate(_ESCAPES)}"' for k, v in sorted(labels.items()) if k != "__name__")
        at = moment(time_ms) if openmetrics else str(time_ms)
        lines.append(f"{_series(name, pairs)} {number(value)} {at}")
    if openmetrics:
        lines.append("# EOF")
    return "\n".join(lines) + "\n" if lines else ""


_TYPES = frozenset({"counter", "gauge"})


def _plain(name: str) -> bool:
    return bool(name) and not name[0].isdigit() and all(c.isascii() and (c.isalnum() or c in "_:") for c in name)


def _name(name: str) -> str:
    return name if _plain(name) else f'"{name.translate(_ESCAPES)}"'


def _label(name: str) -> str:
    return name if _plain(name) and ":" not in name else f'"{name.translate(_ESCAPES)}"'


def _series(name: str, pairs: str) -> str:
    if _plain(name):
        return f"{name}{{{pairs}}}" if pairs else name
    inner = f"{_name(name)},{pairs}" if pairs else _name(name)
    return f"{{{inner}}}"
