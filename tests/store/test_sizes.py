"""What conversations take on disk: bytes, which do not depend on the machine's mood."""

from __future__ import annotations

import random
import time

import pyarrow as pa

from swarmscope.store import Store
from tests.support.rows import rows

BEGINNINGS = ("order", "cus", "re", "po", "sta", "ship")
WORDS = [first + last for first in BEGINNINGS for last in ("fund", "tomer", "licy", "tus", "ped")]
TURNS, SESSIONS = 50, 12


def test_a_growing_conversation_takes_a_twentieth_of_what_was_sent(store: Store) -> None:
    rng = random.Random(5)
    now = time.time_ns()
    messages: list[tuple[str, int, str]] = []
    turns: list[tuple[str, list[int], int]] = []
    raw = 0
    for number in range(SESSIONS):
        session = f"session-{number:08x}"
        hashes: list[int] = []
        size = 0
        for turn in range(TURNS):
            for _ in range(2):  # the user's and the model's
                text = " ".join(rng.choices(WORDS, k=rng.randrange(20, 120))) + f" {rng.random()}"
                hashes.append(rng.getrandbits(64))
                messages.append((session, hashes[-1], text))
                size += len(text)
            turns.append((session, hashes[:], now + turn * 20 * 10**9 + number))
            raw += size
    rng.shuffle(messages)
    turns.sort(key=lambda t: t[2])
    _insert(store, messages, turns, now)
    for table in ("spans", "messages"):
        store.command(f"OPTIMIZE TABLE {table} FINAL")
    stored = store.query(
        "SELECT sum(bytes_on_disk) AS n FROM system.parts WHERE active AND table IN ('spans', 'messages') "
        "AND database = currentDatabase()"
    )
    assert stored["n"][0].as_py() <= raw / 20


def _insert(
    store: Store, messages: list[tuple[str, int, str]], turns: list[tuple[str, list[int], int]], now: int
) -> None:
    texts = rows("messages", len(messages), tenant="talk", time_ns=now)
    for at, name in enumerate(("session", "hash", "text")):
        values = pa.array([m[at] for m in messages], texts.schema.field(name).type)
        texts = texts.set_column(texts.schema.get_field_index(name), name, values)
    spans = rows("spans", 1, tenant="talk", time_ns=now)
    spans = pa.concat_tables([spans] * len(turns)).combine_chunks()
    for name, given in (
        ("session", [t[0] for t in turns]),
        ("message_hash", [t[1] for t in turns]),
        ("message_key", [["gen_ai.input.messages[]"] * len(t[1]) for t in turns]),
        ("start_time", [t[2] for t in turns]),
        ("span_id", [number.to_bytes(8, "big") for number in range(len(turns))]),
    ):
        values = pa.array(given, spans.schema.field(name).type)
        spans = spans.set_column(spans.schema.get_field_index(name), name, values)
    store.insert("messages", texts, "talk/messages")
    store.insert("spans", spans, "talk/spans")
