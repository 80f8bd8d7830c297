"""한국어: 그림."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.charts import ChartTexts
from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class KoreanCharts(ChartTexts):
    """`en/charts.py`와 같은 이름을 씁니다."""

    true_class: str = "정답 클래스"
    predicted_class: str = "예측 클래스"
    share: str = "비율"
    count: str = "샘플 수"
    points: str = "%p"
    cell: str = "{true}을(를) {predicted}(으)로 예측"
    epoch: str = "에포크(실행 전체)"
    stage: str = "단계"
    round: str = "라운드"
    samples: str = "샘플 수"
    interval: str = "{level}% 신뢰 구간 [{low:+.1f}, {high:+.1f}]"
    lead: str = "차이(%p, 오른쪽: {b} 우세)"
    support: str = "환자 {n_groups}명의 샘플 {n}개"
    inherited: str = "{stage}(이어받음)"
    no_epochs: str = "아직 끝난 에포크가 없습니다."
    no_stages: str = "아직 끝난 단계가 없습니다."
    no_samples: str = "집계할 샘플이 없습니다."
    no_classes: str = "비교할 클래스가 없습니다."
    no_history: str = "이 샘플을 예측한 단계가 아직 없습니다."
    share_learned: str = "학습된 비율"
    auc: str = "나머지 클래스 대비 AUC"
    learned_of: str = "샘플 {n}개 중 {share}"
    no_learning: str = "샘플별 학습 기록이 없습니다."
    no_cues: str = "측정할 수 있는 단서가 없습니다."
    factor: str = "{factor}: {auc} (95% 신뢰 구간 [{low}, {high}])"
    others: str = "(나머지)"
    there: str = "실제 클래스"
    sure: str = "평균 예측 확률"
    came_true: str = "실제 비율"
    perfect: str = "완벽한 보정"
    bin: str = "예측 {n}개: 평균 확률 {confidence}, 실제 비율 {frequency} (95% 신뢰 구간 [{low}, {high}])"
    state_names: Pairs = (
        ("right", "정답"),
        ("wrong", "오답"),
        ("still_right", "정답 유지"),
        ("fixed", "정답으로 바뀜"),
        ("newly_wrong", "오답으로 바뀜"),
        ("still_wrong", "오답 유지"),
    )
    link: str = "{source} → {target}: 샘플 {n}개"
    rate: str = "정답 클래스 대비 비율"
    gained: str = "정답으로 바뀜"
    lost: str = "오답으로 바뀜"
    samples_gained: str = "정답으로 바뀐 샘플(오른쪽)과 오답으로 바뀐 샘플(왼쪽)"
    threshold: str = "임계값"
    score: str = "점수"
    moved: str = "유의한 변화"
    no_pairs: str = "어느 단계에서도 혼동된 클래스 쌍이 없습니다."
    no_flow: str = "흐름을 그리려면 끝난 단계가 두 개 필요합니다."
    no_answers: str = "보정 상태를 보여 줄 예측이 없습니다."
    outline_names: Pairs = (
        ("box", "상자"),
        ("caliper", "검출된 캘리퍼"),
        ("text", "검출된 글자"),
    )
    class_probability: str = "확률"
    classes_left_out: str = "확률이 낮은 클래스 {n}개는 표시하지 않았습니다"
    no_questions: str = "해당하는 질문이 없습니다."
    no_ended_runs: str = "아직 끝난 실행이 없습니다."
    best_for_cost: str = "같은 비용 이하에서 최고"
    interval_equivalence: str = "동등성 90% 신뢰 구간"
    interval_together: str = "95% 동시 신뢰 구간(묶음의 모든 질문)"
    margin: str = "허용 차이"
    explored: str = "탐색 질문"
    difference_points: str = "차이(%p, 오른쪽이면 첫째 비교군 우세)"
    study_support: str = "시드 {seeds}개, 환자 {patients:,}명의 영상 {n:,}장"
    only_right: str = "{arm}만 정답"
    images_per_seed: str = "시드당 테스트 영상 수"
    class_wins: str = "영상 {n}장 중 승 {win}, 무 {tie}, 패 {loss} (시드 평균)"
    seed_wins: str = "시드별 승 {won}, 무 {tied}, 패 {lost}"
    test_accuracy: str = "테스트 정확도(시드 평균)"
    seeds_of: str = "시드 {n}개"
