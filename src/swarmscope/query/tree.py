"""The shape of one trace: order, depth, own time and the critical path. Pure arithmetic over start and end times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Node:
    """A span in the tree; indices refer to the sequence that `build` was given."""

    index: int
    start_ns: int
    end_ns: int
    orphan: bool = False
    depth: int = 0
    self_ns: int = 0
    critical: bool = False
    children: list[Node] = field(default_factory=list)
    reach_start_ns: int = 0  # with all descendants
    reach_end_ns: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of the critical path."""

    index: int
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Tree:
    """nodes: parents before children, siblings by start. path: by time."""

    nodes: list[Node]
    path: list[Step]


def build(spans: Sequence[tuple[bytes, bytes, int, int]], root_parent: bytes = bytes(8)) -> Tree:
    """The tree over (span id, parent span id, start, end). A span whose parent is missing, or that is its own ancestor,
    stands as a root and is marked an orphan."""
    nodes = [Node(i, start, max(start, end)) for i, (_, _, start, end) in enumerate(spans)]
    by_id: dict[bytes, Node] = {}
    for node, span in zip(nodes, spans, strict=True):
        by_id.setdefault(span[0], node)
    roots: list[Node] = []
    for node, (_, parent_id, _, _) in zip(nodes, spans, strict=True):
        parent = by_id.get(parent_id) if parent_id != root_parent else None
        if parent is None or parent is node:
            node.orphan = parent_id != root_parent
            roots.append(node)
        else:
            parent.children.append(node)
    ordered = _ordered(roots, nodes)
    for node in reversed(ordered):  # children first
        node.reach_start_ns = min([node.start_ns, *(c.reach_start_ns for c in node.children)])
        node.reach_end_ns = max([node.end_ns, *(c.reach_end_ns for c in node.children)])
        node.self_ns = _uncovered(node)
    return Tree(ordered, _critical_path([n for n in ordered if n.depth == 0]))


def _ordered(roots: list[Node], nodes: list[Node]) -> list[Node]:
    """Depth first, siblings by start; what only a cycle leads to is cut loose as an orphan, earliest first."""
    seen: set[int] = set()
    out: list[Node] = []
    rest = iter(sorted(nodes, key=lambda n: n.start_ns))
    stack = sorted(roots, key=lambda n: n.start_ns, reverse=True)
    while True:
        while stack:
            node = stack.pop()
            seen.add(node.index)
            out.append(node)
            node.children = sorted((c for c in node.children if c.index not in seen), key=lambda n: n.start_ns)
            for child in reversed(node.children):
                child.depth = node.depth + 1
                stack.append(child)
        loose = next((n for n in rest if n.index not in seen), None)
        if loose is None:
            return out
        loose.orphan = True
        stack.append(loose)


def _uncovered(node: Node) -> int:
    """The time of a span that none of its children covers."""
    covered, reach = 0, node.start_ns
    for child in node.children:  # by start
        start, end = max(child.start_ns, reach), min(child.end_ns, node.end_ns)
        if end > start:
            covered += end - start
            reach = end
    return node.end_ns - node.start_ns - covered


def _critical_path(roots: list[Node]) -> list[Step]:
    """Backwards from the end: of the spans that ran until now, the one that ended last held everything up.

    A child that outlives its parent stays on the path until it ends. Times in which neither a span nor its children ran
    belong to nobody.
    """
    if not roots:
        return []
    steps: list[Step] = []
    stack: list[tuple[Node | None, list[Node], int, int]] = [
        (None, roots, min(r.reach_start_ns for r in roots), max(r.reach_end_ns for r in roots))
    ]
    while stack:
        owner, children, low, high = stack.pop()
        for child in sorted(children, key=lambda c: c.reach_end_ns, reverse=True):
            if high <= low:
                break
            end = min(child.reach_end_ns, high)
            start = max(child.reach_start_ns, low)
            if start >= end:
                continue
            _emit(steps, owner, end, high)
            stack.append((child, child.children, start, end))
            high = start
        _emit(steps, owner, low, high)
    return sorted(steps, key=lambda s: s.start_ns)


def _emit(steps: list[Step], owner: Node | None, start_ns: int, end_ns: int) -> None:
    if owner is None:
        return
    start_ns, end_ns = max(start_ns, owner.start_ns), min(end_ns, owner.end_ns)
    if end_ns > start_ns:
        owner.critical = True
        steps.append(Step(owner.index, start_ns, end_ns))
