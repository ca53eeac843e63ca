"""What clients of newer Prometheus servers ask beside queries: what the server can do, notifications, relabelling step by step.

Source: Prometheus, "HTTP API": Features, Notifications, TSDB admin APIs; `web/api/v1/api.go` for relabel steps. The admin APIs
answer as in a Prometheus where they are not enabled: retention and erasure have calls of their own here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import orjson
from fastapi import Request, Response

from swarmscope.decide.functions import FUNCTIONS as TEMPLATING
from swarmscope.ingest.receivers import scrape
from swarmscope.ingest.scraping import relabel
from swarmscope.model.access import Principal
from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.signatures import AGGREGATIONS, FUNCTIONS
from swarmscope.serve.compat.prometheus_query import Parameters, call, failure, success
from swarmscope.serve.compat.prometheus_status import problem_of

LABELS_BYTES_MAX = 64 << 10
_OPERATORS = (
    "!=", "!~", "%", "*", "+", "-", "/", "<", "<=", "==", "=~", ">", ">=", "^", "and", "atan2", "or", "unless",
)  # fmt: skip
_FEATURES: dict[str, tuple[str, ...]] = {
    "api": ("exclude_alerts", "label_values_match", "lifecycle", "query_warnings", "remote_read", "remote_write_receiver",
            "time_range_labels", "time_range_series"),
    "promql": ("anchored", "at_modifier", "bool", "by", "delayed_name_removal", "duration_expr", "group_left",
               "group_right", "ignoring", "negative_offset", "offset", "on", "per_query_lookback_delta",
               "smoothed", "subqueries", "without"),
    "rules": ("keep_firing_for", "query_offset", "rule_labels"),
    "scrape": ("honor_labels", "sample_limit", "body_size_limit"),
    "service_discovery_providers": ("file", "http", "static"),
    "tsdb": ("exemplar_storage", "native_histograms", "out_of_order_ingestion"),
}  # fmt: skip


@call("/features", methods=("GET",))
async def features(request: Request, _caller: Principal, _parameters: Parameters) -> Response:
    """What this server can do, by category; what is not named it cannot."""
    known = {category: dict.fromkeys(names, True) for category, names in _FEATURES.items()}
    known["api"]["admin"] = False
    known["promql_functions"] = dict.fromkeys(sorted(FUNCTIONS), True)
    known["promql_operators"] = dict.fromkeys((*_OPERATORS, *sorted(AGGREGATIONS)), True)
    known["templating_functions"] = dict.fromkeys(sorted(TEMPLATING), True)
    zero = request.app.state.config.ingest.otlp_zero_at_start
    known["otlp_receiver"] = {"start_timestamp_zero_ingestion": zero}
    return success(orjson.dumps(known))


@call("/notifications", methods=("GET",))
async def notifications(request: Request, caller: Principal, _parameters: Parameters) -> Response:
    """What an operator should know now: files that were not taken."""
    problem = problem_of(request, caller)
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    active = [{"text": f"Configuration reload has failed. {problem}", "date": now, "active": True}] if problem else []
    return success(orjson.dumps(active))


@call("/notifications/live", methods=("GET",))
async def live(_request: Request, _caller: Principal, _parameters: Parameters) -> Response:
    """No stream: the answer by which Prometheus tells its page to ask now and then."""
    return Response(status_code=204)


@call("/targets/relabel_steps", methods=("GET",))
async def relabel_steps(_request: Request, caller: Principal, parameters: Parameters) -> Response:
    """What each rule of a job makes of labels."""
    pool, text = parameters.text("scrapePool"), parameters.text("labels")
    if not pool:
        raise PromqlError("no scrapePool parameter provided", "bad_data")
    if not text or len(text) > LABELS_BYTES_MAX:
        raise PromqlError(f"labels is a JSON object of texts of at most {LABELS_BYTES_MAX} bytes", "bad_data")
    try:
        labels = msgspec.json.decode(text, type=dict[str, str])
    except msgspec.MsgspecError as e:
        raise PromqlError(f"error parsing labels: {e}", "bad_data") from e
    job = scrape.job(caller.tenant, pool)
    if job is None:
        raise PromqlError(f"error getting scrape config: scrape pool {pool!r} not found", "bad_data")
    steps = [
        {"rule": _rule(rule), "output": made or {}, "keep": made is not None}
        for rule, made in relabel.steps(labels, job.relabel_configs)
    ]
    return success(orjson.dumps({"steps": steps}))


def _rule(rule: relabel.Rule) -> dict[str, Any]:
    """A rule as it is written in a configuration, without what is not set."""
    return {name: value for name, value in msgspec.to_builtins(rule).items() if value not in ("", 0, (), [])}


@call("/admin/tsdb/delete_series", "/admin/tsdb/clean_tombstones", "/admin/tsdb/snapshot", methods=("POST", "PUT"))
async def admin(_request: Request, _caller: Principal, _parameters: Parameters) -> Response:
    """Not enabled."""
    return failure("unavailable", "admin APIs disabled")
