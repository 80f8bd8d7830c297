"""Measure how often a headline is wrong.

    python benchmarks/coverage.py [--quick] [--trials N] [--out FILE]

Simulates runs of known truth and judges them by the functions that the pages and the report call
(`analysis.run_comparison.compare`, `comparisons.claim.judge`, the sentence; `analysis.confusion_change`;
`analysis.recipe_ranking`). Writes benchmarks/coverage.md; with --quick prints one row and, last,
`false headlines: X %`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from analysis.comparison_verdicts import Verdict
from analysis.confusion_change import confusion_change
from analysis.prediction_table import PredictionTable
from analysis.recipe_ranking import possible_ranks
from analysis.run_comparison import StagePredictions, compare
from comparisons.claim import Claim, judge
from comparisons.subject import Subject

Floats = NDArray[np.float64]
CLAIMED = [Verdict.BETTER, Verdict.WORSE]
CLASSES = [f"c{number}" for number in range(6)]


@dataclass(frozen=True)
class World:
    """Test samples and two recipes of known truth.

    n: test samples.  per_patient: samples of a patient.  likeness: SD of what the samples of a patient share.
    seeds: pairs of runs.  seed_sd: SD of the skill that a seed brings, overall and to each class, in logits.
    signal: skill in logits; 2.6 gives about 65 % accuracy, 7 about 99 %.  gain: of b over a, in logits, on all classes,
    or on one of them.
    """

    n: int = 400
    per_patient: int = 4
    likeness: float = 1.0
    seeds: int = 1
    seed_sd: float = 0.0
    signal: float = 2.6
    gain: float = 0.0
    class_gain: float = 0.0

    def trials(self, count: int, seed: int = 0) -> Iterator[Claim]:
        """Draw `count` comparisons and judge them as the page does."""
        for number in range(count):
            yield self.trial(np.random.default_rng([seed, number]))

    def trial(self, rng: np.random.Generator) -> Claim:
        """Draw one test set and the runs of both recipes, and judge them."""
        samples = self._samples(rng)
        pairs = [(self._run(rng, samples, 0), self._run(rng, samples, 1)) for _ in range(self.seeds)]
        found = compare(pairs[0][0], pairs[0][1], CLASSES, "label", ["precision", "recall", "f1"], pairs[1:])
        assert found is not None
        return judge(found, Subject("a", "b", "a", 0, 0, self.seeds, same_recipe=False), "f1")

    def _samples(self, rng: np.random.Generator) -> dict[str, Any]:
        groups = rng.integers(0, max(2, self.n // self.per_patient), self.n)
        return {
            "groups": groups,
            "labels": rng.integers(0, len(CLASSES), self.n),
            "patients": self.likeness * rng.normal(size=(groups.max() + 1, len(CLASSES))),
            "noise": 0.8 * rng.normal(size=(self.n, len(CLASSES))),
        }

    def _run(self, rng: np.random.Generator, samples: dict[str, Any], side: int) -> StagePredictions:
        labels, groups, at = samples["labels"], samples["groups"], np.arange(self.n)
        own = 0.6 * self.likeness * rng.normal(size=samples["patients"].shape)
        logits = samples["patients"][groups] + own[groups] + samples["noise"] + 0.8 * rng.normal(size=(self.n, 6))
        skill = self.signal + self.seed_sd * (rng.normal() + rng.normal(size=len(CLASSES)))
        skill = skill + side * (self.gain + self.class_gain * (np.arange(len(CLASSES)) == 0))
        logits[at, labels] += skill[labels]
        probs = np.exp(logits - logits.max(axis=1, keepdims=True))
        return StagePredictions(_prediction_table(probs / probs.sum(axis=1, keepdims=True), labels, groups), None, None)


def _prediction_table(probs: Floats, labels: NDArray[np.int64], groups: NDArray[np.int64]) -> PredictionTable:
    names = np.asarray(CLASSES, dtype=object)[labels]
    samples = pd.DataFrame(
        {
            "sample_id": [f"s{number}" for number in range(len(labels))],
            "path": "",
            "patient": groups,
            "label": names,
            "labels": [[name] for name in names],
            "prob": probs.max(axis=1),
        }
    )
    return PredictionTable(samples, np.eye(len(CLASSES))[labels], probs)


@dataclass(frozen=True)
class Rates:
    """Hold the share of trials that claim a difference or equivalence.

    Claims are counted in the headline, overall, on a class, and about recipes. The last share is that of the rule of
    Odap 0.1: any class whose own 95 % percentile interval leaves 0 out.
    """

    headline: float
    overall: float
    classes: float
    recipes: float
    equivalent: float
    before: float
    accuracy: float
    seconds: float = 0.0


def measure(world: World, trials: int, seed: int = 0) -> Rates:
    """Return what is claimed over many trials of a world."""
    began = time.perf_counter()
    rows = [_look(claim) for claim in world.trials(trials, seed)]
    return replace(Rates(*np.mean(rows, axis=0)), seconds=time.perf_counter() - began)


def _look(claim: Claim) -> tuple[float, ...]:
    overall = bool(claim.overall["verdict"].isin(CLAIMED).any())
    classes = bool(claim.rows["verdict"].isin(CLAIMED).any())
    sentence = claim.sentence()
    assert ("is better" in sentence) == (overall or classes), sentence
    of_recipes = "is better" in sentence and "this run of" not in sentence
    alone = bool(((claim.rows["low"] > 0) | (claim.rows["high"] < 0)).any())
    equal = claim.overall["verdict"].iloc[0] == Verdict.EQUIVALENT
    return overall or classes, overall, classes, of_recipes, equal, alone, float(claim.overall["a"].iloc[0])


NULLS: dict[str, World] = {
    **{f"n = {n}": World(n=n) for n in (150, 400, 1200)},
    "independent images": World(per_patient=1, likeness=0.0),
    "10 images a patient": World(per_patient=10),
    "10 images a patient, much alike": World(per_patient=10, likeness=2.0),
    "n = 150, 10 images a patient": World(n=150, per_patient=10, likeness=1.5),
    "98 % accuracy": World(signal=6.0),
    "98 % accuracy, n = 1,200": World(n=1200, signal=6.0),
    "2 seeds": World(seeds=2),
    "3 seeds": World(seeds=3),
    "5 seeds": World(seeds=5),
    **{
        f"{seeds} seeds that differ, SD {sd}": World(seeds=seeds, seed_sd=sd)
        for seeds in (2, 3, 5)
        for sd in (0.15, 0.3, 0.6)
    },
    "3 seeds that differ, n = 1,200": World(n=1200, seeds=3, seed_sd=0.3),
}
EFFECTS: dict[str, World] = {
    "one seed, b better by 5 points": World(gain=0.26),
    "one seed, n = 1,200, by 5 points": World(n=1200, gain=0.26),
    "3 seeds, by 5 points": World(seeds=3, gain=0.26),
    "3 seeds that differ (SD 0.15), by 5 points": World(seeds=3, seed_sd=0.15, gain=0.26),
    "5 seeds that differ (SD 0.15), by 5 points": World(seeds=5, seed_sd=0.15, gain=0.26),
    "5 seeds that differ (SD 0.15), n = 1,200": World(n=1200, seeds=5, seed_sd=0.15, gain=0.26),
    "one class better, one seed": World(class_gain=1.6),
    "one class better, n = 1,200": World(n=1200, class_gain=1.6),
}


def false_frames(trials: int) -> float:
    """Return how often a confusion difference of equal runs frames any cell."""
    framed = []
    for number in range(trials):
        claim = World().trial(np.random.default_rng([7, number]))
        targets, a, b = (
            side.argmax(axis=1)
            for side in (claim.comparison.targets, claim.comparison.a.probs, claim.comparison.b.probs)
        )
        groups = claim.comparison.a.samples["patient"].to_numpy()
        framed.append(confusion_change(targets, a, b, groups, len(CLASSES)).moved.any())
    return float(np.mean(framed))


def false_ranks(trials: int, recipes: int = 8, seeds: int = 3) -> float:
    """Return how often a leaderboard of equal recipes ranks any of them below another."""
    wrong = []
    for number in range(trials):
        rng = np.random.default_rng([8, number])
        world = World(seed_sd=0.15)
        samples = world._samples(rng)
        runs, tables = {}, []
        for recipe in range(recipes):
            runs[f"r{recipe}"] = {seed: f"r{recipe}-{seed}" for seed in range(seeds)}
            for run_id in runs[f"r{recipe}"].values():
                test = world._run(rng, samples, 0).test
                right = test.probs.argmax(axis=1) == samples["labels"]
                table = pd.DataFrame({"patient": samples["groups"], "n": 1, "n_right": right.astype(int)})
                tables.append(table.groupby("patient").sum().reset_index().assign(run_id=run_id))
        ranks = possible_ranks(runs, pd.concat(tables))
        wrong.append(any(rank != (1, recipes) for rank in ranks.values()))
    return float(np.mean(wrong))


def _table(worlds: dict[str, World], trials: int, tell: Callable[[str], None]) -> list[tuple[str, World, Rates]]:
    rows = []
    for name, world in worlds.items():
        rates = measure(world, trials if world.n * world.seeds < 2000 else max(100, trials // 2))
        tell(f"{name}: headline {rates.headline:.1%}, recipes {rates.recipes:.1%} ({rates.seconds:.0f} s)")
        rows.append((name, world, rates))
    return rows


def report(trials: int, tell: Callable[[str], None]) -> str:
    """Run all tables and return them as Markdown."""
    nulls, effects = _table(NULLS, trials, tell), _table(EFFECTS, trials, tell)
    margins = _table({"true difference = the margin": _at_margin()}, trials, tell)
    frames, ranks = false_frames(trials), false_ranks(max(20, trials // 5))
    lines = [
        "# False headlines, power and coverage",
        "",
        f"Made by `python benchmarks/coverage.py --trials {trials}`: six classes, runs of known truth, judged by the",
        "functions that pages and report call. Worlds of 2,000 predictions and more have half as many trials.",
        "Standard error of a share of 5 % over 400 trials: 1.1 points.",
        "",
        "## No difference in truth",
        "A headline is false when it calls a run, or a recipe, better overall or on any class. With one or two seeds",
        "it is about single runs. If seeds differ, single runs differ in truth too, so only a claim about recipes can",
        "be false there. *Before* is the rule of Odap 0.1: any class whose own 95 % percentile interval leaves out 0.",
        "",
        "| world | accuracy | false headlines | overall | a class | about recipes | before |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, world, rates in nulls:
        false = rates.recipes if world.seeds < 3 and world.seed_sd else rates.headline
        cells = (rates.accuracy, false, rates.overall, rates.classes, rates.recipes, rates.before)
        lines.append(f"| {name} | " + " | ".join(f"{100 * cell:.1f} %" for cell in cells) + " |")
    lines += [
        "",
        f"Confusion differences of equal runs that frame any cell: {frames:.1%}. Leaderboards of eight equal recipes "
        f"with three seeds that rank any below another: {ranks:.1%}.",
        "",
        "## A difference in truth (power)",
        "| world | accuracy of a | headline claims one | overall | a class | before |",
        "|---|---|---|---|---|---|",
    ]
    for name, _, rates in effects:
        shares = (rates.accuracy, rates.headline, rates.overall, rates.classes, rates.before)
        lines.append(f"| {name} | " + " | ".join(f"{100 * share:.1f} %" for share in shares) + " |")
    lines += ["", "## Equivalence", "| world | called equivalent |", "|---|---|"]
    lines += [f"| {name} | {rates.equivalent:.1%} |" for name, _, rates in margins]
    return "\n".join(lines) + "\n"


def _at_margin() -> World:
    """Return a large enough world in which b is better by the margin of one point."""
    return World(n=3000, per_patient=2, likeness=0.5, signal=4.4, gain=0.29)


def main() -> None:
    """Run the tables, or one row of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="n = 400, 200 trials, one row")
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    args = parser.parse_args()
    if args.quick:
        rates = measure(replace(World(), n=400), 200)
        print(f"by the rule of Odap 0.1: {100 * rates.before:.1f} %")
        print(f"false headlines: {100 * rates.headline:.1f} %")
        return
    args.out.write_text(report(args.trials, lambda line: print(line, flush=True)), encoding="utf-8")


if __name__ == "__main__":
    main()
