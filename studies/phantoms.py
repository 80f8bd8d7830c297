"""Know the phantom's presets: their options, and what a dataset of a study stands for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from catalog.phantom import CLASSES
from studies.parts import DatasetPlan, Value

__all__ = ["CLASSES", "KNOWN_SAMPLES", "OPTIONS", "PRESETS", "fingerprint", "meaning", "refuse_unknown", "settings"]

# Samples of a question that only a phantom can tell.
KNOWN_SAMPLES = ("decidable", "hard", "rare", "against_marks")

PRESETS = ("demo", "claims", "shortcut")
OPTIONS = (
    "images", "size", "seed", "hard", "toss", "rare", "imbalance", "mark_bias", "shift", "label_noise", "val", "test",
)  # fmt: skip


def refuse_unknown(where: str, plan: DatasetPlan) -> None:
    """Raise ValueError where a preset or one of its options is unknown."""
    if plan.preset is None:
        return
    if plan.preset not in PRESETS:
        raise ValueError(f"{where}: there is no preset '{plan.preset}'; presets are {', '.join(PRESETS)}")
    for key in (*plan.options, *plan.grid):
        if key not in OPTIONS:
            raise ValueError(f"{where}: '{key}' is no option of a phantom; options are {', '.join(OPTIONS)}")


def settings(preset: str, options: Mapping[str, Value]) -> dict[str, Any]:
    """Return all settings of a phantom."""
    return {"preset": preset, **options}


def fingerprint(preset: str, options: Mapping[str, Value]) -> str:
    """Return six hex digits of a phantom's settings, which its dataset is named by."""
    text = json.dumps(settings(preset, options), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def meaning(plan: DatasetPlan) -> dict[str, Any]:
    """Return what a dataset of a study stands for; two plans of one meaning are the same."""
    if plan.preset is None:
        return {"name": plan.name}
    return {"settings": settings(plan.preset, plan.options), "grid": {k: list(v) for k, v in plan.grid.items()}}


def n_train(preset: str, options: Mapping[str, Value]) -> int:
    """Return about how many training samples a phantom has."""
    chosen = {"images": 2000, "val": 0.15, "test": 0.25, **options}
    shares = float(str(chosen["val"])) + float(str(chosen["test"]))
    return round(int(str(chosen["images"])) * (1 - shares))
