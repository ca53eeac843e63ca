"""Templates of alerts: what Go and Prometheus make of them, and that no template can take the program down."""

from __future__ import annotations

import pytest

from swarmscope.decide.functions import Sample, number
from swarmscope.decide.template import LENGTH_MAX, Template, TemplateError

LABELS = {"agent": "a1", "with space": "z", "instance": "host:9090"}


def ask(query: str) -> list[Sample]:
    return [] if query == "none" else [Sample({"a": "2"}, 2.0), Sample({"a": "1"}, 1.5)]


def expanded(text: str, value: float = 0.25) -> str:
    return Template(text).expand(LABELS, value, ask, {"dc": "eu"}, "http://here/")


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("no action", "no action"),
        ("{{ $value }} {{ .Value }}", "0.25 0.25"),
        ("{{ $labels.agent }}{{ $labels.missing }}{{ .Labels.agent }}", "a1a1"),
        ('{{ index $labels "with space" }}', "z"),
        ("{{ $externalLabels.dc }} {{ externalURL }} {{ $externalURL }}", "eu http://here/ http://here/"),
        ("{{ $value | humanizePercentage }}", "25%"),
        ('{{ printf "%.2f|%5.1f|%s|%d|%v|%%" $value 2.0 "x" 7 true }}', "0.25|  2.0|x|7|true|%"),
        ('{{ printf "%d" $value }}', "%!d(float64=0.25)"),
        ('{{ printf "%s" }}', "%!s(MISSING)"),
        ('{{ if gt $value 0.2 }}high{{ else if eq $labels.agent "a1" }}one{{ else }}low{{ end }}', "high"),
        ('{{ if lt $value 0.2 }}high{{ else if eq $labels.agent "a1" }}one{{ else }}low{{ end }}', "one"),
        ('{{ if and (eq "a" "a") (not false) }}y{{ end }}', "y"),
        ("{{ range query `up` | sortByLabel \"a\" }}[{{ .Labels.a }}={{ .Value }}]{{ end }}", "[1=1.5][2=2]"),
        ('{{ range query "none" }}x{{ else }}nothing{{ end }}', "nothing"),
        ('{{ range $i, $s := query "up" }}{{ $i }}:{{ $s.Value }} {{ end }}', "0:2 1:1.5 "),
        ('{{ range query "up" }}{{ if eq .Value 1.5 }}{{ break }}{{ end }}{{ .Value }},{{ end }}', "2,"),
        ('{{ with query "up" }}{{ . | first | value }}{{ end }}', "2"),
        ('{{ with $x := query "none" }}x{{ else }}none{{ end }}', "none"),
        ("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"),
        ('{{ (first (query "up")).Value }} {{ query "up" | first | label "a" }}', "2 2"),
        ("a  {{- 1 -}}  b{{/* nothing */}}", "a1b"),
        ('{{ "a}}b" | toUpper }}', "A}}B"),
        ("{{ stripPort $labels.instance }} {{ stripDomain \"a.b.c:90\" }}", "host a:90"),
        ('{{ reReplaceAll "(.)1" "$1-one" $labels.agent }} {{ match "^a" "abc" }}', "a-one true"),
        ("{{ humanize 1234567 }} {{ humanize 0.0012 }} {{ humanize 0 }} {{ humanize1024 1048576 }}", "1.235M 1.2m 0 1Mi"),
        ("{{ humanizeDuration 90061 }} {{ humanizeDuration 0.0912345 }} {{ humanizeDuration 61 }}",
         "1d 1h 1m 1s 91.23ms 1m 1s"),
        ("{{ humanizeDuration -5.5 }} {{ humanizeTimestamp 1435065584.128 }}", "-5.5s 2015-06-23 13:19:44.128 +0000 UTC"),
        ('{{ parseDuration "1h30m" }} {{ len (query "x") }} {{ title "some text" }}', "5400 2 Some Text"),
        ('{{ urlQueryEscape "a b&c" }} {{ graphLink "up == 0" }}', "a+b%26c /graph?g0.expr=up%20%3D%3D%200&g0.tab=0"),
    ],
)  # fmt: skip
def test_what_a_template_gives(text: str, out: str) -> None:
    assert expanded(text) == out


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1.0, "1"), (-1.5, "-1.5"), (1e-5, "1e-05"), (1e-4, "0.0001"), (999_999.0, "999999"), (1e6, "1e+06"),
     (123_456_789.0, "1.23456789e+08"), (float("inf"), "+Inf"), (float("nan"), "NaN")],
)  # fmt: skip
def test_numbers_are_shown_as_go_shows_them(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ $nope }}", "undefined variable"),
        ("{{ nope 1 }}", "not defined"),
        ("{{ if true }}", "missing"),
        ("{{ end }}", "unexpected"),
        ("{{ else }}", "unexpected"),
        ("{{ $value", "unclosed action"),
        ("{{ humanize }}", "wrong number of args"),
        ('{{ define "x" }}{{ end }}', "not supported"),
        ("{{ ( 1 }}", "unclosed left paren"),
        ("{{ 1 | 2 }}", "non executable"),
        ("{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}", "undefined variable"),
        ("x" * (LENGTH_MAX + 1), "at most"),
        ("{{ if true }}" * 30 + "{{ end }}" * 30, "nested too deeply"),
        ("{{ " + "(" * 50 + "1" + ")" * 50 + " }}", "nested too deeply"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, why: str) -> None:
    with pytest.raises(TemplateError, match=why):
        Template(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{{ humanize "x" }}', "invalid syntax"),
        ('{{ query "none" | first }}', "no elements"),
        ('{{ eq 1 "1" }}', "incompatible types"),
        ("{{ range 100000 }}x{{ end }}", "steps"),
        ('{{ range 2000 }}{{ printf "%900d" 1 }}{{ end }}', "characters come out"),
        ('{{ range 20 }}{{ query "up" }}{{ end }}', "queries"),
        ("{{ .Value.x }}", "can't evaluate field"),
        ('{{ reReplaceAll "(" "" "x" }}', "regexp"),
        ('{{ printf "%5000d" 1 }}', "width"),
    ],
)
def test_what_fails_says_so_and_is_bounded(text: str, why: str) -> None:
    with pytest.raises(TemplateError, match=why):
        expanded(text)
