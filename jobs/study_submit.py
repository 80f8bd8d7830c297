"""Queue what a study needs.

Phantoms come first, then trainings; forks follow the run that they start from.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import store
from jobs import submit
from jobs.errors import JobError
from jobs.study_plan import Planned, StudyPlan, plan
from jobs.training_job import new_training
from studies import Study
from system import permission
from system.file_locks import exclusive

# Below what people start by hand: a study of hours does not keep a single training waiting.
PRIORITY = -1


def submit_study(
    study: Study | str | Path,
    *,
    n_seeds: int | None = None,
    datasets: Sequence[str] | None = None,
    file_text: str | None = None,
) -> StudyPlan:
    """Queue what a study still needs, and start a worker where none lives.

    Absent phantoms are made, runs that the store has are taken, runs of one full stage share it, and runs that ended
    before their time are tried again. Asked for again, also at the same instant by another process, nothing is queued
    twice.

    Args:
        study: a study, the name of one that ships, or the path of a YAML file.
        n_seeds, datasets: as for `studies.cells`; None = all.
        file_text: the text of its file, which the store keeps; needed where `study` is not a name or a path.
    Returns:
        The plan that was queued.
    Raises:
        StudyError: the study is not valid; one sentence.
        JobError: a dataset is absent that no phantom can be; one sentence.
    """
    if not isinstance(study, Study):
        study, file_text = Study.load_with_text(study)
    permission.ask("train", study.study_id)
    with _alone():
        planned = plan(study, n_seeds, datasets)
        for place in planned.to_make:
            submit.submit_phantom(place.name, preset=str(place.preset), settings=dict(place.options))
        store.register_study(study.study_id, study.name, file_text or study.model_dump_json())
        links = [store.StudyRun(run.cell.dataset, run.cell.arm, run.cell.seed, run.run_id) for run in planned.runs]
        store.link_study_runs(study.study_id, links)
        _queue(planned)
    return planned


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other process queues a study here."""
    folder = store.runs_root()
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            held.enter_context(exclusive(folder / ".studies.lock"))
        except OSError as error:
            raise JobError(
                f"The runs' folder {folder} cannot be written ({error.strerror or error}); check its permissions, or "
                "name another one with ODAP_RUNS."
            ) from None
        yield


def _queue(planned: StudyPlan) -> None:
    """Queue the trainings of a plan: first those that others wait for."""
    wanted = planned.of_state("new", "again")
    begun = store.runs()
    resumed = [run for run in wanted if (begun["run_id"] == run.run_id).any()]
    for run in resumed:
        submit.submit_resume(run.run_id, PRIORITY)
    fresh = [run for run in wanted if run not in resumed]
    jobs: dict[str, store.NewJob] = {}
    for run in sorted(fresh, key=lambda run: run.parent is not None):
        jobs[run.run_id] = _new_job(run, jobs)
    if jobs:
        submit.submit_job(*(jobs[run_id] for run_id in _in_order(fresh, jobs)))


def _new_job(run: Planned, jobs: dict[str, store.NewJob]) -> store.NewJob:
    cell = run.cell
    fork = None if run.parent is None else store.Fork(run.parent, 0, "full")
    job = new_training(
        cell.source,
        dataset=cell.recipe.dataset,
        seed=cell.seed,
        settings=cell.settings,
        fork=fork,
        after=None if run.parent is None else jobs.get(run.parent),
        run_id=run.run_id,
    )
    return dataclasses.replace(job, once=("kind", "run_id"), priority=PRIORITY)


def _in_order(fresh: Sequence[Planned], jobs: dict[str, store.NewJob]) -> list[str]:
    """Return run ids in the order of the plan, a run that others start from before them."""
    order: dict[str, None] = {}
    for run in fresh:
        if run.parent in jobs:
            order.setdefault(str(run.parent))
        order.setdefault(run.run_id)
    return list(order)
