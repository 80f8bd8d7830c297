"""Names as UTF-8 can hold them: those of files may be any bytes, which Python keeps as lone surrogates."""

from __future__ import annotations


def escaped(text: str) -> str:
    """Spell out what UTF-8 cannot hold: the byte 0xDC of a Latin-1 name becomes the six letters \\udcdc."""
    spelt = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text if spelt == text else spelt  # the very text, as it may know more than its letters
