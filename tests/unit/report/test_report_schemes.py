"""Test runs on a label scheme, whose classes are not the raw labels, in report and page."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st

import report
import store
from catalog.schemes import Scheme
from report.gather import gather
from tests.unit.report.test_report import Document

RENAMED = {"ac": "abdomen", "bpd": "head", "fl": "femur"}


@pytest.fixture
def scheme(tmp_path, monkeypatch):
    """Write a scheme that gives every raw label another name; return its file."""
    monkeypatch.setenv("ODAP_ROOTS", str(tmp_path))
    rules = [{"label": raw, "class": name} for raw, name in RENAMED.items()]
    kept = {"name": "renamed", "classes": list(RENAMED.values()), "rules": rules}
    path = tmp_path / "renamed.yaml"
    path.write_text(json.dumps(kept | {"collapse": {name: raw for raw, name in RENAMED.items()}}))
    return path


@pytest.fixture
def trained(house, scheme):
    """Make runs on raw labels or on the scheme; predictions depend on the id's length alone."""
    dataset = house.dataset(classes=tuple(RENAMED), several=4)
    under = Scheme.load(scheme).apply(dataset.samples, dataset.classes)
    view = SimpleNamespace(dataset_id=dataset.dataset_id, samples=under.samples, classes=under.classes)

    def train(run_id, objective="softmax", *, on_scheme=True):
        house.complete(run_id, view if on_scheme else dataset, objective=objective)
        recipe = {"name": run_id.split("-")[0], "label_scheme": str(scheme) if on_scheme else "base"}
        with store.write() as connection:
            connection.execute("UPDATE runs SET recipe = ? WHERE run_id = ?", [json.dumps(recipe), run_id])
        return run_id

    return train


def numbers(compared):
    """Return all results of a comparison except the names of classes."""
    found = compared.claim.comparison
    frames = (found.per_class, found.overall, found.totals, found.tests)
    return np.concatenate([frame.select_dtypes("number").to_numpy().ravel() for frame in frames])


@pytest.mark.parametrize("objectives", [("softmax", "sigmoid"), ("sigmoid", "softmax"), ("sigmoid", "sigmoid")])
def test_other_names_for_classes_change_no_number_of_a_comparison(trained, objectives):
    renamed = [trained(f"new-{'x' * at}", objective) for at, objective in enumerate(objectives)]
    raw = [trained(f"raw-{'x' * at}", objective, on_scheme=False) for at, objective in enumerate(objectives)]
    new, old = gather(renamed), gather(raw)
    both = ["labels", "label"] if objectives == ("sigmoid", "sigmoid") else ["label", "labels"]
    assert [compared.claim.comparison.scoring for compared in new.comparisons] == both and not new.unknown
    for of, expected in zip(new.comparisons, old.comparisons, strict=True):
        np.testing.assert_array_equal(numbers(of), numbers(expected))
        assert [
            [RENAMED[name] for name in row] for row in expected.claim.comparison.labels
        ] == of.claim.comparison.labels
        assert (of.claim.comparison.per_class["n"] > 0).all()
    for of, expected in zip(new.runs, old.runs, strict=True):
        assert of.overall == expected.overall and of.matrix == expected.matrix
        accuracy = store.metrics([of.run["run_id"]]).query("metric == 'accuracy' and split == 'test'")["value"].iloc[-1]
        assert of.overall[0]["value"] == pytest.approx(accuracy) and accuracy > 0.3


def test_the_page_says_what_the_report_says_and_its_thresholds_know_what_is_there(trained, opened):
    pair = [trained("single-1"), trained("multi-22", "sigmoid")]
    text = Document(report.render(pair)).text
    multi = store.predictions("multi-22", 0, "full", "test")
    exact = f"{100 * multi['correct'].mean():.1f}%"
    for side in "ab":
        page = opened("single_vs_multi", a=pair[0], b=pair[1], scoring="labels", moved_side=side, moved_class="head")
        assert exact in {page.metric[1].value, page.metric[4].value} and exact in text
        effects = next(frame.value for frame in page.dataframe if "at" in frame.value)
        there = {split: store.predictions("multi-22", 0, "full", split)["targets"].map(lambda of: of[1]).sum()
                 for split in ("val", "test")}  # fmt: skip
        assert effects["n"].tolist() == [there["val"]] * 2 + [there["test"]] * 2


def test_what_nobody_knows_is_refused_in_a_sentence(trained, opened, texts, scheme):
    singles, several = [trained("single-1"), trained("single-22")], [trained(f"multi-{n}", "sigmoid") for n in (1, 22)]
    page = opened("single_vs_multi", a=singles[0], b=singles[1], scoring="labels")
    assert "under their label scheme not all labels of a sample are known" in texts(page) and not page.metric
    page = opened("single_vs_multi", a=singles[0], b=singles[1])
    assert page.metric and "not all labels of a sample are known" in texts(page), "thresholds go by all labels"
    page = opened("single_vs_multi", a=several[0], b=several[1], scoring="label")
    assert page.metric, "the scheme leads from the raw label to the class"
    st.cache_resource.clear()
    scheme.unlink()
    page = opened("single_vs_multi", a=several[0], b=several[1], scoring="label")
    assert "a sample's single label does not name one known class" in texts(page) and not page.metric
    page = opened("single_vs_multi", a=several[0], b=several[1], scoring="labels")
    assert page.metric
    text = Document(report.render(several)).text
    assert re.search("multi-1 and multi-22 are not compared on the single label .*: their label scheme", text)
    assert "not tested on the same classes" not in text and "all labels present" in text
    assert np.isnan(gather(several).runs[0].overall[0]["value"] or np.nan), "no accuracy rather than a wrong one"
