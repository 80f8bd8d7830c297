"""Test that a click scrolls to the samples that it chose, and that nothing else moves the page."""

from __future__ import annotations

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.widgets import scrolling


def page() -> None:
    import streamlit as st

    from dashboard.widgets import scrolling

    if st.session_state.get("click"):
        scrolling.follow()
    for name in ("table", "pair"):
        scrolling.arrive(name, st.session_state[name])


def scripts(app: AppTest, **state: object) -> int:
    """Draw the page in a state; return how often it scrolls."""
    for name, value in state.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return len(app.get("html"))


def test_only_a_click_scrolls_and_only_to_what_it_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    app = AppTest.from_function(page)
    assert scripts(app, table="all", pair="ac", click=False) == 0
    assert scripts(app, pair="afi") == 0
    drawn: list[str] = []
    monkeypatch.setattr(st, "html", lambda body, **_: drawn.append(body))
    scripts(app, pair="bpd", click=True)
    assert len(drawn) == 1 and "scrollIntoView" in drawn[0]
    scripts(app, click=False)
    scripts(app, click=True)
    assert len(drawn) == 1, "the same samples are shown as before"


def test_a_click_without_samples_moves_no_later_page(monkeypatch: pytest.MonkeyPatch) -> None:
    app = AppTest.from_function(page)
    scripts(app, table="all", pair="ac", click=True)
    now = [100.0]
    monkeypatch.setattr(scrolling.time, "monotonic", lambda: now[0])
    drawn: list[str] = []
    monkeypatch.setattr(st, "html", lambda body, **_: drawn.append(body))
    scripts(app, click=True)
    now[0] += 11
    scripts(app, pair="afi", click=False)
    assert drawn == []
