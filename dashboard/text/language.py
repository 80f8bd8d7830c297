"""Choose the language of each browser session, and look up texts in it.

`T` and `F` look like one `Texts` and one `FigureTexts`. Every name is looked up in the session's language at the moment
of use, so use them where something is drawn, never when a module is imported.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final, cast

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.text import en, ko
from system.korean_particles import with_particles

ENGLISH: Final = "en"
NAMES: Final = (("en", "English"), ("ko", "한국어"))
TEXTS: Final = MappingProxyType({"en": en.Texts(), "ko": with_particles(ko.Korean())})
FIGURE_TEXTS: Final = MappingProxyType({"en": en.FigureTexts(), "ko": with_particles(ko.KoreanFigures())})
_LANGUAGE = "_language"


def language() -> str:
    """Return the session's language; English outside of a session, as in a test of a figure."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return ENGLISH
    return str(st.session_state.get(_LANGUAGE, ENGLISH))


def set_language(name: str) -> None:
    """Set the language of this session; an unknown one changes nothing."""
    if name in TEXTS:
        st.session_state[_LANGUAGE] = name


def restore_language() -> None:
    """Set the language at the start of a rerun.

    The URL's language wins, then the session's previous one, then what the browser prefers.
    """
    asked = st.query_params.get("lang")
    if asked is not None and asked in TEXTS:
        set_language(asked)
    elif _LANGUAGE not in st.session_state:
        set_language(str(st.context.locale or ENGLISH).partition("-")[0])


class _InSessionLanguage:
    """Texts that are looked up in the session's language at every use."""

    def __init__(self, texts: Any) -> None:
        self._texts = texts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._texts[language()], name)


T: Final = cast(en.Texts, _InSessionLanguage(TEXTS))
F: Final = cast(en.FigureTexts, _InSessionLanguage(FIGURE_TEXTS))
