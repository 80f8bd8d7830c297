"""Look up which runs and datasets of a study are there already."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import catalog
import store
import studies
from jobs.kinds import Job
from jobs.lifecycle import value
from recipes import Recipe, RecipeError
from studies import Cell, DatasetCell, Study
from system.job_states import OPEN, JobState

_FULL_STAGE = ("00-full.safetensors", "00-full.dynamics.safetensors")


def run_id_of(cell: Cell) -> str:
    """Return the id of a cell's run: its arm and seed, and a hash of all that it is trained by.

    By it two commands at once, and two studies with the same cell, mean the same run.
    """
    digest = hashlib.sha256(_meaning(cell.recipe).encode()).hexdigest()
    return f"{cell.arm}-s{cell.seed}-{digest[:10]}"


@dataclass(frozen=True)
class Known:
    """What store and catalog hold of a study.

    Attributes:
        linked: run ids by dataset, arm and seed of the study.
        namesakes: ids of studies of the same name with another plan, newest first, and the ids of their runs.
        runs: rows of the store's runs by id.
        done: ids of finished runs by what they are trained by.
        jobs: the newest training of each run by id.
        full: ids of runs whose full stage is finished.
        datasets: ids in the catalog.
    """

    linked: Mapping[tuple[str, str, int], str]
    namesakes: Mapping[str, frozenset[str]]
    runs: Mapping[str, Mapping[str, Any]]
    done: Mapping[str, str]
    jobs: Mapping[str, Job]
    full: frozenset[str]
    datasets: frozenset[str]

    @classmethod
    def read(cls, study: Study) -> Known:
        """Read what is there now."""
        links = store.study_runs(study.study_id)
        linked = {(str(row.dataset), str(row.arm), int(row.seed)): str(row.run_id) for row in links.itertuples()}
        runs = {str(run["run_id"]): run for run in store.runs().to_dict("records")}
        finished = {run_id: _meaning_of_run(run) for run_id, run in runs.items() if run["status"] == JobState.DONE}
        trainings = store.jobs()
        trainings = trainings[(trainings["kind"] == "train") & trainings["run_id"].notna()]
        stages = store.stages()
        recorded = store.studies()
        others = recorded.loc[(recorded["name"] == study.name) & (recorded["study_id"] != study.study_id), "study_id"]
        return cls(
            linked,
            {str(other): frozenset(store.study_runs(str(other))["run_id"]) for other in others},
            runs,
            {meaning: run_id for run_id, meaning in finished.items() if meaning is not None},
            {str(job["run_id"]): job for job in trainings.to_dict("records")},
            frozenset(stages.loc[stages["stage"] == "full", "run_id"]),
            frozenset(dataset.dataset_id for dataset in catalog.list_versions()),
        )

    def finished(self, cell: Cell, run_id: str) -> str | None:
        """Return the finished run of a cell.

        It is the one linked to it, its own, or any that was trained by the same.
        """
        candidates = (
            self.linked.get((cell.dataset, cell.arm, cell.seed)),
            run_id,
            self.done.get(_meaning(cell.recipe)),
        )
        return next((one for one in candidates if one is not None and self._status(one) == JobState.DONE), None)

    def open_job(self, run_id: str) -> Job | None:
        """Return the training of a run that waits or runs."""
        job = self.jobs.get(run_id)
        return job if job is not None and job["state"] in OPEN else None

    def is_fresh(self, run_id: str) -> bool:
        """Return whether nobody has tried to train a run."""
        return run_id not in self.runs and run_id not in self.jobs

    def is_begun(self, run_id: str) -> bool:
        """Return whether a run has a row, so that it is resumed rather than started."""
        return run_id in self.runs

    def error_of(self, run_id: str) -> str | None:
        """Return why a run ended before its time; None where nothing says so."""
        rows = [row for row in (self.runs.get(run_id), self.jobs.get(run_id)) if row is not None]
        return next((str(text) for row in rows if (text := value(row, "error")) is not None), None)

    def has_full_stage(self, run_id: str) -> bool:
        """Return whether another run can start from the full stage of a run.

        It must be finished, and its files must be here.
        """
        folder = store.runs_root() / run_id / "checkpoints"
        return run_id in self.full and all((folder / name).is_file() for name in _FULL_STAGE)

    def is_in_catalog(self, place: DatasetCell) -> bool:
        """Return whether a dataset of the study is there to train on."""
        return place.dataset_id in self.datasets

    def n_train(self, place: DatasetCell) -> int | None:
        """Return how many training samples a dataset has, or is to have; None where nobody knows."""
        if self.is_in_catalog(place):
            return int((catalog.open_dataset(place.dataset_id).samples["split"] == "train").sum())
        if place.preset is not None:
            return studies.n_train(place.preset, place.options)
        return int((store.samples(place.dataset_id)["split"] == "train").sum()) or None

    def _status(self, run_id: str) -> str | None:
        run = self.runs.get(run_id)
        return None if run is None else str(run["status"])


def _meaning(recipe: Recipe) -> str:
    return json.dumps([recipe.dataset, recipe.seed, studies.recipe_meaning(recipe)], sort_keys=True)


def _meaning_of_run(run: Mapping[str, Any]) -> str | None:
    """Return what a run was trained by; None where this version cannot read its recipe."""
    try:
        recipe = Recipe.parse(json.loads(str(run["recipe"])))
    except (RecipeError, ValueError):
        return None
    return _meaning(recipe.model_copy(update={"dataset": str(run["dataset_id"])}))
