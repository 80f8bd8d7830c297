"""A real app in a house of its own, and a real browser in front of it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

import store
from tests.e2e import browser as browsers

ROOT = Path(__file__).parents[2]
SHOTS = Path(os.environ.get("ODAP_SCREENSHOTS") or ROOT / "test-artifacts" / "screenshots")
PATIENCE = 60_000  # milliseconds for anything to appear; two busy cores are slow
expect.set_options()


class App:
    """`streamlit run app.py` as a process, in a house of its own."""

    def __init__(self, house: Path) -> None:
        self.house = house
        self.port = _free_port()
        self.places = {
            "ODAP_RESULTS": str(house / "results.duckdb"),
            "ODAP_DATA": str(house / "data"),
            "ODAP_RUNS": str(house / "runs"),
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with (self.house / "app.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)],
                cwd=ROOT, env=os.environ | self.places, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError(f"The app did not start:\n{self.log()}")

    def kill(self) -> None:
        """End the app at once, as a closed laptop would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def log(self) -> str:
        return (self.house / "app.log").read_text()

    def command(self, *words: str) -> str:
        """One of the command lines, in this house; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=ROOT, env=os.environ | self.places, capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def processes(self) -> list[psutil.Process]:
        """Workers, trainers and all else that was started in this house."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("ODAP_RUNS") == self.places["ODAP_RUNS"]:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def close(self) -> None:
        for process in self.processes():
            process.kill()
        psutil.wait_procs(self.processes(), timeout=20)
        self.kill()


class Screen:
    """What a user sees and does, in the words on the screen."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url

    def open(self, path: str = "") -> Screen:
        self.page.goto(f"{self.url}/{path}")
        expect(self.page.locator("section[data-testid=stSidebar]")).to_be_visible()
        self.settle()
        return self

    def go(self, title: str) -> Screen:
        """Follow the navigation on top to a page."""
        self.page.get_by_role("link", name=title, exact=True).click()
        expect(self.page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        self.settle()
        return self

    def settle(self) -> None:
        """Wait until nothing is being drawn any more, and see that nothing went wrong meanwhile."""
        self.page.wait_for_timeout(300)
        expect(self.page.locator("[data-testid=stApp][data-test-script-state=running]")).to_have_count(
            0, timeout=PATIENCE
        )
        expect(self.page.locator("[data-stale=true]")).to_have_count(0)
        expect(self.page.locator("[data-testid=stException]")).to_have_count(0)
        expect(self.page.get_by_text("could not be shown")).to_have_count(0)

    @property
    def sidebar(self) -> Locator:
        return self.page.locator("section[data-testid=stSidebar]")

    @property
    def main(self) -> Locator:
        return self.page.locator("[data-testid=stMain]")

    def choose(self, label: str, option: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Choose an option of a select box."""
        box = (within or self.main).locator("[data-testid=stSelectbox]", has_text=label).first
        box.locator("[role=combobox], input").first.click()
        self.page.get_by_role("option", name=option).first.click()
        self.settle()

    def press(self, name: str, within: Locator | None = None) -> None:
        """Press one of a row of buttons."""
        (within or self.main).get_by_role("radio", name=name, exact=True).or_(
            (within or self.main).get_by_role("button", name=name, exact=True)
        ).first.click()
        self.settle()

    def fill(self, label: str, value: int, within: Locator | None = None) -> None:
        """Write a number into its box."""
        box = (within or self.sidebar).get_by_label(label, exact=True).locator("visible=true").last
        box.fill(str(value))
        box.press("Tab")

    def pictures(self, within: Locator | None = None) -> int:
        """How many pictures are there, each truly loaded with pixels."""
        images = (within or self.main).locator("[data-testid=stImage] img")
        expect(images.first).to_be_visible()
        images.last.scroll_into_view_if_needed()
        self.page.wait_for_function(
            "[...document.querySelectorAll('[data-testid=stImage] img')].every(i => i.complete && i.naturalWidth > 8)",
            timeout=PATIENCE,
        )
        return images.count()

    def shoot(self, name: str) -> None:
        """Keep a picture of the window."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.mouse.move(1, 1)
        self.page.wait_for_timeout(600)
        self.page.screenshot(path=str(SHOTS / f"{name}.png"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real browser; that there is none is a failure, since pages are only tested in one."""
    path = browsers.find()
    if path is None:
        pytest.fail("There is no browser to test with; get one with: python tests/e2e/browser.py")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=browsers.SWITCHES)
        yield started
        started.close()


@pytest.fixture
def look(browser: Browser) -> Iterator[Callable[[App], Screen]]:
    """Open a new window on an app; every script error of a page fails the test."""
    errors: list[str] = []
    contexts: list[Any] = []

    def open_window(app: App) -> Screen:
        context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="en-GB")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return Screen(page, app.url)

    yield open_window
    for context in contexts:
        context.close()
    assert not errors, errors


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app that was never started before: no dataset, no run."""
    app = App(tmp_path_factory.mktemp("house"))
    app.start()
    before = {name: os.environ.get(name) for name in app.places}
    os.environ.update(app.places)  # so that a test can ask the store what truly happened
    yield app
    app.close()
    for name, value in before.items():
        if value is None:
            os.environ.pop(name)
        else:
            os.environ[name] = value


def wait_for_state(run_or_kind: str, *states: str, seconds: float = 240) -> dict[str, Any]:
    """Wait until the job of a run (or of a kind) is in one of these states; its row."""
    deadline = time.monotonic() + seconds
    row: dict[str, Any] = {}
    while time.monotonic() < deadline:
        jobs = store.jobs()
        found = jobs[(jobs["run_id"] == run_or_kind) | (jobs["kind"] == run_or_kind)]
        if len(found):
            row = found.sort_values("created_at").iloc[-1].to_dict()
            if row["state"] in states:
                return row
        time.sleep(0.3)
    raise AssertionError(f"{run_or_kind} is not {' or '.join(states)} after {seconds:.0f} s, but {row}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
