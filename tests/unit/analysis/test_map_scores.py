"""Scores of maps beside their baselines, against an example worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.map_scores import BASELINES, against_baselines

NAMES = ("gradcam", *BASELINES)


def scores(values: dict[str | None, tuple[float, ...]]) -> pd.DataFrame:
    rows = [
        (name, c, v, v - 0.05, v + 0.05, 10, *(of_class[0] - v + add for add in (0.0, -0.2, 0.2)))
        for c, of_class in values.items()
        for name, v in zip(NAMES, of_class, strict=True)
    ]
    columns = ["maps", "class_name", "value", "low", "high", "n", "gain", "gain_low", "gain_high"]
    return pd.DataFrame(rows, columns=columns)


def test_each_class_stands_beside_its_best_baseline() -> None:
    found = against_baselines(scores({None: (0.5, 0.4, 0.1, 0.2), "all": (0.3, 0.2, 0.6, 0.6), "x": (0.2, 0.2, 0, 0)}))
    assert [name if name == name else None for name in found["class_name"]] == [None, "all", "x"]
    assert found["baseline"].tolist() == ["centred Gaussian", "random map", "centred Gaussian"]
    np.testing.assert_allclose(found["gain"], [0.1, -0.3, 0.0])
    np.testing.assert_allclose(found["gain_low"], [-0.1, -0.5, -0.2])
    np.testing.assert_allclose(found["high"], [0.55, 0.35, 0.25])
    assert found["n"].tolist() == [10, 10, 10]


def test_what_is_undefined_stays_undefined() -> None:
    nan = float("nan")
    found = against_baselines(scores({None: (nan, 0.4, nan, nan), "x": (0.5, nan, nan, nan)}))
    assert found["gain"].isna().all()
    assert found["baseline"].tolist()[0] == "centred Gaussian" and pd.isna(found["baseline"].iloc[1])
    assert against_baselines(scores({}).astype({"value": float})).empty
