"""The tour as a meeting on real images: imported, trained on, judged, a new version made, trained again, reported."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import expect

import catalog
import store
from tests.e2e.house import App, wait_for_state
from tests.e2e.screen import Screen

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.realdata, pytest.mark.timeout(900)]

BUSI = Path(__file__).parents[3] / "shared" / "data" / "busi"
TINY = {"Image size": 32, "Rounds": 1, "Full epochs": 1}
PAGES = ("Overview", "Confusion", "Hard negatives", "Grad-CAM", "Stages", "Single vs multi", "Data", "Meeting")


def bring_in(screen: Screen) -> None:
    """Import the folder on the page *Data*, seen first."""
    screen.open("data")
    screen.press("On this machine")
    place = screen.main.get_by_role("textbox", name="Folder, zip or table")
    place.fill(f'"{BUSI}"')  # as file managers copy a path
    place.press("Enter")
    screen.settle()
    screen.main.get_by_role("button", name="Preview", exact=True).click()
    expect(screen.main.get_by_role("heading", name=re.compile("^562 images from folder"))).to_be_visible()
    screen.settle()
    assert screen.pictures() == 12
    screen.main.get_by_role("button", name="Import", exact=True).click()
    expect(screen.main.get_by_text("busi@1 is imported")).to_be_visible()


def judge(screen: Screen, verdict: str, right: str | None = None) -> str:
    """Give a verdict on the sample that the agenda shows; its id."""
    screen.press(verdict)
    if right is not None:
        screen.choose("Right label", right)
    screen.main.get_by_role("button", name="Save verdict").click()
    expect(screen.main.get_by_text(f"Kim: {verdict}")).to_be_visible()
    (last,) = store.verdicts("busi@1").sort_values("created_at")["sample_id"].tail(1)
    return str(last)


def next_sample(screen: Screen) -> None:
    """Go one further on the agenda."""
    before = screen.page.url
    screen.main.get_by_role("button", name=re.compile("^Next")).click()
    screen.page.wait_for_function("before => location.href !== before", arg=before)
    screen.settle()


def shown(screen: Screen, samples: pd.DataFrame) -> str:
    """The label of the sample that the agenda shows."""
    chosen = re.search(r"[?&]item=([0-9a-f]+)", screen.page.url)
    assert chosen is not None
    return str(samples.loc[chosen.group(1), "label"])


def test_a_meeting_on_real_images_ends_with_a_version_and_a_report(
    house: App, look: Callable[[App], Screen], tmp_path: Path
) -> None:
    if not BUSI.is_dir():
        pytest.skip("the real images of ../shared/data/busi are not here")
    screen = look(house)
    bring_in(screen)
    run_id = screen.open().train("busi", "demo", **TINY)
    job = wait_for_state(run_id, "done", "failed", "lost", seconds=400)
    assert job["state"] == "done", job["error"]

    screen.open(f"?run={run_id}")
    for title in PAGES:
        screen.go(title)
        screen.shoot(f"busi_{title.replace(' ', '_').lower()}")

    box = screen.main.get_by_role("textbox", name="Your name", exact=True)
    box.fill("Kim")
    box.press("Enter")
    screen.settle()
    excluded = judge(screen, "Unusable")
    next_sample(screen)
    first = catalog.open_dataset("busi@1").samples.set_index("sample_id")
    relabelled = judge(screen, "Label error", "malignant" if shown(screen, first) != "malignant" else "normal")
    assert relabelled != excluded
    screen.press("Decisions")
    expect(screen.main.get_by_text("1 relabelled, 1 excluded")).to_be_visible()
    screen.main.get_by_role("button", name="Make the next version of busi@1").click()
    expect(screen.main.get_by_text("busi@2 is ready")).to_be_visible()
    second = catalog.open_dataset("busi@2").samples.set_index("sample_id")
    assert len(second) == 561 and excluded not in second.index
    assert second.loc[relabelled, "label"] != first.loc[relabelled, "label"]

    again = screen.open().train("busi@2", "demo", **TINY | {"Rounds": 0})
    assert wait_for_state(again, "done", "failed", "lost", seconds=400)["state"] == "done"
    trained = store.run(again)
    assert trained is not None and trained["dataset_id"] == "busi@2"
    house.command("report", run_id, again, "--out", str(tmp_path / "report.html"))
    page = screen.page.context.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    for said in (run_id, again, "busi@2", "malignant"):
        expect(page.get_by_text(said).locator("visible=true").first).to_be_visible()  # some stand in closed folds
