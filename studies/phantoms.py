"""Know the phantom's presets: their options, and what a dataset of a study stands for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from itertools import product
from typing import Any

from catalog.phantom import CLASSES, PhantomSettings
from studies.parts import DatasetPlan, Value
from system.errors import UserError

__all__ = ["CLASSES", "KNOWN_SAMPLES", "fingerprint", "meaning", "n_train", "refuse_unknown"]

# Samples of a question that only a phantom can tell.
KNOWN_SAMPLES = ("decidable", "hard", "rare", "against_marks")


def refuse_unknown(where: str, plan: DatasetPlan) -> None:
    """Raise ValueError where a preset, an option or a value is not the phantom's.

    Each cell of a grid is looked at.
    """
    if plan.preset is None:
        return
    for values in product(*plan.grid.values()):
        try:
            PhantomSettings.of(plan.preset, {**plan.options, **dict(zip(plan.grid, values, strict=True))})
        except UserError as error:
            raise ValueError(f"{where}: {str(error).rstrip('.')}") from None


def fingerprint(preset: str, options: Mapping[str, Value]) -> str:
    """Return six hex digits of a phantom's settings, which its dataset is named by."""
    text = json.dumps(_settings(preset, options), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def meaning(plan: DatasetPlan) -> dict[str, Any]:
    """Return what a dataset of a study stands for; two plans of one meaning are the same."""
    if plan.preset is None:
        return {"name": plan.name}
    grid = {key: sorted(values, key=str) for key, values in plan.grid.items()}
    return {"settings": _settings(plan.preset, plan.options), "grid": grid}


def n_train(preset: str, options: Mapping[str, Value]) -> int:
    """Return about how many training samples a phantom has."""
    chosen = PhantomSettings.of(preset, options)
    return round(chosen.images * (1 - chosen.val - chosen.test))


def _settings(preset: str, options: Mapping[str, Value]) -> dict[str, Any]:
    """Return all settings of a phantom that are not the usual ones.

    A setting that a later version adds does not make an earlier dataset another one.
    """
    usual = asdict(PhantomSettings())
    return {key: value for key, value in asdict(PhantomSettings.of(preset, options)).items() if value != usual[key]}
