"""TraceQL's grammar: what stands for what, what is refused and where, and that no text brings the parser down."""

from __future__ import annotations

import random

import pytest

from swarmscope.errors import QueryError
from swarmscope.query.traceql.parse import parse
from swarmscope.query.traceql.tree import (
    Aggregate,
    Attribute,
    Binary,
    By,
    Coalesce,
    Filter,
    Metrics,
    MetricsMath,
    Pipeline,
    ScalarFilter,
    SecondStage,
    Select,
    SpansetOp,
    Static,
    Unary,
)  # fmt: skip

A, B = Attribute("", "a"), Attribute("", "b")
ONE = Static("number", 1)


def condition(text: str) -> object:
    query = parse(text)
    assert isinstance(query, Pipeline)
    (stage,) = query.stages
    assert isinstance(stage, Filter)
    return stage.condition


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("{ }", Static("bool", True)),
        ("{ .a = 1 }", Binary("=", A, ONE)),
        ("{ .a || .b && false }", Binary("&&", Binary("||", A, B), Static("bool", False))),
        ("{ .a + 1 * 1 = 1 }", Binary("=", Binary("+", A, Binary("*", ONE, ONE)), ONE)),
        ("{ .a ^ 1 ^ 1 = 1 }", Binary("=", Binary("^", A, Binary("^", ONE, ONE)), ONE)),
        ("{ !.a = true }", Binary("=", Unary("!", A), Static("bool", True))),
        ("{ -.a = 1 }", Binary("=", Unary("-", A), ONE)),
        ("{ .a != nil }", Unary("exists", A)),
        ("{ nil = .a }", Unary("missing", A)),
        (
            "{ duration > 1h30m }",
            Binary(">", Attribute("intrinsic", "span:duration"), Static("duration", 5_400_000_000_000)),
        ),
        ('{ span."a b\\"c".d = `x\\n` }', Binary("=", Attribute("span", 'a b"c.d'), Static("string", "x\\n"))),
        ('{ resource.a-b/c:d = "\\u00e4" }', Binary("=", Attribute("resource", "a-b/c:d"), Static("string", "ä"))),
        ("{ status = error }", Binary("=", Attribute("intrinsic", "span:status"), Static("status", "error"))),
        ("{ .a = .5 }", Binary("=", A, Static("number", 0.5))),
        ("{ .a=1}// said\n", Binary("=", A, ONE)),
    ],
)
def test_a_condition_is_read(text: str, tree: object) -> None:
    assert condition(text) == tree


def test_stages_are_read_in_order() -> None:
    query = parse("{ .a } >> { .b } || { } | by(.a) | avg(duration) > 2 * 3s | coalesce() | select(name, span.b)")
    f, g, h = Filter(A), Filter(B), Filter(Static("bool", True))
    assert query == Pipeline(
        (
            SpansetOp("||", SpansetOp(">>", f, g), h),
            By(A),
            ScalarFilter(
                ">", Aggregate("avg", Attribute("intrinsic", "span:duration")), Static("duration", 6_000_000_000)
            ),
            Coalesce(),
            Select((Attribute("intrinsic", "span:name"), Attribute("span", "b"))),
        )
    )


def test_metrics_are_read() -> None:
    query = parse("{ .a } | quantile_over_time(duration, .5, 1) by (.b) > 2 | topk(3) with (sample=true)")
    assert query == Metrics(
        Pipeline((Filter(A),)),
        "quantile_over_time",
        Attribute("intrinsic", "span:duration"),
        (0.5, 1),
        (B,),
        (SecondStage(">", 2), SecondStage("topk", 3)),
    )
    half = parse("({ .a } | rate()) / ({ .b } | rate()) * 1/2")
    assert isinstance(half, MetricsMath)
    assert (half.op, half.right) == ("/", Static("number", 2))


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("", 0, "stands where"),
        ("{", 1, "stands where"),
        ("{ .a", 4, "stands where '}'"),
        ("{ a = 1 }", 2, "is written .a, span.a or resource.a"),
        ("{ .a == 1 }", 6, "stands where"),
        ("{ .a =~ 3 }", 5, "in quotes"),
        ('{ .a = "x }', 7, "never closed"),
        ('{ .a = "\\q" }', 7, "no escape"),
        ("{ .a > nil }", 5, "nil"),
        (f"{{ duration > {'9' * 400}h }}", 13, "longer than 292 years"),
        ("{ .a >> .b }", 5, "between spansets"),
        ("{ span:foo = 1 }", 2, "is not known"),
        ("{ } | compare({ } >> { })", 18, "stands where"),
        ("{ } | compare(({ } >> { }))", 26, "one selection"),
        ("{ } | compare({ }, 0)", 19, "from 1 on"),
        ("{ } | compare({ }, 1, 5)", 23, "a start and an end"),
        ("{ } | compare({ }, 1, 5, 4)", 26, "a start and an end"),
        ("{ } | compare({ }, 1, 5, 6, 7)", 28, "whole numbers"),
        ("{ } | compare({ }) | topk(1)", 19, "end of the query"),
        ("{ cidr(.ip) }", 10, "','"),
        ('{ cidr(.ip, "10.0.0.0/33") }', 12, "no network"),
        ('{ cidr(1, "10.0.0.0/8") }', 7, "an attribute"),
        ("{ trace.a = 1 }", 2, "trace:duration"),
        ("{ } | count()", 0, "compare it"),
        ("{ } + { }", 4, "cannot stand between"),
        ("{ } | rate() | { }", 13, "end of the query"),
        ("1 / 0 + ({ } | rate())", 2, "cannot be computed"),
        ("{ .a = 99999999999999999999 }", 7, "64 bits"),
        ("{ @ }", 2, "cannot stand here"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, position: int, says: str) -> None:
    with pytest.raises(QueryError, match=says) as refused:
        parse(text)
    assert refused.value.position == position


def test_depth_and_length_are_bounded() -> None:
    for text in (
        "(" * 5000,
        "{ " + "!" * 5000 + ".a }",
        "{ " + "-" * 5000 + ".a }",
        "{ .a " + "^ 1 " * 1990 + "}",
        "-" * 5000 + "1",
    ):
        with pytest.raises(QueryError, match="levels|words|characters"):
            parse(text)
    with pytest.raises(QueryError, match="at most"):
        parse("{ .a = " + "1" * 9000 + " }")


def test_no_text_brings_the_parser_down() -> None:
    words = [
        "{",
        "}",
        "(",
        ")",
        "&&",
        ">",
        ">>",
        "<",
        "<<",
        "~",
        "!~",
        "!>",
        "!>>",
        "&>",
        "&>>",
        "=",
        "!=",
        "=~",
        "+",
        "-",
        "*",
        "/",
        "%",
        "^",
        "!",
        ",",
        ".a",
        "span.b",
        "resource.c",
        "event:name",
        "trace:id",
        "duration",
        "name",
        "status",
        "1",
        "2.5",
        "3s",
        '"x"',
        "true",
        "nil",
        "error",
        "server",
        "count()",
        "avg(",
        "max(",
        "sum(",
        "by(",
        "select(",
        "coalesce()",
        "rate()",
        "quantile_over_time(",
        "topk(2)",
        "with",
        "sample",
        '"',
        "`",
        "//",
        "/*",
        ".",
        ":",
        "parent.a",
    ]
    words += ["|", "||", "\\"]
    rng = random.Random(7)
    for _ in range(6000):
        text = " ".join(rng.choices(words, k=rng.randint(1, 14)))
        try:
            parse(text)
        except QueryError:
            continue
    for _ in range(3000):
        text = "".join(
            chr(rng.choice((rng.randrange(32, 127), rng.randrange(0, 0x3000)))) for _ in range(rng.randint(0, 40))
        )
        try:
            parse(text)
        except QueryError:
            continue
