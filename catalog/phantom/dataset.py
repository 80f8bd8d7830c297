"""Store a phantom as a dataset."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import closing
from dataclasses import fields

from catalog.builder import save_dataset
from catalog.dataset import Dataset
from catalog.errors import CatalogError
from catalog.new_sample import NewSample
from catalog.paths import checked_name
from catalog.phantom.choices import CLASSES
from catalog.phantom.generate import generate
from catalog.phantom.picture import PhantomImage
from catalog.phantom.presets import PRESETS, PhantomSettings
from catalog.splits import Shares


def make_dataset(name: str, settings: PhantomSettings, *, preset: str = "demo", workers: int | None = None) -> Dataset:
    """Simulate a phantom and store it as the next version of a dataset.

    Args:
        name: of the dataset.
        settings: what it holds; at least one image.
        preset: that the settings were made from, for the dataset's source line.
        workers: processes; None = one a core.
    Raises:
        CatalogError: one sentence; nothing is left on disk.
    """
    checked_name(name)
    if not settings.images:
        raise CatalogError("A dataset needs at least 1 image, not 0.")
    with closing(_samples(generate(settings, workers=workers))) as samples:
        return save_dataset(
            name,
            samples,
            classes=CLASSES,
            source=source(settings, preset),
            total=settings.images,
            shares=Shares(settings.val, settings.test),
            seed=settings.seed,
        )


def source(settings: PhantomSettings, preset: str) -> str:
    """Return the source line of a phantom: preset, size and seed.

    What differs from the preset follows.
    """
    usual = PRESETS[preset]
    parts = [f"phantom {preset}: {settings.images} images at {settings.size}", f"seed {settings.seed}"]
    for field in fields(settings):
        value = getattr(settings, field.name)
        if field.name not in ("images", "size", "seed") and value != getattr(usual, field.name):
            text = " ".join(value) if isinstance(value, tuple) else "none" if value is None else str(value)
            parts.append(f"{field.name.replace('_', ' ')} {text}")
    return ", ".join(parts)


def _samples(images: Iterator[PhantomImage]) -> Generator[NewSample]:
    try:
        for image in images:
            yield NewSample(
                key=image.key,
                label=image.label,
                content=image.pixels,
                labels=image.labels,
                patient=image.patient,
                split=image.split,
                ambiguity=image.ambiguity,
                device=image.device,
                boxes=image.boxes,
                marks=image.marks,
                mask=image.mask,
                clean_label=image.clean_label,
                difficulty=image.difficulty,
                subgroup=image.subgroup,
                label_probability=image.label_probability,
                against_marks=image.against_marks,
            )
    except BrokenExecutor as error:
        raise CatalogError("A process that simulates images was killed; try again with --workers 1.") from error
