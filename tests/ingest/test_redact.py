"""Secrets and personal data leave the text; ids, numbers and times do not; JSON stays JSON."""

from __future__ import annotations

import itertools
import json
import random
import re
import string
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from swarmscope import config, telemetry
from swarmscope.errors import ConfigError
from swarmscope.ingest import rules
from swarmscope.ingest.columns import TYPE_INT, TYPE_STRING, Pool, Strings
from swarmscope.ingest.redact import Redactor, is_sensitive
from tests.ingest.conftest import Bench, SpanOf, any_value, pairs, told, trace_request

TOKEN = "a1B2c3D4e5F6g7H8i9J0k1L2"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA" + "x1Y2" * 20 + "\n-----END RSA PRIVATE KEY-----"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
RULES = rules.found(config.Config())
REDACTOR = Redactor(config.Redaction(), RULES)


def column(texts: list[str]) -> Strings:
    data = [text.encode() for text in texts]
    offsets = np.concatenate(([0], np.cumsum([len(d) for d in data]))).astype(np.int64)
    return Strings(offsets, np.frombuffer(b"".join(data), np.uint8).copy())


def plain(strings: Strings) -> list[str]:
    ends = strings.offsets.tolist()
    return [strings.data[a:b].tobytes().decode() for a, b in itertools.pairwise(ends)]


def redact(*texts: str, redactor: Redactor = REDACTOR) -> list[str]:
    return plain(redactor.redact(column(list(texts)), np.full(len(texts), TYPE_STRING, np.uint8)))


@pytest.mark.parametrize(
    ("rule", "secret", "left"),
    [
        ("api_key", f"sk-proj-{TOKEN}", ""),
        ("api_key", f"sk-ant-api03-{TOKEN}", ""),
        ("api_key", f"sk_live_{TOKEN}", ""),
        ("api_key", "AKIAIOSFODNN7EXAMPLE", ""),
        ("api_key", f"AIza{TOKEN}{TOKEN[:11]}", ""),
        ("api_key", f"ghp_{TOKEN}{TOKEN[:12]}", ""),
        ("api_key", f"github_pat_{TOKEN}", ""),
        ("api_key", f"glpat-{TOKEN}", ""),
        ("api_key", f"xoxb-123456789012-{TOKEN}", ""),
        ("api_key", f"hf_{TOKEN}", ""),
        ("api_key", f"gsk_{TOKEN}", ""),
        ("api_key", f"xai-{TOKEN}", ""),
        ("api_key", f"SG.{TOKEN}.{TOKEN}", ""),
        ("api_key", f"lsv2_pt_{TOKEN}", ""),
        ("jwt", JWT, ""),
        ("bearer_token", f"Bearer {TOKEN}", "Bearer "),
        ("private_key", PEM, ""),
        ("email", "ada.lovelace+x@maths.example.org", ""),
        ("card", "4111111111111111", ""),
        ("card", "4111 1111 1111 1111", ""),
        ("card", "5500-0000-0000-0004", ""),
        ("card", "3782 822463 10005", ""),
        ("card", "6011000990139424", ""),
    ],
)
@pytest.mark.parametrize("frame", ["{}", "see {} there", '{{"k": "{}"}}', "({})", "a,{},b"])
def test_secrets_go_wherever_they_stand(rule: str, secret: str, left: str, frame: str) -> None:
    text = frame.format(json.dumps(secret)[1:-1] if '"' in frame else secret)
    want = frame.format(f"{left}[redacted:{rule}]")
    assert redact(text) == [want]
    if '"' in frame:
        json.loads(want)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("postgres://app:hunter2@db.internal/x", "postgres://app:[redacted:password]@db.internal/x"),
        ("password=hunter2&user=x", "password=[redacted:password]&user=x"),
        ("DB_PASSWORD = 'hunter 2'", "DB_PASSWORD = [redacted:password]"),
        ("the password: hunter2!", "the password: [redacted:password]"),
        ("client_secret=abc", "client_secret=[redacted:password]"),
        ("token=abcdefgh", "token=[redacted:password]"),
        ('{"password": "a\\"b", "n": 1}', '{"password": "[redacted:password]", "n": 1}'),
        ('{"api_key":123456}', '{"api_key":"[redacted:password]"}'),
        ('{"a":"{\\"password\\":\\"x1\\"}"}', '{"a":"{\\"password\\":\\"[redacted:password]\\"}"}'),
        ('{"card":4111111111111111,"ok":4111111111111112}', '{"card":"[redacted:card]","ok":4111111111111112}'),
        ('{"t":"pay 4111111111111111, now"}', '{"t":"pay [redacted:card], now"}'),
        ('{"t":"to\\nbob@x.org"}', '{"t":"to\\n[redacted:email]"}'),
        ('{"t":"\\u00e9bob@x.org"}', '{"t":"\\u00e9[redacted:email]"}'),
        (f'{{"t":"\\nsk-{TOKEN}"}}', '{"t":"\\n[redacted:api_key]"}'),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "Authorization: Basic [redacted:bearer_token]"),
        ("a@b.org,c@d.org", "[redacted:email],[redacted:email]"),
    ],
)
def test_surroundings_are_kept(text: str, want: str) -> None:
    assert redact(text) == [want]


@pytest.mark.parametrize(
    "text",
    [
        "1732180000000000000",  # nanoseconds
        "2026-11-21T07:31:15.123456789Z",
        "4bf92f3577b34da6a3ce929d0e0e4736",  # trace id
        "41111111111111114111111111111111",  # trace id of digits
        "41111111-1111-1111-1111-111111111111",  # uuid of digits
        "a4111111111111111",
        "4111111111111111a",
        "4111111111111112",  # wrong check digit
        "order 4111.1111.1111.1111",
        "1234-4111-1111-1111-1111",
        "3.4111111111111111",
        "12345678901234567890123456789",
        "+49 170 1234567",
        "claude-3-5-sonnet-20241022",
        "sk-short",
        "ask-me-anything-about-whales-and-dolphins",
        "risk-assessment-of-the-whole-thing-today",
        "max_tokens=100&top_k=5",
        '{"token":"Hello","logprob":-0.1}',
        '{"tokens":[1,2,3],"total_tokens": 12}',
        "the password must be long",
        "password is required: yes",
        "user@localhost",
        "lodash@4.17.21",
        "@decorator.name",
        "bearer of bad news",
        "https://example.org/path?x=1#frag",
        "call_VSPygqKTWdrhaFErNvMV18Yl",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text, f'{{"k": {json.dumps(text)}}}') == [text, f'{{"k": {json.dumps(text)}}}']


# ---- the prefilter never hides what the rules would find


def luhn(digits: str) -> str:
    total = sum(d if i % 2 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(map(int, reversed(digits))))
    return digits + str(-total % 10)


seeds = st.integers(0, 2**32)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100)
@given(seeds, st.integers(0, 40), st.text(alphabet="abc de,.\n", max_size=30))
def test_a_secret_is_found_at_any_alignment(seed: int, shift: int, tail: str) -> None:
    rng = random.Random(seed)
    token = "".join(rng.choices(string.ascii_letters + string.digits, k=rng.randrange(20, 50)))
    secrets = {
        "api_key": rng.choice(["sk-", "ghp_", "hf_", "glpat-", "xai-"]) + token,
        "card": luhn("4" + "".join(rng.choices(string.digits, k=14))),
        "email": f"{token[:8]}@{token[8:14]}.com",
        "jwt": f"eyJ{token}.{token}.{token}",
    }
    for rule, secret in secrets.items():
        before = "x " * (shift // 2) + " " * (shift % 2)
        assert redact("pad", before + secret + " " + tail, "pad")[1] == f"{before}[redacted:{rule}] {tail}"


@settings(deadline=None, max_examples=200)
@given(seeds)
def test_cards_agree_with_a_naive_reading(seed: int) -> None:
    rng = random.Random(seed)
    digits = rng.choice(["4", "51", "37", "6011", "36", "9", "1"]) + "".join(rng.choices(string.digits, k=18))
    number = digits[: rng.randrange(12, 20)]
    number = luhn(number[:-1]) if rng.random() < 0.7 else number
    n, head = len(number), int(number[:2])
    good = luhn(number[:-1]) == number and (
        (number[0] == "4" and n in (13, 16, 19))
        or (51 <= head <= 55 and n == 16)
        or (head == 37 and n == 15)
        or (number.startswith("6011") and 16 <= n <= 19)
        or (head == 36 and n == 14)
    )
    assert redact(f"no {number}.") == ["no [redacted:card]." if good else f"no {number}."]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=200)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=20)
        | st.sampled_from(
            [
                "bob@x.org",
                f"sk-{TOKEN}",
                "4111111111111111",
                4111111111111111,
                'password="x1"',
                JWT,
                PEM,
                "a\\bob@x.org",
            ]
        ),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["password", "k", "secret", "n@x.org"]), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    st.booleans(),
)
def test_json_stays_json_of_the_same_shape(value: Any, compact: bool) -> None:
    value = [value]  # a lone number is text like any other
    text = json.dumps(value, separators=(",", ":") if compact else None)
    after = json.loads(redact(text)[0])
    assert _shape(after) == _shape(value)


def _shape(value: Any) -> Any:
    if isinstance(value, list):
        return [_shape(v) for v in value]
    if isinstance(value, dict):
        return len(value) and sorted(str(_shape(v)) for v in value.values())
    return "leaf"


def test_numbers_are_never_looked_at() -> None:
    strings = column(["4111111111111111"])
    assert plain(REDACTOR.redact(strings, np.array([TYPE_INT], np.uint8))) == ["4111111111111111"]


def test_columns_without_secrets_are_given_back_as_they_are() -> None:
    strings = column(["order status", "shipped", ""])
    assert REDACTOR.redact(strings, np.full(3, TYPE_STRING, np.uint8)) is strings


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("a" * 100 + "@example.org", "[redacted:email]"),
        ("ada@" + "a" * 100 + ".org", "[redacted:email]"),
        ("see http://me:" + "p" * 300 + "@host/x", "see http://me:[redacted:password]@host/x"),
        ("pg://me:pw@host, db_password=x1", "pg://me:[redacted:password]@host, db_password=[redacted:password]"),
        ("a-b_c." * 30 + "my.secret = hunter2", "a-b_c." * 30 + "my.secret = [redacted:password]"),
        ("x" * 200 + "token=0123456789", "x" * 200 + "token=[redacted:password]"),
        ("ask ada@example.org for \"password\": \"x\"", "ask [redacted:email] for \"password\": \"[redacted:password]\""),
    ],
)  # fmt: skip
def test_secrets_go_however_long_they_are_and_whatever_stands_beside_them(text: str, want: str) -> None:
    assert redact(text) == [want]


def test_no_pattern_counts_far() -> None:
    """A long bounded repeat is a state for each length: hostile text then costs a hundred times what plain text does."""
    far = re.compile(r"\{\d*,(\d+)\}")
    for rule in RULES.values():
        for pattern, _ in rule.patterns:
            begins = re.sub(r"^\(\?\w+\)", "", pattern)
            rare = begins.startswith(('(\\"', '(\\\\\\"', "-----"))  # what begins at a quote or dashes has few states
            assert rare or all(int(n) <= 24 for n in far.findall(pattern)), pattern


def test_redactions_are_counted_by_rule() -> None:
    def count(rule: str) -> float:
        return telemetry.REGISTRY.get_sample_value("swarmscope_ingest_redactions_total", {"rule": rule}) or 0.0

    before = {rule: count(rule) for rule in RULES}
    redact("a@b.org and c@d.org", "4111111111111111 4111111111111111")
    assert count("email") - before["email"] == 2
    assert count("card") - before["card"] == 2


def test_the_pool_is_cleaned_as_it_grows() -> None:
    redactor = Redactor(config.Redaction(), RULES)
    texts = ["", "name", "mail a@b.org", "more"]
    for size in (2, 3, 3, 4):
        pool = Pool(column(texts[:size]), 7)
        clean = plain(redactor.redact_pool(pool, 4096))
        assert clean == [t.replace("a@b.org", "[redacted:email]") for t in texts[:size]]
    assert plain(redactor.redact_pool(Pool(column(["", "c@d.org"]), 8), 4096)) == ["", "[redacted:email]"]


def test_own_rules_are_applied_and_bad_ones_refused() -> None:
    own = Redactor(config.Redaction(rules=(), custom={"badge": r"B-\d{4}"}, replacement="<{rule}>"), RULES)
    assert redact("badge B-1234, a@b.org", redactor=own) == ["badge <badge>, a@b.org"]
    with pytest.raises(ConfigError, match=r"custom\.x.*linear-time"):
        Redactor(config.Redaction(custom={"x": r"(?=a)b"}), RULES)
    with pytest.raises(ConfigError, match="matches the empty text"):
        Redactor(config.Redaction(custom={"x": "a*"}), RULES)
    with pytest.raises(ConfigError, match="'cards' is not a rule; there are private_key"):
        Redactor(config.Redaction(rules=("cards",)), RULES)
    with pytest.raises(ConfigError, match="would break JSON"):
        Redactor(config.Redaction(replacement='"{rule}"'), RULES)


def test_nothing_is_removed_when_turned_off() -> None:
    assert redact("a@b.org", redactor=Redactor(config.Redaction(enabled=False), RULES)) == ["a@b.org"]


@pytest.mark.parametrize("key", ["db.password", "http.request.header.authorization", "x.API_KEY", "set-cookie"])
def test_keys_that_name_a_secret_lose_their_whole_value(key: str, bench: Bench) -> None:
    assert is_sensitive(key)
    (row,) = bench.spans(SpanOf({key: "letmein", "b": "letmein"}), resource={key: "letmein"})
    assert row["attributes"] == {key: "[redacted:password]", "b": "letmein"}
    assert not is_sensitive("gen_ai.usage.input_tokens")


def test_no_text_of_a_request_escapes(bench: Bench) -> None:
    mail, marker = "bob@example.org", "[redacted:email]"
    span = SpanOf(
        {"a": mail, "gen_ai.agent.name": mail, "gen_ai.prompt": f"{mail} {'x' * 40}", "n": [mail], "o": {"k": mail}},
        name=f"ask {mail}",
        status_message=f"failed for {mail}",
        events=[("e", {"a": mail, "content": mail * 3})],
        links=[(b"\1" * 16, b"\2" * 8, "", {"a": mail})],
    )
    result = bench.traces(trace_request([span], bench.now_ns, resource={"service.name": mail}, scope={"a": mail}))
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=bench.now_ns)
    record.body.CopyFrom(any_value({"text": mail}))
    record.attributes.extend(pairs({"a": mail}))
    logs = bench.logs(request)
    for name, table in [*result.tables.items(), ("logs", logs.tables["logs"])]:
        text = str(told(table))
        assert mail not in text, name
        assert marker in text, name
