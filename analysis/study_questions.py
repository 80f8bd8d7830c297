"""Answer the questions of a study over seeds and patients.

They are contrasts of arms, and interactions.

A question asks about A - B, or about the interaction (A - B) - (C - D), of one score on some of the test samples. Arms
are paired by seed and by sample. All questions of a family hold together: the study's main questions are one family,
those that are only explored another one. Questions without a run count as well, so that a study may be looked at while
its runs come.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.bootstrap import FEWEST_PATIENTS, group_index, group_weights
from analysis.comparison_verdicts import RECIPE_SEEDS, Verdict, assign_verdicts, patients_suffice, what_would_settle
from analysis.metrics import ratio
from analysis.seed_statistics import estimate_effect
from analysis.simultaneous_intervals import ALPHA, TWO_ONE_SIDED, family_levels, intervals

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Bools = NDArray[np.bool_]
Score = Literal["accuracy", "balanced_accuracy", "macro_f1"]
SCORES: Final = ("accuracy", "balanced_accuracy", "macro_f1")
SIGNS: Final[Mapping[int, Floats]] = {2: np.array([1.0, -1.0]), 4: np.array([1.0, -1.0, -1.0, 1.0])}
"""Signs of the terms of a contrast, and of an interaction."""
NO_RUNS = "no_runs"
"""Instead of a verdict: no seed of all arms has ended."""


@dataclass(frozen=True)
class ArmPredictions:
    """What the arms of a study predicted of the test samples of one dataset.

    N samples, C classes.
    Attributes:
        targets: (N,) the true class in [0, C).  patients: (N,).
        predicted: of each arm and seed, (N,) the predicted class; a number outside [0, C) is always wrong.
    """

    targets: Counts
    patients: NDArray[np.generic]
    predicted: Mapping[tuple[str, int], Counts]

    def seeds(self, arms: Sequence[str]) -> list[int]:
        """Return the seeds that all of these arms have."""
        of_arm = [{seed for name, seed in self.predicted if name == arm} for arm in arms]
        return sorted(set.intersection(*of_arm)) if of_arm else []


@dataclass(frozen=True)
class Question:
    """One question about one dataset.

    Attributes:
        arms: A and B, or A, B, C and D.  chosen: (N,) bool, the test samples that it is about.
        score: accuracy is the share of samples that are right; balanced_accuracy the mean over the classes of these
            samples of their recall; macro_f1 the mean of their F1.
        margin: the largest difference that does not matter.  main: of the family of main questions.
    """

    dataset: str
    arms: tuple[str, ...]
    score: Score
    chosen: Bools
    margin: float
    main: bool = True

    def __post_init__(self) -> None:
        """Raise ValueError unless there are 2 or 4 arms, a known score and a margin above 0."""
        if len(self.arms) not in SIGNS:
            raise ValueError(f"A question has {len(self.arms)} arms; give 2 for a contrast, or 4 for an interaction.")
        if self.score not in SCORES:
            raise ValueError(f"Score {self.score!r} is unknown; {', '.join(SCORES)} are allowed.")
        if not self.margin > 0:
            raise ValueError(f"The margin is {self.margin}; give a difference above 0.")


@dataclass(frozen=True)
class _Measured:
    """One question on its data.

    It has differences per seed (S,), under each resample (R,), and who takes part.
    """

    per_seed: Floats
    resampled: Floats
    shared_error: float
    """Standard error over patients that all seeds share; more seeds lessen the rest."""
    telling: int
    n_samples: int
    n_patients: int
    fewest: int
    """Patients of the class that fewest have, where every class counts alike; else all patients."""


def answer_questions(
    questions: Sequence[Question],
    tests: Mapping[str, ArmPredictions],
    n_bootstrap: int = 1000,
    seed: int = 0,
    *,
    settling: bool = True,
) -> pd.DataFrame:
    """Answer questions with intervals over seeds and patients, and give each its verdict.

    Args:
        tests: of each dataset that a question names. Questions about one dataset share its resamples of patients;
            those of different datasets are independent.
        settling: say also what would settle each question; False leaves these columns out.
    Returns:
        One row per question: difference (the mean over seeds; higher = the first arm is better), low, high (95 %, each
        question alone), simultaneous_low, simultaneous_high (95 %, all questions of its family together),
        equivalence_low, equivalence_high (90 %, alone), margin, verdict (of Verdict, as text, or NO_RUNS), n_seeds,
        n_samples, n_patients, n_telling (patients who tell the arms apart), patient_error, shared_error (the part of it
        that more seeds do not lessen), seed_error, more_seeds and
        more_patients (Int64, NA = unknown, none or too many) and reason, why it is not settled: "" (it is),
        "no_runs", "no_samples", "few_patients", "few_seeds", "more_seeds", "more_patients" or "too_many_seeds".
        A verdict needs RECIPE_SEEDS seeds.
    Raises:
        ValueError: lengths disagree.
        KeyError: a dataset has no test set.
    """
    measured = [_measure(question, tests[question.dataset], n_bootstrap, seed) for question in questions]
    n_seeds = np.array([len(one.per_seed) for one in measured], np.int64)
    per_seed = np.full((int(n_seeds.max(initial=0)), len(measured)), np.nan)
    resampled = np.full((n_bootstrap, len(measured)), np.nan)
    for column, one in enumerate(measured):
        per_seed[: len(one.per_seed), column] = one.per_seed
        resampled[:, column] = one.resampled if one.n_patients > 1 else np.nan
    telling = np.array([one.telling for one in measured], np.int64)
    fewest = np.array([one.fewest for one in measured], np.int64)
    reach = np.array([len(question.arms) / 2 for question in questions])
    families, alone = np.array([question.main for question in questions], bool), np.arange(len(questions))
    frame = _alone(per_seed, resampled, n_seeds).assign(n_groups=fewest, n_telling=telling)
    frame["shared_error"] = np.array([one.shared_error for one in measured])
    for name, level, groups in (("simultaneous", ALPHA, families), ("equivalence", TWO_ONE_SIDED, alone)):
        ends = intervals(per_seed, resampled, telling, fewest, groups, level, n_seeds, reach)
        for end, values in zip(("low", "high"), ends, strict=True):
            frame[f"{name}_{end}"] = np.clip(values, -reach, reach)  # no difference of shares is larger
    frame = assign_verdicts(frame, np.array([question.margin for question in questions]))
    few = n_seeds < RECIPE_SEEDS
    frame["verdict"] = np.where(few, np.where(n_seeds == 0, NO_RUNS, Verdict.NOT_SETTLED.value), frame["verdict"])
    frame = frame.assign(
        n_seeds=n_seeds,
        n_samples=np.array([one.n_samples for one in measured], np.int64),
        n_patients=np.array([one.n_patients for one in measured], np.int64),
    )
    if not settling:
        return frame.drop(columns="n_groups")
    estimate = frame["difference"].to_numpy(np.float64)
    testable = frame["simultaneous_low"].notna().to_numpy() & (telling >= FEWEST_PATIENTS)
    levels = family_levels(resampled, estimate, testable, families, ALPHA, n_seeds == 0)
    needs = [_what_it_takes(row, float(level)) for (_, row), level in zip(frame.iterrows(), levels, strict=True)]
    columns = pd.DataFrame(needs, columns=["reason", "more_seeds", "more_patients"], index=frame.index)
    whole = {"more_seeds": "Int64", "more_patients": "Int64"}
    return frame.assign(**columns.astype(whole)).drop(columns="n_groups")


def _measure(question: Question, test: ArmPredictions, n_bootstrap: int, seed: int) -> _Measured:
    """Score the arms of a question at each seed.

    They are scored on the data and under every resample of patients.
    """
    if not len(question.chosen) == len(test.targets) == len(test.patients):
        raise ValueError(
            f"Dataset {question.dataset} has {len(test.targets)} test samples, {len(test.patients)} patients and "
            f"{len(question.chosen)} marks of chosen samples; give as many of each."
        )
    index, n_groups = group_index(test.patients)
    weights = group_weights(n_groups, n_bootstrap, seed + zlib.crc32(question.dataset.encode()))
    seeds, chosen = test.seeds(question.arms), np.flatnonzero(question.chosen)
    targets, index = test.targets[chosen], index[chosen]
    n_patients = len(np.unique(index))
    terms, signs = len(question.arms), SIGNS[len(question.arms)]
    if not seeds or not len(chosen):
        none = np.full(len(seeds), np.nan)
        return _Measured(none, np.full(n_bootstrap, np.nan), np.nan, 0, len(chosen), n_patients, n_patients)
    runs = np.stack([test.predicted[arm, number][chosen] for number in seeds for arm in question.arms])
    by_class = question.score != "accuracy"
    classes, place = np.unique(targets, return_inverse=True) if by_class else (np.zeros(1), np.zeros_like(targets))
    hits = _sums(runs == targets, place, index, len(classes), n_groups)
    support = _sums(np.ones((1, len(targets)), bool), place, index, len(classes), n_groups)
    scored = [hits, support]
    if question.score == "macro_f1":
        named = np.searchsorted(classes, runs).clip(max=len(classes) - 1)
        scored.append(_sums(classes[named] == runs, named, index, len(classes), n_groups))
    found = _scores(scored, weights.astype(np.float64)).reshape(1 + n_bootstrap, len(seeds), terms) @ signs
    moved = np.zeros(n_groups)
    for counts in (hits, *scored[2:]):
        change = counts.reshape(len(seeds), terms, len(classes), n_groups).sum(axis=0)
        moved += np.abs(np.tensordot(signs, change, axes=1)).sum(axis=0)
    fewest = int((support[0] > 0).sum(axis=1).min()) if by_class else n_patients
    telling = int((moved > 0).sum())
    return _Measured(
        found[0], found[1:].mean(axis=1), _shared_error(found[1:]), telling, len(chosen), n_patients, fewest
    )


def _shared_error(resampled: Floats) -> float:
    """Return the standard error over patients that all seeds share, from (R, S) differences.

    The variance of one seed is shared + own, that of the mean over S seeds shared + own / S.
    """
    n_seeds = resampled.shape[1]
    if len(resampled) < 2 or n_seeds < 2:
        return float(np.nanstd(resampled.mean(axis=1), ddof=1)) if len(resampled) > 1 else np.nan
    of_mean = float(np.nanvar(resampled.mean(axis=1), ddof=1))
    own = max(0.0, float(np.nanvar(resampled, axis=0, ddof=1).mean()) - of_mean) * n_seeds / (n_seeds - 1)
    return float(np.sqrt(max(0.0, of_mean - own / n_seeds)))


def _sums(marked: Bools, place: Counts, index: Counts, n_classes: int, n_groups: int) -> Floats:
    """Count marked samples by run, class and patient: (M, N) bool -> (M, C, G).

    place: (N,) or (M, N), the class that a sample counts for.
    """
    runs = len(marked)
    cell = (np.arange(runs)[:, None] * n_classes + place) * n_groups + index
    counts = np.bincount(cell.ravel(), weights=marked.ravel(), minlength=runs * n_classes * n_groups)
    return np.asarray(counts, np.float64).reshape(runs, n_classes, n_groups)


def _scores(counted: Sequence[Floats], weights: Floats) -> Floats:
    """Return the score of each run under every resample, (1 + R, M).

    Args:
        counted: (M, C, G) hits, (1, C, G) support and, for F1, (M, C, G) predictions of each class; a class that no
            sample of a resample has is left out of the mean.
    """
    drawn = [np.tensordot(weights, counts, axes=(1, 2)) for counts in counted]  # (1 + R, M, C)
    parts = ratio(drawn[0], drawn[1]) if len(drawn) == 2 else ratio(2 * drawn[0], drawn[1] + drawn[2])
    present = drawn[1] > 0
    return ratio(np.where(present, parts, 0.0).sum(axis=2), present.sum(axis=2))


def _alone(per_seed: Floats, resampled: Floats, n_seeds: Counts) -> pd.DataFrame:
    """Estimate each question by itself, see `estimate_effect`.

    Questions may have different seeds.
    """
    parts = []
    for number in np.unique(n_seeds):
        columns = np.flatnonzero(n_seeds == number)
        found = estimate_effect(per_seed[:number, columns], resampled[:, columns])
        parts.append(found.set_index(columns))
    empty = estimate_effect(per_seed[:0, :0], resampled[:, :0])
    return pd.concat([part for part in parts if len(part)] or [empty]).sort_index()


def _what_it_takes(row: pd.Series, level: float) -> tuple[str, int | None, int | None]:
    """Return why a question is not settled, and how many more seeds or patients would settle it."""
    n_seeds, margin = int(row["n_seeds"]), float(row["margin"])
    if row["verdict"] == NO_RUNS:
        return NO_RUNS, RECIPE_SEEDS, None
    if row["verdict"] != Verdict.NOT_SETTLED:
        return "", None, None
    if not row["n_samples"]:
        return "no_samples", None, None
    if row["n_groups"] < FEWEST_PATIENTS:
        return "few_patients", None, None
    seeds, patients = what_would_settle(row, margin, level=level)
    if n_seeds < RECIPE_SEEDS:
        return "few_seeds", max(seeds or 0, RECIPE_SEEDS - n_seeds), None
    if seeds is not None:
        return "more_seeds", seeds, None
    if not patients_suffice(row, margin, level):
        return "more_patients", None, patients
    return "too_many_seeds", None, patients
