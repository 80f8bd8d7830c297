"""Measure and show the phantom: `python -m benchmarks.phantom --sheet phantom.png`."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catalog.phantom import DEVICES, generate

ROWS, COLUMNS, GAP = 6, 8, 4


def sheet(size: int, seed: int, devices: list[str] | None) -> Image.Image:
    """Return a page of 6 x 8 samples, sorted by label."""
    made = sorted(generate(ROWS * COLUMNS, size=size, seed=seed, devices=devices), key=lambda image: image.label)
    pitch = size + GAP
    page = np.zeros((ROWS * pitch - GAP, COLUMNS * pitch - GAP, 3), np.uint8)
    for number, image in enumerate(made):
        row, column = divmod(number, COLUMNS)
        page[row * pitch : row * pitch + size, column * pitch : column * pitch + size] = _rgb(image.pixels)
    return Image.fromarray(page)


def _rgb(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)


def seconds(n_images: int, size: int, workers: int) -> tuple[float, float]:
    """Return wall and CPU seconds of simulating images.

    CPU is that of this process; it is the whole only with one worker.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    made = sum(1 for _ in generate(n_images, size=size, seed=1, workers=workers))
    assert made == n_images
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    """Write the sheet if one is asked for, else measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=4000, help="to simulate on all workers (default 4000)")
    parser.add_argument("--size", type=int, default=128, help="of their side in pixels (default 128)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--seed", type=int, default=0, help="of the sheet (default 0)")
    parser.add_argument("--devices", nargs="*", choices=DEVICES, help="of the sheet (default: all)")
    parser.add_argument("--sheet", type=Path, metavar="FILE.png", help="write a page of 6 x 8 samples and end")
    options = parser.parse_args()
    if options.sheet:
        sheet(options.size, options.seed, options.devices).save(options.sheet)
        return
    _, cpu = seconds(options.images // 10, options.size, 1)
    print(f"one worker: {1000 * cpu / (options.images // 10):.1f} CPU ms an image at {options.size} x {options.size}")
    wall, _ = seconds(options.images, options.size, options.workers)
    load = os.getloadavg()[0]
    print(f"{options.workers} workers: {options.images} images in {wall:.1f} s wall (load {load:.1f} at the end)")


if __name__ == "__main__":
    main()
