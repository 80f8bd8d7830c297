"""A meeting with two browsers at once: verdicts are seen by others, a link restores the view, both languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from playwright.sync_api import expect

import catalog
import store
from tests.e2e.house import App
from tests.e2e.screen import Screen
from tests.unit.dashboard.conftest import House

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
CLASSES = ("ac", "<b>bpd</b>", "afi")


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[App, catalog.Dataset]]:
    """An app on two runs that have ended, written by the production writers."""
    place: Path = tmp_path_factory.mktemp("meeting")
    app = App(place)
    patch = pytest.MonkeyPatch()
    for name, value in app.places.items():
        patch.setenv(name, value)
    st.cache_data.clear()
    st.cache_resource.clear()
    made = House(place / "results.duckdb", place / "data", place / "runs")
    dataset = made.dataset(classes=CLASSES)
    for run_id in ("demo-1", "control-22"):
        made.complete(run_id, dataset, control=run_id.startswith("control"))
    app.start()
    yield app, dataset
    app.close()
    patch.undo()


def introduce(screen: Screen, name: str) -> None:
    box = screen.main.get_by_role("textbox", name="Your name", exact=True)
    box.fill(name)
    box.press("Enter")
    screen.settle()


def test_two_reviewers_meet(reviewed: tuple[App, catalog.Dataset], look: Callable[[App], Screen]) -> None:
    app, dataset = reviewed
    kim = look(app).open("meeting?run=demo-1")
    introduce(kim, "Kim")
    kim.page.wait_for_function("document.querySelector('.js-plotly-plot .layer-below image, .js-plotly-plot image')")
    kim.press("Unusable")
    kim.main.get_by_role("textbox", name="Note").fill("<img src=x onerror=alert(1)> *blurred*")
    kim.main.get_by_role("button", name="Save verdict").click()
    expect(kim.main.get_by_text("Kim: Unusable")).to_be_visible()
    expect(kim.main.get_by_text("<img src=x onerror=alert(1)> *blurred*").last).to_be_visible()
    sample = store.verdicts(dataset.dataset_id)["sample_id"].iloc[0]
    kim.shoot("meeting")

    lee = look(app).open(kim.page.url.removeprefix(f"{app.url}/"))
    introduce(lee, "Lee")
    expect(lee.main.get_by_text("Verdicts of others are hidden until you have given yours: 1.")).to_be_visible()
    expect(lee.main.get_by_text("Kim: Unusable")).to_have_count(0)
    lee.press("Unusable")
    lee.main.get_by_role("button", name="Save verdict").click()
    expect(lee.main.get_by_text("Kim: Unusable")).to_be_visible()
    expect(kim.main.get_by_text("Lee: Unusable")).to_be_visible()  # by itself, within seconds

    at_first = lee.page.url
    lee.page.keyboard.press("Escape")
    lee.main.get_by_role("heading", name="Meeting").click()
    lee.page.keyboard.press("ArrowRight")
    lee.page.wait_for_function("before => location.href !== before", arg=at_first)
    lee.settle()
    expect(lee.main.get_by_text(re.compile(r"^2 of \d+"))).to_be_visible()

    kim.press("Decisions")
    expect(kim.main.get_by_text("0 relabelled, 1 excluded")).to_be_visible()
    kim.shoot("decisions")
    kim.main.get_by_role("button", name="Make the next version of tiny@1").click()
    expect(kim.main.get_by_text("tiny@2 is ready")).to_be_visible()
    assert sample not in set(catalog.open_dataset("tiny@2").samples["sample_id"])
    kim.open("?run=demo-1")
    expect(kim.sidebar.get_by_role("combobox", name="Dataset")).to_have_value("tiny@2")


def test_a_card_opens_the_sample_in_both_languages_and_the_report_is_saved(
    reviewed: tuple[App, catalog.Dataset], look: Callable[[App], Screen], tmp_path: Path
) -> None:
    app, _ = reviewed
    screen = look(app).open("hard_negatives?run=demo-1")
    screen.main.get_by_role("link", name="Open").first.click()
    expect(screen.main.get_by_role("heading", name="Sample", exact=True)).to_be_visible()
    screen.settle()
    expect(screen.main.get_by_text("When it was mined")).to_be_visible()
    screen.shoot("sample")
    screen.press("한국어", within=screen.sidebar)
    expect(screen.main.get_by_role("heading", name="단계별 확률")).to_be_visible()
    assert "lang=ko" in screen.page.url and "sample=" in screen.page.url
    screen.shoot("sample_ko")
    for title in ("판독 회의", "혼동 행렬", "하드 네거티브", "Grad-CAM", "단일 vs 다중 라벨", "개요"):
        screen.go(title)
        screen.shoot(f"ko_{title.replace(' ', '_')}")
        expect(screen.page.get_by_text("표시할 수 없습니다")).to_have_count(0)
    screen.main.get_by_text("보고서", exact=True).click()
    screen.settle()  # the button moves while its box opens
    screen.press("보고서 만들기")
    with screen.page.expect_download() as saved:
        screen.main.get_by_role("button", name="보고서 저장").click()
    saved.value.save_as(tmp_path / "report.html")
    page = screen.page.context.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    expect(page.get_by_role("heading", name="Odap 보고서")).to_be_visible()
    expect(page.get_by_text("<b>bpd</b>").first).to_be_visible()
