"""What a session is about: the first words that a person said in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from swarmscope.query import conversation
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.times import Window

CHARACTERS_MAX = 200


def of(reads: Reader, sessions: Sequence[str], within: Window) -> dict[str, str]:
    """The title of each session that said something in the window; those that did not are left out.

    It is taken from the first span there that carries messages: what a user says in it, else the first words of anybody.
    """
    if not sessions:
        return {}
    table = reads.spans(within)
    bound: dict[str, object] = {"sessions": list(sessions)}
    first = reads.query(  # sizes of arrays only: the messages themselves are read of one span a session
        "SELECT min(start_time) AS start, lower(hex(argMin(span_id, start_time))) AS span "
        f"FROM {table} WHERE session IN {{sessions:Array(String)}} AND notEmpty(message_hash) AND operation != 'execute_tool' "
        f"AND {between('start_time', within)} GROUP BY session",
        bound,
    )
    if not len(first):
        return {}
    starts = first["start"].to_numpy().astype("datetime64[ns]").astype("int64")
    around = Window(int(starts.min()), int(starts.max()) + 1)
    rows = reads.rows(
        "SELECT session, message_key, message_hash, event_name, "
        "mapFilter((k, v) -> endsWith(k, '.role'), attributes) AS roles "
        f"FROM {table} WHERE {between('start_time', around)} AND session IN {{sessions:Array(String)}} "
        "AND span_id IN (SELECT toFixedString(unhex(arrayJoin({spans:Array(String)})), 8)) LIMIT 1 BY session",
        bound | {"spans": first["span"].to_pylist()},
    )
    wanted: dict[str, set[int]] = defaultdict(set)
    for r in rows:
        wanted[r["session"]].update(r["message_hash"])
    texts = conversation.texts(reads, wanted)
    titles = {}
    for r in rows:
        known = {h: texts[r["session"], h] for h in r["message_hash"] if (r["session"], h) in texts}
        said = conversation.readable(r["message_key"], r["message_hash"], known, dict(r["roles"]), r["event_name"])
        words = [m["text"] for m in said if m["text"] and m["role"] in ("user", "human")]
        words += [m["text"] for m in said if m["text"] and m["direction"] not in ("system", "output")]
        if words:
            titles[r["session"]] = " ".join(words[0][: 4 * CHARACTERS_MAX].split())[:CHARACTERS_MAX]
    return titles
