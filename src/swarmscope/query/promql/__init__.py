"""PromQL, the language of Prometheus 3: text → tree (`parse`) → columns over (series × steps) (`evaluate`) → `engine.Result`.

Where samples come from is a `source.Source`: the store, or memory.
"""
