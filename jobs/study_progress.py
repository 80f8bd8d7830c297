"""Follow a study until its last run has ended, with a bar; say what failed and why."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Never

import pandas as pd
from tqdm import tqdm

import store
from jobs.ensure import ensure_worker, reconcile
from jobs.study_plan import StudyPlan
from system.job_states import OPEN, JobState

_LOOK_EVERY = 2.0  # seconds between two looks at the store
_HEAL_EVERY = 30.0  # seconds between two searches for jobs whose process is gone, and for a worker
_SHOWN = {
    JobState.DONE: "■", JobState.RUNNING: "▶", JobState.STARTING: "▶", JobState.STOPPING: "▶", JobState.QUEUED: "·",
}  # fmt: skip
_LEGEND = "■ done, ▶ under way, · waiting, ✗ ended before its time"


def runs_of(planned: StudyPlan) -> pd.DataFrame:
    """Return the runs of a plan as they are now: the columns of `store.study_runs`."""
    linked = store.study_runs(planned.study.study_id)
    wanted = {(run.cell.dataset, run.cell.arm, run.cell.seed) for run in planned.runs}
    keys = zip(linked["dataset"], linked["arm"], linked["seed"], strict=True)
    return linked[pd.Series([key in wanted for key in keys], linked.index, bool)].reset_index(drop=True)


def follow(planned: StudyPlan, on_done: Callable[[list[str]], None], pause: float = _LOOK_EVERY) -> pd.DataFrame:
    """Wait until no run of a study waits or runs; return the runs as they are then.

    Args:
        on_done: called with the ids of runs that have ended well since the last call, once at the start for all that
            had before.
    """
    told: set[str] = set()
    healed = float("-inf")
    with tqdm(total=len(planned.runs), unit="run", disable=not sys.stderr.isatty()) as bar:
        while True:
            if time.monotonic() - healed >= _HEAL_EVERY:
                healed = time.monotonic()
                _heal()
            runs, jobs = _look(planned)
            done = [run_id for run_id in dict.fromkeys(runs.loc[runs["status"] == JobState.DONE, "run_id"])]
            if fresh := [run_id for run_id in done if run_id not in told]:
                told.update(fresh)
                on_done(fresh)
            _show(bar, runs, jobs)
            if not runs["status"].isin(OPEN).any():
                return runs
            time.sleep(pause)


def table(runs: pd.DataFrame) -> str:
    """Return the runs of a study as text.

    It has a line for each dataset and arm, a sign for each seed, and a legend below.
    """
    lines = []
    width = max((len(f"{row.dataset}  {row.arm}") for row in runs.itertuples()), default=0)
    for (dataset, arm), cells in runs.groupby(["dataset", "arm"], sort=False):
        signs = "".join(_SHOWN.get(status, "✗") for status in cells.sort_values("seed")["status"])
        ended = int((cells["status"] == JobState.DONE).sum())
        lines.append(f"{f'{dataset}  {arm}':<{width}}  {signs}  {ended} of {len(cells)}")
    if lines:
        lines.append(f"A sign for each seed: {_LEGEND}.")
    return "\n".join(lines)


def failures(runs: pd.DataFrame) -> list[str]:
    """Return one sentence for each run that ended before its time."""
    ended = runs[~runs["status"].isin([*OPEN, JobState.DONE])]
    return [
        f"{row.arm} on {row.dataset}, seed {row.seed} ({row.run_id}) is {row.status}: "
        f"{row.error if isinstance(row.error, str) else 'nothing says why; its log is in its folder.'}"
        for row in ended.itertuples()
    ]


def _heal() -> None:
    with suppress(store.StoreBusy):
        reconcile()
        ensure_worker()


def _look(planned: StudyPlan) -> tuple[pd.DataFrame, pd.DataFrame]:
    while True:
        try:
            return runs_of(planned), store.jobs(states=OPEN)
        except store.StoreBusy:
            time.sleep(_LOOK_EVERY)  # a busy store says nothing about the study
        except RuntimeError as error:
            if isinstance(error.__cause__, KeyboardInterrupt):  # what DuckDB makes of Ctrl-C during a query
                raise KeyboardInterrupt from error
            raise


def _show(bar: tqdm[Never], runs: pd.DataFrame, jobs: pd.DataFrame) -> None:
    """Draw the bar: runs that have ended, and of those under way the share that is trained."""
    under_way = jobs[jobs["run_id"].isin(set(runs["run_id"])) & (jobs["state"] != JobState.QUEUED)]
    steps = pd.to_numeric(under_way["steps"], errors="coerce")
    shares = (pd.to_numeric(under_way["step"], errors="coerce") / steps.where(steps > 0)).fillna(0.0)
    bar.n = round(float((runs["status"] == JobState.DONE).sum() + shares.sum()), 2)
    bar.set_description_str(str(under_way["title"].iloc[0]) if len(under_way) else "waiting", refresh=False)
    bar.refresh()
