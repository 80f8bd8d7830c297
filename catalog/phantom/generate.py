"""Phantom images in order: lazily, in parallel, the same for a seed whatever the number of workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.parallel import cores, ordered_process_map
from catalog.phantom import marks, planes, probe, volume
from catalog.phantom.planes import Choice, View
from catalog.phantom.scene import Scene

_CHUNK = 12  # images a task: enough to hide the cost of passing them between processes
_ANNOTATIONS = ("TIb 0.2", "TIs 0.3", "MI 1.1", "MI 0.9", "15Hz", "28Hz", "Gn 12", "Gn -3", "DR 60", "2D 58%", "P 90%")


@dataclass(frozen=True, eq=False)
class PhantomImage:
    """One simulated image and all that is known of it.

    pixels: (size, size) uint8; `key` is its file name; `label` is what a single-label annotator chose, `labels` all
    planes in the picture; `ambiguity` is 0 where clear and 1 at an even mix; `boxes` hold label, x, y, w, h in pixels,
    where a label is a class, "caliper" or "text"; `marks` is a subset of ("caliper", "text").
    """

    pixels: NDArray[np.uint8]
    key: str
    patient: str
    label: str
    labels: tuple[str, ...]
    ambiguity: float
    boxes: list[dict[str, Any]]
    marks: tuple[str, ...]
    device: str


@dataclass(frozen=True)
class _Task:
    seed: int
    size: int
    images: tuple[tuple[int, int, int], ...]  # (index, patient, number within the patient)


@dataclass(frozen=True)
class _Patient:
    name: str
    early_weeks: float
    weeks: float
    machine: probe.Machine
    gain: float
    tilt: float


def generate(n_images: int, *, size: int = 128, seed: int = 0, workers: int | None = None) -> Iterator[PhantomImage]:
    """Simulate `n_images` square images of `size` pixels, in order of their index.

    Images come as they are taken, in constant memory. The first n images of a seed are the same however many are asked
    for and however many processes (`workers`, by default one a core) make them.

    Raises:
        ValueError: a number is out of its range.
    """
    if n_images < 0 or not 48 <= size <= 2048 or seed < 0 or (workers is not None and workers < 1):
        raise ValueError(
            f"A phantom needs 0 or more images, a size of 48 to 2048, a seed of 0 or more and 1 or more workers; "
            f"given were {n_images} images, size {size}, seed {seed}, workers {workers}."
        )
    return _generate(n_images, size, seed, workers or cores())


def _generate(n_images: int, size: int, seed: int, workers: int) -> Iterator[PhantomImage]:
    tasks = _tasks(n_images, size, seed)
    if workers == 1 or n_images <= 4 * _CHUNK:
        for task in tasks:
            yield from _make(task)
        return
    with closing(ordered_process_map(_make, tasks, workers, preload=__name__)) as made:
        for pictures in made:
            yield from pictures


def _tasks(n_images: int, size: int, seed: int) -> Iterator[_Task]:
    """Images by patient, 4 to 9 each, cut into tasks."""
    rng = np.random.default_rng(np.random.SeedSequence((seed, 0)))
    batch: list[tuple[int, int, int]] = []
    patient, number, owned = 0, 0, int(rng.integers(4, 10))
    for index in range(n_images):
        if number == owned:
            patient, number, owned = patient + 1, 0, int(rng.integers(4, 10))
        batch.append((index, patient, number))
        number += 1
        if len(batch) == _CHUNK:
            yield _Task(seed, size, tuple(batch))
            batch = []
    if batch:
        yield _Task(seed, size, tuple(batch))


def _make(task: _Task) -> list[PhantomImage]:
    return [_image(task.seed, task.size, *which) for which in task.images]


def _patient(seed: int, patient: int) -> _Patient:
    rng = np.random.default_rng(np.random.SeedSequence((seed, 1, patient)))
    machine = probe.MACHINES[int(rng.choice(len(probe.MACHINES), p=probe.SHARES))]
    return _Patient(
        f"P{patient:04d}", rng.uniform(8, 13.5), rng.uniform(17, 38), machine, rng.normal(0, 2.5), rng.uniform(-7, 4)
    )


def _image(seed: int, size: int, index: int, patient: int, number: int) -> PhantomImage:
    rng = np.random.default_rng(np.random.SeedSequence((seed, 2, index)))
    owner = _patient(seed, patient)
    choice = planes.choose(rng)
    early = "crl" in choice.kind
    weeks = owner.early_weeks if early else owner.weeks
    if choice.kind == "3d":
        pixels, corners = volume.render(size, rng)
        boxes, view = [_box("3d", corners, size)], View()
    else:
        at = probe.grid(owner.machine, size)
        scene = Scene(at, rng)
        view = planes.paint(scene, choice, weeks)
        poor = float(rng.uniform(0, 13)) if rng.random() < 0.3 else 0.0  # a window through which little comes back
        settings = probe.Settings(
            gain=owner.gain + rng.normal(0, 1.5),
            tilt=owner.tilt + rng.normal(0, 1.5) - poor,
            noise=rng.uniform(-38, -22) + poor,
            focus=rng.uniform(0.35, 0.65),
        )
        pixels = probe.image(at, scene.echo, scene.specular, scene.loss, settings, rng)
        pixels = marks.furniture(pixels, owner.machine.overlay, rng)
        boxes = [
            _box(plane, at.to_pixels(found.outline[seen]), size)
            for plane, found in view.found.items()
            if (seen := at.in_view(found.outline)).sum() >= 2
        ]
    pixels, drawn = _mark(pixels, choice, view, owner, weeks, rng)
    shown = tuple(kind for kind in ("caliper", "text") if any(box["label"] == kind for box in drawn))
    return PhantomImage(
        pixels, f"{owner.name}_{number:02d}.png", owner.name, choice.label, choice.labels, choice.ambiguity,
        boxes + drawn, shown, owner.machine.name,
    )  # fmt: skip


def _box(label: str, points: probe.Floats, size: int) -> dict[str, Any]:
    """The box of pixel positions (N, 2), cut to the picture."""
    low = np.clip(np.floor(points.min(axis=0)), 0, size - 2).astype(int)
    high = np.clip(np.ceil(points.max(axis=0)), low + 1, size).astype(int)
    return {"label": label, "x": int(low[0]), "y": int(low[1]), "w": int(high[0] - low[0]), "h": int(high[1] - low[1])}


def _mark(
    pixels: NDArray[np.uint8], choice: Choice, view: View, owner: _Patient, weeks: float, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], list[dict[str, Any]]]:
    """Calipers on one measured plane (more often than not the labelled one) and neutral text, each on some images."""
    boxes: list[dict[str, Any]] = []
    lines: list[str] = []
    wanted = 0.4 if choice.label == "afi" else 0.6
    if view.found and rng.random() < wanted:
        measured = str(rng.choice(sorted(view.found)))
        at = probe.grid(owner.machine, pixels.shape[0])
        spans = [np.array(line, np.float32) for line in view.found[measured].measures]
        spans = [span for span in spans if at.in_view(span).all()]
        ends = [at.to_pixels(span) for span in spans]
        pairs = [((float(a[0]), float(a[1])), (float(b[0]), float(b[1]))) for a, b in ends]
        pixels, boxes = marks.calipers(pixels, pairs, rng)
        if boxes and rng.random() < 0.6:
            length = float(np.hypot(*(spans[0][0] - spans[0][1]))) * view.depth_cm
            lines.append(f"D1 {length:.2f}cm")
    if rng.random() < 0.75:
        lines.extend(_annotations(choice.label, weeks, rng))
    else:
        lines = []
    if lines:
        pixels, written = marks.text(pixels, lines[:3], str(rng.choice(["nw", "ne", "sw", "se"])), rng)
        boxes = boxes + written
    return pixels, boxes


def _annotations(label: str, weeks: float, rng: np.random.Generator) -> list[str]:
    lines = []
    if rng.random() < 0.5:
        lines.append(f"GA {int(weeks)}w{int(weeks % 1 * 7)}d")
    if rng.random() < 0.06:
        lines.append(label.upper())
    if not lines or rng.random() < 0.4:
        lines.append(str(rng.choice(_ANNOTATIONS)))
    return lines
