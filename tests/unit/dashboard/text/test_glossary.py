"""One word for one thing: words that no text may use, each with what to write instead.

Every table of texts is read: dashboard, figures, report, sentences of comparisons and studies, and what ships.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest

from dashboard.text.ko.shipped import SHIPPED, SHIPPED_STUDIES
from dashboard.text.language import FIGURE_TEXTS, TEXTS
from report.text import LANGUAGES, STUDY_LANGUAGES

ROOT = Path(__file__).parents[4]
FORBIDDEN = {
    "en": (
        (r"\bsaid\b", "predicted: a model does not say"),
        (r"^mines$|^mining$|^no mining$", "staged (hard negatives), single stage: what kind of run it is"),
        (r"[Pp]age before", "Previous page"),
        (r"does not know of|variation between seeds", "the intervals exclude (or include) seed-to-seed variation"),
        (r"\bLead\b|^Added$", "vs. control, vs. previous stage: of what against what"),
        (r"looks like it|finds similar", "Most similar training samples"),
        (r"[Mm]aps point", "localise the annotated structure"),
        (r"9[05] %", "95%: no space"),
        (r"9[05]% (\{|[-+0-9])", "95% CI: an interval is called one"),
        (r" against \{", "vs."),
        (r"(?<!\\)~(?!\d)|\d~", "– for a range: Markdown strikes out what stands between two tildes"),
    ),
    "ko": (
        (r"(?<!\\)~", "–: 마크다운에서는 물결표 사이에 취소선이 그어집니다"),
        (r"십시오", "-하세요"),
        (r"쟀|재었|(^|\s)잰(\s|$)|잴 수", "측정했습니다"),
        (r"(?<!CAM )맵|지도", "CAM 맵"),
        (r"이미지", "영상"),
        (r"마크|표시가 클래스", "표식"),
        (r"말한|말함", "예측 클래스"),
        (r"거짓 경보|놓침|놓친|없음을 맞힘|없다고 맞힘|찾음", "정답(TP), 미검출(FN), 오검출(FP), 정상 배제(TN)"),
        (r"고쳐|새로 맞|새로 틀|계속 맞|계속 틀", "정답으로 바뀜, 오답으로 바뀜, 정답 유지, 오답 유지"),
        (r"더해짐|앞섬|우위", "이전 단계 대비, 대조군 대비"),
        (r"우연을 넘", "유의한"),
        (r"역치|문턱값|임계치|임곗값", "임계값"),
        (r"에폭|이포크", "에포크"),
        (r"네트워크", "신경망"),
        (r"결론 보류|판정 보류", "차이 미확인, 차이가 확인되지 않았습니다"),
        (r"교호작용", "상호작용"),
        (r"재학습", "정제 (단계의 이름)"),
        (r"학습량", "예산"),
        (r"고르세요|골라|고르면|고른 |골랐", "선택"),
        (r"(?<!체크)포인트", "%p"),
        (r"\} 쪽(이|을|은)", "이름 바로 뒤의 조사: {a}이(가)"),
    ),
}  # fmt: skip
PARTICLE = re.compile(r"\}(\*\*)?(은|는|이|을|를|와|과|으로|로)(?=[\s.,:;)])")


def texts(language: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the words of every text of a language."""
    for table in (TEXTS, FIGURE_TEXTS, LANGUAGES, STUDY_LANGUAGES):
        for field in fields(table[language]):
            yield from _words(field.name, getattr(table[language], field.name))
    for path in sorted((ROOT / "comparisons").glob("*_texts.py")):  # sentences, each file with both languages
        module = import_module(f"comparisons.{path.stem}")
        yield from getattr(module, {"en": "ENGLISH", "ko": "KOREAN"}[language]).items()
    if language == "ko":
        yield from ((key, words) for key, words in {**SHIPPED, **SHIPPED_STUDIES}.items())


def _words(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, tuple):
        is_pair = len(value) == 2 and all(isinstance(part, str) for part in value) and name != "welcome_lines"
        for part in value[1:] if is_pair else value:
            yield from _words(name, part)


@pytest.mark.parametrize(
    ("language", "pattern", "instead"), [(k, *rule) for k, rules in FORBIDDEN.items() for rule in rules]
)
def test_no_text_uses_a_forbidden_word(language, pattern, instead):
    plain = ((name, re.sub(r"`[^`]*`", "", words)) for name, words in texts(language))  # commands keep their words
    found = [f"{name}: {words}" for name, words in plain if re.search(pattern, words)]
    assert not found, f"write: {instead}"


def test_a_korean_difference_of_percentages_is_in_percentage_points():
    """The ends of an interval stand in brackets, after a difference that has the unit."""
    bare = [
        f"{name}: {words}"
        for name, words in texts("ko")
        if re.search(r"\{\w+:\+\.1f\}(?!%p)", re.sub(r"\[[^\]]*\]", "", words))
    ]
    assert not bare


def test_a_korean_particle_after_a_name_fits_every_name():
    """`{run}이` is right after one name and wrong after the next; `{run}이(가)` is chosen when it is filled."""
    found = [f"{name}: {words}" for name, words in texts("ko") if PARTICLE.search(words)]
    assert not found


def test_english_documents_use_the_words_of_the_screens():
    rules = [rule for rule in FORBIDDEN["en"] if rule[0] not in {r" against \{"} and "~" not in rule[0]]
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        found = [
            (path.name, line, instead)
            for line in path.read_text(encoding="utf-8").splitlines()
            for pattern, instead in rules
            if re.search(pattern, line)
        ]
        assert not found
