"""한국어: 회의, 샘플 페이지."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.pairs import Pairs
from dashboard.text.en.review import ReviewTexts


@dataclass(frozen=True)
class KoreanReview(ReviewTexts):
    """`en/review.py`와 같은 이름을 씁니다."""

    neighbours: str = "가장 비슷한 학습 샘플"
    neighbours_title: str = "가장 비슷한 학습 샘플"
    neighbours_caption: str = (
        "{stage} 이후 분류층 바로 앞의 특징이 가장 비슷한(코사인) 학습 샘플 {n}개입니다. 그중 {alike}개의 라벨이 "
        "{label}이고, {right}개를 맞혔습니다."
    )
    no_embeddings: str = (
        "실행 {run}에는 이 샘플의 특징이 저장되어 있지 않아 비슷한 샘플을 찾을 수 없습니다. 새 실행에는 저장됩니다."
    )
    similarity: str = "코사인 유사도 {value}"
    test_bias: str = (
        "이 변경 가운데 {n}개는 모델이 틀려서 뽑힌 테스트 샘플이므로, 이후 이 테스트 세트의 점수는 그 모델에 "
        "유리해집니다. 이전 실행과 새 실행을 두 버전 모두에서 채점하거나, 무작위로 뽑은 테스트 샘플도 함께 다시 "
        "라벨링하세요."
    )
    test_agenda: str = (
        "이 테스트 샘플들은 모델이 틀려서 안건에 올랐으므로, 이것만 다시 라벨링하면 이후 이 테스트 세트의 점수가 그 "
        "모델에 유리해집니다. 이전 실행과 새 실행을 두 버전 모두에서 채점하거나, 무작위로 뽑은 샘플도 함께 다시 "
        "라벨링하세요."
    )
    column_rival: str = "가장 가까운 경쟁 클래스"
    column_outcome_hard: str = "하드 단계 이후"
    column_outcome: str = "라운드 이후"
    previous: str = "이전"
    next: str = "다음"
    place_in_list: str = "{n}개 중 {at}번째"
    no_sample: str = "선택된 샘플이 없습니다. 갤러리나 회의 안건에서 샘플을 여세요."
    sample_gone: str = "샘플 {sample}은(는) 실행 {run}의 데이터셋에 없습니다. 이 실행의 갤러리에서 샘플을 여세요."
    no_picture: str = "영상이 없거나 읽을 수 없습니다. 나머지는 그대로 표시합니다."
    probs_by_stage: str = "단계별 확률"
    no_probs: str = "이 실행에는 아직 이 샘플을 예측한 단계가 없습니다."
    cams_by_stage: str = "모델이 보는 곳(CAM 맵)"
    mined_history: str = "마이닝 이력"
    never_mined: str = "이 샘플을 마이닝한 실행이 없습니다."
    column_round: str = "라운드"
    column_reason: str = "이유"
    column_margin: str = "마진"
    column_loss: str = "손실"
    verdicts_title: str = "판정"
    reviewer: str = "판독자 이름"
    reviewer_help: str = "판정은 이 이름으로 저장되며, 이름은 이 탭에만 남습니다"
    need_name: str = "판정하려면 위에 이름을 입력하세요."
    verdict: str = "판정"
    verdict_kinds: Pairs = (
        ("model_error", "모델 오류"),
        ("label_error", "라벨 오류"),
        ("ambiguous", "모호"),
        ("unusable", "사용 불가"),
    )
    right_label: str = "올바른 라벨"
    note: str = "메모"
    save_verdict: str = "판정 저장"
    verdict_saved: str = "저장했습니다."
    undo: str = "내 판정 취소"
    verdict_undone: str = "취소했습니다."
    hidden_verdicts: str = "다른 판독자의 판정 {n}건은 본인이 판정한 뒤에 보입니다."
    no_verdicts: str = "아직 판정이 없습니다."
    verdict_line: str = "**{reviewer}**: {verdict}{label} · {when}"
    meeting_part: str = "보기"
    part_names: Pairs = (
        ("agenda", "안건"),
        ("decisions", "결정"),
        ("agreement", "일치도"),
    )
    blind: str = "블라인드 이차 판독"
    blind_help: str = "본인이 판정하기 전에는 다른 판독자의 판정을 숨깁니다"
    agenda_size: str = "샘플 수"
    empty_agenda: str = "논의할 샘플이 없습니다. 이 단계는 이 분할의 모든 샘플을 맞혔습니다."
    agenda_caption: str = "혼동된 클래스 쌍 {pairs}개에서 번갈아 뽑은 샘플 {n}개입니다. 그중 {mine}개를 판정했습니다."
    agenda_title: str = "전체 안건"
    agenda_option: str = "{at}. {label} → {predicted} · {sample}"
    why: str = "안건에 오른 이유: {reasons}"
    agenda_reasons: Pairs = (
        ("suspect", "라벨 의심"),
        ("newly_wrong", "오답으로 바뀜"),
        ("disagreement", "실행 간 불일치"),
        ("worst", "오답"),
    )
    column_reasons: str = "이유"
    column_judged: str = "판정 수"
    column_you: str = "본인"
    column_sample: str = "샘플"
    decisions_caption: str = (
        "판정한 사람이 모두 같은 판정을 하면 결정된 것으로 봅니다. {n}개가 판정되었고, 그중 {open}개는 아직 미결입니다."
    )
    nothing_decided: str = "아직 판정된 샘플이 없습니다. 안건에서 판정하세요."
    decision_names: Pairs = (
        ("relabelled", "라벨 수정"),
        ("excluded", "제외"),
        ("ambiguous", "모호"),
        ("kept", "라벨 유지"),
        ("open", "미결"),
    )
    column_decision: str = "결정"
    column_label: str = "라벨"
    column_right_label: str = "올바른 라벨"
    column_reviewers: str = "판독자"
    export: str = "{dataset}의 다음 버전 만들기"
    export_caption: str = "라벨 수정 {relabelled}개, 제외 {excluded}개. 환자와 분할을 포함해 나머지는 그대로 둡니다."
    export_nothing: str = "아직 바꿀 것이 없습니다. 라벨 수정이나 제외로 결정된 샘플이 없습니다."
    exporting: str = "새 버전을 저장하고 있습니다…"
    exported: str = "{dataset}을(를) 변경 목록과 함께 만들었습니다. 왼쪽의 *새 학습*에서 선택하세요."
    newer_version: str = "그 사이 {newest}이(가) 만들어졌습니다. 아래 판정은 {dataset}에 대한 판정입니다."
    agreement_caption: str = (
        "카파는 우연을 제외한 일치도이며(1 = 항상 일치, 0 = 우연과 같음), 두 사람이 모두 판정한 샘플에서 계산합니다."
    )
    no_agreement: str = "두 판독자가 함께 판정한 샘플이 아직 없습니다."
    column_reviewer_a: str = "판독자"
    column_reviewer_b: str = "상대"
    column_same: str = "같은 판정"
    column_kappa: str = "카파"
    all_reviewers: str = "전체 (Fleiss)"
