"""The report of a study: one file that needs nothing else, in both languages."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from report import ReportError
from report.__main__ import main
from report.study_report import render
from tests.unit.comparisons import study_house


@pytest.fixture
def finished(house):
    made = study_house.register()
    study_house.train(made, running=[("other", 3)])
    return made


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_report_holds_plan_progress_answers_costs_and_curves(finished, language):
    page = render(finished, language)
    HTMLParser().feed(page)
    assert finished.study_id in page and page.count("<svg") == 2 and "<script" not in page and "src=" not in page
    assert page.count("<h2>") == 8 and "hnl-s0-40" in page
    assert ("hnl is better than control" in page) == (language == "en")
    assert "Does mining *help*?" in page and "Does mining &lt;b&gt;help&lt;/b&gt;?" in page and "<b>fl</b>" not in page
    assert not re.search(r"\bnan\b", page)


def test_a_study_without_runs_is_reported_too(house):
    page = render(study_house.register())
    assert "No run of this study has ended yet." in page and "no runs yet" in page


def test_the_command_writes_a_study_from_its_file(finished, tmp_path, capsys):
    file, out = tmp_path / "small.yaml", tmp_path / "study.html"
    file.write_text(study_house.FILE, encoding="utf-8")
    assert main(["--study", str(file), "--out", str(out), "--lang", "ko"]) == 0
    assert 'lang="ko"' in out.read_text(encoding="utf-8") and str(out) in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["RUN", "--study", "null"]])
def test_runs_or_a_study_not_both_and_not_neither(house, arguments, capsys):
    assert main(arguments) == 2 and "--study" in capsys.readouterr().err


def test_an_unknown_study_or_language_is_one_sentence(house, capsys):
    assert main(["--study", "nothing"]) == 2 and "There is no study 'nothing'" in capsys.readouterr().err
    with pytest.raises(ReportError, match="en or ko"):
        render(study_house.study(), "xx")
