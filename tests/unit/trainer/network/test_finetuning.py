"""Test which layers of a pretrained network learn, when, and at which rates."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from recipes import FinetuneSettings, Recipe, RecipeError
from trainer.network import finetuning, models, optimization
from trainer.network.finetuning import Freezer


@pytest.fixture
def network() -> nn.Module:
    """Make a body of four layers with weights and a head."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3),
    )  # fmt: skip


def step(network: nn.Module, freezer: Freezer) -> None:
    freezer.train()
    network(torch.rand(6, 3, 8, 8)).square().sum().backward()


def test_without_pretrained_weights_everything_learns_alike(network: nn.Module) -> None:
    [group] = finetuning.groups(network, None)
    assert (group.factor, group.waits, len(group.parameters)) == (1.0, False, 10)
    recipe = Recipe.parse({"name": "x", "finetune": {"head_epochs": 1, "frozen": 0.5, "body_lr": 0.1}})
    assert recipe.tuning is None and recipe.model_copy(update={"weights": "imagenet"}).tuning == recipe.finetune


def test_the_head_comes_first_and_rates_fall_towards_the_first_layer(network: nn.Module) -> None:
    groups = finetuning.groups(network, FinetuneSettings(body_lr=0.5, layer_decay=0.01))
    assert [group.factor for group in groups] == pytest.approx(
        [1.0, 0.5 * 0.01, 0.5 * 0.01**0.75, 0.05, 0.5 * 0.01**0.25]
    )
    assert [group.waits for group in groups] == [False, True, True, True, True]
    assert [p is q for p, q in zip(groups[0].parameters, network[7].parameters(), strict=True)] == [True, True]
    assert sum(len(group.parameters) for group in groups) == len(list(network.parameters()))


def test_all_parameters_of_a_network_are_in_one_group_each() -> None:
    model = models.build("efficientnet_lite0", 3, image_size=64)
    groups = finetuning.groups(model, FinetuneSettings(layer_decay=0.1))
    told = [id(parameter) for group in groups for parameter in group.parameters]
    assert len(told) == len(set(told)) and set(told) == {id(p) for p in model.parameters()}
    assert 3 <= len(groups) <= 9 and len(groups[0].parameters) == 2


def test_the_body_waits_for_the_head_and_then_warms_up(network: nn.Module) -> None:
    optimizer, schedule = optimization.build(
        network, lr=0.1, weight_decay=0.0, steps=40, tuning=FinetuneSettings(body_lr=0.5), head_steps=10
    )
    rates = []
    for _ in range(40):
        rates.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        schedule.step()
    head, body = torch.tensor(rates)[:, 0], torch.tensor(rates)[:, 1]
    assert not body[:10].any() and 0 < body[10] < body[12] <= 0.05 and body.argmax() == 13
    assert head.argmax() == 4 and head.max() == pytest.approx(0.1) and body.max() == pytest.approx(0.05)
    assert head[-1] < 0.002 and body[-1] < 0.001


def test_while_the_head_learns_alone_the_body_stays_as_it_is(network: nn.Module) -> None:
    freezer = Freezer(network, FinetuneSettings(head_epochs=1))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    freezer.train_body(False)
    step(network, freezer)
    assert [name for name, p in network.named_parameters() if p.grad is not None] == ["7.weight", "7.bias"]
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    freezer.train_body(True)
    step(network, freezer)
    assert all(p.grad is not None for p in network.parameters())
    assert not torch.equal(before["1.running_mean"], network.state_dict()["1.running_mean"])


@pytest.mark.parametrize(
    ("settings", "learning", "moved"),
    [
        ({"frozen": 0.5}, ["3", "4", "7"], ["4"]),
        ({"keep_norm": True}, ["0", "1", "3", "4", "7"], []),
        ({}, ["0", "1", "3", "4", "7"], ["1", "4"]),
    ],
)
def test_frozen_layers_and_kept_statistics(
    network: nn.Module, settings: dict[str, Any], learning: list[str], moved: list[str]
) -> None:
    freezer = Freezer(network, FinetuneSettings(**settings))
    freezer.train_body(True)
    step(network, freezer)
    assert sorted({n.split(".")[0] for n, p in network.named_parameters() if p.grad is not None}) == learning
    means = {name.split(".")[0]: value for name, value in network.state_dict().items() if name.endswith("mean")}
    assert [name for name, mean in means.items() if mean.any()] == moved
    assert network.training


def test_an_average_over_a_short_stage_forgets_where_it_began() -> None:
    model = nn.Linear(1, 1, bias=False)
    model.weight.data.fill_(100.0)
    average = optimization.averaged(model, 0.999)
    follow = optimization.follow(average, model, lambda _: None)
    follow(1)
    seen: list[Tensor] = []
    for _ in range(60):
        model.weight.data.fill_(1.0)
        follow(1)
        seen.append(average.module.weight.detach().clone())
    assert seen[-1].item() == pytest.approx(1.0, abs=0.05)  # with 0.999 alone it would be 94
    weight = (1 + 1) / (10 + 1)
    assert seen[0].item() == pytest.approx(weight * 100 + (1 - weight))


def test_an_average_of_many_steps_spans_what_the_decay_says() -> None:
    model = nn.Sequential(nn.Linear(1, 1, bias=False), nn.BatchNorm1d(1))
    average = optimization.averaged(model, 0.5)
    average.n_averaged.fill_(1000)
    old = float(average.module[0].weight.detach())
    model[0].weight.data.fill_(3.0)
    model[1].num_batches_tracked.fill_(7)
    average.update_parameters(model)
    assert (
        float(average.module[0].weight.detach()) == pytest.approx((old + 3) / 2)
        and average.module[1].num_batches_tracked == 7
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"finetune": {"head_epochs": 13}}, "'finetune.head_epochs': 13 is above full.epochs (12)"),
        ({"finetune": {"body_lr": 0}}, "'finetune.body_lr'"),
        ({"finetune": {"frozen": 1}}, "'finetune.frozen'"),
        ({"keep": "last", "patience": 3}, "'keep': last does not go with patience"),
        ({"augment": "wild"}, "'augment'"),
        ({"mixup": 0}, "'mixup'"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError) as refused:
        Recipe.parse({"name": "x", **settings})
    assert words in str(refused.value)


def test_augment_of_older_recipes_is_read_as_it_was_meant() -> None:
    assert [Recipe.parse({"name": "x", "augment": value}).augment for value in (True, False)] == ["light", "none"]
