"""Make a run's own maps, of the same samples at every stage, to show what changed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from torch import nn

import store
from recipes import Recipe
from trainer.curriculum import StagePlan
from trainer.errors import TrainerError
from trainer.explain import class_activation, target_layers
from trainer.images import Images
from trainer.labels import Truth
from trainer.mining import miners
from trainer.mining.miners import Mined
from trainer.outcome import StageOutcome

WATCHED_MINED, WATCHED_TEST = 24, 16


class Watch:
    """Make maps of chosen samples at every stage, if the network gives maps.

    Whether it does is verified before the first epoch.

    Attributes:
        why_none: why the run makes no maps, and is trained without; None if it makes them.

    Raises:
        TrainerError: the recipe names a layer that does not exist or gives no map.
    """

    def __init__(self, recipe: Recipe, model: nn.Module) -> None:
        self.recipe, self.model = recipe, model
        self.samples: list[str] = []
        self.why_none: str | None = None
        try:
            target_layers.find(model, recipe.model, recipe.layer, recipe.image_size)
        except TrainerError as error:
            if recipe.layer is not None:
                raise
            self.why_none = f"{error} The run is trained without maps."

    def begin(self, run_id: str, say: Callable[[str], None]) -> None:
        """Read which samples have maps from before a resume; call `say` if the run makes no maps."""
        if self.why_none is not None:
            say(self.why_none)
        self.samples = [str(i) for i in store.cams(run_id)["sample_id"].drop_duplicates()]

    def has_maps(self, run_id: str, plan: StagePlan) -> bool:
        """Return whether maps of this stage are recorded."""
        cams = store.cams(run_id)
        return bool(((cams["round"] == plan.round) & (cams["stage"] == plan.stage)).any())

    def after(
        self,
        run_id: str,
        plan: StagePlan,
        outcome: StageOutcome,
        hard: Mined | None,
        truth: Truth,
        images: Images,
        say: Callable[[str], None],
    ) -> None:
        """Make and record maps at the end of a stage; call `say` if all are empty.

        The samples are chosen at the first stage.
        """
        self.samples = self.samples or choose_samples(outcome, hard, truth)
        name, layer = self.recipe.model, self.recipe.layer
        n_maps, n_empty = class_activation.record(
            run_id, name, self.model, plan, outcome, truth, images, self.samples, layer=layer
        )
        if n_maps and n_empty == n_maps:
            layer_name = class_activation.describe_layer(self.model, name, self.recipe.image_size, layer)
            say(class_activation.empty_maps_warning(n_maps, layer_name, str(plan)))


def choose_samples(outcome: StageOutcome, hard: Mined | None, truth: Truth) -> list[str]:
    """Choose the samples to map at every stage: the hardest mined and the worst test errors."""
    ids = truth.samples["sample_id"].to_numpy(object)
    rows = truth.rows("test")
    test = miners.TrainPredictions(
        rows, outcome.probs[rows], truth.targets[rows], outcome.losses[rows], outcome.thresholds
    )
    worst = rows[np.argsort(miners.margins(test).margin, kind="stable")][:WATCHED_TEST]
    mined = hard.index[:WATCHED_MINED] if hard is not None else np.empty(0, np.int64)
    return [str(i) for i in ids[np.concatenate([mined, worst])]]
