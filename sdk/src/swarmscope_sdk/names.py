"""Attribute, event and metric names that this library writes.

`gen_ai.*` and `session.*` are OpenTelemetry's (semantic conventions for generative AI); `swarmscope.*` is ours, listed in
the platform's docs/semantics.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

AGENT_ID: Final = "gen_ai.agent.id"
AGENT_NAME: Final = "gen_ai.agent.name"
AGENT_VERSION: Final = "gen_ai.agent.version"
CONVERSATION: Final = "gen_ai.conversation.id"
OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
RESPONSE_MODEL: Final = "gen_ai.response.model"
TOOL_NAME: Final = "gen_ai.tool.name"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
CACHED_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
REASONING_TOKENS: Final = "gen_ai.usage.reasoning.output_tokens"
ERROR_TYPE: Final = "error.type"

OWN_AGENT_ID: Final = "swarmscope.agent.id"
OWN_AGENT_NAME: Final = "swarmscope.agent.name"
AGENT_KIND: Final = "swarmscope.agent.kind"
AGENT_MODEL: Final = "swarmscope.agent.model"
OWN_AGENT_VERSION: Final = "swarmscope.agent.version"
AGENT_STATUS: Final = "swarmscope.agent.status"
AGENT_CAPABILITIES: Final = "swarmscope.agent.capabilities"
PEER_AGENT: Final = "swarmscope.peer.agent"
OWN_OPERATION: Final = "swarmscope.operation"
PENDING: Final = "swarmscope.pending"
CANCELLED: Final = "swarmscope.cancelled"
COST_USD: Final = "swarmscope.cost.usd"
TIME_TO_FIRST_TOKEN: Final = "swarmscope.time_to_first_token"  # noqa: S105 – a name, not a password
WORKFLOW_ID: Final = "swarmscope.workflow.id"
WORKFLOW_NAME: Final = "swarmscope.workflow.name"
TASK_ID: Final = "swarmscope.task.id"
TASK_NAME: Final = "swarmscope.task.name"
TASK_KIND: Final = "swarmscope.task.kind"
TASK_STATUS: Final = "swarmscope.task.status"
TASK_QUALITY: Final = "swarmscope.task.quality"
MESSAGE_KIND: Final = "swarmscope.message.kind"
MESSAGE_BYTES: Final = "swarmscope.message.size_bytes"
MESSAGE_STRENGTH: Final = "swarmscope.message.strength"
CONFLICT_ID: Final = "swarmscope.conflict.id"
CONFLICT_KIND: Final = "swarmscope.conflict.kind"
CONFLICT_AGENTS: Final = "swarmscope.conflict.agents"
CONFLICT_RESOLUTION: Final = "swarmscope.conflict.resolution"
CONFLICT_RESOLVED: Final = "swarmscope.conflict.resolved"
DEPENDENCY_ID: Final = "swarmscope.dependency.id"
DEPENDENCY_ON: Final = "swarmscope.dependency.on"
DEPENDENCY_RESOLVED: Final = "swarmscope.dependency.resolved"

POPULATION: Final = "swarmscope.population.id"
POPULATION_SIZE: Final = "swarmscope.population.size"
POPULATION_ALGORITHM: Final = "swarmscope.population.algorithm"
GENERATION: Final = "swarmscope.population.generation"
TRIAL: Final = "swarmscope.population.trial"
SCORE: Final = "swarmscope.population.score"
HYPERPARAMETER_PREFIX: Final = "swarmscope.population.hyperparameter."
MIGRATION_FROM: Final = "swarmscope.migration.from"
MIGRATION_TO: Final = "swarmscope.migration.to"
CHECKPOINT: Final = "swarmscope.checkpoint.id"
CHECKPOINT_BYTES: Final = "swarmscope.checkpoint.size_bytes"
TARGET: Final = "swarmscope.target.name"
NODE: Final = "swarmscope.node.id"
GPU_INDEX: Final = "swarmscope.gpu.index"

PIPELINE_ID: Final = "swarmscope.pipeline.id"
PIPELINE_NAME: Final = "swarmscope.pipeline.name"
STAGE_NAME: Final = "swarmscope.stage.name"
STAGE_INDEX: Final = "swarmscope.stage.index"
STAGE_COUNT: Final = "swarmscope.stage.count"
STAGE_PROGRESS: Final = "swarmscope.stage.progress"
STAGE_CPU_S: Final = "swarmscope.stage.cpu_s"
STAGE_MEMORY_BYTES: Final = "swarmscope.stage.memory_peak_bytes"
TEST_SUITE: Final = "swarmscope.test.suite"
TEST_NAME: Final = "swarmscope.test.name"
TEST_STATUS: Final = "swarmscope.test.status"

EVENT_REGISTER: Final = "swarmscope.agent.register"
EVENT_HEARTBEAT: Final = "swarmscope.agent.heartbeat"
EVENT_STOP: Final = "swarmscope.agent.stop"

_AGENT = frozenset(
    {AGENT_ID, AGENT_NAME, OWN_AGENT_ID, OWN_AGENT_NAME, "agent.id", "agent_id", "agent.name", "agent_name"}
)
_SESSION = frozenset(
    {
        CONVERSATION,
        "swarmscope.session.id",
        "session.id",
        "traceloop.association.properties.session_id",
        "traceloop.association.properties.conversation_id",
        "langfuse.session.id",
        "ai.telemetry.metadata.sessionId",
    }
)
# key that this library stamps → keys of any convention that say the same: where one is there already, nothing is stamped
SAME_AS: Final[Mapping[str, frozenset[str]]] = {AGENT_ID: _AGENT, AGENT_NAME: _AGENT, CONVERSATION: _SESSION}

METRIC_AGENT_PREFIX: Final = "swarmscope.agent."
METRIC_INTELLIGENCE_PREFIX: Final = "swarmscope.agent.intelligence."
METRIC_SENT: Final = "swarmscope.sdk.sent_items"
METRIC_DROPPED: Final = "swarmscope.sdk.dropped_items"
METRIC_QUEUED: Final = "swarmscope.sdk.queued_bytes"
