"""The one label of a multi-label run's samples, through the label scheme that it was trained on."""

from __future__ import annotations

import json
from typing import Any

import store
from analysis.ground_truth import one_label
from analysis.prediction_table import PredictionTable
from catalog.errors import CatalogError
from catalog.schemes import Scheme


def apply_label_scheme(run: dict[str, Any], predictions: PredictionTable) -> PredictionTable:
    """Predictions of a run with `label` as a class of the run; as they are where they say so themselves, or where the
    scheme is gone or has changed since, so that it does not lead to what the run was trained on.

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
