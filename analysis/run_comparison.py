"""Two runs on the same test samples, both scored the same way; pure: frames in, a result out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import bootstrap_metrics, calibration, multilabel, seed_statistics, significance
from analysis.ground_truth import GroundTruthUnknown, all_labels, one_label
from analysis.metrics import decide
from analysis.prediction_table import PredictionTable
from analysis.significance import McNemar
from analysis.thresholds import best_f1_thresholds

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
OVERALL = {"label": "accuracy", "labels": "exact_match"}
"""What the share of right samples is called: top-1 against the one label; all labels right, none too many."""


@dataclass(frozen=True)
class StagePredictions:
    """One run's stage: predictions on test and validation, and its thresholds, which multi-label runs alone have."""

    test: PredictionTable
    val: PredictionTable | None
    thresholds: Sequence[float] | None


@dataclass(frozen=True)
class ScoredPredictions:
    """What one run said of N samples: probabilities (N, C), decisions (N, C), and whether they are right (N,)."""

    samples: pd.DataFrame
    probs: Floats
    decisions: Bools
    right: Bools


@dataclass(frozen=True)
class RunComparison:
    """What the comparison found; `per_class` and `overall` have the columns of `seed_statistics`, one row a score.

    per_class, overall: of all seeds that were given; `overall` has one row for each way of scoring that is known.
    Everything else is of the first pair of runs alone, and worked out when somebody looks at it.
    """

    per_class: pd.DataFrame
    overall: pd.DataFrame
    a: ScoredPredictions
    b: ScoredPredictions
    targets: Bools
    single_label: Bools | None
    """The one label of every sample; None where it is not known in these classes."""
    labels: Sequence[Sequence[str]]
    """The classes that are there in every sample, as far as they are known."""
    classes: Sequence[str]
    scoring: str

    @property
    def n(self) -> int:
        """Shared test samples."""
        return len(self.targets)

    @property
    def patients(self) -> int:
        """Patients they come from."""
        return int(self.overall["n_groups"].iloc[0])

    @property
    def n_seeds(self) -> int:
        """Pairs of runs."""
        return int(self.overall["n_seeds"].iloc[0])

    @cached_property
    def samples(self) -> pd.DataFrame:
        """One row a shared test sample: sample_id, path, label, labels, correct_a, correct_b, said_a, said_b (text),
        prob_a, prob_b (of the most probable class), kind (only_a, only_b, both_wrong or None), wrong_a, wrong_b (lists
        of the classes that were missed, or said without being there)."""
        a, b, test = self.a, self.b, self.a.samples
        kinds = bootstrap_metrics.discordance(
            test["sample_id"], a.right, b.right, (a.decisions == b.decisions).all(axis=1)
        )
        return test[["sample_id", "path", "label"]].assign(
            labels=pd.Series(list(self.labels), index=test.index, dtype=object),
            correct_a=a.right,
            correct_b=b.right,
            said_a=joined_class_names(a.decisions, self.classes),
            said_b=joined_class_names(b.decisions, self.classes),
            prob_a=test["prob"],
            prob_b=b.samples["prob"],
            kind=test["sample_id"].map(kinds.set_index("sample_id")["kind"]),
            wrong_a=class_lists(a.decisions != self.targets, self.classes),
            wrong_b=class_lists(b.decisions != self.targets, self.classes),
        )

    @cached_property
    def totals(self) -> pd.DataFrame:
        """Columns metric, a, b, n."""
        of_a, of_b = (self._totals(of) for of in (self.a, self.b))
        return of_a.rename(columns={"value": "a"}).assign(b=of_b["value"])[["metric", "a", "b", "n"]]

    @cached_property
    def tests(self) -> pd.DataFrame:
        """Of `analysis.significance.class_tests`."""
        a, b = self.a, self.b
        return significance.class_tests(self.targets, a.decisions, b.decisions, a.probs, b.probs, self.classes)

    @cached_property
    def overall_test(self) -> McNemar:
        """McNemar's test of all classes at once."""
        return significance.mcnemar(self.a.right, self.b.right)

    @cached_property
    def confidences(self) -> tuple[Floats, Floats]:
        """A then b, the probabilities that are binned: (N, 1), of the most probable class, or (N, C), of every class;
        rows as in `samples`."""
        a, b = ((of.probs.max(axis=1, keepdims=True) if self._one else of.probs) for of in (self.a, self.b))
        return a, b

    @cached_property
    def bins(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Of `analysis.calibration.reliability`, a then b."""
        came_true = [of.right if self._one else self.targets.ravel() for of in (self.a, self.b)]
        a, b = (
            calibration.reliability(came, sure.ravel()) for came, sure in zip(came_true, self.confidences, strict=True)
        )
        return a, b

    @cached_property
    def calibration_errors(self) -> pd.DataFrame:
        """Of `analysis.calibration.calibration_errors`, a then b."""
        came_true = [side.right[:, None] if self._one else self.targets for side in (self.a, self.b)]
        return calibration.calibration_errors(came_true, self.confidences, self.a.samples["patient"].to_numpy())

    @property
    def _one(self) -> bool:
        return self.scoring == "label"

    def _totals(self, of: ScoredPredictions) -> pd.DataFrame:
        """The totals of multi-label scoring, and top-1 against the one label, whatever the scoring."""
        top1 = (
            np.nan
            if self.single_label is None
            else decide(of.probs, "softmax")[self.single_label].sum() / max(1, self.n)
        )
        row = pd.DataFrame({"metric": ["top1"], "value": [float(top1)], "n": [self.n]})
        return pd.concat([row, multilabel.totals(self.targets, of.decisions)], ignore_index=True)


def compare(
    a: StagePredictions,
    b: StagePredictions,
    classes: Sequence[str],
    scoring: str,
    metrics: Sequence[str],
    more: Sequence[tuple[StagePredictions, StagePredictions]] = (),
) -> RunComparison | None:
    """Compare two runs of the same classes; None when they share no test sample.

    What is there is asked of the runs, as the raw labels of a dataset are not the classes of a label scheme: the one
    label of a single-label run, all labels of a multi-label one, where there is such a run.

    Args:
        scoring: "label" sets the most probable class of both against the one label; "labels" sets what reaches each
            run's thresholds against all labels present. A run without thresholds gets those of best F1 on its
            validation samples, as the multi-label run got its own.
        metrics: of analysis.bootstrap_metrics.METRICS, those of `per_class`.
        more: the same two recipes with other seeds, on the same samples.
    Raises:
        NoTruth: neither the runs nor the raw labels tell what this scoring goes by.
        ValueError: a sample is twice in a run; the sentence names it.
    """
    pairs = [(a, b), *more]
    tests = _on_common_ground([side.test for pair in pairs for side in pair])
    first = tests[0]
    if not len(first):
        return None
    sides = [side for pair in pairs for side in pair]
    one = _one_label(sides, tests, classes)
    several = all_labels(first, classes, multi_label_predictions(sides, "test"))
    targets = {way: present for way, present in (("label", one), ("labels", several)) if present is not None}
    if scoring not in targets:
        raise GroundTruthUnknown(scoring)
    groups = first.samples["patient"].to_numpy()
    answers = {scoring: _answers_of(scoring, targets[scoring], sides, tests, classes)}
    for way in _other_ways(scoring, sides):
        if way in targets:
            with suppress(GroundTruthUnknown):  # some validation sample lacks its labels: leave this way out
                answers[way] = _answers_of(way, targets[way], sides, tests, classes)
    both = list(zip(answers[scoring][::2], answers[scoring][1::2], strict=True))
    decided = [(x.decisions, y.decisions, x.probs, y.probs) for x, y in both]
    ways = [way for way in OVERALL if way in answers]  # always in this order: pages that score differently agree
    rights = [np.stack([answers[way][at].right for way in ways], axis=1) for at in range(len(sides))]
    names = [OVERALL[way] for way in ways]
    return RunComparison(
        seed_statistics.compare_over_seeds(targets[scoring], decided, groups, classes, metrics),
        seed_statistics.compare_shares_over_seeds(list(zip(rights[::2], rights[1::2], strict=True)), groups, names),
        *both[0],
        targets[scoring],
        one,
        class_lists(targets[scoring] if several is None else several, classes),
        classes,
        scoring,
    )


def _other_ways(scoring: str, sides: Sequence[StagePredictions]) -> tuple[str, ...]:
    """Return the other way of counting right samples where a multi-label run takes part: the two may disagree."""
    other = "labels" if scoring == "label" else "label"
    return (other,) if any(side.thresholds is not None for side in sides) else ()


def _answers_of(
    way: str,
    targets: Bools,
    sides: Sequence[StagePredictions],
    tests: Sequence[PredictionTable],
    classes: Sequence[str],
) -> list[ScoredPredictions]:
    """Return what each run decides when scored one way."""
    limits = [None if way == "label" else decision_thresholds(side, classes, sides) for side in sides]
    return [_answers(test, targets, limit) for test, limit in zip(tests, limits, strict=True)]


def _on_common_ground(tests: Sequence[PredictionTable]) -> list[PredictionTable]:
    """The rows of samples that all have, in the order of the first."""
    ids = [pd.Index(test.samples["sample_id"]) for test in tests]
    for index in ids:
        if not index.is_unique:
            twice = index[index.duplicated()][0]
            raise ValueError(f"The sample {twice} is twice in a run; give each sample one row, or it counts twice.")
    if all(ids[0].equals(other) for other in ids[1:]):
        return list(tests)
    shared = ids[0][np.logical_and.reduce([ids[0].isin(other) for other in ids])]
    found = zip(tests, ids, strict=True)
    return [test.take(index.get_indexer(shared)) for test, index in found]


def _one_label(
    sides: Sequence[StagePredictions], tests: Sequence[PredictionTable], classes: Sequence[str]
) -> Bools | None:
    """Of the first that knows it; single-label runs always do."""
    asked = sorted(zip(sides, tests, strict=True), key=lambda of: of[0].thresholds is not None)
    return next((found for _, test in asked if (found := one_label(test, classes)) is not None), None)


def decision_thresholds(
    side: StagePredictions, classes: Sequence[str], sides: Sequence[StagePredictions] = ()
) -> Floats:
    """The thresholds that a run's decisions are made with: its own, else those of best F1 on its validation samples.

    Args:
        sides: runs of the same classes; the multi-label ones among them know what is there.
    Raises:
        NoTruth: nobody knows what is there in the validation samples.
    """
    if side.thresholds is not None:
        return np.asarray(side.thresholds, dtype=np.float64)
    if side.val is None or not len(side.val):
        return np.full(len(classes), 0.5)
    truth = all_labels(side.val, classes, multi_label_predictions(sides, "val"))
    if truth is None:
        raise GroundTruthUnknown("labels")
    return best_f1_thresholds(truth, side.val.unit_probs)


def multi_label_predictions(sides: Sequence[StagePredictions], split: str) -> list[PredictionTable]:
    """What the multi-label runs among these said of a split: val or test."""
    told = [side.test if split == "test" else side.val for side in sides if side.thresholds is not None]
    return [of for of in told if of is not None]


def _answers(test: PredictionTable, targets: Bools, limits: Floats | None) -> ScoredPredictions:
    """Without thresholds the most probable class is said."""
    probs = test.unit_probs
    said = decide(probs, "softmax") if limits is None else decide(probs, "sigmoid", limits)
    return ScoredPredictions(test.samples, probs, said, (said == targets).all(axis=1))


def joined_class_names(decided: Bools, classes: Sequence[str]) -> list[str]:
    """The decided classes of every sample, as text; empty when none."""
    return [", ".join(row) for row in class_lists(decided, classes)]


def class_lists(marked: Bools, classes: Sequence[str]) -> list[list[str]]:
    """The marked classes of every row."""
    none: list[str] = []  # one for all rows without a mark: to make thousands of lists takes longer than all the rest
    told = [none] * len(marked)
    rows, columns = np.nonzero(marked)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        told[row] = [*told[row], classes[column]]
    return told
