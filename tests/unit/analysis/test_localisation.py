"""Scores of maps against boxes, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.localisation import centred_gaussian, energy_inside, pointing_game, region

MAPS = np.array([[[0, 1], [2, 5]], [[4, 0], [0, 4]], [[0, 0], [0, 0]], [[1, 1], [1, 1]]], float)
REGIONS = np.array([[[0, 0], [1, 1]], [[0, 0], [0, 1]], [[1, 1], [1, 1]], [[0, 0], [0, 0]]], bool)


def test_scores_by_hand_and_undefined_stays_undefined() -> None:
    np.testing.assert_array_equal(pointing_game(MAPS, REGIONS), [1, 0, np.nan, np.nan])
    np.testing.assert_allclose(energy_inside(MAPS, REGIONS), [7 / 8, 1 / 2, np.nan, np.nan])
    assert pointing_game(np.empty((0, 2, 2)), np.empty((0, 2, 2))).shape == (0,)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_inside_and_outside_share_the_energy_and_the_scale_of_a_map_is_nothing(h: int, w: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    maps, regions = rng.random((3, h, w)) + 0.01, rng.random((3, h, w)) < 0.5
    inside, outside = energy_inside(maps, regions), energy_inside(maps, ~regions)
    both = ~np.isnan(inside) & ~np.isnan(outside)
    np.testing.assert_allclose((inside + outside)[both], 1)
    np.testing.assert_allclose(energy_inside(7 * maps, regions), inside)
    np.testing.assert_array_equal(pointing_game(7 * maps, regions), pointing_game(maps, regions))


def test_the_gaussian_is_highest_in_the_middle_and_the_same_both_ways() -> None:
    guess = centred_gaussian(5, 9)
    assert np.unravel_index(guess.argmax(), guess.shape) == (2, 4)
    assert guess.max() == 1
    np.testing.assert_allclose(guess, guess[::-1, ::-1])
    assert guess[0, 4] == pytest.approx(np.exp(-(0.4**2) / (2 * 0.25**2)))


def test_bad_input_is_said() -> None:
    with pytest.raises(ValueError, match=r"maps have shape \(1, 2, 2\) and regions \(1, 2, 3\)"):
        pointing_game(np.ones((1, 2, 2)), np.ones((1, 2, 3)))
    with pytest.raises(ValueError, match="negative or undefined"):
        energy_inside(-MAPS, REGIONS)


def test_a_region_is_the_boxes_in_the_picture_as_it_is_fitted_into_a_square() -> None:
    wide = region([{"x": 0, "y": 0, "w": 4, "h": 2}], width=8, height=4, size=4)
    assert wide.astype(int).tolist() == [[0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    tall = region([{"x": 0, "y": 6, "w": 2, "h": 2}, {"x": 3, "y": 0, "w": 9, "h": 1}], width=4, height=8, size=8)
    assert tall.sum() == 4 + 3 and tall[6:8, 2:4].all() and tall[0, 5:8].all()
    assert not region([], 4, 4, 4).any()
