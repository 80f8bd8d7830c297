"""Generate phantom images in order, lazily and in parallel, reproducible by seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from catalog.parallel import cores, ordered_process_map
from catalog.phantom.machines import MACHINES
from catalog.phantom.picture import PhantomImage, Study, make

_CHUNK = 12  # images per task: enough to hide the cost of passing them between processes


@dataclass(frozen=True)
class _Task:
    study: Study
    images: tuple[tuple[int, int, int], ...]  # (index, patient, number within the patient)


DEVICES = tuple(machine.name for machine in MACHINES)


def generate(
    n_images: int,
    *,
    size: int = 128,
    seed: int = 0,
    workers: int | None = None,
    devices: Sequence[str] | None = None,
    label_noise: float = 0.0,
) -> Iterator[PhantomImage]:
    """Simulate `n_images` square images of `size` pixels, in order of their index.

    Images are made as they are consumed, in constant memory. The first n images of a seed are the same for any number
    of images and of processes (`workers`, by default one per core).

    Args:
        devices: names out of DEVICES, None for all. With other devices a seed shows the same anatomy and labels.
        label_noise: the share of images, 0 to below 1, whose label is replaced by one that is in no part of the view.
    Raises:
        ValueError: a number is out of its range, or a device is unknown.
    """
    if n_images < 0 or not 48 <= size <= 2048 or seed < 0 or (workers is not None and workers < 1):
        raise ValueError(
            f"A phantom needs 0 or more images, a size of 48 to 2048, a seed of 0 or more and 1 or more workers; "
            f"given were {n_images} images, size {size}, seed {seed}, workers {workers}."
        )
    chosen = tuple(DEVICES if devices is None else devices)
    if unknown := [name for name in chosen if name not in DEVICES]:
        raise ValueError(f"There is no device '{unknown[0]}'; there are: {', '.join(DEVICES)}.")
    if not chosen or not 0 <= label_noise < 1:
        raise ValueError(
            f"A phantom needs one device or more and a share of label noise from 0 to below 1; "
            f"given were {len(chosen)} devices and {label_noise}."
        )
    return _generate(Study(seed, size, chosen, label_noise), n_images, workers or cores())


def _generate(study: Study, n_images: int, workers: int) -> Iterator[PhantomImage]:
    tasks = _tasks(study, n_images)
    if workers == 1 or n_images <= 4 * _CHUNK:
        for task in tasks:
            yield from _make(task)
        return
    with closing(ordered_process_map(_make, tasks, workers, preload=__name__)) as made:
        for pictures in made:
            yield from pictures


def _tasks(study: Study, n_images: int) -> Iterator[_Task]:
    """Yield the images by patient, 4 to 9 each, in tasks of equal size."""
    rng = study.draw(0, 0)
    batch: list[tuple[int, int, int]] = []
    patient, number, owned = 0, 0, int(rng.integers(4, 10))
    for index in range(n_images):
        if number == owned:
            patient, number, owned = patient + 1, 0, int(rng.integers(4, 10))
        batch.append((index, patient, number))
        number += 1
        if len(batch) == _CHUNK:
            yield _Task(study, tuple(batch))
            batch = []
    if batch:
        yield _Task(study, tuple(batch))


def _make(task: _Task) -> list[PhantomImage]:
    return [make(task.study, *which) for which in task.images]
