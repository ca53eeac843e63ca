"""Classes of log lines: lines as agents, frameworks and providers write them, none of which the patterns quote whole."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from swarmscope.ingest.log_classes import CLASSES, class_of

LINES = {
    "rate_limit": [
        "Rate limit reached for gpt-4o in organization org-abc on tokens per min (TPM): Limit 30000, Used 29800",
        "openai.RateLimitError: Error code: 429 - {'error': {'message': 'You exceeded your current quota'}}",
        "HTTP Request: POST https://api.anthropic.com/v1/messages \"HTTP/1.1 429 Too Many Requests\"",
        "anthropic.APIStatusError: {'type': 'overloaded_error', 'message': 'Overloaded'}",
        "429 RESOURCE_EXHAUSTED. Quota exceeded for aiplatform.googleapis.com/generate_content_requests_per_minute",
        "botocore.errorfactory.ThrottlingException: Too many requests, please wait before trying again",
        "backing off 8.2 s, server sent Retry-After: 8",
        "Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 45000",
        "ServiceQuotaExceededException when calling the InvokeModel operation: Your request exceeds the service quota",
        "cohere.errors.TooManyRequestsError: status_code: 429, body: you are using a Trial key",
    ],
    "context_overflow": [
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 131072 tokens",
        "anthropic.BadRequestError: prompt is too long: 205177 tokens > 200000 maximum",
        "context window exceeded for agent planner-7, dropping the oldest 12 messages",
        "truncating conversation history from 164k to 120k tokens",
        "Error code: 400 - {'error': {'code': 'context_length_exceeded'}}",
        "input exceeds the model context by 512 tokens",
        "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
        "max_tokens is too large: 32768. This model supports at most 16384 completion tokens",
        "anthropic.BadRequestError: max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens",
        "LengthFinishReasonError: Could not parse response content as the length limit was reached",
        "Error code: 413 - {'type': 'error', 'error': {'type': 'request_too_large'}}",
        "400 INVALID_ARGUMENT. The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)",
        "Conversation history trimmed: 140000 tokens over the 128000 token context",
        "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens",
        "Token indices sequence length is longer than the specified maximum sequence length for this model (600 > 512)",
    ],
    "refusal": [
        "I'm sorry, but I can't help with that request.",
        "assistant: I cannot assist with creating malware",
        "completion ended with finish_reason=content_filter",
        "The response was filtered due to the prompt triggering Azure OpenAI's content management: content_filter",
        "guardrail blocked the answer: pii",
        "model refused to answer, retrying with a softer wording",
        "request flagged by moderation endpoint: violence",
        "finish_reason=<FinishReason.SAFETY: 'SAFETY'> safety_ratings=[]",
        "BlockedPromptException: prompt_feedback { block_reason: SAFETY }",
        "none were returned. The candidate's finish_reason is 3. Please check the `candidate.safety_ratings`",
        "Guardrail homework_check triggered",
    ],
    "timeout": [
        "httpx.ReadTimeout: The read operation timed out",
        "step search_docs timed out after 30.0 s",
        "asyncio.exceptions.TimeoutError",
        "grpc status DEADLINE_EXCEEDED from embedding service",
        "no response within 60s from agent reviewer-3",
        "upstream answered 504 Gateway Timeout",
        "the worker took too long and was restarted",
        "API error: status_code: 504, body: upstream is away",
    ],
    "tool_error": [
        "Tool call search_web failed: ConnectionRefusedError",
        "tool execution error in run_sql: syntax error at or near \"FORM\"",
        "langchain_core.tools.base.ToolException: file does not exist",
        "Invalid arguments for function call get_weather: missing 'city'",
        "unknown tool 'browse', available: search, fetch",
        "MCP server filesystem disconnected: broken pipe; error -32000",
        "Error while invoking tool calculator with {'expr': '1/0'}",
        "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_01",
        "finish_reason=<FinishReason.MALFORMED_FUNCTION_CALL: 9>",
        "Malformed function call: print(default_api.search(query=1))",
        "mcp.shared.exceptions.McpError: Connection closed",
    ],
    "cost": [
        "total cost so far $12.43",
        "budget for team research: 93% used, 7 USD left",
        "run finished, cost=0.0312 USD, 3 steps",
        "daily spend limit of $50 is near: spent $48.20",
        "usage: prompt_tokens=812 completion_tokens=96 total_tokens=908",
        "estimated cost 0.004 for model claude-sonnet-4",
        "agent over budget, pausing",
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing",
        "Billing hard limit has been reached",
        "usage: CompletionUsage(completion_tokens=33, prompt_tokens=4, total_tokens=37)",
    ],
    "prompt": [
        "System prompt: You answer briefly.",
        "sending prompt to gpt-4o (812 characters)",
        "You are a helpful assistant that writes SQL.",
        '[{"role": "user", "content": "what is the weather"}]',
        "<|im_start|>system",
        "Human: summarise the following article",
        "rendered prompt template qa_v3 with 4 documents",
        "Prompt after formatting: what is 2+2",
        '[llm/start] [llm:ChatOpenAI] Entering LLM run with input: {"prompts": ["hi"]}',
    ],
    "": [
        "GET /health 200 3ms",
        "agent planner-1 started, version 2.3.1",
        "connected to redis at 10.0.0.5:6379",
        "heartbeat from worker 17",
        "indexed 512 documents in 1.2 s",
        "user alice logged in",
        "cache hit ratio 0.93",
        "handing over to agent coder-3",
        "tool search_web returned 12 results in 320 ms",
        "loaded 14 tools from registry",
        "model gpt-4o answered in 1.9 s",
        "retrying step 3 of 5",
        "wrote checkpoint to s3://bucket/run-17",
        "timer set to 30 seconds",
        "limiting output to 20 rows",
        "Starting function cleanup",
        "costly query plan avoided",
        "timeout set to 30 s",
        "GET /v1/models timeout=30",
        "safety checker loaded",
        "loading content filter configuration",
        "tool registry: 0 errors",
        "openai.APIConnectionError: Connection error.",
        "GraphRecursionError: Recursion limit of 25 reached without hitting a stop condition",
    ],
}  # fmt: skip


@pytest.mark.parametrize("label", sorted(LINES))
def test_lines_of_a_class_are_known_as_such(label: str) -> None:
    wrong = {line: class_of(line) for line in LINES[label] if class_of(line) != label}
    assert not wrong


def test_every_class_has_lines_and_precision_holds_over_all() -> None:
    assert set(LINES) == {*CLASSES, ""}
    said = Counter((label, class_of(line)) for label, lines in LINES.items() for line in lines)
    right = sum(n for (truth, judged), n in said.items() if truth == judged)
    assert right / said.total() >= 0.95


@pytest.mark.parametrize(
    "part",
    [
        "tool ",
        "error ",
        "cost of ",
        "budget ",
        "exceeds the a ",
        "I cannot ",
        "$1 ",
        "429 a",
        "max_a_",
        "timeout=",
        "safety check ",
    ],
)
def test_a_long_line_of_near_misses_takes_no_time(part: str) -> None:
    begun = time.process_time()
    class_of(part * 100_000)
    assert time.process_time() - begun < 0.1
