"""What a run's network saw in each sample, as one file beside its checkpoints; only the newest stage's is kept.

`runs/<run>/embeddings/<position>-<stage>.npy` holds a row a sample: `sample_id` and `embedding`, float16 of length 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.engine.connection import runs_root
from system.atomic_files import atomic_write


@dataclass(frozen=True)
class Embeddings:
    """Of one stage: ids (N,) str, vectors (N, D) float16 of length 1 (0 where the network saw nothing), on disk."""

    position: int
    stage: str
    ids: NDArray[np.str_]
    vectors: NDArray[np.float16]


def save_embeddings(
    run_id: str, position: int, stage: str, ids: NDArray[Any], parts: Sequence[NDArray[np.floating]]
) -> Path:
    """Write the embeddings of a stage, whole or not at all, in place of those of other stages.

    Args:
        ids: (N,) sample ids.  parts: arrays of D columns and of N rows together; rows are scaled to length 1.
    Raises:
        OSError: the file cannot be written; nothing is left of it.
    """
    names = np.asarray(ids, dtype=np.str_)
    kind = np.dtype([("sample_id", names.dtype), ("embedding", np.float16, (parts[0].shape[1],))])
    header = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": names.shape}
    path = _folder(run_id) / f"{position:02d}-{stage}.npy"
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        done = 0
        for part in parts:  # one after the other: all rows at once would double the trainer's memory for a moment
            rows = np.empty(len(part), kind)
            rows["sample_id"], rows["embedding"] = names[done : done + len(part)], unit(part)
            file.write(rows.tobytes())
            done += len(part)
    for other in path.parent.iterdir():
        if other != path:
            other.unlink(missing_ok=True)
    return path


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float16]:
    """(N, D) scaled to length 1, row by row; zeros where a row is not a number or nothing."""
    scaled = np.nan_to_num(vectors.astype(np.float32))
    return np.asarray(scaled / np.maximum(np.linalg.norm(scaled, axis=1, keepdims=True), 1e-12), np.float16)


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
