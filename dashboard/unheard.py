"""A page of which the end has not been heard yet is not thrown away for the tick of a fragment.

Streamlit 1.67 runs a session's script in a thread of its own, whose messages its event loop passes on later. A fragment
that asks to be run in between, when the thread has ended and its last messages wait, is given a new thread, and from
then on all that the old one said is ignored: the rest of the page is never sent, and the browser waits for its end. A
press of a button then seems to have done nothing. With many sessions that tick it happened to one click in a hundred.
So such a request waits until the messages have been passed on.
"""

from __future__ import annotations

from functools import wraps

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

_AGAIN = 0.02  # seconds


def wait_for_the_end() -> None:
    """See to it, once in a process."""
    request = AppSession.request_rerun
    if hasattr(request, "__wrapped__"):
        return

    @wraps(request)
    def request_rerun(session: AppSession, client_state: ClientState | None) -> None:
        if client_state is not None and client_state.fragment_id and _has_unheard(session):
            session._event_loop.call_later(_AGAIN, request_rerun, session, client_state)
        else:
            request(session, client_state)

    AppSession.request_rerun = request_rerun  # type: ignore[method-assign]


def _has_unheard(session: AppSession) -> bool:
    """Whether the session's thread takes no more requests, and its last word has not come."""
    runner = session._scriptrunner
    return runner is not None and runner._requests._state is ScriptRequestType.STOP
