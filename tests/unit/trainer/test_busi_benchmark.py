"""Test the table of benchmarks/busi.py: every arm is a recipe, and differences are paired with the probe's."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.pooled_folds import PooledPredictions
from benchmarks import busi
from recipes import Recipe, parse_setting


@pytest.mark.parametrize("arm", list(busi.ARMS))
def test_every_arm_is_a_recipe_on_the_same_network(arm: str) -> None:
    name, settings = busi.ARMS[arm]
    recipe = Recipe.load(name, dict(map(parse_setting, settings)))
    assert (recipe.model, recipe.weights, recipe.image_size) == ("efficientnet_lite0", "imagenet", 224)


def test_the_table_has_the_paired_difference_to_the_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    label = np.eye(3, dtype=bool)[np.arange(60) % 3]
    wrong = np.where((np.arange(60) < 30)[:, None], np.roll(label, 1, axis=1), label)
    decided = {"linear_probe": wrong, "finetune_small": label}
    monkeypatch.setattr(busi.cross_validation, "runs_of", lambda arm: [arm])
    monkeypatch.setattr(
        busi.cross_validation, "pooled", lambda runs: (None, PooledPredictions(label, decided[runs[0]], np.arange(60)))
    )
    lines = busi.table(list(decided)).splitlines()
    assert lines[2].startswith("| `linear_probe` | 0.500 (") and lines[2].endswith("|  |")
    assert lines[3].startswith("| `finetune_small` | 1.000 (1.000 to 1.000) |") and "| +0.500 (+0.3" in lines[3]
