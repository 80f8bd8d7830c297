"""Offer to train another recipe from a finished stage of a run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import jobs
import recipes
import store
from dashboard.frame import launch_form, live_jobs
from dashboard.frame.error_boundary import attempt
from dashboard.reads import run_queries
from dashboard.text import T, plain, shipped, stage_name
from dashboard.widgets import url_state
from recipes import Recipe, RecipeError

# What a recipe is about: one that differs here would not be itself any more if it took the run's values.
_CHARACTER = {
    "objective", "label_scheme", "loss", "ohem", "sampler", "label_smoothing", "confidence_filter.threshold",
    "confidence_filter.stages", "control", "restart", "stop_early",
}  # fmt: skip
_CHARACTER_PARTS = ("miner.", "focus.", "guard.", "hard_negative.", "refined.")
_OWN = "own"  # the recipe of the run itself


def offer(page_run: str | None = None) -> None:
    """Draw the choice of run, stage, recipe and settings, and the button that queues it.

    Args:
        page_run: the run that the page is about, chosen at first; any other run can be chosen instead.
    """
    ended = run_queries.stages()
    full = ended[ended["stage"] == "full"]
    if full.empty:
        return
    with st.expander(T.fork_title, icon=":material/fork_right:", key="fork"):
        kept = [str(row.run_id) for row in full.itertuples() if _has_weights(row)]
        ids = [str(one) for one in run_queries.runs()["run_id"] if one in set(kept) or one == page_run]
        if not ids:
            st.caption(T.fork_no_checkpoint)
            return
        st.caption(T.fork_about)
        place = st.columns(3)
        run_id = url_state.choose("fork_run", T.run, ids, default=page_run or ids[0], place=place[0])
        _draw_choices(run_id, place[1:])


def _draw_choices(run_id: str, place: Sequence[DeltaGenerator]) -> None:
    run = run_queries.run(run_id)
    try:
        parent = Recipe.parse(json.loads(run["recipe"]), where=run_id)
    except RecipeError:
        st.caption(T.fork_other_version)
        return
    stages = {
        f"{row.round}.{row.stage}": (int(row.round), str(row.stage))
        for row in run_queries.stages(run_id).itertuples()
        if _has_weights(row)
    }
    if not stages:
        st.caption(T.fork_no_checkpoint)
        return
    names = {key: stage_name(*stage) for key, stage in stages.items()}
    after = url_state.choose("fork_stage", T.fork_stage, list(stages), show=names.__getitem__, place=place[0])
    fitting = _fitting(parent, *stages[after])
    labels = {_OWN: T.fork_own_recipe.format(recipe=parent.name)}
    name: str = place[1].selectbox(
        T.recipe, list(fitting), format_func=lambda key: labels.get(key, key), key=f"fork_recipe_{run_id}_{after}"
    )
    _draw_form(run, parent, fitting[name], name, *stages[after])


def _has_weights(row: Any) -> bool:
    return run_queries.has_checkpoint(str(row.run_id), int(row.position), str(row.stage))


def _draw_form(run: Mapping[str, Any], parent: Recipe, recipe: Recipe, name: str, round_: int, stage: str) -> None:
    taken = recipes.fork_differences(recipe, parent, round_, stage)
    free = recipes.free_keys(round_, stage)
    if name != _OWN and recipe.description:
        st.caption(plain(shipped(recipe.description)))
    with st.form(f"fork_{run['run_id']}_{name}_{round_}{stage}", border=False, enter_to_submit=False):
        columns = st.columns(3)
        offered = [(key, label) for key, label in T.fork_setting_names if key in free]
        chosen = {}
        for number, (key, label) in enumerate(offered):
            with columns[number % 3]:
                default = max(round_ + (stage in ("full", "refined")), recipe.rounds) if key == "rounds" else None
                chosen[key] = launch_form.field(key, recipe, label, f"fork_{run['run_id']}_{name}", default)
        also = [key for key in taken if key not in ("dataset", "seed")]
        if also:
            st.caption(T.fork_taken.format(run=plain(run["run_id"]), keys=", ".join(f"`{key}`" for key in also)))
        asked = st.form_submit_button(T.fork_start, type="primary", key="fork_start")
    if asked:
        changed = {key: value for key, value in chosen.items() if value != launch_form.value_of(recipe, key)}
        _submit(run, name, taken | changed, store.Fork(str(run["run_id"]), round_, stage))


def _submit(run: Mapping[str, Any], name: str, settings: dict[str, Any], fork: store.Fork) -> None:
    source: str | Path = store.runs_root() / fork.run_id / "recipe.yaml" if name == _OWN else name
    settings = {key: value for key, value in settings.items() if key not in ("dataset", "seed")}
    with attempt(in_place=True):
        job_id = jobs.submit_training(
            source, dataset=str(run["dataset_id"]), seed=int(run["seed"]), settings=settings, fork=fork
        )
        job = store.job(job_id) or {"title": name}
        st.success(T.queued.format(title=plain(live_jobs.title_of(job))), icon=":material/check:")
        st.page_link("pages/overview.py", label=T.fork_see_job, icon=":material/monitoring:")


def _fitting(parent: Recipe, round_: int, stage: str) -> dict[str, Recipe]:
    """Return the recipes that can go on from a stage of this one, by name; the run's own first."""
    found = {_OWN: parent}
    for name in recipes.available():
        recipe = Recipe.load(name)
        unlike = recipes.fork_differences(recipe, parent, round_, stage)
        of_character = [key for key in unlike if key in _CHARACTER or key.startswith(_CHARACTER_PARTS)]
        if name != parent.name and recipe.rounds > round_ and not of_character:
            found[name] = recipe
    return found
