"""Compare training on a device with what the device could do.

    python benchmarks/gpu.py [--device cuda] [--model NAME] [--size PIXELS] [--images N] [--batch N] [--quick]

Without --device it is the one that a training would choose. Rates of training are of mini-batches that are augmented as
recipes do, beside bare steps of the same network on a mini-batch that lies in the device's memory: no loading, no
augmentation, nothing recorded. All take turns in one run, so that other load affects all; the ratios are what counts.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from benchmarks.speed import table, turns
from catalog.pictures import letterbox
from trainer.batches import Plain
from trainer.explain.class_activation import cam
from trainer.images import Augment, Images, normalise
from trainer.loop import evaluate, train_one_epoch
from trainer.network import devices, models, optimization
from trainer.network.objectives import Objective
from trainer.pixel_store import Where

CLASSES = 6


@dataclass(frozen=True)
class Setting:
    """Name what is measured: a network, on so many images of a size, in mini-batches."""

    device: str | None
    model: str
    size: int
    images: int
    batch: int
    repeats: int


class Bench:
    """Made-up grey pictures on a device, and networks to train on them."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.fabric = devices.open_fabric(setting.device, "auto")
        rng = np.random.default_rng(0)
        shape = (setting.images, 1, setting.size, setting.size)
        self.pixels: NDArray[np.uint8] = rng.integers(0, 256, shape, dtype=np.uint8)
        self.targets = torch.eye(CLASSES)[np.arange(setting.images) % CLASSES]

    def finish(self) -> None:
        """Wait until the device has done all that it was asked."""
        if self.fabric.device.type == "cuda":
            torch.cuda.synchronize(self.fabric.device)

    def images(self, where: Where) -> Images:
        """Return the pictures, kept on the device or in the machine's memory."""
        return Images(self.pixels, self.targets, self.fabric, where)

    def trained(self, where: Where = "auto", compile: bool = False, deterministic: bool = True) -> Callable[[], int]:
        """Return what trains one epoch as the trainer does."""
        images, (_, forward, optimizer, schedule) = self.images(where), self._network(compile)

        def epoch() -> int:
            devices.set_determinism("auto" if deterministic else "never")
            rows = Plain(np.arange(self.setting.images), self.setting.batch).epoch(np.random.default_rng(0))
            done = train_one_epoch(
                forward, rows, images, Objective("softmax"), devices.stepping(self.fabric, optimizer), schedule,
                Augment(0), lambda _: None, lambda *_: None,
            )  # fmt: skip
            self.finish()
            devices.set_determinism("auto")
            return done.samples

        return epoch

    def bare(self, fused: bool = True, channels_last: bool = False) -> Callable[[], int]:
        """Return what takes an epoch's steps on one mini-batch in the device's memory."""
        model, forward, optimizer, _ = self._network(fused=fused)
        if channels_last:
            model.to(memory_format=torch.channels_last)
        pixels, targets = self.images("device").batch(np.arange(self.setting.batch))
        inputs, steps = normalise(pixels), self.setting.images // self.setting.batch

        def epoch() -> int:
            model.train()
            for _ in range(steps):
                optimizer.zero_grad(set_to_none=True)
                self.fabric.backward(nn.functional.cross_entropy(forward(inputs).float(), targets))
                self.fabric.clip_gradients(forward, optimizer, max_norm=1.0, error_if_nonfinite=False)
                optimizer.step()
            self.finish()
            return steps * self.setting.batch

        return epoch

    def evaluated(self) -> Callable[[], int]:
        """Return what predicts all pictures."""
        images, (model, *_) = self.images("auto"), self._network()
        return lambda: len(evaluate(model, np.arange(self.setting.images), images))

    def mapped(self) -> Callable[[], int]:
        """Return what makes the Grad-CAM maps of one mini-batch."""
        images, (model, *_) = self.images("auto"), self._network()
        rows = np.arange(self.setting.batch)

        def maps() -> int:
            pixels, _ = images.batch(rows)
            return len(cam(model, self.setting.model, pixels, rows % CLASSES, "gradcam", None))

        return maps

    def copied(self, where: Where) -> Callable[[], int]:
        """Return what brings the pixels of an epoch to the device, and no more."""
        images = self.images(where)

        def epoch() -> int:
            rows = Plain(np.arange(self.setting.images), self.setting.batch).epoch(np.random.default_rng(0))
            seen = sum(len(pixels) for pixels in images.stream(rows))
            self.finish()
            return seen

        return epoch

    def decoded(self, folder: Path) -> Callable[[], int]:
        """Return what decodes PNG files, in one thread; the trainer does so once a dataset."""
        files = [folder / f"{number}.png" for number in range(min(64, self.setting.images))]
        for file, picture in zip(files, self.pixels, strict=False):
            Image.fromarray(picture[0]).resize((self.setting.size * 2,) * 2).save(file)
        return lambda: sum(len(letterbox(Image.open(file), self.setting.size, 1)) for file in files)

    def _network(
        self, compile: bool = False, fused: bool = True
    ) -> tuple[nn.Module, nn.Module, torch.optim.Optimizer, torch.optim.lr_scheduler.LambdaLR]:
        torch.manual_seed(0)
        model = models.build(self.setting.model, CLASSES, image_size=self.setting.size)
        forward = devices.prepare(self.fabric, model, compile)
        allowed = fused and devices.allows_fused(self.fabric)
        return model, forward, *optimization.build(model, lr=1e-4, weight_decay=0.02, steps=10**6, fused=allowed)


def measure(setting: Setting) -> dict[str, dict[str, float]]:
    """Return rates in images a second; first ours, then its limit."""
    bench = Bench(setting)
    on_gpu = bench.fabric.device.type == "cuda"
    training = {
        "steady": bench.trained(),
        "bare steps on one mini-batch in the device's memory": bench.bare(),
        "pixels kept on the device": bench.trained("device"),
        "pixels loaded as they are needed": bench.trained("host"),
        "bare, AdamW not fused": bench.bare(fused=False),
        "bare, weights channels-last": bench.bare(channels_last=True),
    }
    if on_gpu:
        training["deterministic: never"] = bench.trained(deterministic=False)
        training["compile: true"] = bench.trained(compile=True)
    with tempfile.TemporaryDirectory() as folder:
        floors = {
            "copy, pixels loaded as they are needed": bench.copied("host"),
            "copy, pixels kept on the device": bench.copied("device"),
            "decode, once a dataset, one thread": bench.decoded(Path(folder)),
        }
        work = {"evaluation": bench.evaluated(), "Grad-CAM maps": bench.mapped()}
        run = partial(turns, repeats=setting.repeats)
        return {"Training": run(training), "Floors": run(floors), "After training": run(work)}


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", help="cuda, cpu, ... (default: as a training chooses)")
    parser.add_argument("--model", default="resnet18")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--images", type=int, default=4096)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--quick", action="store_true", help="64 small images: whether it works, not how fast")
    given = parser.parse_args(arguments)
    setting = Setting(given.device, given.model, given.size, given.images, given.batch, 3)
    if given.quick:
        setting = Setting(given.device, "mobilenet_v3_small", 32, 64, 32, 1)
    found = measure(setting)
    device = devices.open_fabric(setting.device).device
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    print(f"\n{setting.model} at {setting.size} pixels, mini-batches of {setting.batch}, {setting.images:,} images;")
    print(f"{device.type}: {name}, torch {torch.__version__}, {torch.get_num_threads()} threads.")
    table("Training", found["Training"], "images/s", "steady")
    for title in ("Floors", "After training"):
        print(f"\n### {title}\n\n| | images/s |\n|---|---|")
        for name_of_row, rate in found[title].items():
            print(f"| {name_of_row} | {rate:,.1f} |")
    if device.type == "cuda":
        print(f"\nPeak memory: {torch.cuda.max_memory_allocated(device) / 2**20:,.0f} MiB of the device.")
    steady, bare = list(found["Training"].values())[:2]
    print(f"\nSteady rate: {steady / bare:.2f} of bare steps (aim: 0.95).")


if __name__ == "__main__":
    main()
