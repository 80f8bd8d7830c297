"""Which pictures are nearly the same: perceptual hashes, and the pairs among them that are close."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SIDE = 16  # cosines kept each way: 256 bits. With the usual 64, pictures of one anatomy already collide by chance
NEAR = 40  # bits of 256. Unrelated real scans come no closer than 86, simulated ones than 42; see benchmarks/checks.md
FLAT = 2.0  # grey levels of standard deviation below which a picture shows nothing, and is like any other such
_BLOCK = 1024  # hashes compared with as many at once: 4 MB, however many there are
# The lowest cosines of twice as many half steps: row k is frequency k.
_COSINES = np.cos(np.pi / (8 * _SIDE) * np.outer(np.arange(_SIDE), np.arange(1, 8 * _SIDE, 2)))


def fingerprint(picture: Image.Image) -> bytes | None:
    """The perceptual hash of a picture, 32 bytes; None for one that is nearly the same grey all over.

    It hardly changes with size, brightness, contrast, compression or small marks; it does with a flip or a turn.
    Source: pHash as in the library ImageHash, bit for bit: signs of the lowest 16 x 16 cosines (DCT-II) of 64 x 64
    pixels about their median. As a product of matrices it needs no scipy, which takes a third of a second to load.
    """
    grey = picture.convert("L")
    if float(np.asarray(grey).std()) < FLAT:
        return None
    pixels = np.asarray(grey.resize((4 * _SIDE, 4 * _SIDE), Image.Resampling.LANCZOS), np.float64)
    lowest = _COSINES @ pixels @ _COSINES.T
    return np.packbits(lowest > np.median(lowest)).tobytes()


def near_pairs(fingerprints: Sequence[bytes | None], near: int = NEAR) -> NDArray[np.int64]:
    """(P, 2) positions, first below second, of pictures whose hashes differ in at most `near` of 256 bits.

    Ordered by the first, then by the second. Matrix products of +1/-1 in blocks, so that memory does not grow with the
    pairs looked at: all 77 million of 12,400 pictures in seconds.
    """
    rows = np.array([i for i, one in enumerate(fingerprints) if one is not None], dtype=np.int64)
    if len(rows) < 2:
        return np.empty((0, 2), dtype=np.int64)
    packed = np.frombuffer(b"".join(one for one in fingerprints if one is not None), dtype=np.uint8)
    packed = packed.reshape(len(rows), -1)
    found = []
    for top in range(0, len(rows), _BLOCK):
        signs = _signs(packed[top : top + _BLOCK])
        for left in range(top, len(rows), _BLOCK):
            agreement = signs @ _signs(packed[left : left + _BLOCK]).T  # 256 - 2 x distance
            one, other = np.nonzero(agreement >= signs.shape[1] - 2 * near)
            pairs = np.stack([one + top, other + left], axis=1)
            found.append(pairs[pairs[:, 0] < pairs[:, 1]])
    together = np.concatenate(found)
    return rows[together[np.lexsort((together[:, 1], together[:, 0]))]]


def _signs(packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N, 256) +1 and -1 for the bits of (N, 32) bytes."""
    return np.unpackbits(packed, axis=1).astype(np.float32) * 2 - 1


def linked(n: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) number of the set that each of n things is in, where `pairs` (P, 2) belong together, over any steps.

    Sets are numbered from 0 by their first thing. Each takes the lowest number among its neighbours, then that one's,
    until none changes: few rounds even for long chains, and no scipy to load.
    """
    lowest = np.arange(n)
    if len(pairs):
        one, other = pairs[:, 0], pairs[:, 1]
        while True:
            before, least = lowest, np.minimum(lowest[one], lowest[other])
            lowest = before.copy()
            for side in (one, other):
                np.minimum.at(lowest, side, least)
                np.minimum.at(lowest, before[side], least)
            lowest = lowest[lowest]
            if (lowest == before).all():
                break
    return np.asarray(np.unique(lowest, return_inverse=True)[1], dtype=np.int64)
