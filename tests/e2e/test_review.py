"""The main job in a real browser: train from the sidebar, then review what the run got wrong."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

import store
from tests.e2e.house import App, wait_for_state
from tests.e2e.screen import PATIENCE, Screen

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

TINY = {
    "Image size": 48,
    "Batch size": 16,
    "Rounds": 1,
    "Full epochs": 8,  # long enough for a speed to be seen
    "Hard-negative epochs": 1,
    "Refined epochs": 1,
}


@pytest.fixture(scope="module")
def tiny(house: App) -> App:
    """The house with a small phantom in it."""
    house.command("catalog", "phantom", "--name", "tiny", "--images", "240", "--size", "64")
    return house


@pytest.fixture(scope="module")
def trained(tiny: App, browser: Browser) -> dict[str, str]:
    """A staged run and a multi-label run, started from the sidebar; the app is killed and started again meanwhile."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    screen = Screen(page, tiny.url).open()
    staged = screen.train("tiny", "demo", **TINY)
    live = screen.sidebar.locator("[class*=st-key-live_]", has_text="demo on tiny")
    expect(live).to_contain_text(re.compile(r"epoch \d of \d"), timeout=PATIENCE * 2)
    expect(live.get_by_role("progressbar")).to_be_visible()
    expect(live).to_contain_text("images/s")
    screen.shoot("training")

    context.close()
    tiny.kill()
    tiny.start()
    assert wait_for_state(staged, "running", "done")["state"] in {"running", "done"}
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    screen = Screen(page, tiny.url).open()
    multi = screen.train("tiny", "demo_multi_label", **{"Image size": 48, "Batch size": 16, "Full epochs": 2})
    for run_id in (staged, multi):
        job = wait_for_state(run_id, "done", "failed", "lost", seconds=400)
        assert job["state"] == "done", job["error"]
    context.close()
    return {"staged": staged, "multi": multi}


def test_overview_shows_the_runs_their_stages_and_curves(
    tiny: App, trained: dict[str, str], look: Callable[[App], Screen]
) -> None:
    screen = look(tiny).open(f"?run={trained['staged']}")
    expect(screen.page.get_by_role("heading", name=f"Stages of {trained['staged']}")).to_be_visible()
    expect(screen.main.get_by_text(re.compile(r"Scores on the \d+ test samples of tiny@1"))).to_be_visible()
    expect(screen.main.locator(".js-plotly-plot .scatterlayer .trace").first).to_be_visible()
    screen.shoot("overview")
    assert list(store.stages(trained["staged"])["stage"]) == ["full", "hard_negative", "refined"]


def test_confusion_shows_the_matrix_and_a_pair_leads_to_its_samples(
    tiny: App, trained: dict[str, str], look: Callable[[App], Screen]
) -> None:
    screen = look(tiny).open(f"confusion?run={trained['staged']}")
    expect(screen.main.locator(".js-plotly-plot .heatmaplayer image").first).to_be_visible()
    counts = store.confusion_counts(trained["staged"], 1, "refined", "test")
    expect(screen.main.get_by_text(f"the predicted class; {counts['n'].sum()} samples.")).to_be_visible()
    wrong = counts[counts["true_class"] != counts["predicted_class"]]
    worst = screen.main.locator("[data-testid=stDataFrame]").first
    worst.scroll_into_view_if_needed()
    worst.click(position={"x": 18, "y": 52})  # the box in front of the first pair
    heading = screen.main.get_by_role("heading", name=re.compile(r"\w+ predicted as \w+: \d+ samples"))
    expect(heading).to_be_visible()
    found = re.search(r"(\w+) predicted as (\w+): (\d+) samples", heading.inner_text())
    assert found is not None
    of_pair = wrong[(wrong["true_class"] == found[1]) & (wrong["predicted_class"] == found[2])]
    assert of_pair["n"].sum() == int(found[3])
    assert screen.pictures() == min(24, int(found[3]))
    assert f"pair={found[1]}" in screen.page.url, "the choice belongs into the URL"
    screen.shoot("confusion")

    screen.page.get_by_role("tab", name="Difference of two stages").click()
    screen.settle()
    expect(screen.main.get_by_text(re.compile(r"Share of the true class: .* minus"))).to_be_visible()
    screen.shoot("difference")


def test_hard_negatives_are_a_gallery_with_what_became_of_each(
    tiny: App, trained: dict[str, str], look: Callable[[App], Screen]
) -> None:
    mined = store.mined(trained["staged"])
    screen = look(tiny).open(f"hard_negatives?run={trained['staged']}")
    expect(screen.main.get_by_text(f"{len(mined)} of {len(mined)} mined training samples")).to_be_visible()
    assert screen.pictures() == min(24, len(mined))
    hardest = screen.main.locator("[class*=st-key-mined_]", has_text=str(mined["sample_id"].iloc[0])).first
    true, rival, said = mined[["true_class", "rival_class", "predicted"]].iloc[0]
    expect(hardest).to_contain_text(f"{true}, nearest rival {rival}, predicted {said}")
    expect(hardest).to_contain_text("refined")
    screen.shoot("hard_negatives")

    hardest.get_by_role("link", name="Grad-CAM").click()
    expect(screen.page.get_by_role("heading", name="Grad-CAM", exact=True)).to_be_visible()
    screen.settle()
    assert f"sample={mined['sample_id'].iloc[0]}" in screen.page.url
    assert screen.pictures() >= 1 + 2 * 1, "the sample, and a map of at least one class at two stages or more"
    screen.shoot("grad_cam")


def test_maps_of_any_other_sample_are_made_on_demand(
    tiny: App, trained: dict[str, str], look: Callable[[App], Screen]
) -> None:
    run_id = trained["staged"]
    mapped = set(store.cams(run_id)["sample_id"])
    other = next(i for i in store.samples("tiny@1")["sample_id"] if i not in mapped)
    screen = look(tiny).open(f"grad_cam?run={run_id}&source=id&sample={other}")
    expect(screen.main.get_by_text("Maps of this sample have not been computed yet.")).to_be_visible()
    screen.page.get_by_role("button", name="Compute maps").click()
    assert wait_for_state("explain", "done", "failed", "lost")["state"] == "done"
    expect(screen.main.locator("[data-testid=stImage] img").nth(3)).to_be_visible()
    screen.settle()
    assert screen.pictures() >= 4, "the sample and a map at each of three stages"
    assert set(store.cams(run_id, other)["stage"]) == {"full", "hard_negative", "refined"}


def test_single_and_multi_label_stand_side_by_side(
    tiny: App, trained: dict[str, str], look: Callable[[App], Screen]
) -> None:
    screen = look(tiny).open(f"single_vs_multi?a={trained['staged']}&b={trained['multi']}")
    n_test = len(store.predictions(trained["multi"], 0, "full", "test"))
    expect(screen.main.get_by_text(re.compile(rf"{n_test} test samples of \d+ patients"))).to_be_visible()
    expect(screen.main.get_by_text(re.compile(r"95% CI [+-]\d+\.\d to [+-]\d+\.\d")).first).to_be_visible()
    expect(screen.main.locator(".js-plotly-plot .barlayer .trace").first).to_be_visible()
    screen.press("All labels present (each run's thresholds)")
    expect(screen.main.get_by_text("All labels right, A")).to_be_visible()
    screen.shoot("single_vs_multi")


@pytest.mark.long  # the job is in tests/unit/trainer/test_trainer_after.py, the page in tests/unit/dashboard/grad_cam
def test_maps_are_scored_at_a_button_and_a_grid_of_samples_leads_to_one(
    tiny: App, trained: dict[str, str], look: Callable[[App], Screen]
) -> None:
    run_id = trained["staged"]
    screen = look(tiny).open(f"grad_cam?run={run_id}")
    screen.page.get_by_role("tab", name="Scores and shortcuts").click()
    screen.page.get_by_role("button", name="Compute scores").click()
    expect(screen.main.get_by_text("Scoring the maps of every stage…")).to_be_visible()
    heading = screen.main.get_by_role("heading", name="Do the maps localise the annotated structure?")
    expect(heading.or_(screen.main.get_by_text("The scores could not"))).to_be_visible(timeout=6 * PATIENCE)
    ended = wait_for_state("explain", "done", "failed", "lost", seconds=400)
    assert ended["state"] == "done", ended["error"]
    screen.open(f"grad_cam?run={run_id}&cam_view=scores")
    expect(heading).to_be_visible()
    expect(screen.main.get_by_text(re.compile(r"Pointing game at 1 refined: .* baseline"))).to_be_visible()
    assert set(store.map_scores(run_id)["stage"]) == {"full", "hard_negative", "refined"}
    assert "cam_view=scores" in screen.page.url, "the choice belongs into the URL"
    screen.shoot("map_scores")

    screen.page.get_by_role("tab", name="Averages by class").click()
    screen.settle()
    expect(screen.main.get_by_text(re.compile(r"mean of \d+")).first).to_be_visible()
    assert screen.pictures() >= 3
    screen.shoot("averages")

    screen.page.get_by_role("tab", name="Several samples").click()
    screen.press("Mined")
    hardest = store.mined(run_id).sort_values("margin", kind="stable").iloc[0]
    screen.main.get_by_role("link", name=str(hardest["label"]), exact=True).first.click()
    expect(screen.page.get_by_role("heading", name="Sample", exact=True)).to_be_visible()
    assert f"sample={hardest['sample_id']}" in screen.page.url


def test_a_stopped_run_is_said_to_be_stopped_and_resumes(
    tiny: App, trained: dict[str, str], look: Callable[[App], Screen]
) -> None:
    screen = look(tiny).open()
    run_id = screen.train("tiny", "demo_control", **(TINY | {"Full epochs": 40}))
    card = screen.sidebar.locator("[class*=st-key-live_]", has_text="demo_control on tiny")
    expect(card).to_contain_text(re.compile(r"epoch \d+ of 40"), timeout=PATIENCE * 2)
    card.get_by_role("button", name="Stop").click()
    wait_for_state(run_id, "stopped")
    epochs = len(store.epochs([run_id]))
    screen.open(f"?run={run_id}")
    expect(screen.main.get_by_text(f"Run {run_id} was stopped.")).to_be_visible()
    screen.main.get_by_role("button", name="Resume").click()
    wait_for_state(run_id, "running")
    expect(screen.sidebar.locator("[class*=st-key-live_]", has_text="demo_control on tiny")).to_be_visible()
    house_command = tiny.command("jobs", "stop", run_id)
    assert run_id in house_command
    wait_for_state(run_id, "stopped")
    assert len(store.epochs([run_id])) >= epochs
    assert "sound" in tiny.command("store", "check")
