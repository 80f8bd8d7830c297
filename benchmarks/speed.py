"""Compare the trainer's speed with its limits and with other libraries.

    python benchmarks/speed.py [throughput] [grad_cam] [recording] [confusion] [memory]    (default: all of them)

All rivals get the same pictures, network and batch.
They take turns within one run, so that other load on the machine affects all of them; the ratios of the medians
are what counts, not the numbers themselves. The results are in speed.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import psutil
import torch
from PIL import Image
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parent.parent
N_IMAGES, SIZE, SOURCE_SIZE, BATCH, TURNS = 128, 128, 384, 32, 5
MODEL, CAM_MODELS, CAM_TURNS = "mobilenet_v3_small", ("resnet18", "mobilenet_v3_small"), 25
PEERS = "pip install --target FOLDER --no-deps torchcam captum, then PYTHONPATH=FOLDER python benchmarks/speed.py"


def turns(
    rivals: Mapping[str, Callable[[], int]], repeats: int = TURNS, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Return the median rate of each rival, per second of the clock.

    Each rival has one turn to warm up; then they take turns.
    """
    rates: dict[str, list[float]] = {name: [] for name in rivals}
    for turn in range(repeats + 1):
        for name, work in rivals.items():
            start = clock()
            done = work()
            if turn:
                rates[name].append(done / (clock() - start))
    return {name: statistics.median(found) for name, found in rates.items()}


def table(title: str, rates: dict[str, float], unit: str, ours: str) -> None:
    """Print rates as a table, with ours divided by each."""
    print(f"\n### {title}\n\n| | {unit} | ours / this |\n|---|---|---|")
    for name, rate in rates.items():
        print(f"| {name} | {rate:,.1f} | {rates[ours] / rate:.2f} |", flush=True)


def throughput() -> None:
    """Measure training steps: ours, bare steps on tensors in memory, and two known loaders."""
    from timm.data.dataset_factory import create_dataset
    from timm.data.loader import create_loader
    from torch.utils.data import DataLoader
    from torchvision.datasets import ImageFolder
    from torchvision.transforms import v2

    from catalog.phantom import CLASSES, PhantomSettings, generate
    from catalog.pictures import letterbox
    from trainer.batches import Plain
    from trainer.images import MEAN, STD, Augment, Images, normalise
    from trainer.loop import train_one_epoch
    from trainer.network import models, optimization
    from trainer.network.devices import open_fabric
    from trainer.network.objectives import Objective

    pictures = [p.pixels for p in generate(PhantomSettings(images=N_IMAGES, size=SOURCE_SIZE), workers=1)]
    classes = np.arange(N_IMAGES) % len(CLASSES)
    with tempfile.TemporaryDirectory() as folder:
        for i, picture in enumerate(pictures):
            path = Path(folder) / f"{classes[i]}" / f"{i:05d}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(picture).save(path)
        grey = np.stack([letterbox(Image.fromarray(picture), SIZE, 1) for picture in pictures])
        images = Images(grey, torch.eye(len(CLASSES))[torch.from_numpy(classes)], open_fabric("cpu"))
        steps = N_IMAGES // BATCH

        def network() -> tuple[nn.Module, torch.optim.Optimizer, torch.optim.lr_scheduler.LambdaLR]:
            torch.manual_seed(0)
            model = models.build(MODEL, len(CLASSES), image_size=SIZE)
            return model, *optimization.build(model, lr=1e-4, weight_decay=0.02, steps=10_000)

        def learn(batches: Iterator[tuple[torch.Tensor, torch.Tensor]]) -> int:
            seen = 0
            bare[0].train()
            for pixels, targets in batches:
                loss = nn.functional.cross_entropy(bare[0](pixels), targets)
                bare[1].zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(bare[0].parameters(), 1.0)
                bare[1].step()
                seen += len(pixels)
            return seen

        def ours(augment: Augment | None) -> int:
            batches = Plain(np.arange(N_IMAGES), BATCH).epoch(np.random.default_rng(0))
            model, optimizer, schedule = full
            return train_one_epoch(
                model, batches, images, Objective("softmax"), optimizer, schedule, augment, lambda _: None
            ).samples

        bare, full = network(), network()
        ready = normalise(torch.from_numpy(grey[:BATCH]).clone())
        labels = torch.from_numpy(classes[:BATCH])
        reference = v2.Compose(
            [
                v2.RandomResizedCrop(SIZE), v2.RandomHorizontalFlip(), v2.PILToTensor(),
                v2.ToDtype(torch.float, scale=True), v2.Normalize(MEAN, STD), v2.ToPureTensor(),
            ]
        )  # fmt: skip
        workers = len(os.sched_getaffinity(0))
        vision = DataLoader(
            ImageFolder(folder, reference), BATCH, shuffle=True, num_workers=workers, persistent_workers=True
        )
        timm = create_loader(
            create_dataset("", folder), (3, SIZE, SIZE), BATCH, is_training=True, num_workers=workers,
            use_prefetcher=False, device=torch.device("cpu"),
        )  # fmt: skip
        rates = turns(
            {
                "ours, augmented": lambda: ours(Augment(0)),
                "ours, not augmented": lambda: ours(None),
                "bare steps, tensors in memory": lambda: learn((ready, labels) for _ in range(steps)),
                "torchvision's reference transforms and loader": lambda: learn(iter(vision)),
                "timm's loader": lambda: learn(iter(timm)),
            }
        )
    table(
        f"Training {MODEL} at {SIZE}, batch {BATCH}, from {SOURCE_SIZE}-pixel PNG", rates, "images/s", "ours, augmented"
    )


def grad_cam() -> None:
    """Measure plain Grad-CAM of one batch, to full-size maps, against three libraries."""
    import cv2

    cv2.setNumThreads(torch.get_num_threads())
    for name in CAM_MODELS:
        makers = _cam_makers(name)
        for maker, maps in makers.items():
            assert np.shape(maps()) == (BATCH, SIZE, SIZE), maker
        counted = {maker: partial(_n_made, maps) for maker, maps in makers.items()}
        # peers differ by a few per cent, which the wall clock of a machine with other work cannot tell
        rates = turns(counted, CAM_TURNS, time.process_time)
        table(f"Grad-CAM of {name} at {SIZE}, batch {BATCH}", rates, "images a processor second", "ours")


def _n_made(maps: Callable[[], Any]) -> int:
    return len(maps())


def _cam_makers(name: str) -> dict[str, Callable[[], Any]]:
    """Return functions that make the maps of the same pictures, classes and layer.

    captum and torchcam are included where they are installed.
    """
    from pytorch_grad_cam import GradCAM as LibraryGradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    from trainer.explain import class_activation, target_layers
    from trainer.images import normalise
    from trainer.network import models

    torch.manual_seed(0)
    model = models.build(name, 8, image_size=SIZE).eval()
    layer = target_layers.target_layer(model, name)
    pixels = torch.randint(0, 256, (BATCH, 1, SIZE, SIZE), dtype=torch.uint8)
    classes = np.arange(BATCH) % 8

    def library() -> Any:
        with LibraryGradCAM(model=model, target_layers=[layer]) as cam:
            return cam(input_tensor=normalise(pixels), targets=[ClassifierOutputTarget(int(c)) for c in classes])

    def enlarged(maps: Tensor) -> Tensor:
        return nn.functional.interpolate(maps.detach(), (SIZE, SIZE), mode="bilinear")[:, 0]

    makers = {"ours": lambda: class_activation.cam(model, name, pixels, classes), "grad-cam": library}
    try:
        from captum.attr import LayerGradCam

        def captum() -> Any:
            target = torch.from_numpy(classes)
            return enlarged(LayerGradCam(model, layer).attribute(normalise(pixels), target, relu_attributions=True))

        makers["captum"] = captum
    except ImportError:
        print(f"captum is not installed; for it: {PEERS}")
    try:
        from torchcam.methods import GradCAM

        def torchcam() -> Any:
            with GradCAM(model, layer) as cam:
                return enlarged(cam(classes.tolist(), model(normalise(pixels)))[0][:, None])

        makers["torchcam"] = torchcam
    except ImportError:
        print(f"torchcam is not installed; for it: {PEERS}")
    return makers


def recording() -> None:
    """Measure writing a stage of 200,000 predictions of 8 classes in one transaction."""
    import pandas as pd
    import pyarrow as pa

    n, n_classes = 200_000, 8
    rng = np.random.default_rng(0)

    def lists(values: np.ndarray) -> pa.Array:
        flat = pa.array(values.astype(np.float32).ravel())
        return pa.FixedSizeListArray.from_arrays(flat, n_classes).cast(pa.list_(pa.float32()))

    predictions = pa.table(
        {
            "sample_id": [f"{i:016x}" for i in range(n)],
            "split": ["train"] * n,
            "targets": lists(np.eye(n_classes)[rng.integers(0, n_classes, n)]),
            "probs": lists(rng.dirichlet(np.ones(n_classes), n)),
            "loss": pa.array(rng.random(n).astype(np.float32)),
            "correct": pa.array(rng.random(n) < 0.9),
        }
    )
    metrics = pd.DataFrame({"split": ["test"], "class_name": [None], "metric": ["loss"], "value": [1.0], "n": [n]})
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ODAP_RESULTS"] = str(Path(folder) / "results.duckdb")
        import store

        number = iter(range(1000))

        def write() -> int:
            store.record_stage(
                "r", next(number), "full", columns={"position": 0}, metrics=metrics, predictions=predictions, mined=None
            )
            return n

        table(f"Recording {n:,} predictions a stage", turns({"ours": write}), "rows/s", "ours")


def confusion() -> None:
    """Measure the confusion of a million predictions against scikit-learn's."""
    from sklearn.metrics import confusion_matrix as theirs

    from analysis.confusion import confusion_matrix

    rng = np.random.default_rng(0)
    targets, predicted = rng.integers(0, 8, (2, 1_000_000))
    assert (confusion_matrix(targets, predicted, 8) == theirs(targets, predicted)).all()
    rates = turns(
        {
            "ours": lambda: int(confusion_matrix(targets, predicted, 8).sum() > 0),
            "scikit-learn": lambda: int(theirs(targets, predicted).sum() > 0),
        }
    )
    table(f"Confusion of 1,000,000 predictions ({1000 / rates['ours']:.1f} ms)", rates, "times/s", "ours")


def memory() -> None:
    """Measure peak anonymous memory of a whole run at 2,000 and at 20,000 images.

    The pages of the mapped cache are not counted.
    """
    import catalog

    peaks = {}
    for n in (2_000, 20_000):
        with tempfile.TemporaryDirectory() as folder:
            for name, place in (("RESULTS", "results.duckdb"), ("DATA", "data"), ("RUNS", "runs")):
                os.environ[f"ODAP_{name}"] = str(Path(folder) / place)
            rng = np.random.default_rng(0)
            samples = (
                catalog.NewSample(f"{i}.png", "abc"[i % 3], rng.integers(0, 255, (32, 32), dtype=np.uint8))
                for i in range(n)
            )
            catalog.save_dataset("many", samples, classes=("a", "b", "c"), source="benchmark")
            words = ["train", "demo", "--dataset", "many", "--set", "rounds=0", "--set", "full.epochs=1"]
            words += ["--set", "image_size=32", "--set", "model=shufflenet_v2_x1_0", "--device", "cpu"]
            process = subprocess.Popen([sys.executable, "-m", "trainer", *words], cwd=ROOT, stdout=subprocess.DEVNULL)
            peak = 0.0
            while process.poll() is None:
                try:
                    found = psutil.Process(process.pid).memory_info()
                    peak = max(peak, found.rss - found.shared)
                except psutil.Error:
                    break
                time.sleep(0.02)
            assert process.wait() == 0
            peaks[n] = peak / 2**20
    few = min(peaks.values())
    print("\n### Peak memory of a whole run\n\n| images | MiB | ratio to the smaller |\n|---|---|---|")
    for n, peak in peaks.items():
        print(f"| {n:,} | {peak:,.0f} | {peak / few:.2f} |")


PARTS = {part.__name__: part for part in (throughput, grad_cam, recording, confusion, memory)}


def main() -> None:
    """Run the chosen parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--threads", type=int, default=1, help="processor threads of torch (default: 1)")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {cores} cores, load {load:.1f}, torch {torch.__version__}, {args.threads} thread(s)")
    for name in args.parts or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
