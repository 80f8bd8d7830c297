"""Turn errors on the screen into one sentence for the user, and keep the details in the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import streamlit as st

from dashboard.text import T, plain
from system.errors import UserError

_LOG = logging.getLogger("odap.dashboard")


def sentence(error: Exception) -> str:
    """Return the sentence that a user reads about an error."""
    reason = str(error) if isinstance(error, UserError) else T.unexpected.format(kind=type(error).__name__)
    return T.went_wrong.format(reason=plain(reason))


@contextmanager
def guarded(where: str) -> Iterator[None]:
    """Show an exception of the body as a sentence with *Try again*.

    Streamlit's own reruns and stops pass through.
    """
    try:
        yield
    except Exception as error:
        _LOG.exception("%s could not be shown", where)
        st.error(sentence(error), icon=":material/error:")
        st.button(T.try_again, key=f"try_again_{where}")


@contextmanager
def attempt(*, in_place: bool = False, duration: Literal["short", "long"] = "short") -> Iterator[None]:
    """Try what a user asked for; show a refusal as its sentence and skip the rest of the body.

    What announces the success stands at the end of the body. Every other exception passes through.

    Args:
        in_place: show the sentence where the body draws, not as a toast.
        duration: how long the toast stays.
    """
    try:
        yield
    except UserError as error:
        if in_place:
            st.error(plain(error), icon=":material/error:")
        else:
            st.toast(plain(error), icon=":material/error:", duration=duration)
