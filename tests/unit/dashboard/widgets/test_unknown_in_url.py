"""A link to something that is not here says so and opens nothing else, on every page."""

from __future__ import annotations

import pytest


def value_of(at, name):
    found = at.query_params.get(name)
    return found[0] if isinstance(found, list) else found


def filled(house):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.complete("control-1", dataset, control=True)
    house.complete("multi-1", dataset, objective="sigmoid")


RUN, STAGE = "There is no run gone-1 here", "has no finished stage round 9 · refined"


@pytest.mark.parametrize(
    ("page", "name", "asked", "sentence", "more"),
    [
        ("overview", "run", "gone-1", RUN, {}),
        ("confusion", "run", "gone-1", RUN, {}),
        ("confusion", "stage", "9.refined", STAGE, {"run": "demo-1"}),
        ("confusion", "run2", "gone-1", RUN, {"run": "demo-1", "tab": "difference"}),
        ("confusion", "stage2", "9.refined", STAGE, {"run": "demo-1", "run2": "demo-1", "tab": "difference"}),
        ("hard_negatives", "run", "gone-1", RUN, {}),
        ("hard_negatives", "round", "9", "mined nothing in round 9", {"run": "demo-1"}),
        ("grad_cam", "run", "gone-1", RUN, {}),
        ("stages", "run", "gone-1", RUN, {}),
        ("stages", "control", "gone-1", RUN, {"run": "demo-1"}),
        ("single_vs_multi", "a", "gone-1", RUN, {}),
        ("single_vs_multi", "stage_b", "9.refined", STAGE, {"a": "demo-1", "b": "control-1"}),
        ("study", "study", "gone-1", "There is no study gone-1 here", {}),
        ("difficulty", "run", "gone-1", RUN, {}),
        ("data", "dataset", "gone@1", "There is no dataset gone@1 here", {}),
        ("data", "dataset", "tiny@9", "Dataset tiny has no version 9", {}),
        ("meeting", "run", "gone-1", RUN, {}),
        ("meeting", "stage", "9.refined", STAGE, {"run": "demo-1"}),
    ],
)
def test_a_link_to_what_is_not_here_opens_nothing_else(house, opened, page, name, asked, sentence, more):
    filled(house)
    at = opened(page, **{name: asked}, **more)
    for _ in range(2):  # it stays, whatever else is done on the page
        assert [
            warning.value.replace("\\", "") for warning in at.warning if sentence in warning.value.replace("\\", "")
        ]
        assert value_of(at, name) == asked and at.selectbox(key=f"pick_{name}").value is None
        at.run()
    options = at.selectbox(key=f"pick_{name}").options
    at.selectbox(key=f"pick_{name}").select_index(len(options) - 1).run()
    assert not at.exception and value_of(at, name) not in {asked, None}
    assert not [warning for warning in at.warning if sentence in warning.value.replace("\\", "")]


def test_a_stage_of_another_run_gives_way_without_a_word(house, opened):
    """What was chosen here before is no link: the next run may not have got as far."""
    filled(house)
    at = opened("confusion", run="demo-1", stage="2.refined")
    at.selectbox(key="pick_run").select("multi-1 · tiny@1").run()
    assert value_of(at, "stage") == "0.full" and not at.warning and not at.exception
