"""Word what is wrong with a study file in one sentence: the key, the value and what is allowed."""

from __future__ import annotations

from pydantic import ValidationError

from system.errors import UserError


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
        return f"'{key}': {first['input']!r} is not a name; use 1 to 64 of a-z, 0-9, _ and -, a letter or digit first."
    message = first["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:].rstrip(".")
    if first["type"] == "value_error":  # its message says what was given
        return f"'{key}': {message}." if key else f"{message}."
    return f"'{key}': {message}, not {first['input']!r}." if key else f"{message}."
