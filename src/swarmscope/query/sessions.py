"""Sessions: the list, and one with its turns and its conversation."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as Collection
from dataclasses import dataclass
from types import MappingProxyType
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
ABOVE_MAX = 64  # spans between one that says something and the topmost that is looked at
ANCESTRY_MAX = 50_000  # spans whose place in their trace is known
_Mark = tuple[str, str]  # who, and what was said
_Span = tuple[str, str]  # its trace, its own id
_NO_PARENTS: Mapping[_Span, str] = MappingProxyType({})
_SPEAKERS = {"input": "user", "output": "assistant"}


def search(reads: Reader, q: str, within: Window, page: Page, looping: Collection[str] = frozenset()) -> dict[str, Any]:
    """A page in the shape of `Sessions`. looping: agents that repeat a call now."""
    rows, following = groups.sessions(reads, q, within, page)
    return {
        "items": [_row(r, r["title"], r["ending"], looping) for r in rows],
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
    title = next((u["text"] for u in talk if _asks(u)), "")
    return {
        "summary": _row(summary[0], title[: titles.CHARACTERS_MAX], summary[0], looping),
        "turns": turns,
        "conversation": talk,
        "truncated": cut or summary[0]["traces"] > len(turns),
    }


def outcome(r: dict[str, Any], looping: Collection[str], now_ns: int) -> str:
    """How a session ended, or that it has not. r: `groups.ENDING`."""
    silent_ns = now_ns - r["end_ns"]
    if silent_ns < LOOPING_NS and not looping.isdisjoint(r["all_agents"]):
        return "looping"
    if r["roots"] and r["newest_trace"] != r["ended_trace"]:  # a turn is told by its root when it ends
        return "running" if silent_ns < UNFINISHED_NS else "unfinished"
    return "failed" if r["last_status"] == FAILED else "recovered" if r["errors"] else "fine"


def _row(r: dict[str, Any], title: str, ending: dict[str, Any], looping: Collection[str]) -> dict[str, Any]:
    ended = outcome(ending, looping, time.time_ns())
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
                "unpriced": r["costless_models"],
            }
        )
        reached = max(reached, r["end_ns"])
    return out


def _conversation(reads: Reader, table: str, session: str, turns: dict[str, int]) -> tuple[list[dict[str, Any]], bool]:
    """What was newly said, in its order: prompts repeat what was said before, and agents repeat each other."""
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
    uttered: list[tuple[int, list[dict[str, Any]], dict[str, Any]]] = []  # when, messages, row
    for r in rows[:SPANS_MAX]:
        messages = conversation.readable(
            r["message_key"], r["message_hash"], texts, dict(r["beside"]), r["event_name"], r["event_attributes"]
        )
        prompt: list[dict[str, Any]] = []
        for message in messages:
            if message["setting"] or message["repeats"]:
                continue
            if message["direction"] == "output" or (r["tool"] and conversation.answers(message)):
                uttered.append((r["start_ns"] + r["duration_ns"], [message], r))
            else:
                prompt.append(message)
        uttered.append((r["start_ns"], prompt, r))
    # the answer of an agent's span comes after what its model and tools said below it
    uttered.sort(key=lambda one: one[0])
    heard = _Heard(*_ancestry(reads, table, session))
    out: list[dict[str, Any]] = []
    for at, messages, r in uttered:
        out.extend(
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
            for message in heard.news(messages, r)
        )
    return out[:UTTERANCES_MAX], len(rows) > SPANS_MAX or len(out) > UTTERANCES_MAX


def _ancestry(reads: Reader, table: str, session: str) -> tuple[dict[_Span, str], set[_Span]]:
    """The span above each one of a session, whether it says something or not, and those that are the run of an agent."""
    rows = reads.rows(
        "SELECT lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, lower(hex(parent_span_id)) AS parent, "
        f"operation = 'invoke_agent' AS run FROM {table} WHERE session = {{session:String}} "
        f"ORDER BY start_time LIMIT {ANCESTRY_MAX}",
        {"session": session},
    )
    parents = {(r["trace"], r["span"]): r["parent"] for r in rows if r["parent"].strip("0")}
    return parents, {(r["trace"], r["span"]) for r in rows if r["run"]}


@dataclass(frozen=True, slots=True)
class _Told:
    """Something that was said. place: how much was told then; by: the agent; start_ns: of the span; end_ns: of a tool's."""

    place: int
    span: str
    by: str
    start_ns: int
    end_ns: int = 0


class _Heard:
    """What a session has said so far; tells of what comes next which of it is new. Constant work for each message.

    A prompt is history, then news. Of the history only what the session has not said as often is new; what follows the last
    words of an assistant is new unless the session has said it since. What a model or a tool gives back is new unless a span
    below it has said it already; an answer also where its turn has given it to the last question. Which span is below which
    is told by their times, as senders leave spans out; but agents that run beside each other below one span are not below
    each other, nor are two runs of one agent.

    parents: trace and span → the span above, of those that have one. runs: spans that are the run of an agent.
    """

    def __init__(self, parents: Mapping[_Span, str] = _NO_PARENTS, runs: Collection[_Span] = frozenset()) -> None:
        self.parents = parents
        self.runs = runs
        self.count = 0  # of what was told
        self.times: dict[_Mark, int] = defaultdict(int)  # how often it was said
        self.last: dict[tuple[str, _Mark], _Told] = {}  # by agent, trace, lane (`_lane`) or ""
        self.asked: dict[str, int] = {}  # by trace: the place of the last question
        self.open: dict[_Mark, int] = defaultdict(int)  # calls of models that no tool's span has taken up
        self.busy: dict[tuple[str, _Mark], _Told] = {}  # calls of tools: the one that ends last, by lane or ""

    def news(self, messages: list[dict[str, Any]], r: dict[str, Any]) -> list[dict[str, Any]]:
        """Those of the messages that are new. messages: a prompt, or one of what came back."""
        marked = [_marks(message, r["tool"]) for message in messages]
        spoke = [i for i, (mark, *_) in enumerate(marked) if mark[0] == "assistant"]
        before = self._place(marked[spoke[-1]][0], r["agent"]) if spoke else None
        tail = len(marked) - 1 if before is None else spoke[-1] + 1
        within: dict[_Mark, int] = defaultdict(int)
        out = []
        for i, (message, (mark, *calls)) in enumerate(zip(messages, marked, strict=True)):
            within[mark] += 1
            back = message["direction"] == "output" or (r["tool"] and conversation.answers(message))
            if back:
                new = self._given_back(mark, calls, message, r)
                self.times[mark] += not new  # a history may hold the words of each of those who said the same
            elif r["tool"] and mark[0] == "call":
                new = self._called(mark, r)
            elif mark[0] in ("system", "developer"):
                new = not self.times[mark]
            else:
                new = within[mark] > self.times[mark] or (i >= tail and not self._since(mark, before, r["trace"]))
            if new:
                self._tell(mark, calls, r)
                out.append(message)
        return out

    def _place(self, mark: _Mark, agent: str) -> int | None:
        found = self.last.get((f"agent {agent}", mark)) or self.last.get(("", mark))
        return None if found is None else found.place

    def _since(self, mark: _Mark, before: int | None, trace: str) -> bool:
        """Whether it was told after what stands before it, or in this trace where nothing does."""
        if before is None:
            return (trace, mark) in self.last
        return self.last[("", mark)].place > before if ("", mark) in self.last else False

    def _given_back(self, mark: _Mark, calls: list[_Mark], message: dict[str, Any], r: dict[str, Any]) -> bool:
        asked = self.asked.get(r["trace"], 0)
        for before in self._lately(self.last, mark, r, r["trace"]):
            if before.start_ns >= r["start_ns"] or not (calls or r["tool"] or before.place < asked):
                return False
        told = [any(b.start_ns >= r["start_ns"] for b in self._lately(self.last, c, r, r["trace"])) for c in calls]
        return not (told and all(told) and len(told) == len(message["text"].splitlines()))

    def _called(self, mark: _Mark, r: dict[str, Any]) -> bool:
        end_ns = r["start_ns"] + r["duration_ns"]
        above = any(busy.end_ns > r["start_ns"] for busy in self._lately(self.busy, mark, r, ""))
        for key in ("", self._lane(r)):
            busy = self.busy.get((key, mark))
            if busy is None or busy.end_ns < end_ns:
                self.busy[(key, mark)] = _Told(self.count, r["span"], r["agent"], r["start_ns"], end_ns)
        if above or self.open[mark] <= 0:
            return not above
        self.open[mark] -= 1
        return False

    def _lately(
        self, of: Mapping[tuple[str, _Mark], _Told], mark: _Mark, r: dict[str, Any], wide: str
    ) -> Iterator[_Told]:
        """What was told last in the lane of a span and in all of `wide`, as far as it was not said beside the span."""
        found = (of.get((key, mark)) for key in (self._lane(r), wide))
        return (told for told in found if told is not None and not self._apart(told, r))

    def _lane(self, r: dict[str, Any]) -> str:
        """Names the run that a span belongs to; its agent in its trace, where no run is known."""
        return f"lane {r['trace']} {self._run(r['trace'], r['span']) or r['agent']}"

    def _run(self, trace: str, span: str) -> str:
        """The nearest run of an agent: the span itself or one above it; empty where none is known."""
        return next((one for one in self._line(trace, span) if (trace, one) in self.runs), "")

    def _apart(self, told: _Told, r: dict[str, Any]) -> bool:
        """Whether it was said beside this span, both being below a third: by another agent, or by another run of this one."""
        one, other = self._line(r["trace"], told.span), self._line(r["trace"], r["span"])
        if told.by == r["agent"]:
            run, own = self._run(r["trace"], told.span), self._run(r["trace"], r["span"])
            if not run or not own or run in other or own in one:
                return False
        return told.span not in other and r["span"] not in one and not other.keys().isdisjoint(one)

    def _line(self, trace: str, span: str) -> dict[str, None]:
        """A span and those above it in their order, as far as they are known."""
        line = {span: None}
        while (above := self.parents.get((trace, span))) is not None and above not in line and len(line) < ABOVE_MAX:
            line[above] = None
            span = above
        return line

    def _tell(self, mark: _Mark, calls: list[_Mark], r: dict[str, Any]) -> None:
        self.count += 1
        self.times[mark] += 1
        for one in (mark, *calls):
            for key in ("", r["trace"], f"agent {r['agent']}", self._lane(r)):
                self.last[(key, one)] = _Told(self.count, r["span"], r["agent"], r["start_ns"])
        for call in calls:
            self.open[call] += 1
        if mark[0] in ("user", "human"):
            self.asked[r["trace"]] = self.count


def _asks(message: dict[str, Any]) -> bool:
    """Whether somebody is asked: by a user's message, or by the input of an agent's span."""
    return message["role"] in ("user", "human") or (
        message["direction"] == "input" and not message["role"] and not message["tool"]
    )


def _marks(message: dict[str, Any], tool: str) -> list[_Mark]:
    """What tells that a message was said before, then the same of each call of a tool in it: the tool's span repeats it."""
    text = message["text"] or message["hash"]
    if tool and not message["role"]:
        if conversation.answers(message):
            return [_tight("tool", text)]
        return [_tight("call", f"{tool}({conversation.given(message['raw'])})")]
    # the span of an agent repeats without a role what its model was asked and answered
    who = message["role"] or _SPEAKERS.get(message["direction"], message["direction"])
    calls = [_tight("call", line) for line in text.splitlines() if line.endswith(")")] if who == "assistant" else []
    return [_tight(who, text) if who == "tool" or calls else (who, text), *calls]


def _tight(what: str, text: str) -> _Mark:
    """However the JSON in it is spaced."""
    return what, "".join(text.split())
