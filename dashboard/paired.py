"""Two runs on the same test samples, both scored the same way; pure: frames in, a result out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import calibration, comparison, multilabel, seeds, significance
from analysis.metrics import decide
from analysis.significance import McNemar
from analysis.thresholds import best_f1_thresholds

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Side:
    """One run's stage: predictions on test and validation, and its thresholds if it has any."""

    test: pd.DataFrame
    val: pd.DataFrame | None
    thresholds: Sequence[float] | None


@dataclass(frozen=True)
class Paired:
    """What the comparison found; `per_class` and `overall` have the columns of `analysis.seeds`, one row a score.

    per_class, overall: of all seeds that were given. Everything else is of the first pair of runs alone.
    samples: one row a shared test sample: sample_id, path, label, labels, correct_a, correct_b, said_a, said_b (text),
    prob_a, prob_b (of the most probable class), kind (only_a, only_b, both_wrong or None), wrong_a, wrong_b (lists of
    the classes that were missed, or said without being there).
    totals: metric, a, b, n.  tests: of `analysis.significance.class_tests`, which `shared` is for all classes at once.
    bins: of `analysis.calibration.reliability`, a then b.  sure: a then b, the probabilities that were binned: (N, 1),
    of the most probable class, or (N, C), of every class; rows as in `samples`.
    """

    per_class: pd.DataFrame
    overall: pd.DataFrame
    samples: pd.DataFrame
    totals: pd.DataFrame
    tests: pd.DataFrame
    shared: McNemar
    bins: tuple[pd.DataFrame, pd.DataFrame]
    sure: tuple[Floats, Floats]

    @property
    def n(self) -> int:
        """Shared test samples."""
        return len(self.samples)

    @property
    def patients(self) -> int:
        """Patients they come from."""
        return int(self.overall["n_groups"].iloc[0])

    @property
    def n_seeds(self) -> int:
        """Pairs of runs."""
        return int(self.overall["n_seeds"].iloc[0])


@dataclass(frozen=True)
class _Answers:
    probs: Floats
    said: Bools
    right: Bools


def compare(
    a: Side,
    b: Side,
    classes: Sequence[str],
    scoring: str,
    metrics: Sequence[str],
    more: Sequence[tuple[Side, Side]] = (),
) -> Paired | None:
    """Compare two runs of the same classes; None when they share no test sample.

    Args:
        scoring: "label" sets the most probable class of both against the one label; "labels" sets what reaches each
            run's thresholds against all labels present. A run without thresholds gets those of best F1 on its
            validation samples, as the multi-label run got its own.
        metrics: of analysis.comparison.METRICS, those of `per_class`.
        more: the same two recipes with other seeds, on the same samples.
    """
    pairs = [(a, b), *more]
    shared = sorted(set.intersection(*(set(side.test["sample_id"]) for pair in pairs for side in pair)))
    if not shared:
        return None
    first = a.test.set_index("sample_id").loc[shared]
    targets = one_hot(first["label"], classes) if scoring == "label" else hot(first["labels"], classes)
    groups = first["patient"].to_numpy()
    told = [
        tuple(_answers(side, side.test.set_index("sample_id").loc[shared], targets, classes, scoring) for side in pair)
        for pair in pairs
    ]
    of_a, of_b = told[0]
    tables = [_totals(targets, of, first, classes) for of in (of_a, of_b)]
    return Paired(
        seeds.compare_over_seeds(
            targets,
            [(x.said, y.said, x.probs, y.probs) for x, y in told],
            groups,
            classes,
            metrics,
        ),
        seeds.compare_correct_over_seeds([(x.right, y.right) for x, y in told], groups),
        _listed(first, b.test.set_index("sample_id").loc[shared], of_a, of_b, targets, classes),
        tables[0].rename(columns={"value": "a"}).assign(b=tables[1]["value"])[["metric", "a", "b", "n"]],
        significance.class_tests(targets, of_a.said, of_b.said, of_a.probs, of_b.probs, classes),
        significance.mcnemar(of_a.right, of_b.right),
        (_bins(targets, of_a, scoring), _bins(targets, of_b, scoring)),
        (_sure(of_a, scoring), _sure(of_b, scoring)),
    )


def tuned(side: Side, classes: Sequence[str]) -> Floats:
    """The thresholds that a run's decisions are made with: its own, else those of best F1 on its validation samples."""
    if side.thresholds is not None:
        return np.asarray(side.thresholds, dtype=np.float64)
    if side.val is None or not len(side.val):
        return np.full(len(classes), 0.5)
    return best_f1_thresholds(hot(side.val["labels"], classes), probabilities(side.val))


def _answers(side: Side, test: pd.DataFrame, targets: Bools, classes: Sequence[str], scoring: str) -> _Answers:
    probs = probabilities(test)
    said = decide(probs, "softmax") if scoring == "label" else decide(probs, "sigmoid", tuned(side, classes))
    return _Answers(probs, said, (said == targets).all(axis=1))


def _totals(targets: Bools, of: _Answers, test: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """The totals of multi-label scoring, and top-1 against the one label, whatever the scoring."""
    top1 = decide(of.probs, "softmax")[one_hot(test["label"], classes)].sum() / max(1, len(test))
    row = pd.DataFrame({"metric": ["top1"], "value": [float(top1)], "n": [len(test)]})
    return pd.concat([row, multilabel.totals(targets, of.said)], ignore_index=True)


def _bins(targets: Bools, of: _Answers, scoring: str) -> pd.DataFrame:
    came_true = of.right if scoring == "label" else targets.ravel()
    return calibration.reliability(came_true, _sure(of, scoring).ravel())


def _sure(of: _Answers, scoring: str) -> Floats:
    return of.probs.max(axis=1, keepdims=True) if scoring == "label" else of.probs


def _listed(
    test_a: pd.DataFrame, test_b: pd.DataFrame, a: _Answers, b: _Answers, targets: Bools, classes: Sequence[str]
) -> pd.DataFrame:
    kinds = comparison.discordance(test_a.index, a.right, b.right, (a.said == b.said).all(axis=1))
    return (
        test_a[["path", "label", "labels"]]
        .assign(
            correct_a=a.right,
            correct_b=b.right,
            said_a=names(a.said, classes),
            said_b=names(b.said, classes),
            prob_a=test_a["prob"],
            prob_b=test_b["prob"],
            kind=kinds.set_index("sample_id")["kind"].reindex(test_a.index),
            wrong_a=_there(a.said != targets, classes),
            wrong_b=_there(b.said != targets, classes),
        )
        .reset_index()
    )


def probabilities(frame: pd.DataFrame) -> Floats:
    """(N, C) float in [0, 1]."""
    stacked: Floats = np.clip(np.stack(frame["probs"].to_list()).astype(np.float64), 0, 1)
    return stacked


def one_hot(labels: pd.Series, classes: Sequence[str]) -> Bools:
    """(N, C) bool of one class a sample."""
    one: Bools = pd.Index(classes).get_indexer(pd.Index(labels))[:, None] == np.arange(len(classes))
    return one


def hot(labels: pd.Series, classes: Sequence[str]) -> Bools:
    """(N, C) bool of any number of classes a sample."""
    there = np.zeros((len(labels), len(classes)), dtype=bool)
    rows = np.repeat(np.arange(len(labels)), [len(present) for present in labels])
    codes = pd.Index(classes).get_indexer(pd.Index([name for present in labels for name in present], dtype=object))
    there[rows[codes >= 0], codes[codes >= 0]] = True
    return there


def names(decided: Bools, classes: Sequence[str]) -> list[str]:
    """The decided classes of every sample, as text; empty when none."""
    return [", ".join(row) for row in _there(decided, classes)]


def _there(marked: Bools, classes: Sequence[str]) -> list[list[str]]:
    """The marked classes of every row; rows are of few kinds, and each kind is named once."""
    kinds, of = np.unique(marked, axis=0, return_inverse=True)
    told = [[name for name, there in zip(classes, kind, strict=True) if there] for kind in kinds]
    return [told[kind] for kind in of.ravel()]
