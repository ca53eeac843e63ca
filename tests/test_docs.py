"""The documentation is whole: every page is reachable, every link leads somewhere, every picture exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
PICTURE_MAX_BYTES = 200_000
PLAIN = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "sdk/README.md")]


def anchors(text: str) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", h.lower().replace("`", "")).strip()) for h in heads}


def test_every_page_stands_in_the_navigation() -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert [p.name for p in PAGES if str(p.relative_to(ROOT / "docs")) not in nav] == []


@pytest.mark.parametrize("page", [*PAGES, *PLAIN], ids=lambda p: str(p.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file.read_text())):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_page_begins_with_its_title(page: Path) -> None:
    assert page.read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("picture", sorted((ROOT / "docs/images").iterdir()), ids=lambda p: p.name)
def test_every_picture_is_small_and_shown(picture: Path) -> None:
    assert picture.stat().st_size <= PICTURE_MAX_BYTES
    assert any(f"images/{picture.name}" in page.read_text(encoding="utf-8") for page in [*PAGES, *PLAIN])


def test_the_command_makes_every_picture() -> None:
    made = re.findall(
        r'^  \["([\w-]+)", ', (ROOT / "ui/scripts/screenshots.mjs").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(made) == sorted(picture.stem for picture in (ROOT / "docs/images").iterdir())
