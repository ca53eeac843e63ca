"""What a log line of an AI agent is about: one of CLASSES, or nothing. Judged once per template, by curated patterns.

The first class whose pattern is found wins, so the order tells what matters more: a tool that failed by a rate limit is a rate
limit. Patterns have no nested repetition, so that they are linear in the line.
"""

from __future__ import annotations

import re

LOOK_MAX = 2048  # characters that are looked at

_PATTERNS: tuple[tuple[str, str], ...] = (
    (
        "context_overflow",
        r"context[_ -]?(?:length|window|size|limit)[_ ]?(?:was |is )?(?:exceed|overflow|too (?:long|large)|reached|full)"
        r"|(?:exceed\w*|over|beyond|larger than|longer than|too long for)(?: the)?(?: \w+['’]s)?(?: model['’]?s?)?"
        r"(?: \w+){0,2}"
        r" (?:context|token limit|max(?:imum)? (?:context|tokens|prompt|input))"
        r"|maximum context length|context_length_exceeded|prompt is too long|input is too long|too many (?:input )?tokens"
        r"|truncat\w+ (?:the )?(?:context|history|conversation|prompt)"
        r"|(?:history|conversation|messages) (?:was |were )?(?:truncated|trimmed)"
        r"|reduce the length of the messages|request_too_large|length limit was reached|maximum sequence length"
        r"|token (?:count|limit) (?:of \S+ |\(\d+\) )?(?:exceed|was exceeded|reached)|max_tokens.{0,40}exceed"
        r"|max(?:_\w+)?_tokens`?\W{0,3}(?:is too large|\d+ > \d+|must be <)|string_above_max_length"
        r"|input length and `?max_tokens`? exceed",
    ),
    (
        "rate_limit",
        r"rate[ _-]?limit|\btoo ?many ?requests|(?:\b|_)(?:status|code|http(?:/\S+)?|error|returned|response)\W{0,3}429\b"
        r"|\b429 "
        r"|\bthrottl|quota (?:was |is |has been )?(?:exceed|reached|exhaust)|exceeded your (?:current )?quota"
        r"|insufficient_quota|exceeds the service quota|service_?quota_?exceeded"
        r"|\boverloaded(?:_error)?\b|resource_?exhausted|requests? per (?:second|minute|day)\b.{0,40}(?:exceed|reach|limit)"
        r"|\b(?:rpm|tpm) limit|retry[- ]after\b|tokens per min(?:ute)?\b",
    ),
    (
        "refusal",
        r"\bi(?:['’]m| am) (?:sorry,? (?:but )?(?:i )?(?:can['’]?t|cannot|won['’]t|am (?:not able|unable))"
        r"|(?:not able|unable) to (?:help|assist|comply|provide|fulfil))"
        r"|\bi (?:can['’]?t|cannot|won['’]t|must decline|have to decline)(?: to)? "
        r"(?:help|assist|comply|provide|fulfil|do that|continue with|answer|with)"
        r"|(?:content[ _-]?(?:filter|policy)|(?:safety|moderation)[ _-]?(?:filter|system|policy|block|flag|check))"
        r"(?!\w*\W{1,3}(?:loaded|enabled|disabled|initiali[sz]ed|ready|passed|config\w*)\b)"
        r"|flagged (?:by|as|for)\b|guardrails? (?:\w+ )?(?:block|trigger|violat|reject|tripped|fail)\w*"
        r"|blocked by (?:the )?(?:guardrail|safety|policy|moderation)"
        r"|\brefus(?:al|ed to (?:answer|comply|help|respond|generate))"
        r"|(?:finish|block)_?reason\W{1,4}(?:\w+\.)?(?:content_filter|refusal|safety|blocklist|prohibited_content|spii)"
        r"|candidate\W{0,3}s?\W?safety_ratings|blocked_?prompt"
        r"|stop_reason\W{1,4}refusal|violat\w+ (?:of )?(?:our |the )?(?:usage|content|safety|acceptable)[ -]?(?:use )?polic"
        r"|as an ai(?: language model)?,? i ",
    ),
    (
        "timeout",
        r"\btim(?:ed|ing)[ -]?out\b|\btime[ -]?out(?:s|error|exception)?\b(?!(?:=| set to | is set to )\d)"
        r"|\w+timeout(?:error|exception)?\b"
        r"|deadline[ _]?exceeded|\bno response (?:after|within|for)\b|(?:\b|_)(?:status|code|http)\W{0,3}(?:504|408)\b"
        r"|gateway time-?out|did not (?:respond|answer|finish|complete) (?:in time|within)|took too long",
    ),
    (
        "tool_error",
        r"\b(?:tool|function)(?:[ _-]?(?:call|use|invocation|execution|run))?\b.{0,80}?"
        r"\b(?<!\b0 )(?<!\bno )"
        r"(?:error\w*|fail\w*|exception|not found|invalid|crash\w*|raised|rejected|denied|unavailable|unknown)\b"
        r"|\b(?:error|failed|failure|exception|invalid|unknown|unexpected|malformed|could ?n[o']t|cannot|unable)\b.{0,60}?"
        r"\b(?:tool|function)(?:[ _-]?(?:call|use|invocation|execution|name|argument))?s?\b"
        r"|\btool(?:call|execution|use|invocation)?(?:error|exception|failure)\b|tool_?error|is_error\W{1,4}true"
        r"|malformed_function_call|tool_use\W{0,2} ids? were found without|\bmcperror\b"
        r"|\bmcp\b.{0,60}\b(?:error|fail\w*|disconnect\w*|refused)\b",
    ),
    (
        "cost",
        r"\bcosts?\b\W{0,4}(?:(?:of|is|was|so far|total|this|usd|us\$|today)\W{0,3}){0,3}[$€£]?\d"
        r"|\b(?:total|estimated|session|daily|run|accumulated|projected)[ _](?:cost|spend)s?\b|cost_usd|usd_cost"
        r"|\bbudget\b.{0,60}\b(?:exceed\w*|exhaust\w*|reach\w*|left|remain\w*|used|spent|alert|over|cap|limit)\b"
        r"|\b(?:spent|spend|billed|charged|bill)\b.{0,30}(?:[$€£]\s?\d|\busd\b|\beur\b)"
        r"|[$€£]\s?\d+(?:\.\d+)?.{0,30}\b(?:spent|cost|budget|billed|tokens)\b|over (?:the )?budget"
        r"|\b(?:prompt|input)[ _]?tokens\b.{0,60}\b(?:completion|output)[ _]?tokens\b|token usage\b"
        r"|\b(?:completion|output)[ _]?tokens\b.{0,60}\b(?:prompt|input)[ _]?tokens\b"
        r"|credit balance is too low|billing (?:hard )?limit",
    ),
    (
        "prompt",
        r"\b(?:system|user|final|full|rendered|assembled|input|llm|raw|developer) ?_?prompts?\b"
        r"|\bprompts?[\"']? ?(?:text|template)?\s*[:=]|\bprompt (?:for|to|sent|built|rendered|of|with|is|after formatting)\b"
        r"|\b(?:sending|sent|built|building|rendered|rendering) (?:\w+ )?prompt"
        r"|<\|?(?:im_start|system|user|assistant|begin_of_text)\|?>"
        r"|\byou are an? .{0,40}\b(?:assistant|agent|expert|model|bot)\b"
        r"|[\"']role[\"']\s*:\s*[\"'](?:system|user|assistant|developer|tool)[\"']|^\s*(?:human|user|system|assistant)\s*:"
        r"|\bmessages\s*=\s*\[",
    ),
)
_COMPILED = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _PATTERNS)
CLASSES = tuple(sorted(name for name, _ in _PATTERNS))


def class_of(line: str) -> str:
    """The class of a line, empty for none."""
    text = line[:LOOK_MAX]
    return next((name for name, pattern in _COMPILED if pattern.search(text)), "")
