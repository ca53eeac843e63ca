"""Series that are not as they were, or not as those of their peers."""
