"""Escape names that UTF-8 cannot hold; Python keeps such bytes as lone surrogates."""

from __future__ import annotations


def escaped(text: str) -> str:
    r"""Escape what UTF-8 cannot hold: byte 0xDC of a Latin-1 name becomes the text \udcdc."""
    spelt = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text if spelt == text else spelt  # the same object: it may be a Sentence, with a text of its own to store
