"""The shape of a trace: order, own time, critical path; damaged traces too."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from swarmscope.query.tree import build

ROOT = bytes(8)


def span(number: int, parent: int, start: int, end: int) -> tuple[bytes, bytes, int, int]:
    return number.to_bytes(8, "big"), parent.to_bytes(8, "big"), start, end


def test_given_parallel_children_when_built_then_the_path_goes_through_the_last_to_end() -> None:
    tree = build([span(1, 0, 0, 100), span(2, 1, 10, 50), span(3, 1, 20, 90), span(4, 3, 30, 60)])
    assert [(s.index, s.start_ns, s.end_ns) for s in tree.path] == [
        (0, 0, 10), (1, 10, 20), (2, 20, 30), (3, 30, 60), (2, 60, 90), (0, 90, 100),
    ]  # fmt: skip
    assert [n.index for n in tree.nodes] == [0, 1, 2, 3]
    assert [n.depth for n in tree.nodes] == [0, 1, 1, 2]
    assert [n.self_ns for n in tree.nodes] == [20, 40, 40, 30]


def test_given_a_child_that_outlives_its_parent_when_built_then_it_stays_on_the_path() -> None:
    tree = build([span(1, 0, 0, 10), span(2, 1, 5, 50)])
    assert [(s.index, s.start_ns, s.end_ns) for s in tree.path] == [(0, 0, 5), (1, 5, 50)]


def test_given_a_missing_parent_and_a_cycle_when_built_then_every_span_is_there_once() -> None:
    tree = build([span(1, 0, 0, 10), span(2, 99, 3, 5), span(3, 4, 1, 2), span(4, 3, 1, 2), span(5, 5, 4, 5)])
    assert sorted(n.index for n in tree.nodes) == [0, 1, 2, 3, 4]
    assert {n.index for n in tree.nodes if n.orphan} == {1, 2, 4}


def test_given_one_id_twice_when_built_then_both_spans_are_kept() -> None:
    tree = build([span(1, 0, 0, 10), span(1, 0, 20, 30), span(2, 1, 1, 2)])
    assert len(tree.nodes) == 3


spans = st.lists(
    st.tuples(st.integers(1, 12), st.integers(0, 14), st.integers(0, 1000), st.integers(0, 300)),
    min_size=1,
    max_size=14,
).map(lambda rows: [span(n, p, s, s + d) for n, p, s, d in rows])


@given(spans)
def test_given_any_spans_when_built_then_the_path_is_disjoint_and_in_its_spans(rows) -> None:
    tree = build(rows)
    assert sorted(n.index for n in tree.nodes) == list(range(len(rows)))
    for a, b in itertools.pairwise(tree.path):
        assert a.end_ns <= b.start_ns
    for step in tree.path:
        assert rows[step.index][2] <= step.start_ns < step.end_ns <= rows[step.index][3]
    ran = {t for _, _, start, end in rows for t in range(start, end)}
    assert sum(s.end_ns - s.start_ns for s in tree.path) <= len(ran)


@given(spans)
def test_given_children_within_their_parents_when_built_then_the_path_covers_all_time_in_which_a_span_ran(rows) -> None:
    nested = []
    for number, (_, _, start, end) in enumerate(rows):
        low, high = (nested[(number - 1) // 2][2:]) if number else (0, 1300)
        inside = max(low, min(start, high))
        nested.append(span(number + 1, (number + 1) // 2, inside, max(inside, min(end, high))))
    ran = nested[0][3] - nested[0][2]
    assert sum(s.end_ns - s.start_ns for s in build(nested).path) == ran


@given(spans)
def test_given_any_spans_when_built_then_own_time_is_what_children_do_not_cover(rows) -> None:
    for node in build(rows).nodes:
        covered = {t for c in node.children for t in range(max(c.start_ns, node.start_ns), min(c.end_ns, node.end_ns))}
        assert node.self_ns == node.end_ns - node.start_ns - len(covered)


def test_given_a_chain_deeper_than_the_stack_when_built_then_it_is_built() -> None:
    depth = 20_000
    tree = build([span(i + 1, i, i, 2 * depth) for i in range(depth)])
    assert tree.nodes[-1].depth == depth - 1
    assert sum(s.end_ns - s.start_ns for s in tree.path) == 2 * depth
