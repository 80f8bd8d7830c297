"""Tables of how classes are learned, worked out by hand; neighbours against a plain loop."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.class_difficulty import NEIGHBOURS, learned_curves, learning_table, neighbour_table, recall_table

INF, NAN = float("inf"), float("nan")
CLASSES = ("a", "b")


def dynamics(learned: list[float], forgotten: list[int]) -> pd.DataFrame:
    return pd.DataFrame(
        {"learned_epoch": learned, "forgotten": forgotten, "aum": np.arange(len(learned)) - 1.0, "prob_true": 0.5}
    )


def test_a_class_is_summed_up_by_quarters_with_what_was_never_learned_at_the_end():
    shows = np.array([[1, 0], [1, 0], [1, 0], [1, 0], [0, 1], [0, 1]])
    table = learning_table(
        shows, CLASSES, ["p", "p", "q", "r", "s", "s"], dynamics([1, INF, 3, 2, INF, INF], [0, 3, 1, 0, 0, 1])
    )
    first, second = table.to_dict("records")
    assert (first["n"], first["n_patients"], first["learned"]) == (4, 3, 0.75)
    assert (first["first_quarter"], first["median"], first["third_quarter"]) == (1, 2, 3)
    assert first["forgotten"] == 1 and first["aum"] == pytest.approx((-1 + 0 + 1 + 2) / 4)
    assert second["learned"] == 0 and np.isnan(second["median"]) and second["n_patients"] == 1


def test_samples_never_drawn_say_nothing_of_when():
    table = learning_table(np.array([[1, 0], [1, 0], [0, 1]]), CLASSES, list("pqr"), dynamics([2, NAN, NAN], [0] * 3))
    assert table["learned"].fillna(-1).tolist() == [1, -1]
    assert table["median"].fillna(-1).tolist() == [2, -1]


def test_the_curve_counts_each_sample_from_the_epoch_in_which_it_was_learned():
    shows = np.array([[1, 0], [1, 0], [1, 0], [1, 0], [1, 1]])
    curves = learned_curves(shows, CLASSES, [1, 3, INF, NAN, 3], 4)
    a, b = (curves[curves["class_name"] == name] for name in CLASSES)
    assert a["share"].tolist() == [0, 0.25, 0.25, 0.75, 0.75] and set(a["n"]) == {4}  # one was never drawn
    assert b["share"].tolist() == [0, 0, 0, 1, 1] and b["epoch"].tolist() == [0, 1, 2, 3, 4]
    assert learned_curves(shows, CLASSES, [NAN] * 5, 4).empty


def test_the_rival_is_the_class_that_takes_most_wrong_samples():
    classes = ("a", "b", "c")
    shows = np.array([[1, 0, 0]] * 4 + [[0, 1, 0]])
    probs = np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.3, 0.6, 0.1], [0.0, 0.1, 0.9], [0.2, 0.7, 0.1]])
    table = recall_table(shows, np.eye(3)[probs.argmax(1)], probs, classes)
    assert table["recall"].fillna(-1).tolist() == [0.25, 1, -1]
    assert table["rival"].tolist()[:2] == ["b", "a"]  # of b none was wrong: the one of the highest mean probability
    assert table["taken"].tolist() == [2, 0, 0] and pd.isna(table["rival"][2])


def test_a_class_that_a_sample_shows_too_is_no_rival_of_it():
    shows = np.array([[1, 1, 0], [1, 0, 0]])
    probs = np.array([[0.2, 0.9, 0.3], [0.9, 0.1, 0.2]])
    assert recall_table(shows, probs > 0.5, probs, ("a", "b", "c"))["rival"][0] == "c"


def test_neighbours_equal_a_plain_loop():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 120)
    vectors = rng.normal(size=(120, 5)) + 2 * np.eye(5)[labels]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    asked = np.arange(120) % 4 == 0
    table = neighbour_table(vectors, np.eye(3)[labels], asked, ~asked, ("a", "b", "c"))
    pool = np.flatnonzero(~asked)
    for at, row in enumerate(table.itertuples()):
        counts = np.zeros(3)
        for i in np.flatnonzero(asked & (labels == at)):
            near = pool[np.argsort(-(vectors[pool] @ vectors[i]))[:NEIGHBOURS]]
            counts += np.bincount(labels[near], minlength=3) / NEIGHBOURS
        counts /= (asked & (labels == at)).sum()
        assert row.purity == pytest.approx(counts[at])
        others = np.where(np.arange(3) == at, -1, counts)
        assert row.neighbour == "abc"[others.argmax()] and row.neighbour_share == pytest.approx(others.max())


def test_classes_far_apart_have_pure_neighbourhoods_and_no_rival():
    vectors = np.repeat(np.eye(2), 20, axis=0)
    asked = np.arange(40) % 2 == 0
    table = neighbour_table(vectors, vectors, asked, ~asked, CLASSES)
    assert table["purity"].tolist() == [1, 1] and table["neighbour"].isna().all()
    none = neighbour_table(vectors, vectors, asked, np.zeros(40, bool), CLASSES)
    assert none["purity"].isna().all()
