"""The page of studies is true: every key, option and study is in it, and its example is a study."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from jobs import study_command
from studies import Study, available
from studies.parts import Arm, DatasetPlan, Question

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "studies.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("part", [Study, DatasetPlan, Arm, Question])
def test_every_key_is_on_the_page(part: type[Study]) -> None:
    inner = {"options"}  # written beside the preset, without a key of their own
    assert [key for key in part.model_fields if f"`{key}`" not in PAGE and key not in inner] == []


def test_every_option_is_on_the_page() -> None:
    parser = argparse.ArgumentParser()
    study_command.add_options(parser)
    options = [name for action in parser._actions for name in action.option_strings if name.startswith("--")]
    assert [name for name in options if f"`{name}" not in PAGE and name != "--help"] == []


def test_the_example_is_a_study() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    study = Study.parse(example)
    assert len(study.questions) == 2


def test_every_study_that_ships_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in available() if f"| `{name}` |" not in readme] == []
