"""Export a run's network as ONNX or TorchScript: pixels in, probabilities out."""

from __future__ import annotations

import json
import logging
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from system.atomic_files import atomic_write
from trainer.checkpoints import StageFacts
from trainer.errors import TrainerError
from trainer.images import MEAN, STD, normalise
from trainer.network.mirror import Mirrored
from trainer.network.objectives import Objective
from trainer.predict import load

FORMATS = {"onnx": ".onnx", "torchscript": ".pt"}
PREPROCESSING = (
    "decode as 8-bit grey (1 channel) or RGB (3 channels), fit the longest side to image_size with bicubic "
    "resampling, centre on zeros in a square; scaling and normalising are part of the network"
)


class Deployed(nn.Module):
    """The exported network, from letterboxed pixels to probabilities."""

    def __init__(self, model: nn.Module, facts: StageFacts) -> None:
        super().__init__()
        model = model.requires_grad_(False)
        self.model = Mirrored(model, facts.objective) if facts.mirror else model
        self.objective = Objective(facts.objective)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return (N, C) probabilities of (N, 1 or 3, S, S) uint8 pixels."""
        return self.objective.probs(self.model(normalise(pixels)))


def export(run_id: str, format_: str, to: str | None = None, stage: str | None = None) -> Path:
    """Write the network of a run's newest finished stage, and return the path of the file.

    Args:
        format_: one of FORMATS.
        to: the file; None = RUN.onnx or RUN.pt in the working folder. It is written whole or not at all.
        stage: the kind of stage; None = any.
    Raises:
        TrainerError: no such run or stage, a network that the format cannot express, or a file that cannot be written.
    """
    classifier = load(run_id, stage, "cpu")
    path = Path(to or f"{run_id}{FORMATS[format_]}")
    if not path.parent.is_dir():
        raise TrainerError(f"There is no folder {path.parent} to write to; make it, or name another file with --out.")
    deployed = Deployed(classifier.model, classifier.facts).eval()
    size, channels = classifier.facts.image_size, classifier.facts.channels
    example = torch.zeros(2, channels, size, size, dtype=torch.uint8)
    write = _onnx if format_ == "onnx" else _torchscript
    try:
        with atomic_write(path) as temporary:
            write(deployed, example, metadata(run_id, classifier.stage, classifier.facts), temporary)
    except OSError as error:
        raise TrainerError(f"The network could not be written to {path} ({error.strerror}).") from None
    return path


def metadata(run_id: str, stage: str, facts: StageFacts) -> dict[str, str]:
    """Return the metadata stored in the file, with lists as JSON.

    `thresholds` is null for softmax, where the class of the highest probability is predicted.
    """
    return {
        "run": run_id,
        "stage": stage,
        "model": facts.model,
        "objective": facts.objective,
        "label_scheme": facts.label_scheme,
        "classes": json.dumps(facts.classes, ensure_ascii=False),
        "thresholds": json.dumps(facts.thresholds),
        "image_size": str(facts.image_size),
        "channels": str(facts.channels),
        "mean": json.dumps(MEAN),
        "std": json.dumps(STD),
        "preprocessing": PREPROCESSING,
    }


def _onnx(deployed: Deployed, example: Tensor, properties: dict[str, str], path: Path) -> None:
    import onnx

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program: Any = torch.onnx.export(
                deployed, (example,), input_names=["pixels"], output_names=["probs"], dynamo=True, verbose=False,
                dynamic_shapes=({0: torch.export.Dim("n", min=1)},),
            )  # fmt: skip
    except torch.onnx.OnnxExporterError as error:
        first = str(error).strip().splitlines()[0]
        raise TrainerError(
            f"{properties['model']} cannot be exported as onnx ({first}); try --format torchscript."
        ) from None
    proto = program.model_proto
    onnx.helper.set_model_props(proto, properties)
    path.write_bytes(proto.SerializeToString())


def _torchscript(deployed: Deployed, example: Tensor, properties: dict[str, str], path: Path) -> None:
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # torch recommends torch.export instead, which other programs cannot read yet
        traced = torch.jit.trace(deployed, example)  # type: ignore[no-untyped-call]
        torch.jit.save(traced, str(path), _extra_files={"odap.json": json.dumps(properties, ensure_ascii=False)})
