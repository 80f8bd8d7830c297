"""What the next round works on: mined from predictions of training samples, less those whose label is suspect."""

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
class Hard:
    """Mined samples, and suspect labels, which are not among them."""

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
) -> Hard:
    """Mine by the recipe's miner, and set suspect labels apart by its guard.

    Args:
        outcome: the stage's predictions, in-sample for training samples.
        out_of_fold: (n_train, C) logits of models that never saw the sample, in the order of `truth.rows("train")`;
            None = mine in-sample.
        seed: of a random subset.
    Raises:
        TrainerError: a mined sample's patient is in validation or test. (None can be: where splits that came with the
            images share patients, their training samples are not mined.)
    """
    rows = truth.rows("train")
    predictions = _predictions(truth, outcome, objective, out_of_fold, dynamics)
    found = miners.build(recipe.miner, seed).mine(predictions.part(~truth.elsewhere()[rows]))
    miners.refuse_leaks(found, truth.samples["patient"].to_numpy(object), truth.samples["split"].to_numpy(object))
    served = dynamics.served[rows] > 0
    probs = dynamics.probs[rows] if out_of_fold is None else predictions.probs
    suspects = label_noise.suspects(
        recipe.guard,
        rows[served],
        truth.targets[rows][served],
        probs[served],
        dynamics.aum[rows][served],
        several=recipe.objective == "sigmoid",
    )
    return Hard(found.without(suspects.index), suspects)


def _predictions(
    truth: Truth, outcome: StageOutcome, objective: Objective, out_of_fold: Tensor | None, dynamics: Dynamics
) -> TrainPredictions:
    rows = truth.rows("train")
    probs, losses, targets = outcome.probs[rows], outcome.losses[rows], truth.targets[rows]
    if out_of_fold is not None:
        probs = objective.probs(out_of_fold).double().numpy()
        losses = objective.losses(out_of_fold, out_of_fold.new_tensor(targets)).double().numpy()
    forgotten = np.asarray(dynamics.forgotten[rows])
    return TrainPredictions(rows, probs, targets, losses, outcome.thresholds, forgotten)
