"""A model server on a real socket: OpenAI's chat completions (whole, streamed) and embeddings, Anthropic's messages.

It answers as the published API reference says; `test_interop` holds its answers against the official client's models, which
are generated from that reference.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CREATED = 1_770_000_000
MODEL = "gpt-4o-2024-08-06"


def usage(prompt: int, completion: int) -> dict[str, Any]:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 3, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 2,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def message(request: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The assistant's message and why it ended: a tool call where tools are offered, else text."""
    if request.get("tools"):
        name = request["tools"][0]["function"]["name"]
        call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": '{"city": "Oslo"}'}}
        return {"role": "assistant", "content": None, "refusal": None, "tool_calls": [call]}, "tool_calls"
    return {"role": "assistant", "content": "It is cold.", "refusal": None}, "stop"


def completion(request: dict[str, Any]) -> dict[str, Any]:
    text, reason = message(request)
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": CREATED,
        "model": MODEL,
        "choices": [{"index": 0, "message": text, "logprobs": None, "finish_reason": reason}],
        "usage": usage(11, 7),
        "service_tier": "default",
        "system_fingerprint": "fp_1",
    }


def chunks(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    with_usage = (request.get("stream_options") or {}).get("include_usage", False)
    base = {
        "id": "chatcmpl-2",
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": MODEL,
        "service_tier": "default",
        "system_fingerprint": "fp_1",
    }
    deltas: list[tuple[dict[str, Any], str | None]] = [
        ({"role": "assistant", "content": ""}, None),
        ({"content": "It is "}, None),
        ({"content": "cold."}, None),
        ({}, "stop"),
    ]
    for delta, reason in deltas:
        chunk = {**base, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]}
        yield {**chunk, "usage": None} if with_usage else chunk
    if with_usage:
        yield {**base, "choices": [], "usage": usage(11, 4)}


def embeddings(request: dict[str, Any]) -> dict[str, Any]:
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.25, -0.5]}],
        "model": "text-embedding-3-small",
        "usage": {"prompt_tokens": 5, "total_tokens": 5},
    }


def anthropic_message(request: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": request.get("model", ""),
        "content": [{"type": "text", "text": "It is cold."}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 7},
    }


def anthropic_events(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    whole = anthropic_message(request)
    empty = {**whole, "content": [], "stop_reason": None, "usage": {"input_tokens": 11, "output_tokens": 1}}
    yield {"type": "message_start", "message": empty}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "It is cold."}}
    yield {"type": "content_block_stop", "index": 0}
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": whole["usage"],
    }
    yield {"type": "message_stop"}


def error(kind: str, text: str) -> dict[str, Any]:
    return {"error": {"message": text, "type": kind, "param": None, "code": kind}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if not self.headers["x-api-key"] and not (self.headers["authorization"] or "").startswith("Bearer "):
            self._json(401, error("invalid_request_error", "no key"))
        elif request.get("model") == "busy":
            self._json(429, error("rate_limit_exceeded", "slow down"))
        elif self.path.partition("?")[0] == "/v1/messages" and request.get("stream"):
            self._events(f"event: {e['type']}\ndata: {json.dumps(e)}" for e in anthropic_events(request))
        elif self.path.partition("?")[0] == "/v1/messages":
            self._json(200, anthropic_message(request))
        elif self.path == "/v1/embeddings":
            self._json(200, embeddings(request))
        elif self.path == "/v1/chat/completions" and request.get("stream"):
            self._events(f"data: {line}" for line in [*(json.dumps(chunk) for chunk in chunks(request)), "[DONE]"])
        elif self.path == "/v1/chat/completions":
            self._json(200, completion(request))
        else:
            self._json(404, error("invalid_request_error", f"unknown path {self.path}"))

    def _json(self, status: int, body: dict[str, Any]) -> None:
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def _events(self, events: Iterable[str]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in events:
            data = f"{event}\n\n".encode()
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@contextmanager
def serving() -> Iterator[str]:
    """The server's base address, as OPENAI_BASE_URL wants it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
