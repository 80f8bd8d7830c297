"""Test that all ways of loading give the same pixels, and that no training step waits for the device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from trainer import pixel_store
from trainer.errors import TrainerError
from trainer.images import Images, StrongAugment
from trainer.loop import evaluate, train_one_epoch
from trainer.mixing import Mixup
from trainer.network import optimization
from trainer.network.devices import open_fabric
from trainer.network.objectives import Objective
from trainer.pixel_store import PixelStore

CPU = torch.device("cpu")
BATCHES = [np.array([4, 0, 11]), np.array([7]), np.arange(12), np.array([3, 3]), np.arange(5, 9)]
ON_A_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")


def pixels_of(n: int = 12) -> NDArray[np.uint8]:
    pixels = np.random.default_rng(0).integers(0, 256, (n, 1, 16, 16), dtype=np.uint8)
    pixels.flags.writeable = False  # as those of a dataset
    return pixels


@pytest.mark.parametrize("where", ["device", "host"])
@pytest.mark.parametrize("device", [CPU, pytest.param(torch.device("cuda"), marks=ON_A_GPU)])
def test_pixels_are_those_of_the_rows_wherever_they_are_kept(
    device: torch.device, where: pixel_store.Where, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixel_store, "CHUNK", 5 * 256)  # three chunks, the last one shorter
    pixels = pixels_of()
    store = PixelStore(pixels, device, where)
    assert store.resident == (where == "device")
    for way in (map(store.take, BATCHES), store.stream(BATCHES), store.load_ahead(BATCHES)):
        for rows, loaded in zip(BATCHES, way, strict=True):
            assert loaded.device.type == device.type and np.array_equal(loaded.cpu().numpy(), pixels[rows])


def test_pixels_stay_where_they_are_on_a_cpu_and_where_a_gpu_has_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not PixelStore(pixels_of(), CPU).resident
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (40_000, 80_000))
    assert pixel_store._fits(torch.device("cuda"), 10_000)
    assert not pixel_store._fits(torch.device("cuda"), 10_001)


def test_mini_batches_are_loaded_ahead_of_their_use() -> None:
    asked: list[int] = []

    def batches() -> Iterator[NDArray[np.int64]]:
        for number in range(6):
            asked.append(number)
            yield np.array([number])

    stream = PixelStore(pixels_of(), CPU).load_ahead(batches())
    next(stream)
    assert asked == list(range(1 + pixel_store.AHEAD))


def test_an_error_of_loading_reaches_whoever_trains() -> None:
    with pytest.raises(IndexError):
        list(PixelStore(pixels_of(), CPU).load_ahead([np.array([12])]))


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)
    )


def trained(where: pixel_store.Where, batches: list[NDArray[np.int64]] = BATCHES) -> tuple[float, torch.Tensor]:
    """Train two epochs with all that a recipe may ask of a step; return the loss, and what the network then says."""
    images = Images(pixels_of(), torch.eye(3)[np.arange(12) % 3], open_fabric("cpu"), where)
    model = network()
    optimizer, schedule = optimization.build(model, lr=1e-2, weight_decay=0.01, steps=10)
    objective = Objective("softmax", ohem=0.7, sample_weights=torch.linspace(1, 2, 12), class_weights=torch.ones(3))
    for epoch in range(2):
        loss = train_one_epoch(
            model, batches, images, objective, optimizer, schedule, StrongAugment(epoch), lambda _: None,
            lambda *_: None, mixup=Mixup(0.4, epoch),
        ).loss  # fmt: skip
    return loss, evaluate(model, np.arange(12), images, batch_size=5)


def test_training_gives_the_same_by_every_way_of_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_loss, plain = trained("host")
    kept_loss, kept = trained("device")
    monkeypatch.setattr(PixelStore, "stream", PixelStore.load_ahead)
    ahead_loss, ahead = trained("host")
    assert plain_loss == kept_loss == ahead_loss
    assert torch.equal(plain, kept) and torch.equal(plain, ahead)


class Waiting(TorchDispatchMode):
    """Count the operations for which a GPU would have to be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        masked = name in ("index", "index_put", "index_put_") and any(
            index is not None and index.dtype == torch.bool for index in args[1]
        )
        if masked or name in ("_local_scalar_dense", "nonzero", "masked_select", "unique_dim", "is_nonzero"):
            self.found.append(name)
        return func(*args, **(kwargs or {}))


def test_no_step_waits_for_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    copies: list[str] = []
    for name in ("cpu", "numpy", "tolist"):
        real = getattr(torch.Tensor, name)
        monkeypatch.setattr(
            torch.Tensor,
            name,
            lambda self, *a, _real=real, _name=name, **k: copies.append(_name) or _real(self, *a, **k),
        )

    def waits(n_batches: int) -> tuple[list[str], list[str]]:
        copies.clear()
        images = Images(pixels_of(), torch.eye(3)[np.arange(12) % 3], open_fabric("cpu"), "device")
        model = network()
        optimizer, schedule = optimization.build(model, lr=1e-2, weight_decay=0.01, steps=10)
        objective = Objective("softmax", confidence_filter=0.1, ohem=0.7, sample_weights=torch.linspace(1, 2, 12))
        with Waiting() as mode:
            train_one_epoch(
                model, [np.arange(12)] * n_batches, images, objective, optimizer, schedule, StrongAugment(0),
                lambda _: None, lambda *_: None, mixup=Mixup(0.4, 0),
            )  # fmt: skip
        return mode.found, list(copies)

    once, often = waits(1), waits(5)
    assert len(once[0]) >= 1, "the loss is asked for at the end of an epoch"
    assert often == once, "and nothing in a step"


def test_a_device_that_holds_five_images_at_once_judges_all(monkeypatch: pytest.MonkeyPatch) -> None:
    images, model = Images(pixels_of(), torch.eye(3)[np.arange(12) % 3], open_fabric("cpu")), network()
    whole, sizes = evaluate(model, np.arange(12), images), []
    holds = 5
    real = type(model).forward

    def forward(self: nn.Sequential, inputs: torch.Tensor) -> Any:
        if len(inputs) > holds:
            raise torch.OutOfMemoryError
        sizes.append(len(inputs))
        return real(self, inputs)

    monkeypatch.setattr(type(model), "forward", forward)
    torch.testing.assert_close(evaluate(model, np.arange(12), images), whole)
    assert sum(sizes) == 12 and max(sizes) <= 5
    holds = 0
    with pytest.raises(TrainerError, match=r"^The device has too little memory for one image; set a smaller"):
        evaluate(model, np.arange(12), images)
