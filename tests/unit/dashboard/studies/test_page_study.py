"""The page Study: without a study, in progress, and with every answer."""

from __future__ import annotations

import re

import pytest

import store
from analysis.comparison_verdicts import Verdict
from comparisons.store_reader import StoreReader
from comparisons.study_answers import answer
from comparisons.study_runs import MISSING
from dashboard.studies import progress
from dashboard.text.en.studies import StudiesTexts
from dashboard.text.ko.studies import KoreanStudies
from studies import Study, cells, datasets_of
from system.job_states import JobState
from tests.unit.comparisons import study_house


@pytest.fixture
def alone(monkeypatch):
    """No study ships, so that a page shows those of the store."""
    monkeypatch.setattr("dashboard.studies.choice.available", list)


def html(at):
    return "\n".join(element.proto.body for element in at.get("html"))


def test_without_a_study_the_page_says_how_to_begin(house, opened, texts, alone):
    at = opened("study")
    assert at.header[0].value == "Study" and "There is no study yet" in texts(at)


def test_a_study_that_ships_is_shown_before_it_is_started(house, opened, texts):
    at = opened("study", study="null")
    assert at.selectbox(key="pick_study").options and "Nothing has been trained for this study yet" in texts(at)
    assert at.button(key="study_queue").label == "Queue the missing runs"


def test_a_plan_has_its_hash_and_its_questions(house, opened, texts, alone):
    made = study_house.register()
    at = opened("study")
    assert made.study_id in texts(at) and "5 questions, 4 arms, 5 datasets, 4 seeds: 48 runs" in texts(at)
    assert list(at.dataframe[0].value["question"]) == [question.name for question in made.questions]


def test_one_button_queues_what_is_missing(house, opened, alone, monkeypatch):
    made = study_house.register()
    asked = []

    class Plan:
        def of_state(self, *states):
            return [None] * 7

    monkeypatch.setattr(
        "jobs.submit_study", lambda study, **given: asked.append((study, given)) or Plan(), raising=False
    )
    at = opened("study")
    at.button(key="study_queue").click().run()
    assert [study.study_id for study, _ in asked] == [made.study_id] and asked[0][1]["file_text"] == study_house.FILE
    assert "7" in at.toast[0].value


def test_a_study_in_progress_shows_its_grid_with_links_and_no_verdict(house, opened, texts, alone):
    made = study_house.register()
    study_house.train(made, seeds=[0, 1], running=[("hnl", 1)])
    at = opened("study", lang="en")
    assert "7 of 48 runs have ended, 1 are training" in str([bar.proto.text for bar in at.get("progress")])
    assert "?run=hnl-s0-40" in html(at) and html(at).count("– missing") == 8
    assert "No question can be answered yet" in texts(at) and "0 better" in texts(at)
    assert "To be queued" in texts(at) and "more certain" not in texts(at)


def test_before_anything_is_queued_the_page_says_what_it_takes(house, opened, texts):
    study = Study.load("null")
    at = opened("study", study=study.study_id)
    assert "To be queued: 9 runs. Left to train in all: 594 steps" in texts(at)


def test_a_changed_file_is_another_study_on_the_page_too(house, opened, texts, alone):
    made = study_house.register()
    changed = study_house.FILE.replace("margin: 0.02", "margin: 0.03")
    study = Study.parse(changed, "small")
    store.register_study(study.study_id, study.name, changed)
    words = texts(opened("study", study=study.study_id))
    assert f"The store has {made.study_id} too, of the same name but with another plan" in words
    assert "dataset and seed are the same: 0 of 48." in words


def test_the_study_of_minutes_is_offered_first(house, opened):
    at = opened("study")
    assert at.selectbox(key="pick_study").value == Study.load("demo").study_id


def test_an_optional_dataset_that_is_absent_does_not_count(house, opened, texts):
    study = Study.load("claims")
    at = opened("study", study=study.study_id)
    optional = [place for place in datasets_of(study) if place.optional]
    left = [cell for cell in cells(study) if cell.dataset not in {place.key for place in optional}]
    assert optional and f"0 of {len(left)} runs" in str([bar.proto.text for bar in at.get("progress")])
    assert f"so passed over: {optional[0].dataset_id}" in texts(at).replace("\\", "")


def test_a_question_without_a_seed_has_a_sentence_and_no_empty_figure(house, opened, texts, alone):
    made = study_house.register()
    study_house.train(made, seeds=[0], arms=["control"])
    assert "Shown as soon as a seed of both arms has ended" in texts(opened("study", lang="en"))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_state_of_a_run_has_a_name_in_the_grid(language):
    texts = {"en": StudiesTexts, "ko": KoreanStudies}[language]
    assert {state.value for state in JobState} | {MISSING} == set(dict(texts.study_cells))


def test_a_finished_study_answers_every_question_and_leads_to_runs_and_samples(house, opened, texts, alone):
    made = study_house.register()
    study_house.train(made)
    at = opened("study")
    words = texts(at)
    row = answer(made, StoreReader()).questions.iloc[0]
    assert row["verdict"] == Verdict.BETTER
    assert "hnl is better than control on all test images of tiny" in words
    assert f"{100 * row['difference']:+.1f} points" in words.replace("\\", "")
    table = next(frame.value for frame in at.dataframe if "verdict" in frame.value)
    assert len(table) == 8 and table["verdict"].iloc[0] == "better"
    links = [(link.proto.page, link.proto.query_string) for link in at.get("page_link")]
    assert any("single_vs_multi" in page and "a=control-s0-40" in query for page, query in links)
    assert any("run=hnl-s0-40" in query for _, query in links)
    assert len(at.get("plotly_chart")) == 5, "forest, classes, map, costs, rounds"


def test_the_page_speaks_korean(house, opened, texts, alone):
    made = study_house.register()
    study_house.train(made)
    at = opened("study", lang="ko")
    assert at.header[0].value == "연구" and "hnl이 control보다 우세합니다" in texts(at)
    assert not re.search(r"\b(seeds|points|better|margin)\b", texts(at))


def test_an_interaction_has_no_winner_by_class(house, opened, texts, alone):
    made = study_house.register()
    study_house.train(made)
    at = opened("study", study_question="still|tiny")
    assert "An interaction has no winner by class" in texts(at)


def test_names_of_arms_and_runs_are_data_in_the_grid(house, opened):
    import pandas as pd

    cells = pd.DataFrame({
        "dataset": "d", "dataset_id": "d@1", "arm": "<b>a</b>", "seed": [0, 1], "run_id": ['x"><i>', None],
        "state": ["done", "missing"],
    })  # fmt: skip
    shown = progress.grid_html(cells, ["<b>a</b>"])
    assert "<b>" not in shown and "<i>" not in shown and shown.count("<a ") == 1
