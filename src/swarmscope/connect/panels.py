"""The dashboards that come with Swarmscope, as data: what is asked of which API, and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Source = Literal["prometheus", "tempo", "loki"]
Kind = Literal["timeseries", "stat", "table", "bargauge"]


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. query: PromQL, TraceQL or LogQL by source; a table of Tempo's shows traces. unit: Grafana's name of it.
    needs: what beside spans must be sent to fill it; empty: nothing."""

    title: str
    source: Source
    query: str
    unit: str = "short"
    kind: Kind = "timeseries"
    legend: str = ""
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard; uid: its address in Grafana."""

    uid: str
    title: str
    description: str
    panels: tuple[Panel, ...]


_LLM = '{ span.swarmscope.operation = "chat" }'
_TOKENS = "{{ }} | sum_over_time(span.swarmscope.{}_tokens) by (span.swarmscope.model)"
_ROOTS = "{ nestedSetParent < 0 }"
_CALLS = "traces_spanmetrics_calls_total"
_CALLS_BY_SERVICE = f"sum by (service) (rate({_CALLS}[5m]))"
_BUSY = "traces_spanmetrics_latency_sum"  # its rate is how many spans are under way at once, by Little's law
_QUALITY = "Each agent's gauge agent.quality.score, from 0 to 1."
_PROCESS = "Each agent's gauge {}, as OpenTelemetry's system metrics instrumentation reports it."
_FAILED = (
    f'(sum(rate({_CALLS}{{{{status_code="STATUS_CODE_ERROR"}}}}[{{0}}])) or vector(0)) / sum(rate({_CALLS}[{{0}}]))'
)

AGENTS = Dashboard(
    "swarmscope-agents",
    "Swarmscope: agents",
    "What the fleet does, how fast, and how often it fails. From spans of any convention.",
    (
        Panel("Spans per second", "tempo", "{ } | rate()", "ops"),
        Panel(
            "Busiest agents",
            "tempo",
            "{ span.swarmscope.agent != nil } | rate() by (span.swarmscope.agent) | topk(10)",
            "ops",
        ),
        Panel("Share of failed spans", "tempo", "({ status = error } | rate()) / ({ } | rate())", "percentunit"),
        Panel("Failures by service", "tempo", "{ status = error } | rate() by (resource.service.name)", "ops"),
        Panel("Model calls, duration", "tempo", f"{_LLM} | quantile_over_time(duration, 0.5, 0.95, 0.99)", "s"),
        Panel("Time to first token", "tempo", f"{_LLM} | quantile_over_time(span.swarmscope.ttft, 0.5, 0.95)", "s"),
        Panel("Model calls by model", "tempo", f"{_LLM} | rate() by (span.swarmscope.model)", "ops"),
        Panel(
            "Tool calls by tool",
            "tempo",
            "{ span.swarmscope.tool != nil } | rate() by (span.swarmscope.tool) | topk(10)",
            "ops",
        ),
        Panel(
            "Log lines by service",
            "loki",
            "sum by (service_name) (count_over_time({service_name=~`.+`}[1m]))",
            needs="Logs.",
        ),
        Panel("Newest failures", "tempo", "{ status = error }", kind="table"),
    ),
)
EMERGENCE = Dashboard(
    "swarmscope-emergence",
    "Swarmscope: emergence",
    "Signs that agents act together: who speaks to whom, how deep delegation goes, how alike they behave.",
    (
        Panel("Messages between agents", "tempo", "{ span.swarmscope.peer_agent != nil } | rate()", "ops"),
        Panel(
            "Most addressed agents",
            "tempo",
            "{ span.swarmscope.peer_agent != nil } | rate() by (span.swarmscope.peer_agent) | topk(10)",
            "ops",
        ),
        Panel(
            "Delegations (agent below agent)",
            "tempo",
            '{ span.swarmscope.operation = "invoke_agent" } >> { span.swarmscope.operation = "invoke_agent" } '
            "| count_over_time()",
        ),
        Panel(
            "Requests: spread by mean over services (falls when they fall in step)",
            "prometheus",
            f"stddev({_CALLS_BY_SERVICE}) / avg({_CALLS_BY_SERVICE})",
        ),
        Panel("Spans under way at once, whole fleet", "prometheus", f"sum(rate({_BUSY}[5m]))"),
        Panel(
            "Share of work at the ten busiest services",
            "prometheus",
            f"sum(topk(10, sum by (service) (rate({_BUSY}[5m])))) / sum(rate({_BUSY}[5m]))",
            "percentunit",
        ),
        Panel("Tools in use", "tempo", "{ span.swarmscope.tool != nil } | count_over_time() by (span.swarmscope.tool)"),
        Panel(
            "Quality: middle of the fleet",
            "prometheus",
            "quantile(0.5, agent_quality_score_ratio)",
            "percentunit",
            needs=_QUALITY,
        ),
        Panel("Quality: spread between agents", "prometheus", "stddev(agent_quality_score_ratio)", needs=_QUALITY),
    ),
)
SYSTEM = Dashboard(
    "swarmscope-system",
    "Swarmscope: system performance",
    "Requests, work under way and latency from spans of any convention; processor and memory of agents that report them.",
    (
        Panel("Requests per second", "tempo", f"{_ROOTS} | rate()", "ops"),
        Panel("Requests, 95th percentile of duration by service", "tempo",
              f"{_ROOTS} | quantile_over_time(duration, 0.95) by (resource.service.name)", "s"),
        Panel("Spans under way at once, by service", "prometheus", f"topk(10, sum by (service) (rate({_BUSY}[5m])))"),
        Panel("Context of model calls, 95th percentile (tokens)", "tempo",
              f"{_LLM} | quantile_over_time(span.swarmscope.input_tokens, 0.95)"),
        Panel("Durations", "tempo", "{ } | histogram_over_time(duration)"),
        Panel("Slow traces", "tempo", "{ traceDuration > 1s }", kind="table"),
        Panel("Processor, busiest agents", "prometheus", "topk(10, process_cpu_utilization_ratio)", "percentunit",
              needs=_PROCESS.format("process.cpu.utilization")),
        Panel("Processor, mean", "prometheus", "avg(process_cpu_utilization_ratio)", "percentunit",
              needs=_PROCESS.format("process.cpu.utilization")),
        Panel("Memory, largest agents", "prometheus", "topk(10, process_memory_usage_bytes)", "bytes",
              needs=_PROCESS.format("process.memory.usage")),
        Panel("Memory, sum", "prometheus", "sum(process_memory_usage_bytes)", "bytes",
              needs=_PROCESS.format("process.memory.usage")),
    ),
)  # fmt: skip
COST = Dashboard(
    "swarmscope-cost",
    "Swarmscope: cost",
    "Money and tokens, by agent, model and provider. Prices are those of the install.",
    (
        Panel("Spent per interval", "tempo", "{ } | sum_over_time(span.swarmscope.cost_usd)", "currencyUSD"),
        Panel(
            "Spent by model",
            "tempo",
            "{ } | sum_over_time(span.swarmscope.cost_usd) by (span.swarmscope.model)",
            "currencyUSD",
        ),
        Panel(
            "Costliest agents",
            "tempo",
            "{ } | sum_over_time(span.swarmscope.cost_usd) by (span.swarmscope.agent) | topk(10)",
            "currencyUSD",
        ),
        Panel(
            "Input tokens by model",
            "tempo",
            "{ } | sum_over_time(span.swarmscope.input_tokens) by (span.swarmscope.model)",
        ),
        Panel(
            "Output tokens by model",
            "tempo",
            "{ } | sum_over_time(span.swarmscope.output_tokens) by (span.swarmscope.model)",
        ),
        Panel("Model calls by provider", "tempo", f"{_LLM} | rate() by (span.swarmscope.provider)", "ops"),
        Panel(
            "Spent by service",
            "tempo",
            "{ } | sum_over_time(span.swarmscope.cost_usd) by (resource.service.name) | topk(10)",
            "currencyUSD",
        ),
        Panel("Costly calls", "tempo", "{ span.swarmscope.cost_usd > 0.01 }", kind="table"),
    ),
)
SLO = Dashboard(
    "swarmscope-slo",
    "Swarmscope: service levels",
    "Error budget of 1 % of spans and how fast it burns; latency against 10 s. Change the numbers to your objectives.",
    (
        Panel("Availability, 1 h", "prometheus", f"1 - {_FAILED.format('1h')}", "percentunit", "stat"),
        Panel("Error budget left (99 %, 6 h)", "prometheus", f"1 - ({_FAILED.format('6h')}) / 0.01", "percentunit", "stat"),
        Panel("Burn rate, 5 min", "prometheus", f"({_FAILED.format('5m')}) / 0.01"),
        Panel("Burn rate, 1 h", "prometheus", f"({_FAILED.format('1h')}) / 0.01"),
        Panel("Model calls within 10 s", "tempo",
              '({ span.swarmscope.operation = "chat" && duration <= 10s } | rate()) / (' f"{_LLM} | rate())", "percentunit"),
        Panel("Model calls, 95th percentile", "tempo", f"{_LLM} | quantile_over_time(duration, 0.95)", "s"),
        Panel("Failures by agent", "tempo",
              "{ status = error && span.swarmscope.agent != nil } | rate() by (span.swarmscope.agent) | topk(10)", "ops"),
        Panel("What failed", "tempo", "{ status = error } | count_over_time() by (name) | topk(10)"),
    ),
)  # fmt: skip
DASHBOARDS = (AGENTS, EMERGENCE, SYSTEM, COST, SLO)
