"""The sample view: all that is known of one sample, whatever is missing, and the next one of its gallery."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import store
from dashboard.charts import sample_figures
from dashboard.widgets import outlines
from dashboard.widgets.gallery import LISTS


def test_nothing_chosen_a_strange_sample_and_a_run_that_is_gone_are_sentences(house, opened, texts):
    assert "No sample is chosen" in texts(opened("sample"))
    house.complete("demo-1", house.dataset())
    assert "is not part of the dataset of run demo-1" in texts(opened("sample", run="demo-1", sample="<b>no</b>"))
    assert "There is no run gone-<i>1 here" in texts(opened("sample", run="gone-<i>1", sample="x"))


@pytest.mark.parametrize("stages", [0, 2])
def test_a_half_finished_run_shows_what_there_is(house, opened, texts, stages):
    dataset = house.dataset()
    house.start("demo-1", dataset)
    for position in range(stages):
        house.stage("demo-1", dataset, position)
    shown = texts(opened("sample", run="demo-1", sample=dataset.samples["sample_id"].iloc[0]))
    assert ("No stage of this run has predicted this sample yet." in shown) == (stages == 0)
    assert "No verdict yet." in shown and "annotated ac" in shown


def test_a_mined_sample_with_a_lost_picture_shows_its_history_and_its_verdicts_to_those_who_gave_one(
    house, opened, texts
):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    mined = store.mined("demo-1").iloc[0]
    sample = str(mined["sample_id"])
    store.add_verdict(dataset.dataset_id, sample, "<i>Kim</i>", "ambiguous", note="<script>alert(1)</script> *bold*")
    dataset.image_path(sample).unlink()
    at = opened("sample", run="demo-1", sample=sample)
    assert "The picture is missing or cannot be read" in texts(at)
    assert "Verdicts of others are hidden until you have given yours: 1." in texts(at) and "alert" not in texts(at)
    table = next(frame.value for frame in at.dataframe if "margin" in frame.value)
    assert table["round"].tolist()[0] == mined["round"] and set(table["run_id"]) == {"demo-1"}
    at.text_input(key="reviewer_typed").set_value("<i>Kim</i>").run()
    assert not at.exception
    assert "**<i>Kim</i>**: Ambiguous" in texts(at) and "<script>alert(1)</script> *bold*" in texts(at)
    assert not [caption for caption in at.main.get("html")], "data is only ever Markdown with everything escaped"


def test_next_and_previous_walk_the_gallery_that_it_was_opened_from(house, opened):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    at = opened("hard_negatives", run="demo-1")
    lists = at.session_state[LISTS]
    name, ids = next((name, ids) for name, ids in lists.items() if len(ids) > 2)
    at.query_params.update({"run": "demo-1", "sample": ids[0], "list": name})
    at.switch_page("pages/sample.py").run()
    assert at.button(key="sample_Left").disabled
    at.button(key="sample_Right").click().run()
    assert not at.exception
    assert at.query_params["sample"] in (ids[1], [ids[1]])
    at.button(key="sample_Left").click().run()
    assert at.query_params["sample"] in (ids[0], [ids[0]])


def test_the_picture_has_its_boxes_where_they_are_and_what_is_no_box_is_left_out():
    listed = [{"label": "<b>x</b>", "x": 3, "y": 4, "w": 10, "h": 5.5}, {"label": "half", "x": 1}, 7]
    found = outlines.boxes(json.dumps(listed))
    assert len(found) == 1 and outlines.boxes(None) == [] and outlines.boxes("{") == [] and outlines.boxes("7") == []
    figure = sample_figures.picture(b"png", (640, 480), found)
    box = figure.data[0]
    assert box.x[:5] == (3, 13, 13, 3, 3) and box.y[:5] == (4, 4, 9.5, 9.5, 4) and box.text[0] == "&lt;b&gt;x&lt;/b&gt;"
    assert figure.layout.yaxis.range == (480, 0) and figure.layout.images[0].sizex == 640


def test_a_line_a_class_the_true_one_always_and_thick():
    stages = pd.DataFrame({"position": [0, 1], "round": [0, 1], "stage": ["full", "refined"]})
    classes = pd.DataFrame({"class_name": [f"c{i}" for i in range(9)], "height": np.linspace(0, 0.8, 9)})
    probs = stages.merge(classes, how="cross").assign(prob=lambda frame: frame["height"])
    figure = sample_figures.class_probs(probs, "c0", at_most=4)
    assert [line.name for line in figure.data] == ["c0", "c8", "c7", "c6"]
    assert figure.data[0].line.width > figure.data[1].line.width and "5 less likely" in figure.layout.title.text
    assert sample_figures.class_probs(probs[:0], "c0").layout.annotations[0].text


def test_neighbours_are_training_samples_with_their_labels_and_a_run_without_them_says_so(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    samples, classes = dataset.samples, list(dataset.classes)
    sample = samples[(samples["split"] == "test") & (samples["label"] == "ac")].iloc[0]
    other = samples["sample_id"].iloc[0]
    assert "stored no features of this sample" in texts(opened("sample", run="demo-1", sample=other))
    seen = np.eye(3)[[classes.index(label) for label in samples["label"]]] + 0.01 * np.arange(90)[:, None]
    store.save_embeddings("demo-1", 4, "refined", samples["sample_id"].to_numpy(object), [seen])
    at = opened("sample", run="demo-1", sample=sample["sample_id"])
    listed = next(ids for name, ids in at.session_state[LISTS].items() if name.startswith("neighbours"))
    known = samples.set_index("sample_id").loc[listed]
    assert len(listed) == 8 and set(known["split"]) == {"train"} and set(known["label"]) == {"ac"}
    said = store.predictions("demo-1", 2, "refined", "train").set_index("sample_id").loc[listed]
    assert f"8 are labelled ac too, {int(said['correct'].sum())} are predicted correctly" in texts(
        at
    ) and "cosine similarity 1.00" in texts(at)


def test_the_history_of_being_mined_tells_rival_prediction_and_both_outcomes(house, opened):
    house.complete("demo-1", house.dataset())
    mined = store.mined("demo-1", 1).iloc[0]
    with store.write() as connection:
        connection.execute(
            "INSERT INTO ledger SELECT run_id, round, sample_id, reason, true_class, rival_class, 3, margin, 0.1, "
            "'fixed', 'still_wrong', 3 FROM mined WHERE round = 1"
        )
    at = opened("sample", run="demo-1", sample=str(mined["sample_id"]))
    table = next(frame.value for frame in at.dataframe if "outcome" in frame.value)
    of_round = table[table["round"] == 1]
    assert of_round[["outcome_hard", "outcome"]].to_numpy().tolist() == [["fixed", "still wrong"]]
    assert of_round[["rival_class", "predicted"]].to_numpy().tolist() == [[mined["rival_class"], mined["predicted"]]]
    assert table[table["round"] != 1]["outcome"].isna().all()
