"""LogQL, the query language of Loki 3: text → tree (`parse`) → rows or counts from the store (`fetch`) → `engine` answers."""
