"""A particle fits the sound before it, whatever name was filled in."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from system.korean_particles import KoreanText, choose_particles, with_particles


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("데모", "데모는 데모가 데모를 데모와 데모로"),
        ("대조군", "대조군은 대조군이 대조군을 대조군과 대조군으로"),
        ("서울", "서울은 서울이 서울을 서울과 서울로"),  # ㄹ takes 로
        ("demo", "demo는 demo가 demo를 demo와 demo로"),
        ("afi", "afi는 afi가 afi를 afi와 afi로"),
        ("fl", "fl은 fl이 fl을 fl과 fl로"),
        ("ohem", "ohem은 ohem이 ohem을 ohem과 ohem으로"),
        ("demo_control", "demo_control은 demo_control이 demo_control을 demo_control과 demo_control로"),
        ("maple", "maple은 maple이 maple을 maple과 maple로"),
        ("stone", "stone은 stone이 stone을 stone과 stone으로"),
        ("spring", "spring은 spring이 spring을 spring과 spring으로"),
        ("filter", "filter는 filter가 filter를 filter와 filter로"),
        ("demo-1", "demo-1은 demo-1이 demo-1을 demo-1과 demo-1로"),
        ("demo-3", "demo-3은 demo-3이 demo-3을 demo-3과 demo-3으로"),
        ("tiny@2", "tiny@2는 tiny@2가 tiny@2를 tiny@2와 tiny@2로"),
        ("40%", "40%는 40%가 40%를 40%와 40%로"),
        (r"**demo\-1**", r"**demo\-1**은 **demo\-1**이 **demo\-1**을 **demo\-1**과 **demo\-1**로"),
        (
            "demo (ac 3)",
            "demo (ac 3)는 demo (ac 3)가 demo (ac 3)를 demo (ac 3)와 demo (ac 3)로",
        ),  # brackets are not read
    ],
)
def test_each_particle_follows_the_sound_of_a_name(name, read):
    text = KoreanText("{a}은(는) {a}이(가) {a}을(를) {a}와(과) {a}(으)로")
    assert text.format(a=name) == read


def test_a_name_in_another_script_keeps_both_forms():
    assert choose_particles("πρ을(를)") == "πρ을(를)"


def test_texts_choose_only_where_they_are_marked():
    @dataclass(frozen=True)
    class Texts:
        plain: str = "{a} 샘플"
        marked: str = "{a}을(를)"
        pairs: tuple[tuple[str, str], ...] = (("key", "{a}이(가)"),)

    texts = with_particles(Texts())
    assert type(texts.plain) is str and texts.marked.format(a="ac") == "ac를"
    assert texts.pairs[0][1].format(a="fl") == "fl이"
    assert with_particles({"key": "{a}은(는)"})["key"].format(a="bpd") == "bpd는"
