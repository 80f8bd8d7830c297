"""Images that look alike are found, others are not, and no pair is missed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance

from catalog.near_duplicates import fingerprint, linked, near_pairs


def scene(seed: int) -> Image.Image:
    """Soft blobs, as different from those of another seed as two photographs are."""
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 9), dtype=np.uint8)
    return Image.fromarray(coarse).resize((160, 120), Image.Resampling.BICUBIC)


def marked(picture: Image.Image) -> Image.Image:
    ImageDraw.Draw(picture).text((5, 5), "GA 20w", fill=255)
    return picture


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: picture.resize((90, 64)),
        lambda picture: ImageEnhance.Brightness(picture).enhance(0.6),
        lambda picture: picture.convert("RGB"),
        marked,
    ],
)
def test_a_changed_copy_is_near_and_another_picture_is_not(change):
    prints = [fingerprint(scene(seed)) for seed in range(40)] + [fingerprint(change(scene(7)))]
    assert near_pairs(prints).tolist() == [[7, 40]]


def test_a_flat_picture_is_like_nothing():
    flat = fingerprint(Image.new("L", (30, 30), 90))
    assert flat is None
    assert near_pairs([flat, flat, fingerprint(scene(0))]).tolist() == []
    assert near_pairs([]).tolist() == []


@given(st.lists(st.one_of(st.none(), st.integers(0, 2**12 - 1)), max_size=40), st.integers(0, 6))
@settings(max_examples=50, deadline=None)
def test_pairs_are_those_of_a_nested_loop(bits, near):
    prints = [None if value is None else value.to_bytes(32, "big") for value in bits]
    wanted = [
        [i, j]
        for i, one in enumerate(bits)
        for j, other in enumerate(bits[i + 1 :], i + 1)
        if one is not None and other is not None and (one ^ other).bit_count() <= near
    ]
    assert sorted(near_pairs(prints, near).tolist()) == wanted


def test_pairs_across_blocks():
    rng = np.random.default_rng(0)
    prints = [rng.bytes(32) for _ in range(1300)]
    prints[1290] = prints[3]
    prints[700] = prints[1100]
    prints[500] = prints[600]
    assert near_pairs(prints).tolist() == [[3, 1290], [500, 600], [700, 1100]]


def test_linked_over_steps():
    sets = linked(6, np.array([[0, 2], [2, 5], [3, 4]]))
    assert sets[0] == sets[2] == sets[5] != sets[3] == sets[4] != sets[1]
    assert len(set(linked(3, np.empty((0, 2), dtype=np.int64)).tolist())) == 3


def test_the_hash_is_that_of_the_library_bit_for_bit():
    imagehash = pytest.importorskip("imagehash")
    for seed in range(20):
        picture = scene(seed).convert("RGB" if seed % 2 else "L")
        expected = imagehash.phash(picture.convert("L"), hash_size=16).hash
        assert fingerprint(picture) == np.packbits(expected).tobytes()


@given(st.integers(1, 40), st.data())
def test_sets_are_the_connected_components(n, data):
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    number = st.integers(0, n - 1)
    pairs = np.array(data.draw(st.lists(st.tuples(number, number), max_size=60)), np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    np.testing.assert_array_equal(linked(n, pairs), connected_components(graph, directed=False)[1])
