"""Nearest neighbours against scikit-learn, and the edges."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from analysis.nearest_neighbours import find_nearest


def test_they_equal_scikit_learn_among_those_allowed():
    rng = np.random.default_rng(0)
    vectors, among = rng.normal(size=(60, 5)), rng.random(60) < 0.5
    for at in range(60):
        allowed = np.flatnonzero(among & (np.arange(60) != at))
        distance, place = (
            NearestNeighbors(n_neighbors=4, metric="cosine").fit(vectors[allowed]).kneighbors(vectors[[at]])
        )
        found = find_nearest(vectors, at, among, 4)
        assert found["at"].tolist() == allowed[place[0]].tolist()
        np.testing.assert_allclose(found["similarity"], 1 - distance[0], atol=1e-6)


def test_fewer_than_asked_none_and_the_null_vector():
    vectors = np.array([[1.0, 0], [2, 0], [0, 0], [-1, 0]], np.float16)
    found = find_nearest(vectors, 0, [True] * 4, 9)
    assert found["at"].tolist() == [1, 2, 3] and found["similarity"].tolist() == [1, 0, -1]
    assert find_nearest(vectors, 0, [True, False, False, False], 3).empty
    with pytest.raises(ValueError, match="at least one"):
        find_nearest(vectors, 0, [True] * 4, 0)
