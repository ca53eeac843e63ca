"""Rules and alerts in Prometheus' HTTP API: `rules`, `alerts`, `alertmanagers`, and `POST /-/reload`.

Source: Prometheus, "HTTP API" (3.x), `web/api/v1`.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from swarmscope.decide.alerts import Alert
from swarmscope.decide.group import GroupState, RuleState
from swarmscope.decide.manager import Rules
from swarmscope.errors import ConfigError
from swarmscope.ingest.receivers import scrape
from swarmscope.model.access import Principal
from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.labels import Labels
from swarmscope.query.promql.memory import matched
from swarmscope.query.promql.nodes import Matcher
from swarmscope.query.promql.parse import parse_selector
from swarmscope.serve import prometheus_json
from swarmscope.serve.compat.prometheus_query import Parameters, call, success
from swarmscope.serve.routes.common import ERRORS, Admin

router = APIRouter(tags=["prometheus"], responses=ERRORS, include_in_schema=False)
NEVER = "0001-01-01T00:00:00Z"


def rules_of(request: Request) -> Rules | None:
    """The rules of the program."""
    found: Rules | None = request.app.state.rules
    return found


@call("/rules", methods=("GET",))
async def rules(request: Request, caller: Principal, parameters: Parameters) -> Response:
    """Groups with their rules, how they fare, and the alerts that are active."""
    kinds = {"": ("alerting", "recording"), "alert": ("alerting",), "record": ("recording",)}.get(
        parameters.text("type")
    )
    if kinds is None:
        raise PromqlError(f'not supported value "{parameters.text("type")}"', "bad_data")
    names, wanted_groups, wanted_files = (_names(parameters, n) for n in ("rule_name", "rule_group", "file"))
    matchers = [parse_selector(text) for text in parameters.every("match[]")]
    bare = parameters.text("exclude_alerts") in ("true", "1")
    token, limit = parameters.text("group_next_token"), _limit(parameters)
    known = rules_of(request)
    groups = []
    for state in known.groups(caller.tenant) if known is not None else ():
        if (wanted_files and state.group.file not in wanted_files) or (
            wanted_groups and state.group.name not in wanted_groups
        ):
            continue
        shown = [
            _rule(rule, bare)
            for rule in list(state.rules)
            if ("alerting" if rule.rule.alert else "recording") in kinds
            and (not names or rule.rule.name in names)
            and _fits(rule, matchers)
        ]
        if shown or not (names or matchers or parameters.text("type")):
            groups.append((state, shown))
    page, following = _page(groups, token, limit)
    data: dict[str, Any] = {"groups": [_group(state, shown) for state, shown in page]}
    if following:
        data["groupNextToken"] = following
    return success(orjson.dumps(data))


def _names(parameters: Parameters, name: str) -> set[str]:
    return {*parameters.every(f"{name}[]"), *parameters.every(name)}


def _limit(parameters: Parameters) -> int:
    text = parameters.text("group_limit")
    if parameters.text("group_next_token") and not text:
        raise PromqlError(
            'invalid parameter "group_limit": group_limit needs to be set in order to paginate over the groups',
            "bad_data",
        )
    if text and (not text.isascii() or not text.isdigit() or not 0 < int(text[:19]) < 1 << 60):
        raise PromqlError(
            f'invalid parameter "group_limit": a number above 0 is expected, not "{text[:40]}"', "bad_data"
        )
    return int(text) if text else 0


def _token(state: GroupState) -> str:
    return hashlib.sha1(f"{state.group.file};{state.group.name}".encode(), usedforsecurity=False).hexdigest()


def _page(groups: list[Any], token: str, limit: int) -> tuple[list[Any], str]:
    """The groups after the one that a token names, and the token of the next page."""
    begin = 0
    if token:
        places = [i for i, (state, _) in enumerate(groups) if _token(state) == token]
        if not places:
            raise PromqlError(f'invalid group_next_token "{token[:64]}". were rule groups changed?', "bad_data")
        begin = places[0] + 1
    page = groups[begin : begin + limit] if limit else groups[begin:]
    more = limit and begin + limit < len(groups)
    return page, _token(page[-1][0]) if more and page else ""


def _fits(rule: RuleState, selectors: Sequence[Sequence[Matcher]]) -> bool:
    return not selectors or any(
        bool(matched(Labels.of([dict(rule.rule.labels) or {"": ""}]), matchers).all()) for matchers in selectors
    )


def _group(state: GroupState, shown: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": state.group.name, "file": state.group.file, "rules": shown, "interval": state.group.interval_ms / 1000,
        "limit": state.group.limit, "evaluationTime": state.seconds, "lastEvaluation": _when(state.at_s),
    }  # fmt: skip


def _rule(state: RuleState, bare: bool) -> dict[str, Any]:
    rule = state.rule
    common: dict[str, Any] = {
        "name": rule.name, "query": rule.text, "labels": dict(rule.labels), "health": state.health,
        "evaluationTime": state.seconds, "lastEvaluation": _when(state.at_s),
    }  # fmt: skip
    if state.error:
        common["lastError"] = state.error
    if rule.record:
        return common | {"type": "recording"}
    active = state.active
    firing = any(alert.state == "firing" for alert in active)
    known = "unknown" if state.at_s == 0 else "firing" if firing else "pending" if active else "inactive"
    return common | {
        "state": known, "duration": rule.hold_ms / 1000, "keepFiringFor": rule.keep_ms / 1000,
        "annotations": dict(rule.annotations), "alerts": [] if bare else [alert_json(a) for a in active], "type": "alerting",
    }  # fmt: skip


def alert_json(alert: Alert) -> dict[str, Any]:
    """An alert as the API shows it."""
    shown: dict[str, Any] = {
        "labels": dict(alert.labels), "annotations": alert.annotations, "state": alert.state,
        "activeAt": _when(alert.active_ms / 1000), "value": _exponential(alert.value),
    }  # fmt: skip
    return shown | ({"keepFiringSince": _when(alert.keep_ms / 1000)} if alert.keep_ms else {})


def _exponential(value: float) -> str:
    """By Go's %e with as many digits as it needs."""
    plain = prometheus_json.number(value)
    if plain in ("NaN", "+Inf", "-Inf"):
        return plain
    for precision in range(17):
        text = f"{value:.{precision}e}"
        if float(text) == value:
            return text
    return f"{value:.17e}"


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z") if seconds else NEVER


@call("/alerts", methods=("GET",))
async def alerts(request: Request, caller: Principal, _parameters: Parameters) -> Response:
    """Alerts that are pending or firing."""
    known = rules_of(request)
    groups = known.groups(caller.tenant) if known is not None else []
    return success(orjson.dumps({"alerts": [alert_json(a) for g in groups for r in g.rules for a in r.active]}))


@call("/alertmanagers", methods=("GET",))
async def alertmanagers(request: Request, _caller: Principal, _parameters: Parameters) -> Response:
    """Who hears of alerts."""
    known = rules_of(request)
    told = [] if known is None else [{"url": one.shown} for one in known.notifier.receivers]
    return success(orjson.dumps({"activeAlertmanagers": told, "droppedAlertmanagers": []}))


@router.post("/-/reload")
@router.put("/-/reload")
@router.post("/prometheus/-/reload")
@router.put("/prometheus/-/reload")
async def reload(request: Request, caller: Admin) -> Response:
    """Read rule files and scrape configuration of the caller's tenant again. 500: one cannot be used, and is as before."""
    wrong = await asyncio.to_thread(reloaded, rules_of(request), caller.tenant)
    if wrong:
        return Response(f"failed to reload config: {'; '.join(wrong)}\n", 500, media_type="text/plain")
    return Response(b"", 200, media_type="text/plain")


@router.get("/-/reload")
@router.get("/prometheus/-/reload")
async def not_so() -> Response:
    """Prometheus' answer to those who look there."""
    return Response("Only POST or PUT requests allowed", 405, {"Allow": "POST, PUT"}, media_type="text/plain")


def reloaded(rules: Rules | None, tenant: str | None = None) -> list[str]:
    """Read the files of a tenant again, or of all; why some were not taken."""
    wrong = []
    if rules is not None:
        for of in rules.tenants() if tenant is None else [tenant]:
            try:
                rules.reload(of)
            except ConfigError as e:
                wrong.append(str(e))
    try:
        scrape.reload(tenant)
    except ConfigError as e:
        wrong.append(str(e))
    return wrong


@router.get("/-/healthy")
@router.get("/prometheus/-/healthy")
async def healthy() -> Response:
    """That the program runs."""
    return Response("Swarmscope is Healthy.\n", media_type="text/plain")


@router.get("/-/ready")
@router.get("/prometheus/-/ready")
async def ready() -> Response:
    """That it answers: it listens only when it can."""
    return Response("Swarmscope is Ready.\n", media_type="text/plain")
