"""Texts of the sentences about versions of a dataset and their test sets, in each language.

All languages have the same keys with the same placeholders.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from system.korean_particles import with_particles

ENGLISH: Final[Mapping[str, str]] = {
    "other_dataset": (
        "Runs {a} and {b} were trained on different datasets ({a_dataset} and {b_dataset}); choose two runs of one "
        "dataset."
    ),
    "other_classes": (
        "Runs {a} and {b} have different classes (only one of them has {classes}), so they cannot be compared; choose "
        "two runs with the same classes, or train both with one label scheme."
    ),
    "compared": (
        "{older} and {newer} have {n:,} {split} samples in common, and the runs are compared on these, by the labels "
        "of {labels_of}."
    ),
    "relabelled": "In {newer}, {n:,} of them are relabelled.",
    "left_out": "Left out: {parts}.",
    "excluded": "{n:,} excluded from {newer}",
    "added": "{n:,} added in {newer}",
    "moved": "{n:,} in another split in one of the two",
    "nothing_changed": "None is relabelled, and none is left out.",
    "train": "training",
    "val": "validation",
    "test": "test",
    "and": " and ",
    "more": "{n} more",
}
KOREAN: Final[Mapping[str, str]] = {
    "other_dataset": (
        "실행 {a}와(과) {b}은(는) 학습한 데이터셋이 다릅니다({a_dataset}, {b_dataset}). 데이터셋이 같은 두 실행을 "
        "선택하세요."
    ),
    "other_classes": (
        "실행 {a}와(과) {b}의 클래스가 달라({classes}은(는) 한쪽에만 있음) 비교할 수 없습니다. 클래스가 같은 두 실행을 "
        "선택하거나, 두 실행을 같은 라벨 체계로 학습하세요."
    ),
    "compared": "{older}와(과) {newer}에 모두 있는 {split} 샘플 {n:,}개를 {labels_of}의 라벨을 기준으로 비교합니다.",
    "relabelled": "이 가운데 {n:,}개는 {newer}에서 라벨이 바뀌었습니다.",
    "left_out": "비교에서 제외한 샘플: {parts}.",
    "excluded": "{newer}에서 제외된 샘플 {n:,}개",
    "added": "{newer}에서 추가된 샘플 {n:,}개",
    "moved": "한쪽 버전에서 다른 분할에 있는 샘플 {n:,}개",
    "nothing_changed": "라벨이 바뀌거나 비교에서 제외한 샘플은 없습니다.",
    "train": "학습",
    "val": "검증",
    "test": "테스트",
    "and": ", ",
    "more": "그 밖의 {n}개",
}
VERSION_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {"en": ENGLISH, "ko": with_particles(KOREAN)}
