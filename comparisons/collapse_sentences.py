"""Say how a run's predictions collapsed, and which accuracy needs no model.

Pages and report say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

import store
from analysis.prediction_collapse import Baselines, CollapseCheck, check_collapse
from comparisons.sentence_texts import ENGLISH
from comparisons.sentences import Words, join_names, shorten
from comparisons.stage_comparison import RunStageKey

MOST_NAMED = 6  # classes that a sentence names


def check_stages(
    runs: pd.DataFrame, metrics: pd.DataFrame, keys: Sequence[RunStageKey]
) -> dict[RunStageKey, CollapseCheck | None]:
    """Check the test predictions of some stages for collapse, by one question to the store.

    Args:
        runs: of the store, those of the keys at least.  metrics: of `store.metrics`, of these runs.
    Returns:
        None of a stage that has no test sample, or only samples of one class.
    """
    right = store.right_by_class(list(keys), "test")
    columns = ["run_id", "round", "stage"]
    right["patient"] = pd.factorize(right["patient"], use_na_sentinel=False)[0]  # numbers are counted faster than names
    counts = dict(iter(right.groupby(columns)))
    tested = metrics[(metrics["split"] == "test") & metrics["metric"].isin(["accuracy", "precision", "recall"])]
    scores = dict(iter(tested.groupby(columns)))
    by_id = {str(run["run_id"]): run for run in runs.to_dict("records")}
    checks: dict[RunStageKey, CollapseCheck | None] = {}
    for key in keys:
        run, of_stage = by_id[key[0]], scores.get(key, tested[:0])
        n = of_stage.loc[of_stage["class_name"].isna(), "n"].max()
        checks[key] = check_collapse(
            _by_class(of_stage, [str(name) for name in run["classes"]]), counts.get(key, right[:0]),
            0 if pd.isna(n) else int(n), run["objective"] == "softmax",
        )  # fmt: skip
    return checks


def _by_class(scores: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Return class_name, n, precision and recall of the classes that a stage was scored on.

    In the run's order.
    """
    rows = zip(scores["class_name"], scores["metric"], scores["value"], scores["n"], strict=True)
    known = {(name, metric): (value, n) for name, metric, value, n in rows if isinstance(name, str)}
    return pd.DataFrame(
        [
            (name, known[name, "recall"][1], known[name, "precision"][0], known[name, "recall"][0])
            for name in classes
            if {(name, "precision"), (name, "recall")} <= known.keys()
        ],
        columns=["class_name", "n", "precision", "recall"],
    )


def collapse_sentence(run_id: str, answers: CollapseCheck | None, words: Words = ENGLISH) -> str:
    """Say in which ways a run collapsed; empty where it did not."""
    if answers is None or not answers.collapsed:
        return ""
    return words["collapsed"].format(run=shorten(run_id), ways=words["clauses"].join(_ways(answers, words)))


def collapse_mark(answers: CollapseCheck | None, words: Words = ENGLISH) -> str | None:
    """Say in a table cell how predictions collapsed; None where they did not."""
    if answers is None or not answers.collapsed:
        return None
    if answers.same is not None:
        return words["mark_same"].format(classes=", ".join(map(shorten, answers.same)) or words["no_class"])
    if answers.never:
        return words["mark_never"].format(classes=join_names(words, [shorten(name) for name, _ in answers.never][:2],
                                                         len(answers.never)))  # fmt: skip
    return words["mark_majority"]


def baseline_sentence(answers: CollapseCheck | None, words: Words = ENGLISH) -> str:
    """Say what accuracy is reached without a model; empty where that is not known."""
    if answers is None or answers.baselines is None:
        return ""
    base = answers.baselines
    return words["baselines"].format(
        class_name=shorten(base.majority_class), majority=100 * base.majority, f1=100 * base.majority_f1,
        chance=100 * base.chance,
    )  # fmt: skip


def collapsed_sides(
    checks: Mapping[RunStageKey, CollapseCheck | None], keys: Iterable[RunStageKey], words: Words = ENGLISH
) -> list[str]:
    """List a sentence, with baselines, for each side of a comparison that collapsed."""
    warnings = []
    for key in dict.fromkeys(keys):
        sentence = collapse_sentence(key[0], checks[key], words)
        if sentence:
            warnings.append(f"{sentence} {baseline_sentence(checks[key], words)}".strip())
    return warnings


def _ways(answers: CollapseCheck, words: Words) -> list[str]:
    ways = []
    if answers.same is not None:
        kind = "same_none" if not answers.same else "same_one" if len(answers.same) == 1 else "same_several"
        classes = join_names(words, [shorten(name) for name in answers.same][:MOST_NAMED], len(answers.same))
        ways.append(words[kind].format(n=answers.n, classes=classes))
    if answers.never:
        names = [words["shown"].format(class_name=shorten(name), n=n) for name, n in answers.never[:MOST_NAMED]]
        ways.append(words["never"].format(classes=join_names(words, names, len(answers.never))))
    if answers.baselines is not None and not answers.baselines.is_beaten:
        ways.append(_majority(answers.baselines, words))
    return ways


def _majority(base: Baselines, words: Words) -> str:
    numbers = {
        "accuracy": 100 * base.accuracy, "majority": 100 * base.majority, "class_name": shorten(base.majority_class),
    }  # fmt: skip
    if base.gain_low != base.gain_low:
        return words["majority_alone"].format(**numbers)
    return words["majority"].format(
        **numbers, points=100 * (base.accuracy - base.majority), low=100 * base.gain_low, high=100 * base.gain_high,
        patients=base.n_groups,
    )  # fmt: skip
