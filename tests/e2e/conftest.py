"""A real app in a house of its own, and a real browser in front of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.e2e import browser as browsers
from tests.e2e.house import App
from tests.e2e.screen import PATIENCE, Screen


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
    contexts: list[BrowserContext] = []

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
