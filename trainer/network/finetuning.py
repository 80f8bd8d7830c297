"""Fine-tune pretrained weights: which layers learn, from when on, and at which rates."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from recipes import FinetuneSettings
from trainer.network.heads import head_of

_RATES = 8  # different rates between the first layer and the head; as many groups for the optimizer to go through


@dataclass(frozen=True)
class Group:
    """Parameters that learn alike.

    factor: of the stage's learning rate; waits: whether they learn only after the epochs of the head alone.
    """

    parameters: list[nn.Parameter]
    factor: float
    waits: bool


def groups(model: nn.Module, settings: FinetuneSettings | None) -> list[Group]:
    """Divide a network's parameters by their learning rates, the head's first.

    Args:
        settings: None = the weights are not pretrained, and everything learns alike.
    """
    if settings is None:
        return [Group(list(model.parameters()), 1.0, waits=False)]
    by_rate: dict[int, list[nn.Parameter]] = {}
    for module, depth in _body(model):
        by_rate.setdefault(int(depth * _RATES), []).extend(module.parameters(recurse=False))
    head = [parameter for layer in head_of(model) for parameter in layer.parameters()]
    factors = {rate: settings.body_lr * settings.layer_decay ** (1 - rate / _RATES) for rate in by_rate}
    return [Group(head, 1.0, False), *(Group(by_rate[rate], factors[rate], True) for rate in sorted(by_rate))]


class Freezer:
    """Keep parts of a network as they are.

    Some stay for good, the whole body while the head learns alone.

    A frozen layer has no gradients, and its batch norm keeps its statistics.
    """

    def __init__(self, model: nn.Module, settings: FinetuneSettings | None) -> None:
        """Freeze the first layers for good.

        Args:
            settings: None = the weights are not pretrained, and nothing is ever frozen.
        """
        body = [] if settings is None else _body(model)
        frozen, keeps_norm = (0.0, False) if settings is None else (settings.frozen, settings.keep_norm)
        self.model = model
        self.head_alone = False
        self._learning = [module for module, depth in body if depth >= frozen]
        self._frozen = [module for module, depth in body if depth < frozen]
        self._norms = [module for module in self._learning if keeps_norm and isinstance(module, _BatchNorm)]
        _set_learning(self._frozen, False)

    def train_body(self, learns: bool, keep_gradients: bool = False) -> None:
        """Let the body learn, but for the layers frozen for good, or the head alone.

        Args:
            keep_gradients: compute the body's gradients in any case.
        """
        self.head_alone = not learns
        _set_learning(self._learning, learns or keep_gradients)

    def train(self) -> None:
        """Set the network to training mode, and frozen layers to evaluation mode."""
        self.model.train()
        for module in (*self._frozen, *(self._learning if self.head_alone else self._norms)):
            module.train(False)


def _body(model: nn.Module) -> list[tuple[nn.Module, float]]:
    """Return the modules that hold parameters of their own, without the head, with their depths.

    The depth is 0 for the first and below 1 for the last, in the order in which the network registers them, which is
    that of its layers in all networks that are offered.
    """
    head = {id(layer) for layer in head_of(model)}
    own = [m for m in model.modules() if id(m) not in head and next(m.parameters(recurse=False), None) is not None]
    return [(module, number / len(own)) for number, module in enumerate(own)]


def _set_learning(modules: list[nn.Module], learns: bool) -> None:
    for module in modules:
        for parameter in module.parameters(recurse=False):
            parameter.requires_grad_(learns)
