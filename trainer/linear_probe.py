"""Fit a network's head by logistic regression on its frozen features, in seconds.

The regression's coefficients become the head's weights. So its run is one like any other: the same predictions, maps,
export.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

import catalog
from recipes import Recipe
from trainer.errors import TrainerError
from trainer.images import Images
from trainer.labels import Truth
from trainer.loop import EpochResult, evaluate, processor_seconds
from trainer.network.devices import gather_shares
from trainer.network.heads import head_of
from trainer.network.mirror import Mirrored
from trainer.network.objectives import Objective

Floats = NDArray[np.float64]
STRENGTHS = 10.0 ** np.arange(-4, -0.9, 0.5)  # scikit-learn's C that are tried, from much regularisation to little
FOLDS = 5  # by group, among the training samples, that C is chosen by


def fit(model: nn.Module, images: Images, truth: Truth, dataset: catalog.Dataset, recipe: Recipe) -> EpochResult:
    """Fit the head on the features of the training samples, in place.

    C is chosen by cross-validation among them, for the lowest log loss; it divides no patient and no set of
    near-duplicates. With `mirror` each picture counts with its mirror image; with loss class_weighted or sampler
    balanced all classes count alike.

    Raises:
        TrainerError: the head is not one linear layer.
    """
    start, cpu_start = time.perf_counter(), processor_seconds()
    [head, *others] = head_of(model)
    if others or not isinstance(head, nn.Linear):
        raise TrainerError(f"{recipe.model} does not end with one linear layer; take another model, or probe: false.")
    rows = truth.rows("train")
    features = _features(Mirrored.of(recipe, model), head, rows, images, copies=1 + recipe.mirror)
    groups = np.tile(dataset.groups(FOLDS)[rows], 1 + recipe.mirror)
    balanced = recipe.loss == "class_weighted" or recipe.sampler == "balanced"
    weight, bias = _coefficients(
        features, np.tile(truth.targets[rows], (1 + recipe.mirror, 1)), groups, recipe, balanced
    )
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(weight))
        head.bias.copy_(torch.from_numpy(bias))
    logits = torch.from_numpy(features[: len(rows)] @ weight.T + bias)
    loss = Objective(recipe.objective).losses(logits, torch.from_numpy(truth.targets[rows])).mean()
    seconds, cpu_seconds = time.perf_counter() - start, processor_seconds() - cpu_start
    return EpochResult(float(loss), 1, len(rows), len(rows), seconds, cpu_seconds)


def _features(model: nn.Module, head: nn.Module, rows: NDArray[np.int64], images: Images, copies: int) -> Floats:
    """Return what the head takes of each sample, (copies * len(rows), D).

    Mirror images come after the pictures.
    """
    taken: list[Tensor] = []
    hook = head.register_forward_pre_hook(lambda _, inputs: taken.append(inputs[0].float()))
    try:
        evaluate(model, rows, images)
    finally:
        hook.remove()
    of_copies = [gather_shares(images.fabric, torch.cat(taken[copy::copies]), len(rows)) for copy in range(copies)]
    return torch.cat(of_copies).cpu().double().numpy()


def _coefficients(
    features: Floats, targets: Floats, groups: NDArray[np.int64], recipe: Recipe, balanced: bool
) -> tuple[Floats, Floats]:
    """Return the weights (C, D) and the bias (C,) of the head."""
    mean, spread = features.mean(axis=0), features.std(axis=0)
    scale = 1 / np.where(spread > 0, spread, 1.0)
    standard = (features - mean) * scale
    if recipe.objective == "softmax":
        weight, bias = _regression(standard, targets.argmax(axis=1), groups, targets.shape[1], balanced, recipe.seed)
    else:
        each = [
            _regression(standard, column.astype(np.int64), groups, 2, balanced, recipe.seed) for column in targets.T
        ]
        weight = np.stack([pair[0][1] - pair[0][0] for pair in each])
        bias = np.array([pair[1][1] - pair[1][0] for pair in each])
    weight = weight * scale
    return weight, bias - weight @ mean


def _regression(
    standard: Floats, label: NDArray[np.int64], groups: NDArray[np.int64], n_classes: int, balanced: bool, seed: int
) -> tuple[Floats, Floats]:
    """Return weights (n_classes, D) and bias (n_classes,).

    A class without samples gets a bias that rules it out.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_score

    weight, bias = np.zeros((n_classes, standard.shape[1])), np.full(n_classes, -30.0)
    shown = np.unique(label)
    if len(shown) == 1:
        bias[shown] = 30.0
        return weight, bias

    def regression(strength: float) -> Any:
        return LogisticRegression(C=strength, max_iter=2000, class_weight="balanced" if balanced else None)

    folds = min(FOLDS, len(np.unique(groups)), int(np.bincount(label)[shown].min()))
    best = 1e-2
    if folds > 1:
        split = list(StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(standard, label, groups))
        split = [(train, test) for train, test in split if len(test) and set(label[train]) == set(shown)]
        scores = [
            cross_val_score(regression(strength), standard, label, cv=split, scoring=_log_loss(shown)).mean()
            for strength in STRENGTHS
        ]
        best = float(STRENGTHS[int(np.argmax(scores))])
    fitted = regression(best).fit(standard, label)
    two = len(shown) == 2  # then scikit-learn has one row, of the second class against the first
    weight[shown] = np.concatenate([-fitted.coef_, fitted.coef_]) / 2 if two else fitted.coef_
    bias[shown] = np.concatenate([-fitted.intercept_, fitted.intercept_]) / 2 if two else fitted.intercept_
    return weight, bias


def _log_loss(shown: NDArray[np.int64]) -> Any:
    from sklearn.metrics import log_loss

    return lambda model, x, y: -log_loss(y, model.predict_proba(x), labels=shown)
