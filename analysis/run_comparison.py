"""Compare two runs on the same test samples, both scored the same way."""

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
"""Name of the share of right samples: top-1 against the one label, or all labels right and none too many."""


@dataclass(frozen=True)
class StagePredictions:
    """A stage's predictions on test and validation, and its thresholds.

    Only multi-label runs have thresholds. `version` is the dataset version that labels the validation samples: a run's
    own, whatever labels the test samples are scored by.
    """

    test: PredictionTable
    val: PredictionTable | None
    thresholds: Sequence[float] | None
    version: str = ""


@dataclass(frozen=True)
class ScoredPredictions:
    """Probabilities (N, C), decisions (N, C) and correctness (N,) of one run on N samples."""

    samples: pd.DataFrame
    probs: Floats
    decisions: Bools
    right: Bools


@dataclass(frozen=True)
class RunComparison:
    """Result of a comparison: scores of all seeds, and details of the first pair of runs.

    per_class, overall: over all seeds; the columns of `seed_statistics`, one row per score. `overall` has one row for
    each way of scoring that is possible. Everything else is of the first pair alone, and computed on first use.
    """

    per_class: pd.DataFrame
    overall: pd.DataFrame
    a: ScoredPredictions
    b: ScoredPredictions
    targets: Bools
    single_label: Bools | None
    """The one label of every sample, (N, C); None where it is not known in these classes."""
    labels: Sequence[Sequence[str]]
    """The true classes of every sample, as far as they are known."""
    classes: Sequence[str]
    scoring: str

    @property
    def n(self) -> int:
        """Count the shared test samples."""
        return len(self.targets)

    @property
    def patients(self) -> int:
        """Count the patients of these samples."""
        return int(self.overall["n_groups"].iloc[0])

    @property
    def n_seeds(self) -> int:
        """Count the pairs of runs."""
        return int(self.overall["n_seeds"].iloc[0])

    @cached_property
    def samples(self) -> pd.DataFrame:
        """Return one row per shared test sample.

        Columns: sample_id, path, label, labels, correct_a, correct_b, said_a, said_b (predicted classes, as text),
        prob_a, prob_b (of the most probable class), kind (only_a, only_b, both_wrong or None), wrong_a, wrong_b (lists
        of the classes that were missed or falsely predicted).
        """
        a, b, test = self.a, self.b, self.a.samples
        same = (a.decisions == b.decisions).all(axis=1)
        kinds = bootstrap_metrics.discordance(test["sample_id"], a.right, b.right, same)
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
        """Return the totals of both runs: metric, a, b, n."""
        totals_a, totals_b = (self._totals(predictions) for predictions in (self.a, self.b))
        return totals_a.rename(columns={"value": "a"}).assign(b=totals_b["value"])[["metric", "a", "b", "n"]]

    @cached_property
    def tests(self) -> pd.DataFrame:
        """Test every class, see `analysis.significance.class_tests`."""
        a, b = self.a, self.b
        return significance.class_tests(self.targets, a.decisions, b.decisions, a.probs, b.probs, self.classes)

    @cached_property
    def overall_test(self) -> McNemar:
        """Test all classes at once by McNemar."""
        return significance.mcnemar(self.a.right, self.b.right)

    @cached_property
    def confidences(self) -> tuple[Floats, Floats]:
        """Return the probabilities of a and of b that are binned, rows as in `samples`.

        (N, 1), of the most probable class, or (N, C), of every class.
        """
        a, b = (
            side.probs.max(axis=1, keepdims=True) if self._scores_one_label else side.probs for side in (self.a, self.b)
        )
        return a, b

    @cached_property
    def bins(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the reliability bins of a and of b, see `analysis.calibration.reliability`."""
        came_true = [side.right if self._scores_one_label else self.targets.ravel() for side in (self.a, self.b)]
        a, b = (
            calibration.reliability(outcomes, confidence.ravel())
            for outcomes, confidence in zip(came_true, self.confidences, strict=True)
        )
        return a, b

    @cached_property
    def calibration_errors(self) -> pd.DataFrame:
        """Return the errors of a and of b, see `analysis.calibration.calibration_errors`."""
        came_true = [side.right[:, None] if self._scores_one_label else self.targets for side in (self.a, self.b)]
        return calibration.calibration_errors(came_true, self.confidences, self.a.samples["patient"].to_numpy())

    @property
    def _scores_one_label(self) -> bool:
        return self.scoring == "label"

    def _totals(self, predictions: ScoredPredictions) -> pd.DataFrame:
        """Return the multi-label totals and top-1 against the one label, whatever the scoring."""
        top1 = (
            np.nan
            if self.single_label is None
            else decide(predictions.probs, "softmax")[self.single_label].sum() / max(1, self.n)
        )
        row = pd.DataFrame({"metric": ["top1"], "value": [float(top1)], "n": [self.n]})
        return pd.concat([row, multilabel.totals(self.targets, predictions.decisions)], ignore_index=True)


def compare(
    a: StagePredictions,
    b: StagePredictions,
    classes: Sequence[str],
    scoring: str,
    metrics: Sequence[str],
    more: Sequence[tuple[StagePredictions, StagePredictions]] = (),
) -> RunComparison | None:
    """Compare two runs of the same classes; None when they share no test sample.

    The ground truth comes from the runs, as the raw labels of a dataset are not the classes of a label scheme: the one
    label from a single-label run, all labels from a multi-label run, where one takes part.

    Args:
        scoring: "label" compares the most probable class with the one label; "labels" compares the classes that reach
            each run's thresholds with all true labels. A run without thresholds gets those of best F1 on its
            validation samples, as the multi-label run got its own.
        metrics: of analysis.bootstrap_metrics.METRICS, those of `per_class`.
        more: the same two recipes with other seeds, on the same samples.
    Raises:
        GroundTruthUnknown: neither the runs nor the raw labels hold the true classes that this scoring needs.
        ValueError: a sample is twice in a run; the sentence names it.
    """
    pairs = [(a, b), *more]
    tests = _on_shared_samples([side.test for pair in pairs for side in pair])
    first = tests[0]
    if not len(first):
        return None
    sides = [side for pair in pairs for side in pair]
    single_label = _single_label(sides, tests, classes)
    multiple = all_labels(first, classes, multi_label_predictions(sides, "test"))
    targets = {way: present for way, present in (("label", single_label), ("labels", multiple)) if present is not None}
    if scoring not in targets:
        raise GroundTruthUnknown(scoring)
    groups = first.samples["patient"].to_numpy()
    scored = {scoring: _score_all(scoring, targets[scoring], sides, tests, classes)}
    for way in _other_ways(scoring, sides):
        if way in targets:
            with suppress(GroundTruthUnknown):  # some validation sample lacks its labels: leave this way out
                scored[way] = _score_all(way, targets[way], sides, tests, classes)
    both = list(zip(scored[scoring][::2], scored[scoring][1::2], strict=True))
    decided = [(x.decisions, y.decisions, x.probs, y.probs) for x, y in both]
    ways = [way for way in OVERALL if way in scored]  # always in this order: pages that score differently agree
    rights = [np.stack([scored[way][number].right for way in ways], axis=1) for number in range(len(sides))]
    names = [OVERALL[way] for way in ways]
    return RunComparison(
        seed_statistics.compare_over_seeds(targets[scoring], decided, groups, classes, metrics),
        seed_statistics.compare_shares_over_seeds(list(zip(rights[::2], rights[1::2], strict=True)), groups, names),
        *both[0],
        targets[scoring],
        single_label,
        class_lists(targets[scoring] if multiple is None else multiple, classes),
        classes,
        scoring,
    )


def _other_ways(scoring: str, sides: Sequence[StagePredictions]) -> tuple[str, ...]:
    """Return the other way of scoring where a multi-label run takes part.

    The two ways may then disagree.
    """
    other = "labels" if scoring == "label" else "label"
    return (other,) if any(side.thresholds is not None for side in sides) else ()


def _score_all(
    way: str,
    targets: Bools,
    sides: Sequence[StagePredictions],
    tests: Sequence[PredictionTable],
    classes: Sequence[str],
) -> list[ScoredPredictions]:
    """Score each run in one way."""
    thresholds = [None if way == "label" else decision_thresholds(side, classes, sides) for side in sides]
    return [_score(test, targets, limits) for test, limits in zip(tests, thresholds, strict=True)]


def _on_shared_samples(tests: Sequence[PredictionTable]) -> list[PredictionTable]:
    """Select the samples that all runs have, in the order of the first run."""
    ids = [pd.Index(test.samples["sample_id"]) for test in tests]
    for index in ids:
        if not index.is_unique:
            twice = index[index.duplicated()][0]
            raise ValueError(f"The sample {twice} is twice in a run; give each sample one row, or it counts twice.")
    if all(ids[0].equals(other) for other in ids[1:]):
        return list(tests)
    shared = ids[0][np.logical_and.reduce([ids[0].isin(other) for other in ids])]
    return [test.take(index.get_indexer(shared)) for test, index in zip(tests, ids, strict=True)]


def _single_label(
    sides: Sequence[StagePredictions], tests: Sequence[PredictionTable], classes: Sequence[str]
) -> Bools | None:
    """Return the one label from the first run that knows it; single-label runs always do."""
    runs = sorted(zip(sides, tests, strict=True), key=lambda run: run[0].thresholds is not None)
    return next((label for _, test in runs if (label := one_label(test, classes)) is not None), None)


def decision_thresholds(
    side: StagePredictions, classes: Sequence[str], sides: Sequence[StagePredictions] = ()
) -> Floats:
    """Return the thresholds of a run's decisions.

    These are its own, else those of best F1 on its validation samples, else 0.5.

    Args:
        sides: runs of the same classes; the multi-label ones among them know the true classes.
    Raises:
        GroundTruthUnknown: no run knows the true classes of the validation samples.
    """
    if side.thresholds is not None:
        return np.asarray(side.thresholds, dtype=np.float64)
    if side.val is None or not len(side.val):
        return np.full(len(classes), 0.5)
    truth = all_labels(side.val, classes, multi_label_predictions(sides, "val", side.version))
    if truth is None:
        raise GroundTruthUnknown("labels")
    return best_f1_thresholds(truth, side.val.unit_probs)


def multi_label_predictions(
    sides: Sequence[StagePredictions], split: str, version: str | None = None
) -> list[PredictionTable]:
    """Return the predictions of the multi-label runs among these on a split: val or test.

    Args:
        version: only of runs on this dataset version, as for validation samples; None for all.
    """
    multi = [side for side in sides if side.thresholds is not None and version in (None, side.version)]
    frames = [side.test if split == "test" else side.val for side in multi]
    return [frame for frame in frames if frame is not None]


def _score(test: PredictionTable, targets: Bools, limits: Floats | None) -> ScoredPredictions:
    """Decide and score one run; without thresholds the most probable class is decided."""
    probs = test.unit_probs
    decisions = decide(probs, "softmax") if limits is None else decide(probs, "sigmoid", limits)
    return ScoredPredictions(test.samples, probs, decisions, (decisions == targets).all(axis=1))


def joined_class_names(decided: Bools, classes: Sequence[str]) -> list[str]:
    """Join the names of the decided classes of every sample; empty when none."""
    return [", ".join(row) for row in class_lists(decided, classes)]


def class_lists(marked: Bools, classes: Sequence[str]) -> list[list[str]]:
    """List the names of the marked classes of every row."""
    none: list[str] = []  # shared by all rows without a mark: making thousands of lists takes longest of all
    lists = [none] * len(marked)
    rows, columns = np.nonzero(marked)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        lists[row] = [*lists[row], classes[column]]
    return lists
