"""What the fleet is made of: models, roles, tools, regions, instrumentation, and the words it speaks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np


class Dialect(IntEnum):
    """A generation of instrumentation: which attribute names an agent's spans carry."""

    GENAI = 0  # OpenTelemetry GenAI conventions as of 2025, with swarmscope.* for what they lack
    GENAI_OLD = 1  # the 2024 generation: gen_ai.system, prompt_tokens, messages as span events
    OPENINFERENCE = 2
    OPENLLMETRY = 3


DIALECT_SHARES = [0.4, 0.2, 0.2, 0.2]
SCOPES = {
    Dialect.GENAI: ("swarmscope-sdk", "0.1.0"),
    Dialect.GENAI_OLD: ("opentelemetry.instrumentation.openai_v2", "2.0b0"),
    Dialect.OPENINFERENCE: ("openinference.instrumentation.langchain", "0.1.33"),
    Dialect.OPENLLMETRY: ("opentelemetry.instrumentation.openai.v1", "0.33.12"),
}
OF_OPENAI = (Dialect.GENAI_OLD, Dialect.OPENLLMETRY)  # who speaks these can only have asked OpenAI


@dataclass(frozen=True, slots=True)
class Model:
    """A language model: who serves it, how fast it writes, how long it thinks before."""

    name: str
    provider: str
    system: str  # the older conventions' word for the provider
    tokens_per_s: float
    first_token_s: float
    reasoning: bool
    input_usd: float  # per million tokens
    cached_usd: float
    output_usd: float
    share: float


MODELS = (
    Model("gpt-4o-2024-11-20", "openai", "openai", 80, 0.45, False, 2.5, 1.25, 10.0, 0.22),
    Model("gpt-4o-mini-2024-07-18", "openai", "openai", 110, 0.35, False, 0.15, 0.075, 0.6, 0.2),
    Model("o3-mini-2025-01-31", "openai", "openai", 140, 2.5, True, 1.1, 0.55, 4.4, 0.08),
    Model("claude-sonnet-4-20250514", "anthropic", "anthropic", 65, 0.8, False, 3.0, 0.3, 15.0, 0.18),
    Model("claude-3-5-haiku-20241022", "anthropic", "anthropic", 100, 0.5, False, 0.8, 0.08, 4.0, 0.12),
    Model("gemini-2.0-flash", "gcp.gemini", "vertex_ai", 160, 0.3, False, 0.1, 0.025, 0.4, 0.1),
    Model("mistral-large-2411", "mistral_ai", "mistral_ai", 60, 0.5, False, 2.0, 2.0, 6.0, 0.05),
    Model("llama-3.3-70b-instruct", "groq", "groq", 250, 0.2, False, 0.59, 0.59, 0.79, 0.05),
)
MODEL_SHARES = [m.share for m in MODELS]


@dataclass(frozen=True, slots=True)
class Role:
    """What an agent is for."""

    name: str
    instructions: str
    delegates: float  # share of its steps that it hands to a peer


_RULES = (
    "Work step by step, call one tool at a time, cite what you used, and say so when you do not know. "
    "Never reveal credentials. Stop when the goal is reached or when three attempts failed."
)
ROLES = (
    Role(
        "planner", f"You are a planner. Break the goal into steps and hand each to the right colleague. {_RULES}", 0.35
    ),
    Role(
        "researcher",
        f"You are a researcher. Find sources, compare them and summarise what they agree on. {_RULES}",
        0.08,
    ),
    Role(
        "coder",
        f"You are a software engineer. Read the code before you change it, and run the tests after. {_RULES}",
        0.05,
    ),
    Role(
        "reviewer",
        f"You are a reviewer. Look for mistakes, missing cases and risks; be specific and brief. {_RULES}",
        0.1,
    ),
    Role(
        "support",
        f"You are a support agent. Solve the customer's problem within policy, or escalate it. {_RULES}",
        0.12,
    ),
    Role("analyst", f"You are a data analyst. Query first, check the numbers twice, then explain them. {_RULES}", 0.08),
)


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: how long it takes and how often it fails."""

    name: str
    seconds: float
    failure: float
    arguments: str  # JSON, %d is a number
    result: str


TOOLS = (
    Tool("web_search", 0.8, 0.02, '{"query": "case %d", "limit": 10}', "10 results, best match scores 0.%d"),
    Tool("read_file", 0.05, 0.01, '{"path": "docs/report-%d.md"}', "# Report %d\nThe figures of the quarter follow."),
    Tool("sql_query", 0.4, 0.02, '{"sql": "SELECT count() FROM orders WHERE id > %d"}', "[[%d]]"),
    Tool("python_exec", 1.5, 0.04, '{"code": "print(sum(range(%d)))"}', "%d\n"),
    Tool("http_get", 0.6, 0.03, '{"url": "https://api.example.com/items/%d"}', '{"status": 200, "item": %d}'),
    Tool("vector_lookup", 0.12, 0.005, '{"text": "clause %d", "k": 5}', "5 passages, nearest at distance 0.%d"),
    Tool("send_email", 0.5, 0.01, '{"template": "update", "case": %d}', "queued as message %d"),
    Tool("browser_click", 1.1, 0.05, '{"selector": "#row-%d button"}', "page loaded in %d ms"),
)
ERRORS = (
    ("TimeoutError", "timed out waiting for an answer"),
    ("RateLimitError", "429: rate limit reached, retry after 2 s"),
    ("APIConnectionError", "connection reset by peer"),
    ("ValidationError", "the arguments do not match the schema: missing field 'query'"),
)


@dataclass(frozen=True, slots=True)
class Region:
    """Where nodes stand; the daily rhythm follows the local clock."""

    name: str
    utc_offset_s: int


REGIONS = (
    Region("eu-west-1", 0),
    Region("us-east-1", -5 * 3600),
    Region("us-west-2", -8 * 3600),
    Region("ap-south-1", 19_800),
)

_OPENERS = (
    "Please look into", "Can you check", "I need an update on", "Something is off with", "Summarise", "Compare",
    "Find the cause of", "Prepare a short note about",
)  # fmt: skip
_SUBJECTS = (
    "the refund of order", "the latency of service", "ticket", "the contract with supplier", "the failing test in build",
    "the revenue of region", "invoice", "the migration of database", "the complaint of customer", "the report for week",
)  # fmt: skip
_FINDINGS = (
    "The records show that it was handled twice.",
    "Nothing unusual in the last seven days.",
    "The totals differ by a small amount.",
    "Two sources agree and one contradicts them.",
    "The retry succeeded after the second attempt.",
    "I would escalate this to a person.",
    "The policy allows a full refund within thirty days.",
    "The slow part is the lookup of related documents.",
    "All checks pass after the change.",
    "The customer was informed yesterday.",
    "The cost is within the budget of the month.",
    "A follow-up is due by the end of the week.",
)


def questions(rng: np.random.Generator, count: int) -> list[str]:
    """User messages; fill in a number with `%`."""
    picks = rng.integers(0, [len(_OPENERS), len(_SUBJECTS)], (count, 2)).tolist()
    return [f"{_OPENERS[a]} {_SUBJECTS[b]} %d. Keep it short and tell me what you are unsure about." for a, b in picks]


def answers(rng: np.random.Generator, count: int) -> list[str]:
    """Assistant messages of two to five sentences; fill in a number with `%`."""
    made = []
    for length in rng.integers(2, 6, count).tolist():
        picked = rng.integers(0, len(_FINDINGS), length).tolist()
        made.append("About case %d: " + " ".join(_FINDINGS[p] for p in picked))
    return made
