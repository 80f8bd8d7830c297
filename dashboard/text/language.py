"""Which language is spoken, decided anew at every use: each browser session has its own.

`T` and `F` look like one `Texts` and one `FigureTexts`; every name is fetched from the language of the moment, so
they must be used where something is drawn, never when a module is imported.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final, cast

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.text import en, ko

ENGLISH: Final = "en"
NAMES: Final = (("en", "English"), ("ko", "한국어"))
TEXTS: Final = MappingProxyType({"en": en.Texts(), "ko": ko.Korean()})
FIGURE_TEXTS: Final = MappingProxyType({"en": en.FigureTexts(), "ko": ko.KoreanFigures()})
_SPOKEN = "_language"


def language() -> str:
    """The session's language; English outside of a session, as in a test of a figure."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return ENGLISH
    return str(st.session_state.get(_SPOKEN, ENGLISH))


def speak(name: str) -> None:
    """Speak a language in this session from now on; an unknown one changes nothing."""
    if name in TEXTS:
        st.session_state[_SPOKEN] = name


def restore_language() -> None:
    """First thing in a rerun: the URL's language wins, then what was spoken before, then what the browser prefers."""
    asked = st.query_params.get("lang")
    if asked is not None and asked in TEXTS:
        speak(asked)
    elif _SPOKEN not in st.session_state:
        speak(str(st.context.locale or ENGLISH).partition("-")[0])


class _Spoken:
    """Stands for whatever language is spoken when one of its names is asked for."""

    def __init__(self, texts: Any) -> None:
        self._texts = texts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._texts[language()], name)


T: Final = cast(en.Texts, _Spoken(TEXTS))
F: Final = cast(en.FigureTexts, _Spoken(FIGURE_TEXTS))
