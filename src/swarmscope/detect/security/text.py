"""Texts as detectors read them: decoded as far as an application would, bounded."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import unquote_plus

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

TEXT_CHARS_MAX = 8192
ROUNDS_MAX = 3  # encodings within encodings
_ESCAPED = re.compile(r"%[0-9a-fA-F]{2}")
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})|%u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")


_ODD = r"%[0-9a-fA-Fu]|&[^;]*;|\\|\x00"


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
    if not text.isascii():  # escapes of JSON write what lies beyond 16 bits as two halves; a half alone is no text
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = text.replace("\0", "")
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def all_decoded(texts: Sequence[str]) -> list[str]:
    """`decoded` of each; those without anything to decode, which is most, are told apart all at once."""
    out = list(texts)
    column = pa.array(out, pa.string())
    odd = hits(column, _ODD) | ~pc.string_is_ascii(column).to_numpy(zero_copy_only=False)
    odd |= pc.binary_length(column).to_numpy(zero_copy_only=False) > TEXT_CHARS_MAX
    for i in np.flatnonzero(odd).tolist():
        out[i] = decoded(out[i])
    return out


def lowered(texts: pa.Array) -> pa.Array:
    """Texts in lower case; those of ASCII alone take a fortieth of the time that the others need."""
    plain = pc.string_is_ascii(texts)
    low = pc.ascii_lower(texts)
    if pc.all(plain).as_py() is not False:  # None: there are no texts
        return low
    other = pc.invert(plain)
    return pc.replace_with_mask(low, other, pc.utf8_lower(texts.filter(other)))


def hits(texts: pa.Array, pattern: str) -> NDArray[np.bool_]:
    """Which of the texts a pattern of RE2 is found in, shape (n,)."""
    found: NDArray[np.bool_] = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
    return found
