"""Say which keys of a recipe shape which stages.

One run can then go on from a stage of another.

Such a fork is to be what its own recipe gives when trained from the start. So every key that shapes a stage which it
inherits must be as in the other run; only keys that shape later stages may differ.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any, Literal

from recipes.messages import RecipeError
from recipes.schema import Recipe, keys

Shaped = Literal["full", "hard", "refined", "later_rounds", "end", "nothing"]

# The first thing that each key shapes: the full stage; the mining and the hard stage of a round; its refined stage;
# whether a further round follows; the end of the run; or no weights at all.
SHAPES: dict[str, Shaped] = {
    "name": "nothing",
    "description": "nothing",
    "dataset": "full",
    "label_scheme": "full",
    "objective": "full",
    "model": "full",
    "weights": "full",
    "layer": "nothing",
    "image_size": "full",
    "batch_size": "full",
    "rounds": "end",
    "control": "hard",
    "confidence_filter.threshold": "full",
    "confidence_filter.stages": "full",
    "finetune.head_epochs": "full",
    "finetune.body_lr": "full",
    "finetune.layer_decay": "full",
    "finetune.frozen": "full",
    "finetune.keep_norm": "full",
    "probe": "full",
    "full.epochs": "full",
    "full.lr": "full",
    "hard_negative.epochs": "hard",
    "hard_negative.lr": "hard",
    "refined.epochs": "refined",
    "refined.lr": "refined",
    "restart": "hard",
    "stop_early": "later_rounds",
    "miner.name": "hard",
    "miner.top_pairs": "hard",
    "miner.min_count": "hard",
    "miner.margin": "hard",
    "miner.max_share": "hard",
    "miner.predictions": "hard",
    "miner.folds": "hard",
    "miner.fold_epochs": "hard",
    "focus.failed": "hard",
    "focus.anchors": "hard",
    "focus.replay": "hard",
    "focus.pairs": "hard",
    "focus.anchor_choice": "hard",
    "focus.balanced": "hard",
    "focus.weight": "hard",
    "guard.name": "hard",
    "guard.aum": "hard",
    "guard.max_share": "hard",
    "sampler": "full",
    "loss": "full",
    "ohem": "full",
    "weight_decay": "full",
    "label_smoothing": "full",
    "clip_norm": "full",
    "ema": "full",
    "patience": "full",
    "compile": "full",
    "precision": "full",
    "deterministic": "full",
    "augment": "full",
    "mixup": "full",
    "mirror": "full",
    "keep": "full",
    "seed": "full",
}

# A fork takes these from the run that it starts from: they say how long and how fast the full stage was trained.
TAKEN = ("full.epochs", "full.lr")
# And these where its recipe is used as it ships: whoever names a run names its dataset and seed with it.
TAKEN_IF_UNSAID = ("dataset", "seed")

_PART_OF: dict[str, Shaped] = {"full": "full", "hard_negative": "hard", "refined": "refined"}
_FILTER = ("confidence_filter.threshold", "confidence_filter.stages")


def full_stage_key(recipe: Recipe) -> str:
    """Return a text that two recipes share if their full stages are the same.

    Seed and dataset are part of it.
    """
    content = json.dumps(_shaping(recipe, 0, "full"), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def shares_full_stage(one: Recipe, other: Recipe) -> bool:
    """Return whether two recipes train the same full stage: every key that shapes it is equal."""
    return _shaping(one, 0, "full") == _shaping(other, 0, "full")


def fork_differences(recipe: Recipe, parent: Recipe, round_: int, stage: str) -> dict[str, Any]:
    """Return the keys that keep a recipe from going on after a stage of another.

    With them come the other's values.

    Keys that a fork takes anyway (`TAKEN`) are not among them.
    """
    own, theirs = _shaping(recipe, round_, stage), _shaping(parent, round_, stage)
    unlike = {key for key in own if own[key] != theirs[key] and key not in TAKEN}
    values = _values(parent)
    unlike = {key for name in unlike for key in (_FILTER if name.startswith("confidence_filter") else (name,))}
    mine = _values(recipe)
    return {key: values[key] for key in values if key in unlike and values[key] != mine[key]}


def free_keys(round_: int, stage: str) -> set[str]:
    """Return the keys that shape nothing up to a stage, so that a fork may choose them."""
    return {key for key, shaped in SHAPES.items() if shaped not in _shaped_until(round_, stage)} - {
        "name",
        "description",
    }


def forked(
    recipe: Recipe, parent: Recipe, round_: int, stage: str, said: Collection[str] = ()
) -> tuple[Recipe, dict[str, Any]]:
    """Return the recipe of a run that goes on after a stage of another.

    What it took from the other's recipe comes second.

    Args:
        recipe: of the new run; its dataset and label scheme named as the parent's are.
        parent: the recipe of the run to start from.
        round_, stage: the stage after which the new run goes on.
        said: keys that were asked for expressly; a dataset and a seed that were not are taken from the parent.
    Raises:
        RecipeError: the recipe has no stage after that one, or would have trained the stages before it otherwise.
    """
    theirs = _values(parent)
    takes = [*TAKEN, *(key for key in TAKEN_IF_UNSAID if key not in said)]
    taken = {key: theirs[key] for key in takes if theirs[key] != _values(recipe)[key]}
    recipe = Recipe.parse(_with(recipe, taken))
    if not _goes_on(recipe, round_, stage):
        raise RecipeError(
            f"The recipe {recipe.name} has no stage after {_named(round_, stage)} (rounds {recipe.rounds}); "
            "add --set rounds=N with more rounds."
        )
    unlike = fork_differences(recipe, parent, round_, stage)
    if unlike:
        own = _values(recipe)
        which = ", ".join(f"'{key}' is {_text(own[key])}, not {_text(value)}" for key, value in unlike.items())
        settings = " ".join(f"--set {key}={_text(value)}" for key, value in unlike.items())
        raise RecipeError(
            f"The recipe {recipe.name} would have trained the stages up to {_named(round_, stage)} otherwise: {which}; "
            f"add {settings}, or train it from the start."
        )
    return recipe, taken


def _shaped_until(round_: int, stage: str) -> set[Shaped]:
    shaped: set[Shaped] = {"full"}
    if stage != "full":
        shaped.add("hard")
    if stage == "refined" or round_ > 1:
        shaped.add("refined")
    if round_ > 1:
        shaped.add("later_rounds")
    return shaped


def _goes_on(recipe: Recipe, round_: int, stage: str) -> bool:
    refines = stage in ("hard_negative", "control") and recipe.refined.epochs > 0
    return recipe.rounds > round_ or (recipe.rounds == round_ and refines)


def _shaping(recipe: Recipe, round_: int, stage: str) -> dict[str, Any]:
    """Return the values of all keys that shape the stages up to one.

    The filter counts by what it does in each of them.
    """
    shaped = _shaped_until(round_, stage)
    kinds = [kind for kind, part in _PART_OF.items() if part in shaped]
    values = {key: value for key, value in _values(recipe).items() if SHAPES[key] in shaped and key not in _FILTER}
    chosen = recipe.confidence_filter
    return values | {
        f"confidence_filter in {kind}": chosen.threshold if kind in chosen.stages else None for kind in kinds
    }


def _values(recipe: Recipe) -> dict[str, Any]:
    """Return every dotted key of a recipe with its value, as written in JSON."""
    plain = recipe.model_dump(mode="json")
    return {key: _of(plain, key) for key, _ in keys()}


def _of(values: Mapping[str, Any], key: str) -> Any:
    found: Any = values
    for part in key.split("."):
        found = found[part]
    return found


def _with(recipe: Recipe, changed: Mapping[str, Any]) -> dict[str, Any]:
    plain = recipe.model_dump(mode="json")
    for key, value in changed.items():
        *parents, last = key.split(".")
        inner = plain
        for part in parents:
            inner = inner[part]
        inner[last] = value
    return plain


def _named(round_: int, stage: str) -> str:
    return stage if round_ == 0 else f"{stage} of round {round_}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value).replace(" ", "")
