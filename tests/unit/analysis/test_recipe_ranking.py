"""Ranks of recipes: only what paired comparisons on the same seeds and samples tell apart."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.recipe_ranking import possible_ranks


def board(skills, n_seeds=3, n_patients=80, per_patient=5, seed=0):
    """Recipes with some true shares of right samples, as `store.right_by_patient` counts them."""
    rng = np.random.default_rng(seed)
    recipes, tables = {}, []
    for name, skill in skills.items():
        recipes[name] = {number: f"{name}-{number}" for number in range(n_seeds)}
        for run_id in recipes[name].values():
            right = rng.binomial(per_patient, skill, n_patients)
            patients = [f"p{number:03d}" for number in range(n_patients)]
            tables.append(pd.DataFrame({"run_id": run_id, "patient": patients, "n": per_patient, "n_right": right}))
    return recipes, pd.concat(tables, ignore_index=True)


def test_recipes_that_differ_are_ranked_and_those_that_do_not_share_their_ranks():
    assert possible_ranks(*board({"a": 0.9, "b": 0.6, "c": 0.6})) == {"a": (1, 1), "b": (2, 3), "c": (2, 3)}


def test_equal_recipes_are_seldom_told_apart_though_the_leader_is_chosen_by_looking():
    wrong = [
        any(rank != (1, 6) for rank in possible_ranks(*board(dict.fromkeys("abcdef", 0.8), seed=seed), 300).values())
        for seed in range(40)
    ]
    assert np.mean(wrong) <= 0.08


def test_too_few_seeds_or_other_samples_give_no_rank():
    assert possible_ranks(*board({"a": 0.9, "b": 0.3}, n_seeds=2)) == {}
    recipes, right = board({"a": 0.9, "b": 0.3})
    assert possible_ranks(recipes, right[~((right["run_id"] == "b-0") & (right["patient"] == "p000"))]) == {}


def test_five_patients_tell_nothing_apart():
    assert possible_ranks(*board({"a": 0.95, "b": 0.05}, n_patients=5)) == {"a": (1, 2), "b": (1, 2)}
