"""Maps put together, against examples worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.mean_maps import contrast, mean_map


def test_contrast_is_what_the_true_class_has_more() -> None:
    found = contrast([[1.0, 0.5], [0.0, 0.2]], [[0.25, 0.5], [1.0, 0.2]])
    np.testing.assert_allclose(found, [[0.75, 0.0], [-1.0, 0.0]])
    with pytest.raises(ValueError, match="both must be the same"):
        contrast([[1.0]], [[1.0, 0.0]])


def test_in_a_mean_every_map_counts_as_much() -> None:
    broad, narrow = np.ones((2, 2)), np.array([[1.0, 0.0], [0.0, 0.0]])
    found = mean_map([broad, narrow, np.zeros((2, 2))])
    assert found is not None
    mean, n = found
    assert n == 2  # that of the empty map is not
    # Shares: 1/4 each, and 1 in the corner; their mean 5/8 and 1/8, scaled to a peak of 1.
    np.testing.assert_allclose(mean, [[1.0, 0.2], [0.2, 0.2]])


def test_there_is_no_mean_of_empty_maps() -> None:
    assert mean_map([]) is None
    assert mean_map([np.zeros((2, 2))]) is None
