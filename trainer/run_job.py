"""Run a training as a job of this process, and write to the store how it ended."""

from __future__ import annotations

import argparse
import os
import re
import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from recipes import Recipe
from system.errors import UserError
from system.names import RUN_ID

if TYPE_CHECKING:
    from store import Fork
    from trainer.run import Run


def keep_scheme(recipe: Recipe) -> Recipe:
    """Return a recipe that names a copy of its label scheme, which nobody edits."""
    import store
    from catalog import schemes

    return recipe.model_copy(update={"label_scheme": schemes.keep(recipe.label_scheme, store.schemes_root())})


def run_job(recipe: Recipe, run_id: str, args: argparse.Namespace, fresh: bool, fork: Fork | None = None) -> int:
    """Train in this process, and write to the store how the run ended, whatever happens."""
    import store
    from trainer.network.devices import close
    from trainer.progress import identity
    from trainer.run import Run

    try:
        if fresh:
            _refuse_name(run_id)
            recipe = keep_scheme(recipe)
        store.apply_waiting(timeout=30.0)  # a resumed run must find every stage that it has finished
        run = Run(recipe, run_id, args.device, fork)
        if not run.first:
            return _run_follower_rank(run)
        run_id = run.run_id
        run.claim()
        job = args.job or store.add_job(
            "train", title=recipe.name, args={"run": run_id, "recipe_name": recipe.name}, run_id=run_id,
            dataset=run.dataset.dataset_id, seed=recipe.seed, state="running",
        )  # fmt: skip
        state = store.job_state(job)
        if state in {"starting", "queued", "running"}:
            store.update_job(job, state="running", run_id=run_id, message="Preparing", **identity())
    except UserError as error:
        return refuse(args.job, str(error))

    print(f"Run {run_id} on {run.dataset.dataset_id} ({_device_label(run)}): {run.total_steps} steps.", flush=True)
    try:
        with store.acting_for(job):
            return _train(run, run_id, job)
    except store.Superseded as error:
        print(error, file=sys.stderr, flush=True)
        return 4
    finally:
        close()


def _run_follower_rank(run: Run) -> int:
    """Train in a process of torchrun other than the first, which alone writes how the run ended."""
    from trainer.errors import Stopped
    from trainer.network.devices import close

    try:
        run.train(None)
    except Stopped:
        return 3
    except UserError:
        return 1
    finally:
        close()
    return 0


def _device_label(run: Run) -> str:
    processes = run.fabric.world_size
    return str(run.fabric.device) if processes == 1 else f"{run.fabric.device.type}, {processes} processes"


def _train(run: Run, run_id: str, job: str) -> int:
    """Train, write how the run ended, and return the exit code."""
    import store
    from trainer import run_summary
    from trainer.errors import Stopped

    try:
        run.train(job, bar=sys.stderr.isatty())
    except Stopped:
        return _end(run_id, job, "stopped", f"Stopped on request; go on with: python -m trainer resume {run_id}.", 3)
    except store.Superseded:
        raise
    except UserError as error:
        return _end(run_id, job, "failed", str(error), 1)
    except Exception as error:  # any other error must be recorded too; the traceback goes to the log
        traceback.print_exc()
        return _end(run_id, job, "failed", f"Unexpected {type(error).__name__}: {error}".split("\n")[0], 1)
    code = _end(run_id, job, "done", "Done.", 0)
    with suppress(store.StoreError):  # the run has ended well, whether or not the store can be read just now
        print(run_summary.summary(run_id), flush=True)
    return code


def _refuse_name(run_id: str) -> None:
    """Raise TrainerError for a name that cannot name a folder, or that another run has."""
    import store
    from trainer.errors import TrainerError

    if not re.fullmatch(RUN_ID, run_id):
        raise TrainerError(
            f"'{run_id}' cannot name a run; use up to 128 letters, digits, '_', '.' and '-', a letter or digit first."
        )
    # A fork that was killed before its first row has links to checkpoints there already, and none of its own.
    if store.run(run_id) is not None or (store.runs_root() / run_id / "checkpoints" / "last.safetensors").exists():
        raise TrainerError(f"Run {run_id} exists already; go on with it by: python -m trainer resume {run_id}.")


def _end(run_id: str, job: str, status: str, sentence: str, code: int) -> int:
    import store

    while True:  # a finished training must not be recorded as failed because another program holds the store open
        try:
            store.finish_run(run_id, status, error=None if status == "done" else sentence)
            store.apply_waiting(timeout=30.0)  # while the job is open: a process whose job has ended may not write
            store.update_job(
                job, state=status, message=sentence, error=sentence if status == "failed" else None, seconds_left=None
            )
            break
        except store.StoreBusy as error:
            print(f"{error} The run's end ({status}) waits for it.", file=sys.stderr, flush=True)
    print(sentence, file=sys.stdout if status == "done" else sys.stderr, flush=True)
    return code


def refuse(job: str | None, sentence: str) -> int:
    """Print why no work was started, record it in the waiting job, and return exit code 2."""
    if os.environ.get("RANK", "0") == "0":  # torchrun's first process; the others would print the same again
        print(sentence, file=sys.stderr, flush=True)
    update_job(job, state="failed", error=sentence, message=sentence)
    return 2


def update_job(job: str | None, **columns: Any) -> None:
    """Change columns of a job's row, if there is a job and the store can be written."""
    if job is None:
        return
    import store

    with suppress(store.StoreError):
        store.update_job(job, **columns)
