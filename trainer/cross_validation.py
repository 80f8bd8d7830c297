"""Cross-validate a recipe: one run per fold, and their held-out predictions pooled.

Every picture trains in all folds but one and is tested in that one, by a network that has seen neither it nor
anything of its patient.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

import catalog
import store
from analysis.metrics import decide
from analysis.pooled_folds import PooledPredictions, pooled_scores
from catalog import Fold
from recipes import Recipe
from trainer.errors import TrainerError
from trainer.recorder import recipe_of
from trainer.run_job import run_job

_RUN = re.compile(r"(.+)-(\d+)of(\d+)")


def run_name(name: str, fold: Fold) -> str:
    """Return the name of the run of one fold."""
    return f"{name}-{fold}"


def folds_of(dataset: str, k: int) -> dict[Fold, str]:
    """Return the folds of a dataset, each with the id under which it is opened.

    Raises:
        TrainerError: the dataset is itself a fold, or k is out of bounds.
        catalog.CatalogError: there is no such dataset.
    """
    opened = catalog.open_dataset(dataset)
    if opened.fold is not None:
        raise TrainerError(
            f"{dataset} is one fold already; name the dataset itself, as {opened.name}@{opened.version}."
        )
    folds = [Fold.read(f"{number}of{k}") for number in range(1, k + 1)]
    if k < 2 or None in folds:
        raise TrainerError(f"{k} folds are asked for; set --folds from 2 to 20.")
    return {fold: f"{opened.dataset_id}-{fold}" for fold in folds if fold is not None}


def train_fold(recipe: Recipe, name: str, fold: Fold, args: argparse.Namespace) -> int:
    """Train the run of one fold, or go on with it, and return the exit code.

    A run that has finished before is left as it is: 0.

    Args:
        recipe: with the fold as its dataset.
        args: device and job of the command line.
    Raises:
        TrainerError: the run is there and was trained with other settings.
    """
    run_id = run_name(name, fold)
    row = store.run(run_id)
    if row is None:
        return run_job(recipe, run_id, args, fresh=True)
    known = recipe_of(run_id)
    if known.model_copy(update={"label_scheme": recipe.label_scheme}) != recipe:
        raise TrainerError(f"Run {run_id} was trained with other settings; name other runs with --run NAME.")
    if row["status"] == "done":
        return 0
    return run_job(known, run_id, args, fresh=False)


def runs_of(name: str) -> list[str]:
    """Return the runs of a finished cross-validation, in order; none if it is not one.

    Raises:
        TrainerError: some folds have not finished.
    """
    runs = store.runs()
    found = {str(run): _RUN.fullmatch(str(run)) for run in runs["run_id"]}
    k = max((int(match[3]) for match in found.values() if match is not None and match[1] == name), default=0)
    names = [run_name(name, Fold(number, k)) for number in range(1, k + 1)]
    done = set(runs.loc[runs["status"] == "done", "run_id"])
    missing = [one for one in names if one not in done]
    if missing:
        raise TrainerError(
            f"The cross-validation {name} has not finished {', '.join(missing)}; go on with the same command "
            "(python -m trainer cross-validate)."
        )
    return names


def pooled(run_ids: Sequence[str]) -> tuple[pd.Series, PooledPredictions]:
    """Return the held-out predictions of the last stage of every fold.

    Returns:
        the sample ids, sorted, and the predictions in their order.
    Raises:
        TrainerError: the runs do not test every picture of one dataset exactly once.
    """
    ids, targets, decided = [], [], []
    for run_id in run_ids:
        last = store.stages(run_id).iloc[-1]
        found = store.read_predictions(run_id, splits=["test"], round=int(last["round"]), stage=str(last["stage"]))
        thresholds = None if last["thresholds"] is None else np.array(last["thresholds"])
        ids.append(found.context.samples["sample_id"].take(found.sample_index))
        targets.append(found.targets > 0)
        decided.append(decide(found.probs, str(store.run(run_id)["objective"]), thresholds))  # type: ignore[index]
    sample_ids = pd.concat(ids, ignore_index=True)
    dataset = catalog.open_dataset(recipe_of(run_ids[0]).dataset)
    if sorted(sample_ids) != sorted(dataset.samples["sample_id"]):
        raise TrainerError(f"The runs {', '.join(run_ids)} do not test each picture of {dataset.name} once.")
    order = np.argsort(sample_ids.to_numpy(np.str_))
    group_of = dict(zip(dataset.samples["sample_id"], dataset.groups(len(run_ids)), strict=True))
    return sample_ids.iloc[order], PooledPredictions(
        np.concatenate(targets)[order],
        np.concatenate(decided)[order],
        sample_ids.iloc[order].map(group_of).to_numpy(np.int64),
    )


def report(name: str, run_ids: Sequence[str]) -> str:
    """Word the pooled scores of a cross-validation, with 95 % intervals over groups of pictures."""
    _, predictions = pooled(run_ids)
    scores = pooled_scores(predictions)
    n_groups = len(np.unique(predictions.groups))
    lines = [
        f"{str(row.metric).replace('_', ' '):<18} {row.value:.3f}   95% {row.low:.3f} to {row.high:.3f}"
        for row in scores.itertuples()
    ]
    return "\n".join(
        [
            f"{name}: {len(predictions.targets):,} pictures, each tested once by the network of the fold that did not "
            f"train on it; intervals over {n_groups:,} groups (patients, or near-duplicates together):",
            *lines,
            f"The {len(run_ids)} networks together: python -m trainer predict {name} PICTURES",
        ]
    )
