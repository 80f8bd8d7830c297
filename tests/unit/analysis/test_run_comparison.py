"""Two runs on the same samples: what may not be compared is refused in a sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.prediction_table import PredictionTable
from analysis.run_comparison import StagePredictions, compare

CLASSES = ["ac", "bpd"]


def side(ids):
    """One run's answers to some samples."""
    labels = [CLASSES[number % 2] for number in range(len(ids))]
    frame = pd.DataFrame({"sample_id": ids, "path": "", "patient": ids, "label": labels, "prob": 0.7})
    targets = np.eye(2)[np.arange(len(ids)) % 2]
    samples = frame.assign(labels=[[name] for name in labels])
    return StagePredictions(PredictionTable(samples, targets, targets), None, None)


@pytest.mark.parametrize(("a", "b"), [("xyx", "xyx"), ("xyz", "xyx"), ("xyx", "xyz")])
def test_a_sample_twice_in_a_run_is_refused_by_its_name(a, b):
    with pytest.raises(ValueError, match="The sample x is twice in a run"):
        compare(side(list(a)), side(list(b)), CLASSES, "label", ["f1"])
    with pytest.raises(ValueError, match="The sample x is twice in a run"):
        compare(side(list("xy")), side(list("xy")), CLASSES, "label", ["f1"], [(side(list(a)), side(list(b)))])


def test_runs_that_share_samples_in_another_order_are_compared_on_those():
    assert compare(side(list("xyz")), side(list("zyx")), CLASSES, "label", ["f1"]).n == 3
    assert compare(side(["x"]), side(["y"]), CLASSES, "label", ["f1"]) is None
