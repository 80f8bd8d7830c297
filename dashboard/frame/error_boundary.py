"""The last line of defence: whatever goes wrong on the screen is one sentence, with the details in the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard.text import T, plain
from system.errors import UserError

_LOG = logging.getLogger("odap.dashboard")


def sentence(error: Exception) -> str:
    """What a user is told of an error."""
    reason = str(error) if isinstance(error, UserError) else T.unexpected.format(kind=type(error).__name__)
    return T.went_wrong.format(reason=plain(reason))


@contextmanager
def guarded(where: str) -> Iterator[None]:
    """Show an exception of the body as a sentence with *Try again*; reruns and stops of Streamlit pass through."""
    try:
        yield
    except Exception as error:
        _LOG.exception("%s could not be shown", where)
        st.error(sentence(error), icon=":material/error:")
        st.button(T.try_again, key=f"try_again_{where}")
