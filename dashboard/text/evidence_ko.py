"""한국어: 근거를 다루는 페이지의 글. `evidence.py`와 이름이 하나씩 짝을 이룬다."""

from __future__ import annotations

from dataclasses import dataclass

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class KoreanEvidence:
    """`EvidenceTexts`를 한국어로."""

    # downloads
    download_csv: str = "표를 CSV로"
    picture_format: str = "그림 저장 형식"
    picture_formats: Pairs = (("png", "PNG"), ("svg", "SVG"))

    # confusion
    trends_tab: str = "라운드별 클래스 쌍"
    labels_tab: str = "다중 라벨"
    many_classes: str = "클래스"
    many_names: Pairs = (("top", "혼동이 잦은 쌍과 나머지"), ("all", "전체"))
    others: str = "(나머지)"
    others_help: str = (
        "혼동이 가장 잦은 클래스 {kept}개와, 나머지 {rest}개를 하나로 묶은 것입니다. 대각선의 마지막 칸에는 나머지의 "
        "정답과 나머지끼리의 혼동이 함께 들어 있습니다."
    )
    matrix_hint: str = "칸을 누르거나 오른쪽에서 쌍을 고르면 해당 샘플이 보입니다."
    behind_cell: str = "{true}을(를) {predicted}(으)로 예측: 샘플 {n}개"
    column_trend: str = "단계별"
    column_change: str = "변화"
    change_help: str = "첫 단계 이후의 변화(포인트)"
    trends_caption: str = "정답 클래스 중 다른 클래스로 예측된 비율. 이 데이터의 샘플 {n}개."
    no_trends: str = "이 학습은 이 데이터에서 어느 단계에서도 혼동한 쌍이 없습니다."
    worse_pairs: str = "{after}에서 {before}보다 더 자주 혼동된 쌍 (환자에 따른 우연을 넘음):"
    change_one_pair: str = (
        "실행 하나씩의 비교이므로 같은 레시피를 다시 학습하면 달라질 수 있습니다. 두 레시피의 차이는 단일 vs 다중 "
        "라벨 페이지에서 확인하세요."
    )
    change_same_recipe: str = (
        "둘 다 {recipe} 레시피의 실행이며 시드만 다릅니다. 여기 보이는 변화는 학습의 우연에 따른 것입니다."
    )
    worse_pair: str = (
        "{true} → {predicted}: {points:+.1f}%p (95% 신뢰구간 [{low:+.1f}, {high:+.1f}]), {true} 샘플 {n}개"
    )
    no_worse_pairs: str = "{after}에서 {before}보다 더 자주 혼동되었다고 볼 수 있는 쌍이 없습니다."
    moved_caption: str = (
        "테두리가 있는 칸은 우연을 넘어 변했습니다: {cells}칸 중 {moved}칸 (공통 샘플 {n}개, 환자 {patients}명 "
        "단위의 짝지은 부트스트랩, 잘못된 테두리가 하나라도 생길 확률 5%). 개별: 칸 하나씩. 동시: 충분한 환자가 "
        "드나든 모든 칸에 대해 함께 성립하는 95% 구간이며 테두리는 이 구간을 따릅니다. 두 실행 또는 한 실행의 두 "
        "단계를 비교하므로 시드에 따른 변동은 들어 있지 않습니다."
    )
    click_difference: str = "칸을 누르면 그 칸에 들어오거나 나간 샘플이 보입니다."
    moved_samples: str = "{true}을(를) {predicted}(으)로 예측: 들어온 샘플 {entered}개, 나간 샘플 {left}개"
    none_moved: str = "이 칸에 들어오거나 나간 샘플이 없습니다."
    entered: str = ":material/login: 들어옴, 이전 예측 {was}"
    left_cell: str = ":material/logout: 나감, 현재 예측 {now}"
    column_before: str = "이전"
    column_after: str = "이후"
    column_points: str = "포인트"
    column_patients: str = "움직인 환자"
    column_verdict: str = "우연을 넘는가"
    verdict_names: Pairs = (("worse", "열세"), ("better", "우세"), ("unshown", "결론 보류"))
    not_multi: str = (
        "이 학습은 샘플마다 클래스 하나만 답합니다. 클래스별 2 x 2 표와 동시 출현은 다중 라벨 학습에만 있습니다. "
        "위에서 "
        "다중 라벨 학습을 고르세요."
    )
    two_by_two: str = "클래스별 2 x 2"
    two_by_two_hint: str = "숫자를 고르면 해당 샘플이 보입니다. 샘플 {n}개, 학습 자체의 임계값 기준."
    cell_names: Pairs = (
        ("found", "찾음"), ("missed", "놓침"), ("false_alarm", "잘못 말함"), ("rightly_absent", "없다고 맞힘")
    )  # fmt: skip
    cell_samples: str = "{name}, {kind}: 샘플 {n}개"
    cooccurrence: str = "동시 출현"
    cooccurrence_kind: str = "세는 것"
    cooccurrence_names: Pairs = (("beside", "함께 말함"), ("instead", "대신 말함"))
    cooccurrence_captions: Pairs = (
        ("beside", "행: 실제로 있는 클래스. 열: 없는데 있다고 말한 클래스. 대각선: 맞게 말한 것."),
        ("instead", "함께 말함과 같지만, 행의 클래스를 놓친 경우만 셉니다."),
    )

    # single vs multi
    first_pair: str = "아래는 시드 {seeds}개의 평균이 아니라 선택한 두 실행(시드 {seed})의 결과입니다."
    seeds: str = "시드"
    seeds_names: Pairs = (("one", "고른 두 학습만"), ("all", "공통 시드 {n}개 모두"))
    totals: str = "전체 클래스 기준"
    column_metric: str = "점수"
    total_names: Pairs = (
        ("exact_match", "완전 일치"),
        ("hamming", "해밍 손실 (낮을수록 좋음)"),
        ("micro_precision", "마이크로 정밀도"),
        ("micro_recall", "마이크로 재현율"),
        ("micro_f1", "마이크로 F1"),
        ("macro_precision", "매크로 정밀도"),
        ("macro_recall", "매크로 재현율"),
        ("macro_f1", "매크로 F1"),
        ("top1", "Top-1 정확도"),
    )
    calibration: str = "보정"
    calibration_label: str = "가장 확률이 높은 클래스에 대한 확신과, 그 클래스가 실제로 맞은 비율."
    calibration_labels: str = "클래스가 있다고 말한 확률과, 실제로 있었던 비율. 모든 클래스."
    tests: str = "클래스별 검정"
    tests_caption: str = (
        "McNemar: 둘이 맞히는 빈도가 같은가? ({shared}) DeLong: ROC 곡선 아래 면적이 같은가? 클래스 {classes}개에 "
        "대해 "
        "Holm 방법으로 보정했습니다. 두 검정은 영상이 서로 독립이라고 보지만 한 환자의 영상은 그렇지 않습니다. "
        "환자 단위 "
        "구간과 어긋나면 구간을 믿으세요."
    )
    mcnemar_all: str = "모든 클래스: A만 맞음 {only_a}, B만 맞음 {only_b}, p {p}"
    column_only_a: str = "A만 맞음"
    column_only_b: str = "B만 맞음"
    column_mcnemar: str = "McNemar p"
    column_mcnemar_holm: str = "McNemar, Holm"
    column_auroc: str = "AUROC B − A"
    column_delong: str = "DeLong p"
    column_delong_holm: str = "DeLong, Holm"
    thresholds: str = "임계값"
    thresholds_side: str = "학습"
    thresholds_class: str = "클래스"
    threshold: str = "임계값"
    threshold_caption: str = (
        "{name}의 조정된 임계값은 {tuned}이며 검증 데이터에서 골랐습니다. 임계값을 움직인 효과는 두 데이터 모두에 "
        "대해 "
        "보입니다. 테스트 점수를 보고 고른 임계값은 실제보다 좋아 보입니다."
    )
    threshold_columns: Pairs = (("tuned", "조정값"), ("moved", "움직인 값"))

    # stages
    stages: str = "단계"
    stages_need: str = (
        "이 페이지는 단계별 학습을 같은 예산의 대조군과 비교합니다. 한 데이터셋에서 단계별 레시피와 그 대조군을 "
        "학습하세요 "
        "(예: `demo`와 `demo_control`)."
    )
    staged_run: str = "단계별 학습"
    still_needed: str = "하드 네거티브 학습이 아직 필요한가?"
    stage_by_stage: str = "단계별 결과"
    column_run: str = "학습"
    column_samples_seen: str = "보여 준 샘플"
    column_samples_used: str = "학습한 샘플"
    samples_used_help: str = "보여 준 샘플 가운데 손실에 든 것. 나머지는 신뢰도 필터나 OHEM이 뺍니다"
    column_since: str = "더해짐"
    column_lead: str = "앞섬"
    since_help: str = "테스트 정확도에서 이전 단계의 정확도를 뺀 값(포인트)"
    lead_help: str = "테스트 정확도에서 같은 위치에서 비교한 실행의 정확도를 뺀 값(포인트)"
    gained_lost: str = "클래스별로 얻은 것과 잃은 것"
    from_stage: str = "이전 단계"
    to_stage: str = "다음 단계"
    gained_caption: str = "두 단계 사이에 맞게 된(얻은) 테스트 샘플과 틀리게 된(잃은) 테스트 샘플. 괄호 안은 n."
    one_stage_only: str = "아직 한 단계만 끝났습니다. 다음 단계가 얻고 잃은 것이 여기에 나타납니다."
    class_effect: str = "클래스별 순효과"

    # hard negatives
    flow_as: str = "보기"
    flow_names: Pairs = (("flow", "흐름"), ("counts", "개수"))
    flow_of: str = "샘플"
    flow_of_names: Pairs = (("mined", "이 라운드에서 마이닝된 것"), ("test", "모든 테스트 샘플"))
    flow_test_caption: str = "테스트 샘플 {n}개 전체와, 이후 각 단계의 답입니다."
    by_pair: str = "쌍과 이유별"
    column_total: str = "합계"

    suspect_labels: str = "라벨이 의심스러운 샘플 {n}개 (따로 둠)"
    suspect_caption: str = "마이닝하지 않았습니다. 학습 결과가 라벨과 어긋납니다. 가장 믿기 어려운 라벨부터."
    card_suspect: str = "라벨 **{given}**, 제안 **{suggested}**  \n라벨의 확률 {prob}"

    # overview
    leaderboard: str = "순위표"
    column_seeds: str = "시드"
    recipe_diff: str = "레시피의 차이"
    same_recipes: str = "이 학습들의 레시피는 모든 키가 같습니다."
    choose_more: str = "위에서 학습을 둘 이상 고르면 레시피의 차이가 보입니다."
    column_key: str = "키"


@dataclass(frozen=True)
class KoreanEvidenceFigures:
    """`EvidenceFigureTexts`를 한국어로."""

    others: str = "(나머지)"
    said: str = "말한 클래스"
    there: str = "있는 클래스"
    sure: str = "평균 확률"
    came_true: str = "실제 비율"
    perfect: str = "완전한 보정"
    bin: str = "답 {n}개, 확신 {confidence}, 실제 {frequency} (95 % {low} ~ {high})"
    state_names: Pairs = (
        ("right", "맞음"),
        ("wrong", "틀림"),
        ("still_right", "계속 맞음"),
        ("fixed", "고쳐짐"),
        ("newly_wrong", "새로 틀림"),
        ("still_wrong", "계속 틀림"),
    )
    link: str = "{source} → {target}: 샘플 {n}개"
    rate: str = "정답 클래스 대비 비율"
    gained: str = "얻음"
    lost: str = "잃음"
    samples_gained: str = "얻은 샘플(오른쪽)과 잃은 샘플(왼쪽)"
    threshold: str = "임계값"
    score: str = "점수"
    moved: str = "우연을 넘어 움직임"
    no_pairs: str = "어느 단계에서도 혼동된 쌍이 없습니다."
    no_flow: str = "흘러갈 두 번째 단계가 아직 없습니다."
    no_answers: str = "보정을 볼 답이 없습니다."
