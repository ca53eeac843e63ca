"""LogQL: what is read, what is refused, and templates; any text at all ends in a tree or in a QueryError."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.errors import QueryError
from swarmscope.query.logql.extract import extractor
from swarmscope.query.logql.parse import parse
from swarmscope.query.logql.template import Template
from swarmscope.query.logql.tokens import byte_count, duration_ns
from swarmscope.query.logql.tree import Binary, LabelLogic, Log, Parser, RangeAggregation, VectorAggregation

WORDS = st.sampled_from(
    ["{", "}", "a", "=", '"b"', "=~", '"("', "|", "|=", "|~", "json", "logfmt", "[", "5m", "]", "rate", "sum", "(", ")", "by",
     ",", "1", "+", "and", "or", "unwrap", "offset", "on", "bool", "`x`", "ip", "drop", "keep", "line_format", '"{{.a}}"',
     "label_format", "-", ">", "10MB", "vector", "topk", "quantile_over_time", "count_over_time", "group_left", "#"]
)  # fmt: skip


ACTIONS = st.sampled_from(
    ["{{", "}}", ".a", "|", "if", "else", "end", "printf", '"%d"', "trunc", "1", " ", "(", ")", "x"]
)


@settings(deadline=None, max_examples=400)
@given(st.lists(WORDS, max_size=30).map(" ".join) | st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except QueryError as e:
        assert str(e)


@settings(deadline=None, max_examples=300)
@given(st.lists(ACTIONS, max_size=14).map(" ".join))
def test_any_template_is_read_or_refused(text: str) -> None:
    try:
        Template(text).render({"a": "b"})
    except QueryError as e:
        assert str(e)


def test_operators_bind_as_in_prometheus() -> None:
    tree = parse('rate({a="b"}[1m]) + rate({a="b"}[1m]) * 2 > 1 or vector(1)')
    assert isinstance(tree, Binary)
    assert tree.op == "or"
    assert isinstance(tree.left, Binary)
    assert tree.left.op == ">"
    assert isinstance(tree.left.left, Binary)
    assert tree.left.left.op == "+"
    filters = parse('{a="b"} | x="1" or y="2" and z="3"')
    assert isinstance(filters, Log)
    assert isinstance(filters.stages[0], LabelLogic)
    assert filters.stages[0].op == "or"


@pytest.mark.parametrize(
    "query", ['sum by (x) (rate({a="b"} | json [5m] offset 1h))', 'sum(rate({a="b"} | json [5m] offset 1h)) by (x)']
)
def test_grouping_stands_before_or_behind(query: str) -> None:
    tree = parse(query)
    assert isinstance(tree, VectorAggregation)
    assert tree.grouping is not None
    assert tree.grouping.names == ("x",)
    assert isinstance(tree.inner, RangeAggregation)
    assert (tree.inner.range_ns, tree.inner.offset_ns) == (300 * 10**9, 3600 * 10**9)


@pytest.mark.parametrize(
    "query",
    ['{a="b"', '{a="b"} |= ', '{a=~"("}', 'rate({a="b"})', 'rate({a="b"}[0s])', 'bytes_rate({a="b"} | unwrap x [1m])', "{}",
     'avg_over_time({a="b"}[1m])', 'topk(0, rate({a="b"}[1m]))', '{a="b"} + 1', '{a="b"} | nonsense', '{a="b"} | pattern "x"',
     '{a="b"} | pattern "<a><b>"', '{a="b"} | regexp "x"', '{a="b"} | line_format "{{.a"', '{a="b"} | line_format "{{ nope }}"',
     f'topk({"9" * 400}, rate({{a="b"}}[1m]))', '{a="b"} |= ip("x")', "(" * 500, '{a="b"}' + " | json" * 100, "1 and 2"],
)  # fmt: skip
def test_what_is_wrong_is_refused(query: str) -> None:
    with pytest.raises(QueryError):
        parse(query)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{.a}}-{{ .missing }}!", "x-!"),
        ('{{ .a | ToUpper | printf "%5s" }}{{ printf "%03s" .n }}', "    X005"),
        ('{{ if eq .a "x" }}yes{{ else if eq .a "y" }}y{{ else }}no{{ end }}', "yes"),
        ('{{ if and (gt .n 3) (hasPrefix "x" .a) }}big{{ end }}', "big"),
        ("{{ add 1 .n }} {{ divf .n 2 }} {{ trunc 2 .long }} {{ __line__ | len }}", "6 2.5 lo 4"),
        ('{{ regexReplaceAll "(o)n" .long "${1}0" }} {{ default "d" .missing }}', "lo0g d"),
        ("a {{- .a -}} b", "axb"),
    ],
)
def test_templates(template: str, text: str) -> None:
    assert Template(template).render({"a": "x", "n": "5", "long": "long", "__line__": "line"}) == text


def test_parsers_of_lines() -> None:
    json_ = extractor(Parser("json"), None)
    assert json_('{"a": {"b-c": 1.5}, "l": [1], "t": true, "n": null, "1x": "s"}') == (
        {"a_b_c": "1.5", "t": "true", "_1x": "s"},
        "",
    )
    assert json_("no") == ({}, "JSONParserErr")
    logfmt = extractor(Parser("logfmt"), None)
    assert logfmt('a=1 b="two \\"words\\"" c= d e=x=y') == ({"a": "1", "b": 'two "words"', "e": "x=y"}, "")
    paths = extractor(Parser("json", names=(("x", 'a["b c"][1]'),)), None)
    assert paths('{"a": {"b c": [1, {"k": 2}]}}') == ({"x": '{"k": 2}'}, "")
    assert paths('{"a": {"b c": [1]}}') == paths('{"a": 1}') == paths('{"a": {"b c": [1, null]}}') == ({"x": ""}, "")
    assert paths('{"a": {"b c": [1, "\\u00fc"]}}') == ({"x": "ü"}, "")
    assert json_('{"a": 1.50, "b": 12345678901234567890, "c": 1e3}')[0] == {
        "a": "1.50",
        "b": "12345678901234567890",
        "c": "1e3",
    }
    pattern = extractor(Parser("pattern", "<a> [<_>] <b>"), None)
    assert pattern("x y [1] [2] z") == ({"a": "x y", "b": "[2] z"}, "")
    assert pattern("x [1") == ({"a": "x"}, "")  # what is left is the capture's
    assert pattern("x") == ({"a": "x"}, "")
    assert extractor(Parser("pattern", "at <a>;"), None)("of x;") == ({}, "")


def test_units() -> None:
    assert [duration_ns(t) for t in ("1h30m", "250ms", "-5s", "x", "")] == [
        5400 * 10**9,
        250 * 10**6,
        -5 * 10**9,
        None,
        None,
    ]
    assert [byte_count(t) for t in ("1KB", "1KiB", "2.5 MB", "7b", "q")] == [1000, 1024, 2.5e6, 7, None]


def test_hostile_queries_take_no_time() -> None:
    begun = time.process_time()
    for query in ('{a=~"' + "(a*)*" * 50 + 'b"}', '{a="b"} |= "' + "x" * 100_000 + '"', "{" + 'a="b",' * 1000 + "}"):
        parse(query)
    extractor(Parser("logfmt"), None)('a="' * 20_000)
    assert time.process_time() - begun < 1
