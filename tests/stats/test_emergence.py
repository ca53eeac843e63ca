"""What the statistics of emergence claim: false alarms as rare as stated where nothing is, and what is there is found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from swarmscope.stats import consensus, information, networks, surrogates, synchrony, warning

Rng = np.random.Generator
LEVEL = 0.05


def _sync(rng: Rng) -> float:
    agents = 60
    agent = rng.integers(0, agents, 300)
    seen = synchrony.synchrony(agent, rng.random(300) * 120, agents, 120.0, rng, draws=99)
    return min(1.0, 2 * min(seen.order_test.p, seen.variance_test.p))


def _warning(rng: Rng) -> float:
    x = np.zeros(72)
    for i in range(1, 72):
        x[i] = 0.5 * x[i - 1] + rng.standard_normal()
    return warning.early_warning(x, rng, 199).verdict.p


def _camps(rng: Rng) -> float:
    source, target = rng.integers(0, 80, 300), rng.integers(0, 80, 300)
    return consensus.camps(rng.standard_normal(80), source, target, rng, 99).assortative.p


def _bimodal(rng: Rng) -> float:
    some = rng.integers(0, 80, 60)
    return consensus.camps(rng.standard_normal(80), some, some[::-1], rng, 99).bimodal.p


def _contagion(rng: Rng) -> float:
    agents = 40
    contacts = information.Contacts(rng.integers(0, agents, 400), rng.integers(0, agents, 400), rng.random(400) * 100)
    return information.spread(
        0, rng.permutation(agents)[:15], rng.random(15) * 100, agents, contacts, rng, 99
    ).verdict.p


def _flow(rng: Rng) -> float:
    agents, items = 40, 30
    contacts = information.Contacts(rng.integers(0, agents, 300), rng.integers(0, agents, 300), rng.random(300) * 100)
    key = np.unique(rng.integers(0, agents * items, 300))
    adopted = information.Adoptions(key // agents, key % agents, rng.random(len(key)) * 100)
    return information.flow(adopted, items, agents, contacts, rng, 20.0, 99).verdict.p


def _granger(rng: Rng) -> float:
    x = rng.standard_normal((40, 60))
    source, target = rng.integers(0, 40, 80), rng.integers(0, 40, 80)
    good = source != target
    return information.granger(x, source[good], target[good], rng, 99).verdict.p


def _synergy(rng: Rng) -> float:
    size = rng.integers(1, 4, 200)
    task = np.repeat(np.arange(200), size)
    return information.synergy(task, rng.integers(0, 30, len(task)), rng.random(200), rng, 99).verdict.p


NULLS = [_sync, _warning, _camps, _bimodal, _contagion, _flow, _granger, _synergy]


def _rare(null: Callable[[Rng], float], looks: int) -> None:
    alarms = sum(null(np.random.default_rng([7, i])) <= LEVEL for i in range(looks))
    assert alarms / looks <= LEVEL + 3 * (LEVEL * (1 - LEVEL) / looks) ** 0.5  # three standard errors


@pytest.mark.parametrize("null", NULLS)
def test_chance_is_called_emergence_as_rarely_as_stated(null: Callable[[Rng], float]) -> None:
    _rare(null, 60)


@pytest.mark.long
@pytest.mark.parametrize("null", NULLS)
def test_chance_is_called_emergence_as_rarely_as_stated_over_many_looks(null: Callable[[Rng], float]) -> None:
    _rare(null, 1000)


def test_a_sequential_test_stops_early_and_keeps_its_level() -> None:
    verdicts = []
    for i in range(2000):
        rng = np.random.default_rng([3, i])
        verdicts.append(surrogates.sequential(rng.standard_normal(), lambda r: r.standard_normal(), rng, 199))
    p, draws = np.array([v.p for v in verdicts]), np.array([v.draws for v in verdicts])
    for level in (0.01, 0.05, 0.2):
        assert (p <= level).mean() <= level + 3 * (level * (1 - level) / 2000) ** 0.5
    assert draws.mean() < 60
    sure = surrogates.sequential(9.0, lambda r: r.standard_normal(), np.random.default_rng(1), 199)
    assert (sure.p, sure.draws) == (1 / 200, 199)


def test_holm_corrects_as_the_paper_says() -> None:
    assert surrogates.holm(np.array([0.01, 0.04, 0.03])).tolist() == pytest.approx([0.03, 0.06, 0.06])


def test_surrogates_keep_what_they_promise() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((5, 64))
    for made in (surrogates.shifted(x, rng), surrogates.shuffled(x, rng)):
        assert np.allclose(np.sort(made, 1), np.sort(x, 1))
        assert not np.allclose(made, x)
    phased = surrogates.phase_randomised(x[0], rng, 3)
    assert np.allclose(np.abs(np.fft.rfft(phased, axis=1)), np.abs(np.fft.rfft(x[0]))[None, :], atol=1e-9)
    source, target = rng.integers(0, 50, 400), rng.integers(0, 50, 400)
    target = np.where(target == source, (target + 1) % 50, target)
    new = surrogates.rewired(source, target, rng)
    assert (np.bincount(new, minlength=50) == np.bincount(target, minlength=50)).all()
    assert (new == source).sum() == 0


def test_agents_that_begin_together_are_found_and_their_rhythm_named() -> None:
    rng = np.random.default_rng(4)
    agent = np.concatenate((rng.integers(0, 200, 400), np.repeat(np.arange(40), 6)))
    times = np.concatenate((rng.random(400) * 120, np.tile(np.arange(6) * 20 + 3, 40) + rng.random(240)))
    seen = synchrony.synchrony(agent, times, 200, 120.0, rng, draws=199)
    assert seen.order_test.p == 1 / 200
    assert 20 / seen.period_s == pytest.approx(round(20 / seen.period_s))
    assert seen.contribution[:40].mean() > 0.5 > seen.contribution[60:].mean()


@pytest.mark.parametrize("period_s", [7.0, 60.0, 120.0, 180.0])
def test_order_over_time_is_small_by_chance_and_large_in_step_also_where_the_period_is_long(period_s: float) -> None:
    rng = np.random.default_rng(8)
    beats = np.arange(0, 359, period_s)
    chance, together = rng.random(900) * 360, (beats[:, None] + rng.random((len(beats), 30))).ravel()
    _, order, count, begun = synchrony.order_over_time(chance, 360.0, period_s)
    there = np.isfinite(order)
    assert begun.sum() == 900
    assert there.sum() >= 24 - max(0, round(period_s / 15) - 1) - 1  # all that a whole stretch lies before
    assert (order[there] < 1.731 / np.sqrt(count[there])).mean() > 0.8
    _, order, _, _ = synchrony.order_over_time(together, 360.0, period_s)
    assert np.nanmin(order) > 0.85


def test_kuramotos_order_is_one_in_step_and_small_by_chance() -> None:
    together = np.tile(np.linspace(0, 9, 50), (30, 1))
    assert synchrony.kuramoto(together) == pytest.approx(np.ones(50))
    apart = np.random.default_rng(1).random((400, 50)) * 2 * np.pi
    assert synchrony.kuramoto(apart).mean() < 3 / 400**0.5
    together[0, 3] = np.nan
    assert synchrony.kuramoto(together)[3] == pytest.approx(1)


def test_a_system_that_slows_down_is_told_before_it_tips() -> None:
    found = 0
    for i in range(20):
        rng = np.random.default_rng([5, i])
        x, n = np.zeros(96), 96
        for t in range(1, n):
            x[t] = min(0.98, 0.1 + 0.9 * t / n) * x[t - 1] + rng.standard_normal() * (0.5 + t / n)
        found += warning.early_warning(x, rng, 399).verdict.p <= 0.05
    assert found >= 12


@settings(max_examples=40, deadline=None)
@given(st.integers(30, 90), st.integers(0, 10**6))
def test_rolling_indicators_are_those_of_numpy(n: int, seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal((2, n)) * 3 + 100
    variance, memory = warning.rolling(x - x.mean(1, keepdims=True), 12)
    for k in range(n - 11):
        part = x[0, k : k + 12]
        assert variance[0, k] == pytest.approx(part.var(), rel=1e-6)
        centred = part - part.mean()
        assert memory[0, k] == pytest.approx((centred[1:] * centred[:-1]).sum() / (centred**2).sum(), abs=1e-6)


def test_morans_i_is_high_where_neighbours_are_alike() -> None:
    side = np.arange(100) < 50
    ring = np.arange(100)
    assert warning.morans_i(side.astype(float), ring, (ring + 1) % 100) > 0.9
    assert warning.morans_i((ring % 2).astype(float), ring, (ring + 1) % 100) == pytest.approx(-1)
    assert warning.morans_i(np.full(100, np.nan), ring, (ring + 1) % 100) == 0


def _planted(
    rng: Rng, groups: int, size: int, contacts: int, within: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n = groups * size
    source = rng.integers(0, n, contacts)
    own = source // size * size + rng.integers(0, size, contacts)
    return np.arange(n) // size, source, np.where(rng.random(contacts) < within, own, rng.integers(0, n, contacts))


def test_planted_communities_are_found_and_are_more_than_chance() -> None:
    rng = np.random.default_rng(2)
    truth, source, target = _planted(rng, 5, 20, 2000, 0.8)
    net = networks.network(100, source, target)
    quality, labels = networks.communities(net)
    assert quality == pytest.approx(networks.modularity(net, labels))
    assert len(np.unique(np.stack((truth, labels)), axis=1).T) == 5
    assert networks.more_than_chance(source, target, 100, rng, 39).p == 1 / 40
    chance = [
        networks.more_than_chance(
            rng.integers(0, 40, 200), rng.integers(0, 40, 200), 40, np.random.default_rng(i), 19, 3
        ).p
        for i in range(12)
    ]
    assert np.mean(np.array(chance) <= 0.05) <= 0.05 + 3 * (0.05 * 0.95 / 12) ** 0.5


def test_what_became_of_communities() -> None:
    before = np.repeat([0, 1, 2, 3, 4], 10)
    after = before.copy()
    after[before == 1] = 0  # 0 and 1 merge
    after[30:35], after[35:40] = 5, 6  # 3 splits
    after[before == 4] = -1  # 4 is gone
    born = np.concatenate((before, np.full(8, -1))), np.concatenate((after, np.full(8, 9)))
    found, goes_on = networks.fates(*born)
    assert {(f.kind, f.before) for f in found} >= {("merge", (0, 1)), ("split", (3,))}
    assert {(f.kind, f.after) for f in found if f.kind == "birth"} == {("birth", (9,))}
    assert {f.before for f in found if f.kind == "death"} == {(4,)}
    assert goes_on[2] == 2
    assert len(next(f for f in found if f.kind == "merge").members) == 20


@given(st.integers(0, 3000), st.integers(0, 3000), st.floats(0, 1), st.floats(0, 1))
def test_how_likely_a_rewiring_is_by_chance_is_what_the_hypergeometric_distribution_says(
    now: int, before: int, share_now: float, share_before: float
) -> None:
    inside_now, inside_before = round(now * share_now), round(before * share_before)
    large, small = networks.rewiring(inside_now, now, inside_before, before)
    if now == 0 or before == 0:
        assert (large, small) == (1.0, 1.0)
        return
    chance = hypergeom(now + before, inside_now + inside_before, now)
    assert large == pytest.approx(chance.sf(inside_now - 1), rel=1e-8, abs=1e-12)
    assert small == pytest.approx(chance.cdf(inside_now), rel=1e-8, abs=1e-12)


def test_pagerank_and_betweenness_are_those_of_the_textbook() -> None:
    star = networks.network(5, np.array([1, 2, 3, 4, 0]), np.array([0, 0, 0, 0, 1]))
    rank = networks.pagerank(star)
    assert rank.sum() == pytest.approx(1)
    assert rank.argmax() == 0
    line = networks.network(5, np.array([0, 1, 2, 3]), np.array([1, 2, 3, 4]))
    # paths through the inner nodes of a line of five: 3, 4, 3 of 4 × 3 ordered pairs of others
    assert networks.betweenness(line, np.random.default_rng(1)).tolist() == pytest.approx(
        [0, 3 / 12, 4 / 12, 3 / 12, 0]
    )
    both = networks.network(3, np.array([0, 1, 1]), np.array([1, 0, 2]))
    assert both.reciprocity == pytest.approx(2 / 3)
    assert both.density == 0.5
    assert networks.participation(line, np.array([0, 0, 0, 1, 1])).tolist() == pytest.approx([0, 0, 0.5, 0.5, 0])


def test_what_passes_by_contact_is_told_from_what_all_learn_alone() -> None:
    rng = np.random.default_rng(6)
    agents = 60
    contacts = information.Contacts(
        rng.integers(0, agents, 900), rng.integers(0, agents, 900), np.sort(rng.random(900) * 100)
    )
    when = np.full(agents, np.inf)
    when[0] = 0.0
    for s, t, at in zip(contacts.source, contacts.target, contacts.time_s, strict=True):
        if when[s] < at < when[t] and rng.random() < 0.7:
            when[t] = at + 0.5
    adopters = np.flatnonzero(np.isfinite(when))
    seen = information.spread(0, adopters, when[adopters], agents, contacts, rng, 999)
    assert len(adopters) > 20
    assert seen.verdict.p <= 0.002
    assert seen.exposed >= len(adopters) - 1
    assert seen.hazard_ratio > 1
    found = information.flow(
        information.Adoptions(np.zeros(len(adopters), np.int64), adopters, when[adopters]),
        1,
        agents,
        contacts,
        rng,
        10.0,
        499,
    )
    assert found.verdict.p <= 0.005
    assert found.cascades[0] == len(adopters)
    assert 0.9 < found.r <= 1


def test_a_signal_that_follows_its_neighbours_is_a_flow() -> None:
    rng = np.random.default_rng(8)
    x = rng.standard_normal((60, 80))
    source, target = np.arange(30), np.arange(30, 60)
    for t in range(1, 80):
        x[target, t] += 0.6 * x[source, t - 1]
    seen = information.granger(x, source, target, rng, 199)
    assert seen.verdict.p == 1 / 200
    assert information.granger(x, target, source, rng, 199).verdict.p > 0.05


def test_groups_that_reach_more_than_their_best_are_told_from_groups_that_do_not() -> None:
    rng = np.random.default_rng(9)
    size = np.tile([1, 2, 3], 200)
    task = np.repeat(np.arange(600), size)
    agent = rng.integers(0, 40, len(task))
    skill = rng.uniform(0.4, 0.7, 40)
    best = np.maximum.reduceat(skill[agent], np.concatenate(([0], np.cumsum(size)[:-1])))
    noise = rng.normal(0, 0.03, 600)
    assert information.synergy(task, agent, best + noise + 0.15 * (size > 1), rng, 499).verdict.p <= 0.002
    worse = information.synergy(task, agent, best + noise - 0.2 * (size > 1), rng, 99)
    assert worse.gain < 0
    assert worse.verdict.p > 0.5


def _meetings(rng: Rng, agents: int, meetings: int, options: int) -> tuple[np.ndarray, np.ndarray]:
    """The voter model: of two who meet the second takes up what the first says."""
    mind = rng.integers(0, options, agents)
    first, second = np.zeros(meetings, np.int64), np.zeros(meetings, np.int64)
    for i in range(meetings):
        a, b = rng.choice(agents, 2, replace=False)
        first[i], second[i] = mind[a], mind[b]
        mind[b] = mind[a]
    return first, second


def test_a_norm_is_found_while_it_forms_and_not_in_choices_of_chance_nor_in_old_habits() -> None:
    found = 0
    for i in range(30):
        rng = np.random.default_rng([11, i])
        first, second = _meetings(rng, 24, 900, 4)
        agreed = first == second
        seen = consensus.norm(first, second, 4)
        settled = int(np.flatnonzero(~agreed)[-1])
        found += 0 <= seen.found < settled
    assert found >= 20  # of the voter model; populations of language models agree faster
    alarms = 0
    for i in range(600):
        rng = np.random.default_rng([12, i])
        options = int(rng.integers(2, 6))
        habit = rng.dirichlet(np.ones(options) * (0.3 if i % 2 else 100))
        alarms += consensus.norm(*rng.choice(options, (2, 300), p=habit), options).found >= 0
    assert alarms / 600 <= 0.005 + 3 * (0.005 * 0.995 / 600) ** 0.5


def test_two_camps_that_keep_to_themselves() -> None:
    rng = np.random.default_rng(13)
    side = np.arange(100) < 40
    values = np.where(side, 0.9, 0.5) + rng.normal(0, 0.05, 100)
    source = rng.integers(0, 100, 400)
    target = np.where(side[source], rng.integers(0, 40, 400), rng.integers(40, 100, 400))
    seen = consensus.camps(values, source, target, rng, 499)
    assert seen.bimodal.p == seen.assortative.p == 1 / 500
    assert 0.55 < seen.cut < 0.85
    assert seen.bimodality > consensus.CLEAR_BIMODALITY
    mixed = consensus.camps(values, source, rng.integers(0, 100, 400), rng, 99)
    assert mixed.assortative.p > 0.05


@pytest.mark.parametrize("agents", [0, 1, 2])
def test_little_or_strange_data_says_nothing(agents: int) -> None:
    rng = np.random.default_rng(1)
    none = np.zeros(0, np.int64)
    assert synchrony.synchrony(none, np.zeros(0), agents, 60.0, rng).order_test.p == 1
    assert consensus.norm(none, none, 2).found == -1
    assert consensus.camps(np.full(agents, np.nan), none, none, rng).bimodal.p == 1
    assert networks.communities(networks.network(agents, none, none))[0] == 0
    assert networks.pagerank(networks.network(agents, none, none)).sum() == pytest.approx(float(agents > 0))
    assert information.granger(np.zeros((max(agents, 1), 60)), none, none, rng).verdict.p == 1
    for bad in (np.full(60, np.nan), np.zeros(60), np.full(60, 1e12), np.ones(3)):
        assert warning.early_warning(bad, rng, 19).verdict.p == 1
    huge = np.random.default_rng(1).standard_normal(60)
    huge[30] = 1e12
    burst = np.zeros(36)
    burst[26:33] = 0.3, 0.1, 0.5, 0.2, 0.6, 0.1, 0.4
    assert warning.early_warning(burst, rng, 19).verdict.p == 1, "a first burst after rest is no slowing down"
    assert 0 < warning.early_warning(huge, rng, 19).verdict.p <= 1


def test_a_fleet_that_has_just_begun_is_no_warning() -> None:
    rng = np.random.default_rng(21)
    alarms = 0
    for _ in range(40):
        x = np.concatenate((np.full(18, np.nan), rng.standard_normal(54)))
        seen = warning.early_warning(x, rng, 199)
        assert len(seen.variance) == len(seen.memory) == 72
        alarms += seen.verdict.p <= 0.05
    assert alarms / 40 <= 0.05 + 3 * (0.05 * 0.95 / 40) ** 0.5
