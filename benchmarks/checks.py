"""Measure how marks and near-duplicates are found: `python -m benchmarks.checks [NAME]`.

Without NAME: on 1,200 simulated images, whose marks are known. With the NAME of a dataset: on its pictures, whose
marks are not known; then only the counts of what was found are printed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import numpy as np
from PIL import Image
from sklearn.metrics import precision_score, recall_score

from catalog import open_dataset
from catalog.burned_in_marks import find_marks
from catalog.near_duplicates import fingerprint, near_pairs
from catalog.phantom import PhantomSettings, generate

NEARNESS = (24, 32, 40, 48, 56, 64)
Pictures = Iterator[tuple[np.ndarray, tuple[str, ...]]]


def simulated(n: int = 1200, seed: int = 1) -> Pictures:
    """Yield simulated grey pictures, (height, width) uint8, with their true marks."""
    for picture in generate(PhantomSettings(images=n, seed=seed)):
        yield np.asarray(Image.fromarray(picture.pixels).convert("L")), picture.marks


def stored(name: str) -> Pictures:
    """Yield the grey pictures of a dataset, without marks."""
    dataset = open_dataset(name)
    for path in dataset.samples["path"]:
        yield np.asarray(Image.open(dataset.folder / path).convert("L")), ()


def main(name: str | None) -> None:
    """Print precision and recall of marks, near-duplicates by distance, and the time of each."""
    pictures = list(stored(name) if name else simulated())
    start = time.perf_counter()
    marks = [find_marks(pixels) for pixels, _ in pictures]
    print(f"{len(pictures)} pictures, marks in {(time.perf_counter() - start) / len(pictures) * 1e3:.1f} ms each")
    for kind in ("caliper", "text"):
        found = [any(mark.kind == kind for mark in one) for one in marks]
        print(f"{kind}: on {sum(found)} pictures", end="")
        if name is None:
            true = [kind in known for _, known in pictures]
            precision, recall = precision_score(true, found), recall_score(true, found)
            print(f", truly on {sum(true)}: precision {precision:.3f}, recall {recall:.3f}", end="")
        print()

    start = time.perf_counter()
    prints = [fingerprint(Image.fromarray(pixels)) for pixels, _ in pictures]
    print(f"fingerprints in {(time.perf_counter() - start) / len(pictures) * 1e3:.1f} ms each")
    print("pairs by bits that differ: " + ", ".join(f"{near}: {len(near_pairs(prints, near))}" for near in NEARNESS))
    rng = np.random.default_rng(0)
    many = [rng.bytes(32) for _ in range(12_400)]
    start = time.perf_counter()
    near_pairs(many)
    print(f"all pairs of 12,400 fingerprints in {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
