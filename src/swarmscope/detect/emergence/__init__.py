"""Emergence: what agents do together that none of them does alone. One pattern a file; each is judged against surrogates."""
