"""Slow change: of quality, of what models answer, of what they are asked, and which rollout brought it."""
