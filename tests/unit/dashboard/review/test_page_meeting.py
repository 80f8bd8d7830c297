"""The meeting: an agenda, verdicts under a name, blind reading, decisions and the version made of them."""

from __future__ import annotations

import catalog
import store
from dashboard.review import revision


def judge(at, name, verdict, *, right=None, note=""):
    """Give a verdict on the chosen sample as one sits before the screen."""
    if at.text_input(key="reviewer_typed").value != name:
        at.text_input(key="reviewer_typed").set_value(name).run()
    next(group for group in at.main.get("button_group") if group.key.startswith("verdict_")).set_value(verdict).run()
    if right is not None:
        next(box for box in at.selectbox if box.key.startswith("label_")).set_value(right).run()
    at.text_area[0].set_value(note).run()
    next(button for button in at.button if button.key.startswith("save_")).click().run()
    assert not at.exception
    return at


def test_empty_store(house, opened, texts):
    assert "No run and no dataset yet" in texts(opened("meeting"))


def test_a_run_without_a_stage_and_one_that_failed_in_the_middle(house, opened, texts):
    dataset = house.dataset()
    house.start("demo-1", dataset)
    assert "has not finished a stage yet" in texts(opened("meeting", run="demo-1"))
    house.stage("demo-1", dataset, 0)
    store.finish_run("demo-1", "failed", "The disk is full.")
    at = opened("meeting", run="demo-1")
    assert "confused pairs, each pair in turn; you have judged 0 of them" in texts(at)
    assert "Enter your name above" in texts(at)


def test_a_sample_chosen_on_another_page_does_not_skip_the_agenda(house, opened, texts):
    house.complete("demo-1", house.dataset())
    first = opened("meeting", run="demo-1", split="train").selectbox(key="pick_item")
    assert len(first.options) > 1
    elsewhere = opened("meeting", run="demo-1", split="train", sample=first.options[-1].rsplit(" ", 1)[-1])
    assert elsewhere.selectbox(key="pick_item").value == first.value and "1 of " in texts(elsewhere)


def test_two_reviewers_read_blind_and_their_decision_becomes_a_version(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    at = opened("meeting", run="demo-1")
    sample = at.selectbox(key="pick_item").value
    label = dataset.samples.set_index("sample_id").loc[sample, "label"]
    right = next(name for name in dataset.classes if name != label)
    judge(at, "Kim", "label_error", right=right, note="<b>see</b> the | stomach")
    assert "**Kim**: Label error" in texts(at) and "<b>see</b> the | stomach" in texts(at)
    assert "you have judged 1 of them" in texts(at)

    other = opened("meeting", run="demo-1", item=sample)
    other.text_input(key="reviewer_typed").set_value("Lee").run()
    assert "Verdicts of others are hidden until you have given yours: 1." in texts(other) and "Kim" not in texts(other)
    judge(other, "Lee", "label_error", right=right)
    assert "**Kim**" in texts(other) and "**Lee**" in texts(other)

    decided = opened("meeting", run="demo-1", part="decisions")
    assert "1 relabelled, 0 excluded" in texts(decided)
    decided.button(key="export").click().run()
    assert not decided.exception and "tiny@2 is ready" in texts(decided)
    made = catalog.open_dataset("tiny@2")
    assert made.samples.set_index("sample_id").loc[sample, "label"] == right
    (change,) = catalog.changes_of(made)
    assert (change["by"], change["note"], change["old_label"]) == ("Kim, Lee", "<b>see</b> the | stomach", label)
    agreed = opened("meeting", run="demo-1", part="agreement")
    assert agreed.dataframe[0].value[["a", "b", "n"]].values.tolist() == [["Kim", "Lee", 1]]


def test_undo_takes_the_verdict_back_and_nothing_is_left_to_export(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    at = judge(opened("meeting", run="demo-1"), "Kim", "unusable")
    next(button for button in at.button if button.key.startswith("undo_")).click().run()
    assert not at.exception and store.verdicts(dataset.dataset_id).empty
    assert not [button for button in at.button if button.key.startswith("undo_")]
    assert "No sample has a verdict yet" in texts(opened("meeting", run="demo-1", part="decisions"))


def test_a_verdict_that_cannot_be_saved_is_said_and_what_was_typed_stays(house, opened, texts, monkeypatch):
    house.complete("demo-1", house.dataset())

    def busy(*args, **kwargs):
        raise store.StoreBusy("The store is held by another program.")

    monkeypatch.setattr("store.add_verdict", busy)
    at = judge(opened("meeting", run="demo-1"), "Kim", "ambiguous", note="keep me")
    assert "held by another program" in at.toast[0].value
    assert at.text_area[0].value == "keep me"


def test_a_large_store_with_names_of_markup_and_many_classes(house, opened, texts):
    classes = tuple(f"<b>c{i}</b>" + "x" * (300 if i == 1 else 0) for i in range(60))
    dataset = house.dataset(n=600, classes=classes)
    for run in ("a-1", "long-2"):
        house.complete(run, dataset)
    at = opened("meeting", run="a-1", agenda="100")
    table = next(frame.value for frame in at.dataframe if "why" in frame.value)
    assert len(table) == 100 and "runs disagree" in " ".join(table["why"])
    assert "<b>" in table["label"].iloc[0]


def test_export_takes_what_was_saved_a_moment_ago_and_refuses_nothing_to_do(house):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    sample = dataset.samples["sample_id"].iloc[4]
    store.add_verdict(dataset.dataset_id, sample, "Kim", "unusable")
    assert revision.export(dataset.dataset_id) == "tiny@2"
    store.add_verdict(dataset.dataset_id, sample, "Lee", "model_error")
    try:
        revision.export(dataset.dataset_id)
    except catalog.CatalogError as error:
        assert "no change" in str(error)
    else:
        raise AssertionError("reviewers differ: nothing is decided")


def test_it_is_said_that_relabelling_what_a_model_got_wrong_biases_the_test_set(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    assert "biases later scores on this test set" in texts(opened("meeting", run="demo-1", split="test"))
    assert "biases later scores" not in texts(opened("meeting", run="demo-1", split="train"))
    of_split = {split: dataset.samples[dataset.samples["split"] == split]["sample_id"] for split in ("train", "test")}
    store.add_verdict(dataset.dataset_id, of_split["train"].iloc[0], "Kim", "unusable")
    assert "bias later scores" not in texts(opened("meeting", run="demo-1", part="decisions"))
    store.add_verdict(dataset.dataset_id, of_split["test"].iloc[0], "Kim", "unusable")
    shown = texts(opened("meeting", run="demo-1", part="decisions"))
    assert "1 of these changes are to test samples" in shown and "on both versions" in shown
    revision.export(dataset.dataset_id)
    assert "on both versions" in texts(opened("data", dataset="tiny@2"))
    assert "on both versions" not in texts(opened("data", dataset="tiny@1"))
