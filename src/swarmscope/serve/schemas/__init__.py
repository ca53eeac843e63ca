"""What the REST API takes and gives, one module per noun; the OpenAPI document and the types of UI and CLI come from here.

The same everywhere: ids are lower-case hex; a moment is RFC 3339 text in UTC with nanoseconds; `_ns` is a duration in
nanoseconds; a chart's time axis is `times_ms` (Unix milliseconds); money is US dollars; an absent number is null, an absent
text is empty.
"""
