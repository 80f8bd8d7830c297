"""From a figure to its samples in a real browser; links, keys, tables, and no error box on any page in any language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from playwright.sync_api import Locator, expect

import jobs
import store
from analysis.thresholds import threshold_scores
from jobs.worker_lock import WorkerLock
from recipes import Recipe
from tests.e2e.house import App
from tests.e2e.screen import Screen
from tests.unit.dashboard.conftest import House

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]
CLASSES = ("ac", "<b>bpd</b>", "afi")
PAGES = ("", "confusion", "hard_negatives", "grad_cam", "stages", "single_vs_multi", "data", "meeting", "sample")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app on a staged run with maps, its control and a multi-label run, written by the production writers."""
    place: Path = tmp_path_factory.mktemp("clicks")
    app = App(place)
    patch = pytest.MonkeyPatch()
    for name, value in app.places.items():
        patch.setenv(name, value)
    st.cache_data.clear()
    st.cache_resource.clear()
    made = House(place / "results.duckdb", place / "data", place / "runs")
    dataset = made.dataset(n=540, classes=CLASSES)
    for run_id, kind in (("demo-1", {}), ("control-1", {"control": True}), ("multi-1", {"objective": "sigmoid"})):
        made.complete(run_id, dataset, **kind)
    made.maps("demo-1", dataset, str(store.mined("demo-1")["sample_id"].iloc[0]))
    app.start()
    yield app
    app.close()
    patch.undo()


def test_a_click_on_a_cell_leads_to_its_samples_and_on_to_the_sample_view(
    filled: App, look: Callable[[App], Screen]
) -> None:
    screen = look(filled).open("confusion?run=demo-1&stage=0.full&cells=counts")
    counts = store.confusion_counts("demo-1", 0, "full", "test")
    n = {(row.true_class, row.predicted_class): row.n for row in counts.itertuples()}["ac", "afi"]
    cells = screen.main.locator(".js-plotly-plot .scatterlayer .point")
    expect(cells).to_have_count(9)
    cells.nth(2).click(force=True)
    expect(screen.main.get_by_role("heading", name=f"ac predicted as afi: {n} samples")).to_be_in_viewport(ratio=1)
    screen.settle()
    link = screen.page.url
    assert screen.pictures() == min(24, n)
    screen.main.get_by_role("link", name="Open", exact=True).first.click()
    expect(screen.main.get_by_role("heading", name="Sample", exact=True)).to_be_visible()
    screen.settle()
    expect(screen.main.get_by_text(f"1 of {n}", exact=True)).to_be_visible()
    expect(screen.main.get_by_text("annotated ac")).to_be_visible()

    other = look(filled).open(link.removeprefix(f"{filled.url}/"))
    expect(other.main.get_by_role("heading", name=f"ac predicted as afi: {n} samples")).to_be_visible()
    expect(other.main.get_by_role("radio", name="Counts", exact=True)).to_be_checked()


def test_a_click_on_a_bar_chooses_its_samples_and_a_band_is_chosen_by_keyboard(
    filled: App, look: Callable[[App], Screen]
) -> None:
    screen = look(filled).open("hard_negatives?run=demo-1&round=1")
    total = len(store.mined("demo-1", 2))
    bars = screen.main.locator(".js-plotly-plot .barlayer .point path")
    expect(bars).to_have_count(2)
    bars.nth(1).click(force=True)
    expect(screen.main.get_by_text(f"{total} of {total} mined training samples")).to_be_visible()
    screen.settle()
    assert "round=2" in screen.page.url and "reason=wrong" in screen.page.url
    box = screen.main.get_by_role("combobox", name="Samples of")
    box.focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        screen.page.keyboard.press(key)
        screen.page.wait_for_timeout(200)
    expect(screen.main.get_by_role("heading", name=re.compile(r"→ .*: \d+ samples"))).to_be_visible()
    assert "band=" in screen.page.url


def test_the_arrow_keys_turn_the_pages_of_a_gallery(filled: App, look: Callable[[App], Screen]) -> None:
    screen = look(filled).open("hard_negatives?run=demo-1&round=1")
    mined = store.mined("demo-1", 1)["sample_id"].tolist()
    assert len(mined) > 24
    cards = screen.main.locator("[class*=st-key-mined_]")
    expect(cards.filter(has_text=mined[0]).first).to_be_visible()
    expect(screen.main.get_by_role("button", name="Next page").first).to_be_enabled()
    screen.settle()
    screen.main.get_by_role("heading", name="Hard negatives", exact=True).click()
    screen.page.keyboard.press("ArrowRight")
    expect(cards.filter(has_text=mined[24]).first).to_be_visible()
    expect(cards.filter(has_text=mined[0])).to_have_count(0)
    screen.page.keyboard.press("ArrowLeft")
    expect(cards.filter(has_text=mined[0]).first).to_be_visible()


def test_a_table_is_saved_by_the_guarded_button_alone(
    filled: App, look: Callable[[App], Screen], tmp_path: Path
) -> None:
    screen = look(filled).open("?run=demo-1")
    table = screen.main.locator("[data-testid=stDataFrame]").first
    table.hover()
    tools = screen.main.locator("[data-testid=stElementToolbarButton]")
    expect(tools.locator("button[aria-label=Search]").first).to_be_visible()
    unguarded = screen.main.locator("button[aria-label='Download as CSV']")
    assert unguarded.count() > 0, "Streamlit calls it otherwise now: hide it by its new name"
    for at in range(unguarded.count()):
        expect(unguarded.nth(at)).to_be_hidden()
    with screen.page.expect_download() as saved:
        screen.main.get_by_role("button", name="Table as CSV").first.click()
    saved.value.save_as(tmp_path / "runs.csv")
    assert "demo-1" in (tmp_path / "runs.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(("language", "theme"), [("en", "dark"), pytest.param("ko", "light", marks=pytest.mark.long)])
def test_no_page_has_an_error_box(filled: App, look: Callable[[App], Screen], language: str, theme: str) -> None:
    sample = store.mined("demo-1")["sample_id"].iloc[0]
    screen = look(filled)
    screen.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    for page in PAGES:
        screen.open(f"{page}?lang={language}&run=demo-1&sample={sample}&source=id&embed_options=x")
        screen.settle()
        boxes = screen.page.locator("[data-testid=stAlertContentError], [data-testid=stException]")
        assert boxes.count() == 0, (page, boxes.all_inner_texts())
        assert not screen.page.get_by_text("표시할 수 없습니다").count(), page
        screen.page.set_viewport_size({"width": 1280, "height": 2400})
        screen.shoot(f"{theme}_{page or 'overview'}")
        screen.page.set_viewport_size({"width": 1280, "height": 860})
    for tab in ("difference", "trends", "labels"):
        run = "multi-1" if tab == "labels" else "demo-1"
        screen.open(f"confusion?lang={language}&run={run}&tab={tab}")
        assert not screen.page.locator("[data-testid=stAlertContentError]").count(), tab
        screen.page.set_viewport_size({"width": 1280, "height": 1600})
        screen.shoot(f"{theme}_confusion_{tab}")
        screen.page.set_viewport_size({"width": 1280, "height": 860})


def _points(screen: Screen, figure: str) -> Locator:
    """The marks of the figure that is saved under this name; they may be too small or too pale to be seen."""
    charts = screen.main.locator(f"[class*=st-key-{figure}_]")
    expect(charts.first).to_be_visible()
    return charts.first.locator(".scatterlayer .point")


def _cards(screen: Screen, gallery: str) -> Locator:
    """The pictures of a gallery, by the name under which it is drawn."""
    return screen.main.locator(f"[class*=st-key-{gallery}_] [data-testid=stImage]")


def test_a_point_of_the_learning_curves_leads_to_what_its_stage_got_wrong(
    filled: App, look: Callable[[App], Screen]
) -> None:
    screen = look(filled).open("?run=demo-1")
    ended = store.stages("demo-1")
    wrong = (~store.read_predictions("demo-1", splits=["test"]).answers().query("position == 1")["correct"]).sum()
    points = _points(screen, "curves")
    expect(points.first).to_be_attached()
    points.nth(2).click(force=True)  # two epochs a stage: the third point is the first of the second stage
    expect(
        screen.main.get_by_role("heading", name=re.compile(rf"hard negative: mistakes on test, {wrong} samples"))
    ).to_be_visible()
    expect(_cards(screen, "curve_at").first).to_be_visible()
    screen.settle()
    assert len(ended) == 5 and f"curve_at=demo-1%7C{ended['position'].iloc[1]}" in screen.page.url


def test_a_bin_of_the_reliability_diagram_leads_to_its_samples(filled: App, look: Callable[[App], Screen]) -> None:
    screen = look(filled).open("single_vs_multi?a=demo-1&b=multi-1&stage_a=0.full")
    points = _points(screen, "calibration")
    expect(points.first).to_be_attached()
    points.first.click(force=True)
    title = re.compile(r"demo, probability \d+% to \d+%: (\d+) predictions, \1 samples")
    expect(screen.main.get_by_role("heading", name=title)).to_be_visible()
    expect(_cards(screen, "bin").first).to_be_visible()
    screen.settle()
    assert "bin=0%7C" in screen.page.url
    link = screen.page.url.removeprefix(f"{filled.url}/")
    expect(_cards(look(filled).open(link), "bin").first).to_be_visible()


def test_a_curve_of_the_thresholds_moves_the_threshold_and_leads_to_its_samples(
    filled: App, look: Callable[[App], Screen]
) -> None:
    said = store.predictions("multi-1", 0, "full", "val")
    there, prob = said["labels"].map(lambda labels: "ac" in labels), np.stack(said["probs"].to_list())[:, 0]
    steps = np.linspace(0, 1, 201)
    scores = threshold_scores(there, prob, steps)
    apart = (scores["recall"] - scores["precision"]).abs().clip(upper=(scores["recall"] - scores["f1"]).abs())
    at = int(apart[scores["recall"] < 0.9].idxmax())  # where no other curve is near
    screen = look(filled).open("single_vs_multi?a=demo-1&b=multi-1&moved_side=b&moved_class=ac")
    points = _points(screen, "thresholds")
    expect(points.first).to_be_attached()
    screen.main.get_by_role("heading", name="Thresholds", exact=True).scroll_into_view_if_needed()
    undefined = int(scores["precision"].isna().sum())  # precision is drawn first, and not where nothing is said
    points.nth(len(steps) - undefined + at).click(force=True)
    title = re.compile(r"ac at a threshold of 0\.\d{3}, Validation, missed \(FN\): \d+ samples")
    expect(screen.main.get_by_role("heading", name=title)).to_be_visible()
    screen.settle()
    words = screen.main.get_by_role("heading", name=title).inner_text()
    limit, n = float(words.split(",")[0].rpartition(" ")[2]), int(words.split(": ")[1].split()[0])
    assert abs(limit - steps[at]) < 0.011, "a neighbour of the point may be nearer by half a pixel"
    assert n == (there & (prob < limit)).sum() > 0
    expect(_cards(screen, "at_limit").first).to_be_visible()
    other = look(filled).open(screen.page.url.removeprefix(f"{filled.url}/"))
    expect(other.main.get_by_role("heading", name=words, exact=True)).to_be_visible()
    expect(_cards(other, "at_limit").first).to_be_visible()


def test_another_recipe_is_queued_from_a_stage(filled: App, look: Callable[[App], Screen]) -> None:
    recipe = Recipe.load("demo", {"dataset": "tiny@1", "image_size": 32}).model_dump(mode="json")
    with store.write() as connection:
        connection.execute("UPDATE runs SET recipe = ?::JSON WHERE run_id = 'demo-1'", [json.dumps(recipe)])
    weights = store.runs_root() / "demo-1" / "checkpoints" / "00-full.safetensors"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"no worker reads this")
    lock = WorkerLock()  # the app takes it for a worker, and starts none
    assert lock.acquire()
    screen = look(filled).open("stages?run=demo-1")
    screen.main.get_by_text("Try another recipe from here").click()
    form = screen.main.locator("[class*=st-key-fork]").first
    expect(form.get_by_label("After the stage")).to_have_value("full")
    screen.choose("Recipe", re.compile("^demo_control$"), within=form)
    expect(form.get_by_text("As in demo-1:")).to_be_visible()
    screen.fill("Rounds", 1, within=form)
    form.get_by_role("button", name="Train from here").click()
    expect(form.get_by_text("Queued: demo_control on tiny@1, seed 0")).to_be_visible()
    screen.shoot("fork")
    job = store.jobs().iloc[0].to_dict()
    assert (job["kind"], job["state"]) == ("train", "queued")
    assert job["args"]["fork"] == {"run_id": "demo-1", "round": 0, "stage": "full"}
    assert (jobs.plan_of(job)["name"], jobs.plan_of(job)["rounds"]) == ("demo_control", 1)
    store.request_stop(job["job_id"])
    lock.release()
