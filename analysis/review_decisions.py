"""Turn reviewers' verdicts into decisions, and measure their agreement."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from analysis.agreement import cohen_kappa, fleiss_kappa

DECISIONS = ("relabelled", "excluded", "ambiguous", "kept", "open")
_DECIDED = {"label_error": "relabelled", "unusable": "excluded", "ambiguous": "ambiguous", "model_error": "kept"}


def decide_samples(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Decide on each sample what all its reviewers say, down to the right label.

    Args:
        verdicts: sample_id, reviewer, verdict (model_error, label_error, ambiguous, unusable), right_label (None but
            for label_error), label; one row per sample and reviewer.
    Returns:
        sample_id, label, decision, right_label (None but for relabelled), n (reviewers), reviewers (names, joined).
        decision: relabelled (label error), excluded (unusable), ambiguous, kept (the model is wrong, the label right);
        open where reviewers differ. In order of first appearance.
    Raises:
        ValueError: a reviewer has two verdicts on one sample, or a verdict is unknown.
    """
    if verdicts.duplicated(["sample_id", "reviewer"]).any():
        twice = verdicts[verdicts.duplicated(["sample_id", "reviewer"])].iloc[0]
        raise ValueError(f"{twice['reviewer']} has two verdicts on sample {twice['sample_id']}; keep the last one.")
    if unknown := sorted(set(verdicts["verdict"]) - set(_DECIDED)):
        raise ValueError(f"Verdict {unknown[0]!r} is unknown; {', '.join(_DECIDED)} are allowed.")
    rows = []
    for sample_id, votes in verdicts.groupby("sample_id", sort=False):
        words = set(zip(votes["verdict"], votes["right_label"].fillna(""), strict=True))
        (verdict, right_label), agreed = next(iter(words)), len(words) == 1
        decision = _DECIDED[verdict] if agreed else "open"
        label = right_label if decision == "relabelled" else None
        names = ", ".join(votes["reviewer"])
        rows.append((sample_id, votes["label"].iloc[0], decision, label, len(votes), names))
    columns = ["sample_id", "label", "decision", "right_label", "n", "reviewers"]
    return _with_none(pd.DataFrame(rows, columns=columns), "right_label")


def reviewer_agreement(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Measure how far reviewers agree beyond chance on the samples that both judged.

    Args:
        verdicts: as in `decide_samples`. Two label errors agree only where the right label is the same.
    Returns:
        a, b, n (samples that both judged), same (share of equal verdicts), kappa (Cohen's; NaN = undefined): one
        row for each two reviewers with a sample in common; then, with three reviewers or more, one row with a = b =
        None for all of them (Fleiss' kappa over the samples with two verdicts or more; `same` is the share of agreeing
        pairs).
    Source: Cohen 1960; Fleiss 1971.
    """
    words = verdicts["verdict"] + ":" + verdicts["right_label"].fillna("")
    wide = verdicts.assign(word=words).pivot(index="sample_id", columns="reviewer", values="word")
    rows = []
    for a, b in combinations(wide.columns, 2):
        both = wide[[a, b]].dropna()
        if len(both):
            kappa = cohen_kappa(both[a].to_numpy(), both[b].to_numpy())
            rows.append((a, b, len(both), float((both[a] == both[b]).mean()), kappa))
    if wide.shape[1] > 2 and rows:
        counts = wide.stack().groupby(level=0).value_counts().unstack(fill_value=0).to_numpy()
        counts = counts[counts.sum(axis=1) >= 2]
        raters = counts.sum(axis=1)
        same = float(((counts * (counts - 1)).sum(axis=1) / (raters * (raters - 1))).mean())
        rows.append((None, None, len(counts), same, fleiss_kappa(counts)))
    frame = pd.DataFrame(rows, columns=["a", "b", "n", "same", "kappa"])
    return _with_none(frame.astype({"kappa": np.float64, "same": np.float64}), "a", "b")


def _with_none(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Replace missing names by None, where pandas would have NaN."""
    names = {column: [None if pd.isna(name) else name for name in frame[column]] for column in columns}
    return frame.assign(**{column: pd.Series(named, frame.index, object) for column, named in names.items()})
