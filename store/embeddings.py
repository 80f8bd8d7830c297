"""What a run's network saw in each sample, as one file beside its checkpoints; only the newest stage's is kept.

`runs/<run>/embeddings/<position>-<stage>.npy` holds a row a sample: `sample_id` and `embedding`, float16 of length 1.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.connection import runs_root


@dataclass(frozen=True)
class Embeddings:
    """Of one stage: ids (N,) str, vectors (N, D) float16 of length 1 (0 where the network saw nothing), on disk."""

    position: int
    stage: str
    ids: NDArray[np.str_]
    vectors: NDArray[np.float16]


def save_embeddings(run_id: str, position: int, stage: str, ids: NDArray[Any], vectors: NDArray[np.floating]) -> Path:
    """Write the embeddings of a stage, whole or not at all, in place of those of other stages.

    Args:
        ids: (N,) sample ids.  vectors: (N, D) of any length; they are scaled to length 1.
    Raises:
        OSError: the file cannot be written; nothing is left of it.
    """
    scaled = np.nan_to_num(vectors.astype(np.float32))
    scaled /= np.maximum(np.linalg.norm(scaled, axis=1, keepdims=True), 1e-12)
    names = np.asarray(ids, dtype=np.str_)
    rows = np.empty(len(names), dtype=[("sample_id", names.dtype), ("embedding", np.float16, (scaled.shape[1],))])
    rows["sample_id"], rows["embedding"] = names, scaled
    path = _folder(run_id) / f"{position:02d}-{stage}.npy"
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        with aside.open("wb") as file:
            np.save(file, rows)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    for other in path.parent.iterdir():
        if other != path:
            other.unlink(missing_ok=True)
    return path


def embeddings(run_id: str) -> Embeddings | None:
    """The newest embeddings of a run, read from disk as they are used; None where there are none that can be read."""
    for path in sorted(_folder(run_id).glob("*-*.npy"), reverse=True):
        position, _, stage = path.stem.partition("-")
        try:
            rows = np.load(path, mmap_mode="r", allow_pickle=False)
            return Embeddings(int(position), stage, np.asarray(rows["sample_id"]), rows["embedding"])
        except (OSError, ValueError, IndexError):
            continue
    return None


def _folder(run_id: str) -> Path:
    return runs_root() / run_id / "embeddings"
