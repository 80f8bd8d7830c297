"""Every error that is written for users has one base, and none is a ValueError."""

from __future__ import annotations

import pytest

import catalog
import jobs
import report
import store
from recipes import Recipe, RecipeError
from system.errors import UserError
from system.permission import NotPermitted, ask, ruled
from trainer.errors import TrainerError

ERRORS = [
    catalog.CatalogError,
    jobs.JobError,
    report.ReportError,
    store.StoreError,
    store.StoreBusy,
    store.Superseded,
    NotPermitted,
    RecipeError,
    TrainerError,
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_errors_for_users_have_one_base_and_are_no_value_errors(error: type[Exception]) -> None:
    assert issubclass(error, UserError) and not issubclass(error, ValueError)
    assert str(error("Name the thing.")) == "Name the thing."


def test_a_bad_setting_is_an_error_for_users_though_its_validator_raises_a_value_error() -> None:
    with pytest.raises(UserError, match="label_smoothing"):
        Recipe.parse({"name": "x", "objective": "sigmoid", "label_smoothing": 0.5})


def test_the_sentence_of_a_rule_is_an_error_for_users() -> None:
    with ruled(lambda action, subject: f"{action} {subject}: no."), pytest.raises(UserError, match=r"^stop r: no\.$"):
        ask("stop", "r")
