"""A page of which the end has not been heard yet is not thrown away for the tick of a fragment, nor emptied by one.

Streamlit 1.67 runs a session's script in a thread of its own, whose messages its event loop passes on later. A fragment
that asks to be run in between, when the thread has ended and its last messages wait, is given a new thread, and from
then on all that the old one said is ignored: the rest of the page is never sent, and the browser waits for its end. A
press of a button then seems to have done nothing. With many sessions that tick it happened to one click in a hundred.
So such a request waits until the messages have been passed on.

And it waits no longer than until a whole page is asked for, which draws every fragment anew: a tick of the page before
that came right after the next page met a busy browser that had heard all of it and shown none, and took it for another
change of pages, at which it removes what it has. The page stayed empty.

A whole page that is asked for also gets a new thread, and what the old one had been asked for and not begun goes with
it: a button that was pressed while a page was drawn, before a click on something else. Its press becomes part of the
new request.
"""

from __future__ import annotations

from functools import wraps
from weakref import WeakKeyDictionary

from streamlit import config
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType, _coalesce_widget_states

_AGAIN = 0.02  # seconds
_waiting: WeakKeyDictionary[AppSession, list[ClientState]] = WeakKeyDictionary()  # touched by the event loop alone


def wait_for_the_end() -> None:
    """See to it, once in a process."""
    request = AppSession.request_rerun
    if hasattr(request, "__wrapped__"):
        return

    @wraps(request)
    def request_rerun(session: AppSession, client_state: ClientState | None) -> None:
        if client_state is None:  # a file of the program has changed
            request(session, client_state)
        elif not client_state.fragment_id:
            asked = [*_not_begun(session), *(before.widget_states for before in _waiting.pop(session, []))]
            request(session, _with_presses(asked, client_state))
        elif _has_unheard(session):
            waiting = _waiting.setdefault(session, [])
            waiting.append(client_state)
            if len(waiting) == 1:
                session._event_loop.call_later(_AGAIN, again, session)
        else:
            request(session, client_state)

    def again(session: AppSession) -> None:
        for client_state in _waiting.pop(session, []):
            request_rerun(session, client_state)

    AppSession.request_rerun = request_rerun  # type: ignore[method-assign, assignment]


def _has_unheard(session: AppSession) -> bool:
    """Whether the session's thread takes no more requests, and its last word has not come."""
    runner = session._scriptrunner
    return runner is not None and runner._requests._state is ScriptRequestType.STOP


def _not_begun(session: AppSession) -> list[WidgetStates]:
    """What the session's thread was asked for and has not begun, taken from it: it begins nothing more.

    Streamlit ends a thread for the next page anyway, where it is not told to wait for it (`runner.fastReruns`).
    """
    runner = session._scriptrunner
    if runner is None or not config.get_option("runner.fastReruns"):
        return []
    with runner._requests._lock:
        if runner._requests._state is not ScriptRequestType.RERUN:
            return []
        runner._requests._state = ScriptRequestType.STOP
        states = runner._requests._rerun_data.widget_states
        return [] if states is None else [states]


def _with_presses(asked: list[WidgetStates], client_state: ClientState) -> ClientState:
    """A request for the whole page that stands for what was asked before it: no press of a button is lost."""
    for before in asked:
        states = _coalesce_widget_states(before, client_state.widget_states)
        if states is not None:
            client_state.widget_states.CopyFrom(states)
    return client_state
