"""One battery examines every plug-in of a kind: the built-in ones and those of the example in the documentation."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from swarmscope.app import App, parts
from swarmscope.bench.suite import KIND as SUITES
from swarmscope.config import Config, Plugins, load
from swarmscope.errors import AuthError
from swarmscope.ingest import prices, rules
from swarmscope.ingest.columns import TYPE_INT, TYPE_STRING, Strings
from swarmscope.ingest.receivers.base import KIND as RECEIVERS
from swarmscope.ingest.redact import Redactor
from swarmscope.ingest.rules.base import Rule, check
from swarmscope.registry import BUILTIN, discover

PAGE = Path(__file__).parents[2] / "docs" / "plugins.md"
NAMES = {
    kind.name: [p.name for p in discover(kind, Plugins()).plugins.values()]
    for kind in (rules.KIND, prices.KIND, RECEIVERS, SUITES)
}
RECEIVER = '''
import threading
import msgspec
from swarmscope.ingest.receivers.base import Receiver

class Quiet(Receiver):
    """Hears nothing."""
    name = "quiet"

    class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        fails: bool = False

    def start(self):
        if self.options.fails:
            raise RuntimeError("no wire")
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._end.wait, name="quiet")
        self._thread.start()

    def stop(self):
        if not self.options.fails:
            self._end.set()
            self._thread.join()
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example of the page, and a receiver."""
    place = tmp_path_factory.mktemp("plugins")
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (place / "acme.py").write_text(next(b for b in blocks if b.startswith('"""What we added')))
    (place / "quiet.py").write_text(RECEIVER)
    return place


@pytest.fixture(scope="module")
def config(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Config:
    ports = {"port": 0, "otlp_grpc_port": 0, "otlp_http_port": 0}
    data = str(tmp_path_factory.mktemp("data"))
    own = {"storage": {"data_dir": data}, "plugins": {"folder": str(folder)}, "server": ports}
    return load(environ={}, overrides=own)


def test_the_example_of_the_page_is_found_whole(config: Config) -> None:
    found = {(p.kind, p.name): p for p in parts(config)}
    assert [p for p in found.values() if p.state != "active"] == []
    assert found["redaction", "badge"].about == "Badges of our staff, like ACME-123456."
    assert found["prices", "contract"].origin.endswith("acme.py")
    assert {k for k, _ in found} == {*NAMES, "detector"}  # which have an examination of their own


# ---- redaction


def redacted(redactor: Redactor, texts: list[str], kind: int = TYPE_STRING) -> list[str]:
    data = [t.encode() for t in texts]
    ends = np.concatenate(([0], np.cumsum([len(d) for d in data]))).astype(np.int64)
    out = redactor.redact(
        Strings(ends, np.frombuffer(b"".join(data), np.uint8).copy()), np.full(len(data), kind, np.uint8)
    )
    edges = out.offsets.tolist()
    return [out.data[a:b].tobytes().decode() for a, b in itertools.pairwise(edges)]


@pytest.mark.parametrize("name", [*NAMES["redaction"], "badge"])
def test_a_rule_does_what_its_examples_say(name: str, config: Config) -> None:
    known = rules.found(config)
    rule = known[name]
    only = config.ingest.redaction.__class__(rules=(name,) if rule.hints else ())
    redactor = Redactor(only, {n: r for n, r in known.items() if n == name})
    assert {text != stored for text, stored in rule.examples} == {True, False}
    texts, stored = [t for t, _ in rule.examples], [s for _, s in rule.examples]
    want = [s.replace("{}", f"[redacted:{name}]") for s in stored]
    assert redacted(redactor, texts) == want
    assert redacted(redactor, want) == want, "a second time finds nothing"
    padded = redacted(redactor, ["pad", *(f"so {t} it is" for t in texts), ""])
    assert padded == ["pad", *(f"so {w} it is" for w in want), ""]
    assert redacted(redactor, texts, TYPE_INT) == texts, "numbers are not looked at"


def test_literals_are_found_in_any_row_and_never_across_two(config: Config) -> None:
    redactor = Redactor(config.ingest.redaction, rules.found(config))
    texts = ["ACME", "-123456", "x ACME-1 ACME-123456", "", "ACME-123456", "ACM", "E-123456ACME-", "123456"]
    assert redacted(redactor, texts) == [
        "ACME",
        "-123456",
        "x ACME-1 [redacted:badge]",
        "",
        "[redacted:badge]",
        "ACM",
        "E-123456ACME-",
        "123456",
    ]


def rule_of(**parts: Any) -> type[Rule]:
    whole: dict[str, Any] = {"patterns": ((r"x\d", "{}"),), "examples": (("x1", "{}"), ("y", "y")), "literals": ()}
    return type("Own", (Rule,), {"name": "own", "__doc__": "Own."} | whole | parts)


@pytest.mark.parametrize(
    ("cls", "reason"),
    [
        (rule_of(patterns=()), "1 to 16 patterns"),
        (rule_of(patterns=(("x" * 2001, "{}"),)), "2000 characters"),
        (rule_of(patterns=((r"(?=x)\d", "{}"),)), "linear-time"),
        (rule_of(patterns=(("x*", "{}"),)), "matches the empty text"),
        (rule_of(patterns=(("x", '"{}"'),)), "no quote"),
        (rule_of(patterns=(("x", "gone"),)), "must hold {}"),
        (rule_of(patterns=(("x", r"\2{}"),)), "does not fit"),
        (rule_of(literals=("x",)), "of 3 to 64 bytes"),
        (rule_of(literals=tuple(f"lit{i}" for i in range(17))), "at most 16 literals"),
        (rule_of(literals=("xyz",)), "its example 'x1' becomes 'x1', not '{}'"),
        (rule_of(examples=(("x1", "{}"),)), "one that stays"),
        (rule_of(examples=(("x1", "{}"), ("x2", "x2"))), "its example 'x2' becomes '{}'"),
        (rule_of(hints=1), "is data"),
        (rule_of(apply=lambda self, strings, rows, marker: (strings, 0)), "is data"),
    ],
)
def test_a_rule_that_could_do_harm_is_refused(cls: type[Rule], reason: str) -> None:
    check(rule_of())
    with pytest.raises(Exception, match=re.escape(reason)):
        check(cls)


# ---- prices


@pytest.mark.parametrize("name", [*NAMES["prices"], "contract"])
def test_a_price_table_is_fair_and_dated(name: str, config: Config) -> None:
    (table,) = [t for t in prices.tables(config) if t.name == name]
    prices.check(type(table))
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", table.as_of)
    found = prices.Prices("", [table])
    assert all(found.price(model) == price for model, price in table.models.items())


def test_a_plug_ins_prices_win_over_the_list_and_the_users_file_over_both(config: Config, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[models]\n"gpt-4o" = { input = 1, output = 1 }\n')
    assert prices.Prices("", prices.tables(config)).price("gpt-4o-2024-11-20") == prices.Price(2.0, 8.0, 1.0)
    assert prices.Prices(str(file), prices.tables(config)).price("gpt-4o") == prices.Price(1, 1)


@pytest.mark.parametrize(
    ("models", "aliases", "reason"),
    [
        ({}, {}, "1 to 10000 models"),
        ({"m": prices.Price(-1, 1)}, {}, "the price of 'm'"),
        ({"m": (1, 2)}, {}, "the price of 'm'"),
        ({"m": prices.Price(1, 1)}, {"a": "b"}, "alias 'a'"),
    ],
)
def test_a_bad_table_is_refused(models: dict[str, Any], aliases: dict[str, str], reason: str) -> None:
    cls = type("Bad", (prices.PriceTable,), {"name": "bad", "models": models, "aliases": aliases})
    with pytest.raises(Exception, match=reason):
        prices.check(cls)


# ---- receivers


def nobody(_: Any) -> Any:
    raise AuthError("nobody may come in here")


class Unused:
    """An intake that must not be called."""

    def submit(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("nothing was sent")


@pytest.mark.parametrize("name", [*NAMES["receiver"], "quiet"])
def test_a_receiver_starts_and_stops_without_a_trace(name: str, config: Config) -> None:
    cls = discover(RECEIVERS, config.plugins).plugins[name].cls
    before = set(threading.enumerate())
    receiver = cls(config, Unused(), nobody)
    receiver.start()
    receiver.stop()
    left = [t for t in set(threading.enumerate()) - before if not t.daemon]
    for thread in left:  # what was told to end may need a moment on a busy machine
        thread.join(30)
    assert [t for t in left if t.is_alive()] == []


def test_a_receiver_that_cannot_start_is_listed_and_stops_nobody(config: Config) -> None:
    import msgspec

    failing = msgspec.structs.replace(
        config, plugins=msgspec.structs.replace(config.plugins, options={"receiver": {"quiet": {"fails": True}}})
    )
    app = App(failing)
    state = app.start()
    try:
        broken = [p for p in state.parts() if p.state == "broken"]
        assert [(p.kind, p.name, p.problem) for p in broken] == [("receiver", "quiet", "RuntimeError: no wire")]
    finally:
        app.close()


# ---- suites


@pytest.mark.parametrize("name", NAMES["suite"])
def test_a_suite_says_what_it_measures(name: str) -> None:
    plugin = discover(SUITES, Plugins()).plugins[name]
    assert plugin.origin == BUILTIN and plugin.cls().about == plugin.about
    measure: Callable[..., Any] = plugin.cls().measure
    assert callable(measure)
