"""Context overflow: conversations that grow towards what their model can read, and those that no longer fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from swarmscope.detect.agentic.base import Agentic, seconds
from swarmscope.detect.base import Options as BaseOptions
from swarmscope.detect.base import Question
from swarmscope.model.finding import Finding
from swarmscope.query.agentic import conversations
from swarmscope.query.times import MINUTE_NS, SECOND_NS, Window

BACK_MINUTES = 15
FOUND_MAX = 100
CALLS_MIN = 4
# tokens that a model reads at most, by what its name begins with after the vendor; the first that fits counts
LIMITS: tuple[tuple[str, int], ...] = (
    (r"gpt-4\.1", 1_047_576), (r"gpt-5", 400_000), (r"gpt-4o|gpt-4-turbo|chatgpt-4o", 128_000), (r"gpt-4-32k", 32_768),
    (r"gpt-4", 8_192), (r"gpt-3\.5-turbo", 16_385), (r"o1-mini|o1-preview", 128_000), (r"o[134]", 200_000),
    (r"claude-2\.0", 100_000), (r"claude", 200_000), (r"gemini-1\.5-pro", 2_097_152), (r"gemini", 1_048_576),
    (r"mistral-(large|small|medium)|ministral|codestral|magistral", 128_000), (r"mixtral|open-mistral", 32_768),
    (r"llama-?3\.[123]|llama3\.[123]|meta-llama-3\.[123]", 131_072), (r"llama-?4", 1_000_000), (r"llama-?3", 8_192),
    (r"qwen", 131_072), (r"deepseek", 128_000), (r"command-r|command-a", 128_000), (r"grok", 131_072),
)  # fmt: skip


@cache
def limit_of(model: str) -> int:
    """Tokens that a model reads at most by its name; 0: unknown."""
    name = model.lower().rpartition("/")[2].removeprefix("openai.").removeprefix("anthropic.").removeprefix("meta.")
    return next((limit for pattern, limit in LIMITS if re.match(pattern, name)), 0)


class ContextOverflow(Agentic):
    """Conversations whose prompt nears or passes what the model can read, ahead of time where they grow steadily.

    The newest prompt of each session against the limit of its model: `share` of it is a finding; so is one that grows so fast
    that it is full within `ahead_calls` calls, with the time left as lead; and a call that failed because it was too long.
    Limits of models are known by name; `limits` adds to them or changes them.

        [plugins.options.detector.context_overflow]
        share = 0.8
        limits = { "my-model" = 32768 }

    Source: limits as the vendors' model pages state them; ordinary least squares for growth.
    """

    name: ClassVar[str] = "context_overflow"
    kinds: ClassVar[tuple[str, ...]] = ("context_overflow", "context_filling")
    every_s: ClassVar[float] = 10.0

    class Options(BaseOptions, frozen=True, forbid_unknown_fields=True):
        """share: of the limit. ahead_calls: to the limit. limits: tokens by model name."""

        share: Annotated[
            float,
            Meta(gt=0, le=1, description="share of the limit that is a finding", extra={"sensitive": (0.97, 0.7)}),
        ] = 0.9
        ahead_calls: Annotated[int, Meta(ge=0, le=1000, description="calls ahead that growth is followed")] = 5
        limits: Annotated[dict[str, int], Meta(description="tokens that a model reads at most, by its name")] = (
            msgspec.field(default_factory=dict)
        )

    def judge(self, seen: Question) -> Sequence[Finding]:
        """The fullest sessions first."""
        within = Window(seen.within.end_ns - BACK_MINUTES * MINUTE_NS, seen.within.end_ns)
        known = [*self.options.limits.values(), *(limit for _, limit in LIMITS)]
        rows = conversations(seen.reads, within, int(0.4 * min(known)))
        told = [self._told(seen, r, self.options.limits.get(r["model"]) or limit_of(r["model"])) for r in rows]
        found = sorted((f for f in told if f is not None), key=lambda f: -f.score)
        best: dict[str, Finding] = {}
        for finding in found:
            best.setdefault(finding.subject, finding)
        return list(best.values())[:FOUND_MAX]

    def _told(self, seen: Question, row: dict[str, Any], limit: int) -> Finding | None:
        prompt, turn, slope = float(row["prompt"]), max(float(row["turn"]), 0.0), float(row["slope"])
        if not limit and not row["too_long"]:
            return None
        share = prompt / limit if limit else 1.0
        left = max(limit - prompt, 0.0)
        soon = (
            bool(limit) and row["calls"] >= CALLS_MIN and share >= 0.5 and turn * self.options.ahead_calls >= left > 0
        )
        if not (row["too_long"] or share >= self.options.share or soon):
            return None
        over = bool(row["too_long"]) or share >= 1
        lead_s = left / slope if slope > 0 and not over else 0.0
        agent = row["agent"]
        grows = f" It grows by {turn:,.0f} tokens a call." if turn else ""
        when = f" At this rate it is full in {seconds(lead_s)}." if 0 < lead_s < 86_400 else ""
        failed = f" {row['too_long']} calls failed because of it." if row["too_long"] else ""
        return self.finding(
            seen, "context_overflow" if over else "context_filling", agent,
            f"{agent}: the conversation {'no longer fits' if over else f'fills {share:.0%} of'} what {row['model']} can read",
            1e-6 if over else 1e-3, start_ns=int(row["last_ns"]), severity="high" if over else "medium", signal="input_tokens",
            score=share, observed=prompt, expected=float("nan"), upper=float(limit) if limit else float("nan"),
            lead_ns=round(min(lead_s, 86_400) * SECOND_NS),
            explanation=f"Session {row['session']}: the newest prompt has {prompt:,.0f} tokens"
            + (f", the limit is {limit:,}." if limit else ".") + grows + when + failed,
            recommendation="summarise or trim the conversation; keep large tool results out of the prompt",
            evidence=(("trace", row["trace"]),), labels={"session": row["session"], "model": row["model"]},
        )  # fmt: skip
