"""Test mixed mini-batches, what is observed of them, and stronger augmentation."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from trainer.images import Augment, Images, StrongAugment
from trainer.loop import evaluate, train_one_epoch
from trainer.mixing import Mixup, Observer, mixed
from trainer.network import optimization
from trainer.network.devices import open_fabric
from trainer.network.objectives import Objective


@pytest.fixture
def images() -> Images:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (12, 1, 8, 8), dtype=np.uint8)
    return Images(pixels, torch.eye(3)[np.arange(12) % 3], open_fabric("cpu"))


def test_each_process_mixes_within_its_own_part() -> None:
    share, partner = Mixup(0.4, 0).draw(10)
    assert share.shape == (10,) and share.min() >= 0.5 and share.max() <= 1 and share.unique().numel() > 5
    assert partner.tolist() == [9, 0, 1, 2, 3, 4, 5, 6, 7, 8]
    again, parted = Mixup(0.4, 0).draw(10, processes=3)
    assert torch.equal(share, again) and parted.tolist() == [2, 0, 1, 5, 3, 4, 9, 6, 7, 8]


def test_pictures_and_targets_are_mixed_by_the_same_shares() -> None:
    values = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    assert torch.equal(
        mixed(values, torch.tensor([0.75, 1.0]), np.array([1, 0])), torch.tensor([[0.75, 0.25], [0.0, 1.0]])
    )
    assert (
        mixed(torch.full((2, 1, 2, 2), 200, dtype=torch.uint8), torch.tensor([0.6, 0.6]), np.array([1, 0])).dtype
        == torch.float32
    )


@pytest.mark.parametrize("loss", ["plain", "focal", "class_weighted", "asymmetric"])
@pytest.mark.parametrize("name", ["softmax", "sigmoid"])
def test_losses_take_mixed_targets(name: Literal["softmax", "sigmoid"], loss: str) -> None:
    if (name, loss) == ("softmax", "asymmetric"):
        pytest.skip("asymmetric is a loss of sigmoid")
    weights = torch.tensor([1.0, 2.0, 3.0]) if loss == "class_weighted" else None
    objective = Objective(name, loss=loss, class_weights=weights)  # type: ignore[arg-type]
    logits = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    one, other = torch.eye(3)[[0, 1, 2, 0]], torch.eye(3)[[1, 2, 0, 0]]
    losses = [objective.training_losses(logits, targets) for targets in (one, other, (one + other) / 2)]
    assert losses[2].isfinite().all()
    if loss in ("plain", "class_weighted"):  # linear in the targets
        torch.testing.assert_close(losses[2], (losses[0] + losses[1]) / 2)


def test_what_is_observed_of_mixed_batches_are_the_pictures_themselves(images: Images) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(192, 3))
    optimizer, schedule = optimization.build(network, lr=1e-3, weight_decay=0.0, steps=2)
    observed: list[tuple[np.ndarray, Tensor, Tensor]] = []
    observer = Observer(lambda rows, logits, targets, _: observed.append((rows, logits, targets)), mixes=True)
    batches = [np.array([3, 5, 3, 0]), np.array([11, 5])]
    train_one_epoch(
        network, batches, images, Objective("softmax"), optimizer, schedule, None, lambda _: None, observer,
        mixup=Mixup(1.0, 0),
    )  # fmt: skip
    assert observed == []
    observer.end(lambda rows: evaluate(network, rows, images), images.targets)
    assert [rows.tolist() for rows, _, _ in observed] == [[3, 5, 3, 0], [11, 5]]
    for rows, logits, targets in observed:
        torch.testing.assert_close(logits, evaluate(network, rows, images))
        assert torch.equal(targets, images.targets[rows])
    observer.end(lambda rows: pytest.fail("observed twice"), images.targets)


def test_mixing_changes_what_is_learned_and_not_without_it(images: Images) -> None:
    weights = []
    for mixup in (None, Mixup(1.0, 0), Mixup(1.0, 0)):
        torch.manual_seed(0)
        network = nn.Sequential(nn.Flatten(), nn.Linear(192, 3))
        optimizer, schedule = optimization.build(network, lr=1e-3, weight_decay=0.0, steps=1)
        batches = [np.arange(12)]
        train_one_epoch(
            network, batches, images, Objective("softmax"), optimizer, schedule, None, lambda _: None, mixup=mixup
        )
        weights.append(network[1].weight.detach().clone())  # type: ignore[union-attr,operator]
    assert not torch.equal(weights[0], weights[1]) and torch.equal(weights[1], weights[2])


def test_strong_augmentation_is_stronger_keeps_the_picture_and_repeats() -> None:
    y, x = torch.meshgrid(torch.linspace(-1, 1, 64), torch.linspace(-1, 1, 64), indexing="ij")
    lesion = ((y**2 + x**2) < 0.1).float()
    pixels = (90 + 100 * (1 - lesion)).to(torch.uint8).expand(64, 1, 64, 64)
    plain = pixels.float()
    changes = []
    for strength in ("light", "strong"):
        augment, again = Augment.of(strength, 3), Augment.of(strength, 3)
        assert augment is not None and again is not None
        out = augment(pixels)
        assert out.shape == pixels.shape and out.min() >= 0 and out.max() <= 255
        parts = torch.cat([again(pixels[:40], 64, 0), Augment.of(strength, 3)(pixels[40:], 64, 40)])  # type: ignore[misc]
        torch.testing.assert_close(parts, out)
        changes.append((out - plain).abs().mean())
        inside = (out * lesion).sum((1, 2, 3)) / lesion.sum()
        around = (out * (1 - lesion)).sum((1, 2, 3)) / (1 - lesion).sum()
        assert ((around - inside) > 15).float().mean() > 0.9  # the lesion stays darker than what is around it
    assert changes[1] > changes[0]
    assert isinstance(Augment.of("strong", 0), StrongAugment) and Augment.of("none", 0) is None
