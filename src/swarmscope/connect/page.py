"""The page docs/connect.md, made from the lines themselves: `python -m swarmscope.connect.page > docs/connect.md`."""

from __future__ import annotations

import sys

from swarmscope.connect.snippets import Place, Snippet, snippets

REPAIR = "python -m swarmscope.connect.page > docs/connect.md"
_HEAD = f"""# Connect agents

What to paste so that an agent is seen. An empty install shows the same lines with its own address and key filled in,
and so does *Settings → Connect agents*; in a project, [`swarmscope setup`](#in-a-project) finds out which of them it
needs. Here the address is that of an install on this machine, which demands no key. Elsewhere, add
`OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20KEY` with a key of the role ingest ([keys](security.md)).

The main port takes OTLP/HTTP, so one address is enough, behind a proxy too. Who sends much uses port 4318 (OTLP/HTTP)
or 4317 (gRPC), which do nothing else.

This page is made by `{REPAIR}`; the tests run what stands here.

## In a project

```sh
swarmscope setup
```

reads `pyproject.toml`, requirements, lock files, `package.json` and the imports of the folder, and prints for each
framework it finds the packages to install, the environment, and the lines to add, with the file where they belong.
Nothing is changed. Where the project brings instrumentation already, only the environment is missing, and it says so.
Two instrumentations of one call would count its tokens twice: of a framework and the client below it, the framework's
is proposed.

| Option | |
|---|---|
| `DIR` | the project; default: where you are |
| `--url`, `--key` | where to send, with which key |
| `--framework NAME` | print the lines of this one, found or not |
| `--json` | for programs |
"""
_FENCES = {"python": "python", "node": "js", "shell": "sh"}


def text() -> str:
    """The page."""
    return "\n".join([_HEAD, *(_section(s) for s in snippets(Place("http://127.0.0.1:8080")))]).rstrip() + "\n"


def _section(s: Snippet) -> str:
    shell = "\n".join(filter(None, (s.install, s.environment)))
    language = _FENCES[s.language]
    parts = [f"## {s.label}", s.about]
    parts += [f"```sh\n{shell}\n```"] if shell else []
    parts += [f"```{language}\n{s.setup}\n```"]
    parts += [f"To see something at once:\n\n```{language}\n{s.example}\n```"] if s.example else []
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
