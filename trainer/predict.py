"""What a run's network says of pictures that belong to no dataset."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch import nn

import store
from analysis.metrics import decide
from analysis.spreadsheets import escape_formula
from catalog.importers.names import is_hidden
from catalog.pictures import BadPicture, decode, is_picture_name, letterbox
from catalog.spelling import escaped
from system.atomic_files import atomic_write
from trainer import checkpoints, curriculum
from trainer.checkpoints import StageFacts
from trainer.errors import TrainerError
from trainer.images import Images
from trainer.loop import evaluate
from trainer.network import models
from trainer.network.devices import open_fabric
from trainer.network.objectives import Objective
from trainer.recorder import recipe_of

CHUNK = 64


@dataclass(frozen=True)
class Classifier:
    """The network that a finished stage handed on, with all that is needed to use it."""

    model: nn.Module
    facts: StageFacts
    stage: str
    fabric: Fabric

    def probs(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """(N, C) probabilities of (N, channels, S, S) uint8 letterboxed pixels."""
        none = torch.zeros(len(pixels), len(self.facts.classes))
        logits = evaluate(self.model, np.arange(len(pixels)), Images(pixels, none, self.fabric))
        return Objective(self.facts.objective).probs(logits).double().numpy()

    def decided(self, probs: NDArray[np.float64]) -> list[str]:
        """The classes decided for, of each row; several are joined by `+`, none is empty."""
        there = decide(probs, self.facts.objective, self.facts.thresholds)
        names = np.array(self.facts.classes, object)
        return ["+".join(names[row]) for row in there]


def load(run_id: str, stage: str | None = None, device: str | None = None) -> Classifier:
    """The network of a run's newest finished stage (of this kind, if given).

    Raises:
        TrainerError: there is no such run, it has not finished such a stage, or its checkpoint is gone.
    """
    recipe = recipe_of(run_id)
    finished = {(int(s.round), str(s.stage)) for s in store.stages(run_id).itertuples()}
    plans = [p for p in curriculum.plan(recipe) if (p.round, p.stage) in finished and stage in (None, p.stage)]
    if not plans:
        raise TrainerError(f"Run {run_id} has no finished stage{f' named {stage}' if stage else ''} yet.")
    last, folder = plans[-1], store.runs_root() / run_id / "checkpoints"
    facts = checkpoints.stage_facts(folder, last.position, last.stage)
    fabric = open_fabric(device)
    model = models.build(facts.model, len(facts.classes), image_size=facts.image_size)
    checkpoints.load_into(model, checkpoints.load_stage(folder, last.position, last.stage))
    return Classifier(model.to(fabric.device).eval(), facts, str(last), fabric)


def predict(
    run_id: str, images: Sequence[str], stage: str | None = None, device: str | None = None, to: str | None = None
) -> None:
    """Print what the network says of each picture, or write it as CSV: image, predicted, one column a class.

    Args:
        images: picture files, or folders of them; what cannot be read in a folder is left out, and said on stderr.
        to: the CSV file; it is there whole or not at all. Names that are not UTF-8 are escaped.
    Raises:
        TrainerError: no such run or picture, a broken picture, or a file that cannot be written.
    """
    paths = found(images)
    classifier = load(run_id, stage, device)
    pictures = _pictures(paths, {Path(name) for name in images}, classifier.facts)
    rows = [[escape_formula(cell) for cell in row] for row in _rows(classifier, pictures)]
    if not rows:
        raise TrainerError(f"No picture in {', '.join(images)} can be read; name others.")
    header = ["image", "predicted", *map(escape_formula, classifier.facts.classes)]
    if to is None:
        writer = csv.writer(sys.stdout)
        writer.writerow(header)
        writer.writerows(rows)
        return
    try:
        with atomic_write(Path(to)) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
    except OSError as error:
        raise TrainerError(f"The predictions could not be written to {to} ({error.strerror}).") from None


def found(images: Sequence[str]) -> list[Path]:
    """Every picture named, and those in every folder named, in order; raises TrainerError where there is none."""
    paths: list[Path] = []
    for name in images:
        path = Path(name)
        if path.is_dir():
            below = (p for p in path.rglob("*") if not is_hidden(p.relative_to(path).as_posix()))
            inside = sorted(p for p in below if p.is_file() and is_picture_name(p.name))
            if not inside:
                raise TrainerError(f"There is no picture in {path}; name pictures or folders of them.")
            paths.extend(inside)
        elif path.is_file():
            paths.append(path)
        else:
            raise TrainerError(f"There is no picture {path}; name pictures or folders of them.")
    return paths


def pixels_of(path: Path, facts: StageFacts) -> NDArray[np.uint8]:
    """(channels, S, S) uint8, letterboxed as in training; raises TrainerError for a broken picture."""
    try:
        return letterbox(decode(path.read_bytes(), path.name), facts.image_size, facts.channels)
    except BadPicture as error:
        raise TrainerError(f"{path} {error}.") from None
    except OSError as error:
        raise TrainerError(f"{path} cannot be read ({error.strerror}).") from None


def _pictures(paths: Sequence[Path], named: set[Path], facts: StageFacts) -> Iterator[tuple[Path, NDArray[np.uint8]]]:
    """Each picture with its pixels; raises TrainerError for a broken one that was named itself."""
    for path in paths:
        try:
            yield path, pixels_of(path, facts)
        except TrainerError as error:
            if path in named:
                raise
            print(f"{error} It is left out.", file=sys.stderr, flush=True)


def _rows(classifier: Classifier, pictures: Iterator[tuple[Path, NDArray[np.uint8]]]) -> Iterator[list[str]]:
    while chunk := list(islice(pictures, CHUNK)):
        probs = classifier.probs(np.stack([pixels for _, pixels in chunk]))
        for (path, _), name, row in zip(chunk, classifier.decided(probs), probs, strict=True):
            # nine digits name a float32 exactly, so that thresholds decide alike on what is read back
            yield [escaped(str(path)), name, *(f"{p:.9g}" for p in row)]
