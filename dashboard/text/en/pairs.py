"""The type of a table of words: pairs of a key and its text."""

Pairs = tuple[tuple[str, str], ...]
