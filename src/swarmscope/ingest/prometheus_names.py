"""What PromQL calls a metric and its labels that came by OTLP.

Source: OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility", as Prometheus' otlptranslator does it with
`UnderscoreEscapingWithSuffixes`: dots become underscores, the unit is spelled out at the end, counters end in `_total`.
Prometheus knows the sender by `job` and `instance`; both are added beside the labels that we keep of a resource.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swarmscope.ingest import arrow
from swarmscope.model.tables import SERIES

_UNITS = {
    "d": "days", "h": "hours", "min": "minutes", "s": "seconds", "ms": "milliseconds", "us": "microseconds",
    "ns": "nanoseconds", "By": "bytes", "KiBy": "kibibytes", "MiBy": "mebibytes", "GiBy": "gibibytes",
    "TiBy": "tibibytes", "KBy": "kilobytes", "MBy": "megabytes", "GBy": "gigabytes", "TBy": "terabytes", "m": "meters",
    "V": "volts", "A": "amperes", "J": "joules", "W": "watts", "g": "grams", "Cel": "celsius", "Hz": "hertz", "1": "",
    "%": "percent",
}  # fmt: skip
_PER = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year"}
IDENTIFYING = ("service.name", "service.namespace", "service.instance.id")
_APART = re.compile(r"[^a-zA-Z0-9:]+")
_FOREIGN = re.compile(r"[^a-zA-Z0-9_]")


@lru_cache(maxsize=16_384)
def metric_name(name: str, unit: str, kind: str) -> str:
    """The name of a metric; kind: as in `series.kind`."""
    tokens = [token for token in _APART.split(name) if token]
    main, per = _unit_tokens(unit)
    if main and main not in tokens:
        tokens.append(main)
    if per and per not in tokens:
        tokens += ["per", per]
    if kind == "counter":
        tokens = [token for token in tokens if token != "total"] + ["total"]  # noqa: S105 # a suffix, no secret
    elif kind == "gauge" and unit == "1":
        tokens = [token for token in tokens if token != "ratio"] + ["ratio"]  # noqa: S105 # a suffix, no secret
    made = "_".join(tokens)
    return f"_{made}" if made[:1].isdigit() else made


def _unit_tokens(unit: str) -> tuple[str, str]:
    main, _, per = unit.partition("/")
    return _clean(_known(main.strip(), _UNITS)), _clean(_known(per.strip(), _PER))


def _known(unit: str, names: dict[str, str]) -> str:
    return "" if "{" in unit or "}" in unit else names.get(unit, unit)


def _clean(unit: str) -> str:
    return "_".join(token for token in _APART.split(unit) if token)


@lru_cache(maxsize=16_384)
def label_name(key: str) -> str:
    """The name of a label."""
    made = _FOREIGN.sub("_", key)
    if made[:1].isdigit():
        return f"key_{made}"
    return f"key{made}" if made.startswith("_") and not made.startswith("__") else made


def names_column(metric: pa.DictionaryArray, unit: pa.DictionaryArray, kind: pa.DictionaryArray) -> pa.DictionaryArray:
    """`prometheus_name` of series."""
    columns = (metric.to_pylist(), unit.to_pylist(), kind.to_pylist())
    return pa.array([metric_name(*row) for row in zip(*columns, strict=True)], pa.string()).dictionary_encode()


def labels_column(labels: pa.MapArray) -> pa.MapArray:
    """`prometheus_labels` of series. Two keys that become one name are joined by `;`, in the order of the keys."""
    offsets = labels.offsets.to_numpy()
    owner = np.repeat(np.arange(len(labels)), np.diff(offsets))
    keys = labels.keys.dictionary_encode()
    known = keys.dictionary.to_pylist()
    indices = keys.indices.to_numpy()
    names = [label_name(key) for key in known]
    owners, codes, values = [owner], [indices], [labels.items]
    for source, target in (("service.name", "job"), ("service.instance.id", "instance")):
        if source in known:
            rows = np.flatnonzero(indices == known.index(source))
            owners.append(owner[rows])
            codes.append(np.full(rows.size, len(names), indices.dtype))
            names.append(target)
            found = labels.items.take(pa.array(rows))
            values.append(_with_namespace(found, owner[rows], labels) if target == "job" else found)
    whole_owner, whole_code = np.concatenate(owners), np.concatenate(codes)
    made_keys = pa.DictionaryArray.from_arrays(pa.array(whole_code), pa.array(names, pa.string())).cast(pa.string())
    order = np.argsort(whole_owner, kind="stable")
    picked = pa.array(order)
    new_offsets = np.zeros(len(labels) + 1, np.int32)
    np.cumsum(np.bincount(whole_owner, minlength=len(labels)), out=new_offsets[1:])
    column = arrow.maps(new_offsets, made_keys.take(picked), pa.concat_arrays(values).take(picked))
    return column if len(set(names)) == len(names) else _merged(column)


def _with_namespace(
    jobs: pa.StringArray, owner: np.ndarray[tuple[int], np.dtype[np.int64]], labels: pa.MapArray
) -> pa.Array:
    spaces = pc.map_lookup(labels.take(pa.array(owner)), "service.namespace", "first").fill_null("")
    whole = pc.binary_join_element_wise(spaces, jobs, "/")
    return pc.if_else(pc.equal(spaces, ""), jobs, whole)


def _merged(column: pa.MapArray) -> pa.MapArray:
    rows = []
    for row in column.to_pylist():
        made: dict[str, str] = {}
        for key, value in row:
            made[key] = f"{made[key]};{value}" if key in made else value
        rows.append(list(made.items()))
    return pa.array(rows, column.type)


def info_labels_column(attributes: pa.MapArray) -> pa.MapArray:
    """`prometheus_labels` of `target_info`, by the attributes of resources: those that identify it are its job and instance
    only. Keys that become one name are joined as above, sorted."""
    return pa.array([_info_labels(row) for row in attributes.to_pylist()], SERIES.field("prometheus_labels").type)


def _info_labels(attributes: list[tuple[str, str]]) -> list[tuple[str, str]]:
    made: dict[str, str] = {}
    known = dict(attributes)
    for key, value in sorted(attributes):
        name = label_name(key)
        if value and key not in IDENTIFYING and name not in ("", "__name__"):
            made[name] = f"{made[name]};{value}" if name in made else value
    job, space = known.get("service.name", ""), known.get("service.namespace", "")
    if job:
        made["job"] = f"{space}/{job}" if space else job
    if instance := known.get("service.instance.id", ""):
        made["instance"] = instance
    return list(made.items())
