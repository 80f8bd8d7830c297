"""Measure memory, time and the answers to other users while hostile files are uploaded.

    python benchmarks/hostile.py --out benchmarks/hostile.md

Each kind is made here, uploaded on the page *Data* of a real app in a real browser, and previewed; another session asks
for pages all the while. Needs what `make test` needs.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright
from websockets.asyncio.client import connect

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.hostile_files import KINDS, Hostile
from tests.e2e import browser as browsers
from tests.e2e.house import App
from tests.e2e.screen import Screen
from tests.faults.sessions import Session

MOST_MEMORY, MOST_SECONDS, MOST_ANSWER = 2**30, 30.0, 1.0


@dataclass
class Measured:
    """The measurements of one preview."""

    name: str
    n_bytes: int
    seconds: float
    memory: int
    answers: list[float]
    words: str

    def row(self) -> str:
        """Write it as a line of the table."""
        answer = f"{max(self.answers):.2f}" if self.answers else "none"
        over = self.memory > MOST_MEMORY or self.seconds > MOST_SECONDS or max(self.answers, default=99) > MOST_ANSWER
        figures = f"{self.n_bytes / 1024:,.0f} | {self.memory / 2**20:,.0f} | {self.seconds:.1f} | {answer}"
        return f"| {self.name} | {figures} | {'**over**' if over else 'within'} | {self.words} |"


class Beside(Session):
    """Another user, who opens one page after the other for as long as the block lasts."""

    def __enter__(self) -> Beside:
        """Start to click in a thread of its own."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._ask_on()), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop clicking."""
        self._over.set()
        self._thread.join(90)

    async def _ask_on(self) -> None:
        address = self.url.replace("http", "ws") + "/_stcore/stream"
        async with connect(address, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
            hears = asyncio.create_task(self._hear(socket))
            await self._click(socket, "first")
            while not self._over.is_set():
                for page in ("Overview", "Data"):
                    self._at = self.pages[page]
                    await self._click(socket, page)
                    await asyncio.sleep(0.3)
            self._still()
            hears.cancel()


@dataclass
class Peak:
    """The highest memory, in MiB, of a process and all that it started."""

    pid: int
    most: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Peak:
        """Start to watch the memory."""
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        app = psutil.Process(self.pid)
        while not self._over.wait(0.03):
            total = 0
            for process in [app, *app.children(recursive=True)]:
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            self.most = max(self.most, total)


def preview(app: App, page: Page, kind: Hostile, files: list[Path]) -> Measured:
    """Upload files, click Preview, and wait until the page shows the result."""
    screen = Screen(page, app.url).open("data")
    if kind.importer != "folder":
        screen.choose("How the images are organised", re.compile(f"^{kind.importer}:"))
    page.locator("input[type=file]").set_input_files(files)
    if kind.pattern:
        screen.main.get_by_text("Options for this kind of source", exact=True).click()
        box = screen.main.get_by_label("Patient regex", exact=True)
        box.fill(kind.pattern)
        box.press("Tab")
    screen.settle()
    assert app.process is not None
    with Beside(app.url, random.Random(0)) as other, Peak(app.process.pid) as peak:
        while len(other.clicks) < 3:
            time.sleep(0.1)
        before = len(other.clicks)
        began = time.monotonic()
        screen.main.get_by_role("button", name="Preview", exact=True).click()
        said = screen.main.locator("[data-testid=stAlertContentError]").or_(
            screen.main.get_by_role("heading", name=re.compile("images from"))
        )
        said.first.wait_for(timeout=120_000)
        seconds = time.monotonic() - began
        words = " ".join(said.first.inner_text().split()).removeprefix("error ")  # the name of an icon
        screen.settle()
        bad = screen.main.locator("[data-testid=stAlertContentWarning]")
        if bad.count():
            words += "; " + " ".join(bad.first.inner_text().split()).removeprefix("warning ")[:200]
        time.sleep(0.5)
    words = (words if len(words) <= 260 else f"{words[:260]}...").replace("|", "\\|")
    answers = [click.seconds for click in other.clicks[before:]]
    return Measured(kind.name, sum(file.stat().st_size for file in files), seconds, peak.most, answers, words)


def main() -> None:
    """Make every kind of file, preview it, and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="write the table here too")
    parser.add_argument("--only", metavar="WORD", default="", help="only kinds whose name holds this word")
    options = parser.parse_args()
    lines = [
        "| kind | upload, KiB | peak, MiB | time, s | slowest answer, s | limits | what the page says |",
        "|---|---:|---:|---:|---:|---|---|",
    ]
    with tempfile.TemporaryDirectory() as passing, sync_playwright() as playwright:
        app = App(Path(passing))
        app.start()
        browser = playwright.chromium.launch(executable_path=browsers.find(), args=browsers.SWITCHES)
        try:
            for kind in KINDS:
                if options.only not in kind.name:
                    continue
                place = Path(passing) / "files"
                place.mkdir(exist_ok=True)
                files = kind.make(place)
                context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="en-GB")
                lines.append(preview(app, context.new_page(), kind, files).row())
                context.close()
                print(lines[-1], flush=True)
                for file in files:
                    file.unlink()
        finally:
            browser.close()
            app.close()
    if options.out:
        _write(options.out, lines)


def _write(path: Path, lines: list[str]) -> None:
    """Replace the table of a page and keep its text."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition("\n|")
    after = [line for line in rest.splitlines()[1:] if not line.startswith("|")]
    path.write_text("\n".join([before, *lines, *after]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
