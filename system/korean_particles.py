"""Choose the Korean particle that follows a name: 은 or 는, 이 or 가, 을 or 를, 과 or 와, 으로 or 로.

A text marks the place as `{name}은(는)`, `{name}이(가)`, `{name}을(를)`, `{name}와(과)` or `{name}(으)로`. The
right form depends on how the name ends when it is read, so it is known only when the placeholder is filled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any, Final, TypeVar

_FORMS: Final = MappingProxyType(
    {
        "은(는)": ("은", "는"),
        "이(가)": ("이", "가"),
        "을(를)": ("을", "를"),
        "와(과)": ("과", "와"),
        "(으)로": ("으로", "로"),
    }
)  # after a consonant, after a vowel
_MARK: Final = re.compile("|".join(map(re.escape, _FORMS)))
_TAIL: Final = re.compile(r"""[\s\\*_`'"’”)\]}]+$""")  # closing marks and Markdown are not read aloud
_IN_BRACKETS: Final = re.compile(r"\s*\\?\([^()]*\)$")
_WITH_L, _WITHOUT, _WITH = "ㄹ", "", "다른 받침"
_DIGITS: Final = dict(zip("0123456789", (_WITH, _WITH_L, "", _WITH, "", "", _WITH, _WITH_L, _WITH_L, ""), strict=True))
_FIRST, _LAST, _FINALS, _L = 0xAC00, 0xD7A3, 28, 8  # the block of syllables; 28 finals, of which the eighth is ㄹ

Holder = TypeVar("Holder")


class KoreanText(str):
    """A text whose particles are chosen when its placeholders are filled."""

    __slots__ = ()

    def format(self, *args: object, **kwargs: object) -> str:
        """Fill the placeholders, then choose the particles."""
        return choose_particles(super().format(*args, **kwargs))


def choose_particles(text: str) -> str:
    """Replace each marked particle by the form that fits what stands before it.

    A mark after something whose reading is unknown (a name in another script) stays as it is.
    """
    parts, end = [], 0
    for mark in _MARK.finditer(text):
        final = _final_sound(text[: mark.start()])
        parts.append(text[end : mark.start()])
        after_consonant, after_vowel = _FORMS[mark[0]]
        if final is None:
            parts.append(mark[0])
        else:
            is_vowel = not final or (mark[0] == "(으)로" and final == _WITH_L)
            parts.append(after_vowel if is_vowel else after_consonant)
        end = mark.end()
    return "".join([*parts, text[end:]])


def with_particles(texts: Holder) -> Holder:
    """Let the marked texts of a dataclass, or of a mapping, choose their particles when filled."""
    if isinstance(texts, Mapping):
        return {key: _marked(value) for key, value in texts.items()}  # type: ignore[return-value]
    changed: dict[str, Any] = {field.name: _marked(getattr(texts, field.name)) for field in fields(texts)}  # type: ignore[arg-type]
    return replace(texts, **changed)  # type: ignore[type-var]


def _marked(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_marked, value))
    return KoreanText(value) if isinstance(value, str) and _MARK.search(value) else value


def _final_sound(text: str) -> str | None:
    """Return how the last syllable ends when read: open, ㄹ, another; None = unknown."""
    text = _TAIL.sub("", _IN_BRACKETS.sub("", _IN_BRACKETS.sub("", text)))
    if not text:
        return None
    last = text[-1]
    if _FIRST <= ord(last) <= _LAST:
        number = (ord(last) - _FIRST) % _FINALS
        return _WITHOUT if not number else _WITH_L if number == _L else _WITH
    if last in _DIGITS:
        return _DIGITS[last]
    if last == "%":  # 퍼센트
        return _WITHOUT
    word = re.search(r"[a-z]+$", text.lower())
    return None if word is None else _of_latin(word[0])


def _of_latin(word: str) -> str:
    """Return how a word in Latin letters ends in Korean: maple 메이플, demo 데모, fl 에프엘."""
    sounds = word[:-1] if re.search("[lmn]e$", word) and len(word) > 3 else word  # a silent e: stone 스톤
    if sounds.endswith("l") or (sounds.endswith("r") and not re.search("[aeiouy]", sounds)):  # letters one by one: 알
        return _WITH_L
    return _WITH if sounds.endswith(("m", "n", "ng")) else _WITHOUT
