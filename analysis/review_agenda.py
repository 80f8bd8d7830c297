"""Which samples are worth a meeting's time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.outcomes import Outcome

REASONS = ("suspect", Outcome.NEWLY_WRONG.value, "disagreement", "worst")
AGENDA_COLUMNS = ("sample_id", "label", "predicted", "prob", "loss", "reasons", "score")


def build_agenda(
    now: pd.DataFrame, before: pd.DataFrame, answers: pd.DataFrame, suspects: pd.DataFrame, n: int = 30
) -> pd.DataFrame:
    """The samples to talk about, spread over the confused pairs.

    Args:
        now: sample_id, label, predicted, prob (of the predicted class), loss: what the chosen stage says.
        before: the same of the stage to compare with; may be empty.
        answers: sample_id, n_runs, n_wrong, top_class, top_share: what all runs of the dataset say.
        suspects: sample_id of labels that training found doubtful; may be empty.
        n: how many at most; at least 1.
    Returns:
        AGENDA_COLUMNS; `reasons` is a tuple out of REASONS: suspect (training doubts the label, or two runs or more all
        give one and the same other class), newly_wrong (right before, wrong now), disagreement (the runs differ),
        worst (wrong now). `score` in (0, 1]: how far the sample is down the list of its best reason, 1 = first.
        One sample of every pair (label, predicted) comes before a second of any; within that, the highest score first.
    Raises:
        ValueError: n is below 1.
    Source: own.
    """
    if n < 1:
        raise ValueError(f"n is {n}; an agenda of at least 1 sample is needed.")
    rows = now[["sample_id", "label", "predicted", "prob", "loss"]].reset_index(drop=True)
    said = rows[["sample_id"]].merge(answers, on="sample_id", how="left").fillna({"n_runs": 0, "n_wrong": 0})
    wrong = (rows["label"] != rows["predicted"]).to_numpy()
    was_right = rows["sample_id"].isin(before.loc[before["label"] == before["predicted"], "sample_id"]).to_numpy()
    share = said["top_share"].fillna(1.0).to_numpy(np.float64)
    all_against = ((said["n_runs"] >= 2) & (said["n_wrong"] == said["n_runs"]) & (share == 1)).to_numpy()
    certainty = rows["loss"].fillna(0).to_numpy(np.float64)
    strength = {
        "suspect": np.where(rows["sample_id"].isin(suspects["sample_id"]) | all_against, certainty, np.nan),
        Outcome.NEWLY_WRONG.value: np.where(wrong & was_right, certainty, np.nan),
        "disagreement": np.where((said["n_runs"] >= 2) & (share < 1), 1 - share + 1e-6 * certainty, np.nan),
        "worst": np.where(wrong, certainty, np.nan),
    }
    ranks = pd.DataFrame({reason: _ranked(values) for reason, values in strength.items()})
    chosen = ranks.notna().any(axis=1)
    marked = ranks.notna().to_numpy()
    reasons = [tuple(np.array(REASONS)[row].tolist()) for row in marked[chosen]]
    found = rows[chosen].assign(reasons=pd.Series(reasons, index=rows.index[chosen], dtype=object))
    found = found.assign(score=ranks[chosen].max(axis=1)).sort_values("score", ascending=False, kind="stable")
    turn = found.groupby(["label", "predicted"]).cumcount()
    order = np.lexsort((found["sample_id"], -found["score"], turn))
    return found.iloc[order].head(n)[list(AGENDA_COLUMNS)].reset_index(drop=True)


def _ranked(strength: np.ndarray) -> np.ndarray:
    """1 for the strongest, falling to above 0 for the weakest; NaN stays NaN."""
    series = pd.Series(strength)
    return np.asarray(series.rank(pct=True, method="average"), dtype=np.float64)
