"""The confusion page: matrix, pairs with their samples, and the difference of two stages."""

from __future__ import annotations

import shutil

import pandas as pd

import store


def selected(pairs: pd.DataFrame) -> str:
    """The worst pair, as the URL names it."""
    return f"{pairs.iloc[0]['true_class']} → {pairs.iloc[0]['predicted_class']}"


def test_empty_store(house, opened, texts):
    assert "No run and no dataset yet" in texts(opened("confusion"))


def test_a_run_in_progress_without_a_stage(house, opened, texts):
    house.start("demo-1", house.dataset())
    assert "has not finished a stage yet" in texts(opened("confusion"))


def test_a_failed_run_without_a_stage(house, opened, texts):
    house.start("demo-1", house.dataset())
    store.finish_run("demo-1", "failed", "No space left.")
    assert "Resume it from Overview" in texts(opened("confusion"))


def test_a_pair_leads_to_the_samples_behind_it(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    at = opened("confusion", run="demo-1", stage="0.full")
    pairs = at.dataframe[0].value
    assert len(at.get("plotly_chart")) >= 1 and len(pairs)
    at = opened("confusion", run="demo-1", stage="0.full", pair=selected(pairs))
    worst = pairs.iloc[0]
    shown = texts(at)
    expected = f"{worst['true_class']} predicted as {worst['predicted_class']}: {worst['count']} samples"
    assert expected in shown
    assert len(at.image) == worst["count"]


def test_names_with_markup_are_shown_as_they_are(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    pairs = opened("confusion", run="demo-1", stage="0.full").dataframe[0].value
    marked = pairs[pairs["true_class"] == "<b>bpd</b>"].iloc[0]
    at = opened("confusion", run="demo-1", stage="0.full", pair=f"<b>bpd</b> → {marked['predicted_class']}")
    heading = next(element.value for element in at.subheader if "predicted as" in element.value)
    assert "\\<b\\>bpd\\</b\\>" in heading and "<b>" not in heading.replace("\\<", "")
    assert all(not element.allow_html for element in at.markdown)


def test_the_difference_of_two_stages_and_why_there_is_none(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    other = house.dataset("other", classes=("x", "y", "z"))
    house.complete("other-1", other)
    view = {"run": "demo-1", "stage": "2.refined", "stage2": "0.full"}
    assert "minus demo-1 · full" in texts(opened("confusion", **view, run2="demo-1"))
    assert "different datasets" in texts(opened("confusion", **view, run2="other-1"))
    same = {"run": "demo-1", "stage": "2.refined", "run2": "demo-1", "stage2": "2.refined"}
    assert "Choose another stage or run" in texts(opened("confusion", **same))


def test_a_multi_label_run_says_what_the_matrix_is(house, opened, texts):
    house.complete("multi-1", house.dataset(), objective="sigmoid")
    assert "top-1" in texts(opened("confusion"))


def test_missing_pictures_are_said_in_place(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    pairs = opened("confusion", run="demo-1", stage="0.full").dataframe[0].value
    shutil.rmtree(dataset.folder)
    at = opened("confusion", run="demo-1", stage="0.full", pair=selected(pairs))
    assert "are no longer at" in texts(at) and "picture missing" in texts(at)


def test_the_choice_survives_a_change_of_page(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.complete("demo-2", dataset)
    at = opened("confusion", run="demo-1", stage="1.refined")
    at.query_params.clear()
    at.switch_page("pages/hard_negatives.py").run()
    assert at.selectbox(key="pick_run").value == "demo-1"
    assert at.query_params["run"] == "demo-1"


def test_many_classes_show_the_busiest_and_the_others_and_a_click_on_others_finds_samples(house, opened, texts):
    classes = tuple(f"<i>class {i:02d}</i>" if i % 2 else f"{i:02d} " + "x" * 300 for i in range(60))
    house.complete("demo-1", house.dataset(n=540, classes=classes))
    at = opened("confusion", run="demo-1", pair="(others) → (others)")
    assert "The 12 classes with the most confusions; the other 48 are grouped as one" in texts(at)
    assert "(others) predicted as (others):" in texts(at) and len(at.image)
    assert not opened("confusion", run="demo-1", classes="all", tab="difference", stage2="0.full").error
    assert "Share of the true class that was predicted as" in texts(opened("confusion", run="demo-1", tab="trends"))


def test_a_cell_of_the_difference_leads_to_the_samples_that_moved(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    view = {"run": "demo-1", "stage": "2.refined", "run2": "demo-1", "stage2": "0.full", "moved": "ac → ac"}
    at = opened("confusion", **view)
    first, last = (
        store.predictions("demo-1", *key, "test").set_index("sample_id") for key in ((0, "full"), (2, "refined"))
    )
    was, now = (of[of["label"] == "ac"]["predicted"] == "ac" for of in (first, last))
    entered, left = int((now & ~was).sum()), int((was & ~now).sum())
    assert f"ac predicted as ac: {entered} samples entered, {left} left" in texts(at)
    assert len(at.image) == entered + left
    table = next(found.value for found in at.dataframe if "verdict" in found.value)
    row = table[(table["true_class"] == "ac") & (table["predicted_class"] == "ac")].iloc[0]
    assert (row["before"], row["after"]) == (was.sum(), now.sum())


def test_multi_label_has_a_table_a_class_and_cells_with_samples(house, opened, texts):
    house.complete("multi-1", house.dataset(), objective="sigmoid")
    at = opened("confusion", run="multi-1", tab="labels")
    table = next(found.value for found in at.dataframe if "missed" in found.value)
    n = len(store.predictions("multi-1", 0, "full", "test"))
    assert (table[["found", "missed", "false_alarm", "rightly_absent"]].sum(axis=1) == n).all()
    missed = int(table.set_index("class_name")["found"]["ac"])
    shown = opened("confusion", run="multi-1", tab="labels", labels_cell="ac · found")
    assert f"ac, found (TP): {missed} samples" in texts(shown) and len(shown.image) == missed
    house.complete("demo-1", house.dataset("other"))
    assert "exactly one class" in texts(opened("confusion", run="demo-1", tab="labels"))
