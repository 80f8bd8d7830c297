"""Offer the trainings that a comparison lacks: more seeds, or the control of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

import jobs
import store
from analysis import seed_groups
from analysis.comparison_verdicts import RECIPE_SEEDS
from comparisons.control_runs import recipe_of
from comparisons.subject import Subject
from dashboard.frame.error_boundary import attempt
from dashboard.reads import job_queries, run_queries
from dashboard.text import T

Run = Mapping[str, Any]


def offer(run_a: Run, run_b: Run, subject: Subject) -> None:
    """Offer to train what is missing so that both recipes have RECIPE_SEEDS seeds in common."""
    if subject.n_seeds >= RECIPE_SEEDS or subject.same_recipe or subject.same_run:
        return
    if len(_done(run_a) & _done(run_b)) >= RECIPE_SEEDS:
        st.caption(f":material/info: {T.seeds_there}")
        return
    trainings = missing([run_a, run_b])
    if not trainings:
        st.caption(f":material/hourglass_top: {T.more_seeds_waiting}")
        return
    st.button(
        T.more_seeds,
        key="more_seeds",
        icon=":material/library_add:",
        help=T.more_seeds_help.format(n=RECIPE_SEEDS),
        on_click=_queue,
        args=(trainings, T.more_seeds_queued),
    )


def offer_control(run: Run) -> None:
    """Offer to train the control of a run: the same recipe and seed, nothing mined.

    It starts from the run's full stage, which both have in common, if that stage's checkpoint is left.
    """
    st.button(
        T.train_control,
        key="train_control",
        icon=":material/balance:",
        on_click=_queue_control,
        args=(str(run["run_id"]), int(run["seed"])),
    )


def missing(runs: list[Run]) -> list[tuple[str, int, dict[str, Any]]]:
    """List the trainings after which all given runs have RECIPE_SEEDS seeds in common.

    Returns:
        Of each training: the run whose recipe and dataset version it repeats, the seed, and changed settings.
    """
    all_runs = run_queries.runs()
    alive = all_runs[all_runs["status"].isin(["done", "running"])]
    have = [_seeds(alive, run) | _queued_seeds(run) for run in runs]
    shared = set.intersection(*have)
    common_seeds = sorted(shared)[:RECIPE_SEEDS]
    candidates = iter(sorted(set.union(*have) - shared) + [n for n in range(1000) if n not in set.union(*have)])
    while len(common_seeds) < RECIPE_SEEDS:
        common_seeds.append(next(candidates))
    return [
        (str(run["run_id"]), seed, {})
        for run, seeds in zip(runs, have, strict=True)
        for seed in common_seeds
        if seed not in seeds
    ]


def _done(run: Run) -> set[int]:
    runs = run_queries.runs()
    return _seeds(runs[runs["status"] == "done"], run)


def _seeds(runs: Any, run: Run) -> set[int]:
    return {int(row["seed"]) for row in runs.to_dict("records") if seed_groups.same_recipe(row, run)}


def _queued_seeds(run: Run) -> set[int]:
    """Return the seeds of waiting jobs that train the recipe of a run on its dataset version."""
    own = {key: value for key, value in recipe_of(run).items() if key not in ("seed", "dataset")}
    return {
        int(plan["seed"])
        for job in job_queries.live_jobs()
        if (plan := jobs.plan_of(job)) is not None
        and job["dataset"] == run["dataset_id"]
        and {key: value for key, value in plan.items() if key not in ("seed", "dataset")} == own
    }


def _queue(trainings: list[tuple[str, int, dict[str, Any]]], words: str) -> None:
    with attempt():
        for run_id, seed, settings in trainings:
            jobs.submit_again(run_id, seed=seed, settings=settings)
        st.toast(words.format(n=len(trainings)), icon=":material/check:")


def _queue_control(run_id: str, seed: int) -> None:
    fork = store.Fork(run_id, 0, "full") if run_queries.has_checkpoint(run_id, 0, "full") else None
    with attempt():
        jobs.submit_again(run_id, seed=seed, settings={"control": True}, fork=fork)
        st.toast(T.control_queued, icon=":material/check:")
