"""Scroll to the samples that a click on a figure chose: they may lie below the window."""

from __future__ import annotations

import time

import streamlit as st

_CLICKED, _SHOWN = "_clicked_at", "_galleries_shown"
_SECONDS = 10  # a click that led to no samples is forgotten, so that no later page is moved by it
# A page grows while it is drawn, so that one jump may fall short. Whoever does something else meanwhile is let alone:
# a list that is open closes when the page moves below it.
_SCRIPT = """<span id="{id}" style="display:block; scroll-margin-top:9rem"></span><script>(() => {{
const here = document.getElementById("{id}");
let busy = false;
for (const name of ["wheel", "touchmove", "pointerdown", "keydown", "focusin"])
    window.addEventListener(name, () => {{ busy = true; }}, {{once: true, passive: true, capture: true}});
for (const wait of [0, 300, 900])
    setTimeout(() => busy || here?.scrollIntoView({{block: "start"}}), wait);
}})()</script>"""


def follow() -> None:
    """Ask the page to scroll to the samples that a click has just chosen."""
    st.session_state[_CLICKED] = time.monotonic()


def arrive(name: str, shown: str) -> None:
    """Scroll here if a click has just changed what is shown here.

    Args:
        name: of the place on the page.
        shown: identifies the samples that are about to be drawn.
    """
    places: dict[str, str] = st.session_state.setdefault(_SHOWN, {})
    changed = places.get(name) != shown
    places[name] = shown
    clicked = st.session_state.get(_CLICKED)
    if clicked is None or not changed:
        return
    del st.session_state[_CLICKED]
    if time.monotonic() - clicked < _SECONDS:
        st.html(_SCRIPT.format(id=f"here-{abs(hash((name, shown, clicked)))}"), unsafe_allow_javascript=True)
