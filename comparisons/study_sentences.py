"""Word the answers to a study's questions, for page, report and command alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.bootstrap import FEWEST_PATIENTS
from analysis.comparison_verdicts import MOST_SEEDS, Verdict
from analysis.study_questions import NO_RUNS
from comparisons.sentence_texts import SENTENCE_TEXTS
from comparisons.sentences import format_margin, join_names, verdict_name
from comparisons.study_texts import STUDY_TEXTS

Row = Mapping[str, Any]


def answer_sentence(row: Row, language: str = "en") -> str:
    """Say what was found of a question, with numbers, and what would settle it.

    Args:
        row: of `comparisons.study_answers.StudyAnswers.questions`.
    """
    words = STUDY_TEXTS[language]
    samples, dataset = samples_name(str(row["samples"]), language), str(row["dataset"])
    if row["verdict"] == NO_RUNS:
        arms = list(dict.fromkeys(side_name(side, language) for side in row["sides"]))
        return words[str(row["reason"])].format(
            arms=join_names(words, arms, len(arms)), dataset=dataset, seeds=row["n_ended"]
        )
    if row["reason"] == "no_samples":
        return words["no_samples"].format(dataset=dataset, samples=samples)
    sides = dict(zip("abcd", (side_name(side, language) for side in row["sides"]), strict=False))
    key = str(row["verdict"]) if row["kind"] == "contrast" else f"interaction_{row['verdict']}"
    found = words[key].format(
        **sides,
        where=words["where"].format(samples=samples, dataset=dataset),
        margin=format_margin(float(row["margin"]), SENTENCE_TEXTS[language]),
        numbers=_numbers(row, words),
    )
    lacking = int(row["n_ended"]) - int(row["n_seeds"])
    more = words["more_ended"].format(seeds=lacking) if lacking > 0 else ""
    return " ".join(part for part in (found, more, settling_sentence(row, language)) if part)


def settling_sentence(row: Row, language: str = "en") -> str:
    """Say what would settle a question; empty where it is settled, or where nothing was asked."""
    words, reason = STUDY_TEXTS[language], str(row["reason"])
    if reason == "more_patients" and pd.isna(row["more_patients"]):
        reason = "many_patients"
    text = words.get(f"settle_{reason}", "")
    if reason and not row["n_telling"] and row["n_patients"]:
        text = f"{words['none_telling']} {text}"
    return text.format(seeds=row["more_seeds"], patients=row["more_patients"], most=MOST_SEEDS, fewest=FEWEST_PATIENTS)


def verdict_phrase(row: Row, language: str = "en") -> str:
    """Return the verdict in a few words, and what is missing where there is none."""
    if row["reason"]:
        return STUDY_TEXTS[language][f"verdict_{row['reason']}"].format(seeds=row["more_seeds"])
    return verdict_name(str(row["verdict"]), SENTENCE_TEXTS[language])


def samples_name(samples: str, language: str = "en") -> str:
    """Return what people call the samples that a question is about."""
    kind, _, names = samples.partition(":")
    words = STUDY_TEXTS[language]
    several = names.split(",")
    return words[kind].format(names=join_names(words, several, len(several)))


def side_name(side: str, language: str = "en") -> str:
    """Return what people call one side of a question: an arm, or an arm after a round."""
    arm, _, round_ = side.partition("@")
    words = STUDY_TEXTS[language]
    if not round_:
        return arm
    return words["after_round" if int(round_) else "after_full"].format(arm=arm, round=round_)


def score_name(score: str, language: str = "en") -> str:
    """Return what people call a score."""
    return STUDY_TEXTS[language][score]


def family_sentence(questions: pd.DataFrame, language: str = "en") -> str:
    """Say over what the intervals of a study hold together.

    Args:
        questions: of `StudyAnswers`.
    """
    main = int(questions["main"].sum())
    return STUDY_TEXTS[language]["family"].format(main=main, explored=len(questions) - main)


def effect_sentence(row: Row, language: str = "en") -> str:
    """Say how the difference that a question is about changes with one knob of a grid.

    Args:
        row: of `StudyAnswers.knob_effects`.
    """
    words = STUDY_TEXTS[language]
    low, high = (round(100 * float(row[name]), 1) + 0.0 for name in ("effect_low", "effect_high"))
    parts = {
        "knob": row["knob"], "start": knob_value(row["start"], language), "end": knob_value(row["end"], language),
        "points": round(100 * float(row["effect"]), 1) + 0.0, "cells": int(row["n_cells"]),
    }  # fmt: skip
    if low != low:
        return words["effect_alone"].format(**parts)
    key = "effect_up" if row["effect_low"] > 0 else "effect_down" if row["effect_high"] < 0 else "effect_open"
    return words[key].format(**parts, numbers=words["effect_numbers"].format(**parts, low=low, high=high))


def knob_value(value: object, language: str = "en") -> str:
    """Return what people call a value of a knob."""
    return STUDY_TEXTS[language]["no_knob"] if value is None else f"{value:g}" if type(value) is float else str(value)


def interval_of(row: Row) -> tuple[float, float, int]:
    """Return the interval that a verdict rests on, in points, and its level in percent.

    Equivalence goes by the 90 % interval, every other verdict by the 95 % one of its family.
    """
    which, level = ("equivalence", 90) if row["verdict"] == Verdict.EQUIVALENT else ("simultaneous", 95)
    return 100 * float(row[f"{which}_low"]), 100 * float(row[f"{which}_high"]), level


def _numbers(row: Row, words: Mapping[str, str]) -> str:
    low, high, level = interval_of(row)
    numbers = {
        "score": words[str(row["score"])], "points": round(100 * float(row["difference"]), 1) + 0.0,
        "seeds": int(row["n_seeds"]), "n": int(row["n_samples"]), "patients": int(row["n_patients"]),
    }  # fmt: skip
    if low != low:
        return words["no_interval"].format(**numbers)
    return words["numbers"].format(**numbers, level=level, low=round(low, 1) + 0.0, high=round(high, 1) + 0.0)
