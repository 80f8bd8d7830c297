"""What became of samples between stages, worked out by hand and against a loop."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.outcomes import OUTCOMES, outcomes
from analysis.trajectories import (
    fixed_before,
    flow_counts,
    flow_links,
    pool_sizes,
    samples_on_link,
    states,
    transitions,
)

STAGES = [(0, 0, "full"), (1, 1, "hard_negative"), (2, 1, "refined"), (3, 2, "hard_negative")]
NAMES = {
    (False, True): "fixed",
    (False, False): "still_wrong",
    (True, False): "newly_wrong",
    (True, True): "still_right",
}


def history(answers):
    """answers: {sample_id: [right at stage 0, 1, ...]}; None where the stage is missing."""
    rows = [
        {"sample_id": sample, "position": p, "round": r, "stage": s, "correct": right}
        for sample, said in answers.items()
        for (p, r, s), right in zip(STAGES, said, strict=False)
        if right is not None
    ]
    columns = ["sample_id", "position", "round", "stage", "correct"]
    return pd.DataFrame(rows, columns=columns).astype({"correct": bool, "position": int, "round": int})


def test_every_outcome():
    moved = transitions(history({"a": [0, 1], "b": [0, 0], "c": [1, 0], "d": [1, 1]}))
    assert moved["outcome"].tolist() == ["fixed", "still_wrong", "newly_wrong", "still_right"]
    assert moved["sample_id"].tolist() == list("abcd")
    last = moved.iloc[0]
    assert (last["from_position"], last["position"], last["round"], last["stage"]) == (0, 1, 1, "hard_negative")


def test_a_missing_stage_is_not_bridged():
    moved = transitions(history({"a": [0, None, 1, 1], "b": [1, 1, 1, 1]}))
    assert moved[moved["sample_id"] == "a"][["from_position", "position", "outcome"]].to_numpy().tolist() == [
        [2, 3, "still_right"]
    ]


def test_positions_need_not_be_without_gaps():
    rows = history({"a": [0, None, 1]})
    assert transitions(rows)["outcome"].tolist() == ["fixed"], "no sample has position 1: it is no stage here"


ANSWERS = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3), st.lists(st.booleans(), min_size=4, max_size=4), max_size=8
)


@given(ANSWERS, st.integers(0, 9))
def test_transitions_equal_a_loop_whatever_the_order_of_rows(answers, seed):
    rows = history(answers)
    moved = transitions(rows.sample(frac=1, random_state=seed))
    found = {(row.sample_id, row.position): row.outcome for row in moved.itertuples()}
    expected = {
        (sample, position + 1): NAMES[pair]
        for sample, said in answers.items()
        for position, pair in enumerate(itertools.pairwise(said))
    }
    assert found == expected
    flow = flow_counts(moved)
    assert flow["n"].sum() == 3 * len(answers)
    if answers:
        assert (flow.groupby("position")["n"].sum() == len(answers)).all()


def test_flow_names_all_four_outcomes_with_zeros():
    flow = flow_counts(transitions(history({"a": [0, 1, 1], "b": [0, 1, 0]})))
    assert flow["outcome"].tolist() == list(OUTCOMES) * 2
    assert flow["n"].tolist() == [0, 2, 0, 0, 1, 0, 1, 0]
    assert flow["stage"].tolist() == ["hard_negative"] * 4 + ["refined"] * 4


def test_pool_sizes_by_round_and_reason():
    mined = pd.DataFrame({"round": [2, 1, 1, 1], "reason": ["wrong", "wrong", "nearly wrong", "wrong"], "sample_id": 0})
    assert pool_sizes(mined).to_numpy().tolist() == [[1, "nearly wrong", 1], [1, "wrong", 2], [2, "wrong", 1]]


def test_no_history_gives_empty_frames():
    none = history({})
    assert transitions(none).empty and flow_counts(transitions(none)).empty
    assert list(flow_counts(transitions(none))) == ["position", "round", "stage", "outcome", "n"]


def test_a_sample_twice_in_a_stage_is_refused():
    rows = history({"a": [0, 1]})
    with pytest.raises(ValueError, match="Sample a occurs twice at position 1"):
        transitions(pd.concat([rows, rows.tail(1)]))


def test_a_sample_that_is_wrong_again_after_it_had_been_fixed_is_told_from_one_that_never_was():
    moved = transitions(history({"a": [0, 1, 1, 0], "b": [1, 0, 0, 1], "c": [0, 1, 0, 1], "d": [1, 1, 1, 0]}))
    moved = moved.sample(frac=1, random_state=4).assign(again=lambda rows: fixed_before(rows))
    of_sample = moved.sort_values("position").groupby("sample_id")["again"].agg(list).to_dict()
    assert of_sample == {
        "a": [False, True, True],
        "b": [False, False, False],
        "c": [False, True, True],
        "d": [False, False, False],
    }
    assert not len(fixed_before(moved.head(0)))


def test_outcomes_of_answers_to_other_samples_are_refused():
    with pytest.raises(ValueError, match="not of the same samples"):
        outcomes([True, False], [True])


@given(ANSWERS)
def test_flow_links_carry_every_sample_from_stage_to_stage(answers):
    links = flow_links(states(history(answers)))
    expected = {}
    for said in answers.values():
        way = ["right" if said[0] else "wrong"]
        for position, pair in enumerate(itertools.pairwise(said), start=1):
            way.append(NAMES[pair])
            key = (position - 1, way[-2], position, way[-1])
            expected[key] = expected.get(key, 0) + 1
    found = {(r.from_position, r.from_state, r.position, r.state): r.n for r in links.itertuples()}
    assert found == expected


def test_links_do_not_bridge_a_missing_stage():
    links = flow_links(states(history({"a": [0, None, 1, 1], "b": [1, 1, 1, 1]})))
    assert links["n"].tolist() == [1, 1, 1] and set(links["from_state"]) == {"right", "still_right"}


def test_the_samples_on_a_way_are_those_that_its_link_counts():
    rng = np.random.default_rng(3)
    history = pd.DataFrame(
        [(f"s{i:02d}", p, f"st{p}", p, bool(rng.integers(2))) for i in range(40) for p in range(4)],
        columns=["sample_id", "round", "stage", "position", "correct"],
    )
    found = states(history)
    links = flow_links(found)
    ways = [samples_on_link(found, *row[1:5]) for row in links.itertuples()]
    assert [len(way) for way in ways] == links["n"].tolist()
    into = {(row.position, sample) for row, way in zip(links.itertuples(), ways, strict=True) for sample in way}
    assert len(into) == 40 * 3, "each sample takes one way into each later stage"
