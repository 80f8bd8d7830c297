"""The hard-negatives page: the gallery with every stage's answer, its filters, and why there may be nothing."""

from __future__ import annotations

import json
import re

import pytest

import store
from tests.unit.dashboard.conftest import CLASSES


def test_empty_store(house, opened, texts):
    assert "No run and no dataset yet" in texts(opened("hard_negatives"))


def test_a_half_finished_run(house, opened, texts):
    dataset = house.dataset()
    house.start("demo-1", dataset)
    assert "has not finished a stage yet" in texts(opened("hard_negatives"))
    house.stage("demo-1", dataset, 0)
    shown = texts(opened("hard_negatives"))
    assert "mined training samples" in shown and "appears here" in shown


@pytest.mark.parametrize(
    ("kind", "said"), [({"control": True}, "equal-budget control"), ({"objective": "sigmoid"}, "multi-label")]
)
def test_runs_that_do_not_mine_say_why(house, opened, texts, kind, said):
    house.complete("demo-1", house.dataset(), **kind)
    assert said in texts(opened("hard_negatives"))


def test_cards_show_classes_probability_margin_and_later_answers(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    mined = store.mined("demo-1")
    of_round = mined[mined["round"] == 1]
    at = opened("hard_negatives", run="demo-1", round="1")
    shown = texts(at)
    assert f"{len(of_round)} of {len(of_round)} mined training samples" in shown
    hardest = of_round.sort_values("margin").iloc[0]
    true, rival, said = hardest[["true_class", "rival_class", "predicted"]]
    assert f"**{true}**, nearest rival **{rival}**, predicted **{said}**" in shown and said != true
    assert f"margin {hardest['margin']:.2f}" in shown and "1&nbsp;hard&nbsp;" in shown
    assert len(at.image) == min(24, len(of_round))
    assert len(at.get("plotly_chart")) == 2


def test_the_pair_filter_keeps_that_pair_only(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    mined = store.mined("demo-1")
    of_round = mined[mined["round"] == 1]
    pair = (of_round["true_class"] + " | " + of_round["rival_class"]).iloc[0]
    at = opened("hard_negatives", run="demo-1", round="1", mined_pair=pair)
    kept = int((of_round["true_class"] + " | " + of_round["rival_class"] == pair).sum())
    assert f"{kept} of {len(of_round)} mined" in texts(at)


def nearly_wrong(run_id):
    """Mine for round 1 a sample that the full stage had right, as miners do with near failures; its row."""
    said = store.predictions(run_id, 0, "full", "train")
    row = said[said["correct"]].iloc[0]
    rival = next(name for name in CLASSES if name != row["label"])
    with store.write() as connection:
        connection.execute(
            "INSERT INTO mined VALUES (?, 1, ?, ?, ?, 0.05, 0.4, 'nearly wrong')",
            [run_id, row["sample_id"], row["label"], rival],
        )
    return row.to_dict() | {"rival": rival}


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "**{true}**, nearest rival **{rival}**, predicted **{true}**"),
     ("ko", "정답 **{true}**, 경쟁 **{rival}**, 예측 **{true}**")],
)  # fmt: skip
def test_a_nearly_wrong_sample_was_predicted_right_and_no_page_says_its_rival_was_predicted(
    house, opened, texts, lang, words
):
    house.complete("demo-1", house.dataset())
    mined = nearly_wrong("demo-1")
    at = opened("hard_negatives", run="demo-1", round="1", reason="nearly wrong", lang=lang)
    assert words.format(true=mined["label"], rival=mined["rival"]) in texts(at)
    listed = opened("grad_cam", run="demo-1", source="mined", lang=lang).selectbox(key="pick_sample").options
    option = next(option for option in listed if option.startswith(mined["sample_id"]))
    expected = words.replace("정답 **{true}**", f"{mined['sample_id']} · 정답 **{{true}}**")
    expected = expected if lang == "ko" else f"{mined['sample_id']} · {expected}"
    assert option == expected.replace("*", "").format(true=mined["label"], rival=mined["rival"])
    at = opened("sample", run="demo-1", sample=mined["sample_id"], lang=lang)
    table = next(frame.value for frame in at.dataframe if "margin" in frame.value)
    assert table.iloc[0][["true_class", "rival_class", "predicted"]].tolist() == [
        mined["label"], mined["rival"], mined["label"],
    ]  # fmt: skip


def test_a_run_that_mines_out_of_fold_says_whose_reason_it_is(house, opened, texts):
    house.complete("demo-1", house.dataset())
    with store.write() as connection:
        connection.execute("UPDATE runs SET recipe = ?", [json.dumps({"miner": {"predictions": "out_of_fold"}})])
    assert "quick models that never saw the patient" in texts(opened("hard_negatives", run="demo-1"))


def test_a_sample_that_was_fixed_and_lost_again_is_told_below_the_flow(house, opened, texts):
    house.complete("demo-1", house.dataset())
    shown = texts(opened("hard_negatives", run="demo-1", flow_of="test"))
    assert re.search(r"Samples became newly wrong \d+ times\. In \d+ of these cases an earlier stage had fixed", shown)


RECIPE = {"name": "demo", "rounds": 2, "control": False, "seed": 0, "refined": {"epochs": 1}}


def same_recipe(run_id, **changes):
    with store.write() as connection:
        connection.execute("UPDATE runs SET recipe = ? WHERE run_id = ?", [json.dumps(RECIPE | changes), run_id])


@pytest.mark.parametrize("round_", [1, 2])
def test_fixed_stands_beside_what_the_control_has_right_of_the_same_samples_at_the_same_moment(
    house, opened, texts, round_
):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.complete("ctrl-1", dataset, control=True)  # names of one length: the same answers, but for what follows
    same_recipe("demo-1")
    same_recipe("ctrl-1", control=True, miner={"name": "errors"})
    mining, closing = ((0, "full"), (round_, "refined")) if round_ == 1 else ((1, "refined"), (2, "refined"))
    mined = store.mined("demo-1", round_)
    before, after = (
        store.predictions("demo-1", *at, "train").set_index("sample_id")["correct"][mined["sample_id"]]
        for at in (mining, closing)
    )
    with store.write() as connection:  # the control gets one of them right that the run does not, or the other way
        turned = str(mined["sample_id"].iloc[0])
        connection.execute(
            "UPDATE predictions SET correct = NOT correct WHERE run_id = 'ctrl-1' AND sample_id = ? AND round = ? "
            "AND stage = ?",
            [turned, *closing],
        )
    n, fixed = int((~before).sum()), int((~before & after).sum())
    of_control = fixed + (-1 if after[turned] else 1)
    at = opened("hard_negatives", run="demo-1", round=str(round_))
    shown = texts(at)
    assert (
        f"Of the {n} samples that this run mined while they were wrong, {n} were wrong in the control ctrl-1 too."
        in shown
    )
    assert "Too few patients differ between the two runs" in shown and "(1 patients differ; at least 6" in shown
    table = next(frame.value for frame in at.dataframe if "n_fixed" in frame.value)
    assert table[["run_id", "n_wrong", "n_fixed"]].to_numpy().tolist() == [
        ["demo-1", n, fixed], ["ctrl-1", n, of_control],
    ]  # fmt: skip
    assert table["share"].tolist() == pytest.approx([100 * fixed / n, 100 * of_control / n])
    assert "regression to the mean" in shown
    shown = texts(opened("hard_negatives", run="demo-1", round=str(round_), lang="ko"))
    assert "평균으로의 회귀" in shown and f"{n}개는 대조군 ctrl-1도 틀렸습니다" in shown


def test_without_its_control_a_run_says_that_some_are_fixed_anyway_and_never_takes_another_run_for_it(
    house, opened, texts
):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.complete("ctrl-1", dataset, control=True)
    same_recipe("demo-1")
    same_recipe("ctrl-1", control=True, confidence_filter=0.8)
    shown = texts(opened("hard_negatives", run="demo-1", round="1"))
    assert "this run has no control on tiny@1" in shown and "are right after the round (" in shown
    assert "ctrl-1" not in shown


def test_before_the_round_or_the_control_has_ended_the_page_says_which_is_awaited(house, opened, texts):
    dataset = house.dataset()
    house.start("demo-1", dataset)
    house.stage("demo-1", dataset, 0)
    house.start("ctrl-1", dataset, control=True)
    same_recipe("demo-1")
    same_recipe("ctrl-1", control=True)
    assert "The round has not finished yet" in texts(opened("hard_negatives", run="demo-1"))
    house.stage("demo-1", dataset, 1)
    house.stage("demo-1", dataset, 2)
    assert "control ctrl-1 has not reached the end" in texts(opened("hard_negatives", run="demo-1", round="1"))


def test_a_recipe_without_refined_stages_ends_its_round_with_the_hard_one(house, opened, texts):
    dataset = house.dataset()
    house.start("demo-1", dataset)
    for position in (0, 1):
        house.stage("demo-1", dataset, position)
    same_recipe("demo-1", refined={"epochs": 0})
    assert "are right after the round (" in texts(opened("hard_negatives", run="demo-1", round="1"))
