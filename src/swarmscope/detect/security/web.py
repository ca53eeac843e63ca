"""Cross-site scripting, command injection and path traversal in values that a program takes in.

Signs are matched against all texts at once; libinjection's tokeniser of HTML is asked where a text has markup.

References: OWASP Core Rule Set 4 (rule files 930, 932 and 941 for what attacks consist of); CWE-79, CWE-78, CWE-22.
"""

from __future__ import annotations

from collections.abc import Sequence

import libinjection
import numpy as np
import pyarrow as pa

from swarmscope.detect.security.signs import signs
from swarmscope.detect.security.text import hits, lowered

_SIGNS = signs()["web"]


def judge(texts: Sequence[str], lower: pa.Array | None = None) -> list[str]:
    """`xss`, `command_injection`, `path_traversal` or empty for each decoded text. lower: the same in lower case, where it is
    at hand."""
    names = np.full(len(texts), "", dtype=object)
    lower = lowered(pa.array(texts, pa.string())) if lower is None else lower
    suspects = np.flatnonzero(hits(lower, _SIGNS["hints"]))
    if suspects.size:
        some = lower.take(pa.array(suspects))
        found = np.full(len(suspects), "", dtype=object)
        found[hits(some, _SIGNS["path_traversal"])] = "path_traversal"
        found[hits(some, _SIGNS["command_injection"])] = "command_injection"  # what it reads has a path, too
        markup = np.flatnonzero(hits(some, _SIGNS["markup"]))
        scripted = hits(some.take(pa.array(markup)), _SIGNS["xss"])
        for place in markup[~scripted]:
            if found[place] == "" and libinjection.is_xss(texts[suspects[place]])["is_xss"]:
                found[place] = "xss"
        found[markup[scripted]] = "xss"
        names[suspects] = found
    return names.tolist()
