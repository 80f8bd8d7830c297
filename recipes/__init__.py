"""Define what a recipe is, and contain those that ship; free of torch and streamlit.

`schema` and `settings` define the keys, `load` reads YAML, `messages` words errors, `docs_page` writes the page of all
keys, `shared_stages` says which keys shape which stages.
"""

from recipes.load import RECIPES, available, parse_setting
from recipes.messages import RecipeError
from recipes.schema import WEIGHTS, Model, Recipe, Stage, keys
from recipes.settings import (
    Determinism,
    FilterSettings,
    FinetuneSettings,
    FocusSettings,
    GuardSettings,
    MinerSettings,
    Precision,
    RefinedSettings,
    StageSettings,
)
from recipes.shared_stages import fork_differences, forked, free_keys, full_stage_key, shares_full_stage

__all__ = [
    "RECIPES", "WEIGHTS", "Determinism", "FilterSettings", "FinetuneSettings", "FocusSettings", "GuardSettings",
    "MinerSettings", "Model", "Precision",
    "Recipe", "RecipeError", "RefinedSettings", "Stage", "StageSettings", "available", "fork_differences", "forked",
    "free_keys", "full_stage_key", "keys", "parse_setting", "shares_full_stage",
]  # fmt: skip
