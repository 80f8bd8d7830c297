"""McNemar, DeLong and Holm against statsmodels, scikit-learn and their own definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score
from statsmodels.stats.contingency_tables import mcnemar as reference_mcnemar
from statsmodels.stats.multitest import multipletests

from analysis.significance import class_tests, delong, holm, mcnemar


def answers(both, only_a, only_b, neither):
    a = np.repeat([True, True, False, False], [both, only_a, only_b, neither])
    return a, np.repeat([True, False, True, False], [both, only_a, only_b, neither])


@given(st.integers(0, 40), st.integers(0, 60), st.integers(0, 60), st.integers(0, 9))
def test_mcnemar_is_that_of_statsmodels(both, only_a, only_b, neither):
    table = [[both, only_a], [only_b, neither]]
    found = mcnemar(*answers(both, only_a, only_b, neither), exact=True)
    assert (found.n, found.only_a, found.only_b) == (both + only_a + only_b + neither, only_a, only_b)
    assert found.p_value == pytest.approx(reference_mcnemar(table, exact=True).pvalue)
    if only_a != only_b:  # the correction would turn no difference into one
        expected = reference_mcnemar(table, exact=False, correction=True)
        found = mcnemar(*answers(both, only_a, only_b, neither), exact=False)
        assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))


def test_mcnemar_is_exact_while_few_samples_tell_the_runs_apart():
    assert mcnemar(*answers(9, 10, 14, 0)).exact and not mcnemar(*answers(9, 10, 15, 0)).exact
    assert mcnemar(*answers(5, 0, 0, 3)).p_value == 1 and mcnemar([], []).p_value == 1


def by_definition(true, a, b):
    """Structural components, pair by pair: DeLong et al. 1988, equations 4 to 6."""
    kernel = [[(p > q) + 0.5 * (p == q) for q in of[~true]] for of in (a, b) for p in of[true]]
    grids = np.array(kernel, dtype=float).reshape(2, true.sum(), -1)
    v10, v01 = grids.mean(axis=2), grids.mean(axis=1)
    covariance = np.cov(v10) / true.sum() + np.cov(v01) / (~true).sum()
    contrast = np.array([-1, 1])
    return v10.mean(axis=1), float(contrast @ covariance @ contrast)


@pytest.mark.parametrize("decimals", [1, 6])
def test_delong_is_its_definition_ties_included(decimals):
    rng = np.random.default_rng(3)
    true = rng.random(80) < 0.3
    a, b = (np.round(true * lift + rng.random(80), decimals) for lift in (0.2, 0.6))
    found = delong(true, a, b)
    areas, variance = by_definition(true, a, b)
    assert (found.auroc_a, found.auroc_b) == pytest.approx((roc_auc_score(true, a), roc_auc_score(true, b)))
    assert (found.auroc_a, found.auroc_b) == pytest.approx(tuple(areas))
    assert found.z == pytest.approx((areas[1] - areas[0]) / np.sqrt(variance))
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(found.z)))
    assert (found.high - found.low) / 2 == pytest.approx(1.959964 * np.sqrt(variance))
    assert (found.n_positive, found.n_negative) == (true.sum(), 80 - true.sum())


def test_delong_says_yes_to_equal_runs_in_one_of_twenty():
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(400):
        true = rng.random(60) < 0.5
        shared = true + rng.normal(size=60)
        hits += delong(true, shared + rng.normal(size=60), shared + rng.normal(size=60)).p_value < 0.05
    assert 0.02 < hits / 400 < 0.09


def test_delong_where_it_is_undefined_or_has_no_variance():
    assert np.isnan(delong([1, 1], [0.1, 0.2], [0.3, 0.4]).auroc_a)
    one = delong([1, 0, 0], [0.9, 0.1, 0.2], [0.1, 0.9, 0.2])
    assert one.difference == -1 and np.isnan(one.p_value)
    same = delong([1, 1, 0, 0], [0.9, 0.8, 0.1, 0.2], [0.9, 0.8, 0.1, 0.2])
    assert same.difference == 0 and same.p_value == 1


@given(st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1, max_size=12))
def test_holm_is_that_of_statsmodels_and_leaves_nan_out(p_values):
    expected = multipletests(p_values, method="holm")[1]
    np.testing.assert_allclose(holm(p_values), expected, atol=1e-12)
    np.testing.assert_allclose(holm([np.nan, *p_values]), [np.nan, *expected], atol=1e-12)


def test_bad_input_is_refused_with_a_sentence():
    with pytest.raises(ValueError, match="outside 0 to 1"):
        holm([0.2, 1.2])
    with pytest.raises(ValueError, match="Lengths differ"):
        mcnemar([True], [True, False])
    with pytest.raises(ValueError, match="scores hold NaN"):
        delong([1, 0], [0.1, np.nan], [0.1, 0.2])


def test_class_tests_are_the_single_ones_with_holm_over_the_classes():
    rng = np.random.default_rng(1)
    true = rng.random((90, 3)) < 0.4
    true[:, 2] = False
    a, b = (np.clip(true * lift + rng.random((90, 3)) * 0.6, 0, 1) for lift in (0.1, 0.4))
    frame = class_tests(true, a > 0.5, b > 0.5, a, b, ["ac", "afi", "none"])
    for c in range(2):
        assert frame["delong_p"][c] == pytest.approx(delong(true[:, c], a[:, c], b[:, c]).p_value)
        shared = mcnemar((a > 0.5)[:, c] == true[:, c], (b > 0.5)[:, c] == true[:, c])
        assert frame["mcnemar_p"][c] == pytest.approx(shared.p_value)
    np.testing.assert_allclose(frame["delong_holm"], holm(frame["delong_p"]))
    assert np.isnan(frame["auroc_difference"][2]) and frame["n"].tolist() == true.sum(axis=0).tolist()
