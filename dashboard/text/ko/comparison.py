"""한국어: 단일 대 다중, 단계 페이지."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.comparison import ComparisonTexts
from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class KoreanComparison(ComparisonTexts):
    """`en/comparison.py`와 같은 이름을 씁니다."""

    run_a: str = "실행 A"
    run_b: str = "실행 B"
    need_two: str = (
        "두 실행(보통 단일 라벨과 다중 라벨)을 같은 테스트 샘플에서 비교하는 페이지입니다. 왼쪽에서 같은 데이터셋으로 "
        "두 번째 실행을 시작하세요."
    )
    same_run: str = "서로 다른 두 실행을 선택하세요."
    no_one_label: str = (
        "이 실행들의 라벨 체계에서는 샘플의 단일 라벨이 어느 클래스인지 알 수 없습니다. 모든 라벨로 채점하세요."
    )
    no_all_labels: str = (
        "두 실행 모두 다중 라벨이 아니어서 라벨 체계에서 샘플의 모든 라벨을 알 수는 없습니다. 단일 라벨로 채점하세요."
    )
    no_shared: str = "실행 {a}와(과) {b}에 공통된 테스트 샘플이 없어 비교할 수 없습니다."
    scoring: str = "채점 기준"
    scoring_names: Pairs = (
        ("label", "단일 라벨(양쪽 top-1)"),
        ("labels", "모든 라벨(각자의 임계값)"),
    )
    score: str = "점수"
    score_names: Pairs = (
        ("f1", "F1"),
        ("precision", "정밀도"),
        ("recall", "재현율"),
        ("average_precision", "평균 정밀도(AP)"),
        ("auroc", "AUROC"),
    )
    comparing: str = "두 실행을 비교하고 있습니다…"
    discordance: str = "두 실행의 예측이 갈리는 샘플"
    discordance_kind: str = "표시"
    discordance_names: Pairs = (
        ("only_a", "A만 정답"),
        ("only_b", "B만 정답"),
        ("both_wrong", "둘 다 오답이며 예측이 다름"),
    )
    no_discordance: str = "해당하는 샘플이 없습니다."
    behind_hint: str = "막대를 누르거나 목록에서 선택하면 해당 샘플이 보입니다."
    # single vs multi, stages
    class_bar: str = "{class_name}: {side}의 오답"
    class_gap: str = "{class_name}: 한쪽만 오답"
    bin_point: str = "{run}, 확률 {low}–{high}: 예측 {n}개"
    bin_there: str = "{class_name} p {prob}: 있음"
    bin_not_there: str = "{class_name} p {prob}: 없음"
    bin_more: str = "그 밖의 클래스 {n}개"
    limit_point: str = "{split}, {kind}: {n}개"
    limit_kinds: Pairs = (
        ("missed", "미검출(FN)"),
        ("false_alarm", "오검출(FP)"),
        ("wrong", "미검출 또는 오검출"),
    )
    limit_title: str = "{class_name}, 임계값 {limit}, {split}, {kind}: 샘플 {n}개"
    limit_hint: str = (
        "곡선을 누르면 임계값이 그 값으로 바뀌고 해당 샘플이 보입니다. 정밀도 곡선은 오검출(FP), 재현율 곡선은 "
        "미검출(FN), F1 곡선은 둘 다 보여 줍니다."
    )
    class_bar_hint: str = "오답은 있는 클래스를 예측하지 않았거나 없는 클래스를 예측한 경우입니다."
    gain_bar: str = "{class_name}: {run}, {what}"
    gained_word: str = "정답으로 바뀜"
    lost_word: str = "오답으로 바뀜"
    stage_bar: str = "{run}, {stage}: 오답"
    more_seeds: str = "두 레시피의 시드 추가 학습"
    more_seeds_help: str = "이 데이터셋 버전에서 두 레시피의 시드가 {n}개씩 되도록 부족한 실행을 대기열에 넣습니다."
    more_seeds_queued: str = "실행 {n}건을 대기열에 넣었습니다. 끝나면 이 비교에 반영됩니다."
    more_seeds_waiting: str = "이 레시피들의 시드를 추가로 학습하고 있습니다. 끝나면 이 비교에 반영됩니다."
    calibration_error: str = (
        "{name}의 ECE: {value} (95% 신뢰 구간 [{low}, {high}], 예측 {n}개). 완벽히 보정된 모델도 예측이 이만큼이면 "
        "{perfect}이(가) 나옵니다."
    )
    calibration_differs: str = (
        "{b}의 ECE에서 {a}의 ECE를 뺀 값: {difference} (95% 신뢰 구간 [{low}, {high}]). {verdict}."
    )
    calibration_verdicts: Pairs = (
        ("lower", "{b}이(가) 더 잘 보정됨"),
        ("higher", "{a}이(가) 더 잘 보정됨"),
        ("open", "차이가 확인되지 않음"),
    )
    control_exact: str = "예산이 같은 대조군입니다. 단계별 실행과 `control` 설정만 다릅니다."
    control_other: str = (
        "이 실행의 대조군이 아닙니다. 두 실행은 다음 설정이 다릅니다: {keys}. 아래는 두 실행의 비교이며, 마이닝의 "
        "효과를 보여 주지는 않습니다."
    )
    before_mining: str = (
        "두 실행을 첫 단계가 끝난 시점에서 비교합니다. 아직 마이닝을 하기 전이므로 마이닝의 효과는 1라운드부터 "
        "나타납니다."
    )
    seeds_there: str = (
        "두 레시피에 공통 시드가 세 개 이상 있습니다. 레시피를 비교하려면 시드가 같은 두 실행을 선택한 뒤 공통 시드 "
        "모두를 선택하세요."
    )
    one_pair: str = "선택한 두 실행만의 결과입니다. 다시 학습하면 이 정도는 달라질 수 있습니다."
    two_runs: str = "두 실행의 비교"
    own_versions: str = (
        "여기서는 실행마다 자기 데이터셋 버전의 테스트 샘플과 라벨로 채점하므로 점수를 서로 뺄 수 없습니다. 위의 "
        "비교는 두 버전에 모두 있는 샘플만 씁니다."
    )
    other_run: str = "비교할 실행"
    control_mark: str = "대조군"
    no_exact_control: str = (
        "{dataset}에 이 실행의 대조군(레시피와 시드가 같고 `control: true`인 실행)이 없습니다. 대조군을 학습하거나 "
        "비교할 다른 실행을 선택하세요."
    )
    train_control: str = "대조군 학습"
    control_queued: str = "이 실행의 대조군을 대기열에 넣었습니다."
    fork_title: str = "여기서 다른 레시피 시도"
    fork_about: str = (
        "선택한 실행의 끝난 단계에서 새 실행을 시작합니다. 가중치, 임계값, 예측을 그대로 이어받으며, 처음부터 학습한 "
        "것과 결과가 같고 비용은 그 뒤 단계만 듭니다. 앞 단계를 똑같이 학습했을 레시피만 표시합니다."
    )
    fork_stage: str = "시작할 단계"
    fork_own_recipe: str = "{recipe} (이 실행의 레시피)"
    fork_setting_names: Pairs = (
        ("rounds", "라운드"),
        ("hard_negative.epochs", "하드 네거티브 에포크"),
        ("refined.epochs", "정제 에포크"),
        ("miner.name", "마이닝 방법"),
        ("guard.name", "라벨 노이즈 가드"),
        ("control", "대조군"),
    )
    fork_taken: str = "{run}의 설정을 그대로 씁니다: {keys}."
    fork_start: str = "여기서부터 학습"
    fork_see_job: str = "개요 페이지의 ‘진행 중인 작업’에서 보기"
    fork_other_version: str = "이 실행의 레시피는 다른 버전의 Odap에서 만든 것이라 여기서 시작할 수 없습니다."
    fork_no_checkpoint: str = "디스크에 이 실행의 체크포인트가 남아 있지 않아 여기서 시작할 수 없습니다."
    effect_cost: str = (
        "스텝 {steps:,} 대 {control_steps:,}, 학습에 쓴 샘플(반복 포함) {samples:,}개 대 {control_samples:,}개."
    )
    effect_processor: str = "프로세서 시간: {time} 대 {control_time}."
    seeds: str = "시드"
    seeds_names: Pairs = (("one", "선택한 두 실행만"), ("all", "공통 시드 {n}개 모두"))
    totals: str = "전체 클래스 기준"
    column_metric: str = "점수"
    total_names: Pairs = (
        ("exact_match", "완전 일치"),
        ("hamming", "해밍 손실(낮을수록 좋음)"),
        ("micro_precision", "마이크로 정밀도"),
        ("micro_recall", "마이크로 재현율"),
        ("micro_f1", "마이크로 F1"),
        ("macro_precision", "매크로 정밀도"),
        ("macro_recall", "매크로 재현율"),
        ("macro_f1", "매크로 F1"),
        ("top1", "Top-1 정확도"),
    )
    calibration: str = "보정"
    calibration_label: str = "확률이 가장 높은 클래스의 확률과 그 클래스가 실제로 맞은 비율입니다."
    calibration_labels: str = "클래스마다 예측한 확률과 그 클래스가 실제로 있는 비율입니다(모든 클래스)."
    tests: str = "클래스별 검정"
    tests_caption: str = (
        "McNemar: 두 실행의 정답 빈도가 같은가? ({shared}) DeLong: ROC 곡선 아래 면적이 같은가? 클래스 {classes}개에 "
        "대해 Holm 방법으로 보정했습니다. 두 검정은 영상이 서로 독립이라고 가정하지만 한 환자의 영상은 독립이 "
        "아닙니다. 검정과 환자 단위 구간이 다르면 구간을 따르세요."
    )
    mcnemar_all: str = "모든 클래스: A만 정답 {only_a}, B만 정답 {only_b}, p {p}"
    column_only_a: str = "A만 정답"
    column_only_b: str = "B만 정답"
    column_mcnemar: str = "McNemar p"
    column_mcnemar_holm: str = "McNemar, Holm"
    column_auroc: str = "AUROC B − A"
    column_delong: str = "DeLong p"
    column_delong_holm: str = "DeLong, Holm"
    thresholds: str = "임계값"
    thresholds_side: str = "실행"
    thresholds_class: str = "클래스"
    threshold: str = "임계값"
    threshold_caption: str = (
        "{name}의 조정된 임계값은 {tuned}이며 검증 데이터로 정했습니다. 임계값을 바꾼 효과를 두 분할에서 모두 보여 "
        "줍니다. 테스트 점수를 보고 정한 임계값은 실제보다 좋아 보입니다."
    )
    threshold_columns: Pairs = (("tuned", "조정값"), ("moved", "바꾼 값"))
    stages_need: str = (
        "단계별 실행을 예산이 같은 대조군과 비교하는 페이지입니다. 한 데이터셋에서 단계별 레시피와 그 대조군을 "
        "학습하세요(예: `demo`와 `demo_control`)."
    )
    staged_run: str = "단계별 실행"
    still_needed: str = "하드 네거티브 학습이 아직 필요한가?"
    stage_by_stage: str = "단계별 결과"
    column_samples_used: str = "학습에 반영된 샘플"
    samples_used_help: str = "보여 준 샘플 가운데 손실에 반영된 샘플입니다. 나머지는 신뢰도 필터나 OHEM이 제외합니다"
    column_since: str = "이전 단계 대비"
    column_lead: str = "대조군 대비"
    column_other_lead: str = "비교 실행 대비"
    since_help: str = "테스트 정확도와 이전 단계 정확도의 차이(%p)"
    lead_help: str = "테스트 정확도와, 라운드와 단계가 같은 비교 실행의 정확도의 차이(%p)"
    limits_of: str = "실행 {run}의 성능을 제한한 요인:"
    limit_sentences: Pairs = (
        (
            "rate_above",
            "학습률. {stage} 단계의 에포크 {epochs}개 중 {above}개에서 학습 손실이 무작위 추측의 손실({guessing})의 두 "
            "배를 넘었습니다.",
        ),
        (
            "rate_jumps",
            "학습률. {stage} 단계의 에포크 {epochs}개 중 {jumps}개에서 학습 손실이 4분의 1 넘게 올랐습니다.",
        ),
        (
            "rate_still",
            "학습률. {stage} 단계의 에포크 {epochs}개를 모두 거치는 동안 학습 손실이 {total_fall}만 줄었습니다.",
        ),
        (
            "steps",
            "학습 스텝. {stage} 단계가 끝날 때에도 에포크마다 학습 손실이 {train_fall}, 검증 손실이 {val_fall}씩 "
            "줄고 있었습니다.",
        ),
        (
            "data",
            "데이터. 학습 샘플 {n_train}개의 정확도는 {train_accuracy}이지만, 검증 샘플 {n_val}개의 정확도는 "
            "{val_accuracy}입니다.",
        ),
        (
            "noise",
            "라벨 노이즈. 학습 샘플 {n_train}개 중 {suspects}개({suspect_share})의 라벨이 의심됩니다.",
        ),
    )
    limit_none: str = "손실, 정확도, 의심 라벨에서 두드러진 것이 없습니다."
    limits_caption: str = (
        "정해진 기준에 따른 어림 판단이며 통계 검정이 아닙니다. 먼저 살펴볼 곳을 알려 줄 뿐이고, 바꾸면 나아지는지는 "
        "실행을 비교해야 알 수 있습니다."
    )
    gained_lost: str = "클래스별 정답·오답 변화"
    from_stage: str = "시작 단계"
    to_stage: str = "끝 단계"
    gained_caption: str = (
        "두 단계 사이에 정답으로 바뀐 테스트 샘플과 오답으로 바뀐 테스트 샘플입니다. 괄호 안은 n입니다."
    )
    one_stage_only: str = "아직 한 단계만 끝났습니다. 다음 단계가 끝나면 정답·오답의 변화가 여기에 나타납니다."
    class_effect: str = "클래스별 순효과"
