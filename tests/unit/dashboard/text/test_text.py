"""Both languages say the same things, in the language that is asked for, at the moment it is asked for."""

from __future__ import annotations

import argparse
import ast
import re
from dataclasses import fields
from pathlib import Path
from string import Formatter
from typing import get_args

import numpy as np
import pytest

import studies
from catalog.importers import IMPORTERS
from dashboard.frame import launch_form
from dashboard.text import called, en, ko, plain
from dashboard.text.ko.shipped import SHIPPED, SHIPPED_STUDIES
from recipes import MinerSettings, Recipe, available
from trainer.mining.miners import TrainPredictions, build

ROOT = Path(__file__).parents[4]
SPOKEN = [(en.Texts, ko.Korean), (en.FigureTexts, ko.KoreanFigures)]


def placeholders(value):
    """What a text is filled with, in any order and with its format; the texts of a tuple one by one."""
    if isinstance(value, str):
        return sorted((name, spec) for _, name, spec, _ in Formatter().parse(value) if name is not None)
    if all(isinstance(item, str) for item in value):
        return [placeholders(item) for item in value]
    return [(key, placeholders(said)) for key, said in value]


@pytest.mark.parametrize(("english", "korean"), SPOKEN)
def test_korean_has_every_name_of_its_own(english, korean):
    own = {
        name
        for part in korean.__mro__
        if not issubclass(english, part)
        for name in vars(part).get("__annotations__", {})
    }
    names = {field.name for field in fields(english)}
    assert names - own == set(), "said in English only: add them to dashboard/text/ko.py"
    assert own - names == set(), "not in English any more: remove them from dashboard/text/ko.py"


@pytest.mark.parametrize(("english", "korean"), SPOKEN)
def test_both_are_filled_with_the_same_things(english, korean):
    for field in fields(english):
        said = placeholders(getattr(english, field.name)), placeholders(getattr(korean, field.name))
        assert said[0] == said[1], field.name


@pytest.mark.parametrize("texts", [part for pair in SPOKEN for part in pair])
def test_no_name_is_said_twice(texts):
    """Texts are put together from a file a group of pages: a name in two of them would say the one for the other."""
    said = [name for part in texts.__mro__ for name in vars(part).get("__annotations__", {})]
    languages = 2 if texts in {ko.Korean, ko.KoreanFigures} else 1
    assert [name for name in sorted(set(said)) if said.count(name) > languages] == []


def test_every_reason_that_a_miner_can_give_has_a_text_in_both_languages():
    names = get_args(MinerSettings.model_fields["name"].annotation)
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(4), 200)
    targets = np.eye(4)[rng.integers(0, 4, 200)]
    seen = TrainPredictions(np.arange(200), probs, targets, rng.random(200), forgotten=rng.integers(0, 3, 200))
    given = {
        str(reason) for name in names for reason in build(MinerSettings(name=name, max_share=1.0)).mine(seen).reason
    }
    assert {"wrong", "nearly wrong", "high loss", "forgotten", "random"} <= given
    for texts in (en.Texts(), ko.Korean()):
        assert given <= {reason for reason, _ in texts.reason_names}
    assert not {said for _, said in ko.Korean().reason_names} & given, "said in Korean"


def test_no_text_is_fetched_before_it_is_drawn():
    """At import, as a default or in a decorator, a text would stay in the language of the first moment."""
    early = []
    for path in [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "dashboard").rglob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        late = {
            inner
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.Lambda)
            for body in (node.body if isinstance(node.body, list) else [node.body])
            for inner in ast.walk(body)
        }
        for node in ast.walk(tree):
            fetched = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in "TF"
            if fetched and node not in late and path.name not in {"app.py"}:
                early.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not early


def test_a_page_speaks_what_its_url_says(house, opened, texts):
    house.complete("demo-1", house.dataset())
    at = opened("confusion", lang="ko", run="demo-1")
    assert at.header[0].value == "혼동 행렬" and "행은 정답 클래스" in texts(at)
    assert at.sidebar.subheader[0].value == "새 학습"
    assert opened("confusion").header[0].value == "Confusion", "a session says nothing to another"
    assert opened("confusion", lang="xx").header[0].value == "Confusion"


def test_the_switch_changes_the_whole_page_and_the_url(house, opened):
    at = opened()
    assert at.title[0].value == "Welcome to Odap"
    for chosen, title in (("ko", "Odap에 오신 것을 환영합니다"), ("en", "Welcome to Odap")):
        at.sidebar.get("button_group")[0].set_value(chosen).run()
        assert not at.exception
        assert at.title[0].value == title and at.query_params["lang"] in (chosen, [chosen])


def test_what_ships_describes_itself_in_korean_too(house, opened):
    """A sentence that was changed in a recipe or an importer and not in its translation would be English again."""
    house.dataset()
    said = [Recipe.load(name).description for name in available()]
    said += [launch_form._field_info(key).description for key in ("seed", *dict(en.Texts().setting_names))]
    for kind in IMPORTERS.values():
        parser = argparse.ArgumentParser(add_help=False)
        kind.add_options(parser)
        options = [action for action in parser._actions if action.option_strings]
        said += [kind.help, *(action.help for action in options)]
        said += [action.dest.replace("_", " ").capitalize() for action in options]
    assert not [words for words in said if words and words not in SHIPPED]
    assert all(re.search("[가-힣]", korean) for korean in SHIPPED.values()) and set(SHIPPED) <= set(said)
    at = opened("data", lang="ko", data_tab="import")
    assert "클래스별 폴더" in at.selectbox(key="import_kind").options[0]
    assert any("올리기" in part.proto.body for part in at.get("html"))
    assert "class folders" in opened("data", lang="en", data_tab="import").selectbox(key="import_kind").options[0]


def test_every_text_of_a_shipped_study_has_a_translation():
    said = set()
    for name in studies.available():
        study = studies.Study.load(name)
        said |= {study.description, *(question.asks for question in study.questions)}
        said |= {question.learn for question in study.questions}
    assert said - {""} == set(SHIPPED_STUDIES)
    assert all(re.search("[가-힣]", korean) for korean in SHIPPED_STUDIES.values())


def test_a_name_on_a_card_is_cut_and_literal():
    assert called("<b>a</b>") == plain("<b>a</b>")
    assert called("x" * 300) == "x" * 59 + "…"
