"""Means over seeds against statsmodels; effects with one seed as before, with several at their promised rate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.weightstats import DescrStatsW

from analysis.bootstrap import group_index, group_weights
from analysis.seed_statistics import compare_over_seeds, compare_shares_over_seeds, estimate_effect, mean_over_seeds


def test_mean_and_interval_are_those_of_statsmodels():
    frame = pd.DataFrame({"recipe": ["b", "a", "b", "b"], "score": [0.8, 0.5, 0.9, 0.7]})
    found = mean_over_seeds(frame, ["recipe"], ["score"])
    assert found["recipe"].tolist() == ["b", "a"] and found["n_seeds"].tolist() == [3, 1]
    low, high = DescrStatsW([0.8, 0.9, 0.7]).tconfint_mean()
    assert found.iloc[0][["score", "score_low", "score_high"]].tolist() == pytest.approx([0.8, low, high])
    assert found["score"][1] == 0.5 and np.isnan(found["score_low"][1]), "one seed has no interval"


def answers(n_seeds, seed=0, spread=0.0, n=200, n_groups=60):
    """Right or wrong of b and a: equal in truth, each seed's training off by a draw of its own."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, n_groups, n)
    pairs = []
    for _ in range(n_seeds):
        shares = np.clip(0.7 + spread * rng.normal(size=2), 0, 1)
        pairs.append(tuple((rng.random(n) < share)[:, None] for share in shares))
    return pairs, groups


def test_one_seed_is_the_bootstrap_over_patients():
    pairs, groups = answers(1)
    a, b = (side[:, 0] for side in pairs[0])
    row = compare_shares_over_seeds(pairs, groups, n_bootstrap=200).iloc[0]
    assert (row["a"], row["b"]) == pytest.approx((a.mean(), b.mean()))
    index, n_groups = group_index(groups)
    weights = group_weights(n_groups, 200, seed=0)[1:][:, index]
    resampled = (weights @ (b.astype(int) - a)) / weights.sum(axis=1)
    assert (row["low"], row["high"]) == pytest.approx(tuple(np.quantile(resampled, [0.025, 0.975])))
    assert row["n_seeds"] == 1 and np.isnan(row["seed_error"])


@pytest.mark.parametrize("n_seeds", [1, 3])
def test_a_class_of_one_patient_has_no_interval_however_many_seeds(n_seeds):
    rng = np.random.default_rng(2)
    groups = np.arange(60) // 2
    true = np.c_[np.arange(60) % 2 == 0, groups == 7]
    pairs = []
    for _ in range(n_seeds):
        probs = [np.clip(true * 0.3 + rng.random((60, 2)) * 0.6, 0, 1) for _ in range(2)]
        pairs.append((probs[0] > 0.5, probs[1] > 0.5, *probs))
    found = compare_over_seeds(true, pairs, groups, ["ac", "rare"], n_bootstrap=40).set_index("class_name")
    assert (found.loc["rare", "n_groups"] == 1).all() and found.loc["rare", "difference"].notna().all()
    assert found.loc["rare", ["low", "high"]].isna().all(axis=None)
    assert found.loc["ac", ["low", "high"]].notna().all(axis=None)


def test_seed_variance_is_in_the_interval_worked_by_hand():
    # differences 0.1, 0.2, 0.3: mean 0.2, sd 0.1, seed error 0.1 / sqrt 3; patients do not vary at all
    found = estimate_effect([[0.1], [0.2], [0.3]], np.full((50, 1), 0.2)).iloc[0]
    assert found["difference"] == pytest.approx(0.2) and found["seed_error"] == pytest.approx(0.1 / np.sqrt(3))
    assert found["high"] - found["difference"] == pytest.approx(4.302653 * 0.1 / np.sqrt(3), rel=1e-4)
    # seeds that agree leave the patients' normal interval
    drawn = np.random.default_rng(1).normal(0.2, 0.05, (4000, 1))
    still = estimate_effect([[0.2], [0.2]], drawn).iloc[0]
    assert still["high"] - 0.2 == pytest.approx(1.96 * drawn.std(ddof=1), rel=1e-3)


def test_equal_recipes_are_called_different_in_one_of_twenty_however_much_seeds_differ():
    wrong = 0
    for seed in range(150):
        row = compare_shares_over_seeds(*answers(4, seed, spread=0.06), n_bootstrap=150).iloc[0]
        wrong += not row["low"] <= 0 <= row["high"]
    assert wrong / 150 < 0.1


def test_bad_input_is_refused():
    for function, rest in ((compare_over_seeds, ([1], ["ac"])), (compare_shares_over_seeds, ([1],))):
        with pytest.raises(ValueError, match="pairs is empty"):
            function(*([[[1]]] if function is compare_over_seeds else []), [], *rest)
    with pytest.raises(ValueError, match="disagree"):
        estimate_effect([[0.1]], [[0.1, 0.2]])
