"""Test that a refusal is shown as its sentence, and that every other error is not hidden by it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.text import plain

REFUSAL = "The run *r1* trains; stop it first."


def page(error: str, in_place: bool) -> None:
    import streamlit as st

    from dashboard.frame.error_boundary import attempt
    from system.errors import UserError

    with attempt(in_place=in_place):
        if "*" in error:
            raise UserError(error)
        if error == "bug":
            raise ValueError("a bug")
        st.write("done")
    st.write("after")


def drawn(error: str, in_place: bool = False) -> AppTest:
    return AppTest.from_function(page, args=(error, in_place)).run(timeout=30)


def texts(app: AppTest) -> list[str]:
    return [text.value for text in app.markdown]


def test_the_whole_body_runs_where_nothing_is_refused() -> None:
    app = drawn("")
    assert texts(app) == ["done", "after"] and not app.toast and not app.error


@pytest.mark.parametrize("in_place", [False, True])
def test_a_refusal_skips_the_rest_of_the_body_and_is_shown_as_its_sentence(
    in_place: bool,
) -> None:
    app = drawn(REFUSAL, in_place)
    shown, other = (app.error, app.toast) if in_place else (app.toast, app.error)
    assert texts(app) == ["after"] and not other
    assert [message.value for message in shown] == [plain(REFUSAL)]


def test_an_error_of_the_program_passes_through() -> None:
    app = drawn("bug")
    assert len(app.exception) == 1 and not app.toast and texts(app) == []
