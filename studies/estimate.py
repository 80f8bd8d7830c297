"""Count what a run costs before it is trained: epochs and optimizer steps."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.recipe_differences import mining_epochs
from recipes import Recipe


def epochs_of(recipe: Recipe, *, shares_full: bool = False) -> int:
    """Return the epochs that a run trains.

    Those of the quick models that mine out of fold are included.

    Args:
        shares_full: the run starts from the full stage of another run.
    """
    a_round = recipe.hard_negative.epochs + recipe.refined.epochs + mining_epochs(recipe.model_dump())
    return (0 if shares_full else recipe.full.epochs) + recipe.rounds * a_round


def steps_of(recipe: Recipe, n_train: int, *, shares_full: bool = False) -> int:
    """Return the optimizer steps of a run on `n_train` training samples.

    Args:
        shares_full: the run starts from the full stage of another run.
    """
    return epochs_of(recipe, shares_full=shares_full) * max(1, round(n_train / recipe.batch_size))


def images_of(recipe: Recipe, n_train: int, *, shares_full: bool = False) -> int:
    """Return how many images a run draws for training, each as often as it is drawn."""
    return epochs_of(recipe, shares_full=shares_full) * n_train


def seconds_of(images: Sequence[int], seconds_per_image: float | None) -> float | None:
    """Return the seconds that runs take one after the other; None where the speed is not known."""
    return None if seconds_per_image is None else float(sum(images)) * seconds_per_image
