"""Which pictures are nearly the same: perceptual hashes, and the pairs among them that are close."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SIDE = 16  # cosines kept each way: 256 bits. With the usual 64, pictures of one anatomy already collide by chance
NEAR = 40  # bits of 256. Unrelated real scans come no closer than 86, simulated ones than 42; see benchmarks/checks.md
FLAT = 2.0  # grey levels of standard deviation below which a picture shows nothing, and is like any other such
_BLOCK = 512  # rows compared at once: 25 MB against 12,400


def fingerprint(picture: Image.Image) -> bytes | None:
    """The perceptual hash of a picture, 32 bytes; None for one that is nearly the same grey all over.

    It hardly changes with size, brightness, contrast, compression or small marks; it does with a flip or a turn.
    Source: pHash as in the library imagehash: signs of the lowest 16 x 16 cosines about their median.
    """
    import imagehash  # with scipy it takes half a second; the dashboard never needs it

    grey = picture.convert("L")
    if float(np.asarray(grey).std()) < FLAT:
        return None
    return np.packbits(imagehash.phash(grey, hash_size=_SIDE).hash).tobytes()


def near_pairs(fingerprints: Sequence[bytes | None], near: int = NEAR) -> NDArray[np.int64]:
    """(P, 2) positions, first below second, of pictures whose hashes differ in at most `near` of 256 bits.

    Matrix products of +1/-1 in blocks: all 77 million pairs of 12,400 pictures in seconds.
    """
    rows = np.array([i for i, one in enumerate(fingerprints) if one is not None], dtype=np.int64)
    if len(rows) < 2:
        return np.empty((0, 2), dtype=np.int64)
    packed = np.frombuffer(b"".join(one for one in fingerprints if one is not None), dtype=np.uint8)
    signs = np.unpackbits(packed.reshape(len(rows), -1), axis=1).astype(np.float32) * 2 - 1  # (N, 256)
    found = []
    for start in range(0, len(rows), _BLOCK):
        agreement = signs[start : start + _BLOCK] @ signs[start:].T  # 256 - 2 x distance
        one, other = np.nonzero(agreement >= signs.shape[1] - 2 * near)
        found.append(np.stack([one, other], axis=1)[one < other] + start)
    return rows[np.concatenate(found)]


def linked(n: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) number of the set that each of n things is in, where `pairs` (P, 2) belong together, over any steps."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)
