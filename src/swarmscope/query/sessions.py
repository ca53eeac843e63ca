"""Sessions: the list, and one with its turns and its conversation."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Set as Collection
from typing import Any

from swarmscope.errors import NotFoundError
from swarmscope.query import conversation, groups, titles
from swarmscope.query.reader import Reader
from swarmscope.query.search import Page
from swarmscope.query.spans import NANO
from swarmscope.query.times import MINUTE_NS, Window, moment

TURNS_MAX = 1000
SPANS_MAX = 5000  # with messages
UTTERANCES_MAX = 2000
FAILED = 2  # status code
LOOPING_NS = 2 * MINUTE_NS
UNFINISHED_NS = 5 * MINUTE_NS
_SPEAKERS = {"input": "user", "output": "assistant"}


def search(reads: Reader, q: str, within: Window, page: Page, looping: Collection[str] = frozenset()) -> dict[str, Any]:
    """A page in the shape of `Sessions`. looping: agents that repeat a call now."""
    rows, following = groups.sessions(reads, q, within, page)
    return {
        "items": [_row(r, r["title"], looping) for r in rows],
        "next": following,
        "window": within.json(),
    }


def one(reads: Reader, session: str, looping: Collection[str] = frozenset()) -> dict[str, Any]:
    """A session in the shape of `Session`, over all that is still kept. looping: as in `search`. NotFoundError."""
    table = reads.spans(Window(0, 1))
    summary = reads.rows(
        f"SELECT session AS id, {groups.FIGURES} FROM {table} WHERE session = {{session:String}} GROUP BY session",
        {"session": session},
    )
    if not summary or not session:
        raise NotFoundError(f"session {session!r} is not known; GET /api/v1/sessions lists those that are")
    turns = _turns(reads, table, session)
    talk, cut = _conversation(reads, table, session, {t["trace_id"]: t["index"] for t in turns})
    return {
        "summary": _row(summary[0], next((u["text"] for u in talk if _asks(u)), "")[: titles.CHARACTERS_MAX], looping),
        "turns": turns,
        "conversation": talk,
        "truncated": cut or summary[0]["traces"] > len(turns),
    }


def outcome(r: dict[str, Any], looping: Collection[str], now_ns: int) -> str:
    """How a session ended, or that it has not. r: its figures."""
    silent_ns = now_ns - r["end_ns"]
    if silent_ns < LOOPING_NS and not looping.isdisjoint(r["all_agents"]):
        return "looping"
    if r["roots"] and r["newest_trace"] != r["ended_trace"]:  # a turn is told by its root when it ends
        return "running" if silent_ns < UNFINISHED_NS else "unfinished"
    return "failed" if r["last_status"] == FAILED else "recovered" if r["errors"] else "fine"


def _row(r: dict[str, Any], title: str, looping: Collection[str]) -> dict[str, Any]:
    ended = outcome(r, looping, time.time_ns())
    about = {"session": r["id"], "title": title, "outcome": ended, "turns": r["traces"], "models": r["all_models"]}
    return about | groups.figures(r)


def _turns(reads: Reader, table: str, session: str) -> list[dict[str, Any]]:
    rows = reads.rows(
        "SELECT lower(hex(trace_id)) AS trace, argMin(tuple(name, agent), "
        f"tuple(parent_span_id != toFixedString('', 8), start_time)) AS root, {groups.FIGURES} FROM {table} "
        f"WHERE session = {{session:String}} GROUP BY trace_id ORDER BY start_ns, trace LIMIT {TURNS_MAX}",
        {"session": session},
    )
    out = []
    reached = 0
    for index, r in enumerate(rows):
        name, agent = r["root"].values()
        out.append(
            {
                "index": index,
                "trace_id": r["trace"],
                "name": name,
                "agent": agent,
                "start_time": moment(r["start_ns"]),
                "duration_ns": r["end_ns"] - r["start_ns"],
                "wait_ns": max(0, r["start_ns"] - reached) if index else 0,
                "spans": r["spans"],
                "errors": r["errors"],
                "input_tokens": r["all_input_tokens"],
                "output_tokens": r["all_output_tokens"],
                "cost_usd": r["all_cost_nano_usd"] / NANO,
            }
        )
        reached = max(reached, r["end_ns"])
    return out


def _conversation(reads: Reader, table: str, session: str, turns: dict[str, int]) -> tuple[list[dict[str, Any]], bool]:
    """Every message once, where it first appeared: prompts repeat what was said before, and agents repeat each other."""
    rows = reads.rows(
        "SELECT lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, toUnixTimestamp64Nano(start_time) AS start_ns, "
        "duration_ns, agent, model, tool, message_key, message_hash, event_name, event_attributes, "
        f"{conversation.BESIDE} AS beside FROM {table} "
        "WHERE session = {session:String} AND (notEmpty(message_hash) OR notEmpty(beside)) "
        f"ORDER BY start_time, span LIMIT {SPANS_MAX + 1}",
        {"session": session},
    )
    wanted: dict[str, set[int]] = defaultdict(set)
    for r in rows[:SPANS_MAX]:
        wanted[session].update(r["message_hash"])
    texts = {number: text for (_, number), text in conversation.texts(reads, wanted).items()}
    all_said: list[tuple[int, dict[str, Any], dict[str, Any]]] = []
    for r in rows[:SPANS_MAX]:
        messages = conversation.readable(
            r["message_key"], r["message_hash"], texts, dict(r["beside"]), r["event_name"], r["event_attributes"]
        )
        for message in messages:
            if message["key"].startswith(conversation.SETTINGS) or conversation.as_sent(message, messages):
                continue
            ended = message["direction"] == "output" or (r["tool"] and conversation.answers(message))
            all_said.append((r["start_ns"] + r["duration_ns"] * bool(ended), message, r))
    all_said.sort(
        key=lambda one: one[0]
    )  # the answer of an agent's span comes after what its model and tools said below it
    said: set[tuple[str, str]] = set()
    out: list[dict[str, Any]] = []
    for at, message, r in all_said:
        mark, *calls = _marks(message, r["tool"])
        if mark in said:
            continue
        said.update((mark, *calls))
        out.append(
            message
            | {
                "turn": turns.get(r["trace"], -1),
                "time": moment(at),
                "trace_id": r["trace"],
                "span_id": r["span"],
                "agent": r["agent"],
                "model": r["model"],
                "tool": r["tool"],
            }
        )
    return out[:UTTERANCES_MAX], len(rows) > SPANS_MAX or len(out) > UTTERANCES_MAX


def _asks(message: dict[str, Any]) -> bool:
    """Whether somebody is asked: by a user's message, or by the input of an agent's span."""
    return message["role"] in ("user", "human") or (
        message["direction"] == "input" and not message["role"] and not message["tool"]
    )


def _marks(message: dict[str, Any], tool: str) -> list[tuple[str, str]]:
    """What tells that a message was said before, then the same of each call of a tool in it: the tool's span repeats it."""
    text = message["text"] or message["hash"]
    if tool and not message["role"]:
        if conversation.answers(message):
            return [_tight("tool", text)]
        return [_tight("call", f"{tool}({conversation.given(message['raw'])})")]
    # the span of an agent repeats without a role what its model was asked and answered
    who = message["role"] or _SPEAKERS.get(message["direction"], message["direction"])
    calls = [_tight("call", line) for line in text.splitlines() if line.endswith(")")] if who == "assistant" else []
    return [_tight(who, text) if who == "tool" else (who, text), *calls]


def _tight(what: str, text: str) -> tuple[str, str]:
    """However the JSON in it is spaced."""
    return what, "".join(text.split())
