"""Splits keep patients together, whatever comes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog import CatalogError, Shares
from catalog.splits import split_by_patient


def table(n: int, per_patient: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "key": [f"{i:05d}.png" for i in range(n)],
            "sha256": [f"{i:064d}" for i in range(n)],
            "patient": [f"P{i // per_patient}" for i in range(n)],
            "label": rng.choice(list("abc"), n, p=[0.6, 0.3, 0.1]),
        }
    )


@given(
    patients=st.lists(st.tuples(st.integers(1, 5), st.integers(0, 3)), min_size=3, max_size=25),
    twins=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), max_size=3),
    shares=st.sampled_from([Shares(), Shares(0.2, 0.2), Shares(0.0, 0.3), Shares(0.1, 0.0), Shares(0.4, 0.5)]),
    seed=st.integers(0, 3),
    order=st.randoms(),
)
@settings(max_examples=60, deadline=None)
def test_nobody_straddles_and_order_does_not_matter(patients, twins, shares, seed, order):
    rows = [(p, "abcd"[(label + i) % 4]) for p, (count, label) in enumerate(patients) for i in range(count)]
    frame = pd.DataFrame(rows, columns=["patient", "label"])
    frame["key"] = [f"{i}.png" for i in range(len(frame))]
    frame["sha256"] = frame["key"]
    for one, other in twins:
        frame.loc[other % len(frame), "sha256"] = frame.loc[one % len(frame), "sha256"]
    shuffled = list(range(len(frame)))
    order.shuffle(shuffled)
    try:
        split = split_by_patient(frame, shares, seed)
    except CatalogError as error:
        assert twins and "cannot be split in" in str(error)  # the same bytes tied too many patients together
        return
    again = split_by_patient(frame.iloc[shuffled], shares, seed)
    pd.testing.assert_series_equal(split, again.sort_index())
    assert split.groupby(frame["patient"]).nunique().max() == 1
    assert split.groupby(frame["sha256"]).nunique().max() == 1
    wanted = {"train"} | ({"val"} if shares.val else set()) | ({"test"} if shares.test else set())
    assert set(split) == wanted


@pytest.mark.parametrize("per_patient", [1, 4])
@pytest.mark.parametrize("shares", [Shares(), Shares(0.1, 0.1), Shares(0.15, 0.3)])
def test_shares_are_met_in_every_class(per_patient, shares):
    frame = table(600, per_patient)
    split = split_by_patient(frame, shares, 0)
    met = pd.crosstab(frame["label"], split, normalize="index")
    assert np.abs(met["test"] - shares.test).max() < 0.06 and np.abs(met["val"] - shares.val).max() < 0.06


def test_another_seed_is_another_split():
    frame = table(300, 3)
    assert (split_by_patient(frame, Shares(), 0) != split_by_patient(frame, Shares(), 1)).any()


def test_index_is_kept():
    frame = table(40, 2).set_axis([f"row {i}" for i in range(40)])
    assert list(split_by_patient(frame, Shares(), 0).index) == list(frame.index)


def test_too_few_patients_is_a_sentence():
    with pytest.raises(CatalogError, match="2 patients cannot be split in 3; add images of other patients"):
        split_by_patient(table(10, 5), Shares(), 0)
    assert set(split_by_patient(table(10, 5), Shares(0.0, 0.5), 0)) == {"train", "test"}


@pytest.mark.parametrize("val, test", [(-0.1, 0.2), (0.2, 1.0), (0.5, 0.5), (float("nan"), 0.1)])
def test_bad_shares_are_refused(val, test):
    with pytest.raises(CatalogError, match=r"[sS]hare"):
        Shares(val, test)
