"""Say what a recipe is, and hold those that ship; free of torch and streamlit.

`schema` and `settings` are its keys, `load` reads YAML, `messages` words what is wrong, `docs_page` writes the page of
all keys.
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
