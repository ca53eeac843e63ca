"""Texts as detectors read them: decoded as far as an application would, bounded."""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import unquote_plus

TEXT_CHARS_MAX = 8192
ROUNDS_MAX = 3  # encodings within encodings
_ESCAPED = re.compile(r"%[0-9a-fA-F]{2}")
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})|%u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")


def decoded(text: str) -> str:
    """`text` without percent, HTML and backslash escapes, full-width forms and NULs, at most TEXT_CHARS_MAX long."""
    text = text[:TEXT_CHARS_MAX]
    for _ in range(ROUNDS_MAX):
        before = text
        if _ESCAPED.search(text):
            text = unquote_plus(text, errors="replace")
        if "&" in text and ";" in text:
            text = html.unescape(text)
        if "\\" in text or "%u" in text:
            text = _UNICODE.sub(lambda m: chr(int(next(filter(None, m.groups())), 16)), text)
        if text == before:
            break
    text = text.replace("\0", "")
    return text if text.isascii() else unicodedata.normalize("NFKC", text)
