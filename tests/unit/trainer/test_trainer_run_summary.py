"""Test the lines at a run's end that name what limited it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from analysis.run_limits import Limit, RunLimits
from catalog.__main__ import main as catalog_main
from trainer.__main__ import main
from trainer.run_summary import sentences

LIMITS = RunLimits(
    stage="full", round=0, epochs=8, total_fall=0.5, train_fall=0.043, val_fall=0.02, guessing=1.386, above=3, jumps=2,
    train_accuracy=0.99, val_accuracy=0.8, n_train=1200, n_val=300, suspects=90, found=(),
)  # fmt: skip


def test_each_limit_is_named_with_its_numbers() -> None:
    text = sentences(replace(LIMITS, found=get_args(Limit)))
    for words in (
        "(1.39) at 3 of 8 epochs; try a lower full.lr", "more than a quarter at 2 of 8", "fell by 50.0% in all",
        "still fell by 4.3% an epoch, and the validation loss by 2.0%",
        "99.0% of 1,200 training samples are right and 80.0% of 300", "90 of 1,200 training samples (7.5%)",
    ):  # fmt: skip
        assert words in text
    assert sentences(LIMITS).endswith("nothing stands out in its losses, accuracies and labels.")


@pytest.mark.slow
def test_a_run_ends_with_what_limited_it(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Four epochs at a rate of nearly nothing move no loss."""
    assert catalog_main(["phantom", "--name", "demo", "--images", "90", "--size", "48", "--workers", "1"]) == 0
    settings = ("image_size=32", "rounds=0", "full.epochs=4", "full.lr=1e-8")
    set_ = [part for setting in settings for part in ("--set", setting)]
    assert main(["train", "demo", "--dataset", "demo", "--device", "cpu", "--run", "slow", *set_]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = lines.index("What limited this run (a rule of thumb, not a test):")
    assert lines[at - 1] == "Done."
    assert lines[at + 1].startswith("  learning rate: the training loss fell by ")
