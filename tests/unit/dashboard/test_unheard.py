"""Streamlit's own session and thread, with an event loop that is late."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
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
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppSession]:
    (tmp_path / "app.py").write_text(SCRIPT)
    monkeypatch.setattr(Runtime, "_instance", MagicMock())
    monkeypatch.setattr(
        AppSession, "request_rerun", getattr(AppSession.request_rerun, "__wrapped__", AppSession.request_rerun)
    )
    loop = asyncio.new_event_loop()

    async def make() -> AppSession:
        return AppSession(
            ScriptData(str(tmp_path / "app.py"), False), MemoryUploadedFileManager("/"), ScriptCache(),
            message_enqueued_callback=None, user_info={},
        )  # fmt: skip

    made = loop.run_until_complete(make())
    yield made
    loop.close()


def said(session: AppSession, seconds: float = 1.0) -> list[ForwardMsg]:
    """What the browser hears once the loop has caught up."""
    session._event_loop.run_until_complete(asyncio.sleep(seconds))
    return session.flush_browser_queue()


def test_a_tick_that_comes_before_the_end_of_a_page_was_heard_does_not_cut_it_off(session: AppSession) -> None:
    unheard.wait_for_the_end()
    session.request_rerun(ClientState())
    time.sleep(1.0)  # the loop is late: the page has ended, and nobody has heard of it
    (fragment,) = session._fragment_storage._fragments
    session.request_rerun(ClientState(fragment_id=fragment, is_auto_rerun=True))
    heard = said(session)
    assert "the end of the page" in str(heard)
    ends = [message.script_finished for message in heard if message.WhichOneof("type") == "script_finished"]
    assert ends == [ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY]
