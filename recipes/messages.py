"""Word what is wrong with a recipe in one sentence: the key, the value and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from pydantic import ValidationError

from system.errors import UserError


class RecipeError(UserError):
    """An invalid recipe; the message is one sentence for the user."""


def sentence(error: ValidationError, descriptions: Mapping[str, str]) -> str:
    """Word the first error of a validation as a sentence.

    Args:
        descriptions: every dotted key of a recipe with what it is for.
    """
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        last = key.rpartition(".")[2]
        near = (
            difflib.get_close_matches(key, descriptions, n=1, cutoff=0.5)
            or [name for name, use in descriptions.items() if last.replace("_", " ").lower() in use.lower()]
            or difflib.get_close_matches(last, descriptions, n=1, cutoff=0.3)
        )
        hint = f"; did you mean '{near[0]}'?" if near else f"; known keys are {', '.join(descriptions)}."
        return f"unknown key '{key}'{hint}"
    if first["type"] == "missing":
        return f"the key '{key}' is missing."
    if first["type"] == "string_pattern_mismatch" and key == "layer":
        return f"'layer': {first['input']!r} is not the dotted name of a layer, such as layer4 or blocks.11.norm1."
    if first["type"] == "string_pattern_mismatch":
        return f"'{key}': {first['input']!r} is not a name; use 1 to 64 of a-z, 0-9, _ and -, a letter or digit first."
    if first["type"] == "model_type":
        inner = ", ".join(name for name in descriptions if name.startswith(f"{key}."))
        return f"'{key}' holds further keys ({inner}), not {first['input']!r}."
    message = first["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    if first["type"] == "value_error":  # its message says what was given
        return f"'{key}': {message}." if key else f"{message}."
    return f"'{key}': {message}, not {first['input']!r}." if key else f"{message}."
