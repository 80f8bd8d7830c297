"""Test the report in Korean: same numbers, no English left; unknown languages are refused."""

from __future__ import annotations

import re
from dataclasses import fields
from string import Formatter

import pytest

import report
import store
from report.__main__ import main
from report.text import LANGUAGES, Texts
from tests.unit.report.test_report import Document

ENGLISH, KOREAN = LANGUAGES["en"], LANGUAGES["ko"]
ALIKE = {"f1", "auroc"}  # said the same in both


def holes(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("name", [field.name for field in fields(Texts)])
def test_korean_says_every_text_anew_and_is_filled_with_the_same_things(name):
    first, second = getattr(ENGLISH, name), getattr(KOREAN, name)
    own = [part for part in type(KOREAN).__mro__ if not issubclass(Texts, part)]
    assert any(name in vars(part)["__annotations__"] for part in own)
    if isinstance(first, str):
        assert holes(first) == holes(second) and (name in ALIKE or first != second)
    else:
        assert [key for key, _ in first] == [key for key, _ in second]
        assert all(re.search("[가-힣]", said) for _, said in second)


def test_the_korean_report_has_the_same_numbers_and_nothing_in_english(house):
    dataset = house.dataset(classes=("ac", "bpd", "fl"))
    house.complete("demo-1", dataset)
    house.complete("multi-22", dataset, objective="sigmoid")
    house.maps("demo-1", dataset, str(dataset.samples["sample_id"].iloc[0]))
    for name in ("Kim", "Lee"):
        store.add_verdict(dataset.dataset_id, dataset.samples["sample_id"].iloc[0], name, "unusable")
    html = {language: report.render(["demo-1", "multi-22"], language) for language in ("ko", "en")}
    korean, english = (
        Document(re.sub(r"<(style|pre|code)>.*?</\1>", "", text, flags=re.DOTALL)) for text in html.values()
    )  # fmt: skip
    assert dict(korean.tags)["html"] == {"lang": "ko"} and "전체: " in korean.text
    shares = [re.findall(r"\d+\.\d \(\d+\.\d–\d+\.\d\)", of.text) for of in (korean, english)]
    assert shares[0] == shares[1] and shares[0]
    for word in ("Samples", "Missing", "round", "right", "wrong", "the ", " of ", "Verdict", "excluded", "refined"):
        assert word not in korean.text and (word in english.text or word == "excluded"), word
    assert "2라운드, 정제" in korean.text and "제외 1" in korean.text


def test_the_command_takes_the_language_and_refuses_others(house, tmp_path, capsys):
    house.complete("demo-1", house.dataset())
    out = tmp_path / "report.html"
    assert main(["demo-1", "--out", str(out), "--lang", "ko"]) == 0
    assert "<title>Odap 보고서</title>" in out.read_text(encoding="utf-8")
    assert main(["demo-1", "--out", str(tmp_path / "no.html"), "--lang", "xx"]) == 2
    assert "not written in 'xx'; choose en or ko" in capsys.readouterr().err and not (tmp_path / "no.html").exists()
