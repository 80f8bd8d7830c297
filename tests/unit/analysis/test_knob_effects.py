"""Effects of knobs are recovered from a grid, and rarely claimed where there are none."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from analysis.knob_effects import knob_effects

CELLS = [
    {"hard": hard, "toss": toss, "mark_bias": bias, "label_noise": noise}
    for hard, toss, bias, noise in product((0.1, 0.4), (0.0, 0.1), (None, 0.95), (0.0, 0.1))
]


def test_an_effect_is_the_mean_change_with_the_other_knobs_held():
    gains = np.array([0.01 + 0.03 * (cell["mark_bias"] is not None) - 0.02 * (cell["hard"] == 0.4) for cell in CELLS])
    rows = knob_effects(CELLS, gains).set_index("knob")
    assert rows.loc["mark_bias", ["start", "end"]].tolist() == [None, 0.95]
    assert rows["effect"].to_dict() == pytest.approx({"hard": -0.02, "toss": 0, "mark_bias": 0.03, "label_noise": 0})
    assert (rows["n_cells"] == 16).all()


def test_a_cell_without_runs_is_left_out_and_does_not_bend_the_effects_of_the_others():
    gains = np.array([0.03 * (cell["mark_bias"] is not None) for cell in CELLS])
    gains[[0, 7]] = np.nan
    rows = knob_effects(CELLS, gains).set_index("knob")
    assert rows.loc["mark_bias", "effect"] == pytest.approx(0.03) and (rows["n_cells"] == 14).all()


def test_too_few_cells_have_no_interval_and_cells_that_tell_nothing_apart_no_row():
    assert knob_effects([], np.empty(0)).empty
    assert knob_effects(CELLS, np.full(16, np.nan)).empty
    pair = [{"noise": 0.0}, {"noise": 0.1}]
    alone = knob_effects(pair, np.array([0.0, 0.02]))
    assert alone["effect"].tolist() == pytest.approx([0.02]) and alone["effect_low"].isna().all()
    mixed = [{"hard": 0.1, "noise": 0.0}, {"hard": 0.4, "noise": 0.1}] * 4
    assert knob_effects(mixed, np.arange(8.0)).empty


def test_where_no_knob_matters_one_map_in_twenty_claims_any():
    rng = np.random.default_rng(0)
    maps = [knob_effects(CELLS, 0.01 + 0.02 * rng.normal() + 0.01 * rng.normal(size=16)) for _ in range(2000)]
    claimed = [((rows["effect_low"] > 0) | (rows["effect_high"] < 0)).any() for rows in maps]
    assert 0.03 < np.mean(claimed) < 0.065


def test_a_knob_of_three_values_has_an_effect_for_each_change_from_its_first():
    cells = [{"noise": noise, "seed": seed} for noise in (0.0, 0.03, 0.1) for seed in (1, 2, 3)]
    gains = np.repeat([0.0, 0.01, 0.05], 3)
    rows = knob_effects(cells, gains)
    noise = rows[rows["knob"] == "noise"]
    assert noise[["start", "end"]].to_numpy().tolist() == [[0.0, 0.03], [0.0, 0.1]]
    assert noise["effect"].tolist() == pytest.approx([0.01, 0.05])
