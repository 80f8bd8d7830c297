"""Splits keep patients together in any dataset."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog import CatalogError, Shares
from catalog.splits import folds, split_by_patient


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


GROUPS = st.lists(
    st.tuples(st.integers(1, 4), st.sets(st.sampled_from("abcd"), min_size=1, max_size=2)), min_size=3, max_size=25
)


def of_groups(patients) -> pd.DataFrame:
    """Make one row per image of each patient; all images of a patient have the same labels."""
    rows = [(f"P{p}", sorted(labels)) for p, (count, labels) in enumerate(patients) for _ in range(count)]
    frame = pd.DataFrame(rows, columns=["patient", "labels"])
    names = [f"{i:03d}" for i in range(len(frame))]
    return frame.assign(key=names, sha256=names, label=frame["labels"].str[0])


@given(patients=GROUPS, seed=st.integers(0, 3), order=st.randoms(), k=st.integers(2, 5))
@settings(max_examples=60, deadline=None)
def test_folds_keep_patients_whatever_the_order(patients, seed, order, k):
    frame = of_groups(patients)
    shuffled = list(range(len(frame)))
    order.shuffle(shuffled)
    if len(patients) < k:
        with pytest.raises(CatalogError, match=f"{len(patients)} patients cannot make {k} folds"):
            folds(frame, k, seed)
        return
    fold = folds(frame, k, seed)
    pd.testing.assert_series_equal(fold, folds(frame.iloc[shuffled], k, seed).sort_index())
    assert fold.groupby(frame["patient"]).nunique().max() == 1
    assert set(fold) == set(range(k))


@given(patients=GROUPS, seed=st.integers(0, 3), k=st.integers(2, 4))
@settings(max_examples=60, deadline=None)
def test_a_class_of_enough_patients_is_everywhere(patients, seed, k):
    """Each patient has one class, so it is always possible."""
    frame = of_groups([(count, {min(labels)}) for count, labels in patients])
    split = split_by_patient(frame, Shares(), seed)
    for label, n_patients in frame.groupby("label")["patient"].nunique().items():
        if len(patients) >= frame["label"].nunique() + 2:
            assert "train" in set(split[frame["label"] == label])
        if n_patients >= 3:
            assert set(split[frame["label"] == label]) == {"train", "val", "test"}
        if len(patients) >= k and n_patients >= k:
            assert set(folds(frame, k, seed)[frame["label"] == label]) == set(range(k))


@pytest.mark.parametrize(
    "cut", [lambda frame: split_by_patient(frame, Shares(0.2, 0.2), 0), lambda frame: folds(frame, 5, 0)]
)
def test_label_sets_are_spread_alike(cut):
    """Pairs of labels are spread too, which the first label alone does not show."""
    rng = np.random.default_rng(0)
    frame = table(900, 3)
    frame["labels"] = [[label, "d"] if rng.random() < 0.2 else [label] for label in frame["label"]]
    shares = pd.crosstab(frame["labels"].map("".join), cut(frame), normalize="columns")
    assert np.abs(shares.sub(shares.mean(axis=1), axis=0)).to_numpy().max() < 0.03


def test_a_rare_label_set_does_not_hide_its_rare_class():
    """Class d has 20 patients, each with another second class: as sets they could not be spread."""
    frame = table(500, 1)
    frame["labels"] = [[f"with {i % 20}", "d"] if i < 20 else [f"with {i % 20}"] for i in range(500)]
    for seed in range(5):
        of_d = folds(frame, 5, seed)[:20].value_counts().reindex(range(5), fill_value=0)
        assert of_d.min() >= 3 and of_d.max() <= 5


def test_near_duplicates_stay_together_unless_they_are_all_there_is():
    frame = table(60, 1)
    rng = np.random.default_rng(0)
    prints = [rng.bytes(32) for _ in range(30)]
    frame["fingerprint"] = [None if i % 30 == 7 else prints[i % 30] for i in range(60)]
    for cut in (split_by_patient(frame, Shares(), 0), folds(frame, 4, 0)):
        pairs = [(i, i + 30) for i in range(30) if i != 7]
        assert all(cut[one] == cut[other] for one, other in pairs)
    frame["fingerprint"] = prints[0]
    assert set(split_by_patient(frame, Shares(), 0)) == {"train", "val", "test"}


def test_folds_are_two_at_least():
    with pytest.raises(CatalogError, match="1 folds are asked for; there must be 2 or more"):
        folds(table(10, 1), 1, 0)


def test_another_seed_is_another_split():
    frame = table(300, 3)
    assert (split_by_patient(frame, Shares(), 0) != split_by_patient(frame, Shares(), 1)).any()


def test_index_is_kept():
    frame = table(40, 2).set_axis([f"row {i}" for i in range(40)])
    assert list(split_by_patient(frame, Shares(), 0).index) == list(frame.index)


def test_too_few_patients_is_a_sentence():
    with pytest.raises(
        CatalogError, match="2 patients cannot be split in 3, as none may be in two of them; add images of other"
    ):
        split_by_patient(table(10, 5), Shares(), 0)
    assert set(split_by_patient(table(10, 5), Shares(0.0, 0.5), 0)) == {"train", "test"}


@pytest.mark.parametrize("val, test", [(-0.1, 0.2), (0.2, 1.0), (0.5, 0.5), (float("nan"), 0.1)])
def test_bad_shares_are_refused(val, test):
    with pytest.raises(CatalogError, match=r"[sS]hare"):
        Shares(val, test)
