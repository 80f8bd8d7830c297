"""Predict pictures that belong to no dataset with a run's network."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
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
from trainer.cross_validation import runs_of
from trainer.errors import TrainerError
from trainer.images import Images
from trainer.loop import evaluate
from trainer.network import models
from trainer.network.devices import open_fabric
from trainer.network.mirror import Mirrored
from trainer.network.objectives import Objective
from trainer.recorder import recipe_of

if TYPE_CHECKING:
    from lightning_fabric import Fabric

CHUNK = 64


@dataclass(frozen=True)
class Classifier:
    """The network of a finished stage, with all that is needed to use it."""

    model: nn.Module
    facts: StageFacts
    stage: str
    fabric: Fabric

    def probs(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return (N, C) probabilities of (N, channels, S, S) uint8 letterboxed pixels."""
        no_targets = torch.zeros(len(pixels), len(self.facts.classes))
        model = Mirrored(self.model, self.facts.objective) if self.facts.mirror else self.model
        logits = evaluate(model, np.arange(len(pixels)), Images(pixels, no_targets, self.fabric))
        return Objective(self.facts.objective).probs(logits).double().numpy()

    def predicted_names(self, probs: NDArray[np.float64]) -> list[str]:
        """Return the predicted classes of each row, joined by `+`; an empty text for none."""
        present = decide(probs, self.facts.objective, self.facts.thresholds)
        names = np.array(self.facts.classes, object)
        return ["+".join(names[row]) for row in present]


@dataclass(frozen=True)
class Ensemble:
    """The networks of a cross-validation: the mean of their probabilities is the answer."""

    members: tuple[Classifier, ...]

    @property
    def facts(self) -> StageFacts:
        """Return what the members have in common, with the mean of their thresholds."""
        facts = self.members[0].facts
        if facts.thresholds is None:
            return facts
        of_each = np.array([member.facts.thresholds for member in self.members])
        return replace(facts, thresholds=of_each.mean(axis=0).tolist())

    def probs(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return (N, C) mean probabilities of (N, channels, S, S) uint8 letterboxed pixels."""
        probs: NDArray[np.float64] = np.stack([member.probs(pixels) for member in self.members]).mean(axis=0)
        return probs

    def predicted_names(self, probs: NDArray[np.float64]) -> list[str]:
        """Return the predicted classes of each row, joined by `+`; an empty text for none."""
        return replace(self.members[0], facts=self.facts).predicted_names(probs)


def load_ensemble(run_id: str, stage: str | None = None, device: str | None = None) -> Ensemble:
    """Load the network of a run, or those of a cross-validation; see `load`."""
    runs = [run_id] if store.run(run_id) is not None else runs_of(run_id) or [run_id]
    return Ensemble(tuple(load(one, stage, device) for one in runs))


def load(run_id: str, stage: str | None = None, device: str | None = None) -> Classifier:
    """Load the network of a run's newest finished stage.

    Args:
        stage: the kind of stage; None = any.
        device: as for `open_fabric`.
    Raises:
        TrainerError: the run does not exist, has not finished such a stage, or its checkpoint is missing.
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
    """Print the predictions of pictures as CSV, or write them to a file.

    Columns: image, predicted, and one probability per class. Names that are not UTF-8 are escaped.

    Args:
        run_id: of a run, or the name of a cross-validation, whose networks then answer together.
        images: picture files, or folders of them; a file in a folder that cannot be read is left out, with a line on
            stderr.
        to: the CSV file, written whole or not at all; None = print.
    Raises:
        TrainerError: no such run or picture, a broken picture, or a file that cannot be written.
    """
    paths = find_pictures(images)
    classifier = load_ensemble(run_id, stage, device)
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


def find_pictures(images: Sequence[str]) -> list[Path]:
    """Return the pictures named and those in the folders named, in order.

    Raises:
        TrainerError: a name is neither a picture nor a folder with pictures.
    """
    paths: list[Path] = []
    for name in images:
        path = Path(name)
        if path.is_dir():
            visible = (p for p in path.rglob("*") if not is_hidden(p.relative_to(path).as_posix()))
            pictures = sorted(p for p in visible if p.is_file() and is_picture_name(p.name))
            if not pictures:
                raise TrainerError(f"There is no picture in {path}; name pictures or folders of them.")
            paths.extend(pictures)
        elif path.is_file():
            paths.append(path)
        else:
            raise TrainerError(f"There is no picture {path}; name pictures or folders of them.")
    return paths


def pixels_of(path: Path, facts: StageFacts) -> NDArray[np.uint8]:
    """Read a picture as (channels, S, S) uint8, letterboxed as in training.

    Raises:
        TrainerError: the picture is broken or cannot be read.
    """
    try:
        return letterbox(decode(path.read_bytes(), path.name), facts.image_size, facts.channels)
    except BadPicture as error:
        raise TrainerError(f"{path} {error}.") from None
    except OSError as error:
        raise TrainerError(f"{path} cannot be read ({error.strerror}).") from None


def _pictures(paths: Sequence[Path], named: set[Path], facts: StageFacts) -> Iterator[tuple[Path, NDArray[np.uint8]]]:
    """Yield each picture with its pixels; raises TrainerError for a broken one named by itself."""
    for path in paths:
        try:
            yield path, pixels_of(path, facts)
        except TrainerError as error:
            if path in named:
                raise
            print(f"{error} It is left out.", file=sys.stderr, flush=True)


def _rows(classifier: Ensemble, pictures: Iterator[tuple[Path, NDArray[np.uint8]]]) -> Iterator[list[str]]:
    while chunk := list(islice(pictures, CHUNK)):
        probs = classifier.probs(np.stack([pixels for _, pixels in chunk]))
        for (path, _), name, row in zip(chunk, classifier.predicted_names(probs), probs, strict=True):
            # nine digits give a float32 exactly, so that thresholds decide alike on the values read from the file
            yield [escaped(str(path)), name, *(f"{p:.9g}" for p in row)]
