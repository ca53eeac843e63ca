"""The bounded, durable log between acknowledgement and store."""

from swarmscope.journal.journal import Journal, JournalStatus

__all__ = ["Journal", "JournalStatus"]
