"""Every text of the dashboard: a file a language, `T.name` in the language of the session, and words made from data."""

from dashboard.text.language import NAMES, F, T, language, restore_language, speak
from dashboard.text.words import called, duration, name_of, number, percent, plain, shipped, stage_name, stage_short

__all__ = [
    "NAMES", "F", "T", "called", "duration", "language", "name_of", "number", "percent", "plain", "restore_language",
    "shipped", "speak", "stage_name", "stage_short",
]  # fmt: skip
