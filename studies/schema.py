"""Define a study: questions, arms, seeds and datasets.

All but the seeds are fixed before its first run.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator, model_validator

from recipes import Recipe, RecipeError
from recipes.settings import Frozen
from studies import phantoms
from studies.checks import refuse_question
from studies.messages import StudyError, sentence
from studies.parts import SET_BY_STUDY, Arm, DatasetPlan, Question, Seeds, dotted, each_once
from system import plain_yaml
from system.names import NAME
from system.paths import is_file, locate_yaml

STUDIES = Path(__file__).resolve().parent
_PROSE = {"asks", "learn"}  # what can change in a question while it stays the same


class Study(Frozen):
    """Questions x arms x seeds x datasets, with all that decides the answers."""

    name: Annotated[str, Field(pattern=f"^{NAME}$", description="Its name")]
    description: Annotated[str, Field(max_length=500, description="One sentence on what the study is for")] = ""
    datasets: Annotated[dict[str, DatasetPlan], Field(min_length=1, description="Datasets by name")]
    settings: Annotated[
        dict[str, Any], Field(default_factory=dict, description="Recipe keys that are changed in every arm")
    ]
    arms: Annotated[dict[str, Arm], Field(min_length=1, description="Arms by name")]
    seeds: Annotated[Seeds, Field(description="Seeds of every arm that has no seeds of its own")]
    questions: Annotated[tuple[Question, ...], Field(min_length=1, description="Questions, most important ones first")]

    @field_validator("seeds")
    @classmethod
    def _seeds_once(cls, value: Seeds) -> Seeds:
        return each_once(value)

    @field_validator("settings")
    @classmethod
    def _flat(cls, value: dict[str, Any]) -> dict[str, Any]:
        return dotted(value)

    @field_validator("datasets", "arms")
    @classmethod
    def _are_names(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            if not re.fullmatch(NAME, name):
                raise ValueError(f"{name!r} is not a name; use 1 to 64 of a-z, 0-9, _ and -, a letter or digit first")
        return value

    @model_validator(mode="after")
    def _is_sound(self) -> Study:
        for name, plan in self.datasets.items():
            phantoms.refuse_unknown(f"datasets.{name}", plan)
        for name, arm in self.arms.items():
            self._refuse_settings(f"arms.{name}.settings", arm.settings)
            for dataset in arm.datasets or ():
                if dataset not in self.datasets:
                    raise ValueError(f"arm '{name}' is trained on '{dataset}', which is no dataset of the study; "
                                     f"its datasets are {', '.join(self.datasets)}")  # fmt: skip
        self._refuse_settings("settings", self.settings)
        names = [question.name for question in self.questions]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"two questions are named '{twice[0]}'; give each a name of its own")
        for question in self.questions:
            shared = self.common_datasets(question), self.common_seeds(question)
            refuse_question(question, self.arms, self.datasets, *shared)
        return self

    @classmethod
    def load(cls, study: str | Path) -> Study:
        """Read a study by name or by the path of a YAML file.

        Args:
            study: the name of one that ships, such as `demo`, or the path of a YAML file. Recipe files of its arms are
                looked for beside it.

        Raises:
            StudyError: one sentence that names the key, the value and what is allowed.
        """
        return cls.load_with_text(study)[0]

    @classmethod
    def load_with_text(cls, study: str | Path) -> tuple[Study, str]:
        """Read a study and the text of its file, which is read once: it may be edited meanwhile.

        Args and errors are those of `load`.
        """
        path = locate(study)
        try:
            with path.open("rb") as stream:
                text = stream.read(plain_yaml.MAX_BYTES + 1).decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise StudyError(f"{path} cannot be read: {str(error).splitlines()[0]}.") from None
        return cls.parse(text, path.name, path.parent), text

    @classmethod
    def parse(cls, text: str, where: str = "study", folder: Path = STUDIES) -> Study:
        """Read a study from the text of its file.

        Args:
            where: what the sentence of a mistake names.
            folder: where recipe files of its arms are looked for.

        Raises:
            StudyError: as `load` does.
        """
        try:
            values = plain_yaml.parse(text, len(text.encode()))
        except plain_yaml.YamlError as error:
            raise StudyError(f"{where} cannot be read as YAML: {error}.") from None
        if not isinstance(values, Mapping):
            raise StudyError(f"{where} is not a study; it must be a YAML mapping with a 'name'.")
        try:
            study = cls.model_validate(_with_recipe_files(values, folder))
        except ValidationError as error:
            raise StudyError(f"{where}: {sentence(error)}") from None
        study._refuse_recipes(where)
        return study

    @cached_property
    def recipes(self) -> dict[str, Recipe]:
        """Return the recipe of each arm, its dataset and seed aside.

        A run's recipe is named after its arm, so that two arms of one recipe stay apart on every page.

        Raises:
            RecipeError: there is no such recipe, or a setting does not fit it.
        """
        return {name: Recipe.load(arm.recipe, self.settings_of(name)) for name, arm in self.arms.items()}

    def settings_of(self, arm: str) -> dict[str, Any]:
        """Return what is changed in the recipe of an arm: dotted keys, and its name."""
        return {**self.settings, **self.arms[arm].settings, "name": arm}

    @property
    def study_id(self) -> str:
        """Return its name with a hash of its meaning.

        Everything that decides an answer is in it: recipes with all their settings, datasets, and questions with
        scores, samples and margins. Seeds and texts for people are not: more seeds of the same study are the same
        study.
        """
        meaning = json.dumps(self._meaning(), sort_keys=True, separators=(",", ":"), default=str)
        return f"{self.name}-{hashlib.sha256(meaning.encode()).hexdigest()[:8]}"

    def _meaning(self) -> dict[str, Any]:
        arms = {
            name: {"recipe": recipe_meaning(self.recipes[name]), "datasets": sorted(arm.datasets or self.datasets)}
            for name, arm in self.arms.items()
        }
        questions = [
            question.model_dump(mode="json", exclude=_PROSE)
            | {"datasets": None if question.datasets is None else sorted(question.datasets)}
            for question in sorted(self.questions, key=lambda question: question.name)
        ]
        datasets = {name: phantoms.meaning(plan) for name, plan in self.datasets.items()}
        return {"name": self.name, "datasets": datasets, "arms": arms, "questions": questions}

    @staticmethod
    def _refuse_settings(where: str, settings: Mapping[str, Any]) -> None:
        for key in settings:
            if key in SET_BY_STUDY:
                raise ValueError(f"{where} sets '{key}', which the study itself sets; take it out")

    def common_datasets(self, question: Question) -> tuple[str, ...]:
        """Return the datasets on which all arms of a question are trained."""
        arms = [arm.datasets or tuple(self.datasets) for arm in self._arms_of(question)]
        return tuple(name for name in self.datasets if all(name in datasets for datasets in arms))

    def common_seeds(self, question: Question) -> tuple[int, ...]:
        """Return the seeds that all arms of a question share."""
        arms = [arm.seeds or self.seeds for arm in self._arms_of(question)]
        return tuple(seed for seed in dict.fromkeys(sum(arms, ())) if all(seed in seeds for seeds in arms))

    def _arms_of(self, question: Question) -> list[Arm]:
        return [self.arms[name] for name in question.arms if name in self.arms]

    def _refuse_recipes(self, where: str) -> None:
        """Raise StudyError where a recipe is wrong, or a question asks too much.

        That is a round which the arm does not have.
        """
        for name, arm in self.arms.items():
            try:
                Recipe.load(arm.recipe, self.settings_of(name))
            except RecipeError as error:
                raise StudyError(f"{where}, arm '{name}': {error}") from None
        for question in self.questions:
            for side in question.sides:
                rounds = self.recipes[side.arm].rounds
                if side.round is not None and side.round > rounds:
                    raise StudyError(
                        f"{where}: question '{question.name}' asks for '{side}', but the arm has {rounds} rounds; "
                        f"write @0 to @{rounds}."
                    )


def available() -> list[str]:
    """List the names of the studies that ship."""
    return sorted(path.stem for path in STUDIES.glob("*.yaml"))


def locate(study: str | Path) -> Path:
    """Return the file of a study, by name or path; raises StudyError where there is none."""
    return locate_yaml(study, "study", {name: STUDIES / f"{name}.yaml" for name in available()}, StudyError)


def recipe_meaning(recipe: Recipe) -> dict[str, Any]:
    """Return what a recipe does, without its name, text, dataset and seed.

    A key at its default is left out: a key that a later version adds does not make an earlier study another one.
    A file of weights counts by its name, so that a study is the same on another machine.
    """
    values = recipe.model_dump(mode="json", exclude=set(SET_BY_STUDY), exclude_defaults=True)
    files = {key: Path(values[key]).name for key in ("weights", "label_scheme") if key in values}
    return values | files


def _with_recipe_files(values: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a file's values with recipe files as absolute paths, looked for beside it."""
    arms = values.get("arms")
    if not isinstance(arms, Mapping):
        return dict(values)
    found = {
        name: {**arm, "recipe": str(file.resolve() if is_file(file) else file.absolute())}
        if isinstance(arm, Mapping) and (file := folder / str(arm.get("recipe"))).suffix in {".yaml", ".yml"}
        else arm
        for name, arm in arms.items()
    }
    return {**values, "arms": found}
