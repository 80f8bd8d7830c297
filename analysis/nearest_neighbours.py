"""Which samples look most alike to a network."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


def find_nearest(vectors: ArrayLike, at: int, among: ArrayLike, k: int) -> pd.DataFrame:
    """The k samples of the highest cosine similarity to one sample, the most similar first; ties by place.

    N samples, D features.
    Args:
        vectors: (N, D) float.  at: place of the sample asked for.  among: (N,) bool, who may be named; the sample
            itself never is.
    Returns:
        at (int, place in `vectors`), similarity (float in [-1, 1], higher = more alike; 0 where either is the null
        vector).
    Raises:
        ValueError: k is below 1.
    """
    if k < 1:
        raise ValueError(f"k is {k}; ask for at least one neighbour.")
    allowed = np.array(among, dtype=bool)
    allowed[at] = False
    places = np.flatnonzero(allowed)
    chosen = np.asarray(vectors)[places].astype(np.float32)
    wanted = np.asarray(vectors)[at].astype(np.float32)
    lengths = np.linalg.norm(chosen, axis=1) * np.linalg.norm(wanted)
    similarity = np.divide(chosen @ wanted, lengths, out=np.zeros(len(places), np.float32), where=lengths > 0)
    order = np.argsort(-similarity, kind="stable")[:k]
    return pd.DataFrame({"at": places[order], "similarity": np.clip(similarity[order], -1, 1).astype(np.float64)})
