"""Make a study's values, and change them key by key."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from studies import Study

VALUES: dict[str, Any] = {
    "name": "small",
    "description": "For tests.",
    "datasets": {
        "claims": {"preset": "claims", "images": 600, "size": 64, "seed": 1},
        "noise": {"preset": "claims", "images": 300, "grid": {"label_noise": [0.0, 0.1]}},
        "real": {"name": "busi@1", "optional": True},
    },
    "settings": {"image_size": 64},
    "arms": {
        "control": {"recipe": "single_label_control", "settings": {"rounds": 2}},
        "hnl": {"recipe": "single_label_hnl", "settings": {"rounds": 2}, "datasets": ["claims", "noise"]},
        "more": {"recipe": "single_label_balanced", "seeds": [0, 1, 2], "datasets": ["claims"]},
    },
    "seeds": [0, 1, 2, 3],
    "questions": [
        {"name": "helps", "asks": "Does it?", "contrast": ["hnl", "control"], "learn": "Whether."},
        {"name": "rounds", "asks": "Do they?", "contrast": ["hnl@2", "hnl@1"], "datasets": ["claims"], "learn": "It."},
    ],
}
Change = Callable[[dict[str, Any]], object]


def changed(*changes: Change) -> dict[str, Any]:
    values = copy.deepcopy(VALUES)
    for change in changes:
        change(values)
    return values


@pytest.fixture
def make() -> Callable[..., Study]:
    def _make(*changes: Change) -> Study:
        return Study.parse(yaml.safe_dump(changed(*changes), sort_keys=False), "small.yaml")

    return _make
