"""Find the samples that look most alike to a network."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


def find_nearest(vectors: ArrayLike, at: int, among: ArrayLike, k: int) -> pd.DataFrame:
    """Find the k samples of the highest cosine similarity to one sample.

    The most similar comes first; ties go by row.

    N samples, D features.
    Args:
        vectors: (N, D) float.  at: row of the sample in question.  among: (N,) bool, rows that may be returned; the
            sample itself never is.
    Returns:
        at (int, row in `vectors`), similarity (float in [-1, 1], higher = more alike; 0 where either is the null
        vector).
    Raises:
        ValueError: k is below 1.
    """
    if k < 1:
        raise ValueError(f"k is {k}; ask for at least one neighbour.")
    allowed = np.array(among, dtype=bool)
    allowed[at] = False
    candidates = np.flatnonzero(allowed)
    candidate_vectors = np.asarray(vectors)[candidates].astype(np.float32)
    query = np.asarray(vectors)[at].astype(np.float32)
    lengths = np.linalg.norm(candidate_vectors, axis=1) * np.linalg.norm(query)
    similarity = np.divide(
        candidate_vectors @ query, lengths, out=np.zeros(len(candidates), np.float32), where=lengths > 0
    )
    order = np.argsort(-similarity, kind="stable")[:k]
    return pd.DataFrame({"at": candidates[order], "similarity": np.clip(similarity[order], -1, 1).astype(np.float64)})
