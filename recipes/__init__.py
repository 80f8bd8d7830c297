"""Define what a recipe is, and contain those that ship; free of torch and streamlit.

`schema` and `settings` define the keys, `load` reads YAML, `messages` words errors, `docs_page` writes the page of all
keys.
"""

from recipes.load import RECIPES, available, parse_setting
from recipes.messages import RecipeError
from recipes.schema import WEIGHTS, Model, Recipe, Stage, keys
from recipes.settings import (
    FilterSettings,
    FocusSettings,
    GuardSettings,
    MinerSettings,
    Precision,
    RefinedSettings,
    StageSettings,
)

__all__ = [
    "RECIPES", "WEIGHTS", "FilterSettings", "FocusSettings", "GuardSettings", "MinerSettings", "Model", "Precision",
    "Recipe", "RecipeError", "RefinedSettings", "Stage", "StageSettings", "available", "keys", "parse_setting",
]  # fmt: skip
