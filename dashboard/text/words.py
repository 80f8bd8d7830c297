"""Words made from data: names, numbers, durations, and data that is to be read as it is."""

from __future__ import annotations

import re

from dashboard.text.ko.shipped import SHIPPED
from dashboard.text.language import T, language

_ON_A_CARD = 60  # characters
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^&=])")


def name_of(pairs: tuple[tuple[str, str], ...], key: str) -> str:
    """What users call `key`; an unknown key is shown as it is."""
    return dict(pairs).get(key, key)


def shipped(words: str) -> str:
    """What a recipe or an importer that ships says of itself, in the language of the session where that is known."""
    return SHIPPED.get(words, words) if language() == "ko" else words


def plain(data: object) -> str:
    """`data` as literal text inside Markdown: names may hold `<b>`, `*` or `:red[`, and must look it."""
    text = " ".join(str(data).split())
    return _MARKDOWN.sub(r"\\\1", text)


def called(name: object) -> str:
    """A name on a card, as literal text; a long one is cut, since a card has room for a few words."""
    text = " ".join(str(name).split())
    return plain(text if len(text) <= _ON_A_CARD else f"{text[: _ON_A_CARD - 1]}…")


def stage_name(round_: int, stage: str) -> str:
    """`full`, `round 1 · hard negative`, ..."""
    name = name_of(T.stage_names, stage)
    return name if stage == "full" else f"{T.round_name.format(round=round_)} · {name}"


def stage_short(round_: int, stage: str) -> str:
    """`full`, `1 hard`, ...: for places with little room."""
    name = name_of(T.stage_shorts, stage)
    return name if stage == "full" else f"{round_} {name}"


def percent(value: float | None, digits: int = 1) -> str:
    """A share as `83.2 %`; undefined is a dash."""
    return "–" if value is None or value != value else f"{100 * value:.{digits}f} %"


def number(value: float | None, digits: int = 2) -> str:
    """A number with `digits` decimals; undefined is a dash."""
    return "–" if value is None or value != value else f"{value:.{digits}f}"


def duration(seconds: float | None) -> str:
    """Seconds as people say them: `40 s`, `3 min 05 s`, `2 h 10 min`."""
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
