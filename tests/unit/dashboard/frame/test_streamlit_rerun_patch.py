"""Streamlit's own session and thread, with an event loop that is late."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache

from dashboard.frame import streamlit_rerun_patch

Told = Callable[[AppSession], None]
Heard = Callable[[Told], list[ForwardMsg]]

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
    """A session with a loop of its own, which runs only when it is told to."""

    async def make() -> AppSession:
        return AppSession(
            ScriptData(str(script), False), MemoryUploadedFileManager("/"), ScriptCache(),
            message_enqueued_callback=None, user_info={},
        )  # fmt: skip

    return asyncio.new_event_loop().run_until_complete(make())


def late(session: AppSession) -> str:
    """A page has ended, and nobody has heard of it; its fragment."""
    session.request_rerun(ClientState())
    time.sleep(2.0)
    (fragment,) = session._fragment_storage._fragments
    return str(fragment)


def heard_of(session: AppSession) -> list[ForwardMsg]:
    """What the browser hears once the loop is at it again."""
    session._event_loop.run_until_complete(asyncio.sleep(2.0))
    return session.flush_browser_queue()


def ends_of(heard: list[ForwardMsg]) -> list[int]:
    return [message.script_finished for message in heard if message.WhichOneof("type") == "script_finished"]


@pytest.fixture
def heard(script: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """What is heard of a session to which something is told.

    In a thread of its own: where browser tests ran before, Playwright's loop still runs in this one.
    """
    monkeypatch.setattr(Runtime, "_instance", MagicMock())
    streamlit_rerun_patch.wait_for_the_end()

    def hear(told: Told) -> list[ForwardMsg]:
        session = session_of(script)
        told(session)
        return heard_of(session)

    with ThreadPoolExecutor(1) as pool:
        yield lambda told: pool.submit(hear, told).result()


def test_a_tick_that_comes_before_the_end_of_a_page_was_heard_does_not_cut_it_off(heard: Heard) -> None:
    def tick(session: AppSession) -> None:
        session.request_rerun(ClientState(fragment_id=late(session), is_auto_rerun=True))

    said = heard(tick)
    assert "the end of the page" in str(said)
    assert ends_of(said) == [ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY]


def test_a_tick_that_waited_does_not_come_after_the_next_page(heard: Heard) -> None:
    """A busy browser that has not shown the next page yet would empty it."""

    def tick_and_page(session: AppSession) -> None:
        fragment = late(session)
        for _ in range(3):
            session.request_rerun(ClientState(fragment_id=fragment, is_auto_rerun=True))
        session.request_rerun(ClientState())

    said = heard(tick_and_page)
    assert "the end of the page" in str(said)
    assert ends_of(said) == [ForwardMsg.FINISHED_SUCCESSFULLY]


def test_a_press_that_waited_is_part_of_the_next_page(heard: Heard) -> None:
    def press_and_page(session: AppSession) -> None:
        fragment = late(session)
        button = next(key for key in session._session_state._key_id_mapper._id_key_mapping if "press" in key)
        pressed = ClientState(fragment_id=fragment)
        pressed.widget_states.widgets.add(id=button, trigger_value=True)
        session.request_rerun(pressed)
        session.request_rerun(ClientState())

    said = heard(press_and_page)
    assert "not pressed" not in str(said) and "pressed" in str(said)
    assert ends_of(said) == [ForwardMsg.FINISHED_SUCCESSFULLY]


def test_a_press_that_came_while_a_page_was_drawn_is_part_of_the_next_one(heard: Heard) -> None:
    def press_and_page(session: AppSession) -> None:
        fragment = late(session)
        heard_of(session)
        button = next(key for key in session._session_state._key_id_mapper._id_key_mapping if "press" in key)
        session.request_rerun(ClientState())
        time.sleep(0.25)  # it is being drawn
        pressed = ClientState(fragment_id=fragment)
        pressed.widget_states.widgets.add(id=button, trigger_value=True)
        session.request_rerun(pressed)
        session.request_rerun(ClientState())

    said = heard(press_and_page)
    assert str(said).count('body: "pressed"') == 1 and ends_of(said)[-1] == ForwardMsg.FINISHED_SUCCESSFULLY
