"""Define the parts of a study file: datasets, arms and questions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from recipes.settings import Frozen
from system.names import NAME

Score = Literal["accuracy", "balanced_accuracy", "macro_f1"]
MOST_SEEDS = 1000
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]
Seeds = Annotated[tuple[Seed, ...], Field(min_length=1, max_length=MOST_SEEDS)]
Value = bool | int | float | str | None

# Every dataset of a grid is looked at before anything is made, and takes room in the catalog.
MOST_DATASETS = 1000

# Keys of a recipe that a study sets itself.
SET_BY_STUDY = ("name", "description", "extends", "dataset", "seed")

_CLASS = r"[A-Za-z0-9_ ./-]+"
_SAMPLES = re.compile(rf"all|decidable|hard|rare|against_marks|class:{_CLASS}|pair:{_CLASS},{_CLASS}")
_SIDE = re.compile(rf"({NAME})(?:@(\d{{1,2}}))?")


@dataclass(frozen=True)
class Side:
    """One side of a contrast: an arm after a round.

    Attributes:
        arm: its name.
        round: 0 is after the full stage; None is after the arm's last stage.
    """

    arm: str
    round: int | None = None

    def __str__(self) -> str:
        return self.arm if self.round is None else f"{self.arm}@{self.round}"


class DatasetPlan(Frozen):
    """A dataset of a study: a phantom that is made when it is absent, or one that exists.

    Every other key of a phantom in the file is an option of its preset, and is kept in `options`.
    """

    preset: Annotated[str | None, Field(description="Preset of the phantom; its options may be changed")] = None
    options: Annotated[
        dict[str, Value], Field(default_factory=dict, description="Options of the preset that are changed")
    ]
    grid: Annotated[
        dict[str, tuple[Value, ...]],
        Field(default_factory=dict, description="Options with several values; one dataset for each combination"),
    ]
    name: Annotated[
        str | None, Field(pattern=rf"^{NAME}@\d+$", description="A dataset that exists, as NAME@VERSION")
    ] = None
    optional: Annotated[bool, Field(description="Pass it over where it is absent")] = False

    @model_validator(mode="before")
    @classmethod
    def _collect_options(cls, values: Any) -> Any:
        if not isinstance(values, Mapping) or "preset" not in values:
            return values
        own = {key: value for key, value in values.items() if key in cls.model_fields}
        options = {key: value for key, value in values.items() if key not in cls.model_fields}
        return {**own, "options": {**own.get("options", {}), **options}}

    @field_validator("name", mode="before")
    @classmethod
    def _names_its_version(cls, value: Any) -> Any:
        if isinstance(value, str) and re.fullmatch(NAME, value):
            raise ValueError(f"'{value}' names no version; write {value}@1, so that the study stays the same")
        return value

    @model_validator(mode="after")
    def _is_one_kind(self) -> DatasetPlan:
        if (self.preset is None) == (self.name is None):
            raise ValueError("a dataset has either a 'preset' (a phantom) or a 'name' (one that exists)")
        if self.name is not None and (self.grid or self.options):
            raise ValueError("a dataset that exists has no 'grid' and no options; those are for a preset")
        if (n_cells := prod(map(len, self.grid.values()))) > MOST_DATASETS:
            raise ValueError(
                f"its grid makes {n_cells:,} datasets; a grid has at most {MOST_DATASETS:,}, so take values out"
            )
        for key, several in self.grid.items():
            if not several or len(set(several)) < len(several):
                raise ValueError(f"grid.{key} is {list(several)}; give one or more values, each once")
            if key in self.options:
                raise ValueError(f"'{key}' is in the grid and beside it; keep one of them")
        return self


class Arm(Frozen):
    """What is trained: a recipe with settings."""

    recipe: Annotated[str, Field(min_length=1, description="A recipe that ships, or a YAML file beside the study")]
    settings: Annotated[dict[str, Any], Field(default_factory=dict, description="Recipe keys that are changed")]
    datasets: Annotated[
        tuple[str, ...] | None, Field(min_length=1, description="Datasets that it is trained on; null = all")
    ] = None
    seeds: Annotated[Seeds | None, Field(description="Its own seeds; null = those of the study")] = None

    @field_validator("seeds")
    @classmethod
    def _each_once(cls, value: Seeds | None) -> Seeds | None:
        return None if value is None else each_once(value)

    @field_validator("settings")
    @classmethod
    def _flat(cls, value: dict[str, Any]) -> dict[str, Any]:
        return dotted(value)


class Question(Frozen):
    """A question: a contrast or an interaction of arms, and all that decides its answer."""

    name: Annotated[str, Field(pattern=f"^{NAME}$", description="Its name")]
    asks: Annotated[str, Field(min_length=1, max_length=500, description="The question, for people")]
    contrast: Annotated[
        tuple[str, str] | None, Field(description="Two arms, first minus second; ARM@ROUND is the arm after a round")
    ] = None
    interaction: Annotated[
        tuple[tuple[str, str], tuple[str, str]] | None,
        Field(description="Two contrasts, the first minus the second"),
    ] = None
    datasets: Annotated[
        tuple[str, ...] | None, Field(min_length=1, description="Datasets; null = all that its arms are trained on")
    ] = None
    score: Annotated[Score, Field(description="What is compared")] = "accuracy"
    samples: Annotated[str, Field(description="Test samples that it is about")] = "all"
    margin: Annotated[
        float, Field(gt=0, le=0.5, description="The largest difference that does not matter, as a share")
    ] = 0.01
    learn: Annotated[str, Field(min_length=1, max_length=1000, description="What would be learned either way")]
    main: Annotated[bool, Field(description="false: explorative, in a family of intervals of its own")] = True

    @field_validator("samples")
    @classmethod
    def _known_samples(cls, value: str) -> str:
        if not _SAMPLES.fullmatch(value):
            raise ValueError(
                f"{value!r} are no samples; allowed are all, decidable, hard, rare, against_marks, class:NAME and "
                "pair:NAME,NAME"
            )
        return value

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Question:
        if (self.contrast is None) == (self.interaction is None):
            raise ValueError(f"question '{self.name}' has either a 'contrast' or an 'interaction'")
        sides = self.sides
        for first, second in zip(sides[::2], sides[1::2], strict=True):
            if first == second:
                raise ValueError(f"question '{self.name}' compares '{first}' with itself; name two arms")
        if len(sides) == 4 and set(sides[:2]) == set(sides[2:]):
            raise ValueError(f"question '{self.name}' compares one contrast with itself; name two contrasts")
        return self

    @property
    def sides(self) -> tuple[Side, ...]:
        """Return the two sides of a contrast, or the four of an interaction."""
        pairs = (self.contrast,) if self.contrast is not None else self.interaction or ()
        return tuple(_side(text) for pair in pairs for text in pair)

    @property
    def arms(self) -> tuple[str, ...]:
        """Return the arms that it is about, each once."""
        return tuple(dict.fromkeys(side.arm for side in self.sides))

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the classes that its samples are of; empty where it is about all."""
        kind, _, names = self.samples.partition(":")
        return tuple(names.split(",")) if kind in ("class", "pair") else ()


def dotted(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return settings with dotted keys, so that `full: {epochs: 4}` keeps the recipe's rate.

    Raises:
        ValueError: a key is there twice, such as `full: {epochs: 4}` beside `full.epochs: 3`.
    """
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        more = dotted(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
        if twice := flat.keys() & more.keys():
            raise ValueError(f"'{min(twice)}' is set twice; keep one of them")
        flat |= more
    return flat


def each_once(seeds: Seeds) -> Seeds:
    """Return the seeds; raises ValueError where one is there twice."""
    if twice := [seed for seed in seeds if seeds.count(seed) > 1]:
        raise ValueError(f"seed {twice[0]} is there twice; the same seed gives the same run")
    return seeds


def _side(text: str) -> Side:
    parts = _SIDE.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text!r} is no arm; write ARM, or ARM@ROUND for the arm after a round (0: the full stage)")
    return Side(parts[1], None if parts[2] is None else int(parts[2]))
