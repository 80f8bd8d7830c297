"""Write and read checkpoints, one safetensors file each.

A file is written under another name and then renamed, so that a kill leaves the old file or the new one.
`last.safetensors` is the state after the last finished epoch, from which training resumes exactly.
`<position>-<stage>.safetensors` holds the weights at the end of a finished stage, and
`<position>-<stage>.dynamics.safetensors` what a run needs besides to go on from there exactly as this one.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.optim import Optimizer

from recipes import Recipe
from system.atomic_files import atomic_write
from trainer.errors import TrainerError

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Progress:
    """How far a run has come: `epoch` epochs of the stage at `position` are finished.

    samples: drawn in the stage so far; samples_used: learned from, None = unknown, as in checkpoints of earlier
    versions; cpu_seconds: processor time, None if a part of the stage was trained by a version that did not record it.
    """

    position: int
    epoch: int
    best_epoch: int
    best_score: tuple[float, float]
    steps: int
    samples: int
    seconds: float
    started_at: str
    samples_used: int | None = 0
    cpu_seconds: float | None = 0.0

    def after(
        self, epoch: int, score: tuple[float, float], *, steps: int, samples: int, samples_used: int, seconds: float,
        cpu_seconds: float,
    ) -> Progress:  # fmt: skip
        """Return the progress after one more epoch of this score and cost."""
        better = score > self.best_score
        return replace(
            self, epoch=epoch, best_epoch=epoch if better else self.best_epoch, steps=self.steps + steps,
            best_score=score if better else self.best_score, samples=self.samples + samples,
            samples_used=None if self.samples_used is None else self.samples_used + samples_used,
            seconds=self.seconds + seconds, cpu_seconds=added(self.cpu_seconds, cpu_seconds),
        )  # fmt: skip


def added(total: float | None, more: float) -> float | None:
    """Add to a sum; a sum that is unknown (None) stays unknown."""
    return None if total is None else total + more


@dataclass(frozen=True)
class Checkpoint:
    """All that is needed to resume training.

    progress; weights; best: the stage's best weights; state of the optimizer, its schedule, the training dynamics and
    the moving average.
    """

    progress: Progress
    weights: Weights
    best: Weights
    optimizer: Weights
    schedule: dict[str, Any]
    dynamics: Weights = field(default_factory=dict)
    average: Weights = field(default_factory=dict)


@dataclass(frozen=True)
class StageEnd:
    """What a run needs, besides the weights, to go on from the end of a stage.

    progress: of the whole stage, without the cost of what was mined at its end; dynamics: sums of the training
    dynamics so far; scaler: state of float16's loss scaling, empty for other precisions.
    """

    progress: Progress
    dynamics: Weights
    scaler: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StageFacts:
    """The facts needed to use the weights of a stage.

    classes: (C,) names; thresholds: (C,) for sigmoid, None for softmax; channels: 1 or 3, of the training pictures;
    mirror: whether it predicts by the mean over each picture and its mirror image.
    """

    model: str
    objective: Literal["softmax", "sigmoid"]
    classes: tuple[str, ...]
    image_size: int
    thresholds: list[float] | None
    channels: int
    label_scheme: str
    mirror: bool = False

    @classmethod
    def of(
        cls, recipe: Recipe, classes: tuple[str, ...], channels: int, thresholds: NDArray[np.float64] | None
    ) -> StageFacts:
        """Return the facts of a stage that a recipe trained."""
        return cls(
            recipe.model, recipe.objective, classes, recipe.image_size,
            None if thresholds is None else thresholds.tolist(), channels, recipe.label_scheme, recipe.mirror,
        )  # fmt: skip

    def metadata(self) -> dict[str, str]:
        """Return the facts as text for the metadata of a safetensors file; `stage_facts` reads them."""
        return {
            "model": self.model,
            "objective": self.objective,
            "classes": json.dumps(self.classes),
            "image_size": str(self.image_size),
            "channels": str(self.channels),
            "label_scheme": self.label_scheme,
            "thresholds": json.dumps(self.thresholds),
            "mirror": json.dumps(self.mirror),
        }


def weights_of(model: nn.Module) -> Weights:
    """Copy the weights and buffers of a model to the CPU."""
    return {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}


def save_last(folder: Path, checkpoint: Checkpoint) -> None:
    """Write `last.safetensors`."""
    tensors = {
        f"{group}/{name}": value
        for group in ("weights", "best", "optimizer", "dynamics", "average")
        for name, value in getattr(checkpoint, group).items()
    }
    state = {"progress": asdict(checkpoint.progress), "schedule": checkpoint.schedule}
    _write(folder / "last.safetensors", tensors, {"state": json.dumps(state)})


def load_last(folder: Path) -> Checkpoint | None:
    """Read the state after the last finished epoch; None if no epoch is finished.

    Raises:
        TrainerError: the file is broken.
    """
    path = folder / "last.safetensors"
    if not path.exists():
        return None
    tensors, metadata = _read(path)
    try:
        state = json.loads(metadata["state"])
        groups: dict[str, Weights] = {"weights": {}, "best": {}, "optimizer": {}, "dynamics": {}, "average": {}}
        for name, value in tensors.items():
            group, _, key = name.partition("/")
            groups[group][key] = value
        return Checkpoint(progress=_progress(state["progress"]), schedule=state["schedule"], **groups)
    except (KeyError, TypeError, ValueError):
        raise TrainerError(f"The checkpoint {path.name} is not one to go on from; start a new run.") from None


def _progress(values: dict[str, Any]) -> Progress:
    values = {"samples_used": None, "cpu_seconds": None} | values
    return Progress(**values | {"best_score": tuple(values["best_score"])})


def save_stage(
    folder: Path, position: int, stage: str, weights: Weights, facts: StageFacts, end: StageEnd | None = None
) -> None:
    """Write the final weights of a stage with the facts needed to use them.

    What goes on from there is written too.
    """
    if end is not None:
        state = {"progress": asdict(end.progress), "scaler": end.scaler}
        _write(_end_path(folder, position, stage), end.dynamics, {"state": json.dumps(state)})
    _write(stage_path(folder, position, stage), weights, facts.metadata())


def load_stage_end(folder: Path, position: int, stage: str) -> StageEnd | None:
    """Read what goes on from the end of a stage; None where an earlier version did not write it.

    Raises:
        TrainerError: the file is broken.
    """
    path = _end_path(folder, position, stage)
    if not path.exists():
        return None
    tensors, metadata = _read(path)
    try:
        state = json.loads(metadata["state"])
        return StageEnd(_progress(state["progress"]), tensors, state["scaler"])
    except (KeyError, TypeError, ValueError):
        raise TrainerError(f"The checkpoint {path.name} is not one to go on from; train the run again.") from None


def load_stage(folder: Path, position: int, stage: str) -> Weights:
    """Read the weights of a finished stage.

    Raises:
        TrainerError: the file is missing or broken.
    """
    path = stage_path(folder, position, stage)
    if not path.exists():
        raise TrainerError(f"The checkpoint of stage {stage} is gone ({path.name}); train the run again.")
    return _read(path)[0]


def stage_facts(folder: Path, position: int, stage: str) -> StageFacts:
    """Read the facts stored with the weights of a finished stage.

    Raises:
        TrainerError: the file is missing or broken, or holds no facts.
    """
    path = stage_path(folder, position, stage)
    if not path.exists():
        raise TrainerError(f"The checkpoint of stage {stage} is gone ({path.name}); train the run again.")
    metadata = _read(path)[1]
    try:
        return StageFacts(
            model=metadata["model"],
            objective="softmax" if metadata["objective"] == "softmax" else "sigmoid",
            classes=tuple(json.loads(metadata["classes"])),
            image_size=int(metadata["image_size"]),
            thresholds=json.loads(metadata["thresholds"]),
            channels=int(metadata.get("channels", 3)),
            label_scheme=metadata.get("label_scheme", "base"),
            mirror=json.loads(metadata.get("mirror", "false")),
        )
    except (KeyError, TypeError, ValueError):
        raise TrainerError(f"The checkpoint {path.name} does not say what it was trained for; train again.") from None


def has_stage(run_folder: Path, position: int, stage: str) -> bool:
    """Return whether the weights of a finished stage are still in a run's folder."""
    return stage_path(run_folder / "checkpoints", position, stage).exists()


def stage_path(folder: Path, position: int, stage: str) -> Path:
    """Return the path of a finished stage's weights."""
    return folder / f"{position:02d}-{stage}.safetensors"


def _end_path(folder: Path, position: int, stage: str) -> Path:
    return folder / f"{position:02d}-{stage}.dynamics.safetensors"


def optimizer_tensors(optimizer: Optimizer) -> Weights:
    """Return the optimizer's state as flat tensors, named `<parameter number>/<name>`."""
    state = optimizer.state_dict()["state"]
    return {
        f"{number}/{name}": value.detach().cpu().clone()
        for number, slot in state.items()
        for name, value in slot.items()
    }


def restore_optimizer(optimizer: Optimizer, tensors: Weights) -> None:
    """Load flat tensors into an optimizer over the same parameters.

    A tensor of a weight's shape gets the weight's order in memory: fused kernels walk through both side by side, and
    the file has lost an order such as channels last.
    """
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, Weights] = {}
    for key, value in tensors.items():
        number, _, name = key.partition("/")
        parameter = parameters[int(number)]
        if value.shape == parameter.shape:
            value = torch.empty_like(parameter, dtype=value.dtype, device=value.device).copy_(value)
        state.setdefault(int(number), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def load_into(model: nn.Module, weights: Weights) -> None:
    """Load weights into a model; raises TrainerError if they are those of another model."""
    refuse_other_model(model, weights)
    model.load_state_dict(weights)


def refuse_other_model(model: nn.Module, weights: Weights) -> None:
    """Raise TrainerError if the weights are those of another model."""
    own, theirs = ({name: value.shape for name, value in all_.items()} for all_ in (model.state_dict(), weights))
    if own != theirs:
        raise TrainerError("The checkpoint belongs to another model; start a new run instead of resuming.")


def _write(path: Path, tensors: Weights, metadata: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with atomic_write(path) as temporary:
            temporary.write_bytes(save({name: value.contiguous() for name, value in tensors.items()}, metadata))
    except OSError as error:
        raise TrainerError(
            f"The checkpoint {path.name} could not be written ({error.strerror}); free some disk."
        ) from None


def _read(path: Path) -> tuple[Weights, dict[str, str]]:
    try:
        with safe_open(str(path), framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (SafetensorError, OSError, RuntimeError) as error:  # torch's own, where the file is shorter than it says
        raise TrainerError(f"The checkpoint {path.name} cannot be read ({error}); start a new run.") from None
