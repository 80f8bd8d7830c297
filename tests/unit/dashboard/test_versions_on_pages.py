"""Runs of two versions of a dataset, on every page that takes two runs and in the report."""

from __future__ import annotations

import pytest

import catalog
import report
from tests.unit.dashboard.test_pages_agree import headline
from tests.unit.report.test_report import Document

NEWER = "tiny@1 and tiny@2 have 29 test samples in common, and the runs are compared on these, by the labels of tiny@2."
CHANGED = "In tiny@2, 1 of them are relabelled. Left out: 1 excluded from tiny@2."


@pytest.fixture
def versions(house):
    """A run on each of two versions: of the test samples one is relabelled and one excluded in the newer."""
    older = house.dataset(classes=("ac", "bpd", "fl"))
    test = older.samples[older.samples["split"] == "test"].reset_index(drop=True)
    relabelled = test.loc[0, "sample_id"]
    other = next(name for name in older.classes if name != test.loc[0, "label"])
    changes = [
        catalog.SampleChange(relabelled, "relabelled", other, by="Kim"),
        catalog.SampleChange(test.loc[1, "sample_id"], "excluded", by="Kim"),
    ]
    newer = house.register(catalog.revise("tiny", changes))
    house.complete("demo-1", older)
    house.complete("demo-22", newer)
    return relabelled, test.loc[1, "sample_id"]


def test_pages_and_report_say_the_same_of_two_versions(versions, opened, texts):
    relabelled, _ = versions
    pages = {"single_vs_multi": {"a": "demo-1", "b": "demo-22"}, "stages": {"run": "demo-22", "control": "demo-1"}}
    for ruler, named in (("newer", NEWER), ("older", NEWER.replace("tiny@2.", "tiny@1."))):
        told = set()
        for page, view in pages.items():
            at = opened(page, labels_of=ruler, **view)
            said = texts(at)
            assert f"{named} {CHANGED}" in said, page
            told.add(headline(at))
            assert at.session_state["pick_labels_of"] == ruler
        (sentence,) = told
        assert "demo (tiny@2)" in sentence and "demo (tiny@1)" in sentence
        text = Document(report.render(["demo-1", "demo-22"])).text
        assert sentence in text and f"{named} {CHANGED}" in text and relabelled in text
    said = texts(opened("stages", **pages["stages"]))
    assert "This run is not a control" in said and "dataset" in said and "cannot be subtracted" in said
    assert "mining hard negatives" not in said


def test_matrices_of_two_versions_are_subtracted(versions, opened, texts):
    said = texts(opened("confusion", run="demo-22", run2="demo-1", tab="difference"))
    assert f"{NEWER} {CHANGED}" in said and "29 samples on both sides" in said
    on_training = texts(opened("confusion", run="demo-22", run2="demo-1", tab="difference", split="train"))
    assert "30 training samples in common" in on_training and "none is left out" in on_training


def test_what_was_changed_can_be_seen(versions, opened):
    relabelled, excluded = versions
    for kind, sample in (("relabelled", relabelled), ("excluded", excluded)):
        cards = [part.value for part in opened("single_vs_multi", a="demo-1", b="demo-22", changed=kind).caption]
        (card,) = [card for card in cards if f"`{sample}`" in card and "p 0" not in card]
        assert ("→" in card) == (kind == "relabelled")


def test_one_version_says_nothing_of_versions(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.complete("demo-22", dataset)
    at = opened("single_vs_multi", a="demo-1", b="demo-22", labels_of="older")
    assert "in common" not in texts(at) and "pick_labels_of" not in at.session_state


def test_datasets_of_two_names_are_refused_in_one_sentence(house, opened, texts):
    house.complete("demo-1", house.dataset())
    house.complete("demo-22", house.dataset("other"))
    refused = "were trained on different datasets (tiny@1 and other@1); choose two runs of one dataset."
    assert refused in texts(opened("single_vs_multi", a="demo-1", b="demo-22"))
    assert refused in Document(report.render(["demo-1", "demo-22"])).text
