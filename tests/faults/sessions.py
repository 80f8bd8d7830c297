"""Browser sessions without a browser: what the page's own script says to the app and hears from it, nothing drawn.

A real browser spends many times what the app spends on a page; twenty of them on two cores measure browsers. This
speaks Streamlit's protocol over a real websocket, obeys its timers of fragments as a browser does, and so measures the
time from a click to the moment at which the app has said all of the page.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from playwright.async_api import BrowserContext, async_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from tests.e2e import browser as browsers


@dataclass(frozen=True)
class Click:
    """One click: the page it asked for, and how long the app took, in seconds."""

    page: str
    waited: float  # from the click to the first word
    seconds: float  # from the click to the last


@dataclass
class Session:
    """One user of the app."""

    url: str
    chance: random.Random
    turn: int = 0  # where among the pages it begins
    think: tuple[float, float] = (4.0, 12.0)  # seconds between what was shown and the next click
    clicks: list[Click] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)  # of the app: title -> its hash
    buttons: dict[str, str] = field(default_factory=dict)  # label -> id
    _at: str = ""
    _query: str = ""
    _timers: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _first: asyncio.Event = field(default_factory=asyncio.Event)
    _last: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self, seconds: float, runs: list[str]) -> None:
        """Click through all pages, beginning at one of one's own, and now and then choose another run."""
        address = self.url.replace("http", "ws") + "/_stcore/stream"
        async with connect(address, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
            hears = asyncio.create_task(self._hear(socket))
            end = time.monotonic() + seconds
            await self._click(socket, "first")
            order = deque(self.pages)
            order.rotate(self.turn)
            for number, page in enumerate(itertools.cycle(order)):
                await asyncio.sleep(self.chance.uniform(*self.think))
                if number and time.monotonic() >= end:  # a slow machine leaves no page out: each session clicks once
                    break
                if number % 3 == 2:
                    self._query = urlencode(parse_qs(self._query) | {"run": [self.chance.choice(runs)]}, doseq=True)
                self._at = self.pages[page]
                await self._click(socket, page)
            self._still()
            hears.cancel()
            with suppress(asyncio.CancelledError):
                await hears

    async def press(self, label: str, then: Callable[[], None], after: float) -> None:
        """Open the app, press a button, and do something so many seconds later."""
        address = self.url.replace("http", "ws") + "/_stcore/stream"
        async with connect(address, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
            hears = asyncio.create_task(self._hear(socket))
            await self._click(socket, "first")
            await self._ask(socket, pressed=self.buttons[label])
            await asyncio.sleep(after)
            then()
            self._still()
            hears.cancel()

    async def _click(self, socket: ClientConnection, page: str) -> None:
        self._first.clear()
        self._last.clear()
        began = time.monotonic()
        await self._ask(socket)
        try:
            async with asyncio.timeout(60):
                await self._first.wait()
                waited = time.monotonic() - began
                await self._last.wait()
        except TimeoutError:
            self.errors.append(f"{page} was not shown within a minute")
            return
        self.clicks.append(Click(page, waited, time.monotonic() - began))

    async def _ask(self, socket: ClientConnection, fragment: str = "", pressed: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash = self._query, self._at
        state.context_info.locale = "en-GB"
        if fragment:
            state.fragment_id, state.is_auto_rerun = fragment, True
        if pressed:
            state.widget_states.widgets.add(id=pressed, trigger_value=True)
        await socket.send(message.SerializeToString())

    async def _hear(self, socket: ClientConnection) -> None:
        async for data in socket:
            said = ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())
            kind = said.WhichOneof("type")
            if kind == "new_session" and not said.metadata.run.fragment_ids:
                self._first.set()
                self._still()
            elif kind == "navigation":
                self._at = said.navigation.page_script_hash
                self.pages = {p.page_name: p.page_script_hash for p in said.navigation.app_pages if not p.is_hidden}
            elif kind == "page_info_changed":
                self._query = said.page_info_changed.query_string
            elif kind == "auto_rerun":
                self._rerun_every(socket, said.auto_rerun.fragment_id, said.auto_rerun.interval)
            elif kind == "delta":
                self._look_at(said)
            elif kind == "script_finished" and said.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self._last.set()

    def _still(self) -> None:
        """A page that is drawn anew sets its timers anew."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _rerun_every(self, socket: ClientConnection, fragment: str, interval: float) -> None:
        async def tick() -> None:
            while True:
                await asyncio.sleep(interval)
                await self._ask(socket, fragment)

        if fragment in self._timers:
            self._timers[fragment].cancel()
        self._timers[fragment] = asyncio.create_task(tick())

    def _look_at(self, said: ForwardMsg) -> None:
        """Note the buttons, and every box that says that something went wrong."""
        element = said.delta.new_element
        if element.WhichOneof("type") == "button":
            self.buttons[element.button.label] = element.button.id
        elif element.WhichOneof("type") == "exception":
            self.errors.append(element.exception.message)
        elif element.WhichOneof("type") == "alert" and "could not be shown" in element.alert.body:
            self.errors.append(element.alert.body)


async def _crowd(sessions: list[Session], seconds: float, runs: list[str]) -> None:
    async with asyncio.TaskGroup() as group:
        for number, session in enumerate(sessions):
            group.create_task(_late(session, 0.3 * number, seconds, runs))


async def _late(session: Session, by: float, seconds: float, runs: list[str]) -> None:
    await asyncio.sleep(by)  # people do not all open the app at one instant
    await session.live(seconds, runs)


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """To its end, in a thread of its own: where browser tests ran before, Playwright's loop still runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, coroutine).result()


def crowd(
    url: str, n: int, seconds: float, runs: list[str], chance: random.Random, think: tuple[float, float] = (4.0, 12.0)
) -> list[Session]:
    """Run n sessions at once, for some seconds."""
    sessions = [Session(url, random.Random(chance.random()), turn, think) for turn in range(n)]
    run(_crowd(sessions, seconds, runs))
    return sessions


# The page is at rest: its script has ended and nothing on it is from the page before.
AT_REST = """title => {
  const app = document.querySelector("[data-testid=stApp]");
  const head = [...document.querySelectorAll("h1, h2")].some(one => one.textContent.trim() === title);
  return app && head && app.dataset.testScriptState !== "running" && !document.querySelector("[data-stale=true]");
}"""


@dataclass
class Window:
    """One window of a real browser."""

    chance: random.Random
    clicks: list[Click] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    async def live(self, context: BrowserContext, url: str, seconds: float) -> None:
        """Click through all pages, in an order of one's own."""
        page = await context.new_page()
        page.set_default_timeout(120_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        await page.goto(url)
        await page.wait_for_function(AT_REST, arg="Overview")
        end = time.monotonic() + seconds
        titles = ["Confusion", "Hard negatives", "Grad-CAM", "Stages", "Single vs multi", "Data", "Meeting", "Overview"]
        self.chance.shuffle(titles)
        for title in itertools.cycle(titles):
            await asyncio.sleep(self.chance.uniform(4.0, 12.0))
            if time.monotonic() >= end:
                return
            began = time.monotonic()
            await page.get_by_role("link", name=title, exact=True).first.click()
            await page.wait_for_function(AT_REST, arg=title)
            self.clicks.append(Click(title, float("nan"), time.monotonic() - began))
            wrong = page.locator("[data-testid=stException]").or_(page.get_by_text("could not be shown"))
            self.errors += await wrong.all_inner_texts()


async def _windows(path: str, url: str, windows: list[Window], seconds: float) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=browsers.SWITCHES)
        async with asyncio.TaskGroup() as group:
            for window in windows:
                group.create_task(window.live(await browser.new_context(locale="en-GB"), url, seconds))
                await asyncio.sleep(0.5)
        await browser.close()


def browse(path: str, url: str, n: int, seconds: float, chance: random.Random) -> list[Window]:
    """Open n windows of one real browser at once, for some seconds."""
    windows = [Window(random.Random(chance.random())) for _ in range(n)]
    run(_windows(path, url, windows, seconds))
    return windows
