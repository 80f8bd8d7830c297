"""Test the rerun patch on Streamlit's own session and thread, with an event loop that is late."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import MagicMock

import pytest
import streamlit
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache

from dashboard.frame import streamlit_rerun_patch

Steps = Callable[[AppSession], None]
Run = Callable[[Steps], list[ForwardMsg]]
ROOT = Path(__file__).parents[4]

SCRIPT = """
import streamlit as st
import time
def fragment():
    st.write("tick")
    st.button("press", key="press", on_click=lambda: st.session_state.update(pressed=True))
st.fragment(fragment, run_every=2.0)()
time.sleep(0.5)
st.write("pressed" if "pressed" in st.session_state else "not pressed")
st.write("the end of the page")
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "app.py"
    path.write_text(SCRIPT)
    return path


def session_of(script: Path) -> AppSession:
    """Make a session with a loop of its own, which runs only when a test runs it."""

    async def make() -> AppSession:
        return AppSession(
            ScriptData(str(script), False), MemoryUploadedFileManager("/"), ScriptCache(),
            message_enqueued_callback=None, user_info={},
        )  # fmt: skip

    return asyncio.new_event_loop().run_until_complete(make())


def unsent(session: AppSession) -> str:
    """Run a page to its end, its last messages not passed on yet; return the id of its fragment."""
    session.request_rerun(ClientState())
    time.sleep(2.0)
    (fragment,) = session._fragment_storage._fragments
    return str(fragment)


def messages_of(session: AppSession) -> list[ForwardMsg]:
    """Let the loop run; return the messages that the browser receives."""
    session._event_loop.run_until_complete(asyncio.sleep(2.0))
    return session.flush_browser_queue()


def ends_of(messages: list[ForwardMsg]) -> list[int]:
    return [message.script_finished for message in messages if message.WhichOneof("type") == "script_finished"]


@pytest.fixture
def run(script: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Return a function that takes a new session through some steps and returns the messages that it sends.

    The session has a thread of its own: where browser tests ran before, Playwright's loop still runs in this one.
    """
    monkeypatch.setattr(Runtime, "_instance", MagicMock())
    streamlit_rerun_patch.install()

    def take(steps: Steps) -> list[ForwardMsg]:
        session = session_of(script)
        steps(session)
        return messages_of(session)

    with ThreadPoolExecutor(1) as pool:
        yield lambda steps: pool.submit(take, steps).result()


def test_a_tick_that_comes_before_the_end_of_a_page_was_heard_does_not_cut_it_off(run: Run) -> None:
    def tick(session: AppSession) -> None:
        session.request_rerun(ClientState(fragment_id=unsent(session), is_auto_rerun=True))

    messages = run(tick)
    assert "the end of the page" in str(messages)
    assert ends_of(messages) == [ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY]


def test_a_tick_that_waited_does_not_come_after_the_next_page(run: Run) -> None:
    """A busy browser that has not shown the next page yet would empty it."""

    def tick_and_page(session: AppSession) -> None:
        fragment = unsent(session)
        for _ in range(3):
            session.request_rerun(ClientState(fragment_id=fragment, is_auto_rerun=True))
        session.request_rerun(ClientState())

    messages = run(tick_and_page)
    assert "the end of the page" in str(messages)
    assert ends_of(messages) == [ForwardMsg.FINISHED_SUCCESSFULLY]


def test_a_press_that_waited_is_part_of_the_next_page(run: Run) -> None:
    def press_and_page(session: AppSession) -> None:
        fragment = unsent(session)
        button = next(key for key in session._session_state._key_id_mapper._id_key_mapping if "press" in key)
        pressed = ClientState(fragment_id=fragment)
        pressed.widget_states.widgets.add(id=button, trigger_value=True)
        session.request_rerun(pressed)
        session.request_rerun(ClientState())

    messages = run(press_and_page)
    assert "not pressed" not in str(messages) and "pressed" in str(messages)
    assert ends_of(messages) == [ForwardMsg.FINISHED_SUCCESSFULLY]


def test_a_press_that_came_while_a_page_was_drawn_is_part_of_the_next_one(run: Run) -> None:
    def press_and_page(session: AppSession) -> None:
        fragment = unsent(session)
        messages_of(session)
        button = next(key for key in session._session_state._key_id_mapper._id_key_mapping if "press" in key)
        session.request_rerun(ClientState())
        time.sleep(0.25)  # it is being drawn
        pressed = ClientState(fragment_id=fragment)
        pressed.widget_states.widgets.add(id=button, trigger_value=True)
        session.request_rerun(pressed)
        session.request_rerun(ClientState())

    messages = run(press_and_page)
    assert str(messages).count('body: "pressed"') == 1 and ends_of(messages)[-1] == ForwardMsg.FINISHED_SUCCESSFULLY


def test_the_patch_is_written_for_the_pinned_streamlit() -> None:
    assert f"streamlit=={streamlit_rerun_patch.WRITTEN_FOR} " in (ROOT / "requirements.txt").read_text()


def test_another_streamlit_is_left_as_it_is_with_a_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    original = getattr(AppSession.request_rerun, "__wrapped__", AppSession.request_rerun)
    monkeypatch.setattr(AppSession, "request_rerun", original)
    monkeypatch.setattr(streamlit, "__version__", "1.99.0")
    for name in ("streamlit.runtime.app_session", "streamlit.runtime.scriptrunner_utils.script_requests"):
        monkeypatch.setitem(sys.modules, name, None)  # that version has no such module: an import of it raises
    spec = importlib.util.find_spec("dashboard.frame.streamlit_rerun_patch")
    assert spec is not None and spec.loader is not None
    fresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fresh)
    with caplog.at_level(logging.WARNING, logger="odap.dashboard"):
        fresh.install()
        fresh.install()  # app.py asks at every rerun
    assert AppSession.request_rerun is original
    assert [record.getMessage().partition(";")[0] for record in caplog.records] == ["Streamlit is 1.99.0"]
