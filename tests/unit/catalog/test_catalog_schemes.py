"""Built-in label schemes work, bad ones are refused, collapsed runs score on base labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from analysis.metrics import decide, stage_metrics
from catalog import CatalogError
from catalog.phantom import CLASSES
from catalog.schemes import Scheme, available

PLANES = ("ac", "bpd", "fl", "afi", "crl")
GOOD = {
    "name": "two",
    "classes": ["x", "no_x", "y"],
    "rules": [
        {"label": "x", "has": ["caliper"], "class": "x"},
        {"label": "x", "lacks": ["text"], "class": "no_x"},
        {"label": "y", "class": "y"},
    ],
    "collapse": {"x": "x", "no_x": "x", "y": "y"},
}


@pytest.fixture(autouse=True)
def allowed(tmp_path, monkeypatch):
    """Make a folder whose files may be read."""
    monkeypatch.setenv("ODAP_ROOTS", str(tmp_path / "allowed"))
    (tmp_path / "allowed").mkdir()
    return tmp_path / "allowed"


def table(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["label", "labels", "marks"]).assign(key=range(len(rows)))


def scheme(**changes) -> Scheme:
    return Scheme.model_validate(GOOD | changes)


def test_base_leaves_any_dataset_as_it_is():
    samples = table(("cat", ["cat", "dog"], []))
    labelled = Scheme.load("base").apply(samples, ("cat", "dog"))
    pd.testing.assert_frame_equal(labelled.samples, samples)
    assert (labelled.classes, labelled.n_left_out) == (("cat", "dog"), 0)
    probs = np.array([[0.2, 0.9]])
    assert Scheme.load("base").collapse(probs, "sigmoid", ("cat", "dog")) is probs


def test_the_first_rule_that_fits_decides_and_what_fits_none_is_left_out():
    labelled = scheme().apply(
        table(
            ("x", ["x", "y"], ["caliper", "text"]),
            ("x", ["x"], []),
            ("x", ["x"], ["text"]),
            ("y", ["x", "y"], ["text"]),
        ),
        ("x", "y"),
    )
    assert labelled.samples[["key", "label", "labels"]].values.tolist() == [
        [0, "x", ["x", "y"]],
        [1, "no_x", ["no_x"]],
        [3, "y", ["y"]],
    ]
    assert labelled.classes == ("x", "no_x", "y") and labelled.n_left_out == 1


@pytest.mark.parametrize(
    "name, marks, prefix",
    [
        ("split_negatives", ["caliper", "text"], ""),
        ("split_negatives", ["text"], "no_"),
        ("split_negatives", [], "na_"),
        ("merged_negative", ["caliper", "text"], ""),
        ("merged_negative", ["text"], "no_"),
        ("merged_negative", [], "no_"),
    ],
)
def test_what_ships_fits_the_phantom(name, marks, prefix):
    shipped = Scheme.load(name)
    labelled = shipped.apply(table(*((plane, [plane], marks) for plane in CLASSES)), CLASSES)
    assert list(labelled.samples["label"]) == [plane if plane == "3d" else prefix + plane for plane in CLASSES]
    assert shipped.base_classes(CLASSES) == tuple(CLASSES)
    assert len(shipped.classes) == {"split_negatives": 16, "merged_negative": 11}[name]
    assert available()[0] == "base" and name in available()


@given(st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=9).map(np.array))
def test_collapsed_probabilities(probs):
    """A softmax still sums to 1; a sigmoid is between maximum and sum; y is a single class."""
    soft = (probs + 1e-3) / (probs + 1e-3).sum(axis=1, keepdims=True)
    summed = scheme().collapse(soft, "softmax", ("x", "y"))
    np.testing.assert_allclose(summed, np.stack([soft[:, 0] + soft[:, 1], soft[:, 2]], axis=1))
    np.testing.assert_allclose(summed.sum(axis=1), 1)
    either = scheme().collapse(probs, "sigmoid", ("x", "y"))
    np.testing.assert_allclose(either[:, 0], 1 - (1 - probs[:, 0]) * (1 - probs[:, 1]), atol=1e-12)
    assert (either[:, 0] >= probs[:, :2].max(axis=1) - 1e-12).all() and either.max() <= 1
    np.testing.assert_allclose(either[:, 1], probs[:, 2], atol=1e-12)


def test_columns_are_those_of_the_dataset_in_its_order():
    probs = np.array([[0.2, 0.5, 0.3]])
    np.testing.assert_allclose(scheme().collapse(probs, "softmax", ("y", "z", "x")), [[0.3, 0.7]])
    with pytest.raises(ValueError, match="3 columns"):
        scheme().collapse(np.ones((1, 2)), "softmax", ("x", "y"))


def test_a_run_on_split_classes_is_scored_on_base_labels():
    """A right plane with wrong marks is wrong on the scheme and right on the base labels."""
    shipped = Scheme.load("split_negatives")
    samples = table(*((plane, [plane], ["caliper"]) for plane in PLANES), ("3d", ["3d"], []))
    own = shipped.apply(samples, CLASSES)
    probs = np.full((6, 16), 0.2 / 16)
    for row, plane in enumerate((*PLANES, "3d")):
        name = plane if plane == "3d" else f"na_{plane}"
        probs[row, shipped.classes.index(name)] += 0.8

    def accuracy(values, labels, classes) -> float:
        truth = np.array([classes.index(label) for label in labels])
        targets = np.eye(len(classes))[truth]
        scores = stage_metrics(targets, values, decide(values, "softmax"), classes, truth, np.zeros(len(truth)))
        overall = scores[scores["class_name"].isna()].set_index("metric")["value"]
        return float(overall["accuracy"])

    assert accuracy(probs, own.samples["label"], own.classes) == pytest.approx(1 / 6)
    base = shipped.base_classes(CLASSES)
    assert accuracy(shipped.collapse(probs, "softmax", CLASSES), samples["label"], base) == 1


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"classes": ["x", "no_x", "y", "z"]}, "no rule gives class 'z'; add one"),
        ({"classes": ["x", "no_x"]}, "a rule gives class 'y', which is not among the classes"),
        ({"collapse": {"x": "x", "y": "y"}}, "class 'no_x' has no base class; add it to collapse"),
        ({"collapse": GOOD["collapse"] | {"q": "x"}}, "collapse names 'q'"),
        ({"classes": ["x", "x", "no_x", "y"]}, "two or more, each named once"),
        ({"rules": [{"label": "x", "has": ["arrow"], "class": "x"}]}, "rules.0.has.0"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_scheme_is_one_sentence(allowed, change, sentence):
    file = allowed / "bad.yaml"
    file.write_text(yaml.safe_dump(GOOD | change))
    with pytest.raises(CatalogError) as caught:
        Scheme.load(file)
    assert str(caught.value).startswith("bad.yaml: ") and sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_scheme_for_another_dataset_is_one_sentence():
    with pytest.raises(
        CatalogError, match="a rule for the raw label 'y', which the dataset does not have; its labels are"
    ):
        scheme().apply(table(("x", ["x"], [])), ("x", "z"))
    with pytest.raises(CatalogError, match="collapses to 'y', which the dataset does not have"):
        scheme().collapse(np.ones((1, 3)), "softmax", ("x", "z"))


@pytest.mark.parametrize("text, sentence", [("- 1", "is not a label scheme"), ("a: [", "cannot be read as YAML")])
def test_a_file_that_is_no_scheme(allowed, text, sentence):
    (allowed / "odd.yaml").write_text(text)
    with pytest.raises(CatalogError, match=sentence):
        Scheme.load(allowed / "odd.yaml")
    with pytest.raises(CatalogError, match="There is no label scheme 'nope'; name one of base, "):
        Scheme.load("nope")


def test_a_scheme_leads_nowhere_else_and_says_not_what_is_there(allowed, tmp_path, monkeypatch):
    outside = tmp_path / "outside.yaml"
    outside.write_text(yaml.safe_dump(GOOD))
    (allowed / "link.yaml").symlink_to(outside)
    (allowed / "folder").symlink_to(tmp_path)
    (allowed / "circle.yaml").symlink_to(allowed / "circle.yaml")
    (allowed / "inside.yaml").write_text(yaml.safe_dump(GOOD))
    (allowed / "near.yaml").symlink_to(allowed / "inside.yaml")
    assert Scheme.load(allowed / "near.yaml").name == "two"
    said = set()
    for file in ("link.yaml", "folder/outside.yaml", "circle.yaml", "../outside.yaml", "../missing.yaml", "none.yaml"):
        with pytest.raises(CatalogError) as caught:
            Scheme.load(allowed / file)
        said.add(str(caught.value).replace(str(allowed / file), "..."))
    assert len(said) == 1
    monkeypatch.setattr("catalog.schemes.SCHEMES", allowed)
    for name in ("link", "folder/outside"):
        with pytest.raises(CatalogError, match="There is no label scheme"):
            Scheme.load(name)


def test_a_scheme_of_yaml_bombs_is_one_sentence(allowed):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    for text in ("\n".join(lines), "name: " + "[" * 100_000):
        (allowed / "bomb.yaml").write_text(text)
        with pytest.raises(CatalogError, match=r"^bomb\.yaml cannot be read as YAML: .*\.$"):
            Scheme.load(allowed / "bomb.yaml")
