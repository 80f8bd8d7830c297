"""Texts of the sentences about a study's questions, in each language.

All languages have the same keys with the same placeholders.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from system.korean_particles import with_particles

ENGLISH: Final[Mapping[str, str]] = {
    "better": "{a} is better than {b} {where}: {numbers}.",
    "worse": "{a} is worse than {b} {where}: {numbers}.",
    "equivalent": "{a} and {b} are equivalent within {margin} {where}: {numbers}.",
    "not_settled": "It is not settled whether {a} is better than {b} {where}: {numbers}.",
    "interaction_better": "{a} gains more over {b} than {c} over {d} {where}: {numbers}.",
    "interaction_worse": "{a} gains less over {b} than {c} over {d} {where}: {numbers}.",
    "interaction_equivalent": ("{a} gains as much over {b} as {c} over {d}, within {margin}, {where}: {numbers}."),
    "interaction_not_settled": (
        "It is not settled whether {a} gains more over {b} than {c} over {d} {where}: {numbers}."
    ),
    "no_runs": "There is no seed yet for which every one of {arms} has ended on {dataset}.",
    "no_predictions": (
        "{arms} have ended on {dataset} (seeds that all of them have: {seeds}), but the store has no predictions of "
        "the stages in question; export the study again where they were trained, and take it in here."
    ),
    "more_ended": ("Seeds that have ended too, but of whose stages in question the store has no predictions: {seeds}."),
    "no_samples": "No test sample of {dataset} is one of {samples}, so nothing was asked there.",
    "where": "on {samples} of {dataset}",
    "numbers": (
        "{score} {points:+.1f} points, {level}% CI {low:+.1f} to {high:+.1f}, {seeds} seeds, {n:,} images of "
        "{patients:,} patients"
    ),
    "no_interval": "{score} {points:+.1f} points, {seeds} seeds, {n:,} images of {patients:,} patients, no interval",
    "and": " and ",
    "after_round": "{arm} after round {round}",
    "after_full": "{arm} after its full stage",
    "none_telling": (
        "No patient tells the arms apart: as many of their images are right under one as under the other. The interval "
        "is the one that this number of patients allows."
    ),
    "settle_more_seeds": "About {seeds} more seeds of these arms would settle it.",
    "settle_few_seeds": "A verdict needs three seeds or more; train {seeds} more.",
    "settle_more_patients": (
        "More seeds would not settle it, as these patients alone leave the interval too wide; about {patients:,} more "
        "patients with test images would."
    ),
    "settle_many_patients": (
        "More seeds would not settle it, as these patients alone leave the interval too wide; it takes many times as "
        "many test images."
    ),
    "settle_too_many_seeds": "It cannot be settled by seeds: more than {most} more would be needed.",
    "settle_few_patients": "Fewer than {fewest} patients have such images or one of their classes; it takes more.",
    "verdict_more_seeds": "not settled: {seeds} more seeds",
    "verdict_few_seeds": "not settled: {seeds} more seeds",
    "verdict_more_patients": "not settled: more test images",
    "verdict_few_patients": "not settled: more test images",
    "verdict_no_samples": "no such samples",
    "verdict_too_many_seeds": "not settled: not by seeds",
    "verdict_no_runs": "no runs yet",
    "verdict_no_predictions": "no predictions",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro-F1",
    "all": "all test images",
    "decidable": "the decidable test images",
    "hard": "the hard test images",
    "rare": "the test images of the rare subgroup",
    "against_marks": "the test images whose marks contradict their class",
    "class": "the test images of {names}",
    "pair": "the test images of {names}",
    "family": (
        "The 95% intervals of better and worse hold together over all main questions of the study, each dataset "
        "counted ({main}): if no arms differed, at most one study in twenty would claim that some do. Explored "
        "questions ({explored}) are a family of their own. Equivalence is tested for each question by itself, at 5%."
    ),
    "no_knob": "none",
    "effect_up": "From {knob} {start} to {end} the difference rises: {numbers}.",
    "effect_down": "From {knob} {start} to {end} the difference falls: {numbers}.",
    "effect_open": "From {knob} {start} to {end} no change of the difference is shown: {numbers}.",
    "effect_numbers": "{points:+.1f} points, 95% CI {low:+.1f} to {high:+.1f}, {cells} cells",
    "effect_alone": "From {knob} {start} to {end}: {points:+.1f} points, {cells} cells, too few for an interval.",
}
KOREAN: Final[Mapping[str, str]] = {
    "better": "{where} {a}이(가) {b}보다 우세합니다: {numbers}.",
    "worse": "{where} {a}이(가) {b}보다 열세입니다: {numbers}.",
    "equivalent": "{where} {a}와(과) {b}은(는) 허용 차이 {margin} 이내로 동등합니다: {numbers}.",
    "not_settled": "{where} {a}와(과) {b}의 차이가 확인되지 않았습니다: {numbers}.",
    "interaction_better": "{where} {b} 대비 {a}의 이득이 {d} 대비 {c}의 이득보다 큽니다: {numbers}.",
    "interaction_worse": "{where} {b} 대비 {a}의 이득이 {d} 대비 {c}의 이득보다 작습니다: {numbers}.",
    "interaction_equivalent": (
        "{where} {b} 대비 {a}의 이득과 {d} 대비 {c}의 이득은 허용 차이 {margin} 이내로 동등합니다: {numbers}."
    ),
    "interaction_not_settled": (
        "{where} {b} 대비 {a}의 이득과 {d} 대비 {c}의 이득의 차이가 확인되지 않았습니다: {numbers}."
    ),
    "no_runs": "{dataset}에서 {arms}의 실행이 모두 끝난 시드가 아직 없습니다.",
    "no_predictions": (
        "{dataset}에서 {arms}의 실행이 모두 끝났지만(시드 {seeds}개) 질문에 쓸 단계의 예측이 저장소에 없습니다. "
        "학습한 곳에서 연구를 다시 내보낸 뒤 여기로 가져오세요."
    ),
    "more_ended": "실행은 끝났지만 질문에 쓸 단계의 예측이 저장소에 없는 시드가 {seeds}개 더 있습니다.",
    "no_samples": "{dataset}에는 {samples}이(가) 없어 이 질문은 해당되지 않습니다.",
    "where": "{dataset}의 {samples}에서",
    "numbers": (
        "{score} {points:+.1f}%p, {level}% 신뢰 구간 [{low:+.1f}, {high:+.1f}], 시드 {seeds}개, 환자 {patients:,}명의 "
        "영상 {n:,}장"
    ),
    "no_interval": "{score} {points:+.1f}%p, 시드 {seeds}개, 환자 {patients:,}명의 영상 {n:,}장, 신뢰 구간 없음",
    "and": ", ",
    "after_round": "{arm}({round}라운드 이후)",
    "after_full": "{arm}(전체 단계 이후)",
    "none_telling": (
        "두 비교군의 결과가 다른 환자가 없습니다. 맞힌 영상의 수가 환자마다 같습니다. 구간은 이 환자 수로 가능한 "
        "범위입니다."
    ),
    "settle_more_seeds": "이 비교군들의 시드를 약 {seeds}개 더 학습하면 결론을 내릴 수 있습니다.",
    "settle_few_seeds": "판정에는 시드가 세 개 이상 필요합니다. {seeds}개를 더 학습하세요.",
    "settle_more_patients": (
        "이 환자들만으로는 구간이 너무 넓어 시드를 더 학습해도 결론을 내릴 수 없습니다. 테스트 영상이 있는 환자를 약 "
        "{patients:,}명 늘리면 결론을 내릴 수 있습니다."
    ),
    "settle_many_patients": (
        "이 환자들만으로는 구간이 너무 넓어 시드를 더 학습해도 결론을 내릴 수 없습니다. 테스트 영상이 몇십 배 더 "
        "필요합니다."
    ),
    "settle_too_many_seeds": "시드를 늘려서는 결론을 내릴 수 없습니다. 시드가 {most}개보다 많이 더 필요합니다.",
    "settle_few_patients": (
        "이런 영상, 또는 그 가운데 한 클래스가 있는 환자가 {fewest}명 미만입니다. 환자가 더 필요합니다."
    ),
    "verdict_more_seeds": "차이 미확인: 시드 {seeds}개 더 필요",
    "verdict_few_seeds": "차이 미확인: 시드 {seeds}개 더 필요",
    "verdict_more_patients": "차이 미확인: 테스트 영상 더 필요",
    "verdict_few_patients": "차이 미확인: 테스트 영상 더 필요",
    "verdict_no_samples": "해당 샘플 없음",
    "verdict_too_many_seeds": "차이 미확인: 시드로는 불가",
    "verdict_no_runs": "실행 없음",
    "verdict_no_predictions": "예측 없음",
    "accuracy": "정확도",
    "balanced_accuracy": "균형 정확도",
    "macro_f1": "매크로 F1",
    "all": "모든 테스트 영상",
    "decidable": "판별 가능한 테스트 영상",
    "hard": "어려운 테스트 영상",
    "rare": "드문 하위 집단의 테스트 영상",
    "against_marks": "표식이 클래스와 다른 테스트 영상",
    "class": "{names} 테스트 영상",
    "pair": "{names} 테스트 영상",
    "family": (
        "우세와 열세의 95% 신뢰 구간은 연구의 주 질문 {main}개(데이터셋마다 따로 계산) 모두에 함께 성립합니다. 비교군 "
        "사이에 아무 차이가 없을 때 차이가 있다고 판정하는 연구는 스무 건 가운데 많아야 한 건입니다. 탐색 질문 "
        "{explored}개는 따로 묶습니다. 동등성은 질문마다 따로 5% 수준에서 검정합니다."
    ),
    "no_knob": "없음",
    "effect_up": "{knob}: {start} → {end}, 차이가 커집니다: {numbers}.",
    "effect_down": "{knob}: {start} → {end}, 차이가 작아집니다: {numbers}.",
    "effect_open": "{knob}: {start} → {end}, 차이의 변화가 확인되지 않았습니다: {numbers}.",
    "effect_numbers": "{points:+.1f}%p, 95% 신뢰 구간 [{low:+.1f}, {high:+.1f}], 칸 {cells}개",
    "effect_alone": "{knob}: {start} → {end}, {points:+.1f}%p, 칸 {cells}개(구간을 구하기에 부족).",
}
STUDY_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {"en": ENGLISH, "ko": with_particles(KOREAN)}
