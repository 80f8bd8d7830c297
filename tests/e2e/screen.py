"""What a user sees and does, in the words on the screen."""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, TimeoutError, expect

import store

ROOT = Path(__file__).parents[2]
SHOTS = Path(os.environ.get("ODAP_SCREENSHOTS") or ROOT / "test-artifacts" / "screenshots")
PATIENCE = 60_000  # milliseconds for anything to appear; two busy cores are slow
expect.set_options(timeout=PATIENCE)


class Screen:
    """A window on the app."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url

    def open(self, path: str = "") -> Screen:
        self.page.goto(f"{self.url}/{path}")
        expect(self.page.locator("section[data-testid=stSidebar]")).to_be_visible()
        self.settle()
        return self

    def go(self, title: str) -> Screen:
        """Follow the navigation on top to a page."""
        self.page.get_by_role("link", name=title, exact=True).first.click()  # cards link to pages too
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
        """Choose an option of a select box; open the list again if a redraw closed it."""
        box = (within or self.main).locator("[data-testid=stSelectbox]", has_text=label).first
        expect(box).to_be_visible()
        self.settle()
        wanted = self.page.get_by_role("option", name=option).first
        for last in (False, False, True):
            box.locator("[role=combobox], input").first.click()
            try:
                wanted.click(timeout=PATIENCE if last else PATIENCE / 6)
                break
            except TimeoutError:
                if last:
                    raise
                self.page.keyboard.press("Escape")
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

    def train(self, dataset: str, recipe: str, *, seed: int = 3, **settings: int) -> str:
        """Choose dataset, recipe, seed and settings in the sidebar and press *Start training*; the run's id."""
        before = set(store.jobs()["run_id"].dropna())
        self.choose("Dataset", re.compile(f"^{re.escape(dataset)}"), within=self.sidebar)
        self.choose("Recipe", re.compile(f"^{recipe}$"), within=self.sidebar)
        self.fill("Seed", seed)
        self.sidebar.get_by_text("Settings", exact=True).click()
        for label, value in settings.items():
            self.fill(label, value)
        self.sidebar.get_by_role("button", name="Start training").click()
        name = dataset.partition("@")[0]
        card = self.sidebar.locator("[class*=st-key-live_]", has_text=f"{recipe} on {name}")
        expect(card).to_be_visible(timeout=PATIENCE)
        (run_id,) = set(store.jobs()["run_id"].dropna()) - before
        return str(run_id)

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
