"""Measure and show the phantom: its speed, its looks, and how hard it is.

    python -m benchmarks.phantom                             # speed
    python -m benchmarks.phantom --preset claims --sheet claims.png
    python -m benchmarks.phantom --errors FOLDER [--presets demo claims shortcut] [--images 2000] [--epochs 6 48]
        [--seeds 0]

`--errors` trains a quick and a patient network on each preset with the trainer itself, one thread, and prints their
test errors next to the Bayes error, and the share of tosses in what `single_label_hnl` mines. FOLDER keeps data, store
and runs; what is finished there is not trained again. The results are in phantom.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from catalog.phantom import DEVICES, PRESETS, PhantomSettings, generate, make_dataset

ROWS, COLUMNS, GAP = 6, 8, 4
NETWORKS = ("quick", "patient")  # the same but for the epochs of the full stage; one short round asks the miner
SHARED: dict[str, object] = {
    "model": "mobilenet_v3_small", "image_size": 64, "batch_size": 32, "rounds": 1, "full.lr": 0.002,
    "hard_negative.epochs": 1, "refined.epochs": 1,
}  # fmt: skip


def sheet(settings: PhantomSettings) -> Image.Image:
    """Return a page of 6 x 8 samples, sorted by label."""
    made = sorted(generate(replace(settings, images=ROWS * COLUMNS)), key=lambda image: image.label)
    size = settings.size
    pitch = size + GAP
    page = np.zeros((ROWS * pitch - GAP, COLUMNS * pitch - GAP, 3), np.uint8)
    for number, image in enumerate(made):
        row, column = divmod(number, COLUMNS)
        page[row * pitch : row * pitch + size, column * pitch : column * pitch + size] = _rgb(image.pixels)
    return Image.fromarray(page)


def _rgb(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)


def seconds(settings: PhantomSettings, workers: int) -> tuple[float, float]:
    """Return wall and CPU seconds of simulating images.

    CPU is that of this process; it is the whole only with one worker.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    made = sum(1 for _ in generate(settings, workers=workers))
    assert made == settings.images
    return time.perf_counter() - wall, time.process_time() - cpu


def errors(folder: Path, presets: list[str], images: int, epochs: list[int], seeds: list[int]) -> None:
    """Print the test errors of both networks on each preset.

    The share of tosses among the mined follows.
    """
    for name, place in (("RESULTS", "results.duckdb"), ("DATA", "data"), ("RUNS", "runs")):
        os.environ[f"ODAP_{name}"] = str((folder / place).absolute())
    import torch

    import catalog
    from catalog.bayes import bayes_error

    torch.set_num_threads(1)
    print("| preset | test images | Bayes error | network | seed | all | hard | rare | clear | toss | against marks |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    mined = []
    for preset in presets:
        if not (folder / "data" / preset).exists():
            settings = replace(PRESETS[preset], images=images, size=64, seed=7)
            make_dataset(preset, settings, preset=preset, workers=1)
        test = catalog.open_dataset(preset).samples.query("split == 'test'")
        for network, n_epochs in zip(NETWORKS, epochs, strict=True):
            for seed in seeds:
                start = time.process_time()
                run_id = trained(preset, network, n_epochs, seed)
                said = (len(test), f"{bayes_error(test):.1%}", network, seed)
                print("|", " | ".join(map(str, (preset, *said, *scores(run_id)))), "|", flush=True)
                mined.append((preset, network, seed, *mined_tosses(run_id)))
                print(f"{run_id}: {time.process_time() - start:.0f} s of processor time", file=sys.stderr)
    print("\n| preset | network | seed | mined | tosses among them | hard | clear |\n|---|---|---|---|---|---|---|")
    for row in mined:
        print("|", " | ".join(map(str, row)), "|")


def trained(preset: str, network: str, epochs: int, seed: int) -> str:
    """Train a network on a preset, unless it is trained already; return its run."""
    import store
    from recipes import Recipe
    from trainer.run import Run

    class WithoutMaps(Run):
        """A run without class activation maps, which change nothing that is measured."""

        def _explain(self, *_: object) -> None:
            return

    run_id = f"{preset}-{network}-s{seed}"
    known = store.run(run_id)
    if known is None or known["status"] != "done":
        recipe = Recipe.load("single_label_hnl", {**SHARED, "full.epochs": epochs, "dataset": preset, "seed": seed})
        run = WithoutMaps(recipe, run_id, "cpu")
        run.claim()
        run.train(store.add_job("train", title=recipe.name, args={}, run_id=run_id, state="running"), bar=False)
        store.finish_run(run_id, "done")
    return run_id


def scores(run_id: str) -> list[str]:
    """Return the test errors after the full stage.

    They are of all, hard, rare, clear and toss images, and of those against the marks.
    """
    import store

    samples = store.samples(str(store.run(run_id)["dataset_id"])).set_index("sample_id")  # type: ignore[index]
    said = store.predictions(run_id, 0, "full", "test").set_index("sample_id")
    samples = samples.loc[said.index]
    wrong = (said["predicted"] != said["label"]).to_numpy()
    parts = [("difficulty", "hard"), ("subgroup", "rare"), ("difficulty", "clear"), ("difficulty", "toss")]
    columns = samples.astype(object).where(samples.notna(), None)
    rows = [[value == wanted for value in columns[column]] for column, wanted in (*parts, ("against_marks", True))]
    return [_share(wrong), *(_share(wrong[np.array(part, bool)]) for part in rows)]


def _share(wrong: NDArray[np.bool_]) -> str:
    return f"{wrong.mean():.1%} ({wrong.sum()} of {len(wrong)})" if len(wrong) else "-"


def mined_tosses(run_id: str) -> tuple[int, str, str, str]:
    """Return how many samples round 1 mined, and how many of them are tosses, hard and clear."""
    import store

    samples = store.samples(str(store.run(run_id)["dataset_id"])).set_index("sample_id")  # type: ignore[index]
    mined = store.mined(run_id, 1)["sample_id"].unique()
    of: pd.Series = samples.loc[mined, "difficulty"]
    toss, hard, clear = (f"{(of == name).mean():.0%}" if len(mined) else "-" for name in ("toss", "hard", "clear"))
    return len(mined), toss, hard, clear


def main() -> None:
    """Write the sheet or train for the errors if asked to, else measure the speed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, help="how many (default 4000 for speed, 2000 for errors)")
    parser.add_argument("--size", type=int, default=128, help="of their side in pixels (default 128)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--preset", choices=list(PRESETS), default="demo", help="of the sheet and of the speed")
    parser.add_argument("--seed", type=int, default=0, help="of the sheet (default 0)")
    parser.add_argument("--devices", nargs="*", choices=DEVICES, help="of the sheet (default: all)")
    parser.add_argument("--sheet", type=Path, metavar="FILE.png", help="write a page of 6 x 8 samples and end")
    parser.add_argument("--errors", type=Path, metavar="FOLDER", help="train quick and patient networks and end")
    parser.add_argument("--presets", nargs="+", choices=list(PRESETS), default=list(PRESETS), help="of --errors")
    parser.add_argument("--epochs", nargs=2, type=int, default=[6, 48], help="quick and patient (default 6 48)")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], help="of --errors (default 0)")
    options = parser.parse_args()
    if options.errors:
        errors(options.errors, options.presets, options.images or 2000, options.epochs, options.seeds)
        return
    settings = replace(PRESETS[options.preset], size=options.size)
    if options.sheet:
        devices = tuple(options.devices) if options.devices else None
        sheet(replace(settings, seed=options.seed, devices=devices)).save(options.sheet)
        return
    settings = replace(settings, images=options.images or 4000, seed=1)
    few = replace(settings, images=settings.images // 10)
    _, cpu = seconds(few, 1)
    print(f"one worker: {1000 * cpu / few.images:.1f} CPU ms an image at {options.size} x {options.size}")
    wall, _ = seconds(settings, options.workers)
    load = os.getloadavg()[0]
    print(f"{options.workers} workers: {settings.images} images in {wall:.1f} s wall (load {load:.1f} at the end)")


if __name__ == "__main__":
    main()
