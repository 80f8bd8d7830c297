"""What is there in a sample, in the classes of the runs, whatever the raw labels are called."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.ground_truth import GroundTruthUnknown, all_labels, multi_hot_labels, one_hot_labels, one_label
from analysis.prediction_table import PredictionTable
from analysis.run_comparison import StagePredictions, compare, decision_thresholds

CLASSES = ["ac", "no_ac", "fl"]


def told(label, labels, targets):
    ids = [f"s{at}" for at in range(len(label))]
    samples = pd.DataFrame({"sample_id": ids, "label": label, "labels": labels})
    return PredictionTable(samples, np.array(targets), np.full((len(ids), 3), 0.5))


AC, NO_AC, FL, BOTH = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 1.0]


def test_the_one_label_is_what_was_trained_where_the_raw_label_is_not_among_it():
    raw = told(["ac", "fl"], [["ac"], ["fl"]], [AC, FL])
    assert one_label(raw, CLASSES).tolist() == one_hot_labels(raw.samples["label"], CLASSES).tolist()
    split = told(["ac", "fl"], [["ac"], ["fl"]], [NO_AC, FL])  # the raw label is the name of another class
    assert one_label(split, CLASSES).tolist() == [[False, True, False], [False, False, True]]
    assert one_label(told(["fl"], [["ac", "fl"]], [BOTH]), CLASSES).tolist() == [[False, False, True]]
    assert one_label(told(["ac"], [["ac", "fl"]], [BOTH]), CLASSES) is None, "one of two, and nobody knows which"
    assert one_label(raw.take(np.zeros(0, np.int64)), CLASSES).shape == (0, 3)


def test_all_labels_are_what_a_multi_label_run_was_trained_on():
    single = told(["no_ac", "fl"], [["ac", "fl"], ["fl"]], [NO_AC, FL])
    assert all_labels(single, CLASSES) is None, "raw labels are not the classes"
    multi = told(["ac", "fl"], [["ac", "fl"], ["fl"]], [BOTH, FL])
    turned = single.take(np.array([1, 0]))
    assert all_labels(turned, CLASSES, [multi]).tolist() == [[False, False, True], [False, True, True]]
    assert all_labels(single, CLASSES, [multi.take(np.array([0]))]) is None, "not all samples are known"
    plain = told(["ac", "fl"], [["ac", "fl"], ["fl"]], [AC, FL])
    assert all_labels(plain, CLASSES).tolist() == multi_hot_labels(plain.samples["labels"], CLASSES).tolist()
    assert all_labels(told(["ac"], [["ac", "gone"]], [AC]), CLASSES) is None, "a label that is no class"


def test_without_a_truth_nothing_is_compared():
    known = told(["no_ac", "fl"], [["ac"], ["fl"]], [NO_AC, FL])
    samples = known.samples.assign(prob=0.6, patient=["p", "q"], path="x.png")
    single = PredictionTable(samples, known.targets, np.array([[0.2, 0.6, 0.2]] * 2))
    side = StagePredictions(single, single, None)
    assert compare(side, side, CLASSES, "label", ["f1"]).overall["a"].item() == 0.5
    for asked in (lambda: compare(side, side, CLASSES, "labels", ["f1"]), lambda: decision_thresholds(side, CLASSES)):
        with pytest.raises(GroundTruthUnknown, match="'labels'") as refused:
            asked()
        assert refused.value.scoring == "labels"
