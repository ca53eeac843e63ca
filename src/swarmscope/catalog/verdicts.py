"""What people said of findings: the newest verdicts of each tenant, found by finding, by what it is about, and by time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from swarmscope.catalog.database import insert_once
from swarmscope.catalog.tables import VERDICT_REVISIONS, VERDICTS
from swarmscope.model.access import Principal
from swarmscope.model.verdict import Tally, Verdict

KEPT_MAX = 100_000
"""Verdicts kept per tenant; older ones are forgotten."""
REFUTED_MAX = 10_000
"""Findings that are told to be false at once."""
ASKED_MAX = 1000
"""Keys asked for by one statement."""


class Verdicts:
    """Verdicts of all tenants, kept in the catalog."""

    def __init__(
        self, engine: sa.Engine, audit: Callable[[Connection, Principal, str, str, str], None], now: Callable[[], float]
    ) -> None:
        self._engine = engine
        self._audit = audit
        self._now = now

    def keep(self, by: Principal, verdict: Verdict) -> None:
        """Store it in the place of what was said of that finding before."""
        row = {
            "tenant": by.tenant, "finding": verdict.finding, "verdict": verdict.verdict, "about": about(verdict.subject),
            "subject": verdict.subject, "kind": verdict.kind, "signal": verdict.signal, "detector": verdict.detector,
            "note": verdict.note, "doubt": verdict.doubt, "magnitude": verdict.magnitude,
            "started_ns": verdict.started_ns, "ended_ns": verdict.ended_ns, "said_at_s": self._now(),
        }  # fmt: skip
        mine = VERDICTS.c.tenant == by.tenant

        def put(db: Connection) -> None:
            db.execute(VERDICTS.delete().where(mine, VERDICTS.c.finding == verdict.finding))
            db.execute(VERDICTS.insert().values(**row))
            moments = sa.select(VERDICTS.c.said_at_s).where(mine).order_by(VERDICTS.c.said_at_s.desc())
            edge = db.execute(moments.offset(KEPT_MAX).limit(1)).scalar()
            if edge is not None:
                db.execute(VERDICTS.delete().where(mine, VERDICTS.c.said_at_s <= edge))
            _revise(db, by.tenant)
            self._audit(db, by, "verdict.put", verdict.finding, verdict.verdict)

        insert_once(self._engine, put)

    def withdraw(self, by: Principal, finding: str) -> None:
        """Take back what was said of a finding; where nothing was, that is so still."""

        def take(db: Connection) -> None:
            db.execute(VERDICTS.delete().where(VERDICTS.c.tenant == by.tenant, VERDICTS.c.finding == finding))
            _revise(db, by.tenant)
            self._audit(db, by, "verdict.delete", finding, "")

        insert_once(self._engine, take)

    def of(self, tenant: str, findings: Collection[str]) -> dict[str, str]:
        """Finding id → verdict, of those findings that people spoke of."""
        t = VERDICTS.c
        query = sa.select(t.finding, t.verdict).where(t.tenant == tenant)
        return {row.finding: row.verdict for row in self._each(query, t.finding, findings)}

    def tallies(self, tenant: str) -> list[Tally]:
        """Of each subject, kind and signal that people of the tenant spoke of."""
        with self._engine.connect() as db:
            return [_tally(row) for row in db.execute(_tallied(tenant))]

    def tallies_since(self, tenant: str, revision: int) -> tuple[int, list[Tally]] | None:
        """What `tallies` gives, with the revision that it is at least of; None: that is still the one that is known."""
        known = sa.select(VERDICT_REVISIONS.c.revision).where(VERDICT_REVISIONS.c.tenant == tenant)
        with self._engine.connect() as db:
            newest = int(db.execute(known).scalar() or 0)
        return None if newest == revision else (newest, self.tallies(tenant))

    def tallies_of(self, tenant: str, subjects: Collection[str]) -> list[Tally]:
        """Those of some subjects."""
        return [_tally(row) for row in self._each(_tallied(tenant), VERDICTS.c.about, {about(s) for s in subjects})]

    def tally(self, tenant: str, subject: str, kind: str, signal: str) -> Tally:
        """That of one subject, kind and signal; of what nobody spoke of it counts nothing."""
        t = VERDICTS.c
        mine = _tallied(tenant).where(t.about == about(subject), t.kind == kind, t.signal == signal)
        with self._engine.connect() as db:
            row = db.execute(mine).first()
        return Tally(subject=subject, kind=kind, signal=signal) if row is None else _tally(row)

    def judged(self, tenant: str, verdicts: Collection[str], start_ns: int, end_ns: int, limit: int) -> list[str]:
        """Ids of findings with one of these verdicts whose window touches that of these moments, and of those whose window is
        not known and that were judged after its start; `limit` at most."""
        t = VERDICTS.c
        told = sa.select(t.finding).where(t.tenant == tenant, t.verdict.in_(verdicts))
        known = told.where(t.ended_ns >= max(1, start_ns), t.started_ns < end_ns)
        unknown = told.where(t.ended_ns == 0, t.said_at_s >= start_ns / 1e9)
        found: list[str] = []
        with self._engine.connect() as db:
            for query in (known, unknown):
                found += db.execute(query.limit(limit - len(found))).scalars()
        return found

    def refuted(self, tenant: str, start_ns: int, end_ns: int) -> list[str]:
        """As `judged`, of those called false; of more than REFUTED_MAX not all."""
        return self.judged(tenant, {"false"}, start_ns, end_ns, REFUTED_MAX)

    def by_detector(self, tenant: str) -> dict[str, dict[str, int]]:
        """Detector → verdict → how often."""
        t = VERDICTS.c
        query = sa.select(t.detector, t.verdict, sa.func.count()).where(t.tenant == tenant)
        found: dict[str, dict[str, int]] = {}
        with self._engine.connect() as db:
            for detector, verdict, times in db.execute(query.group_by(t.detector, t.verdict)):
                found.setdefault(detector, {})[verdict] = times
        return found

    def _each(self, query: sa.Select[Any], column: sa.Column[Any], keys: Collection[Any]) -> Iterator[sa.Row[Any]]:
        with self._engine.connect() as db:
            every = list(keys)
            for at in range(0, len(every), ASKED_MAX):
                yield from db.execute(query.where(column.in_(every[at : at + ASKED_MAX])))


def about(subject: str) -> bytes:
    """By which a subject is found, however long it is: what an index takes is limited."""
    return hashlib.sha256(subject.encode()).digest()[:16]


def _revise(db: Connection, tenant: str) -> None:
    """Tell those who follow the tenant's verdicts that they changed, when the transaction is through."""
    t = VERDICT_REVISIONS
    if not db.execute(t.update().where(t.c.tenant == tenant).values(revision=t.c.revision + 1)).rowcount:
        db.execute(t.insert().values(tenant=tenant, revision=1))


def _tallied(tenant: str) -> sa.Select[Any]:
    t = VERDICTS.c
    false = t.verdict == "false"
    figures = {
        "subject": sa.func.max(t.subject),
        "true": sa.func.sum(sa.case((false, 0), else_=1)),
        "false": sa.func.sum(sa.case((false, 1), else_=0)),
        "doubt": sa.func.max(sa.case((false, t.doubt))),
        "magnitude": sa.func.max(sa.case((false, t.magnitude))),
    }
    named = [figure.label(name) for name, figure in figures.items()]
    return sa.select(t.kind, t.signal, *named).where(t.tenant == tenant).group_by(t.about, t.kind, t.signal)


def _tally(row: sa.Row[Any]) -> Tally:
    return Tally(
        subject=row.subject, kind=row.kind, signal=row.signal, true=int(row.true), false=int(row.false), doubt=row.doubt,
        magnitude=row.magnitude,
    )  # fmt: skip
