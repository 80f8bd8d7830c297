"""Compare the hard-negative stage with its controls over several seeds.

    python benchmarks/hnl.py FOLDER [--seeds 0 1 2 3 4] [--data-seed 12] [--images 2000] [--test 0.55]
        [--val 0.1] [--arms ...] [--set k=v ...]

On one phantom, it trains for every seed `single_label_hnl`, its equal-budget control, the same recipe on a random
subset, and the class-balanced sampler, all through the trainer itself with one small model and budget. Further arms
are other compositions, weights and moments of the hard stage.

The pairs that count, ac/afi and ac/bpd, are fixed before any test image is read: the phantom makes them hard on
purpose. The hard-pair error is the share of test samples of ac, afi and bpd that are predicted as the other class of
such a pair.
Runs that share a seed and a full stage share it here too: the full stage is trained once, as a run without rounds, and
the others continue from its checkpoint, in the way a resumed run does. FOLDER keeps store, data and runs; what is
finished there is not trained again. The results are in hnl.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import pandas as pd
import torch
from scipy import stats

import store
from recipes import Recipe, parse_setting
from trainer.run import Run

PAIRS = (("ac", "afi"), ("ac", "bpd"))
MAIN = ("single_label_hnl", "single_label_control", "single_label_random_subset", "single_label_balanced")
PAIRS_FIRST: dict[str, object] = {"focus.failed": 0.1, "focus.anchors": 0.6, "focus.replay": 0.3}
FAST: dict[str, object] = {"hard_negative.lr": 0.001, "refined.lr": 0.001}
# Arms other than recipes that ship: single_label_hnl, or another, with these settings.
ARMS: dict[str, tuple[str, dict[str, object]]] = {
    **{recipe: (recipe, {}) for recipe in MAIN},
    "hnl_wide": ("single_label_hnl", {"miner.margin": 0.6}),
    "hnl_light": ("single_label_hnl", {"focus.failed": 0.1, "focus.anchors": 0.4}),
    "hnl_heavy": ("single_label_hnl", {"focus.failed": 0.5, "focus.anchors": 0.5, "focus.replay": 0}),
    "hnl_plain_replay": ("single_label_hnl", {"focus.balanced": False}),
    "hnl_half_weight": ("single_label_hnl", {"focus.weight": 0.5}),
    "hnl_guarded": ("single_label_hnl", {"guard.name": "both"}),
    "hnl_out_of_fold": ("single_label_hnl", {"miner.predictions": "out_of_fold", "miner.fold_epochs": 10}),
    "hnl_pairs": ("single_label_hnl", PAIRS_FIRST),
    "hnl_pairs_wide": ("single_label_hnl", PAIRS_FIRST | {"miner.margin": 0.6}),
    "random_pairs": ("single_label_random_subset", PAIRS_FIRST),
    "hnl_pairs_fast": ("single_label_hnl", PAIRS_FIRST | FAST),
    "hnl_fast": ("single_label_hnl", FAST),
    "control_fast": ("single_label_control", FAST),
}
SMALL = (
    "model=mobilenet_v3_small", "image_size=64", "batch_size=64", "rounds=2", "full.epochs=24", "full.lr=0.002",
    "hard_negative.epochs=2", "refined.epochs=3",
)  # fmt: skip


def main() -> None:
    """Train every arm with every seed and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--data-seed", type=int, default=12)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--test", type=float, default=0.55, help="share of the images to test on")
    parser.add_argument("--val", type=float, default=0.1, help="share of the images to validate on")
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), default=list(MAIN), metavar="ARM")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    for name, place in (("RESULTS", "results.duckdb"), ("DATA", "data"), ("RUNS", "runs")):
        os.environ[f"ODAP_{name}"] = str(options.folder / place)
    torch.set_num_threads(1)
    make_phantom(options.folder, options.images, options.data_seed, options.val, options.test)
    settings = [*SMALL, *options.set]
    for seed in options.seeds:
        for arm in options.arms:
            train(arm, seed, settings)
        print(report(options.arms, options.seeds), flush=True)


def make_phantom(folder: Path, images: int, seed: int, val: float, test: float) -> None:
    """Make the phantom, with few images to train on and many to test on.

    The large test set keeps the error of one number small.
    """
    if (folder / "data" / "bench").exists():
        return
    from catalog.__main__ import main as catalog

    words = ["phantom", "--name", "bench", "--images", str(images), "--size", "64", "--seed", str(seed)]
    catalog([*words, "--val", str(val), "--test", str(test), "--workers", "1"])


def train(arm: str, seed: int, settings: list[str]) -> None:
    """Train one run to its end, from the shared full stage where its arm has one."""
    recipe, own = ARMS[arm]
    given = dict(parse_setting(setting) for setting in settings) | {"dataset": "bench", "seed": seed}
    plan = Recipe.load(recipe, given | own)
    if plan.sampler == "shuffled":
        full = f"full-s{seed}"
        follow(Recipe.load("single_label_hnl", given | {"rounds": 0}), full)
        begun = store.runs_root() / full / "checkpoints" / "last.safetensors"
        here = store.runs_root() / f"{arm}-s{seed}" / "checkpoints"
        here.mkdir(parents=True, exist_ok=True)
        if not (here / begun.name).exists():
            shutil.copy(begun, here)
    follow(plan, f"{arm}-s{seed}")


class WithoutMaps(Run):
    """A run without class activation maps: they take time and do not change what is measured."""

    def _explain(self, *_: object) -> None:
        return


def follow(plan: Recipe, run_id: str) -> None:
    """Start a run, or continue it where an earlier call stopped."""
    known = store.run(run_id)
    if known is not None and known["status"] == "done":
        return
    run = WithoutMaps(plan, run_id, "cpu")
    run.claim()
    run.train(store.add_job("train", title=plan.name, args={}, run_id=run_id, state="running"), bar=False)
    store.finish_run(run_id, "done")
    print(f"{run_id} done", file=sys.stderr, flush=True)


def report(arms: list[str], seeds: list[int]) -> str:
    """Return every run's numbers and the first arm's differences to each rival.

    Differences have a 95 % t interval over seeds.
    """
    table = pd.DataFrame([numbers(f"{r}-s{s}") | {"arm": r, "seed": s} for s in seeds for r in arms if done(r, s)])
    lines = ["", "| arm | seed | hard-pair error | macro-F1 | accuracy | error after full stage and each round |"]
    lines.append("|---|---|---|---|---|---|")
    for row in table.itertuples():
        lines.append(f"| {row.arm} | {row.seed} | {row.hard:.4f} | {row.f1:.4f} | {row.accuracy:.4f} | {row.curve} |")
    lines += ["", f"| {arms[0]} less | hard-pair error | 95 % interval | macro-F1 | 95 % interval |"]
    lines.append("|---|---|---|---|---|")
    wide = table.pivot(index="seed", columns="arm", values=["hard", "f1"])
    for rival in arms[1:]:
        cells = [interval((wide[what][arms[0]] - wide[what][rival]).dropna()) for what in ("hard", "f1")]
        lines.append(f"| {rival} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def done(arm: str, seed: int) -> bool:
    """Tell whether the run of an arm and a seed has finished."""
    run = store.run(f"{arm}-s{seed}")
    return run is not None and run["status"] == "done"


def numbers(run: str) -> dict[str, object]:
    """Return a run's hard-pair error, macro-F1 and accuracy on test at its end.

    Also the hard-pair error after the full stage and after each round.
    """
    stages = store.stages(run)
    ends = stages[stages["stage"].isin(["full", "refined"])]
    curve = [hard_pair_error(run, row.round, row.stage) for row in ends.itertuples()]
    metrics = store.metrics([run])
    last = metrics[(metrics["position"] == stages["position"].max()) & (metrics["split"] == "test")]
    overall = last[last["class_name"].isna()].set_index("metric")["value"]
    return {
        "hard": curve[-1],
        "f1": overall["macro_f1"],
        "accuracy": overall["accuracy"],
        "curve": " ".join(f"{error:.4f}" for error in curve),
    }


def hard_pair_error(run: str, round_: int, stage: str) -> float:
    """Return the share of hard-class test samples predicted as their rival, in [0, 1]."""
    counts = store.confusion_counts(run, round_, stage, "test")
    hard = counts["true_class"].isin({name for pair in PAIRS for name in pair})
    pairs = {*PAIRS, *((b, a) for a, b in PAIRS)}
    taken = [pair in pairs for pair in zip(counts["true_class"], counts["predicted_class"], strict=True)]
    return float(counts.loc[taken, "n"].sum() / counts.loc[hard, "n"].sum())


def interval(differences: pd.Series) -> str:
    """Return mean and 95 % t interval over seeds, as two cells of a table."""
    n = len(differences)
    if n < 2:
        return f"{differences.mean():+.4f} | (one seed)"
    half = stats.t.ppf(0.975, n - 1) * differences.std(ddof=1) / np.sqrt(n)
    return f"{differences.mean():+.4f} | {differences.mean() - half:+.4f} to {differences.mean() + half:+.4f}"


if __name__ == "__main__":
    main()
