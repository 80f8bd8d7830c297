"""한국어: 혼동 행렬 페이지."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.confusion import ConfusionTexts
from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class KoreanConfusion(ConfusionTexts):
    """`en/confusion.py`와 같은 이름을 씁니다."""

    compare_with: str = "비교 대상"
    column_count: str = "샘플 수"
    column_support: str = "클래스 전체"
    column_rate: str = "비율"
    support_help: str = "이 분할에서 정답 클래스의 샘플 수"
    matrix_tab: str = "행렬"
    difference_tab: str = "두 단계의 차이"
    normalise: str = "칸의 값"
    normalise_names: Pairs = (
        ("true", "정답 클래스 대비 비율"), ("predicted", "예측 클래스 대비 비율"), ("counts", "개수")
    )  # fmt: skip
    confused_pairs: str = "혼동된 클래스 쌍(심한 순)"
    pairs_hint: str = "쌍을 선택하면 해당 샘플이 보입니다."
    no_pairs: str = "혼동이 없습니다. 이 분할의 모든 샘플을 맞혔습니다."
    behind_pair: str = "{true}을(를) {predicted}(으)로 예측: 샘플 {n}개(확신이 높은 오답부터)"
    matrix_caption: str = "행은 정답 클래스, 열은 예측 클래스입니다. 샘플 {n}개."
    sigmoid_matrix: str = (
        "다중 라벨 실행입니다. 행렬은 모든 라벨이 아니라, 확률이 가장 높은 클래스(top-1)를 주석의 단일 라벨과 "
        "비교합니다."
    )
    difference_caption: str = "정답 클래스 대비 비율: {second}에서 {first}을(를) 뺀 값(%p)입니다. 양쪽 모두 샘플 {n}개."
    difference_same: str = "비교할 다른 단계나 실행을 선택하세요."
    trend_point: str = "{pair}, {stage}: {n}개"
    trend_hint: str = "점을 누르거나 목록에서 선택하면 해당 샘플이 보입니다."
    trends_tab: str = "라운드별 클래스 쌍"
    labels_tab: str = "다중 라벨"
    many_classes: str = "클래스"
    many_names: Pairs = (("top", "혼동이 잦은 클래스와 나머지"), ("all", "전체"))
    others: str = "(나머지)"
    others_help: str = (
        "혼동이 가장 잦은 클래스 {kept}개를 보여 주고 나머지 {rest}개는 하나로 묶었습니다. 마지막 대각선 칸에는 "
        "나머지의 정답과 나머지끼리의 혼동이 함께 들어 있습니다."
    )
    matrix_hint: str = "칸을 누르거나 오른쪽에서 쌍을 선택하면 해당 샘플이 보입니다."
    behind_cell: str = "{true}을(를) {predicted}(으)로 예측: 샘플 {n}개"
    column_trend: str = "단계별"
    column_change: str = "변화"
    change_help: str = "첫 단계 이후의 변화(%p)"
    trends_caption: str = "정답 클래스 가운데 다른 클래스로 예측된 비율입니다. 이 분할의 샘플 {n}개."
    no_trends: str = "이 실행은 이 분할의 어느 단계에서도 혼동한 쌍이 없습니다."
    worse_pairs: str = "{before}보다 {after}에서 유의하게 더 자주 혼동된 쌍:"
    change_one_pair: str = (
        "실행 하나씩의 비교이므로 같은 레시피를 다시 학습하면 달라질 수 있습니다. 레시피의 차이는 ‘단일 vs 다중 라벨’ "
        "페이지에서 확인하세요."
    )
    change_same_recipe: str = "둘 다 {recipe} 레시피의 실행이며 시드만 다릅니다. 이 변화는 학습의 우연에 따른 것입니다."
    worse_pair: str = (
        "{true} → {predicted}: {points:+.1f}%p (95% 신뢰 구간 [{low:+.1f}, {high:+.1f}]), {true} 샘플 {n}개"
    )
    no_worse_pairs: str = "{before}보다 {after}에서 더 자주 혼동되었다고 확인된 쌍이 없습니다."
    moved_caption: str = (
        "테두리가 있는 칸은 유의하게 변했습니다: {cells}칸 중 {moved}칸(공통 샘플 {n}개, 환자 {patients}명 단위 대응 "
        "부트스트랩, 잘못된 테두리가 하나라도 생길 확률 5%). 개별: 칸 하나씩의 구간. 동시: 충분한 환자가 드나든 모든 "
        "칸에 함께 성립하는 95% 구간이며, 테두리는 이 구간을 따릅니다. 두 실행 또는 한 실행의 두 단계를 비교하므로 "
        "시드 간 변동은 포함하지 않습니다."
    )
    click_difference: str = "칸을 누르면 그 칸에 들어오거나 나간 샘플이 보입니다."
    moved_samples: str = "{true}을(를) {predicted}(으)로 예측: 들어온 샘플 {entered}개, 나간 샘플 {left}개"
    none_moved: str = "이 칸에 들어오거나 나간 샘플이 없습니다."
    entered: str = ":material/login: 들어옴(이전 예측: {was})"
    left_cell: str = ":material/logout: 나감(현재 예측: {now})"
    column_before: str = "이전"
    column_after: str = "이후"
    column_points: str = "차이(%p)"
    column_patients: str = "변한 환자 수"
    column_verdict: str = "유의성"
    verdict_names: Pairs = (("worse", "열세"), ("better", "우세"), ("unshown", "차이 미확인"))
    not_multi: str = (
        "이 실행은 샘플마다 클래스를 하나만 예측합니다. 클래스별 2 x 2 표와 동시 출현은 다중 라벨 실행에만 있습니다. "
        "위에서 다중 라벨 실행을 선택하세요."
    )
    two_by_two: str = "클래스별 2 x 2 표"
    two_by_two_hint: str = "숫자를 선택하면 해당 샘플이 보입니다. 샘플 {n}개, 실행 자체의 임계값 기준."
    cell_names: Pairs = (
        ("found", "정답(TP)"),
        ("missed", "미검출(FN)"),
        ("false_alarm", "오검출(FP)"),
        ("rightly_absent", "정상 배제(TN)"),
    )
    cell_samples: str = "{name}, {kind}: 샘플 {n}개"
    cooccurrence: str = "동시 출현"
    cooccurrence_kind: str = "집계 대상"
    cooccurrence_names: Pairs = (("beside", "함께 예측"), ("instead", "대신 예측"))
    cooccurrence_captions: Pairs = (
        ("beside", "행: 실제로 있는 클래스. 열: 없는데 예측한 클래스. 대각선: 맞게 예측한 클래스."),
        ("instead", "‘함께 예측’과 같지만, 행의 클래스가 미검출(FN)인 경우만 셉니다."),
    )
