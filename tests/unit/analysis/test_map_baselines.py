"""Scores of maps beside their baselines, against an example worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.confidence_intervals import mean_intervals
from analysis.map_baselines import BASELINES, Standing, compare_with_baselines, judge_gains

NAMES = ("gradcam", *BASELINES)


def scores(values: dict[str | None, tuple[float, ...]]) -> pd.DataFrame:
    rows = [
        (name, c, v, v - 0.05, v + 0.05, 10, 10, *(of_class[0] - v + add for add in (0.0, -0.2, 0.2)))
        for c, of_class in values.items()
        for name, v in zip(NAMES, of_class, strict=True)
    ]
    columns = ["maps", "class_name", "value", "low", "high", "n", "n_groups", "gain", "gain_low", "gain_high"]
    return pd.DataFrame(rows, columns=columns)


def test_each_class_stands_beside_its_best_baseline() -> None:
    found = compare_with_baselines(
        scores({None: (0.5, 0.4, 0.1, 0.2), "all": (0.3, 0.2, 0.6, 0.6), "x": (0.2, 0.2, 0, 0)})
    )
    assert [name if name == name else None for name in found["class_name"]] == [None, "all", "x"]
    assert found["baseline"].tolist() == ["centred Gaussian", "random map", "centred Gaussian"]
    np.testing.assert_allclose(found["gain"], [0.1, -0.3, 0.0])
    np.testing.assert_allclose(found["gain_low"], [-0.1, -0.5, -0.2])
    np.testing.assert_allclose(found["high"], [0.55, 0.35, 0.25])
    assert found["n"].tolist() == [10, 10, 10]


def test_what_is_undefined_stays_undefined() -> None:
    nan = float("nan")
    found = compare_with_baselines(scores({None: (nan, 0.4, nan, nan), "x": (0.5, nan, nan, nan)}))
    assert found["gain"].isna().all()
    assert found["baseline"].tolist()[0] == "centred Gaussian" and pd.isna(found["baseline"].iloc[1])
    assert compare_with_baselines(scores({}).astype({"value": float})).empty


def gains(**columns: object) -> pd.DataFrame:
    row = {"gain": 0.3, "gain_low": 0.2, "gain_high": 0.4, "n": 60, "n_groups": 50, "n_telling": 50}
    return pd.DataFrame({name: np.atleast_1d(np.asarray(value)) for name, value in (row | columns).items()})


@pytest.mark.parametrize(
    ("columns", "standing"),
    [
        ({}, Standing.ABOVE),
        ({"gain": -0.24, "gain_low": -0.34, "gain_high": -0.14}, Standing.BELOW),
        ({"gain_low": 0.01, "gain_high": 0.59}, Standing.UNSHOWN),
        ({"n": 4, "n_groups": 4}, Standing.FEW),
        ({"n": 40, "n_groups": 5}, Standing.FEW),
        ({"n_telling": 5}, Standing.UNSHOWN),
        ({"n_telling": np.nan}, Standing.ABOVE),
        ({"gain": np.nan, "gain_low": np.nan, "gain_high": np.nan}, Standing.UNSHOWN),
        ({"gain": 1.0, "gain_low": 1.0, "gain_high": 1.0}, Standing.ABOVE),
        ({"gain": -1.0, "gain_low": -1.0, "gain_high": -1.0, "n_groups": 6, "n_telling": 6}, Standing.BELOW),
    ],
)
def test_where_the_maps_stand_follows_from_the_interval_and_from_how_many_patients_it_has(columns, standing) -> None:
    assert judge_gains(gains(**columns))["standing"].tolist() == [standing]


def test_the_more_a_page_may_say_the_wider_are_its_intervals() -> None:
    columns = {"gain_low": 0.05, "gain_high": 0.55}
    assert judge_gains(gains(**columns))["standing"].tolist() == [Standing.ABOVE]
    nine = pd.concat([gains(**columns)] * 9, ignore_index=True)
    assert set(judge_gains(nine)["standing"]) == {Standing.UNSHOWN}
    agreed = pd.concat([gains(gain=1.0, gain_low=1.0, gain_high=1.0, n_telling=6)] * 9, ignore_index=True)
    assert set(judge_gains(agreed)["standing"]) == {Standing.UNSHOWN}, "six of six may be chance, nine times looked"


def claims(rng: np.random.Generator, patients: int, share: float, shift: float = 0.0) -> list[str]:
    """Judge a method against three baselines by two scores: a hit or not, where `share` of pictures may differ."""
    groups = np.repeat(np.arange(patients), 3)
    own, *others = (rng.random((len(groups), 2)) < 0.5 for _ in range(4))
    alike = np.repeat(rng.random((4, patients)), 3, axis=1) > share
    rivals = [np.where(same[:, None], own, other) for same, other in zip(alike, others, strict=False)]
    difference = np.concatenate([own.astype(float) - rival for rival in rivals], axis=1) + shift
    found = mean_intervals(difference, groups, n_bootstrap=400, seed=int(rng.integers(1e6)))
    found = found.rename(columns={"value": "gain", "low": "gain_low", "high": "gain_high"})
    return judge_gains(found)["standing"].tolist()


@pytest.mark.parametrize(("patients", "share"), [(12, 1.0), (40, 1.0), (40, 0.15)])
def test_sentences_about_maps_that_are_no_better_are_false_in_at_most_one_of_twenty(patients, share) -> None:
    rng = np.random.default_rng(0)
    shown = {Standing.ABOVE, Standing.BELOW}
    wrong = sum(bool(shown & set(claims(rng, patients, share))) for _ in range(150))
    assert wrong / 150 <= 0.08
    assert set(claims(rng, 60, 1.0, shift=0.4)) == {Standing.ABOVE}, "and what differs is seen"
