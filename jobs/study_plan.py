"""Plan what a study still needs; nothing is changed.

That is datasets to make, runs to train, and what they take.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import store
import studies
from jobs.errors import JobError
from jobs.study_known import Known, run_id_of
from recipes import full_stage_key
from studies import Cell, DatasetCell, Study
from studies.estimate import images_of, steps_of

# found: the store has such a run; open: it waits or runs; again: it ended before its time; new: nothing of it is there.
State = Literal["found", "open", "again", "new"]


@dataclass(frozen=True)
class Planned:
    """The run of one cell, as far as it is there.

    Attributes:
        cell: what it is to be.
        run_id: its id; the same for every study that has this run.
        state: see `State`.
        parent: the run whose full stage it starts from; None = it trains, or has trained, its own.
        error: why it ended before its time.
        steps, images: what is still to be trained; None where the size of the dataset is not known.
    """

    cell: Cell
    run_id: str
    state: State
    parent: str | None = None
    error: str | None = None
    steps: int | None = 0
    images: int | None = 0


@dataclass(frozen=True)
class StudyPlan:
    """What a study needs.

    Attributes:
        study: the study.
        runs: one for each cell, in the order in which they are to be trained.
        to_make: phantoms that are absent and needed.
        passed_over: optional datasets that are absent.
        seconds: how long the rest takes, one run after the other; None where the speed is not known.
        measured: runs of the store that the speed is taken from.
        namesakes: studies of the same name with another plan, newest first: what the file was before it was changed.
        taken_over: how many of the runs are theirs too, since they are trained by the same.
    """

    study: Study
    runs: tuple[Planned, ...]
    to_make: tuple[DatasetCell, ...]
    passed_over: tuple[DatasetCell, ...]
    seconds: float | None
    measured: int
    namesakes: tuple[str, ...] = ()
    taken_over: int = 0

    def of_state(self, *states: State) -> list[Planned]:
        """Return the runs in some states."""
        return [run for run in self.runs if run.state in states]


def plan(study: Study, n_seeds: int | None = None, datasets: Sequence[str] | None = None) -> StudyPlan:
    """Plan what a study still needs; changes nothing.

    Args:
        n_seeds, datasets: as for `studies.cells`.
    Raises:
        StudyError: as `studies.cells`.
        JobError: a dataset that must be there is not; one sentence.
    """
    with store.together():
        places = {place.key: place for place in studies.datasets_of(study)}
        cells = studies.cells(study, n_seeds, datasets)
        known = Known.read(study)
        runs = [_planned(cell, known) for cell in cells]
        paces = store.paces()
        keys = dict.fromkeys(cell.dataset for cell in cells)
        sizes = {key: known.n_train(places[key]) for key in keys}
    needed = {run.cell.dataset for run in runs if run.state in ("new", "again")}
    absent = [place for key, place in places.items() if key in needed and not known.is_in_catalog(place)]
    for place in absent:
        _refuse_absent(place)
    gone = [place for place in absent if place.preset is None]
    kept = [run for run in runs if run.state in ("found", "open") or run.cell.dataset not in {p.key for p in gone}]
    costed = [_with_cost(run, sizes[run.cell.dataset]) for run in _sharing_full_stages(kept, known)]
    seconds, measured = _time(costed, paces)
    theirs = frozenset[str]().union(*known.namesakes.values())
    return StudyPlan(
        study, tuple(costed), tuple(place for place in absent if place.preset is not None), tuple(gone), seconds,
        measured, tuple(known.namesakes), sum(run.run_id in theirs for run in costed),
    )  # fmt: skip


def _planned(cell: Cell, known: Known) -> Planned:
    """Return the run of a cell as it is now, its parent and cost aside."""
    own = run_id_of(cell)
    found = known.finished(cell, own)
    if found is not None:
        return Planned(cell, found, "found")
    job = known.open_job(own)
    if job is not None:
        fork = store.Fork.of(job["args"])
        return Planned(cell, own, "open", None if fork is None else fork.run_id)
    if known.is_fresh(own):
        return Planned(cell, own, "new")
    return Planned(cell, own, "again", error=known.error_of(own))


def _sharing_full_stages(runs: Sequence[Planned], known: Known) -> list[Planned]:
    """Let runs of one full stage share it: one of them trains it, the others start from there.

    A full stage that is there already is taken; else that of a run which waits or runs; else the first run trains it.
    """
    groups: dict[str, list[Planned]] = {}
    for run in runs:
        groups.setdefault(full_stage_key(run.cell.recipe), []).append(run)
    parents = {key: _parent_of(group, known) for key, group in groups.items()}
    return [
        replace(run, parent=parent)
        if run.state in ("new", "again")
        and not known.is_begun(run.run_id)
        and run.cell.recipe.rounds
        and (parent := parents[full_stage_key(run.cell.recipe)]) != run.run_id
        else run
        for run in runs
    ]


def _parent_of(group: Sequence[Planned], known: Known) -> str:
    """Return the run whose full stage the runs of a group share."""
    there = next((run.run_id for run in group if known.has_full_stage(run.run_id)), None)
    coming = next((run.run_id for run in group if run.state == "open" and run.parent is None), None)
    first = next((run.run_id for run in group if run.state in ("new", "again")), group[0].run_id)
    return there or coming or first


def _with_cost(run: Planned, n_train: int | None) -> Planned:
    """Return a run with what is still to be trained of it.

    One that is under way counts as a whole.
    """
    if run.state == "found":
        return run
    if n_train is None:
        return replace(run, steps=None, images=None)
    recipe, shares = run.cell.recipe, run.parent is not None
    steps = steps_of(recipe, n_train, shares_full=shares)
    return replace(run, steps=steps, images=images_of(recipe, n_train, shares_full=shares))


def _time(runs: Sequence[Planned], paces: Mapping[tuple[str, int], store.Pace]) -> tuple[float | None, int]:
    """Return the seconds that runs take one after the other.

    How many runs of the store say so comes second.
    """
    todo = [run for run in runs if run.state != "found"]
    keys = dict.fromkeys((run.cell.recipe.model, run.cell.recipe.image_size) for run in todo)
    if any(key not in paces for key in keys) or any(run.images is None for run in todo):
        return None, 0
    seconds = sum(
        (run.images or 0) * paces[run.cell.recipe.model, run.cell.recipe.image_size].seconds_per_image for run in todo
    )
    return seconds, sum(paces[key].n_runs for key in keys)


def _refuse_absent(place: DatasetCell) -> None:
    if place.preset is None and not place.optional:
        raise JobError(
            f"The study needs the dataset {place.dataset_id}, which is not there; import it, "
            f"or write 'optional: true' to datasets.{place.source} to pass it over."
        )
