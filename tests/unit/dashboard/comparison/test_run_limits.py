"""The page Stages says what limited a finished run, in both languages."""

from __future__ import annotations

from typing import get_args

import pytest

import store
from analysis.run_limits import Limit
from dashboard.text.language import TEXTS


def test_a_finished_run_has_its_numbers_and_an_unfinished_one_none(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    with store.write() as connection:
        connection.execute("UPDATE epochs SET train_loss = 9 WHERE stage = 'full' AND epoch = 1")
    shown = texts(opened("stages", run="demo-1"))
    assert "more than twice that of guessing" in shown and "at 1 of 2 epochs" in shown
    assert "A rule of thumb with fixed limits, not a test" in shown
    assert "무작위 추측의 손실" in texts(opened("stages", run="demo-1", lang="ko"))
    with store.write() as connection:
        connection.execute("UPDATE runs SET status = 'running' WHERE run_id = 'demo-1'")
    assert "What limited run" not in texts(opened("stages", run="demo-1"))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_limit_has_its_sentence(language):
    assert [name for name, _ in TEXTS[language].limit_sentences] == list(get_args(Limit))
