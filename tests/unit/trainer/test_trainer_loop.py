"""Test the two loops: one step per mini-batch, none on NaN, evaluation without effects."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from torch import nn

from trainer.errors import TrainerError
from trainer.images import Images, normalise
from trainer.loop import EpochResult, Memory, evaluate, train_one_epoch
from trainer.network import optimization
from trainer.network.devices import open_fabric
from trainer.network.objectives import Objective

BATCHES = [np.arange(0, 4), np.arange(4, 9), np.arange(9, 12)]


@pytest.fixture
def images() -> Images:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (12, 1, 8, 8), dtype=np.uint8)
    return Images(pixels, torch.eye(3)[np.arange(12) % 3], open_fabric("cpu"))


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)
    )


def test_an_epoch_takes_one_optimizer_step_a_mini_batch(images: Images, network: nn.Module) -> None:
    optimizer, schedule = optimization.build(network, lr=1e-3, weight_decay=0.0, steps=3)
    told: list[int] = []
    result = train_one_epoch(network, BATCHES, images, Objective("softmax"), optimizer, schedule, None, told.append)
    assert {int(slot["step"]) for slot in optimizer.state.values()} == {3}
    assert schedule.last_epoch == 3
    assert told == [4, 5, 3]
    assert (result.steps, result.samples, result.share_used) == (3, 12, 1.0)


def test_the_loss_of_an_epoch_is_the_mean_over_samples(images: Images) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(192, 3))
    optimizer, schedule = optimization.build(network, lr=1e-12, weight_decay=0.0, steps=3)
    expected = Objective("softmax").losses(evaluate(network, np.arange(12), images), images.targets).mean()
    result = train_one_epoch(network, BATCHES, images, Objective("softmax"), optimizer, schedule, None, lambda _: None)
    assert result.loss == pytest.approx(float(expected), abs=1e-5)


def test_a_loss_that_is_no_number_is_refused(images: Images, network: nn.Module) -> None:
    with torch.no_grad():
        network[-1].bias.fill_(float("nan"))  # type: ignore[union-attr,operator]
    optimizer, schedule = optimization.build(network, lr=1e-3, weight_decay=0.0, steps=3)
    with pytest.raises(TrainerError, match=r"^The training loss is not a number any more; lower the learning rate"):
        train_one_epoch(network, BATCHES, images, Objective("softmax"), optimizer, schedule, None, lambda _: None)


def test_evaluation_is_in_evaluation_mode_and_leaves_all_as_it_was(images: Images, network: nn.Module) -> None:
    network.train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    random = torch.get_rng_state()
    whole = evaluate(network, np.arange(12), images)
    assert not network.training
    assert torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    torch.testing.assert_close(evaluate(network, np.arange(12), images, batch_size=5), whole)


def test_a_process_that_has_no_sample_to_judge_gives_none(images: Images, network: nn.Module) -> None:
    second = SimpleNamespace(
        global_rank=0, world_size=2, device=torch.device("cpu"), autocast=nullcontext,
        all_reduce=lambda value, reduce_op: value,
    )  # fmt: skip
    alone = Images(images.pixels, images.targets, cast(Fabric, second))
    assert evaluate(network, np.arange(1), alone).tolist() == [[0.0, 0.0, 0.0]], "the sum with the other one's"


def test_the_rate_warms_up_to_its_peak_and_falls_to_a_hundredth() -> None:
    optimizer, schedule = optimization.build(nn.Linear(1, 1), lr=0.5, weight_decay=0.0, steps=100)
    rates = []
    for _ in range(100):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert np.argmax(rates) == 10 and max(rates) == pytest.approx(0.5)
    assert rates[0] == pytest.approx(0.5 / 11)
    assert 0.005 < rates[-1] < 0.006


class Masked(nn.Module):
    """A layer that applies a mask (N, units) to samples in order, in whatever parts they come."""

    def __init__(self, mask: torch.Tensor) -> None:
        super().__init__()
        self.mask = mask
        self.register_buffer("done", torch.zeros((), dtype=torch.long))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows = (int(self.done) + torch.arange(len(x))) % len(self.mask)
        self.done += len(x)
        return x * self.mask[rows]


class Small(nn.Module):
    """A network on a device that holds no more than `room` images at a time."""

    def __init__(self, inner: nn.Module, room: int) -> None:
        super().__init__()
        self.inner, self.room, self.seen = inner, room, []

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        self.seen.append(len(pixels))
        if len(pixels) > self.room:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory.")
        return self.inner(pixels)


def test_out_of_memory_goes_on_in_parts_with_the_same_gradients_and_says_so(images: Images) -> None:
    said: list[str] = []
    observed: list[int] = []
    trained = []
    for room in (12, 4):
        torch.manual_seed(0)
        network = Small(nn.Sequential(nn.Flatten(), nn.Linear(192, 3)), room)
        optimizer, schedule = optimization.build(network, lr=1e-2, weight_decay=0.0, steps=2)
        result = train_one_epoch(
            network, [np.arange(12), np.arange(3, 12)], images, Objective("softmax"), optimizer, schedule, None,
            lambda _: None, lambda rows, logits, *_: observed.append(len(rows) * len(logits)), Memory(said.append),
        )  # fmt: skip
        trained.append((network.inner[1].weight.detach().clone(), result.loss))
        assert {int(slot["step"]) for slot in optimizer.state.values()} == {2}
    assert observed == [144, 81, 144, 81]
    assert network.seen == [12, 6, 3, 3, 3, 3, 3, 2, 2, 2]
    assert [text.split(" parts")[0].split()[-1] for text in said] == ["2", "4"]
    torch.testing.assert_close(trained[0][0], trained[1][0])
    assert trained[0][1] == pytest.approx(trained[1][1], abs=1e-6)
    network.room = 2
    whole = network.inner(normalise(images.batch(np.arange(12))[0]))
    torch.testing.assert_close(evaluate(network, np.arange(12), images), whole.detach())


def one_step(objective: Objective, parts: int) -> tuple[dict[str, torch.Tensor], EpochResult, torch.Tensor]:
    """Return gradients, result and used samples of one mini-batch of 16 in so many parts."""
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (16, 1, 8, 8), dtype=np.uint8)
    images = Images(pixels, torch.eye(3)[np.arange(16) % 3], open_fabric("cpu"))
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(192, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))
    kept: list[torch.Tensor] = []
    torch.manual_seed(1)
    mask = torch.rand(16, 8) < 0.5  # that of a whole mini-batch, sample by sample, whatever the parts
    network[3] = Masked(mask)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)
    result = train_one_epoch(
        network, [np.arange(16)], images, objective, optimizer, schedule, None, lambda _: None,
        lambda rows, logits, targets, used: kept.append(used), Memory(print, parts=parts), clip_norm=None,
    )  # fmt: skip
    return {name: value.grad for name, value in network.named_parameters() if value.grad is not None}, result, kept[0]


SELECTING = [
    Objective("softmax", confidence_filter=0.5),
    Objective("softmax", ohem=0.3),
    Objective("softmax", confidence_filter=0.4, ohem=0.3),
    Objective("sigmoid", confidence_filter=0.6, loss="focal"),
    Objective("softmax", ohem=0.3, sample_weights=torch.linspace(0.1, 5, 16)),
    Objective("softmax", sample_weights=torch.linspace(0.1, 5, 16)),
]


@pytest.mark.parametrize("parts", [2, 4])
@pytest.mark.parametrize("objective", SELECTING, ids=lambda o: f"{o.name}-{o.confidence_filter}-{o.ohem}")
def test_parts_of_a_mini_batch_give_the_gradient_of_the_whole(objective: Objective, parts: int) -> None:
    whole, result, used = one_step(objective, 1)
    in_parts, of_parts, used_in_parts = one_step(objective, parts)
    assert objective.selects == (0 < int(used.sum()) < 16), "some are left out, and some are not"
    assert used.tolist() == used_in_parts.tolist()
    for name, gradient in whole.items():
        torch.testing.assert_close(in_parts[name], gradient, atol=1e-6, rtol=1e-4)
    assert of_parts.loss == pytest.approx(result.loss, rel=1e-5)
    assert of_parts.samples_used == result.samples_used == int(used.sum())
    assert result.share_used == result.samples_used / 16


def test_a_look_ahead_at_parts_leaves_statistics_and_random_numbers_as_they_were(images: Images) -> None:
    after = {}
    for name, objective in {"plain": Objective("softmax"), "all": Objective("softmax", confidence_filter=0.0)}.items():
        torch.manual_seed(0)
        network = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(192), nn.Dropout(0.5), nn.Linear(192, 3))
        optimizer, schedule = optimization.build(network, lr=1e-2, weight_decay=0.0, steps=1)
        train_one_epoch(
            network, [np.arange(12)], images, objective, optimizer, schedule, None, lambda _: None,
            memory=Memory(print, parts=3),
        )  # fmt: skip
        after[name] = {key: value.clone() for key, value in network.state_dict().items()} | {"": torch.rand(3)}
    assert objective.selects
    for key, value in after["plain"].items():
        torch.testing.assert_close(after["all"][key], value)


def test_an_epoch_that_learned_from_nothing_has_no_loss(images: Images, network: nn.Module) -> None:
    optimizer, schedule = optimization.build(network, lr=1e-3, weight_decay=0.0, steps=3)
    never = Objective("softmax", confidence_filter=0.999999)
    result = train_one_epoch(network, BATCHES, images, never, optimizer, schedule, None, lambda _: None)
    assert (result.samples, result.samples_used, result.share_used) == (12, 0, 0.0) and np.isnan(result.loss)


def test_a_device_that_cannot_hold_two_images_is_said(images: Images) -> None:
    network = Small(nn.Sequential(nn.Flatten(), nn.Linear(192, 3)), room=1)
    optimizer, schedule = optimization.build(network, lr=1e-2, weight_decay=0.0, steps=2)
    said: list[str] = []
    with pytest.raises(TrainerError, match=r"^The device has too little memory for two images at once"):
        train_one_epoch(
            network, BATCHES, images, Objective("softmax"), optimizer, schedule, None, lambda _: None,
            memory=Memory(said.append),
        )  # fmt: skip
    network.room = 0
    with pytest.raises(TrainerError, match=r"^The device has too little memory for one image;"):
        evaluate(network, np.arange(12), images)


def test_gradients_are_clipped_to_the_norm_of_the_recipe(images: Images) -> None:
    moved = {}
    for norm in (None, 1e-9):
        torch.manual_seed(0)
        network = nn.Sequential(nn.Flatten(), nn.Linear(192, 3))
        before = network[1].weight.detach().clone()
        optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)
        train_one_epoch(
            network, BATCHES, images, Objective("softmax"), optimizer, schedule, None, lambda _: None, clip_norm=norm
        )
        moved[norm] = float((network[1].weight.detach() - before).norm())
    assert moved[None] > 1e-3 and 0 < moved[1e-9] < 1e-7


def test_the_average_follows_weights_and_statistics(network: nn.Module, images: Images) -> None:
    average = optimization.averaged(network, decay=0.15)  # the limits of early steps are 2 / 11, 3 / 12, and above
    optimizer, schedule = optimization.build(network, lr=1e-2, weight_decay=0.0, steps=3)
    states = []

    def after(_: int) -> None:
        average.update_parameters(network)
        states.append({k: v.clone() for k, v in network.state_dict().items()})

    train_one_epoch(network, BATCHES, images, Objective("softmax"), optimizer, schedule, None, after)
    for key in ("0.weight", "1.running_mean"):
        expected = 0.15 * (0.15 * states[0][key] + 0.85 * states[1][key]) + 0.85 * states[2][key]
        torch.testing.assert_close(average.module.state_dict()[key], expected)
