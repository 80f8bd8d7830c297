"""Run a study from the command line: `python -m trainer study FILE`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

import store
import studies
from jobs import actions, study_files, study_progress
from jobs.errors import JobError
from jobs.study_plan import StudyPlan, plan
from jobs.study_submit import submit_study
from studies import Study


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    command.add_argument("study", metavar="FILE", help=f"a YAML file, or one of {', '.join(studies.available())}")
    command.add_argument(
        "--dataset", action="append", metavar="NAME", help="only this dataset of the study; may be given often"
    )
    command.add_argument(
        "--seeds", type=int, metavar="N", help="this many seeds of each arm (default: those of the file)"
    )
    command.add_argument("--dry-run", action="store_true", help="say what would be made and trained, and end")
    command.add_argument("--status", action="store_true", help="show how far its runs have come, and end")
    command.add_argument(
        "--import", dest="imported", type=Path, metavar="FOLDER",
        help="take in exported runs first; with --status that is all",
    )  # fmt: skip
    command.add_argument(
        "--export", type=Path, metavar="FOLDER", help="write finished runs to this folder as they come"
    )
    command.add_argument(
        "--prune", action="store_true", help="keep only the checkpoints of a finished run's best and last stage"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code.

    0: all runs are done; 1: some ended before their time.

    What waits in the queue outlives the command: Ctrl-C ends the watching alone.
    """
    study, text = Study.load_with_text(options.study)
    if options.imported is not None:
        _import(study, text, options)
    planned = plan(study, options.seeds, options.dataset)
    if options.status:
        return _say_status(planned, options)
    print(describe(planned), flush=True)
    if options.dry_run:
        return 0
    planned = submit_study(study, n_seeds=options.seeds, datasets=options.dataset, file_text=text)
    return _follow(planned, options)


def describe(planned: StudyPlan) -> str:
    """Say what a study is and what it still needs: datasets, runs, steps and time."""
    study = planned.study
    main = sum(question.main for question in study.questions)
    lines = [
        f"Study {study.study_id}; questions: {len(study.questions)} ({main} main), arms: {len(study.arms)}, "
        f"datasets: {len({run.cell.dataset for run in planned.runs})}, runs: {len(planned.runs)}.",
        _versions(planned),
        _datasets(planned),
        _runs(planned),
        _cost(planned),
    ]
    return "\n".join(line for line in lines if line)


def _versions(planned: StudyPlan) -> str:
    """Say that the file was another study before, and what is taken over from it."""
    if not planned.namesakes:
        return ""
    return (
        f"The store has {', '.join(planned.namesakes)} too, of the same name but with another plan; this is another "
        f"study. Runs taken over from there, as their recipe, settings, dataset and seed are the same: "
        f"{planned.taken_over} of {len(planned.runs)}."
    )


def _datasets(planned: StudyPlan) -> str:
    of_source: dict[str, list[str]] = {}
    for place in planned.to_make:
        of_source.setdefault(place.source, []).append(place.name)
    made = ", ".join(
        f"{source} as {names[0]}" if len(names) == 1 else f"{source} as {len(names)} datasets"
        for source, names in of_source.items()
    )
    passed = ", ".join(place.dataset_id for place in planned.passed_over)
    lines = [f"To make: {made}." if made else "", f"Absent and passed over: {passed}." if passed else ""]
    return "\n".join(line for line in lines if line)


def _runs(planned: StudyPlan) -> str:
    new, again = planned.of_state("new"), planned.of_state("again")
    forks = sum(run.parent is not None for run in (*new, *again))
    counts = (
        (len(planned.of_state("found")), "done"),
        (len(planned.of_state("open")), "waiting or running"),
        (len(new), "new"),
        (len(again), "to be tried again, as they ended before their time"),
    )
    parts = ", ".join(f"{n} {state}" for n, state in counts if n)
    return f"Runs: {parts}." + (f" {forks} of these start from the full stage of another." if forks else "")


def _cost(planned: StudyPlan) -> str:
    todo = [run for run in planned.runs if run.state != "found"]
    if not todo:
        return "Nothing is left to be trained."
    if any(run.steps is None for run in todo):
        return "Steps and time are not known: a dataset is not there yet."
    steps = sum(run.steps or 0 for run in todo)
    if planned.seconds is None:
        kinds = dict.fromkeys(f"{run.cell.recipe.model} at {run.cell.recipe.image_size} pixels" for run in todo)
        time = f"the time is not known until a run of {', '.join(kinds)} has ended here"
    else:
        measured = _count(planned.measured, "earlier run")
        time = f"about {_duration(planned.seconds)} on this machine, by the speed of {measured}"
    return f"Left: {steps:,} steps; {time}."


def _count(n: int, thing: str) -> str:
    return f"{n:,} {thing}" if n == 1 else f"{n:,} {thing}s"


def _duration(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{max(1, minutes)} min"


def _say_status(planned: StudyPlan, options: argparse.Namespace) -> int:
    runs = study_progress.runs_of(planned)
    print(describe(planned))
    print(study_progress.table(runs) if len(runs) else "None of its runs is queued yet.")
    print("\n".join(study_progress.failures(runs)))
    if options.export is not None:
        _export(planned.study, options.export)
    return 0


def _follow(planned: StudyPlan, options: argparse.Namespace) -> int:
    study = planned.study

    def on_done(run_ids: list[str]) -> None:
        if options.export is not None:
            _export(study, options.export)
        if options.prune:
            _prune(run_ids)

    try:
        runs = study_progress.follow(planned, on_done)
    except KeyboardInterrupt:
        print(
            f"The queue goes on without this command; run it again to watch, see --status, or stop a run with: "
            f"python -m jobs stop RUN. The study is {study.study_id}.",
            file=sys.stderr,
        )
        return 130
    print(study_progress.table(runs))
    sentences = study_progress.failures(runs)
    if sentences:
        print("\n".join(sentences), file=sys.stderr)
        print(f"{len(sentences)} of {len(runs)} runs are not done; the same command tries them again.", file=sys.stderr)
        return 1
    print(f"All {len(runs)} runs of {study.study_id} are done.")
    return 0


def _import(study: Study, text: str, options: argparse.Namespace) -> None:
    if options.dry_run:
        raise JobError("--import writes to the store and --dry-run writes nothing; take --status instead of --dry-run.")
    taken = study_files.take_in(study, text, options.imported)
    print(f"Taken in from {options.imported}: {taken.n_runs} runs; {taken.n_known} were there already.")


def _export(study: Study, folder: Path) -> None:
    written = study_files.write(study, folder)
    tqdm.write(f"{folder}: {written.n_runs} finished runs, {written.n_bytes / 1e6:.1f} MB.")


def _prune(run_ids: list[str]) -> None:
    for run_id in run_ids:
        try:
            actions.keep_best(run_id)
        except (JobError, store.StoreError):
            continue  # its checkpoints are in use; a later command finds them
