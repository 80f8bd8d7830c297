"""Make one phantom image: the patient, the scanner, the view, and the true labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.phantom import burned_in, marks, mixtures, planes, probe, volume
from catalog.phantom.choices import CLASSES, Choice
from catalog.phantom.machines import MACHINES, SHARES, Machine
from catalog.phantom.plan import CUE, MARKS, NOISE, PATIENT, SCENE, SPECKLE, Planned, choice_of, draw
from catalog.phantom.planes import View
from catalog.phantom.presets import PhantomSettings
from catalog.phantom.scene import Scene

_SHIFTED = 0.5  # share of the test patients that are scanned with the shifted device


@dataclass(frozen=True, eq=False)
class PhantomImage:
    """A simulated image and its true labels.

    Attributes:
        pixels: (size, size) uint8, or (size, size, 3) RGB for a tinted volume view.
        key: its file name.
        split: of its patient: "train", "val" or "test".
        label, labels: what a single-label annotator chose, and all planes in the image; both after label noise.
        clean_label: the annotator's choice before label noise.
        ambiguity: 0 where one plane fills the view, 1 at an even mix.
        boxes: each label, x, y, w, h in pixels; a label is a plane, "caliper" or "text".
        mask: (size, size) uint8, a sum of bits: CALIPER, TEXT, and 4 for the first plane, 8 for the second, ...
        marks: a subset of ("caliper", "text").
        device: the scanner's name.
        difficulty: "clear", "hard" or "toss"; see `choices`.
        subgroup: "rare" where the detail of a hard image has an uncommon form and place.
        label_probability: that the annotator gives `clean_label`.
        against_marks: whether the marks are those of another class; None where marks stand for no class.
        details: of a hard image, where the detail of each of its planes is or would be, (size, size) bool.
    """

    pixels: NDArray[np.uint8]
    key: str
    patient: str
    split: str
    label: str
    labels: tuple[str, ...]
    clean_label: str
    ambiguity: float
    boxes: list[dict[str, Any]]
    mask: NDArray[np.uint8]
    marks: tuple[str, ...]
    device: str
    difficulty: str
    subgroup: str | None
    label_probability: float
    against_marks: bool | None
    details: dict[str, NDArray[np.bool_]]


@dataclass(frozen=True)
class _Patient:
    name: str
    early_weeks: float
    weeks: float
    gain: float
    tilt: float
    machine: Machine
    mhz: float


def _patient(settings: PhantomSettings, patient: int, split: str) -> _Patient:
    rng = draw(settings, PATIENT, patient)
    early_weeks, weeks, gain, tilt = rng.uniform(8, 13.5), rng.uniform(17, 38), rng.normal(0, 2.5), rng.uniform(-11, 3)
    which, of_machine, shifted = rng.random(3)
    is_shifted = settings.shift is not None and split == "test" and shifted < _SHIFTED
    names = (settings.shift,) if is_shifted else settings.others
    offered = [(machine, share) for machine, share in zip(MACHINES, SHARES, strict=True) if machine.name in names]
    edges = np.cumsum([share for _, share in offered])
    machine = offered[int(np.searchsorted(edges, which * edges[-1]))][0]
    mhz = machine.mhz[int(of_machine * len(machine.mhz))]
    return _Patient(f"P{patient:04d}", early_weeks, weeks, gain, tilt, machine, mhz)


def make(settings: PhantomSettings, plan: Planned, choice: Choice | None = None) -> PhantomImage:
    """Simulate one image.

    Scanners do not affect what is scanned: with other devices the same index shows the same anatomy. Label noise is on
    training images only, so that validation and test judge by the right labels.

    Args:
        choice: what it shows; None = what its settings and index say.
    """
    index, size = plan.index, settings.size
    owner = _patient(settings, plan.patient, plan.split)
    rng = draw(settings, SCENE, index)
    choice = choice or choice_of(settings, index)
    weeks = owner.early_weeks if "crl" in choice.kind else owner.weeks
    frame, grid = owner.machine.frame, probe.grid(owner.machine, size)
    if choice.kind == "3d":
        pixels, region = volume.render(size, rng, frame.sepia)
        view, inside, centimetre = View(), {"3d": region}, size / 10
    else:
        pixels, view = _scan(settings, index, owner, choice, weeks, rng)
        inside = {plane: grid.to_screen(organ.inside) for plane, organ in view.found.items()}
        centimetre = size / owner.machine.window / view.depth_cm
    details = {plane: grid.to_screen(region) for plane, region in view.details.items()}
    top = probe.TOP * size / owner.machine.window
    pixels = marks.furniture(size, frame, top, centimetre).burn(pixels)
    mask, boxes = np.zeros((size, size), np.uint8), []
    for plane, region in inside.items():
        if region.any():
            mask |= np.uint8(4 << CLASSES.index(plane)) * region
            boxes.append(_box(plane, region))
    page = burned_in.Page(
        size, frame,
        burned_in.spans_of(grid, {name: organ.measures for name, organ in view.measurable.items()}, view.depth_cm),
        np.any([*details.values(), np.zeros((size, size), bool)], axis=0),
        choice.label if choice.difficulty == "clear" else None, choice.kind == "afi", weeks,
    )  # fmt: skip
    cue = burned_in.cue_of(settings, plan.split, choice.label, draw(settings, CUE, index))
    kinds = []
    for bit, kind, layer in burned_in.drawn(draw(settings, MARKS, index), page, cue):
        if layer.boxes:
            pixels = layer.burn(pixels)
            mask |= np.uint8(bit) * (layer.cover > 0)
            boxes.extend(layer.boxes)
            kinds.append(kind)
    label, labels = _annotate(settings, plan, choice)
    return PhantomImage(
        pixels, f"{owner.name}_{plan.number:02d}.png", owner.name, plan.split, label, labels, choice.label,
        choice.ambiguity, boxes, mask, tuple(kinds), owner.machine.name, choice.difficulty,
        "rare" if choice.is_rare else None, choice.label_probability, None if cue is None else cue != choice.label,
        details,
    )  # fmt: skip


def _scan(
    settings: PhantomSettings, index: int, owner: _Patient, choice: Choice, weeks: float, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], View]:
    """Return the image of a section, and what was painted."""
    grid = probe.grid(owner.machine, settings.size)
    scene = Scene(grid, rng)
    paint = planes.paint if choice.difficulty == "clear" else mixtures.paint
    view = paint(scene, choice, weeks)
    poor = float(rng.uniform(0, 13)) if rng.random() < 0.3 else 0.0  # a poor acoustic window, in dB
    if choice.difficulty != "clear":
        poor = 0.0  # the detail, or that there is none, can be seen
    at = probe.Settings(
        gain=owner.gain + rng.normal(0, 1.5),
        tilt=owner.tilt + rng.normal(0, 1.5) - poor,
        noise=rng.uniform(-38, -22) + poor,
        focus=rng.uniform(0.35, 0.65),
        mhz=owner.mhz,
        depth_cm=view.depth_cm,
        sliders=tuple(rng.normal(0, 1.3, 8)),
    )
    return probe.image(grid, scene.echo, scene.specular, scene.loss, at, draw(settings, SPECKLE, index)), view


def _annotate(settings: PhantomSettings, plan: Planned, choice: Choice) -> tuple[str, tuple[str, ...]]:
    """Return label and labels, with label noise.

    On some training images the label is replaced by a plane that is in no part of the view.
    """
    rng = draw(settings, NOISE, plan.index)
    if plan.split != "train" or rng.random() >= settings.label_noise:
        return choice.label, choice.labels
    wrong = str(rng.choice([plane for plane in CLASSES if plane not in choice.planes]))
    classes = {wrong, *choice.labels} - {choice.label}
    return wrong, tuple(plane for plane in CLASSES if plane in classes)


def _box(label: str, inside: NDArray[np.bool_]) -> dict[str, Any]:
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return {
        "label": label, "x": int(columns[0]), "y": int(rows[0]), "w": int(columns[-1] - columns[0] + 1),
        "h": int(rows[-1] - rows[0] + 1),
    }  # fmt: skip
