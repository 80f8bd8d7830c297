"""A stage that learned from next to nothing is named wherever what it came to is shown."""

from __future__ import annotations

import pytest

import report
import store


@pytest.fixture
def filtered(house):
    """A run and its control; one of the two epochs of the run's first hard stage learned from 2 % of its samples."""
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.complete("control-1", dataset, control=True)
    house.epoch("demo-1", 1, "hard_negative", 1, 2, 4, share=0.02)
    return dataset


@pytest.mark.parametrize(
    ("page", "view"),
    [
        ("overview", {"run": "demo-1"}),
        ("stages", {"run": "demo-1", "control": "control-1"}),
        ("single_vs_multi", {"a": "control-1", "b": "demo-1"}),
    ],
)
def test_pages_warn_of_a_stage_that_learned_from_next_to_nothing(filtered, opened, texts, page, view):
    shown = texts(opened(page, **view))
    assert shown.count("1 of 2 epochs learned from less than 5%") == 1
    assert "demo-1" in shown and "(the lowest: 2.0%)" in shown
    korean = texts(opened(page, lang="ko", **view))
    assert korean.count("에포크 2개 중 1개") == 1


def test_pages_say_nothing_where_all_was_learned_from(filtered, opened, texts):
    assert "less than 5%" not in texts(opened("overview", run="control-1"))


@pytest.mark.parametrize(("language", "words"), [("en", "1 of 2 epochs learned from less than 5%"), ("ko", "중 1개")])
def test_the_report_warns_too_and_counts_samples_learned_from(filtered, language, words):
    with store.write() as connection:
        connection.execute("UPDATE stages SET samples_used = 417 WHERE stage = 'hard_negative' AND round = 1")
    html = report.render(["demo-1"], language)
    assert html.count(words) == 1 and html.count(">417<") == 1
    assert words not in report.render(["control-1"], language)


def test_the_table_of_stages_has_samples_learned_from(filtered, opened):
    with store.write() as connection:
        connection.execute("UPDATE stages SET samples_used = 417 WHERE stage = 'hard_negative' AND round = 1")
    table = next(found.value for found in opened("stages", run="demo-1").dataframe if "lead" in found.value)
    assert table.set_index(["run_id", "position"]).loc[("demo-1", 1), ["samples_seen", "samples_used"]].tolist() == [
        600, 417,
    ]  # fmt: skip
