"""Define a recipe: the declarative plan of a training, validated once when it is read.

The sidebar's form, the job queue and the command line take names, bounds and help from these fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from recipes.load import read, spelled_out
from recipes.messages import RecipeError, sentence
from recipes.settings import (
    Determinism,
    FilterSettings,
    FinetuneSettings,
    FocusSettings,
    Frozen,
    GuardSettings,
    MinerSettings,
    Precision,
    RefinedSettings,
    StageSettings,
)
from system import allowed_roots
from system.names import NAME

Stage = Literal["full", "hard_negative", "control", "refined"]

# The offered networks, most of them torchvision's; benchmarks/models.md shows how each trains from scratch on a small
# dataset. Any network of timm can be named as well.
Model = Literal[
    "mobilenet_v3_small", "mobilenet_v3_large", "mobilenet_v2", "shufflenet_v2_x1_0", "mnasnet1_0", "squeezenet1_1",
    "resnet18", "resnet34", "resnet50", "resnext50_32x4d", "wide_resnet50_2", "regnet_y_400mf", "densenet121",
    "googlenet", "efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_v2_s",
    "alexnet", "vgg11", "vgg11_bn", "convnext_tiny", "swin_t", "vit_b_16", "efficientnet_lite0",
]  # fmt: skip


_TIMM = re.compile(r"timm/[A-Za-z0-9_.]+")
WEIGHTS = ("none", "imagenet")
_WEIGHT_FILES = (".safetensors", ".pt", ".pth")

_FULL = StageSettings(epochs=12, lr=2e-3)
_HARD_NEGATIVE = StageSettings(epochs=2, lr=5e-4)
_REFINED = RefinedSettings(epochs=3, lr=5e-4)


class Recipe(Frozen):
    """A training plan: objective, stages, miner and budget."""

    name: Annotated[str, Field(pattern=f"^{NAME}$", description="Name shown with its runs")]
    description: Annotated[str, Field(max_length=500, description="One sentence on what the recipe is for")] = ""
    dataset: Annotated[
        str,
        Field(
            pattern=rf"^{NAME}(@\d+(-\d+of\d+)?)?$",
            description="Dataset, as NAME or NAME@VERSION; NAME@VERSION-2of5 is its second fold of five, see "
            "cross-validate",
        ),
    ] = "demo"
    label_scheme: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            description="Label scheme, by name or YAML file (in the folders allowed for weights); base = as labelled",
        ),
    ] = "base"
    objective: Annotated[
        Literal["softmax", "sigmoid"], Field(description="softmax: one label per sample; sigmoid: all labels present")
    ] = "softmax"
    model: Annotated[
        str, Field(examples=list(get_args(Model)), description="Network, by one of these names or as timm/NAME")
    ] = "mobilenet_v3_small"
    weights: Annotated[
        str,
        Field(
            examples=list(WEIGHTS),
            description="Start from scratch, from ImageNet weights (downloaded; those of efficientnet_lite0 are "
            "installed), or from a file (.safetensors, .pt, .pth) below the program's folder, ODAP_DATA, ODAP_RUNS or "
            "a folder of ODAP_ROOTS",
        ),
    ] = "none"
    layer: Annotated[
        str | None,
        Field(
            pattern=r"^[\w-]+(\.[\w-]+)*$",
            max_length=200,
            description="Dotted name of the layer that maps are made at, e.g. layer3 for finer maps; null = the last "
            "one that gives a map",
        ),
    ] = None
    image_size: Annotated[int, Field(ge=32, le=512, description="Side of the square image, in pixels")] = 128
    batch_size: Annotated[int, Field(ge=4, le=1024, description="Samples in a mini-batch")] = 64
    rounds: Annotated[
        int, Field(ge=0, le=20, description="Rounds of (hard_negative, refined) after the full stage")
    ] = 2
    control: Annotated[
        bool, Field(description="Equal-budget control: the hard stage gets plain batches, nothing is mined")
    ] = False
    confidence_filter: FilterSettings = FilterSettings()
    full: StageSettings = _FULL
    hard_negative: StageSettings = _HARD_NEGATIVE
    refined: RefinedSettings = _REFINED
    finetune: FinetuneSettings = FinetuneSettings()
    probe: Annotated[
        bool,
        Field(
            description="Linear probe, a baseline: the pretrained network stays as it is, and its head is fitted once "
            "by logistic regression on what it makes of the training images; takes seconds. Needs weights and "
            "rounds: 0"
        ),
    ] = False
    restart: Annotated[
        bool, Field(description="Each hard stage starts again from the run's first weights, as in Just Train Twice")
    ] = False
    stop_early: Annotated[
        bool, Field(description="End the rounds when the advice after a round is to stop; its control has all rounds")
    ] = False
    miner: MinerSettings = MinerSettings()
    focus: FocusSettings = FocusSettings()
    guard: GuardSettings = GuardSettings()
    sampler: Annotated[
        Literal["shuffled", "balanced"],
        Field(description="Plain stages: every sample once per epoch, or classes drawn evenly"),
    ] = "shuffled"
    loss: Annotated[
        Literal["plain", "focal", "class_weighted", "asymmetric"],
        Field(
            description="plain: cross-entropy or binary cross-entropy; focal: easy samples count less; class_weighted: "
            "rare classes count more; asymmetric: easy absent classes count less, sigmoid only"
        ),
    ] = "plain"
    ohem: Annotated[
        float | None,
        Field(
            gt=0,
            le=1,
            description="Online hard example mining: learn only from this share of each mini-batch, the highest "
            "losses; null = all",
        ),
    ] = None
    weight_decay: Annotated[float, Field(ge=0, le=1, description="AdamW's weight decay")] = 0.02
    label_smoothing: Annotated[float, Field(ge=0, lt=1, description="Label smoothing of the softmax loss")] = 0.0
    clip_norm: Annotated[
        float | None, Field(gt=0, le=1000, description="Gradients are scaled down to this norm; null = never")
    ] = 1.0
    ema: Annotated[
        float | None,
        Field(
            gt=0,
            lt=1,
            description="Evaluate and keep an exponential moving average of the weights with this decay, which "
            "covers about 1 / (1 - decay) steps, fewer at a stage's start; null = the weights themselves",
        ),
    ] = None
    patience: Annotated[
        int | None,
        Field(
            ge=1,
            le=1000,
            description="A stage ends after this many epochs without a better validation score (its budget is then "
            "no longer its control's); null = all its epochs",
        ),
    ] = None
    compile: Annotated[
        bool, Field(description="Train through torch.compile: slower to start, faster after; needs a C++ compiler")
    ] = False
    precision: Annotated[
        Precision,
        Field(
            description="Precision of the network's arithmetic; weights stay float32; float16 uses loss scaling; auto: "
            "bfloat16, or float16 where CUDA lacks it, or float32 without CUDA"
        ),
    ] = "auto"
    deterministic: Annotated[
        Determinism,
        Field(
            description="auto: the same seed gives the same result, by deterministic kernels wherever a GPU has them; "
            "never: the fastest kernels, found by trying"
        ),
    ] = "auto"
    augment: Annotated[
        Literal["none", "light", "strong"],
        Field(
            description="light: flip (left to right), shift, rotate, scale and re-light training images; strong: "
            "rotate and re-light more, and add speckle, gamma, blur and small blanks. Both keep what a label rests on "
            "in the picture. true and false stand for light and none"
        ),
    ] = "light"
    mixup: Annotated[
        float | None,
        Field(
            gt=0,
            le=10,
            description="Mixup: train on pairs of pictures laid over each other, their labels mixed alike; each pair's "
            "shares are drawn from Beta(mixup, mixup). What is predicted, mined or observed is never mixed; null = off",
        ),
    ] = None
    mirror: Annotated[
        bool,
        Field(
            description="Predict every picture and its mirror image (left to right), and take the mean probabilities; "
            "takes twice the time to predict"
        ),
    ] = False
    keep: Annotated[
        Literal["best", "last"],
        Field(
            description="Weights kept of a stage: those of the epoch with the best validation score, or of its last "
            "epoch, for data whose validation split is too small to choose by"
        ),
    ] = "best"
    seed: Annotated[int, Field(ge=0, le=2**31 - 1, description="Everything random comes from this number")] = 0

    @field_validator("model")
    @classmethod
    def _known_model(cls, value: str) -> str:
        offered = get_args(Model)
        if value in offered or _TIMM.fullmatch(value):
            return value
        raise ValueError(f"a model is {', '.join(map(repr, offered))} or 'timm/NAME', not {value!r}")

    @field_validator("weights")
    @classmethod
    def _known_weights(cls, value: str) -> str:
        if value in WEIGHTS:
            return value
        if value.endswith(_WEIGHT_FILES):
            return _within_roots(value)
        raise ValueError(f"weights are none, imagenet or a file ({', '.join(_WEIGHT_FILES)}), not '{value}'")

    @field_validator("confidence_filter", mode="before")
    @classmethod
    def _spelled_out_filter(cls, value: Any) -> Any:
        return value if isinstance(value, FilterSettings) else spelled_out("confidence_filter", value)

    @field_validator("augment", mode="before")
    @classmethod
    def _augment_in_words(cls, value: Any) -> Any:
        return {True: "light", False: "none"}[value] if isinstance(value, bool) else value

    @field_validator("label_scheme")
    @classmethod
    def _permitted_scheme(cls, value: str) -> str:
        return value if re.fullmatch(r"[\w-]+", value) else _within_roots(value)

    @model_validator(mode="before")
    @classmethod
    def _complete_stages(cls, values: Any) -> Any:
        """Fill in the default of the epochs or the rate of a stage that sets only one of them."""
        if not isinstance(values, Mapping):
            return values
        usual = {"full": _FULL, "hard_negative": _HARD_NEGATIVE, "refined": _REFINED}
        given = {key: values[key] for key in usual if isinstance(values.get(key), Mapping)}
        return {**values, **{key: {**usual[key].model_dump(), **stage} for key, stage in given.items()}}

    @model_validator(mode="after")
    def _loss_suits_objective(self) -> Recipe:
        if self.objective == "softmax" and self.loss == "asymmetric":
            raise ValueError("'loss': asymmetric is a loss of objective sigmoid; with softmax take focal, or plain")
        if self.objective == "sigmoid" and self.label_smoothing:
            raise ValueError("'label_smoothing': it is for objective softmax; with sigmoid set it to 0")
        return self

    @model_validator(mode="after")
    def _something_follows_the_head(self) -> Recipe:
        if self.finetune.head_epochs > self.full.epochs:
            raise ValueError(
                f"'finetune.head_epochs': {self.finetune.head_epochs} is above full.epochs ({self.full.epochs})"
            )
        if self.probe and (self.weights == "none" or self.rounds or self.full.epochs > 1 or self.ema):
            raise ValueError("'probe': a linear probe takes pretrained weights, rounds: 0, full.epochs: 1 and no ema")
        if self.keep == "last" and self.patience is not None:
            raise ValueError("'keep': last does not go with patience, which ends a stage after its best epoch")
        return self

    @property
    def tuning(self) -> FinetuneSettings | None:
        """Return how the pretrained weights are fine-tuned; None where there are none."""
        return None if self.weights == "none" else self.finetune

    @property
    def mines(self) -> bool:
        """Return whether hard negatives are mined and trained on."""
        return self.rounds > 0 and not self.control

    @classmethod
    def load(cls, recipe: str | Path, settings: Mapping[str, Any] | None = None) -> Recipe:
        """Read a recipe by name or by the path of a YAML file, and change some of its settings.

        Args:
            recipe: the name of one that ships, such as `demo`, or the path of a YAML file. `extends: NAME` in the file
                starts from another recipe of the same folder.
            settings: dotted keys, e.g. `{"full.epochs": 3}`.
        Relative files (weights, a label scheme) are looked for in the folder of the recipe that names them, in the
        working folder and in the program's; those of settings in the working folder first.

        Raises:
            RecipeError: one sentence that names the key, the value and what is allowed.
        """
        values, file_name = read(recipe, settings or {})
        return cls.parse(values, where=file_name)

    @classmethod
    def parse(cls, values: Mapping[str, Any], where: str = "recipe") -> Recipe:
        """Validate plain values, as read from YAML or from the store; raises RecipeError."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise RecipeError(f"{where}: {sentence(error, dict(keys()))}") from None


def keys(model: type[BaseModel] = Recipe, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield every dotted key of a recipe with its one-line description."""
    for name, field in model.model_fields.items():
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, BaseModel):
            yield from keys(nested, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field.description or ""


def _within_roots(file: str) -> str:
    """Return a file's path if a recipe may name it; raises ValueError otherwise.

    People who may submit recipes must not be able to read every file of the machine.
    """
    if not allowed_roots.is_allowed(file):
        raise ValueError(
            f"'{file}' lies outside of the folders whose files a recipe may name: {allowed_roots.WHICH}; put it there, "
            "or name its folder in ODAP_ROOTS"
        )
    return file
