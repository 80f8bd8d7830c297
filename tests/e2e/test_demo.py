"""The demo comparison at full size, from its one button to the last page; makes the pictures of the README."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

import store
from tests.e2e.house import App, wait_for_state
from tests.e2e.screen import Screen

pytestmark = [pytest.mark.e2e, pytest.mark.demo, pytest.mark.timeout(3600)]


def test_the_demo_ends_and_the_tour_can_be_walked(house: App, look: Callable[[App], Screen]) -> None:
    screen = look(house).open()
    began = time.monotonic()
    screen.page.get_by_role("button", name="Make the demo dataset").click()
    wait_for_state("phantom", "done", seconds=600)
    runs = dict(zip(store.jobs()["title"].str.split(" ").str[0], store.jobs()["run_id"], strict=True))
    wait_for_state(runs["demo"], "running", seconds=120)
    expect(screen.sidebar.get_by_text("epoch 3 of")).to_be_visible(timeout=300_000)
    screen.shoot("training")
    for recipe in ("demo", "demo_control", "demo_multi_label"):
        assert wait_for_state(runs[recipe], "done", "failed", "lost", seconds=1800)["state"] == "done"
    print(f"\nThe demo comparison took {time.monotonic() - began:.0f} s from the button to the last run's end.")

    counts = store.confusion_counts(runs["demo"], 2, "refined", "test")
    wrong = counts[counts["true_class"] != counts["predicted_class"]]
    share = wrong["n"].sum() / counts["n"].sum()
    pairs = {frozenset(("ac", "afi")), frozenset(("ac", "bpd"))}
    hard = [frozenset(pair) in pairs for pair in zip(wrong["true_class"], wrong["predicted_class"], strict=True)]
    print(f"Wrong on test: {share:.1%}, of which {wrong['n'][hard].sum() / wrong['n'].sum():.0%} in the hard pairs.")
    assert 0.08 <= share <= 0.20
    assert wrong["n"][hard].sum() > wrong["n"].sum() / 2

    screen.open().shoot("overview")
    screen.main.get_by_text("Learning curves").scroll_into_view_if_needed()
    screen.go("Confusion").shoot("confusion")
    screen.go("Hard negatives")
    screen.pictures()
    screen.main.get_by_role("heading", name="Mined samples", exact=True).scroll_into_view_if_needed()
    screen.shoot("hard_negatives")
    screen.go("Grad-CAM")
    screen.pictures()
    screen.shoot("grad_cam")
    screen.go("Single vs multi").shoot("single_vs_multi")
    screen.go("Data").main.get_by_role("tab", name="Samples").click()
    screen.pictures()
    screen.main.get_by_role("heading", name="Data", exact=True).scroll_into_view_if_needed()
    screen.shoot("data")
