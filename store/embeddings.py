"""Store each sample's embedding by a run's network in one file next to the checkpoints.

Only the newest stage's file is kept. `runs/<run>/embeddings/<position>-<stage>.npy` holds one row per sample:
`sample_id` and `embedding`, float16 of length 1.
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
    """The embeddings of one stage, on disk.

    ids: (N,) str.  vectors: (N, D) float16 of length 1; zeros where the network's output was zero or not a number.
    """

    position: int
    stage: str
    ids: NDArray[np.str_]
    vectors: NDArray[np.float16]


def save_embeddings(
    run_id: str, position: int, stage: str, ids: NDArray[Any], parts: Sequence[NDArray[np.floating]]
) -> Path:
    """Write the embeddings of a stage and delete those of other stages; whole or not at all.

    Args:
        ids: (N,) sample ids.  parts: arrays of D columns, N rows in total; rows are scaled to length 1.
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
    """Scale each row of (N, D) to length 1; values that are not a number become 0."""
    scaled = np.nan_to_num(vectors.astype(np.float32))
    return np.asarray(scaled / np.maximum(np.linalg.norm(scaled, axis=1, keepdims=True), 1e-12), np.float16)


def embeddings(run_id: str) -> Embeddings | None:
    """Return the newest readable embeddings of a run; None when there are none.

    The vectors are memory-mapped: they are read from disk as they are used.
    """
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
