"""Streamlit's own session and thread, with an event loop that is late."""

from __future__ import annotations

import asyncio
import time
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

from dashboard import unheard

SCRIPT = """
import streamlit as st
st.fragment(lambda: st.write("tick"), run_every=2.0)()
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


def heard_of_a_tick_before_the_end(session: AppSession) -> list[ForwardMsg]:
    """What the browser hears where the loop was late and a fragment asked to be run meanwhile."""
    session.request_rerun(ClientState())
    time.sleep(2.0)  # the loop is late: the page has ended, and nobody has heard of it
    (fragment,) = session._fragment_storage._fragments
    session.request_rerun(ClientState(fragment_id=fragment, is_auto_rerun=True))
    session._event_loop.run_until_complete(asyncio.sleep(2.0))
    return session.flush_browser_queue()


def test_a_tick_that_comes_before_the_end_of_a_page_was_heard_does_not_cut_it_off(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Runtime, "_instance", MagicMock())
    unheard.wait_for_the_end()
    with ThreadPoolExecutor(1) as pool:  # where browser tests ran before, Playwright's loop still runs in this thread
        heard = pool.submit(lambda: heard_of_a_tick_before_the_end(session_of(script))).result()
    assert "the end of the page" in str(heard)
    ends = [message.script_finished for message in heard if message.WhichOneof("type") == "script_finished"]
    assert ends == [ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY]
