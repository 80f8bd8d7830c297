"""Format data as words: names, numbers, durations, and data as literal text."""

from __future__ import annotations

import re

from dashboard.text.ko.shipped import SHIPPED, SHIPPED_STUDIES
from dashboard.text.language import T, language

_ON_A_CARD = 60  # characters
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^&=])")


def name_of(pairs: tuple[tuple[str, str], ...], key: str) -> str:
    """Return what users call `key`; an unknown key is shown as it is."""
    return dict(pairs).get(key, key)


def shipped(words: str) -> str:
    """Translate what a shipped recipe, importer or study says of itself.

    The language is that of the session.

    A text without a translation is returned as it is.
    """
    return SHIPPED.get(words, SHIPPED_STUDIES.get(words, words)) if language() == "ko" else words


def plain(data: object) -> str:
    """Escape data so that Markdown shows it literally: names may hold `<b>`, `*` or `:red[`."""
    text = " ".join(str(data).split())
    return _MARKDOWN.sub(r"\\\1", text)


def called(name: object) -> str:
    """Shorten a name to what fits on a card, as literal text."""
    text = " ".join(str(name).split())
    return plain(text if len(text) <= _ON_A_CARD else f"{text[: _ON_A_CARD - 1]}…")


def stage_name(round_: int, stage: str) -> str:
    """Name a stage: `full`, `round 1 · hard negative`, ..."""
    name = name_of(T.stage_names, stage)
    return name if stage == "full" else f"{T.round_name.format(round=round_)} · {name}"


def stage_short(round_: int, stage: str) -> str:
    """Name a stage briefly, for narrow places: `full`, `1 hard`, ..."""
    name = name_of(T.stage_shorts, stage)
    return name if stage == "full" else f"{round_} {name}"


def percent(value: float | None, digits: int = 1) -> str:
    """Format a share as `83.2%`; undefined is a dash."""
    return "–" if value is None or value != value else f"{100 * value:.{digits}f}%"


def number(value: float | None, digits: int = 2) -> str:
    """Format a number with `digits` decimals; undefined is a dash."""
    return "–" if value is None or value != value else f"{value:.{digits}f}"


def duration(seconds: float | None) -> str:
    """Format seconds as people say them: `40 s`, `3 min 05 s`, `2 h 10 min`."""
    if seconds is None or seconds != seconds or seconds < 0:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return T.seconds.format(s=whole)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return T.minutes.format(m=minutes, s=rest)
    hours, minutes = divmod(minutes, 60)
    return T.hours.format(h=hours, m=minutes)
