"""A real app in a house of its own, and a real browser in front of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e import browser as browsers
from tests.e2e.house import App
from tests.e2e.screen import PATIENCE, ROOT, Screen

ARTIFACTS = ROOT / "test-artifacts" / "failed"
FAILED = pytest.StashKey[bool]()


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Let `look` know that the test has failed."""
    outcome = yield
    if outcome.when == "call" and outcome.failed:
        item.stash[FAILED] = True
    return outcome


@pytest.fixture
def look(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[[App], Screen]]:
    """Open a new window on an app; every script error of a page fails the test.

    Of a failed test all windows are kept as pictures and described in words.
    """
    errors: list[str] = []
    contexts: list[BrowserContext] = []

    def open_window(app: App) -> Screen:
        context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="en-GB")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return Screen(page, app.url)

    yield open_window
    for number, context in enumerate(contexts):
        if request.node.stash.get(FAILED, False):
            _keep(context.pages[0], f"{request.node.name}-{number}")
        context.close()
    assert not errors, errors


def _keep(page: Page, name: str) -> None:
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png")
    (ARTIFACTS / f"{name}.html").write_text(page.content())
    print(f"{name} at {page.url}:\n{page.locator('body').inner_text()}")  # what is seen: a shut box is not


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
