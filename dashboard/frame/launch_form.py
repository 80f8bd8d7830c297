"""Draw the form that starts a training; bounds and help come from the recipe's own fields."""

from __future__ import annotations

from typing import Any, get_args, get_origin

import annotated_types
import streamlit as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import jobs
import recipes
import store
from dashboard.frame import live_jobs
from dashboard.frame.error_boundary import attempt
from dashboard.reads import dataset_queries
from dashboard.text import T, plain, shipped
from recipes import Recipe, RecipeError

STAGE_KEYS = {"hard_negative.epochs", "refined.epochs"}
SMALL, FOR_SMALL = 5000, "finetune_small"  # below so many pictures this recipe is suggested
_DRAWN = "_launch_versions"  # dataset name -> dataset id of the version that the form offered last


def form() -> None:
    """Draw the choice of dataset, recipe, seed and main settings, and *Start training*."""
    datasets, names = dataset_queries.datasets(), recipes.available()
    if not datasets:
        st.caption(T.no_dataset)
        return
    if not names:
        st.warning(T.no_recipe)
        return
    ids = {dataset.name: dataset.dataset_id for dataset in datasets}
    latest = max(datasets, key=lambda dataset: dataset.created_at)  # the images that a user wants to train on
    dataset_name: str = st.selectbox(
        T.dataset, list(ids), index=list(ids).index(latest.name), key="launch_dataset", help=T.dataset_help,
        format_func=lambda name: ids[name],
    )  # fmt: skip
    chosen = next(dataset for dataset in datasets if dataset.name == dataset_name)
    recipe_name: str = st.selectbox(T.recipe, names, key="launch_recipe", help=T.recipe_help)
    if chosen.n_samples < SMALL and recipe_name != FOR_SMALL and FOR_SMALL in names:
        st.caption(
            T.small_dataset.format(
                dataset=plain(chosen.dataset_id), n=f"{chosen.n_samples:,}", limit=f"{SMALL:,}", recipe=FOR_SMALL
            )
        )
    try:
        recipe = Recipe.load(recipe_name)
    except RecipeError as error:
        st.error(plain(error))
        return
    if recipe.description:
        st.caption(plain(shipped(recipe.description)))
    with st.form("launch", border=False, enter_to_submit=False):
        seed = field("seed", recipe, T.seed)
        with st.expander(T.settings):
            settings = {
                key: field(key, recipe, label)
                for key, label in T.setting_names
                if recipe.rounds > 0 or key not in STAGE_KEYS
            }
        is_submitted = st.form_submit_button(T.start_training, type="primary", key="launch_start", width="stretch")
    offered = st.session_state.get(_DRAWN, ids)  # a version made since the form was drawn was not chosen
    st.session_state[_DRAWN] = ids
    if is_submitted:
        _submit(recipe, recipe_name, offered.get(dataset_name, ids[dataset_name]), seed, settings)


def _submit(recipe: Recipe, name: str, dataset: str, seed: int, settings: dict[str, Any]) -> None:
    changed = {key: value for key, value in settings.items() if value != value_of(recipe, key)}
    with attempt(in_place=True):
        job_id = jobs.submit_training(name, dataset=dataset, seed=seed, settings=changed)
        job = store.job(job_id) or {"title": name}
        st.toast(T.queued.format(title=plain(live_jobs.title_of(job))), icon=":material/check:")


def field(key: str, recipe: Recipe, label: str, form_name: str = "launch", default: Any = None) -> Any:
    """Draw the widget of a recipe key.

    It is a select box for a choice, a check box for yes or no, else a number box.

    The number box has the bounds of the field.

    Args:
        default: the value at first; None = the recipe's own.
    """
    info = _field_info(key)
    widget_key = f"{form_name}_{recipe.name}_{key}"
    default = value_of(recipe, key) if default is None else default
    if isinstance(default, bool):
        return st.checkbox(label, value=default, key=widget_key, help=shipped(info.description or "") or None)
    choices = get_args(info.annotation) if get_origin(info.annotation) is not None else tuple(info.examples or ())
    if choices:
        choices = choices if default in choices else (default, *choices)
        return st.selectbox(
            label, choices, index=choices.index(default), key=widget_key, help=shipped(info.description or "") or None
        )
    low, high = _bounds(info)
    return st.number_input(
        label,
        min_value=low,
        max_value=high,
        value=default,
        step=1,
        key=widget_key,
        help=shipped(info.description or "") or None,
    )


def _bounds(info: FieldInfo) -> tuple[int | None, int | None]:
    """Return the least and the greatest whole number that a field takes; None without a bound."""
    low = next((int(rule.ge) for rule in info.metadata if isinstance(rule, annotated_types.Ge)), None)  # type: ignore[call-overload]
    high = next((int(rule.le) for rule in info.metadata if isinstance(rule, annotated_types.Le)), None)  # type: ignore[call-overload]
    return low, high


def _field_info(key: str) -> FieldInfo:
    model: type[BaseModel] = Recipe
    *parents, last = key.split(".")
    for parent in parents:
        nested = model.model_fields[parent].annotation
        assert isinstance(nested, type) and issubclass(nested, BaseModel)
        model = nested
    return model.model_fields[last]


def value_of(recipe: Recipe, key: str) -> Any:
    """Return the value of a dotted key of a recipe."""
    value: Any = recipe
    for part in key.split("."):
        value = getattr(value, part)
    return value
