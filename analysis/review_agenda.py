"""Choose the samples that a review meeting should discuss."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.outcomes import Outcome

REASONS = ("suspect", Outcome.NEWLY_WRONG.value, "disagreement", "worst")
AGENDA_COLUMNS = ("sample_id", "label", "predicted", "prob", "loss", "reasons", "score")


def build_agenda(
    now: pd.DataFrame, before: pd.DataFrame, answers: pd.DataFrame, suspects: pd.DataFrame, n: int = 30
) -> pd.DataFrame:
    """Choose the samples to discuss, spread over the confused pairs.

    Args:
        now: sample_id, label, predicted, prob (of the predicted class), loss: the predictions of the chosen stage.
        before: the same of the stage to compare with; may be empty.
        answers: sample_id, n_runs, n_wrong, top_class, top_share: the predictions of all runs of the dataset.
        suspects: sample_id of labels that training found doubtful; may be empty.
        n: how many at most; at least 1.
    Returns:
        AGENDA_COLUMNS; `reasons` is a tuple out of REASONS: suspect (training doubts the label, or two runs or more all
        predict the same other class), newly_wrong (right before, wrong now), disagreement (the runs differ),
        worst (wrong now). `score` in (0, 1]: how far the sample is down the list of its best reason, 1 = first.
        One sample of every pair (label, predicted) comes before a second of any; within that, the highest score first.
    Raises:
        ValueError: n is below 1.
    Source: own.
    """
    if n < 1:
        raise ValueError(f"n is {n}; an agenda of at least 1 sample is needed.")
    rows = now[["sample_id", "label", "predicted", "prob", "loss"]].reset_index(drop=True)
    votes = rows[["sample_id"]].merge(answers, on="sample_id", how="left").fillna({"n_runs": 0, "n_wrong": 0})
    wrong = (rows["label"] != rows["predicted"]).to_numpy()
    was_right = rows["sample_id"].isin(before.loc[before["label"] == before["predicted"], "sample_id"]).to_numpy()
    share = votes["top_share"].fillna(1.0).to_numpy(np.float64)
    all_against = ((votes["n_runs"] >= 2) & (votes["n_wrong"] == votes["n_runs"]) & (share == 1)).to_numpy()
    certainty = rows["loss"].fillna(0).to_numpy(np.float64)
    strength = {
        "suspect": np.where(rows["sample_id"].isin(suspects["sample_id"]) | all_against, certainty, np.nan),
        Outcome.NEWLY_WRONG.value: np.where(wrong & was_right, certainty, np.nan),
        "disagreement": np.where((votes["n_runs"] >= 2) & (share < 1), 1 - share + 1e-6 * certainty, np.nan),
        "worst": np.where(wrong, certainty, np.nan),
    }
    ranks = pd.DataFrame({reason: _ranked(values) for reason, values in strength.items()})
    chosen = ranks.notna().any(axis=1)
    marked = ranks.notna().to_numpy()
    reasons = [tuple(np.array(REASONS)[row].tolist()) for row in marked[chosen]]
    agenda = rows[chosen].assign(reasons=pd.Series(reasons, index=rows.index[chosen], dtype=object))
    agenda = agenda.assign(score=ranks[chosen].max(axis=1)).sort_values("score", ascending=False, kind="stable")
    turns = agenda.groupby(["label", "predicted"]).cumcount()
    order = np.lexsort((agenda["sample_id"], -agenda["score"], turns))
    return agenda.iloc[order].head(n)[list(AGENDA_COLUMNS)].reset_index(drop=True)


def _ranked(strength: np.ndarray) -> np.ndarray:
    """Rank by strength: 1 for the strongest, falling to above 0; NaN stays NaN."""
    series = pd.Series(strength)
    return np.asarray(series.rank(pct=True, method="average"), dtype=np.float64)
