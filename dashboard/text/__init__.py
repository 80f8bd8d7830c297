"""Provide every text of the dashboard in the session's language, and format data as words.

`T.name` is a text of a page, `F.name` one of a figure.
"""

from dashboard.text.language import NAMES, F, T, language, restore_language, set_language
from dashboard.text.words import called, duration, name_of, number, percent, plain, shipped, stage_name, stage_short

__all__ = [
    "NAMES", "F", "T", "called", "duration", "language", "name_of", "number", "percent", "plain", "restore_language",
    "set_language", "shipped", "stage_name", "stage_short",
]  # fmt: skip
