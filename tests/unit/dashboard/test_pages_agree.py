"""All pages, the report and the files say the same of one pair of runs, in the same words."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

import report
import store
from comparisons.claim import with_verdict_names
from comparisons.sentence_texts import SENTENCE_TEXTS
from dashboard.widgets import downloads
from tests.unit.report.test_report import Document


def headline(page):
    """The sentence of a page, without Markdown."""
    told = next(part.value for part in page.markdown if part.value.startswith("#### "))
    return re.sub(r"\\(.)", r"\1", told.removeprefix("#### "))


def paired(house, seeds=(0, 1, 2), **recipe):
    """Train a staged recipe and its control with some seeds; what a run says depends on its id's length."""
    dataset = house.dataset(n=300, classes=("ac", "bpd", "fl"))
    for seed in seeds:
        for name, kind in (("demo", {}), ("control", {"control": True})):
            run_id = house.complete(f"{name}-{'x' * (3 * seed + (name == 'demo'))}{seed}", dataset, **kind)
            with store.write() as connection:
                connection.execute("UPDATE runs SET seed = ? WHERE run_id = ?", [seed, run_id])
    return f"demo-x{seeds[0]}", f"control-{seeds[0]}"


@pytest.mark.parametrize(("seeds", "language"), [((0, 1, 2), "en"), ((0, 1, 2), "ko"), ((0,), "en")])
def test_pages_report_and_files_agree_on_one_pair(house, opened, texts, seeds, language):
    demo, control = paired(house, seeds)
    stages = opened("stages", run=demo, control=control, lang=language)
    versus = opened("single_vs_multi", a=control, b=demo, lang=language)
    told = headline(stages)
    assert headline(versus) == told
    text = Document(report.render([demo, control], language)).text
    assert told in text, "the report has the control first, as Stages has"
    assert (SENTENCE_TEXTS[language]["one_seed"] in told) == (len(seeds) == 1)
    tables = [next(f.value for f in page.dataframe if "simultaneous_low" in f.value) for page in (stages, versus)]
    pd.testing.assert_frame_equal(*tables)
    words = {name for key, name in SENTENCE_TEXTS[language].items() if key.startswith("verdict_")}
    assert set(tables[0]["verdict"]) <= words
    file = downloads.csv(with_verdict_names(tables[0].assign(verdict="better"), language)).decode("utf-8-sig")
    assert SENTENCE_TEXTS[language]["verdict_better"] in file
    for verdict in tables[0]["verdict"]:
        assert verdict in text
    mining = next(part.value for part in stages.markdown if part.value.startswith("**")).strip("*")
    assert re.sub(r"\\(.)", r"\1", mining) in text, "what it means for mining"


def test_a_leaderboard_ranks_only_what_a_comparison_with_three_seeds_tells_apart(house, opened):
    demo, control = paired(house)
    told = headline(opened("single_vs_multi", a=control, b=demo))
    board = next(frame.value for frame in opened().dataframe if "rank" in frame.value)
    if "Overall: not settled" in told or "equivalent" in told.split(".")[0]:
        assert board["rank"].tolist() == ["1–2", "1–2"]
    else:
        assert board["rank"].tolist() == ["1", "2"]


def test_recipes_of_other_classes_are_not_ranked_together(house, opened):
    paired(house)
    with store.write() as connection:
        connection.execute("UPDATE runs SET classes = ['x', 'bpd', 'fl'] WHERE control")
    board = next(frame.value for frame in opened().dataframe if "rank" in frame.value)
    assert len(board) == 2 and board["rank"].isna().all()


def test_with_one_seed_the_leaderboard_ranks_nothing(house, opened):
    paired(house, (0,))
    board = next(frame.value for frame in opened().dataframe if "rank" in frame.value)
    assert board["rank"].isna().all()


def test_the_margin_is_in_the_url_and_rules_every_page(house, opened):
    demo, control = paired(house)
    for page, view in (("stages", {"run": demo, "control": control}), ("single_vs_multi", {"a": control, "b": demo})):
        at = opened(page, margin="20", **view)
        assert "equivalent within 20 points" in headline(at), page
        assert at.number_input(key="pick_margin_amount").value == 20
        assert "equivalent within 20 points" not in headline(opened(page, margin="nonsense", **view))
    assert "equivalent within 20 points" in Document(report.render([demo, control], margin=0.2)).text


def test_the_page_names_the_right_control_among_six_candidates(house, opened, texts):
    dataset = house.dataset()
    own = {"name": "demo", "objective": "softmax", "rounds": 2, "control": False, "confidence_filter": None, "lr": 0.1}
    house.complete("demo-1", dataset)
    others = {
        "right": {"control": True, "miner": {"name": "other"}},  # a miner has no effect in a control
        "filtered": {"control": True, "confidence_filter": 0.8},
        "slower": {"control": True, "lr": 0.01},
        "mines": {"control": False, "focus": {"failed": 0.5}},
        "plain": {"control": False, "rounds": 0},
        "single": {"control": True, "rounds": 1},
    }
    recipes = {"demo-1": own} | {f"{name}-1": own | changes for name, changes in others.items()}
    for run_id, recipe in recipes.items():
        if run_id != "demo-1":
            house.complete(run_id, dataset, control=bool(recipe["control"]))
        with store.write() as connection:
            connection.execute("UPDATE runs SET recipe = ? WHERE run_id = ?", [json.dumps(recipe), run_id])
    at = opened("stages", run="demo-1")
    assert at.selectbox(key="pick_control").value == "right-1" and "Equal-budget control" in texts(at)
    at = opened("stages", run="demo-1", control="filtered-1")
    said = texts(at)
    assert "This run is not a control" in said and "confidence_filter" in said
    assert "Equal-budget control" not in said and "mining hard negatives" not in said and "equal-budget" not in said
    with store.write() as connection:
        connection.execute("DELETE FROM stages WHERE run_id = 'right-1'")
    at = opened("stages", run="demo-1")
    assert at.selectbox(key="pick_control").value == "" and "No control of this run was trained" in texts(at)
    assert at.button(key="train_control")


def test_a_run_against_itself_under_another_seed_is_named_so(house, opened):
    demo, _ = paired(house)
    other = "demo-xxxx1"
    told = headline(opened("single_vs_multi", a=demo, b=other))
    assert "Two runs of demo, with seeds 0 and 1" in told and "better" not in told
    assert told in Document(report.render([demo, other])).text


def test_a_sigmoid_run_has_its_page(house, opened, texts):
    dataset = house.dataset()
    for name, control in (("multi", False), ("multic", True)):
        run_id = house.complete(f"{name}-1", dataset, control=control)
        recipe = {"name": name, "objective": "sigmoid", "rounds": 2, "control": control}
        with store.write() as connection:
            connection.execute(
                "UPDATE runs SET objective = 'sigmoid', recipe = ? WHERE run_id = ?", [json.dumps(recipe), run_id]
            )
            connection.execute("UPDATE stages SET thresholds = [0.5, 0.5, 0.5] WHERE run_id = ?", [run_id])
    at = opened("stages", run="multi-1")
    assert at.selectbox(key="pick_control").value == "multic-1"
    assert "all labels right" in headline(at) and "top-1 accuracy" in headline(at)


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 2)])
def test_no_page_claims_more_than_the_headline(house, opened, texts, seeds):
    """Of recipes and of mining only the headline and what it means for mining speak; other pages point to it."""
    demo, control = paired(house, seeds)
    told = headline(opened("single_vs_multi", a=control, b=demo))
    stage = "2.refined"
    views = {
        "overview": {"run": demo},
        "confusion": {"run": demo, "stage": stage, "run2": control, "stage2": stage, "tab": "difference"},
        "hard_negatives": {"run": demo},
        "grad_cam": {"run": demo},
        "single_vs_multi": {"a": control, "b": demo},
        "stages": {"run": demo, "control": control},
    }
    for page, view in views.items():
        said = texts(opened(page, **view))
        for claim in re.findall(r"[\w ]*(?:demo|control) is better[^.;]*", said):
            assert claim in told, f"{page} says {claim!r}, and the headline does not"
        for words in ("Mining helped", "Mining fixed", "mining helps", "did harm"):
            assert words not in said.replace("The page Stages shows whether mining helps", "") or page == "stages", page
    changed = opened("confusion", **views["confusion"])
    assert "single runs" in texts(changed) and "Single vs multi" in texts(changed)
    verdicts = {"better", "worse", "not settled"}
    assert set(next(f.value for f in changed.dataframe if "together_low" in f.value)["verdict"]) <= verdicts
