"""Find near-duplicate images: perceptual hashes, and the pairs of them that are close."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SIDE = 16  # cosines kept each way: 256 bits. With the usual 64, pictures of one anatomy already collide by chance
NEAR = 40  # bits of 256. Unrelated real scans come no closer than 86, simulated ones than 42; see benchmarks/checks.md
FLAT = 2.0  # standard deviation in grey levels below which an image is nearly uniform, and so has no hash
_BLOCK = 1024  # hashes compared with as many others at once: 4 MB for any number of images
# The lowest cosines of twice as many half steps: row k is frequency k.
_COSINES = np.cos(np.pi / (8 * _SIDE) * np.outer(np.arange(_SIDE), np.arange(1, 8 * _SIDE, 2)))


def fingerprint(picture: Image.Image) -> bytes | None:
    """Return the perceptual hash of an image, 32 bytes; None if it is nearly uniform.

    The hash hardly changes with size, brightness, contrast, compression or small marks; it does with a flip or a
    rotation. Source: pHash as in the library ImageHash, bit for bit: signs of the lowest 16 x 16 cosines (DCT-II) of 64
    x 64 pixels about their median. Computed as a matrix product, because scipy takes a third of a second to load.
    """
    grey = picture.convert("L")
    if float(np.asarray(grey).std()) < FLAT:
        return None
    pixels = np.asarray(grey.resize((4 * _SIDE, 4 * _SIDE), Image.Resampling.LANCZOS), np.float64)
    lowest = _COSINES @ pixels @ _COSINES.T
    return np.packbits(lowest > np.median(lowest)).tobytes()


def near_pairs(fingerprints: Sequence[bytes | None], near: int = NEAR) -> NDArray[np.int64]:
    """Find pairs of images whose hashes differ in at most `near` of 256 bits.

    Matrix products of +1/-1 in blocks, so that memory does not grow with the number of pairs: all 77 million pairs of
    12,400 images take seconds.

    Returns:
        (P, 2) positions, first below second, ordered by the first, then by the second.
    """
    rows = np.array([i for i, one in enumerate(fingerprints) if one is not None], dtype=np.int64)
    if len(rows) < 2:
        return np.empty((0, 2), dtype=np.int64)
    packed = np.frombuffer(b"".join(one for one in fingerprints if one is not None), dtype=np.uint8)
    packed = packed.reshape(len(rows), -1)
    blocks = []
    for top in range(0, len(rows), _BLOCK):
        signs = _signs(packed[top : top + _BLOCK])
        for left in range(top, len(rows), _BLOCK):
            agreement = signs @ _signs(packed[left : left + _BLOCK]).T  # 256 - 2 x distance
            one, other = np.nonzero(agreement >= signs.shape[1] - 2 * near)
            pairs = np.stack([one + top, other + left], axis=1)
            blocks.append(pairs[pairs[:, 0] < pairs[:, 1]])
    together = np.concatenate(blocks)
    return rows[together[np.lexsort((together[:, 1], together[:, 0]))]]


def _signs(packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Unpack (N, 32) bytes into (N, 256) values of +1 and -1."""
    return np.unpackbits(packed, axis=1).astype(np.float32) * 2 - 1


def linked(n: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Assign each of n nodes the number of its connected component.

    Components are numbered from 0 by their first node. Each node takes the lowest number among its neighbours, then
    that one's, until nothing changes: few rounds even for long chains, and scipy need not be loaded.

    Args:
        n: number of nodes.
        pairs: (P, 2) nodes that are connected.
    Returns:
        (n,) component of each node.
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
