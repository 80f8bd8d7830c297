"""Answer the questions of a study from its runs; page, report and command use the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.knob_effects import COLUMNS, knob_effects
from analysis.study_questions import NO_RUNS, ArmPredictions, answer_questions
from analysis.study_questions import Question as Asked
from comparisons import study_runs
from comparisons.study_runs import ABSENT, DONE, StudyReader, StudyRuns
from studies import DatasetCell, Question, Side, Study, question_datasets

NO_PREDICTIONS = "no_predictions"
"""Why a question has no verdict: seeds of all its arms have ended, and the store has no predictions of them."""
_MARKED = {"hard": ("difficulty", "hard"), "rare": ("subgroup", "rare"), "against_marks": ("against_marks", True)}


@dataclass(frozen=True)
class StudyAnswers:
    """What a study has shown so far.

    Attributes:
        questions: one row per question and dataset: the columns of `analysis.study_questions.answer_questions`, and
            question, asks, learn, dataset (its key in the study), source (its name in the file), values (of a grid's
            options, a dict), kind (contrast or interaction), samples, score, main, sides (as text), n_ended (seeds at
            which all its arms have come so far). `reason` may also be NO_PREDICTIONS.
        by_class: of each contrast and class, the test samples that the first arm alone has right (win), the second
            alone (loss), or neither alone (tie), as means over seeds; and the seeds won, tied and lost.
        costs, curves: of `comparisons.study_runs`.
        grid: dataset, dataset_id, arm, seed, run_id, state; one row per cell.
        stages: question, dataset, side, seed, run_id, round, stage: what every number was computed from.
        knob_effects: question, source, and the columns of `analysis.knob_effects`; of questions over a grid of knobs.
    """

    study_id: str
    questions: pd.DataFrame
    by_class: pd.DataFrame
    costs: pd.DataFrame
    curves: pd.DataFrame
    grid: pd.DataFrame
    stages: pd.DataFrame
    knob_effects: pd.DataFrame

    @property
    def n_cells(self) -> int:
        """Count the runs that the study needs."""
        return len(self.grid)

    @property
    def n_done(self) -> int:
        """Count the runs that have ended well."""
        return int((self.grid["state"] == DONE).sum())


@dataclass(frozen=True)
class _Case:
    """One question about one dataset, and the samples that it is about."""

    question: Question
    place: DatasetCell
    asked: Asked
    predictions: ArmPredictions
    classes: list[str]

    @property
    def key(self) -> dict[str, str]:
        return {"question": self.question.name, "dataset": self.place.key}


def answer(study: Study, reader: StudyReader, n_bootstrap: int = 1000) -> StudyAnswers:
    """Answer all questions of a study from the runs that have ended.

    Raises:
        store.StoreError: the store cannot be read.
    """
    found = study_runs.gather(study, reader)
    cases = _cases(study, found, reader)
    answers = answer_questions(
        [case.asked for case in cases], {case.place.key: case.predictions for case in cases}, n_bootstrap
    )
    described = pd.DataFrame([_describe(case, found) for case in cases], index=answers.index)
    questions = pd.concat([described, answers], axis=1)
    unread = (questions["verdict"] == NO_RUNS) & (questions["n_ended"] > 0)
    questions.loc[unread, "reason"] = NO_PREDICTIONS
    return StudyAnswers(
        study.study_id,
        questions,
        _by_class(cases),
        study_runs.costs(found),
        study_runs.curves(found, reader),
        found.grid,
        _stages(cases, found),
        _knob_effects(questions),
    )


def _cases(study: Study, found: StudyRuns, reader: StudyReader) -> list[_Case]:
    """Pair every question with its datasets; each dataset is read once."""
    trained_on = set(found.grid["dataset"])  # without optional datasets that are absent
    asked = [
        (question, place)
        for question in study.questions
        for place in question_datasets(study, question)
        if place.key in trained_on
    ]
    sides: dict[str, dict[Side, None]] = {}
    for question, place in asked:
        sides.setdefault(place.key, {}).update(dict.fromkeys(question.sides))
    places = {place.key: place for _, place in asked}
    read = {
        key: study_runs.read_predictions(found, key, _dataset_id(found, place), list(sides[key]), reader)
        for key, place in places.items()
    }
    cases = []
    for question, place in asked:
        predictions, samples, classes = read[place.key]
        names = tuple(str(side) for side in question.sides)
        chosen = choose_samples(question.samples, samples) & _answered_by_all(predictions, names)
        wanted = Asked(place.key, names, question.score, chosen, question.margin, question.main)
        cases.append(_Case(question, place, wanted, predictions, classes))
    return cases


def _dataset_id(found: StudyRuns, place: DatasetCell) -> str:
    """Return the dataset version that the runs of a dataset were trained on."""
    rows = found.grid[(found.grid["dataset"] == place.key) & found.grid["run_id"].notna()]
    return str(rows["dataset_id"].iloc[0]) if len(rows) else place.dataset_id


def choose_samples(samples: str, table: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which test samples a question is about, (N,) bool.

    Args:
        samples: all, decidable (no toss), hard, rare, against_marks, class:NAME or pair:NAME,NAME.
        table: N rows of `store.samples`; what it does not record, no sample is.
    """
    if samples == "all":
        return np.ones(len(table), bool)
    if samples == "decidable":
        toss = table["difficulty"] == "toss" if "difficulty" in table else pd.Series(False, table.index)
        return ~np.asarray(toss.fillna(False), bool)
    if samples in _MARKED:
        column, value = _MARKED[samples]
        marked = table[column] == value if column in table else pd.Series(False, table.index)
        return np.asarray(marked.fillna(False), bool)
    names = samples.partition(":")[2].split(",")
    return np.asarray(table["label"].isin(names), bool)


def _answered_by_all(predictions: ArmPredictions, names: Sequence[str]) -> NDArray[np.bool_]:
    """Return the samples that every run of these sides has predicted, (N,) bool."""
    seeds = predictions.seeds(list(dict.fromkeys(names)))
    present = [predictions.predicted[name, seed] != ABSENT for name in names for seed in seeds]
    whole = np.ones(len(predictions.targets), bool)
    return np.asarray(np.logical_and.reduce([predictions.targets >= 0, whole, *present]), bool)


def _describe(case: _Case, found: StudyRuns) -> dict[str, Any]:
    question = case.question
    ended = [set(found.stage_of(case.place.key, side)["seed"]) for side in question.sides]
    return {
        **case.key, "asks": question.asks, "learn": question.learn, "source": case.place.source,
        "values": dict(case.place.values), "kind": "contrast" if question.contrast else "interaction",
        "samples": question.samples, "score": question.score, "main": question.main, "sides": case.asked.arms,
        "n_ended": len(set.intersection(*ended)),
    }  # fmt: skip


def _knob_effects(questions: pd.DataFrame) -> pd.DataFrame:
    """Estimate what each knob does to the difference that a question is about."""
    tables = [
        knob_effects(list(rows["values"]), rows["difference"].to_numpy(np.float64)).assign(question=name, source=source)
        for (name, source), rows in questions[questions["values"].map(len) > 0].groupby(
            ["question", "source"], sort=False
        )
    ]
    columns = ["question", "source", *COLUMNS]
    return pd.concat([pd.DataFrame(columns=columns), *tables])[columns].reset_index(drop=True)


def _by_class(cases: Sequence[_Case]) -> pd.DataFrame:
    """Count wins, ties and losses of every contrast, class by class."""
    columns = ["question", "dataset", "class_name", "n", "win", "tie", "loss", "seeds_won", "seeds_tied", "seeds_lost"]
    rows = []
    for case in cases:
        seeds = case.predictions.seeds(case.asked.arms)
        if len(case.asked.arms) != 2 or not seeds:
            continue
        targets, chosen = case.predictions.targets, case.asked.chosen
        right = [
            np.stack([case.predictions.predicted[arm, seed] == targets for seed in seeds]) for arm in case.asked.arms
        ]
        for number, name in enumerate(case.classes):
            of_class = chosen & (targets == number)
            if not of_class.any():
                continue
            first, second = (side[:, of_class] for side in right)
            won, lost = (first & ~second).sum(axis=1), (second & ~first).sum(axis=1)
            n = int(of_class.sum())
            means = won.mean(), n - won.mean() - lost.mean(), lost.mean()
            better, worse = int((won > lost).sum()), int((won < lost).sum())
            rows.append((*case.key.values(), name, n, *means, better, len(seeds) - better - worse, worse))
    return pd.DataFrame(rows, columns=columns)


def _stages(cases: Sequence[_Case], found: StudyRuns) -> pd.DataFrame:
    """List the stage of every run that a question's answer was computed from."""
    parts = [pd.DataFrame(columns=["question", "dataset", "side", "seed", "run_id", "round", "stage"])]
    for case in cases:
        seeds = case.predictions.seeds(case.asked.arms)
        for side in dict.fromkeys(case.question.sides):
            stages = found.stage_of(case.place.key, side)
            parts.append(stages[stages["seed"].isin(seeds)].assign(**case.key, side=str(side)))
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)[list(parts[0].columns)]
