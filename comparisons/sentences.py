"""Word what a comparison has shown, for pages, report and files alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.bootstrap import FEWEST_PATIENTS
from analysis.comparison_verdicts import (
    MOST_SEEDS,
    MOST_TIMES_PATIENTS,
    RECIPE_SEEDS,
    Verdict,
    can_be_estimated,
    what_would_settle,
)
from comparisons.sentence_texts import ENGLISH
from comparisons.subject import Subject

MOST = 6  # classes that a sentence names per side; more than these nobody reads to the end
LONGEST = 60  # characters of a name

Words = Mapping[str, str]


def headline(overall: pd.DataFrame, rows: pd.DataFrame, subject: Subject, words: Words = ENGLISH) -> str:
    """Say what two runs, or two recipes, differ in: overall first, then class by class.

    The sentences go by the simultaneous intervals, so that in at most one of twenty comparisons of equal runs a
    difference is claimed. With fewer than three seeds they speak of these runs, not of recipes; two trainings of one
    recipe are called that.

    Args:
        overall: of `analysis.run_comparison`, with verdicts of `assign_verdicts`; the first row leads.
        rows: the same of the classes, of one score.
        words: of comparisons.sentence_texts.SENTENCE_TEXTS.
    """
    if overall.empty:
        return words["nothing"]
    if subject.same_recipe:
        return _same_recipe(overall, rows, subject, words)
    names = _sides(subject, words)
    clauses = [_overall(row, names, words) for row in overall.to_dict("records")]
    parts = [f"{words['overall']}: {words['clauses'].join(clauses)}."]
    if _ways_disagree(overall):
        parts.append(words["ways_disagree"])
    if len(rows):
        parts.append(f"{words['by_class']}: {words['clauses'].join(_classes(rows, names, words))}.")
    return " ".join([*parts, *_caveat(subject, words)])


def settle_sentence(row: pd.Series, words: Words = ENGLISH) -> str:
    """Say what would settle a comparison that is not settled.

    Empty for any other, and where it cannot be estimated.

    Args:
        row: of a comparison with its verdict; see `analysis.comparison_verdicts.what_would_settle`.
    """
    if row["verdict"] != Verdict.NOT_SETTLED or not can_be_estimated(row):
        return ""
    seeds, patients = what_would_settle(row, float(row["margin"]))
    numbers = {"seeds": seeds, "patients": patients}
    if seeds is not None and patients is not None:
        return words["settle_both"].format(**numbers)
    parts = []
    if seeds is not None:
        parts.append(words["settle_seeds"].format(**numbers))
    elif patients is not None:
        parts.append(words["settle_patients"].format(**numbers))
    else:
        words_none = words["settle_no_patients" if int(row["n_seeds"]) < 2 else "settle_neither"]
        parts.append(words_none.format(most=MOST_SEEDS, times=f"{MOST_TIMES_PATIENTS:g}"))
    if int(row["n_seeds"]) < 2:
        parts.append(words["settle_one_seed"].format(fewest=2))
    return " ".join(parts)


def mining_sentence(overall: pd.DataFrame, subject: Subject, words: Words = ENGLISH) -> str:
    """Say what a comparison with its true control means for mining; the staged run is b.

    Args:
        overall: with verdicts, one row for each way of scoring. What one of them shows counts, unless they contradict
            each other; mining is called needless only where all of them say so.
    """
    verdicts = set(overall["verdict"])
    order = (Verdict.BETTER, Verdict.WORSE, Verdict.NOT_SETTLED)
    verdict = "mixed" if verdicts >= set(order[:2]) else next((v for v in order if v in verdicts), Verdict.EQUIVALENT)
    sentence = words[f"mining_{verdict}"]
    return sentence if subject.of_recipes else f"{sentence} {words['mining_one_seed'].format(fewest=RECIPE_SEEDS)}"


def run_names(subject: Subject, words: Words = ENGLISH) -> tuple[str, str]:
    """Return what two single runs are called; a recipe's name alone would mean the recipe."""
    names = (shorten(subject.name_a), shorten(subject.name_b))
    if subject.names_are_runs:
        return names
    return words["run_of"].format(recipe=names[0]), words["run_of"].format(recipe=names[1])


def verdict_name(verdict: str, words: Words = ENGLISH) -> str:
    """Return what users call a verdict."""
    return words[f"verdict_{verdict}"]


def format_margin(margin: float, words: Words = ENGLISH) -> str:
    """Return a margin with its unit."""
    return words["one_point"] if round(100 * margin, 6) == 1 else words["points"].format(n=f"{100 * margin:g}")


def _sides(subject: Subject, words: Words) -> tuple[str, str]:
    if subject.of_recipes:
        return shorten(subject.name_a), shorten(subject.name_b)
    return run_names(subject, words)


def _ways_disagree(overall: pd.DataFrame) -> bool:
    """Return whether two ways of scoring point in opposite directions.

    At least one of them must show a difference.
    """
    is_shown = overall["verdict"].isin([Verdict.BETTER, Verdict.WORSE]).any()
    return bool(is_shown and (overall["difference"] > 0).any() and (overall["difference"] < 0).any())


def _caveat(subject: Subject, words: Words) -> list[str]:
    if subject.n_seeds >= RECIPE_SEEDS:
        return []
    return [words["two_seeds" if subject.n_seeds == 2 else "one_seed"]]


def _overall(row: Mapping[str, Any], names: tuple[str, str], words: Words) -> str:
    verdict, worse = row["verdict"], row["verdict"] == Verdict.WORSE
    clause = words["better" if worse or verdict == Verdict.BETTER else verdict].format(
        winner=names[0] if worse else names[1], a=names[0], b=names[1], margin=format_margin(row["margin"], words)
    )
    numbers = _numbers(row, words, -1 if worse else 1)
    if verdict == Verdict.NOT_SETTLED:  # nobody is named yet, and a sign needs its direction
        numbers = words["difference"].format(a=names[0], b=names[1], numbers=numbers)
    return words["with_numbers"].format(clause=clause, numbers=numbers)


def _classes(rows: pd.DataFrame, names: tuple[str, str], words: Words) -> list[str]:
    few = rows["n_groups"] < FEWEST_PATIENTS
    unknown = ~few & rows["simultaneous_low"].isna()
    known = rows[~few & ~unknown]
    parts = []
    for winner, verdict, sign in ((names[1], Verdict.BETTER, 1), (names[0], Verdict.WORSE, -1)):
        moved = known[known["verdict"] == verdict]
        if len(moved):
            classes = join_names(words, _gains(moved, words, sign), len(moved))
            parts.append(words["class_better"].format(winner=winner, classes=classes))
    for verdict in (Verdict.EQUIVALENT, Verdict.NOT_SETTLED):
        alike = known[known["verdict"] == verdict]
        if len(alike):
            everything = len(alike) == len(rows)
            parts.append(
                words[f"class_{verdict}"].format(
                    classes=_which(words, alike, parts, everything, verdict == Verdict.NOT_SETTLED),
                    margin=format_margin(alike["margin"].iloc[0], words),
                )
            )
    for why, without in (("not_comparable", rows[unknown]), ("too_few", rows[few])):
        if len(without):
            classes = join_names(words, [shorten(name) for name in without["class_name"]][:MOST], len(without))
            parts.append(words[why].format(classes=classes, fewest=FEWEST_PATIENTS))
    return parts


def _which(words: Words, alike: pd.DataFrame, before: Sequence[str], everything: bool, last: bool) -> str:
    """Return the classes of one verdict: named, or "the others", or every class."""
    metric = words.get(alike["metric"].iloc[0], alike["metric"].iloc[0])
    if everything and len(alike) > 1:
        return words["all"].format(metric=metric)
    if len(alike) == 1:
        name = shorten(alike["class_name"].iloc[0])
        return name if before else words["one"].format(class_name=name, metric=metric)
    if last and before:
        return words["others"]
    return join_names(words, [shorten(name) for name in alike["class_name"]][:MOST], len(alike))


def _gains(moved: pd.DataFrame, words: Words, sign: int) -> list[str]:
    largest = moved["difference"].abs().sort_values(ascending=False, kind="stable").index[:MOST]
    return [
        words["gain"].format(class_name=shorten(row["class_name"]), numbers=_numbers(row, words, sign))
        for row in moved[moved.index.isin(largest)].to_dict("records")
    ]


def _numbers(row: Mapping[str, Any], words: Words, sign: int) -> str:
    """Format the difference with the interval of its verdict.

    Equivalence goes by the 90 % interval, every other verdict by the 95 % simultaneous one.
    """
    equal = row["verdict"] == Verdict.EQUIVALENT
    which, level = ("equivalence", 90) if equal else ("simultaneous", 95)
    metric = words.get(str(row["metric"]), str(row["metric"]))
    points = _rounded(sign * float(row["difference"]))
    low, high = sorted(_rounded(sign * float(row[f"{which}_{end}"])) for end in ("low", "high"))
    if low != low:
        return words["no_interval"].format(metric=metric, points=points)
    return words["numbers"].format(metric=metric, points=points, low=low, high=high, level=level)


def _rounded(share: float) -> float:
    """Round to points with one digit; never a zero with a minus."""
    return round(100 * share, 1) + 0.0


def _same_recipe(overall: pd.DataFrame, rows: pd.DataFrame, subject: Subject, words: Words) -> str:
    numbers = "; ".join(_numbers(row, words, 1) for row in overall.to_dict("records"))
    which = "same_training" if subject.seed_a == subject.seed_b else "same_recipe"
    sentence = words[which].format(recipe=shorten(subject.recipe), a=subject.seed_a, b=subject.seed_b, numbers=numbers)
    moved = rows[rows["verdict"].isin([Verdict.BETTER, Verdict.WORSE])]
    if moved.empty:
        return sentence
    classes = join_names(words, [shorten(name) for name in moved["class_name"]][:MOST], len(moved))
    return f"{sentence} {words['same_beyond'].format(classes=classes)}"


def join_names(words: Words, names: list[str], total: int) -> str:
    """Join names in a row, and count those of `total` that are not named."""
    parts = [*names, words["more"].format(n=total - len(names))] if total > len(names) else names
    return ", ".join(parts) if len(parts) < 2 else f"{', '.join(parts[:-1])}{words['and']}{parts[-1]}"


def shorten(name: object) -> str:
    """Return a name on one line, at most LONGEST characters."""
    text = " ".join(str(name).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
