"""Word what is wrong with a study file in one sentence.

It names the key, the value and what is allowed.
"""

from __future__ import annotations

from pydantic import ValidationError

from system.errors import UserError

_LONGEST_VALUE = 100  # characters of a value that a sentence quotes


class StudyError(UserError):
    """An invalid study; the message is one sentence for the user."""


def sentence(error: ValidationError) -> str:
    """Word the first error of a validation as a sentence."""
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"unknown key '{key}'; take it out, or see the keys in docs/studies.md."
    if first["type"] == "missing":
        return f"the key '{key}' is missing."
    if first["type"] == "string_pattern_mismatch":
        rule = "use 1 to 64 of a-z, 0-9, _ and -, a letter or digit first"
        return f"'{key}': {_short(first['input'])} is not a name; {rule}."
    message = first["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:].rstrip(".")
    if first["type"] == "value_error":  # its message says what was given
        return f"'{key}': {message}." if key else f"{message}."
    return f"'{key}': {message}, not {_short(first['input'])}." if key else f"{message}."


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
