"""Texts of the sentences about comparisons, in each language.

All languages have the same keys with the same placeholders.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from system.korean_particles import with_particles

ENGLISH: Final[Mapping[str, str]] = {
    "overall": "Overall",
    "by_class": "By class",
    "one_point": "1 point",
    "points": "{n} points",
    "better": "{winner} is better",
    "equivalent": "{a} and {b} are equivalent within {margin}",
    "not_settled": "not settled",
    "numbers": "{metric} {points:+.1f} points, {level}% CI {low:+.1f} to {high:+.1f}",
    "difference": "{b} minus {a}: {numbers}",
    "no_interval": "{metric} {points:+.1f} points, too few patients for an interval",
    "class_better": "{winner} is better on {classes}",
    "class_equivalent": "equivalent within {margin} on {classes}",
    "class_not_settled": "not settled on {classes}",
    "gain": "{class_name} ({numbers})",
    "others": "the others",
    "all": "every class ({metric})",
    "one": "{class_name} ({metric})",
    "too_few": "not comparable on {classes} (fewer than {fewest} patients)",
    "not_comparable": "not comparable on {classes}",
    "more": "{n} more",
    "nothing": "Nothing to compare.",
    "and": " and ",
    "clauses": "; ",
    "with_numbers": "{clause} ({numbers})",
    "run_of": "this run of {recipe}",
    "one_seed": "One seed: training the same recipe again may differ by as much.",
    "two_seeds": "Two seeds are too few for a statement about recipes; three are enough.",
    "same_recipe": (
        "Two runs of {recipe}, with seeds {a} and {b}: only the seed differs, so their difference is chance. {numbers}."
    ),
    "same_training": (
        "Two runs of {recipe}, both with seed {a}: no setting differs, so their difference is chance. {numbers}."
    ),
    "ways_disagree": "The two ways of scoring point in opposite directions.",
    "same_beyond": "On these patients they differ by more than the choice of patients explains on {classes}.",
    "settle_both": "More seeds of both (about {seeds}) or more patients (about {patients:,}) would settle it.",
    "settle_seeds": "More seeds of both (about {seeds}) would settle it.",
    "settle_patients": "More patients (about {patients:,}) would settle it.",
    "settle_neither": "Neither {most} more seeds nor {times} times as many patients would settle it.",
    "settle_no_patients": "Not even {times} times as many patients would settle it.",
    "settle_one_seed": "Fewer than {fewest} seeds cannot show how many more would settle it.",
    "mining_better": "With the same budget, mining hard negatives helped.",
    "mining_worse": "With the same budget, mining hard negatives did harm.",
    "mining_equivalent": "With the same budget, mining makes no difference that matters: it is not needed here.",
    "mining_not_settled": "It is not settled whether mining hard negatives is still needed.",
    "mining_mixed": "With the same budget, mining hard negatives helped by one scoring and did harm by the other.",
    "mining_one_seed": "This is about these two runs; a statement about mining needs {fewest} seeds of both.",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "average_precision": "average precision",
    "auroc": "AUROC",
    "accuracy": "top-1 accuracy",
    "exact_match": "all labels right",
    "verdict_better": "better",
    "verdict_worse": "worse",
    "verdict_equivalent": "equivalent within the margin",
    "verdict_not_settled": "not settled",
    "collapsed": "The predictions of {run} collapsed: {ways}.",
    "same_one": "all {n:,} test samples are predicted as {classes}",
    "same_several": "all {n:,} test samples get the same prediction, {classes}",
    "same_none": "none of the {n:,} test samples is given a class",
    "never": "never predicted: {classes}",
    "shown": "{class_name} ({n:,} test samples show it)",
    "majority": (
        "top-1 accuracy {accuracy:.1f}% is not above the {majority:.1f}% of always predicting {class_name} by "
        "more than chance ({points:+.1f} points, 95% CI {low:+.1f} to {high:+.1f}, {patients:,} patients)"
    ),
    "majority_alone": (
        "top-1 accuracy {accuracy:.1f}% is not above the {majority:.1f}% of always predicting {class_name}"
    ),
    "baselines": (
        "Without any model: always predicting {class_name} gives {majority:.1f}% accuracy and {f1:.1f}% macro-F1, "
        "drawing classes by their shares {chance:.1f}% accuracy."
    ),
    "mark_same": "all: {classes}",
    "mark_never": "never: {classes}",
    "mark_majority": "not above the majority class",
    "no_class": "no class",
}
KOREAN: Final[Mapping[str, str]] = {
    "overall": "전체",
    "by_class": "클래스별",
    "one_point": "1%p",
    "points": "{n}%p",
    "better": "{winner}이(가) 우세합니다",
    "equivalent": "{a}와(과) {b}은(는) 허용 차이 {margin} 이내로 동등합니다",
    "not_settled": "차이가 확인되지 않았습니다",
    "numbers": "{metric} {points:+.1f}%p, {level}% 신뢰 구간 [{low:+.1f}, {high:+.1f}]",
    "difference": "{b} − {a}: {numbers}",
    "no_interval": "{metric} {points:+.1f}%p, 환자가 적어 신뢰 구간 없음",
    "class_better": "{classes}에서 {winner}이(가) 우세합니다",
    "class_equivalent": "{classes}은(는) 허용 차이 {margin} 이내로 동등합니다",
    "class_not_settled": "{classes}은(는) 차이가 확인되지 않았습니다",
    "gain": "{class_name}({numbers})",
    "others": "나머지",
    "all": "모든 클래스({metric})",
    "one": "{class_name}({metric})",
    "too_few": "{classes}은(는) 환자가 {fewest}명 미만이어서 비교할 수 없습니다",
    "not_comparable": "{classes}은(는) 비교할 수 없습니다",
    "more": "그 밖의 {n}개",
    "nothing": "비교할 것이 없습니다.",
    "and": ", ",
    "clauses": ". ",
    "with_numbers": "{clause}({numbers})",
    "run_of": "{recipe}의 이 실행",
    "one_seed": "시드가 하나뿐이므로, 같은 레시피를 다시 학습해도 이 정도는 달라질 수 있습니다.",
    "two_seeds": "시드가 두 개뿐이어서 레시피에 대한 결론을 내리기에는 부족합니다. 시드가 세 개면 충분합니다.",
    "same_recipe": (
        "{recipe} 레시피를 시드 {a}와(과) {b}(으)로 학습한 두 실행입니다. 시드만 다르므로 둘의 차이는 우연입니다. "
        "{numbers}."
    ),
    "same_training": (
        "{recipe} 레시피를 같은 시드 {a}(으)로 두 번 학습한 실행입니다. 설정이 모두 같으므로 둘의 차이는 우연입니다. "
        "{numbers}."
    ),
    "ways_disagree": "두 채점 방식의 결과가 서로 반대 방향입니다.",
    "same_beyond": "다만 이 환자들에서는 {classes}에서 환자에 따른 우연보다 큰 차이가 있습니다.",
    "settle_both": (
        "양쪽 모두 시드를 약 {seeds}개 더 학습하거나 환자를 약 {patients:,}명 늘리면 결론을 내릴 수 있습니다."
    ),
    "settle_seeds": "양쪽 모두 시드를 약 {seeds}개 더 학습하면 결론을 내릴 수 있습니다.",
    "settle_patients": "환자를 약 {patients:,}명 늘리면 결론을 내릴 수 있습니다.",
    "settle_neither": "시드를 {most}개 더 학습하거나 환자를 {times}배로 늘려도 결론이 나지 않습니다.",
    "settle_no_patients": "환자를 {times}배로 늘려도 결론이 나지 않습니다.",
    "settle_one_seed": "시드가 {fewest}개 미만이면 시드를 몇 개 더 학습해야 하는지 알 수 없습니다.",
    "mining_better": "예산이 같을 때 하드 네거티브 마이닝이 도움이 되었습니다.",
    "mining_worse": "예산이 같을 때 하드 네거티브 마이닝이 해가 되었습니다.",
    "mining_equivalent": "예산이 같을 때 마이닝에 따른 차이는 무시할 만합니다. 여기서는 마이닝이 필요하지 않습니다.",
    "mining_not_settled": "하드 네거티브 마이닝이 아직 필요한지는 확인되지 않았습니다.",
    "mining_mixed": (
        "예산이 같을 때 하드 네거티브 마이닝이 한 채점 방식에서는 도움이 되고 다른 방식에서는 해가 되었습니다."
    ),
    "mining_one_seed": (
        "이 두 실행에 대한 결과입니다. 마이닝에 대한 결론을 내리려면 양쪽 모두 시드 {fewest}개가 필요합니다."
    ),
    "precision": "정밀도",
    "recall": "재현율",
    "f1": "F1",
    "average_precision": "평균 정밀도(AP)",
    "auroc": "AUROC",
    "accuracy": "top-1 정확도",
    "exact_match": "모든 라벨 일치율",
    "verdict_better": "우세",
    "verdict_worse": "열세",
    "verdict_equivalent": "동등(허용 차이 이내)",
    "verdict_not_settled": "차이 미확인",
    "collapsed": "{run}의 예측이 붕괴했습니다: {ways}.",
    "same_one": "테스트 샘플 {n:,}개를 모두 {classes}(으)로 예측했습니다",
    "same_several": "테스트 샘플 {n:,}개를 모두 똑같이({classes}) 예측했습니다",
    "same_none": "테스트 샘플 {n:,}개 가운데 클래스를 예측한 샘플이 없습니다",
    "never": "한 번도 예측하지 않은 클래스가 있습니다: {classes}",
    "shown": "{class_name}(테스트 샘플 {n:,}개에 있음)",
    "majority": (
        "top-1 정확도 {accuracy:.1f}%는 항상 {class_name}(으)로 예측할 때의 {majority:.1f}%보다 유의하게 높지 "
        "않습니다({points:+.1f}%p, 95% 신뢰 구간 [{low:+.1f}, {high:+.1f}], 환자 {patients:,}명)"
    ),
    "majority_alone": (
        "top-1 정확도 {accuracy:.1f}%는 항상 {class_name}(으)로 예측할 때의 {majority:.1f}%보다 높지 않습니다"
    ),
    "baselines": (
        "모델 없이 항상 {class_name}(으)로 예측하면 정확도 {majority:.1f}%, 매크로 F1 {f1:.1f}%이고, 클래스 비율대로 "
        "무작위로 예측하면 정확도 {chance:.1f}%입니다."
    ),
    "mark_same": "모두 {classes}",
    "mark_never": "예측 없음: {classes}",
    "mark_majority": "최다 클래스 이하",
    "no_class": "클래스 없음",
}
SENTENCE_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {"en": ENGLISH, "ko": with_particles(KOREAN)}
