"""Losses and probabilities against scikit-learn, and the confidence filter by hand."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss
from sklearn.utils.class_weight import compute_class_weight

from recipes import Recipe, StageSettings
from trainer.curriculum import StagePlan
from trainer.network.objectives import Objective, class_weights
from trainer.stages import training_objective

LOGITS = torch.tensor(np.random.default_rng(0).normal(0, 2, (40, 4)), dtype=torch.float32)


def loss_and_share(
    objective: Objective, logits: torch.Tensor, targets: torch.Tensor, rows: np.ndarray | None = None
) -> tuple[torch.Tensor, float]:
    """Return the loss of a whole mini-batch, and the share of it that is learned from."""
    weights = objective.weights(targets, rows, logits)
    return objective.training_loss(logits, targets, weights), float((weights > 0).float().mean())


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


def test_focal_losses_by_their_formula() -> None:
    true = np.arange(40) % 4
    probs = LOGITS.double().softmax(1).numpy()[np.arange(40), true]
    losses = Objective("softmax", loss="focal").training_losses(LOGITS, torch.eye(4)[true])
    np.testing.assert_allclose(losses.numpy(), -np.log(probs) * (1 - probs) ** 2, rtol=1e-4, atol=1e-6)
    targets = torch.eye(4)[true]
    p = LOGITS.double().sigmoid().numpy()
    of_true = np.where(targets.numpy() > 0, p, 1 - p)
    expected = (-np.log(of_true) * (1 - of_true) ** 2).mean(axis=1)
    losses = Objective("sigmoid", loss="focal").training_losses(LOGITS, targets)
    np.testing.assert_allclose(losses.numpy(), expected, rtol=1e-4, atol=1e-6)


def test_the_asymmetric_loss_by_its_formula() -> None:
    """Ridnik et al. 2021, equations 4 to 7, with gammas 4 and 1 and a shift of 0.05."""
    targets = np.random.default_rng(1).integers(0, 2, (40, 4))
    p = LOGITS.double().sigmoid().numpy()
    shifted = np.maximum(p - 0.05, 0)
    positive, negative = (1 - p) * np.log(p), shifted**4 * np.log(1 - shifted)
    expected = -np.where(targets > 0, positive, negative).mean(axis=1)
    given = Objective("sigmoid", loss="asymmetric").training_losses(LOGITS, torch.tensor(targets, dtype=torch.float32))
    np.testing.assert_allclose(given.numpy(), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["softmax", "sigmoid"])
def test_class_weights_make_classes_weigh_alike(name: Literal["softmax", "sigmoid"]) -> None:
    targets = np.eye(3)[np.repeat([0, 1, 2], [30, 8, 2])]
    weights = class_weights(name, targets).numpy()
    if name == "softmax":
        np.testing.assert_allclose(weights, compute_class_weight("balanced", classes=np.arange(3), y=targets.argmax(1)))
    else:
        np.testing.assert_allclose(weights * targets.sum(0), 40 - targets.sum(0))
    recipe = Recipe(name="x", objective=name, loss="class_weighted")
    plain = Objective(name).training_losses(torch.zeros(40, 3), torch.tensor(targets, dtype=torch.float32))
    weighted = Objective.of(recipe, targets).training_losses(
        torch.zeros(40, 3), torch.tensor(targets, dtype=torch.float32)
    )
    ratio = (weighted / plain).numpy()
    assert ratio[0] < ratio[30] < ratio[38]


def test_judging_is_by_the_plain_loss_whatever_is_trained_on() -> None:
    targets = torch.eye(4)[np.arange(40) % 4]
    for objective in (Objective("softmax", loss="focal"), Objective("softmax", label_smoothing=0.2)):
        torch.testing.assert_close(objective.losses(LOGITS, targets), Objective("softmax").losses(LOGITS, targets))
        assert not torch.allclose(objective.training_losses(LOGITS, targets), objective.losses(LOGITS, targets))


def test_ohem_learns_from_the_highest_losses_alone() -> None:
    targets = torch.eye(4)[np.arange(40) % 4]
    losses = Objective("softmax").losses(LOGITS, targets)
    loss, share = loss_and_share(Objective("softmax", ohem=0.26), LOGITS, targets)
    assert float(loss) == pytest.approx(float(losses.topk(11).values.mean()), rel=1e-6)
    assert share == pytest.approx(11 / 40)


def test_sample_weights_weigh_by_row_and_need_rows() -> None:
    targets = torch.eye(4)[np.arange(40) % 4]
    weights = torch.ones(100)
    weights[60] = 5
    objective = Objective("softmax", sample_weights=weights)
    losses = objective.losses(LOGITS, targets)
    loss, share = loss_and_share(objective, LOGITS, targets, np.arange(60, 100))
    assert float(loss) == pytest.approx(float((losses.sum() + 4 * losses[0]) / 44), rel=1e-6)
    assert share == 1
    with pytest.raises(ValueError, match="rows"):
        objective.weights(targets)
    with pytest.raises(ValueError, match="logits"):
        Objective("softmax", ohem=0.5).weights(targets)


def test_a_confidence_filter_leaves_out_what_the_model_is_unsure_of() -> None:
    logits = torch.tensor([[3.0, 0.0], [0.1, 0.0], [0.0, 2.0], [0.0, 0.0]], requires_grad=True)
    targets = torch.eye(2)[[0, 0, 0, 1]]
    loss, share = loss_and_share(Objective("softmax", confidence_filter=0.8), logits, targets)
    sure = [np.log1p(np.exp(-3)), np.log1p(np.exp(2))]
    assert float(loss.detach()) == pytest.approx(np.mean(sure), rel=1e-6)
    assert share == 0.5
    (gradient,) = torch.autograd.grad(loss, logits)
    assert (gradient[[1, 3]] == 0).all() and (gradient[[0, 2]] != 0).all()


def test_a_filter_that_nothing_passes_gives_no_loss_and_no_gradient() -> None:
    logits = torch.zeros(4, 3, requires_grad=True)
    loss, share = loss_and_share(Objective("softmax", confidence_filter=0.9), logits, torch.eye(3)[[0, 1, 2, 0]])
    (gradient,) = torch.autograd.grad(loss, logits)
    assert (float(loss.detach()), share, float(gradient.abs().sum())) == (0.0, 0.0, 0.0)


def is_filtered(stage: str, epochs: int, epoch: int, **keys: object) -> bool:
    plan = StagePlan(0, stage, 0, StageSettings(epochs=epochs, lr=0.1), then_mine=False)  # type: ignore[arg-type]
    recipe = Recipe.parse({"name": "x", "confidence_filter": 0.5} | keys)
    objective = training_objective(Objective("softmax", confidence_filter=0.5), plan, epoch, recipe)
    assert objective.confidence_filter in (0.5, None)
    return objective.confidence_filter == 0.5


@pytest.mark.parametrize(
    ("stage", "epochs", "epoch", "filtered"),
    [("full", 20, 10, False), ("full", 20, 11, True), ("full", 1, 1, False), ("refined", 5, 1, True)],
)
def test_a_fresh_network_is_not_filtered(stage: str, epochs: int, epoch: int, filtered: bool) -> None:
    assert is_filtered(stage, epochs, epoch) == filtered
    assert is_filtered(stage, epochs, epoch, restart=True) == filtered


@pytest.mark.parametrize("stage", ["hard_negative", "control"])
def test_a_hard_stage_is_filtered_from_its_start_unless_it_begins_anew(stage: str) -> None:
    assert is_filtered(stage, 4, 1)
    assert [is_filtered(stage, 5, epoch, restart=True) for epoch in range(1, 6)] == [False] * 3 + [True] * 2
    assert not is_filtered(stage, 1, 1, restart=True)


def test_the_filter_holds_in_the_stages_of_the_recipe_alone() -> None:
    for stages in (["full"], ["hard_negative"], ["refined"], ["full", "refined"]):
        keys = {"confidence_filter": {"threshold": 0.5, "stages": stages}}
        for stage in ("full", "hard_negative", "refined"):
            assert is_filtered(stage, 4, 4, **keys) == (stage in stages)
        assert is_filtered("control", 4, 4, **keys) == ("hard_negative" in stages), "it stands in its place"


def test_a_class_without_samples_weighs_nothing_and_changes_no_other() -> None:
    targets = np.eye(3)[[0, 0, 0, 2]]
    weights = class_weights("softmax", targets).numpy()
    expected = compute_class_weight("balanced", classes=np.array([0, 2]), y=np.array([0, 0, 0, 2]))
    np.testing.assert_allclose(weights, [expected[0], 0.0, expected[1]], rtol=1e-6)


def test_a_class_that_every_training_sample_has_is_learned_too() -> None:
    targets = np.array([[1, 1, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0]], dtype=float)  # the third one none has
    np.testing.assert_allclose(class_weights("sigmoid", targets).numpy(), [1, 3, 1])
    objective = Objective.of(Recipe(name="x", objective="sigmoid", loss="class_weighted"), targets)
    logits = torch.zeros(4, 3, requires_grad=True)
    loss, _ = loss_and_share(objective, logits, torch.tensor(targets, dtype=torch.float32))
    (gradient,) = torch.autograd.grad(loss, logits)
    assert (gradient[:, 0] < 0).all(), "its logit is to rise"
