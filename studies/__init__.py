"""Define what a study is, and contain those that ship; free of torch and streamlit.

`parts` and `schema` define the file, `expand` makes its cells, `phantoms` knows the options of datasets, `estimate`
counts what a run costs, `checks` and `messages` word errors.
"""

from studies.checks import FEWEST_SEEDS
from studies.expand import Cell, DatasetCell, cells, datasets_of, question_datasets, seeds_of
from studies.messages import StudyError
from studies.parts import Arm, DatasetPlan, Question, Side
from studies.phantoms import n_train
from studies.schema import STUDIES, Study, available, locate, recipe_meaning

__all__ = [
    "FEWEST_SEEDS", "STUDIES", "Arm", "Cell", "DatasetCell", "DatasetPlan", "Question", "Side", "Study", "StudyError",
    "available", "cells", "datasets_of", "locate", "n_train", "question_datasets", "recipe_meaning", "seeds_of",
]  # fmt: skip
