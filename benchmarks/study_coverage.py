"""Measure how often a study claims what is not so, and what it finds.

    python benchmarks/study_coverage.py [--quick] [--trials N] [--out FILE]

Simulates studies of known truth and answers them by the function that the page, the report and the command call
(`analysis.study_questions.answer_questions`). Writes benchmarks/study_coverage.md; with --quick prints one row.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from analysis.comparison_verdicts import Verdict
from analysis.study_questions import SIGNS, ArmPredictions, Question, Score, answer_questions

ARMS = ("control", "hnl", "longer", "multi", "filter", "filter_hnl")
CLAIMED = [Verdict.BETTER, Verdict.WORSE]
CLASSES = 4
CONTRASTS: tuple[tuple[tuple[str, ...], Score, str], ...] = (
    (("hnl", "control"), "accuracy", "all"),
    (("hnl", "control"), "balanced_accuracy", "all"),
    (("hnl", "control"), "accuracy", "hard"),
    (("hnl", "longer"), "accuracy", "all"),
    (("multi", "hnl"), "macro_f1", "all"),
    (("multi", "control"), "accuracy", "all"),
    (("filter_hnl", "filter"), "accuracy", "all"),
)
INTERACTIONS: tuple[tuple[tuple[str, ...], Score, str], ...] = (
    (("filter_hnl", "filter", "hnl", "control"), "accuracy", "all"),
    (("filter_hnl", "filter", "hnl", "control"), "balanced_accuracy", "all"),
)


@dataclass(frozen=True)
class StudyWorld:
    """A study of known truth: six arms on some datasets, with patients of 4 to 9 test images.

    n: test samples of a dataset.  seeds: of every arm.  seed_sd: SD of the skill that a seed brings to a run, in
    logits; of arms named in `unsteady`, five times that.  likeness: SD of what the samples of a patient share.
    signal: skill in logits; 2.6 gives about 74 % accuracy, 5 about 97 %.  gains: what an arm is better by, in logits.
    """

    n: int = 400
    seeds: int = 5
    seed_sd: float = 0.3
    likeness: float = 1.0
    signal: float = 2.6
    datasets: int = 2
    gains: dict[str, float] = field(default_factory=dict)
    unsteady: tuple[str, ...] = ()

    def questions(self, tests: dict[str, ArmPredictions], margin: float = 0.01) -> list[Question]:
        """Return the main questions about every dataset.

        One question of each dataset is only explored.
        """
        asked = []
        for name, test in tests.items():
            hard = np.arange(len(test.targets)) % 3 == 0
            chosen = {"all": np.ones_like(hard), "hard": hard}
            for arms, score, samples in (*CONTRASTS, *INTERACTIONS):
                asked.append(Question(name, arms, score, chosen[samples], margin))
            asked.append(Question(name, ("longer", "control"), "accuracy", test.targets == 0, margin, main=False))
        return asked

    def draw(self, rng: np.random.Generator) -> dict[str, ArmPredictions]:
        """Draw the test sets and train every arm with every seed."""
        return {f"d{number}": self._test_set(rng) for number in range(self.datasets)}

    def _test_set(self, rng: np.random.Generator) -> ArmPredictions:
        sizes = rng.integers(4, 10, self.n // 4 + 1)
        patients = np.repeat(np.arange(len(sizes)), sizes)[: self.n]
        targets = rng.integers(0, CLASSES, self.n)
        shape = (len(sizes), CLASSES)
        alike = self.likeness * rng.normal(size=shape)[patients] + 0.8 * rng.normal(size=(self.n, CLASSES))
        predicted = {}
        for arm in ARMS:
            spread = self.seed_sd * (5 if arm in self.unsteady else 1)
            for seed in range(self.seeds):
                own = 0.6 * self.likeness * rng.normal(size=shape)[patients]
                logits = alike + own + 0.8 * rng.normal(size=(self.n, CLASSES))
                skill = self.signal + self.gains.get(arm, 0.0) + spread * (rng.normal() + rng.normal(size=CLASSES))
                logits[np.arange(self.n), targets] += skill[targets]
                predicted[arm, seed] = logits.argmax(axis=1)
        return ArmPredictions(targets, patients, predicted)

    def trial(self, rng: np.random.Generator, margin: float = 0.01) -> pd.DataFrame:
        """Draw one study and answer it."""
        tests = self.draw(rng)
        asked = self.questions(tests, margin)
        answers = answer_questions(asked, tests, settling=False)
        kinds = ["interaction" if len(question.arms) == 4 else "contrast" for question in asked]
        return answers.assign(main=[question.main for question in asked], kind=kinds, arms=[q.arms for q in asked])


@dataclass(frozen=True)
class Rates:
    """Hold shares of studies.

    main, explored, interactions: with a claim of better or worse among these questions; main counts interactions too.
    equivalent: of single questions that are called equivalent.  any_equivalent: of studies with such a question.
    """

    main: float
    explored: float
    interactions: float
    equivalent: float
    any_equivalent: float
    seconds: float = 0.0


def measure(world: StudyWorld, trials: int, margin: float = 0.01, arms: tuple[str, ...] = (), seed: int = 0) -> Rates:
    """Return what many studies of a world claim.

    Args:
        arms: count the claims of this question alone; empty = of all.
    """
    began, rows = time.perf_counter(), []
    for number in range(trials):
        found = world.trial(np.random.default_rng([seed, number]), margin)
        if arms:
            found = found[[of == arms for of in found["arms"]]]
        claims, equal = found["verdict"].isin(CLAIMED), found["verdict"] == Verdict.EQUIVALENT
        main = found["main"]
        rows.append(
            (
                (claims & main).any(), (claims & ~main).any(), (claims & (found["kind"] == "interaction")).any(),
                equal[main].mean(), equal[main].any(),
            )
        )  # fmt: skip
    return replace(Rates(*np.mean(np.array(rows, float), axis=0)), seconds=time.perf_counter() - began)


NULLS: dict[str, StudyWorld] = {
    **{
        f"{seeds} seeds that differ, SD {sd}": StudyWorld(seeds=seeds, seed_sd=sd)
        for seeds, sd in ((10, 0.6), (10, 0.1), (5, 0.6), (5, 0.1), (4, 0.3), (3, 0.6), (3, 0.1), (2, 0.3))
    },
    "5 seeds, n = 1,500": StudyWorld(n=1500),
    "10 seeds, n = 1,500, SD 0.6": StudyWorld(n=1500, seeds=10, seed_sd=0.6),
    "5 seeds, patients much alike": StudyWorld(likeness=2.0),
    "5 seeds, 97 % accuracy": StudyWorld(signal=5.0),
    "5 seeds, the filter five times as unsteady": StudyWorld(seed_sd=0.15, unsteady=("filter", "filter_hnl")),
    "10 seeds, the filter five times as unsteady": StudyWorld(
        seeds=10, seed_sd=0.15, unsteady=("filter", "filter_hnl")
    ),
    "3 seeds, five datasets (45 main questions)": StudyWorld(seeds=3, datasets=5, n=300),
}
GAIN = {"hnl": 0.19, "filter_hnl": 0.19}
EFFECTS: dict[str, tuple[StudyWorld, tuple[str, ...]]] = {
    f"{seeds} seeds, n = {n:,}, SD {sd}": (StudyWorld(n=n, seeds=seeds, seed_sd=sd, gains=GAIN), ("hnl", "control"))
    for seeds, n, sd in ((3, 1500, 0.1), (5, 400, 0.1), (5, 1500, 0.1), (10, 1500, 0.1), (10, 1500, 0.3))
} | {
    "interaction, 10 seeds, n = 1,500, SD 0.1": (
        StudyWorld(n=1500, seeds=10, seed_sd=0.1, gains={"filter_hnl": 0.38}), INTERACTIONS[0][0]
    )
}  # fmt: skip
EDGES: dict[str, tuple[StudyWorld, tuple[str, ...]]] = {
    f"{name}, {seeds} seeds, SD {sd}": (StudyWorld(n=1500, seeds=seeds, seed_sd=sd, datasets=1, gains=gains), arms)
    for seeds, sd in ((3, 0.1), (5, 0.1), (10, 0.3))
    for name, gains, arms in (
        ("contrast", {"hnl": 0.25}, ("hnl", "control")),
        ("interaction", {"filter_hnl": 0.35}, INTERACTIONS[0][0]),
    )
}


def true_difference(world: StudyWorld, arms: tuple[str, ...], draws: int = 300, n: int = 2000) -> float:
    """Return the difference in accuracy where chance hardly counts.

    It is taken over very many patients and seeds.

    All arms get the same patients, noise and skill but for their gains, so that chance cancels.
    """
    totals = np.zeros(len(arms))
    for number in range(draws):
        rng = np.random.default_rng([99, number])
        targets = rng.integers(0, CLASSES, n)  # one image a patient: the mean does not depend on how they are grouped
        spread = world.likeness * np.hypot(1.0, 0.6), np.hypot(0.8, 0.8)
        logits = np.hypot(*spread) * rng.normal(size=(n, CLASSES))
        skill = world.signal + world.seed_sd * (rng.normal() + rng.normal(size=CLASSES))
        for place, arm in enumerate(arms):
            raised = logits.copy()
            raised[np.arange(n), targets] += skill[targets] + world.gains.get(arm, 0.0)
            totals[place] += (raised.argmax(axis=1) == targets).mean()
    return float(SIGNS[len(arms)] @ totals / draws)


def report(trials: int, tell: Callable[[str], None]) -> str:
    """Run all tables and return them as Markdown."""
    lines = [
        "# Studies: false claims, equivalence and power",
        "",
        f"Made by `python benchmarks/study_coverage.py --trials {trials}`: six arms on two datasets with patients of 4",
        "to 9 test images, answered by `analysis.study_questions.answer_questions`, as on the page. Per dataset seven",
        "contrasts and two interactions are main questions, and one question is only explored. Standard error of a",
        f"share of 5 %: {100 * np.sqrt(0.05 * 0.95 / trials):.1f} points.",
        "",
        "## No difference in truth",
        "Share of studies that call any arm better or worse. A study with fewer than three seeds claims nothing.",
        "",
        "| world | any main question | any interaction | any explored |",
        "|---|---|---|---|",
    ]
    for name, world in NULLS.items():
        rates = measure(world, trials)
        tell(f"{name}: main {rates.main:.1%} ({rates.seconds:.0f} s)")
        lines.append(f"| {name} | {rates.main:.1%} | {rates.interactions:.1%} | {rates.explored:.1%} |")
    lines += [
        "",
        "## A true difference as large as the margin",
        "Share of the questions about these arms (accuracy, and where asked balanced accuracy and a third of the",
        "samples) that are called equivalent, which is then false. Equivalence is tested for each question by itself,",
        "by two one-sided tests at 5 %; it is not shared among the questions of a study.",
        "",
        "| world | margin = true difference | called equivalent |",
        "|---|---|---|",
    ]
    for name, (world, arms) in EDGES.items():
        margin = abs(true_difference(world, arms))
        rates = measure(world, trials, margin, arms)
        tell(f"{name}: equivalent {rates.any_equivalent:.1%} ({rates.seconds:.0f} s)")
        lines.append(f"| {name} | {100 * margin:.1f} points | {rates.equivalent:.1%} |")
    lines += [
        "",
        "## Power",
        "Share of half as many studies that call these arms better or worse by any of these questions on either of two",
        "datasets, with all main questions asked; and the share of questions called equivalent where nothing differs.",
        "",
        "| world | true difference | found |",
        "|---|---|---|",
    ]
    for name, (world, arms) in EFFECTS.items():
        rates = measure(world, max(50, trials // 2), arms=arms)
        tell(f"{name}: found {rates.main:.1%} ({rates.seconds:.0f} s)")
        lines.append(f"| {name} | {100 * true_difference(world, arms):+.1f} points | {rates.main:.1%} |")
    lines += ["", "| nothing differs | called equivalent within 3 points |", "|---|---|"]
    for seeds in (3, 5, 10):
        rates = measure(StudyWorld(n=1500, seeds=seeds, seed_sd=0.1), max(50, trials // 2), 0.03, ("hnl", "control"))
        lines.append(f"| {seeds} seeds, n = 1,500, SD 0.1 | {rates.equivalent:.1%} |")
    return "\n".join(lines).replace("%", " %").replace("  %", " %") + "\n"


def main() -> None:
    """Run the tables, or one row of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="five seeds, 100 trials, one row")
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    args = parser.parse_args()
    if args.quick:
        print(f"studies with a false claim: {measure(StudyWorld(), 100).main:.1%}")
        return
    args.out.write_text(report(args.trials, lambda line: print(line, flush=True)), encoding="utf-8")


if __name__ == "__main__":
    main()
