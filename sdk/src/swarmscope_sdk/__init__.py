"""Report what AI agents do, on the OpenTelemetry SDK.

    async with AgentMonitor("planner-1", "gpt-4o", "llm") as agent:
        async with agent.track_request() as request:
            ...
            request.tokens(input=900, output=120)

The names below are the public ones; `swarmscope_sdk.compat` answers to the names of earlier systems.
"""

from swarmscope_sdk.client import Client, ClientError
from swarmscope_sdk.instruments import AgentMetrics
from swarmscope_sdk.monitor import AgentMonitor, register_agent, update_metrics
from swarmscope_sdk.operation import monitored
from swarmscope_sdk.pipeline import PipelineRun
from swarmscope_sdk.scope import extract, inject
from swarmscope_sdk.settings import Settings
from swarmscope_sdk.telemetry import Telemetry, configure
from swarmscope_sdk.training import TrainingRun

__all__ = [
    "AgentMetrics",
    "AgentMonitor",
    "Client",
    "ClientError",
    "PipelineRun",
    "Settings",
    "Telemetry",
    "TrainingRun",
    "configure",
    "extract",
    "inject",
    "monitored",
    "register_agent",
    "update_metrics",
]
