"""Define the nested parts of a recipe: stages, filter, miner, focus and guard."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_serializer, field_validator, model_validator

FilteredStage = Literal["full", "hard_negative", "refined"]
Precision = Literal["auto", "float32", "bfloat16", "float16"]
Determinism = Literal["auto", "never"]


class Frozen(BaseModel):
    """The base of all settings: immutable, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StageSettings(Frozen):
    """The length and the learning rate of one kind of stage."""

    epochs: Annotated[int, Field(ge=1, le=1000, description="Epochs; one is as many steps as a pass over the data")]
    lr: Annotated[float, Field(gt=0, le=1, description="Peak learning rate of the stage (warm-up, then cosine)")]


class RefinedSettings(StageSettings):
    """The settings of the stage that ends a round; with 0 epochs there is no such stage."""

    epochs: Annotated[
        int, Field(ge=0, le=1000, description="Epochs; one is as many steps as a pass over the data; 0 = no such stage")
    ]


class FilterSettings(Frozen):
    """The settings of the confidence filter, which leaves unsure samples out of the loss."""

    threshold: Annotated[
        float | None,
        Field(
            ge=0,
            lt=1,
            description="Leave samples with a lower top probability out of the loss; null = use all. A stage that "
            "starts from new weights (full, and with restart the hard one) uses all samples in its first half",
        ),
    ] = None
    stages: Annotated[
        tuple[FilteredStage, ...],
        Field(
            description="Stages in which the filter applies; hard_negative includes the control's stage in its place. "
            "Without hard_negative, the hard stage learns again from samples that the filter leaves out",
        ),
    ] = get_args(FilteredStage)

    @field_validator("stages", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        """Accept a list, or text as `full, refined`; refuse an empty list, a filter without effect."""
        stages = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
        if not isinstance(stages, list | tuple) or not stages:
            raise ValueError(
                f"name one or more of {', '.join(get_args(FilteredStage))}, not {value!r}; to have no filter, set "
                "confidence_filter.threshold to null"
            )
        return stages

    @field_validator("stages")
    @classmethod
    def _in_order(cls, value: tuple[FilteredStage, ...]) -> tuple[FilteredStage, ...]:
        """Sort the stages in the order of a run, so that recipes with the same meaning are equal."""
        return tuple(stage for stage in get_args(FilteredStage) if stage in value)

    @field_serializer("stages")
    def _as_list(self, value: tuple[FilteredStage, ...]) -> list[str]:
        return list(value)  # as read from JSON and YAML


class FinetuneSettings(Frozen):
    """How pretrained weights are fine-tuned; without them (`weights: none`) none of it applies."""

    head_epochs: Annotated[
        int,
        Field(
            ge=0,
            le=1000,
            description="First epochs of the full stage in which only the new head learns and the body stays as it is. "
            "Like all of finetune, without effect where weights is none",
        ),
    ] = 0
    body_lr: Annotated[
        float, Field(gt=0, le=1, description="Factor on all learning rates of pretrained layers; the head has 1")
    ] = 0.3
    layer_decay: Annotated[
        float,
        Field(
            gt=0,
            le=1,
            description="Further factor on the learning rate of the first layer, and less of it (geometrically) for "
            "layers nearer to the head; 1 = all pretrained layers learn alike",
        ),
    ] = 1.0
    frozen: Annotated[
        float,
        Field(ge=0, lt=1, description="Share of the layers, from the first one on, that never learn; saves time"),
    ] = 0.0
    keep_norm: Annotated[
        bool, Field(description="Batch norm keeps its pretrained statistics instead of following the mini-batches")
    ] = False


class MinerSettings(Frozen):
    """The settings that define which training samples are hard negatives."""

    name: Annotated[
        Literal["confused_pairs", "errors", "top_loss", "forgetting", "random"],
        Field(
            description="confused_pairs: failures and near failures of the worst pairs; errors: every failure; "
            "top_loss: the highest losses; forgetting: learned, then lost again in training; "
            "random: any samples, as many as confused_pairs would take"
        ),
    ] = "confused_pairs"
    top_pairs: Annotated[int, Field(ge=1, le=100, description="Number of confused pairs to mine")] = 6
    min_count: Annotated[int, Field(ge=1, le=1000, description="Failures a pair needs before it counts")] = 3
    margin: Annotated[
        float, Field(ge=0, le=1, description="A right prediction by less than this margin counts as nearly wrong")
    ] = 0.2
    max_share: Annotated[
        float, Field(gt=0, le=1, description="At most this share of the training set is mined, hardest first")
    ] = 0.3
    predictions: Annotated[
        Literal["in_sample", "in_training", "out_of_fold"],
        Field(
            description="in_sample: the stage's own predictions for the samples it was trained on; in_training: their "
            "mean over all times that a sample was drawn, so also from before it was learned by heart, at no cost; "
            "out_of_fold: those of quick models that never saw the sample's patient, less biased but slower; controls "
            "get their budget too"
        ),
    ] = "in_sample"
    folds: Annotated[int, Field(ge=2, le=20, description="Quick models of out_of_fold, one per fold")] = 3
    fold_epochs: Annotated[int, Field(ge=1, le=1000, description="Epochs of each quick model")] = 8

    @model_validator(mode="after")
    def _forgetting_is_seen_in_training(self) -> MinerSettings:
        if self.name == "forgetting" and self.predictions != "in_sample":
            raise ValueError(
                f"forgetting is seen in training, so that predictions must be in_sample, not {self.predictions}"
            )
        return self


class FocusSettings(Frozen):
    """The composition of a hard-negative stage's mini-batches; the three shares add up to 1."""

    failed: Annotated[float, Field(ge=0, le=1, description="Share of mined samples")] = 0.25
    anchors: Annotated[
        float, Field(ge=0, le=1, description="Share of right predictions from both classes of the pair")
    ] = 0.25
    replay: Annotated[float, Field(ge=0, le=1, description="Share drawn from all samples")] = 0.5
    pairs: Annotated[
        Literal["mixed", "in_turn"],
        Field(
            description="mixed: a mini-batch takes mined samples of all pairs; in_turn: of one pair, the next one of "
            "the next pair, all pairs equally often"
        ),
    ] = "mixed"
    anchor_choice: Annotated[
        Literal["random", "nearest"],
        Field(
            description="Anchors are any right predictions of both classes, or those that the network finds most like "
            "a mined sample of the mini-batch"
        ),
    ] = "random"
    balanced: Annotated[
        bool, Field(description="Replay draws classes evenly; false: it takes all samples in random order")
    ] = True
    weight: Annotated[
        float, Field(ge=0.01, le=100, description="Weight of a mined sample in the loss; all others have 1")
    ] = 1.0

    @model_validator(mode="after")
    def _adds_up(self) -> FocusSettings:
        total = self.failed + self.anchors + self.replay
        if abs(total - 1) > 1e-6:
            raise ValueError(f"failed + anchors + replay must be 1, not {total:g}")
        return self


class GuardSettings(Frozen):
    """The settings of the label-noise guard, which excludes training samples of suspect label."""

    name: Annotated[
        Literal["none", "aum", "confident", "both"],
        Field(
            description="Suspect labels are set aside for review and are not used in hard stages. aum: low area under "
            "the margin; confident: confident learning; both: where the two agree"
        ),
    ] = "none"
    aum: Annotated[
        float, Field(ge=-100, le=100, description="An area under the margin below this is low, in logits")
    ] = -1.0
    max_share: Annotated[
        float, Field(gt=0, le=0.5, description="At most this share of the training set is set aside, worst first")
    ] = 0.1
