"""Describe how a run learned each class: when, how firmly, and which class stands nearest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.validation import multi_hot, same_length, scores

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NEIGHBOURS = 10
_BLOCK = 512  # samples whose similarities are computed at once


def learning_table(shows: ArrayLike, classes: Sequence[str], groups: ArrayLike, dynamics: pd.DataFrame) -> pd.DataFrame:
    """Summarize the training dynamics of each class; a sample of several classes counts in each.

    N training samples, C classes.
    Args:
        shows: (N, C) 0/1.  classes: (C,) names.  groups: (N,) patient of each sample.
        dynamics: N rows with learned_epoch (inf = not learned), forgotten, aum, prob_true; NaN = not known.
    Returns:
        One row per class: class_name, n, n_patients, learned (share), first_quarter, median, third_quarter (the epoch
        by which so many of its samples are learned; NaN = not so many are), forgotten (times a sample), aum (mean
        margin in logits), prob_true (mean probability of the true class). NaN where it is known of no sample of the
        class.
    """
    true = multi_hot("shows", shows, len(classes))
    patients = np.asarray(groups)
    same_length(shows=true, groups=patients, dynamics=dynamics)
    rows = []
    for at, name in enumerate(classes):
        of_class = dynamics[true[:, at]]
        learned = of_class["learned_epoch"].dropna().to_numpy(np.float64)
        rows.append(
            {
                "class_name": name,
                "n": int(true[:, at].sum()),
                "n_patients": len(np.unique(patients[true[:, at]])),
                "learned": np.isfinite(learned).mean() if len(learned) else np.nan,
                **{
                    quarter: _reached(learned, share)
                    for quarter, share in (("first_quarter", 0.25), ("median", 0.5), ("third_quarter", 0.75))
                },
                **{column: of_class[column].mean() for column in ("forgotten", "aum", "prob_true")},
            }
        )
    return pd.DataFrame(rows)


def _reached(learned: Floats, share: float) -> float:
    """Return the first epoch by which at least this share is learned; NaN = never."""
    if not len(learned):
        return float("nan")
    epoch = float(np.sort(learned)[int(np.ceil(share * len(learned))) - 1])
    return epoch if np.isfinite(epoch) else float("nan")


def learned_curves(shows: ArrayLike, classes: Sequence[str], learned: ArrayLike, last_epoch: int) -> pd.DataFrame:
    """Compute which share of each class is learned by each epoch.

    A sample is learned if it has not been wrong since.

    N training samples, C classes.
    Args:
        shows: (N, C) 0/1.  learned: (N,) epoch, inf = not learned, NaN = not known.  last_epoch: of the curve.
    Returns:
        class_name, epoch (0 to last_epoch), share in [0, 1], n (samples of the class); classes without samples are
        left out.
    """
    true, when = multi_hot("shows", shows, len(classes)), np.asarray(learned, dtype=np.float64)
    same_length(shows=true, learned=when)
    epochs = np.arange(last_epoch + 1)
    parts = []
    for at, name in enumerate(classes):
        of_class = np.sort(when[true[:, at] & ~np.isnan(when)])
        if len(of_class):
            share = np.searchsorted(of_class, epochs, side="right") / len(of_class)
            parts.append(pd.DataFrame({"class_name": name, "epoch": epochs, "share": share, "n": len(of_class)}))
    columns = ["class_name", "epoch", "share", "n"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def recall_table(shows: ArrayLike, decided: ArrayLike, probs: ArrayLike, classes: Sequence[str]) -> pd.DataFrame:
    """Compute the recall of each class, and the class that takes most of its samples.

    The rival is the absent class that is most often the most probable one; where that never happens, or is even, the
    one of the highest mean probability.

    N samples, C classes.
    Args:
        shows: (N, C) 0/1.  decided: (N, C) bool.  probs: (N, C) in [0, 1].
    Returns:
        One row per class: class_name, n, recall (NaN = no sample), rival (None = no sample, or one class), taken
        (samples whose most probable class is the rival).
    """
    true, said = multi_hot("shows", shows, len(classes)), multi_hot("decided", decided, len(classes))
    values = scores("probs", probs, len(classes))
    n = same_length(shows=true, decided=said, probs=values)
    top = values.argmax(axis=1) if n else np.zeros(0, np.int64)
    wins = np.zeros(values.shape, np.float64)
    wins[np.arange(n), top] = 1
    rows = []
    for at, name in enumerate(classes):
        of_class = true[:, at]
        rival, taken = _rival(at, of_class, true, wins + 1e-6 * values)
        recall = said[of_class, at].mean() if of_class.any() else np.nan
        rows.append((name, int(of_class.sum()), recall, None if rival is None else classes[rival], int(taken)))
    return pd.DataFrame(rows, columns=["class_name", "n", "recall", "rival", "taken"])


def _rival(at: int, of_class: Bools, true: Bools, strength: Floats) -> tuple[int | None, float]:
    """Return the absent class with the highest summed strength on a class's samples.

    Its sum comes second.
    """
    if not of_class.any() or true.shape[1] < 2:
        return None, 0.0
    absent = np.where(true[of_class], 0.0, strength[of_class]).sum(axis=0)
    absent[at] = -1.0
    rival = int(absent.argmax())
    return rival, float(absent[rival])


def neighbour_table(
    vectors: ArrayLike, shows: ArrayLike, asked: ArrayLike, pool: ArrayLike, classes: Sequence[str]
) -> pd.DataFrame:
    """Compute how far apart the classes are in the embeddings.

    It looks at whose samples a sample's nearest neighbours are.

    Each asked sample has its NEIGHBOURS most similar samples of the pool. Purity is the share of them that show the
    class. Asked and pool should be of different patients, as test and training samples are: a network embeds the
    samples that it was trained on farther apart than new ones.

    N samples, D features, C classes.
    Args:
        vectors: (N, D) of length 1.  shows: (N, C) 0/1.  asked, pool: (N,) bool.
    Returns:
        One row per class: class_name, n (asked samples that show it), purity (mean; NaN = no sample), neighbour (the
        absent class that most of the neighbours show; None as in `recall_table`), neighbour_share (of the neighbours).
    Source: neighbourhood hit, Paulovich et al. 2008; here by cosine similarity.
    """
    true = multi_hot("shows", shows, len(classes))
    at_asked, at_pool = np.flatnonzero(np.asarray(asked, bool)), np.flatnonzero(np.asarray(pool, bool))
    k = min(NEIGHBOURS, len(at_pool))
    shares = np.zeros((len(at_asked), len(classes)))
    rows = np.asarray(vectors)
    among, labels = rows[at_pool].astype(np.float32), true[at_pool].astype(np.float64)
    for first in range(0, len(at_asked) if k else 0, _BLOCK):
        block = rows[at_asked[first : first + _BLOCK]].astype(np.float32)
        nearest = np.argpartition(-(block @ among.T), k - 1, axis=1)[:, :k]
        shares[first : first + _BLOCK] = labels[nearest].mean(axis=1)
    table = []
    for at, name in enumerate(classes):
        of_class = true[at_asked, at]
        n = int(of_class.sum())
        rival, total = _rival(at, of_class, true[at_asked], shares)
        purity = shares[of_class, at].mean() if n and k else np.nan
        known = rival is not None and k > 0 and total > 0
        table.append((name, n, purity, classes[rival] if known and rival is not None else None, total / max(n, 1)))
    return pd.DataFrame(table, columns=["class_name", "n", "purity", "neighbour", "neighbour_share"])
