"""What Prometheus says of itself and of what it scrapes and alerts on, and `/federate`."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
import yaml
from fastapi import APIRouter, Request, Response

from swarmscope import __version__
from swarmscope.errors import SwarmscopeError
from swarmscope.ingest.receivers import scrape
from swarmscope.ingest.scraping.target import Target
from swarmscope.model.access import Principal
from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.labels import Labels
from swarmscope.query.promql.memory import matched
from swarmscope.query.promql.parse import parse_selector
from swarmscope.query.promql.values import is_stale
from swarmscope.serve import exposition
from swarmscope.serve.compat.prometheus_query import Parameters, call, engine_of, error_of, source_of, success
from swarmscope.serve.routes.common import ERRORS, Viewer

PROMETHEUS = "3.5.0"  # whose API this is: Grafana asks, to know what it may call
LOOKBACK_MS = 300_000

router = APIRouter(tags=["prometheus"], responses=ERRORS, include_in_schema=False)


def _said(data: Any) -> Response:
    return success(orjson.dumps(data))


@call("/status/buildinfo", methods=("GET",))
async def build(_request: Request, _caller: Principal, _parameters: Parameters) -> Response:
    """Versions."""
    return _said(
        {
            "version": PROMETHEUS, "revision": __version__, "branch": "swarmscope", "buildUser": "", "buildDate": "",
            "goVersion": "", "application": "Swarmscope", "features": {},
        }
    )  # fmt: skip


@call("/status/config", methods=("GET",))
async def configuration(request: Request, caller: Principal, _parameters: Parameters) -> Response:
    """The scrape configuration as it is in force, without secrets, and where rule files are. Our own file is not for
    everyone's eyes."""
    text = "".join(watched.text for watched in scrape.configurations(caller.tenant)) or "global: {}\n"
    rules = request.app.state.rules
    patterns = () if rules is None else rules.patterns(caller.tenant)
    return _said({"yaml": text + (yaml.safe_dump({"rule_files": list(patterns)}) if patterns else "")})


@call("/status/flags", methods=("GET",))
async def flags(request: Request, _caller: Principal, _parameters: Parameters) -> Response:
    """The limits of queries, under Prometheus' names."""
    config = request.app.state.config
    return _said(
        {
            "query.lookback-delta": "5m",
            "query.max-samples": "50000000",
            "query.timeout": f"{config.storage.query_timeout_s:g}s",
            "query.max-concurrency": str(config.storage.readers),
            "storage.tsdb.retention.time": f"{request.app.state.retention.samples_days}d",
            "web.enable-remote-write-receiver": "true",
        }
    )


@call("/status/runtimeinfo", methods=("GET",))
async def runtime(request: Request, caller: Principal, _parameters: Parameters) -> Response:
    """Of the running program."""
    state = request.app.state
    return _said(
        {
            "startTime": datetime.fromtimestamp(state.started_at_s, UTC).isoformat().replace("+00:00", "Z"),
            "CWD": "", "hostname": "", "serverTime": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "reloadConfigSuccess": not problem_of(request, caller), "lastConfigTime": _loaded(request, caller),
            "corruptionCount": 0, "goroutineCount": 0,
            "GOMAXPROCS": os.cpu_count() or 1, "GOMEMLIMIT": 0, "GOGC": "", "GODEBUG": "",
            "pythonVersion": sys.version.split()[0],
            "storageRetention": f"{state.retention.samples_days}d",
        }
    )  # fmt: skip


def problem_of(request: Request, caller: Principal) -> str:
    """Why rule files or the scrape configuration of a tenant as they are now were not taken; empty: they were."""
    rules = request.app.state.rules
    found = [watched.problem for watched in scrape.configurations(caller.tenant)]
    return "; ".join(filter(None, ["" if rules is None else rules.problem(caller.tenant), *found]))


def _loaded(request: Request, caller: Principal) -> str:
    rules = request.app.state.rules
    times = [watched.loaded_s for watched in scrape.configurations(caller.tenant)]
    last_s = max([0.0 if rules is None else rules.loaded_s(caller.tenant), *times]) or request.app.state.started_at_s
    return datetime.fromtimestamp(last_s, UTC).isoformat().replace("+00:00", "Z")


@call("/status/tsdb", methods=("GET",))
async def tsdb(request: Request, caller: Principal, parameters: Parameters) -> Response:
    """How many series there are, by metric and by label."""
    source = source_of(request, caller)
    text = parameters.text("limit", "10")
    limit = int(text) if text.isascii() and text.isdigit() and len(text) < 9 and 0 < int(text) <= 1000 else 10
    now_ms = time.time_ns() // 1_000_000

    def work() -> dict[str, Any]:
        labels = source.select((), now_ms - 3_600_000, now_ms).labels
        by_name: dict[str, int] = {}
        values: dict[str, int] = {}
        pairs: dict[str, int] = {}
        for name, (codes, texts) in labels.columns.items():
            counts = np.bincount(codes, minlength=len(texts))
            values[name] = int((counts[1:] > 0).sum())
            for code in np.argsort(-counts[1:])[:limit].tolist():
                target = by_name if name == "__name__" else pairs
                key = texts[code + 1] if name == "__name__" else f"{name}={texts[code + 1]}"
                if counts[code + 1]:
                    target[key] = int(counts[code + 1])

        def top(found: dict[str, int]) -> list[dict[str, Any]]:
            return [{"name": n, "value": v} for n, v in sorted(found.items(), key=lambda x: -x[1])[:limit]]

        return {
            "headStats": {
                "numSeries": labels.size, "numLabelPairs": sum(values.values()), "chunkCount": 0, "minTime": 0,
                "maxTime": now_ms,
            },
            "seriesCountByMetricName": top(by_name),
            "labelValueCountByLabelName": top(values),
            "memoryInBytesByLabelName": [],
            "seriesCountByLabelValuePair": top(pairs),
        }  # fmt: skip

    return _said(await asyncio.to_thread(work))


@call("/status/walreplay", methods=("GET",))
async def walreplay(_request: Request, _caller: Principal, _parameters: Parameters) -> Response:
    """Nothing is replayed once the program answers."""
    return _said({"min": 0, "max": 0, "current": 0, "state": "done"})


@call("/scrape_pools", methods=("GET",))
async def scrape_pools(_request: Request, caller: Principal, _parameters: Parameters) -> Response:
    """The jobs of the scrape configuration."""
    return _said({"scrapePools": _pools(caller.tenant)})


def _ordered(targets: Iterable[Target]) -> list[Target]:
    return sorted(targets, key=lambda target: target.job.job_name)


def _pools(tenant: str) -> list[str]:
    return sorted(job.job_name for watched in scrape.configurations(tenant) for job in watched.file.scrape_configs)


@call("/targets/metadata", methods=("GET",))
async def targets_metadata(_request: Request, caller: Principal, parameters: Parameters) -> Response:
    """What targets say about their metrics. limit: no further target is looked at once there are so many rows."""
    try:
        matchers = parse_selector(text) if (text := parameters.text("match_target")) else ()
    except PromqlError as e:
        raise PromqlError(f'invalid parameter "match_target": {e}', "bad_data", e.position) from e
    metric, limit = parameters.text("metric"), parameters.text("limit")
    if not re.fullmatch(r"([+-]?[0-9]{1,18})?", limit, re.ASCII):
        raise PromqlError("limit must be a number", "bad_data")
    most = int(limit or -1)
    rows: list[dict[str, Any]] = []
    for target in _ordered(scrape.targets(caller.tenant)):
        if 0 <= most <= len(rows):
            break
        if matchers and not matched(Labels.of([target.own]), matchers).all():
            continue
        for name, (kind, unit, told) in list(target.families.items()):
            if not metric or name == metric:
                row = {"target": target.own, "type": kind or "unknown", "help": told, "unit": unit}
                rows.append(row if metric else row | {"metric": name})
    return _said(rows)


@call("/targets", methods=("GET",))
async def targets(_request: Request, caller: Principal, parameters: Parameters) -> Response:
    """What is scraped here, and how it went; and what relabelling keeps from it."""
    state, pool = parameters.text("state").lower(), parameters.text("scrapePool")
    active, dropped = (state in ("", "any", kind) for kind in ("active", "dropped"))
    shown = [t for t in scrape.targets(caller.tenant) if active and pool in ("", t.job.job_name)]
    left = [(job, labels) for job, labels in scrape.dropped(caller.tenant) if dropped and pool in ("", job)]
    left.sort(key=lambda one: one[0])
    counts = Counter(job for job, _ in scrape.dropped(caller.tenant))
    return _said(
        {
            "activeTargets": [_target(t) for t in _ordered(shown)],
            "droppedTargets": [{"discoveredLabels": labels, "scrapePool": job} for job, labels in left],
            "droppedTargetCounts": {name: counts[name] for name in _pools(caller.tenant)} if dropped else None,
        }
    )


def _target(target: Target) -> dict[str, Any]:
    last = target.last
    return {
        "discoveredLabels": target.discovered, "labels": target.own, "scrapePool": target.job.job_name,
        "scrapeUrl": target.url, "globalUrl": target.url, "lastError": last.error if last else "",
        "lastScrape": datetime.fromtimestamp(target.last_s, UTC).isoformat().replace("+00:00", "Z"),
        "lastScrapeDuration": last.seconds if last else 0.0,
        "health": "unknown" if last is None else "up" if last.up else "down",
        "scrapeInterval": f"{target.interval_s:g}s", "scrapeTimeout": f"{target.timeout_s:g}s",
    }  # fmt: skip


@router.get("/federate")
@router.get("/prometheus/federate")
async def federate(request: Request, caller: Viewer) -> Response:
    """The newest sample of every matching series, with its own time."""
    parameters = await Parameters.of(request)
    media = exposition.preferred(request.headers.get("accept", ""))
    try:
        selectors = [parse_selector(text) for text in parameters.every("match[]")]
        source = source_of(request, caller)
        engine = engine_of(request, caller, parameters)
        now_ms = time.time_ns() // 1_000_000

        def work() -> str | bytes:
            rows: dict[tuple[tuple[str, str], ...], exposition.Sample] = {}
            for matchers in selectors:
                selection = source.select(matchers, now_ms - LOOKBACK_MS, now_ms)
                samples = source.samples(selection, now_ms - LOOKBACK_MS + 1, now_ms)
                last = samples.offsets[1:] - 1
                there = np.flatnonzero(np.diff(samples.offsets) > 0)
                stale = is_stale(samples.values)
                for series, labels in zip(there.tolist(), selection.labels.take(there).dicts(), strict=True):
                    at = last[series]
                    if not stale[at]:
                        histogram = None if samples.histograms is None else samples.histograms[at]
                        value = float(samples.values[at]) if histogram is None else histogram
                        # an empty instance keeps the one who asks from putting ours there
                        told = {"instance": "", **labels}
                        rows[tuple(sorted(told.items()))] = (told, int(samples.times[at]), value)
            if media == exposition.PROTOBUF:
                return exposition.encoded(rows.values())
            names = {labels.get("__name__", "") for labels, _, _ in rows.values()}
            known = engine.metadata()
            types = {name: known[name][0]["type"] for name in names if known.get(name)}
            return exposition.written(rows.values(), types, media == exposition.OPENMETRICS)

        text = await asyncio.to_thread(work)
    except PromqlError as error:
        return Response(f"{error}\n", 400, media_type="text/plain")
    except SwarmscopeError as error:
        return error_of(error)
    return Response(text, media_type=media)
