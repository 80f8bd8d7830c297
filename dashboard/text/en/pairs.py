"""The type of a table of words: pairs of a key and what users call it."""

Pairs = tuple[tuple[str, str], ...]
