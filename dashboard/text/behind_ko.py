"""한국어: 그림의 막대, 점, 띠에 속한 샘플."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.behind import BehindTexts, Pairs


@dataclass(frozen=True)
class KoreanBehind(BehindTexts):
    """이름은 behind.py와 같습니다."""

    behind_label: str = "샘플 보기"
    none_chosen: str = "선택 안 함"
    none_behind: str = "여기에 속한 샘플이 없습니다."
    behind_hint: str = "막대를 누르거나 목록에서 고르면 그 샘플이 보입니다."
    stage_mistakes: str = "단계별 테스트 오답"

    previous_page: str = "앞 페이지"
    next_page: str = "다음 페이지"

    # hard negatives
    flow_hint: str = "목록에서 띠를 고르거나 개수의 막대를 누르면 그 샘플이 보입니다."
    band: str = "{before} → {after}: {n}개"
    band_end: str = "{stage}, {state}"
    band_title: str = "{band} 샘플"
    pool_hint: str = "막대를 누르면 아래에 그 라운드와 이유의 샘플이 보입니다."
    pair_hint: str = "행을 고르면 아래에 그 클래스 쌍의 샘플이 보입니다."

    # single vs multi, stages
    class_bar: str = "{class_name}: {side}의 오답"
    class_gap: str = "{class_name}: 둘 중 하나만 틀림"
    class_title: str = "{bar}, 샘플 {n}개"
    bin_point: str = "{run}, 확률 {low}–{high}: 답 {n}개"
    bin_there: str = "{class_name} p {prob}: 있음"
    bin_not_there: str = "{class_name} p {prob}: 없음"
    bin_more: str = "그 밖에 클래스 {n}개"
    limit_point: str = "{split}, {kind}: {n}개"
    limit_kinds: Pairs = (("missed", "놓침"), ("false_alarm", "거짓 경보"), ("wrong", "놓침 또는 거짓 경보"))
    limit_title: str = "{class_name}, 임곗값 {limit}, {split}, {kind}: 샘플 {n}개"
    limit_hint: str = (
        "곡선을 누르면 임곗값이 그곳으로 옮겨지고 샘플이 보입니다. "
        "정밀도는 거짓 경보, 재현율은 놓친 샘플, F1은 둘 다입니다."
    )
    class_bar_hint: str = "오답: 있는 클래스를 말하지 않았거나, 없는 클래스를 말한 것입니다."
    gain_bar: str = "{class_name}: {run}, {what}"
    gained_word: str = "새로 맞힘"
    lost_word: str = "새로 틀림"
    was_now: str = "{was} → {now}"
    stage_bar: str = "{run}, {stage}: 오답"

    # overview
    curve_point: str = "{run}, {stage}: 테스트 오답"
    curve_hint: str = (
        "점을 누르면 그 단계의 테스트 오답이 보입니다. "
        "답은 에포크마다가 아니라 단계가 끝날 때 가장 좋은 에포크의 것이 저장됩니다."
    )
    curve_waits: str = "{run}의 {stage} 단계가 아직 끝나지 않았습니다. 끝나면 답이 보입니다."

    # confusion
    trend_point: str = "{pair}, {stage}: {n}개"
    trend_hint: str = "점을 누르거나 목록에서 고르면 그 샘플이 보입니다."

    # sample view
    neighbours: str = "모델에게 비슷해 보이는 샘플"
    neighbours_title: str = "가장 가까운 학습 샘플"
    neighbours_caption: str = (
        "{stage} 이후 분류층 바로 앞의 특징이 가장 비슷한(코사인) 학습 샘플 {n}개입니다. 그중 {alike}개의 라벨이 "
        "{label}이고, {right}개를 맞혔습니다."
    )
    no_embeddings: str = (
        "학습 {run}에는 이 샘플의 특징이 저장되어 있지 않아 이웃을 알 수 없습니다. 앞으로 하는 학습에는 저장됩니다."
    )
    similarity: str = "코사인 {value}"

    # meeting
    test_bias: str = (
        "이 변경 가운데 {n}개는 모델이 틀려서 고른 테스트 샘플이므로, 이후 이 테스트 세트의 점수는 그 모델에 유리하게 "
        "치우칩니다. 이전과 새 학습을 두 버전 모두에서 채점하거나, 무작위 테스트 표본도 함께 다시 라벨링하십시오."
    )
    test_agenda: str = (
        "이 테스트 샘플들은 모델이 틀려서 안건에 올랐으므로, 이것만 다시 라벨링하면 이후 점수가 그 모델에 유리하게 "
        "치우칩니다. 이전과 새 학습을 두 버전 모두에서 채점하거나, 무작위 표본도 함께 다시 라벨링하십시오."
    )

    # data
    changes_title: str = "검토 후 변경: 샘플 {n}개"
    changes_bias: str = (
        "모델이 틀려서 바꾼 테스트 샘플은 이 버전의 이후 점수를 그 모델에 유리하게 치우치게 합니다. 이전과 새 학습을 "
        "두 버전 모두에서 채점하거나, 무작위 테스트 표본도 함께 다시 라벨링하십시오."
    )
    counts_hint: str = "막대나 칸을 누르면 ‘샘플’ 탭에 그 샘플이 보입니다."
    together_filter: str = "함께 있는 클래스"
