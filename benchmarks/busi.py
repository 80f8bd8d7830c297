"""Cross-validate recipes for small sets on real breast ultrasound, beside a linear probe.

    python benchmarks/busi.py FOLDER [--pictures ../shared/data/busi] [--arms linear_probe finetune_small] [--folds 5]

FOLDER keeps the store and finished folds, so the command can be stopped and repeated, and folds can be trained in
several processes at once. It prints a table: accuracy, balanced accuracy and macro-F1 of the pooled held-out
predictions, with 95 % intervals over groups of near-duplicates, and the paired difference to the linear probe. The
results are in busi.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pandas as pd

import catalog
from analysis.pooled_folds import pooled_differences, pooled_scores
from catalog.importers.folder import read_folder
from trainer import cross_validation
from trainer.__main__ import main as trainer

PICTURES = Path(__file__).resolve().parents[2] / "shared" / "data" / "busi"
BASE = "linear_probe"
ARMS: dict[str, tuple[str, list[str]]] = {
    BASE: (BASE, []),
    "finetune_small": ("finetune_small", []),
    "all_at_once": ("finetune_small", ["finetune.head_epochs=0", "finetune.body_lr=1", "finetune.frozen=0"]),
    "light": ("finetune_small", ["augment=light"]),
    "mixup": ("finetune_small", ["mixup=0.2"]),
    "shuffled": ("finetune_small", ["sampler=shuffled"]),
    "single_label": (
        "single_label",
        ["model=efficientnet_lite0", "weights=imagenet", "full.epochs=8", "batch_size=32", "finetune.body_lr=1"],
    ),
}
"""Each arm's recipe and its settings."""


def main() -> None:
    """Train what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=Path, default=PICTURES)
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), default=list(ARMS))
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    for name, place in (("RESULTS", "results.duckdb"), ("DATA", "data"), ("RUNS", "runs")):
        os.environ[f"ODAP_{name}"] = str(options.folder.resolve() / place)
    if not any(dataset.name == "busi" for dataset in catalog.list_datasets()):
        draft = read_folder(options.pictures)
        catalog.save_dataset("busi", draft.samples, classes=draft.classes, source=draft.source)
    for arm in options.arms:
        recipe, settings = ARMS[arm]
        words = [word for setting in settings for word in ("--set", setting)]
        common = ["--dataset", "busi", "--run", arm, "--folds", str(options.folds), "--device", "cpu"]
        if trainer(["cross-validate", recipe, *words, *common]):
            sys.exit(f"{arm} was not trained to its end.")
    print(table(options.arms))


def table(arms: list[str]) -> str:
    """Return the scores of finished arms and their differences to the linear probe, as Markdown."""
    pooled = {arm: cross_validation.pooled(cross_validation.runs_of(arm))[1] for arm in {*arms, BASE}}
    lines = [
        "| arm | accuracy | balanced accuracy | macro-F1 | balanced accuracy minus the linear probe's |",
        "|---|---|---|---|---|",
    ]
    for arm in arms:
        scores = " | ".join(_interval(row) for _, row in pooled_scores(pooled[arm]).iterrows())
        difference = pooled_differences(pooled[arm], pooled[BASE]).set_index("metric").loc["balanced_accuracy"]
        lines.append(f"| `{arm}` | {scores} | {'' if arm == BASE else _interval(difference, '+')} |")
    return "\n".join(lines)


def _interval(row: pd.Series, sign: str = "") -> str:
    return f"{row['value']:{sign}.3f} ({row['low']:{sign}.3f} to {row['high']:{sign}.3f})"


if __name__ == "__main__":
    main()
