"""Who is attacking: injections, guessing, floods, prompt attacks, exfiltration and unusual behaviour, event by event."""
