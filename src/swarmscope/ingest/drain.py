"""Log templates by Drain: a tree of fixed depth over words, in which lines that are alike share a template.

He, Zhu, Zheng, Lyu: "Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017. A line goes by its number of
words and its first PREFIX words to a leaf; there it joins the template that has the largest share of equal words, if that is
SIMILARITY at least, and words that differ become `<*>`. Words with numbers are masked before (`mask`), which decides most:
grouping accuracy on LogHub's 2k samples with corrected labels is measured by `bench.evaluate.log_templates`.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from swarmscope.ingest.kernels.templates import LINE_BYTES_MAX, WORDS_MAX

ANY = "<*>"
SIMILARITY = 0.65
PREFIX = 2
LEAF_MAX = 200  # templates in one leaf
TEMPLATES_MAX = 4096  # of a tenant
_SPARED_LOOKS = 64  # how far eviction looks for a template that only one kind of line made
_BLANK = re.compile(rb"[\x00-\x20]+")
_PIECE = re.compile(r"[^\s=:,;()\[\]{}\"'|<>]+")
_DIGIT = re.compile(r"[0-9]")
_JOINED = re.compile(r"<\*>(?::<\*>)+")


def mask(line: bytes) -> list[str]:
    """The words of a line with what varies masked; the same rules as `kernels.templates.line_key`."""
    words = [w for w in _BLANK.split(line[:LINE_BYTES_MAX]) if w][:WORDS_MAX]
    return [_JOINED.sub(ANY, _PIECE.sub(_masked, w.decode("utf-8", "replace"))) for w in words]


def _masked(piece: re.Match[str]) -> str:
    text = piece[0]
    return ANY if _DIGIT.search(text) or text.count("/") >= 2 else text


@dataclass(slots=True)
class Template:
    """What lines have in common. number: hash of the words that founded it, so that it is the same everywhere and stays when
    the words become more general. label: its class. changed: counts changes of `words`; told: the change that is durable."""

    number: int
    words: list[str]
    label: str = ""
    example: str = ""
    kinds: int = 1  # distinct masked lines that joined
    changed: int = 1
    told: int = 0

    @property
    def text(self) -> str:
        """For people."""
        return " ".join(self.words)


def number_of(words: Iterable[str]) -> int:
    """The id of a template that these words found; never 0."""
    return int.from_bytes(blake2b(" ".join(words).encode(), digest_size=8).digest(), "little") or 1


class Drain:
    """The templates of one tenant, at most `limit`; those that were not met for the longest time leave first."""

    def __init__(self, limit: int = TEMPLATES_MAX) -> None:
        self._limit = limit
        self._leaves: dict[tuple[int | str, ...], list[Template]] = {}
        self.templates: OrderedDict[int, Template] = OrderedDict()

    def add(self, words: list[str]) -> tuple[Template, bool]:
        """The template of a masked line, and whether the line founded it."""
        leaf = self._leaves.setdefault(_place(words), [])
        best, score = None, -1
        for template in leaf:
            same = sum(a == b for a, b in zip(template.words, words, strict=True))
            if same > score:
                best, score = template, same
        if best is not None and score >= SIMILARITY * len(words):
            if score < len(words):
                self._widen(best, words)
            self.templates.move_to_end(best.number)
            return best, False
        return self._found(words, leaf)

    def know(self, template: Template) -> None:
        """Take up a template that was mined before."""
        if template.number not in self.templates:
            self._make_room()
            self._leaves.setdefault(_place(template.words), []).append(template)
            self.templates[template.number] = template

    def _found(self, words: list[str], leaf: list[Template]) -> tuple[Template, bool]:
        number = number_of(words)
        known = self.templates.get(number)  # it was widened since, in another leaf or beyond likeness
        if known is not None:
            self.templates.move_to_end(number)
            return known, False
        template = Template(number, words)
        self._make_room()
        if len(leaf) >= LEAF_MAX:
            self._forget(leaf[0])
        self._leaves.setdefault(_place(words), leaf).append(template)
        self.templates[number] = template
        return template, True

    def _widen(self, template: Template, words: list[str]) -> None:
        merged = [a if a == b else ANY for a, b in zip(template.words, words, strict=True)]
        template.kinds += 1
        if merged != template.words:
            template.words = merged
            template.changed += 1

    def _make_room(self) -> None:
        if len(self.templates) < self._limit:
            return
        oldest = [t for t, _ in zip(self.templates.values(), range(_SPARED_LOOKS), strict=False)]
        self._forget(next((t for t in oldest if t.kinds == 1), oldest[0]))

    def _forget(self, template: Template) -> None:
        del self.templates[template.number]
        place = _place(template.words)
        leaf = self._leaves[place]
        leaf.remove(template)
        if not leaf:
            del self._leaves[place]


def _place(words: list[str]) -> tuple[int | str, ...]:
    return (len(words), *(ANY if ANY in word else word for word in words[:PREFIX]))
