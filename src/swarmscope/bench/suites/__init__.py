"""One file per suite; each has a `SUITE`."""
