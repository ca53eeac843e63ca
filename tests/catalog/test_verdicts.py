"""What people said of findings: kept, counted and found by index, in SQLite and in PostgreSQL."""

from __future__ import annotations

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from swarmscope.catalog import catalog as catalog_module
from swarmscope.catalog import verdicts as verdicts_module
from swarmscope.catalog.catalog import Catalog
from swarmscope.catalog.tables import SETTINGS
from swarmscope.model.access import Principal, Role
from swarmscope.model.verdict import Tally, Verdict

HOUR_NS = 3600 * 10**9
RED, BLUE = (Principal(tenant, Role.EDITOR, "k") for tenant in ("red", "blue"))


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    made = Catalog(url)
    yield made
    made.close()


def verdict(number: int, said: str = "false", **facts: Any) -> Verdict:
    usual: dict[str, Any] = {"subject": "eve", "kind": "loop", "signal": "", "detector": "loops"}
    return Verdict(finding=f"{number:032x}", verdict=said, **(usual | facts))  # type: ignore[arg-type] # the test's own words


def test_given_verdicts_when_asked_then_each_tenant_has_its_own_and_the_newest_counts(catalog: Catalog) -> None:
    kept = catalog.verdicts
    kept.keep(RED, verdict(1, "true"))
    kept.keep(RED, verdict(1, "false", note="a test run"))
    kept.keep(RED, verdict(2, "true"))
    kept.keep(BLUE, verdict(1, "true"))
    assert kept.of("red", [f"{n:032x}" for n in range(3)]) == {f"{1:032x}": "false", f"{2:032x}": "true"}
    assert kept.of("blue", [f"{n:032x}" for n in range(5000)]) == {f"{1:032x}": "true"}
    assert kept.of("red", []) == kept.of("green", [f"{1:032x}"]) == {}
    kept.withdraw(RED, f"{1:032x}")
    kept.withdraw(RED, f"{7:032x}")
    assert kept.of("red", [f"{1:032x}"]) == {}
    told = [(r["action"], r["subject"], r["detail"]) for r in catalog.audit_log("red")]
    assert told[-2:] == [("verdict.put", f"{1:032x}", "false"), ("verdict.put", f"{1:032x}", "true")]
    assert ("verdict.delete", f"{1:032x}", "") in told


def test_given_who_follows_them_then_they_are_counted_anew_only_after_a_change(catalog: Catalog) -> None:
    kept = catalog.verdicts
    assert kept.tallies_since("red", -1) == (0, []) and kept.tallies_since("red", 0) is None
    known = 0
    changes = [
        lambda: kept.keep(RED, verdict(1, "true")), lambda: kept.keep(RED, verdict(1, "false")),
        lambda: kept.keep(RED, verdict(1, "false", doubt=0.5)), lambda: kept.withdraw(RED, f"{1:032x}"),
    ]  # fmt: skip
    for change in changes:
        change()
        kept.keep(BLUE, verdict(1, "true"))
        told = kept.tallies_since("red", known)
        assert told is not None and told[1] == kept.tallies("red") and told[0] > known
        known = told[0]
        assert kept.tallies_since("red", known) is None
    assert kept.tallies_since("green", 0) is None


LONG = "an agent with a name of more bytes than an index takes " * 80
said = st.tuples(
    st.integers(0, 6), st.sampled_from(["true", "false"]), st.sampled_from(["eve", "ada", LONG]),
    st.sampled_from(["loop", "flood"]), st.sampled_from(["", "cost"]), st.sampled_from(["loops", "rates"]),
    st.none() | st.floats(0, 1), st.none() | st.floats(0, 1),
)  # fmt: skip


tenants = itertools.count()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(said, max_size=12), st.sets(st.sampled_from(["eve", "ada", LONG, "nobody"])))
def test_what_they_come_to_is_what_counting_them_one_by_one_gives(
    catalog: Catalog, words: list[Any], subjects: set[str]
) -> None:
    speaker = Principal(f"tenant {next(tenants)}", Role.EDITOR, "k")  # whom no example before spoke for
    kept, tenant = catalog.verdicts, speaker.tenant
    latest: dict[int, Verdict] = {}
    for number, word, subject, kind, signal, detector, doubt, magnitude in words:
        facts = {"subject": subject, "kind": kind, "signal": signal, "detector": detector}
        latest[number] = verdict(number, word, **facts, doubt=doubt, magnitude=magnitude)
        kept.keep(speaker, latest[number])
    groups: dict[tuple[str, str, str], list[Verdict]] = defaultdict(list)
    detectors: dict[str, Counter[str]] = defaultdict(Counter)
    for one in latest.values():
        groups[one.subject, one.kind, one.signal].append(one)
        detectors[one.detector][one.verdict] += 1
    expected = {key: tallied(key, some) for key, some in groups.items()}
    given_all = kept.tallies(tenant)
    assert {(t.subject, t.kind, t.signal): t for t in given_all} == expected and len(given_all) == len(expected)
    of_some = kept.tallies_of(tenant, subjects)
    assert {(t.subject, t.kind, t.signal): t for t in of_some} == {
        k: t for k, t in expected.items() if k[0] in subjects
    }
    for key in [*expected, ("nobody", "loop", "")]:
        assert kept.tally(tenant, *key) == expected.get(key, tallied(key, []))
    assert kept.by_detector(tenant) == detectors
    assert kept.tallies("blue") == []


def tallied(key: tuple[str, str, str], some: list[Verdict]) -> Tally:
    false = [v for v in some if v.verdict == "false"]
    most = {
        name: max((x for v in false if (x := getattr(v, name)) is not None), default=None)
        for name in ("doubt", "magnitude")
    }
    return Tally(subject=key[0], kind=key[1], signal=key[2], true=len(some) - len(false), false=len(false), **most)


def test_given_a_window_when_judged_findings_are_asked_for_then_those_that_touch_it_are_given(catalog: Catalog) -> None:
    kept = catalog.verdicts
    for hour in range(10):
        said = "true" if hour % 2 else "false"
        kept.keep(RED, verdict(hour, said, started_ns=hour * HOUR_NS + 1, ended_ns=hour * HOUR_NS + HOUR_NS // 2))
    kept.keep(BLUE, verdict(3, "true", started_ns=3 * HOUR_NS, ended_ns=3 * HOUR_NS))

    def hours(verdicts: set[str], start: float, end: float, limit: int = 100) -> list[int]:
        found = kept.judged("red", verdicts, int(start * HOUR_NS), int(end * HOUR_NS), limit)
        return sorted(int(finding, 16) for finding in found)

    assert hours({"true", "false"}, 2, 5) == [2, 3, 4]
    assert hours({"true"}, 2, 5) == [3]
    assert hours({"false"}, 2.4, 4) == [2]
    assert hours({"true", "false"}, 2.6, 2.9) == [] == hours(set(), 0, 10)
    assert len(hours({"true", "false"}, 0, 10, limit=4)) == 4


def test_given_more_than_are_kept_then_the_oldest_are_forgotten(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts_module, "KEPT_MAX", 3)
    moments = iter(range(1000, 2000))
    catalog = Catalog(url, lambda: float(next(moments)))
    for number in range(5):
        catalog.verdicts.keep(RED, verdict(number))
    for number in range(2):
        catalog.verdicts.keep(BLUE, verdict(number))
    assert set(catalog.verdicts.of("red", [f"{n:032x}" for n in range(5)])) == {f"{n:032x}" for n in (2, 3, 4)}
    assert len(catalog.verdicts.of("blue", [f"{n:032x}" for n in range(5)])) == 2
    catalog.close()


def test_given_what_an_earlier_version_kept_when_opened_then_it_counts_as_before(url: str) -> None:
    def old(number: int, tenant: str, **facts: Any) -> dict[str, Any]:
        facts = {"subject": "eve", "kind": "loop", "signal": "", "detector": "loops", "note": "", **facts}
        row = {"tenant": tenant, "name": f"findings/said/{number:032x}", "value": json.dumps(facts)}
        return row | {"changed_at_s": 1_800_000_000.0 + number}

    engine = sa.create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(Path(catalog_module.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        rows = [old(n, "red", verdict="false", doubt=n / 5000, magnitude=2.0) for n in range(2500)]
        rows += [old(1, "blue", verdict="true", subject=LONG, doubt=None, magnitude=None), old(2, "blue", verdict="?")]
        rows.append({"tenant": "red", "name": "findings_said_x", "value": "1", "changed_at_s": 1.0})
        connection.execute(SETTINGS.insert(), rows)
    engine.dispose()

    catalog = Catalog(url)
    assert catalog.settings("red") == {"findings_said_x": "1"} and catalog.settings("blue") == {}
    tally = catalog.verdicts.tally("red", "eve", "loop", "")
    assert (tally.false, tally.true, tally.doubt, tally.magnitude) == (2500, 0, 2499 / 5000, None)
    assert catalog.verdicts.tallies("blue") == [Tally(subject=LONG, kind="loop", signal="", true=1)]
    assert (
        catalog.verdicts.tallies_since("red", 0) == (1, [tally]) and catalog.verdicts.tallies_since("green", 0) is None
    )
    # no window is known of them: they may be of any that began before they were judged
    since = (1_800_000_000 + 2490) * 10**9
    assert len(catalog.verdicts.judged("red", {"false"}, since, since + 1, 100)) == 10
    catalog.close()


def test_given_many_verdicts_when_some_are_asked_for_then_they_are_found_by_index(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "catalog.db")
    kept = catalog.verdicts
    plans: list[str] = []

    def explain(_db: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM verdict" in statement and statement.startswith("SELECT"):
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(str(row[3]) for row in rows)

    sa.event.listen(catalog._engine, "before_cursor_execute", explain)
    kept.of("red", ["1"])
    kept.tally("red", "eve", "loop", "")
    kept.tallies_of("red", ["eve"])
    kept.judged("red", {"true"}, HOUR_NS, 2 * HOUR_NS, 10)
    kept.by_detector("red")
    kept.tallies("red")
    kept.tallies_since("red", 0)
    catalog.close()
    assert [p for p in plans if "tenant=?" not in p and "USE TEMP" not in p] == []
    wanted = ["finding=?", "about=? AND kind=? AND signal=?", "about=?", "ended_ns>?", "ended_ns=?",
              "COVERING INDEX verdicts_by_detector", "verdicts_by_subject"]  # fmt: skip
    assert [next((p for p in plans if part in p), part) for part in wanted if not any(part in p for p in plans)] == []
