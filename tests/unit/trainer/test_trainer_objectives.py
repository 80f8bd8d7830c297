"""Losses and probabilities against scikit-learn, and the confidence filter by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss

from trainer.curriculum import StagePlan
from trainer.objectives import Objective
from trainer.recipe import StageSettings
from trainer.run import training_objective

LOGITS = torch.tensor(np.random.default_rng(0).normal(0, 2, (40, 4)), dtype=torch.float32)


def test_softmax_loss_is_scikit_learns_log_loss() -> None:
    true = np.arange(40) % 4
    objective = Objective("softmax")
    losses = objective.losses(LOGITS, torch.eye(4)[true])
    assert float(losses.mean()) == pytest.approx(log_loss(true, LOGITS.double().softmax(1).numpy()), rel=1e-5)
    torch.testing.assert_close(objective.probs(LOGITS).sum(1), torch.ones(40))


def test_sigmoid_loss_is_the_mean_of_log_losses_over_classes() -> None:
    targets = np.random.default_rng(1).integers(0, 2, (40, 4))
    objective = Objective("sigmoid")
    probs = objective.probs(LOGITS).double().numpy()
    expected = np.mean([log_loss(targets[:, c], probs[:, c], labels=[0, 1]) for c in range(4)])
    losses = objective.losses(LOGITS, torch.tensor(targets, dtype=torch.float32))
    assert losses.shape == (40,)
    assert float(losses.mean()) == pytest.approx(expected, rel=1e-5)


def test_a_confidence_filter_leaves_out_what_the_model_is_unsure_of() -> None:
    logits = torch.tensor([[3.0, 0.0], [0.1, 0.0], [0.0, 2.0], [0.0, 0.0]], requires_grad=True)
    targets = torch.eye(2)[[0, 0, 0, 1]]
    loss, share = Objective("softmax", confidence_filter=0.8).training_loss(logits, targets)
    sure = [np.log1p(np.exp(-3)), np.log1p(np.exp(2))]
    assert float(loss.detach()) == pytest.approx(np.mean(sure), rel=1e-6)
    assert float(share) == 0.5
    (gradient,) = torch.autograd.grad(loss, logits)
    assert (gradient[[1, 3]] == 0).all() and (gradient[[0, 2]] != 0).all()


def test_a_filter_that_nothing_passes_gives_no_loss_and_no_gradient() -> None:
    logits = torch.zeros(4, 3, requires_grad=True)
    loss, share = Objective("softmax", confidence_filter=0.9).training_loss(logits, torch.eye(3)[[0, 1, 2, 0]])
    (gradient,) = torch.autograd.grad(loss, logits)
    assert (float(loss.detach()), float(share), float(gradient.abs().sum())) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("stage", "epochs", "epoch", "filtered"),
    [("full", 20, 10, False), ("full", 20, 11, True), ("full", 1, 1, False), ("refined", 5, 1, True)],
)
def test_a_fresh_network_is_not_filtered(stage: str, epochs: int, epoch: int, filtered: bool) -> None:
    plan = StagePlan(0, stage, 0, StageSettings(epochs=epochs, lr=0.1), then_mine=False)  # type: ignore[arg-type]
    objective = training_objective(Objective("softmax", confidence_filter=0.5), plan, epoch)
    assert objective.confidence_filter == (0.5 if filtered else None)
