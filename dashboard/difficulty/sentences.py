"""Word what makes a class easy or hard.

Each claim rests on an interval that excludes chance.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.bootstrap import FEWEST_PATIENTS
from analysis.cue_evidence import SOONER
from dashboard.text import T, called, name_of, number, percent

MOST_CUES = 2  # that a sentence names, the strongest first; the figure has them all
FEWEST_TAKEN = 2  # test samples that a rival must take to be named: one is no habit
LEAST = 0.6  # AUC of a cue worth naming: one class that stands out makes all others differ from the rest a little
NEARLY_ALL, MUCH = 0.95, 0.8  # AUC from which on a cue alone tells a class, or much of it, apart


def describe(row: Any, evidence: pd.DataFrame) -> str:
    """Say how soon a class is learned and what goes with it, as Markdown.

    Args:
        row: of `findings.Findings.classes`.
        evidence: rows of `analysis.cue_evidence.judge_factors`; those of other classes are ignored.
    """
    own = evidence[evidence["class_name"] == row.class_name]
    soon = own[own["factor"] == SOONER]
    cues = own[(own["factor"] != SOONER)].sort_values("auc", ascending=False, kind="stable")
    name = called(row.class_name)
    if own["auc"].isna().all():
        few = own.empty or own["n_patients"].max() < FEWEST_PATIENTS
        return T.class_few.format(name=name, fewest=FEWEST_PATIENTS) if few else T.class_soon_unknown.format(name=name)
    if not _is_told(own).any() and soon["auc"].notna().any() and cues["auc"].notna().any():
        return " ".join([T.class_nothing.format(name=name), *_learned(row), *_rival(row)])
    parts = [_soon(name, soon), *_learned(row), *_cues(cues), *_rival(row)]
    return " ".join(parts)


def _is_told(own: pd.DataFrame) -> pd.Series:
    """Return which factors a sentence may name."""
    return own["apart"].astype(bool) & ((own["factor"] == SOONER) | (own["auc"] >= LEAST))


def _soon(name: str, soon: pd.DataFrame) -> str:
    if soon.empty or soon["auc"].isna().all():
        return T.class_soon_unknown.format(name=name)
    row = soon.iloc[0]
    if not row["apart"]:
        return T.class_as_soon.format(name=name)
    words = T.class_sooner if row["auc"] > 0.5 else T.class_later
    ends = {end: percent(row[f"together_{end}"], 0) for end in ("low", "high")}
    return words.format(name=name, share=percent(row["auc"], 0), **ends)


def _learned(row: Any) -> list[str]:
    if pd.isna(row.learned):
        return []
    half = T.half_never.format(n=row.n) if pd.isna(row.median) else T.half_by.format(n=row.n, epoch=f"{row.median:.0f}")
    never = row.forgotten == 0
    return [half, T.never_forgotten if never else T.forgotten_times.format(times=number(row.forgotten))]


def _cues(cues: pd.DataFrame) -> list[str]:
    if cues["auc"].isna().all():
        return []
    found = cues[_is_told(cues)]
    if found.empty:
        return [T.no_cue_apart]
    told = []
    for row in found.head(MOST_CUES).itertuples():
        words = T.cue_nearly_all if row.auc >= NEARLY_ALL else T.cue_much if row.auc >= MUCH else T.cue_some
        told.append(
            words.format(
                cue=name_of(T.cue_names, str(row.factor)), auc=number(row.auc), low=number(row.together_low),
                high=number(row.together_high),
            )
        )  # fmt: skip
    return [T.goes_with.format(cues=T.cue_join.join(told))]


def _rival(row: Any) -> list[str]:
    if not isinstance(row.rival, str) or row.taken < FEWEST_TAKEN:
        return []
    return [T.nearest_rival.format(rival=called(row.rival), taken=row.taken, n=row.n_test)]
