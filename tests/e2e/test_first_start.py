"""The first start: an empty house, one button, progress at once, and a stop that stops."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

import store
from tests.e2e.house import App, wait_for_state
from tests.e2e.screen import PATIENCE, Screen

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_one_button_starts_the_demo_and_stop_ends_it(house: App, look: Callable[[App], Screen]) -> None:
    screen = look(house).open()
    expect(screen.page.get_by_role("heading", name="Welcome to Odap")).to_be_visible()
    screen.shoot("welcome")
    screen.page.get_by_role("button", name="Make the demo dataset").click()

    making = screen.page.get_by_text("Make the phantom dataset demo", exact=True)  # others say that they wait for it
    card = screen.sidebar.locator("[class*=st-key-live_]").filter(has=making)
    expect(card).to_be_visible()
    bar = card.get_by_role("progressbar")
    screen.page.wait_for_function(
        "bar => parseFloat(bar.getAttribute('aria-valuenow')) > 0", arg=bar.element_handle(), timeout=PATIENCE
    )
    trainings = store.jobs(states=["queued"])
    assert list(trainings["title"].str.split(" ").str[0]) == ["demo", "demo_control", "demo_multi_label"]

    card.get_by_role("button", name="Stop").click()  # at once: the whole dataset takes some seconds only
    wait_for_state("phantom", "stopped")
    expect(screen.sidebar.get_by_text("Nothing is running.")).to_be_visible()
    assert set(store.jobs()["state"]) == {"stopped"}
    assert not list((house.house / "data").glob("demo/*")), "a stopped dataset must leave nothing half-made"
