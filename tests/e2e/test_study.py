"""The page Study in a real browser: the grid leads to runs, a point of the forest to its question."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.house import App
from tests.e2e.screen import Screen
from tests.unit.comparisons import study_house


@pytest.fixture
def finished(tmp_path, monkeypatch):
    app = App(tmp_path)
    for name, value in app.places.items():
        monkeypatch.setenv(name, value)
    study_house.train(study_house.register())
    app.start()
    yield app
    app.close()


def test_a_study_is_read_and_every_number_leads_on(finished: App, look: Callable[[App], Screen]) -> None:
    screen = look(finished)
    page = screen.page
    page.goto(f"{finished.url}/study?lang=en")
    expect(page.get_by_role("heading", name="hnl is better than control on all test images of tiny")).to_be_visible(
        timeout=90_000
    )
    point = page.locator(".js-plotly-plot").first.locator(".scatterlayer .trace").last.locator("path.point")
    screen.settle()
    point.nth(2).scroll_into_view_if_needed()
    box = point.nth(2).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # plotly draws a sheet over its points
    expect(page.get_by_role("heading", name="multi gains less over other than hnl over control")).to_be_visible(
        timeout=60_000
    )
    page.locator(".study-grid a").first.click()
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible(timeout=60_000)
    assert "run=control-s0-40" in page.url
