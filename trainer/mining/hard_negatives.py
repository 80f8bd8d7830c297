"""Find the hard negatives of the next round: mined samples without those of suspect label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from recipes import Recipe
from trainer.labels import Truth
from trainer.mining import label_noise, miners
from trainer.mining.label_noise import Suspects
from trainer.mining.miners import Mined, TrainPredictions
from trainer.mining.training_dynamics import Dynamics
from trainer.network.objectives import Objective
from trainer.outcome import StageOutcome


@dataclass(frozen=True)
class HardNegatives:
    """The mined samples, and the samples of suspect label, which are excluded from them."""

    mined: Mined
    suspects: Suspects


def find(
    recipe: Recipe,
    truth: Truth,
    outcome: StageOutcome,
    dynamics: Dynamics,
    objective: Objective,
    out_of_fold: Tensor | None,
    seed: int,
) -> HardNegatives:
    """Mine by the recipe's miner, and exclude suspect labels by its guard.

    Args:
        outcome: the stage's predictions, in-sample for training samples.
        out_of_fold: (n_train, C) logits of models that were not trained on the sample's patient, in the order of
            `truth.rows("train")`; None = mine in-sample.
        seed: of a random subset.
    Raises:
        TrainerError: a mined sample's patient is in validation or test. This should never happen: if the dataset's own
            splits share patients, the training samples of these patients are not mined.
    """
    rows = truth.rows("train")
    predictions = _predictions(recipe, truth, outcome, objective, out_of_fold, dynamics)
    mined = miners.build(recipe.miner, seed).mine(predictions.part(~truth.of_held_out_patients()[rows]))
    miners.refuse_leaks(mined, truth.samples["patient"].to_numpy(object), truth.samples["split"].to_numpy(object))
    sampled = dynamics.sampled[rows] > 0
    probs = dynamics.probs[rows] if out_of_fold is None else predictions.probs
    suspects = label_noise.suspects(
        recipe.guard,
        rows[sampled],
        truth.targets[rows][sampled],
        probs[sampled],
        dynamics.aum[rows][sampled],
        several=recipe.objective == "sigmoid",
    )
    return HardNegatives(mined.without(suspects.index), suspects)


def _predictions(
    recipe: Recipe,
    truth: Truth,
    outcome: StageOutcome,
    objective: Objective,
    out_of_fold: Tensor | None,
    dynamics: Dynamics,
) -> TrainPredictions:
    rows = truth.rows("train")
    probs, losses, targets = outcome.probs[rows], outcome.losses[rows], truth.targets[rows]
    if recipe.miner.predictions == "in_training":
        drawn = dynamics.sampled[rows] > 0
        probs = np.where(drawn[:, None], dynamics.probs[rows], probs)
        losses = np.where(drawn, objective.losses_of(probs, targets), losses)
    elif out_of_fold is not None:
        probs = objective.probs(out_of_fold).double().numpy()
        losses = objective.losses(out_of_fold, out_of_fold.new_tensor(targets)).double().numpy()
    forgotten = np.asarray(dynamics.forgotten[rows])
    return TrainPredictions(rows, probs, targets, losses, outcome.thresholds, forgotten)
