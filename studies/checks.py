"""Refuse questions that cannot be answered; each sentence says why and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from studies import phantoms
from studies.parts import Arm, DatasetPlan, Question

# An interval over seeds takes three: fewer say nothing about recipes.
FEWEST_SEEDS = 3


def refuse_question(
    question: Question,
    arms: Mapping[str, Arm],
    datasets: Mapping[str, DatasetPlan],
    shared_datasets: Iterable[str],
    shared_seeds: Iterable[int],
) -> None:
    """Raise ValueError for a question that its study cannot answer.

    Args:
        shared_datasets, shared_seeds: those that all arms of the question are trained on.
    """
    where = f"question '{question.name}'"
    if unknown := [name for name in question.arms if name not in arms]:
        raise ValueError(f"{where} names the arm '{unknown[0]}', which is unknown; arms are {', '.join(arms)}")
    _refuse_datasets(where, question, datasets, list(shared_datasets))
    _refuse_samples(where, question, [datasets[name] for name in question.datasets or shared_datasets])
    n_seeds = len(list(shared_seeds))
    if n_seeds < FEWEST_SEEDS:
        raise ValueError(f"{where} has {n_seeds} seeds that all its arms share; an answer takes {FEWEST_SEEDS} or more")


def _refuse_datasets(where: str, question: Question, datasets: Mapping[str, DatasetPlan], shared: list[str]) -> None:
    for name in question.datasets or ():
        if name not in datasets:
            known = ", ".join(datasets)
            raise ValueError(f"{where} names the dataset '{name}', which is unknown; datasets are {known}")
        if name not in shared:
            raise ValueError(f"{where} asks about '{name}', on which not all of its arms are trained")
    if not shared:
        raise ValueError(f"{where} has no dataset on which all of its arms are trained")


def _refuse_samples(where: str, question: Question, datasets: list[DatasetPlan]) -> None:
    phantom = [plan.preset is not None for plan in datasets]
    if question.samples in phantoms.KNOWN_SAMPLES and not any(phantom):
        raise ValueError(f"{where} is about '{question.samples}' samples, which only a phantom knows; name one")
    wrong = [name for name in question.classes if name not in phantoms.CLASSES]
    if wrong and all(phantom):
        known = ", ".join(phantoms.CLASSES)
        raise ValueError(f"{where} is about the class '{wrong[0]}', which a phantom does not have; it has {known}")
