"""Patch Streamlit's rerun requests so that none cuts off a page that is still being sent.

Streamlit 1.67 runs a session's script in a thread of its own; its event loop passes the thread's messages on later.
Three things go wrong there:

- A fragment asks for a rerun when the thread has ended and its last messages still wait. Streamlit starts a new thread
  and from then on ignores every message of the old one: the rest of the page is never sent, the browser waits for its
  end, and a click seems to have done nothing. With many sessions that tick, one click in a hundred was lost. The patch
  keeps such a request until the messages have been passed on.
- A kept request of a fragment comes right after the request for the next whole page. A busy browser that has received
  all of that page but drawn none of it takes the fragment's run for another change of page and removes what it has: the
  page stays empty. A whole page draws every fragment again, so the patch drops the kept requests when one is asked for.
- A request for a whole page starts a new thread and discards what the old one was asked for and has not begun: a click
  on a button while a page was drawn, before a click on something else. The patch merges such clicks, and those of the
  dropped requests, into the new request.

The patch relies on private parts of Streamlit. On any other version than `WRITTEN_FOR` it does nothing and logs that;
they are imported only after that check.
"""

from __future__ import annotations

import logging
from functools import cache, wraps
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import streamlit
from streamlit import config

if TYPE_CHECKING:
    from streamlit.proto.ClientState_pb2 import ClientState
    from streamlit.proto.WidgetStates_pb2 import WidgetStates
    from streamlit.runtime.app_session import AppSession

WRITTEN_FOR = "1.67.0"  # to be tried again, with tests/e2e, before it is raised with the pin in requirements.txt

_LOG = logging.getLogger("odap.dashboard")
_RETRY_AFTER = 0.02  # seconds
_waiting: WeakKeyDictionary[AppSession, list[ClientState]] = WeakKeyDictionary()  # touched by the event loop alone


def install() -> None:
    """Patch `AppSession.request_rerun` once per process, if Streamlit is `WRITTEN_FOR`."""
    if streamlit.__version__ != WRITTEN_FOR:
        _log_skipped(streamlit.__version__)
        return
    from streamlit.runtime.app_session import AppSession

    request = AppSession.request_rerun
    if hasattr(request, "__wrapped__"):
        return

    @wraps(request)
    def request_rerun(session: AppSession, client_state: ClientState | None) -> None:
        if client_state is None:  # a file of the program has changed
            request(session, client_state)
        elif not client_state.fragment_id:
            discarded = [*_take_not_begun(session), *(kept.widget_states for kept in _waiting.pop(session, []))]
            request(session, _with_clicks(discarded, client_state))
        elif _has_unsent_messages(session):
            waiting = _waiting.setdefault(session, [])
            waiting.append(client_state)
            if len(waiting) == 1:
                session._event_loop.call_later(_RETRY_AFTER, retry, session)
        else:
            request(session, client_state)

    def retry(session: AppSession) -> None:
        for client_state in _waiting.pop(session, []):
            request_rerun(session, client_state)

    AppSession.request_rerun = request_rerun  # type: ignore[method-assign, assignment]


@cache
def _log_skipped(version: str) -> None:
    """Log once per process that the patch is not applied: every rerun of app.py asks for it."""
    _LOG.warning(
        "Streamlit is %s; the patch of its rerun requests is written for %s and is not applied. "
        "A click may be lost now and then: install the pinned version (requirements.txt).",
        version, WRITTEN_FOR,
    )  # fmt: skip


def _has_unsent_messages(session: AppSession) -> bool:
    """Return whether the session's thread has ended and its last messages still wait."""
    from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

    runner = session._scriptrunner
    return runner is not None and runner._requests._state is ScriptRequestType.STOP


def _take_not_begun(session: AppSession) -> list[WidgetStates]:
    """Take over the requests that the session's thread has not begun.

    The thread begins nothing more. Streamlit ends a thread for the next page anyway, unless it is configured to wait
    for it (`runner.fastReruns`).
    """
    from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

    runner = session._scriptrunner
    if runner is None or not config.get_option("runner.fastReruns"):
        return []
    with runner._requests._lock:
        if runner._requests._state is not ScriptRequestType.RERUN:
            return []
        runner._requests._state = ScriptRequestType.STOP
        states = runner._requests._rerun_data.widget_states
        return [] if states is None else [states]


def _with_clicks(discarded: list[WidgetStates], client_state: ClientState) -> ClientState:
    """Merge the clicks on buttons of discarded requests into a request for the whole page."""
    from streamlit.runtime.scriptrunner_utils.script_requests import _coalesce_widget_states

    for earlier in discarded:
        states = _coalesce_widget_states(earlier, client_state.widget_states)
        if states is not None:
            client_state.widget_states.CopyFrom(states)
    return client_state
