"""Folds of groups equal scikit-learn's, so that a seed keeps giving the same splits."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.stratified import group_folds


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 60), st.integers(1, 5), st.integers(2, 8))
@pytest.mark.filterwarnings("ignore:The least populated class")
def test_folds_are_those_of_the_library(seed, n_groups, n_classes, k):
    from sklearn.model_selection import StratifiedGroupKFold

    rng = np.random.default_rng(seed)
    groups = np.concatenate([np.arange(n_groups), rng.integers(0, n_groups, 3 * n_groups)])
    classes = rng.integers(0, n_classes, len(groups))
    k = min(k, n_groups, int(np.bincount(classes).max()))
    expected = np.zeros(len(groups), dtype=np.int64)
    split = StratifiedGroupKFold(k, shuffle=True, random_state=seed).split(classes, classes, groups)
    for fold, (_, inside) in enumerate(split):
        expected[inside] = fold
    np.testing.assert_array_equal(group_folds(classes, groups, k, seed), expected)


def test_an_import_loads_none_of_the_large_libraries(data, tree):
    source = tree({f"{label}/{i}.png": 10 * place + i for place, label in enumerate("ab") for i in range(8)})
    code = (
        "import sys; from catalog.__main__ import main; "
        f"assert main(['import', 'folder', {str(source)!r}, '--name', 'x']) == 0; "
        "print(sorted({'sklearn', 'scipy', 'torch', 'cv2', 'pydicom', 'streamlit'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
