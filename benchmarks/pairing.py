"""Measure memory and time of pairing masks by name: `python -m benchmarks.pairing [NUMBER]`.

Each way of naming runs in a process of its own, on 100,000 names unless another number is given.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable

from catalog.importers.pairs import pairs

NAMINGS: dict[str, Callable[[int], str]] = {
    "image and mask in one folder": lambda i: f"benign/{i // 2:06d}{'_mask' if i % 2 else ''}.png",
    "images/ and masks/": lambda i: f"{('images', 'masks')[i % 2]}/P{i // 200:04d}/{i // 2:06d}.png",
    "one name in every folder": lambda i: f"P{i:06d}/1.png",
    "image.png and mask.png in each folder": lambda i: f"P{i // 2:06d}/{('image', 'mask')[i % 2]}.png",
    "frames of videos": lambda i: f"class_{i % 7}/vid_{i // 30:05d}_frame_{i % 30:03d}_a-b.c(1).png",
    "names of 17 parts": lambda i: "a/" + "_".join(str(i >> bit & 1) for bit in range(17)) + ".png",
    "shared folders": lambda i: f"c{i % 2}/x_{i % 50}/y_{i % 70}/img_{i}_1_1_1.png",
}


def measure(naming: str, number: int) -> None:
    """Pair so many names of one kind and print time and peak memory."""
    names = [NAMINGS[naming](place) for place in range(number)]
    start = time.process_time()
    groups = pairs(names)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    n_paired = sum(len(group.partners) for group in groups)
    print(f"{naming}: {seconds:.0f} s of processor, peak {peak:,.0f} MiB, {n_paired:,} names paired", flush=True)


def main(words: list[str]) -> None:
    """Measure one naming, or start a process for each of them."""
    if len(words) == 2:
        measure(words[0], int(words[1]))
        return
    for naming in NAMINGS:
        number = words[0] if words else "100000"
        subprocess.run([sys.executable, "-m", "benchmarks.pairing", naming, number], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
