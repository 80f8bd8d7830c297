"""The report of a study: one file that needs nothing else, in both languages."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

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
    assert finished.study_id in page and page.count("<svg") == 3 and "<script" not in page and "src=" not in page
    assert page.count("<h2>") == 9 and "hnl-s0-40" in page
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


def test_a_report_is_named_by_its_study_and_not_by_another_one(finished, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(study_house.FILE, encoding="utf-8")
    assert main(["--study", "small.yaml"]) == 0
    assert [path.name for path in tmp_path.glob("*.html")] == [f"{finished.study_id}.html"]
    assert f"The report is in {finished.study_id}.html" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["RUN", "--study", "null"]])
def test_runs_or_a_study_not_both_and_not_neither(house, arguments, capsys):
    assert main(arguments) == 2 and "--study" in capsys.readouterr().err


def test_an_unknown_study_or_language_is_one_sentence(house, capsys):
    assert main(["--study", "nothing"]) == 2 and "There is no study 'nothing'" in capsys.readouterr().err
    with pytest.raises(ReportError, match="en or ko"):
        render(study_house.study(), "xx")


def test_a_map_shows_every_cell_and_what_each_knob_does(house):
    made = study_house.register()
    study_house.train(made)
    page = render(made)
    assert page.count('fill="url(#open)"') + page.count("–</text>") == 4 and "label_noise 0.1" in page
    assert "From label_noise 0 to 0.1" in page or "Gain by condition" in page


def test_the_figures_are_written_as_files_and_read_as_xml(finished, tmp_path, capsys):
    file, folder = tmp_path / "small.yaml", tmp_path / "figures"
    file.write_text(study_house.FILE, encoding="utf-8")
    assert main(["--study", str(file), "--pictures", str(folder)]) == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["curves-tiny.svg", "explored.svg", "main.svg", "map-noise-knobs.svg"]
    for path in folder.iterdir():
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
    assert "main.svg" in capsys.readouterr().out


def test_figures_of_a_run_or_to_a_place_that_cannot_be_written_are_one_sentence(finished, tmp_path, capsys):
    assert main(["RUN", "--pictures", str(tmp_path)]) == 2 and "--study" in capsys.readouterr().err
    (tmp_path / "taken").write_text("")
    (tmp_path / "small.yaml").write_text(study_house.FILE, encoding="utf-8")
    assert main(["--study", str(tmp_path / "small.yaml"), "--pictures", str(tmp_path / "taken")]) == 2
    assert "name another folder" in capsys.readouterr().err
