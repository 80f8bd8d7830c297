"""Expand a study into its cells: one run for each dataset, arm and seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from recipes import Recipe
from studies import phantoms
from studies.messages import StudyError
from studies.parts import MOST_SEEDS, Question, Value
from studies.schema import Study

_LONGEST_NAME = 64


@dataclass(frozen=True)
class DatasetCell:
    """One dataset of a study; a grid is one dataset for each combination of its values.

    Attributes:
        key: its name in the study, such as `claims` or `noise-label_noise=0.03`.
        source: its name in the file.
        values: the grid's options and their values here; empty without a grid.
        dataset_id: its id in the catalog. A phantom's name ends with a hash of its settings, so that another study
            with a dataset of the same name and other settings has another dataset.
        preset, options: of a phantom; preset is None for a dataset that exists.
        optional: whether it is passed over where it is absent.
    """

    key: str
    source: str
    values: Mapping[str, Value]
    dataset_id: str
    preset: str | None
    options: Mapping[str, Value]
    optional: bool = False

    @property
    def name(self) -> str:
        """Return the dataset's name in the catalog, without its version."""
        return self.dataset_id.partition("@")[0]


@dataclass(frozen=True)
class Cell:
    """One run of a study.

    Attributes:
        dataset: key of its dataset in the study.
        arm, seed: what is trained, and by which seed.
        recipe: the whole recipe; its dataset and seed are set, and its name is the arm's.
        source, settings: the recipe that it is made from, and what is changed of it.
    """

    dataset: str
    arm: str
    seed: int
    recipe: Recipe
    source: str
    settings: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.arm} on {self.dataset}, seed {self.seed}"


def datasets_of(study: Study) -> list[DatasetCell]:
    """Return the datasets of a study in the order of the file.

    Each combination of a grid is one by itself.
    """
    return [cell for source in study.datasets for cell in _datasets_of(study, source)]


def question_datasets(study: Study, question: Question) -> list[DatasetCell]:
    """Return the datasets that a question is answered on.

    Where it names none, they are all that its arms share.

    A dataset that is no phantom is left out where the question is about samples that only a phantom knows.
    """
    sources = question.datasets or study.common_datasets(question)
    needs_phantom = question.samples in phantoms.KNOWN_SAMPLES
    cells = [cell for cell in datasets_of(study) if cell.source in sources]
    return [cell for cell in cells if not needs_phantom or cell.preset is not None]


def seeds_of(study: Study, arm: str, n_seeds: int | None = None) -> tuple[int, ...]:
    """Return the seeds of an arm.

    Args:
        n_seeds: as many of them; where the study's own seeds are fewer, the next whole numbers follow. An arm with
            seeds of its own gets no more than those. None: as in the file.
    """
    own = study.arms[arm].seeds
    seeds = own or study.seeds
    if n_seeds is None:
        return seeds
    more = range(max(seeds) + 1, max(seeds) + 1 + n_seeds - len(seeds)) if own is None else ()
    return (*seeds, *more)[:n_seeds]


def cells(study: Study, n_seeds: int | None = None, datasets: Sequence[str] | None = None) -> list[Cell]:
    """Return the runs of a study, those that its first questions need first.

    Main questions come before explorative ones, each in the order of the file; for a question, one seed after the
    other, so that a study that is stopped has whole pairs. Arms that no question names come last.

    Args:
        n_seeds: see `seeds_of`.
        datasets: names of datasets in the file, or keys of single ones; None: all.

    Raises:
        StudyError: the study has no such dataset, or the number of seeds is not one that a study can have.
    """
    if n_seeds is not None and not 1 <= n_seeds <= MOST_SEEDS:
        raise StudyError(f"A study needs 1 to {MOST_SEEDS:,} seeds, not {n_seeds:,}.")
    places = _chosen(datasets_of(study), datasets)
    wanted = dict.fromkeys(_in_order(study, places, n_seeds))
    return [_cell(study, place, arm, seed) for place, arm, seed in _with_datasets(wanted, places)]


def _chosen(places: list[DatasetCell], names: Sequence[str] | None) -> list[DatasetCell]:
    for name in names or ():
        if not any(name in (place.source, place.key) for place in places):
            known = ", ".join(dict.fromkeys(place.source for place in places))
            raise StudyError(f"The study has no dataset '{name}'; its datasets are {known}.")
    return [place for place in places if names is None or {place.source, place.key} & set(names)]


def _in_order(study: Study, places: Sequence[DatasetCell], n_seeds: int | None) -> Iterator[tuple[str, str, int]]:
    """Yield dataset, arm and seed of each run; some more than once."""
    chosen = {place.key for place in places}
    for question in sorted(study.questions, key=lambda question: not question.main):
        keys = [place.key for place in question_datasets(study, question) if place.key in chosen]
        yield from _of_arms(study, question.arms, {arm: keys for arm in question.arms}, n_seeds)
    trained = {name: arm.datasets or tuple(study.datasets) for name, arm in study.arms.items()}
    keys_of = {name: [place.key for place in places if place.source in sources] for name, sources in trained.items()}
    yield from _of_arms(study, tuple(study.arms), keys_of, n_seeds)


def _of_arms(
    study: Study, arms: Sequence[str], keys_of: Mapping[str, Sequence[str]], n_seeds: int | None
) -> Iterator[tuple[str, str, int]]:
    seeds = {arm: seeds_of(study, arm, n_seeds) for arm in arms}
    for seed in dict.fromkeys(seed for own in seeds.values() for seed in own):
        for key in dict.fromkeys(key for arm in arms for key in keys_of[arm]):
            yield from ((key, arm, seed) for arm in arms if seed in seeds[arm] and key in keys_of[arm])


def _with_datasets(
    wanted: Mapping[tuple[str, str, int], None], places: Sequence[DatasetCell]
) -> Iterator[tuple[DatasetCell, str, int]]:
    by_key = {place.key: place for place in places}
    return ((by_key[key], arm, seed) for key, arm, seed in wanted)


def _cell(study: Study, place: DatasetCell, arm: str, seed: int) -> Cell:
    recipe = study.recipes[arm].model_copy(update={"dataset": place.dataset_id, "seed": seed})
    return Cell(place.key, arm, seed, recipe, study.arms[arm].recipe, study.settings_of(arm))


def _datasets_of(study: Study, source: str) -> Iterator[DatasetCell]:
    plan = study.datasets[source]
    if plan.preset is None:
        yield DatasetCell(source, source, {}, str(plan.name), None, {}, plan.optional)
        return
    for combination in product(*plan.grid.values()):
        values = dict(zip(plan.grid, combination, strict=True))
        key = "-".join([source, *(f"{option}={_text(value)}" for option, value in values.items())])
        options = {**plan.options, **values}
        yield DatasetCell(key, source, values, _dataset_id(key, plan.preset, options), plan.preset, options)


def _dataset_id(key: str, preset: str, options: Mapping[str, Value]) -> str:
    ending = f"-{phantoms.fingerprint(preset, options)}"
    name = "".join(letter if letter.isalnum() else "_" if letter in "._" else "-" for letter in key.lower())
    return f"{name[: _LONGEST_NAME - len(ending)]}{ending}@1"


def _text(value: Value) -> str:
    if value is None:
        return "off"
    return f"{value:g}" if isinstance(value, float) else str(value)
