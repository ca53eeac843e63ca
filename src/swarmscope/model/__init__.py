"""The nouns that rooms exchange: frozen, without I/O."""
