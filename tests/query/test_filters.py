"""The filter language: what it reads, what it refuses and where, and that nothing typed can become SQL."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.errors import QueryError, SwarmscopeError
from swarmscope.query import complete, traces
from swarmscope.query.conditions import Condition
from swarmscope.query.fields import NOUNS
from swarmscope.query.filters import LENGTH_MAX, All, Any, Compare, Literal, Not, Text, parse
from swarmscope.query.search import Page


def compare(field: str, op: str, *values: str, at: int = 0) -> Compare:
    return Compare(field, op, tuple(Literal(v) for v in values), at)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", All(())),
        ("   ", All(())),
        ("agent:foo", compare("agent", ":", "foo")),
        ("duration>2s", compare("duration", ">", "2s")),
        ("duration:>2s", compare("duration", ">", "2s")),
        ("duration >= 2s", compare("duration", ">=", "2s")),
        ("model:a,b", compare("model", ":", "a", "b")),
        ("tool.name=bar", compare("tool.name", "=", "bar")),
        ('name:"two words"', Compare("name", ":", (Literal("two words", True),), 0)),
        (r'name:"a \"b\" \\"', Compare("name", ":", (Literal('a "b" \\', True),), 0)),
        ("-model:gpt*", Not(compare("model", ":", "gpt*", at=1))),
        ("NOT (a:1)", Not(compare("a", ":", "1", at=5))),
        ("free", Text("free", 0)),
        ('"free text"', Text("free text", 0)),
        ("a:1 AND b:2", All((compare("a", ":", "1"), compare("b", ":", "2", at=8)))),
        (
            "a:1 OR b:2 c:3",
            Any((compare("a", ":", "1"), All((compare("b", ":", "2", at=7), compare("c", ":", "3", at=11))))),
        ),
        ("ORDER", Text("ORDER", 0)),
        ("a~^x$", compare("a", "~", "^x$")),
    ],
)
def test_given_a_filter_when_read_then_it_is_this_tree(text: str, tree: object) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        ("agent:", "a value must follow", 7),
        ('name:"open', "quote is never closed", 6),
        ('"open', "quote is never closed", 1),
        ("(a:1", "never closed", 1),
        ("a:1)", "closes nothing", 4),
        ("()", "empty parentheses", 1),
        ("a:1 OR", "OR needs a term", 7),
        ("OR a:1", "OR needs a term", 3),
        ("a:1 AND", "AND needs a term", 8),
        ("NOT", "needs a term", 1),
        ("(" * 40 + "a:1" + ")" * 40, "within each other", 18),
        (" ".join(f"a:{i}" for i in range(100)), "more than 64 terms", 311),
        ("a\x00b", "NUL", 2),
    ],
)
def test_given_nonsense_when_read_then_the_error_says_what_and_where(text: str, message: str, at: int) -> None:
    with pytest.raises(QueryError, match=re.escape(message)) as caught:
        parse(text)
    assert f"(at character {at})" in str(caught.value)


def test_given_a_filter_beyond_the_length_when_read_then_it_is_refused() -> None:
    with pytest.raises(QueryError, match="at most"):
        parse("a" * (LENGTH_MAX + 1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("status:bad", "one of unset, ok, error"),
        ("status>ok", "has no order"),
        ("duration>fast", "write duration>250ms"),
        ("cost>much", "write cost>0.5"),
        ("start_time>soon", "write start_time>2026"),
        ("agent>a", "agent is text"),
        ("duration~2", "~ is for text"),
        ("trace_id:xyz", "32 hex digits"),
        ("trace_id:1234", "32 hex digits"),
        ("root:perhaps", "true or false"),
        ("custom>x", "compared by number"),
        ("custom>1,2", "takes one value"),
        ("agent>*", "means nothing"),
        ('"..."', "no letter or digit"),
        ("cost>1e300", "cannot be compared"),
        ("tokens>nan", "cannot be compared"),
    ],
)
def test_given_a_wrong_value_when_compiled_then_the_error_tells_the_remedy(world, text: str, message: str) -> None:
    with pytest.raises(QueryError, match=re.escape(message)) as caught:
        Condition(world.reader(), "spans", text)
    assert "at character" in str(caught.value)


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="'\"\\`;-()*%_{}:=<>~, aA1$\n\t", max_size=60),
    st.sampled_from(
        [
            "agent:'",
            "x' OR 1=1 --",
            'agent:"\') OR 1=1 --"',
            "a:{tenant:String}",
            "{f0:String}",
            "$spans",
            'name:"$messages"',
            "agent:a\\",
            "\\'",
            "`x`:1",
            "a.b'c:1",
            "session:* UNION ALL SELECT 1",
            "x:1) OR (1=1",
        ]
    ),
)


@settings(max_examples=250, deadline=None)
@given(HOSTILE)
def test_given_any_text_when_compiled_then_no_part_of_it_becomes_sql(text: str) -> None:
    """The SQL consists of our own words; what was typed is in the parameters only."""
    for noun in ("spans", "logs"):
        try:
            condition = Condition(_NoMessages(), noun, text)
        except QueryError:
            continue
        bare = re.sub(r"\{f\d+:[A-Za-z0-9()]+\}", "?", f"{condition.whole} {condition.source('TABLE')}")
        assert set(re.findall(r"[A-Za-z_]\w*", re.sub(r"'[^']*'", "", bare))) <= _OUR_WORDS | _columns(noun), bare
        assert set(re.findall(r"'([^']*)'", bare)) <= {"", ",", "0", "UTC"}, bare
        assert ";" not in bare
        assert "--" not in bare


class _NoMessages:
    tenant = "a"

    def kept(self, kind: type) -> object:
        return kind()

    def query(self, sql: str, params: object = None, settings: object = None) -> object:
        import pyarrow as pa

        return pa.table({"session": pa.array([], pa.string()), "hash": pa.array([], pa.uint64())})


_OUR_WORDS = set(
    re.findall(
        r"\w+",
        """
        TABLE UNION ALL
        AND OR NOT IN LIKE BETWEEN SELECT FROM WHERE arrayExists v e notEmpty match mapContains ifNull toFloat64OrNull has
        mapValues splitByChar toFixedString unhex lower hex startsWith leftPad fromUnixTimestamp64Nano hasAllTokens hasAny
        positionCaseInsensitiveUTF8 resources resource_id attributes promoted toUInt64 event_attributes session trace_id
        message_hash arrayJoin
        """,
    )
)


def _columns(noun: str) -> set[str]:
    return {word for f in NOUNS[noun].values() for word in re.findall(r"[A-Za-z_]\w*", f.column)}


@settings(max_examples=60, deadline=None)
@given(HOSTILE)
def test_given_any_text_when_searched_then_the_store_understands_or_the_filter_is_refused(world, text: str) -> None:
    reads = world.reader()
    try:
        found = traces.spans(reads, text, world.window, Page(limit=1000))
    except QueryError as e:
        assert "SYNTAX_ERROR" not in str(e)
        return
    known = {s["span_id"].hex() for s in world.of("spans")}
    assert {s["span_id"] for s in found["items"]} <= known


@settings(max_examples=60, deadline=None)
@given(HOSTILE, st.integers(0, 70))
def test_given_any_text_when_completed_then_there_is_an_answer(world, text: str, position: int) -> None:
    position = min(position, len(text))
    found = complete.suggest(world.reader(), "spans", text, position, world.window, 10)
    assert 0 <= found["start"] <= found["end"] == position


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ag", {"agent:", "agent_name:"}),
        ("status:e", {"error"}),
        ("agent:pl", {"planner"}),
        ("-model:gpt-4o,cl", {"claude-sonnet"}),
        ("http.ro", {"http.route:"}),
        ("http.route:/r/", {"/r/0", "/r/1", "/r/2", "/r/3"}),
        ("resource.ho", {"resource.host.name:"}),
        ("name:100", {'"100% done"'}),
        ("root:", {"true", "false"}),
        ("duration>", set()),
    ],
)
def test_given_the_begin_of_a_term_when_completed_then_these_go_on(world, text: str, expected: set[str]) -> None:
    found = complete.suggest(world.reader(), "spans", text, len(text), world.window, 20)
    assert {s["text"] for s in found["suggestions"]} == expected


def test_given_a_suggestion_when_taken_then_the_filter_is_one_that_finds(world) -> None:
    text = "status:error name:100"
    found = complete.suggest(world.reader(), "spans", text, len(text), world.window, 20)
    taken = text[: found["start"]] + found["suggestions"][0]["text"] + text[found["end"] :]
    assert taken == 'status:error name:"100% done"'
    assert traces.spans(world.reader(), taken, world.window, Page())["items"]


def test_errors_are_of_our_tree() -> None:
    assert issubclass(QueryError, SwarmscopeError)
