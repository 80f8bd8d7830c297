"""Label the samples of a multi-label run in its own classes, through its label scheme."""

from __future__ import annotations

import json
from typing import Any

import store
from analysis.ground_truth import one_label
from analysis.prediction_table import PredictionTable
from catalog.errors import CatalogError
from catalog.schemes import Scheme


def apply_label_scheme(run: dict[str, Any], predictions: PredictionTable) -> PredictionTable:
    """Replace `label` of a run's predictions by a class of the run.

    They stay as they are where they hold such a class already, or where the scheme is gone or has changed since, so
    that it no longer leads to the classes that the run was trained on.

    Args:
        run: a row of `store.runs`.  predictions: of one of its stages.
    """
    recipe = json.loads(run["recipe"]) if isinstance(run["recipe"], str) else run["recipe"]
    scheme_name = str(recipe.get("label_scheme", "base"))
    classes = [str(name) for name in run["classes"]]
    if scheme_name == "base" or not len(predictions) or one_label(predictions, classes) is not None:
        return predictions
    known = store.datasets()
    raw = known[known["dataset_id"] == run["dataset_id"]]["classes"]
    try:
        scheme = Scheme.load(scheme_name)
        labelled = scheme.apply(store.samples(str(run["dataset_id"])), list(raw.iloc[0])).samples
    except CatalogError:
        return predictions
    labels = predictions.samples["sample_id"].map(labelled.set_index("sample_id")["label"])
    relabelled = predictions.with_labels(labels)
    return predictions if one_label(relabelled, classes) is None else relabelled
