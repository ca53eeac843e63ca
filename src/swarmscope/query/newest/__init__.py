"""Lists of what is newest, from memory: the same answers as the store gives, where memory has all that they are made of."""
