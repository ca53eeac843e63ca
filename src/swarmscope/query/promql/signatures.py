"""The functions of PromQL: what they take and what they give."""

from __future__ import annotations

from dataclasses import dataclass

from swarmscope.query.promql.nodes import Type

_LETTERS: dict[str, Type] = {"v": "vector", "s": "scalar", "m": "matrix", "t": "string"}


@dataclass(frozen=True, slots=True)
class Signature:
    """variadic: how many arguments more than all but the last may follow; -1: any number; 0: exactly `args`."""

    name: str
    args: tuple[Type, ...]
    returns: Type
    variadic: int = 0


def _table() -> dict[str, Signature]:
    found: dict[str, Signature] = {}

    def add(names: str, args: str, returns: str = "v", variadic: int = 0) -> None:
        for name in names.split():
            found[name] = Signature(name, tuple(_LETTERS[a] for a in args), _LETTERS[returns], variadic)

    add(
        "abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor ln log2 log10 rad sgn sin sinh sqrt",
        "v",
    )
    add("tan tanh sort sort_desc timestamp start_timestamp", "v")
    add("histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar", "v")
    add("absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate", "m")
    add("last_over_time mad_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time", "m")
    add("stdvar_over_time sum_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time", "m")
    add("ts_of_min_over_time", "m")
    add("clamp", "vss")
    add("clamp_max clamp_min", "vs")
    add("days_in_month day_of_month day_of_week day_of_year hour minute month year", "v", variadic=1)
    add("double_exponential_smoothing", "mss")
    add("predict_linear", "ms")
    add("quantile_over_time", "sm")
    add("histogram_fraction", "ssv")
    add("histogram_quantile", "sv")
    add("histogram_quantiles", "vtss", variadic=9)
    add("info", "vv", variadic=1)
    add("label_join", "vttt", variadic=-1)
    add("label_replace", "vtttt")
    add("round", "vs", variadic=1)
    add("sort_by_label sort_by_label_desc", "vt", variadic=-1)
    add("vector", "s")
    add("scalar", "v", "s")
    add("time pi start end step range", "", "s")
    add("max_of min_of", "ss", "s")
    return found


FUNCTIONS = _table()
AGGREGATIONS = frozenset(
    {
        "avg", "bottomk", "count", "count_values", "group", "limit_ratio", "limitk", "max", "min", "quantile", "stddev",
        "stdvar", "sum", "topk",
    }
)  # fmt: skip
WITH_PARAMETER = frozenset({"bottomk", "topk", "quantile", "count_values", "limitk", "limit_ratio"})
