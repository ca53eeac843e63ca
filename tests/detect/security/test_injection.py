"""Injections: the families are found and named, what people write is left alone."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmscope.detect.security import corpus, ngrams, sqli, web
from swarmscope.detect.security.events import events
from swarmscope.detect.security.judge import inspect
from swarmscope.detect.security.text import TEXT_CHARS_MAX, decoded

TEXTS = 1500


def fresh(make: object, seed: int) -> list[str]:
    """Texts that the model was not made from."""
    r = random.Random(seed)
    return [make(r) for _ in range(TEXTS)]  # type: ignore[operator] # a function of the corpus


@pytest.mark.parametrize("family", sorted(corpus.FAMILIES))
def test_given_attacks_of_a_family_when_judged_then_nearly_all_are_found(family: str) -> None:
    verdicts = sqli.judge([decoded(t) for t in fresh(corpus.FAMILIES[family], 7)])
    assert verdicts.attack.mean() >= (0.96 if family == "tautology" else 0.985)  # `x and true` is also prose
    assert all(verdicts.family[i] for i in np.flatnonzero(verdicts.attack))
    assert verdicts.confidence[verdicts.attack].min() >= 0.5


def test_given_what_people_write_when_judged_then_next_to_nothing_is_found() -> None:
    verdicts = sqli.judge([decoded(t) for t in fresh(corpus.harmless, 11)])
    assert verdicts.attack.mean() <= 0.002
    assert verdicts.confidence[~verdicts.attack].max() == 0


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("1' OR '1'='1", "tautology"),
        ("%27%20UNION%20SELECT%20password%20FROM%20users--", "union_query"),
        ("1; DROP TABLE users--", "piggy_backed"),
        ("1' AND SLEEP(5)--", "inference"),
        ("1' AND extractvalue(1,concat(0x5c,(select user())))--", "illegal_query"),
        ("'; exec master..xp_cmdshell 'dir'--", "stored_procedure"),
        ("1/**/or/**/1=1", "alternate_encoding"),
        ("1&#39; or &#39;1&#39;=&#39;1", "tautology"),
        ("１' ＯＲ '1'='1", "tautology"),
    ],
)
def test_given_a_textbook_injection_then_its_family_is_named(text: str, family: str) -> None:
    verdicts = sqli.judge([decoded(text)])
    assert (bool(verdicts.attack[0]), verdicts.family[0]) == (True, family)


@pytest.mark.parametrize(
    "text",
    [
        "O'Brien",
        "The union selected a new committee",
        "select the best of three, or four",
        "Please drop the table off at 5 o'clock; update me later",
        "rock 'n' roll and 1 = one",
        "https://example.com/search?q=union+station&page=2",
        '{"name": "Anna", "age": 30}',
        "",
        " ",
        "a" * 5000,
    ],
)
def test_given_harmless_text_then_nothing_is_said(text: str) -> None:
    assert not sqli.judge([decoded(text)]).attack[0]
    assert web.judge([decoded(text)]) == [""]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<script>alert(1)</script>", "xss"),
        ("<img src=x onerror=alert(1)>", "xss"),
        ("%3Csvg/onload%3Dalert(1)%3E", "xss"),
        ("jav&#x61;script:alert(1)", "xss"),
        ("; cat /etc/hostname", "command_injection"),
        ("host=127.0.0.1; cat /etc/passwd | nc", "command_injection"),
        ("file=../../bin/../etc/passwd", "path_traversal"),
        ("$(whoami)", "command_injection"),
        ("a|id", "command_injection"),
        ("../../../../etc/passwd", "path_traversal"),
        ("..%2f..%2f..%2fwindows%2fwin.ini", "path_traversal"),
        ("....//....//etc/shadow", "path_traversal"),
    ],
)
def test_given_other_injections_then_each_is_named(text: str, kind: str) -> None:
    assert web.judge([decoded(text)]) == [kind]


@given(st.lists(st.text(max_size=60), max_size=6))
def test_given_any_texts_then_each_is_judged_as_it_is_alone(texts: list[str]) -> None:
    together = sqli.judge(texts)
    alone = [sqli.judge([t]) for t in texts]
    assert together.attack.tolist() == [bool(v.attack[0]) for v in alone]
    assert together.family == [v.family[0] for v in alone]
    assert web.judge(texts) == [web.judge([t])[0] for t in texts]


@given(st.text(max_size=400))
def test_given_any_text_then_decoding_is_bounded_and_settles(text: str) -> None:
    once = decoded(text)
    assert len(once) <= TEXT_CHARS_MAX * 18  # NFKC may write one sign as up to eighteen
    assert "\0" not in once


@pytest.mark.parametrize(
    ("escaped", "text"),
    [(r"\ud83d\ude00", "\U0001f600"), (r"\ud83d alone", "\ufffd alone"), ("%ude00%ud83d", "\ufffd\ufffd")],
    ids=["a pair", "a half", "halves the wrong way round"],
)
def test_given_escapes_of_halves_of_a_character_then_the_text_is_judged_all_the_same(escaped: str, text: str) -> None:
    assert decoded(escaped) == text
    rows = [{"text": f"{escaped} {rest}"} for rest in ("hello", "1' UNION SELECT password FROM users--")]
    assert [(t.place, t.kind) for t in inspect(events(rows))] == [(1, "sql_injection")]


@given(st.lists(st.text(max_size=40), min_size=1, max_size=8))
def test_given_texts_then_the_probability_is_that_of_the_sums_of_their_n_grams(texts: list[str]) -> None:
    model = ngrams.shipped()

    def plain(text: str) -> float:
        data = b" " + text.lower().encode("utf-8", "replace")[: ngrams.TEXT_BYTES_MAX] + b" "
        total, count = 0.0, 0
        for start in range(len(data)):
            state = 0
            for order in range(min(ngrams.ORDERS, len(data) - start)):
                mixed = (state ^ (data[start + order] + order + 1)) & 0xFFFFFFFF
                state = mixed * int(ngrams._PRIMES[order]) & 0xFFFFFFFF
                total += float(model.weights[(state ^ (state >> 15)) & (ngrams.BUCKETS - 1)])
                count += 1
        return 1 / (1 + np.exp(-np.clip(model.bias + total / np.sqrt(count), -60, 60)))

    assert np.allclose(model.probability(texts), [plain(t) for t in texts], atol=1e-4)
