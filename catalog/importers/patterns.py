"""Match users' regular expressions in linear time, so that none can block the program."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

import re2

from catalog.errors import CatalogError

MAX_LETTERS = 1000  # of a pattern

# RE2's own classes match ASCII alone; Python's, which users expect, match all scripts.
_IN_CLASS = {"d": r"\p{Nd}", "D": r"\P{Nd}", "w": r"\p{L}\p{N}_", "s": r"\s\v\p{Z}", "b": r"\x08"}
_OUTSIDE = {
    "d": r"\p{Nd}", "D": r"\P{Nd}", "w": r"[\p{L}\p{N}_]", "W": r"[^\p{L}\p{N}_]", "s": r"[\s\v\p{Z}]",
    "S": r"[^\s\v\p{Z}]", "Z": r"\z",
}  # fmt: skip
_TOKEN = re.compile(r"\\.|\{,(?=[0-9]*\})|\[\^?\]?|\]|.", re.DOTALL)


class Pattern:
    """A regular expression in Python's syntax, run by RE2, which never backtracks.

    Args:
        option: its command-line option, for error messages.
        text: the expression. Look-around, back-references, atomic groups and conditions are refused, since none of
            them can be matched in linear time.
    Raises:
        CatalogError: it is no regular expression, is too long, or needs what RE2 does not have.
    """

    def __init__(self, option: str, text: str) -> None:
        self.option, self.text = option, text
        if len(text) > MAX_LETTERS:
            raise CatalogError(f"{option} has {len(text):,} letters, more than {MAX_LETTERS:,}; shorten it.")
        try:
            with warnings.catch_warnings(action="ignore", category=FutureWarning):  # of sets in sets
                re.compile(text)
        except (re.error, RecursionError, OverflowError) as error:
            raise self._wrong(f"is no regular expression: {str(error) or 'it is nested too deeply'}") from None
        settings = re2.Options()
        settings.log_errors = False
        try:
            self._compiled = re2.compile("".join(self._translated()), settings)
        except re2.error as error:
            raise self._wrong(
                "cannot be used: names are searched without backtracking, so without look-around, back-references, "
                f"possessive repeats and repeats above 1,000 ({_reason(error)}); write it without"
            ) from None

    def find(self, name: str) -> str | None:
        """Return the first group of the first match, or the whole match; None without a match.

        The whole match counts where the pattern has no groups.

        Raises:
            CatalogError: the pattern has a word boundary, and the name letters beyond ASCII, whose boundaries RE2
                does not know.
        """
        if self._has_boundary and not name.isascii():
            raise CatalogError(
                rf"{self.option} '{self.text}' has a word boundary (\b), which is known of ASCII letters only, and so "
                f"not in '{name.encode('utf-8', 'replace').decode()}'; write the letters beside it instead."
            )
        match = self._compiled.search(name.encode("utf-8", "replace").decode())
        text: str | None = None if match is None else match.group(1 if self._compiled.groups else 0)
        return text

    def _translated(self) -> Iterator[str]:
        """Translate the expression into RE2's syntax."""
        in_class, self._has_boundary = False, False
        for token in _TOKEN.findall(self.text):
            letter = token[1:]
            if token.startswith("\\"):
                if in_class and letter in {"W", "S"}:
                    raise self._wrong(rf"has \{letter} inside brackets; write the letters that are meant")
                self._has_boundary |= not in_class and letter in {"b", "B"}
                # In brackets, Python's \b is a backspace.
                yield (
                    r"\x08" if in_class and letter == "b" else (_IN_CLASS if in_class else _OUTSIDE).get(letter, token)
                )
            elif token.startswith("["):
                yield token.replace("[", r"\[") if in_class else token
                in_class = True
            else:
                in_class &= token != "]"
                yield "{0," if token == "{," and not in_class else token

    def _wrong(self, what: str) -> CatalogError:
        return CatalogError(f"{self.option} '{self.text}' {what}.")


def _reason(error: Exception) -> str:
    message = error.args[0] if error.args else ""
    return message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)
