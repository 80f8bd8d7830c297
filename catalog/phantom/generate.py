"""Generate phantom images in order, lazily and in parallel, reproducible by seed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from catalog.errors import CatalogError
from catalog.parallel import cores, ordered_process_map
from catalog.phantom.picture import PhantomImage, make
from catalog.phantom.plan import Planned, planned
from catalog.phantom.presets import PhantomSettings

_CHUNK = 12  # images per task: enough to hide the cost of passing them between processes


@dataclass(frozen=True)
class _Task:
    settings: PhantomSettings
    images: tuple[Planned, ...]


def generate(settings: PhantomSettings, *, workers: int | None = None) -> Iterator[PhantomImage]:
    """Simulate the images of a phantom, in order of their index.

    Images are made as they are consumed, in constant memory. The first n images of a seed are the same for any number
    of images and of processes (`workers`, by default one per core).

    Raises:
        CatalogError: the number of workers is below 1.
    """
    if workers is not None and workers < 1:
        raise CatalogError(f"A phantom needs 1 or more workers, not {workers}.")
    return _generate(settings, workers or cores())


def _generate(settings: PhantomSettings, workers: int) -> Iterator[PhantomImage]:
    plan = planned(settings)
    chunks = iter(lambda: tuple(islice(plan, _CHUNK)), ())
    tasks = (_Task(settings, images) for images in chunks)
    if workers == 1 or settings.images <= 4 * _CHUNK:
        for task in tasks:
            yield from _make(task)
        return
    with closing(ordered_process_map(_make, tasks, workers, preload=__name__)) as made:
        for pictures in made:
            yield from pictures


def _make(task: _Task) -> list[PhantomImage]:
    return [make(task.settings, image) for image in task.images]
