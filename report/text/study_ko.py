"""Hold the Korean texts of the report of a study."""

from __future__ import annotations

from dataclasses import dataclass

from report.text.study_en import Pairs, StudyTexts


@dataclass(frozen=True)
class KoreanStudyTexts(StudyTexts):
    """The same names as in `study_en`."""

    language: str = "ko"
    study_title: str = "Odap 연구: {name}"
    study_made: str = (
        "{at} 작성, 계획의 ID {id}. 모든 수치는 연구용 모델의 결과이며 임상 사용에 대해서는 아무것도 뜻하지 않습니다."
    )
    study_plan: str = "첫 실행 전에 정한 계획"
    study_progress: str = "진행"
    study_done: str = "실행 {all}건 중 {done}건이 끝났습니다."
    study_states: Pairs = (
        ("done", "완료"),
        ("running", "학습 중"),
        ("queued", "대기"),
        ("failed", "실패"),
        ("stopped", "중지"),
        ("lost", "유실"),
        ("missing", "없음"),
    )
    study_answers: str = "답"
    study_forest: str = (
        "회색 띠는 허용 차이, 가는 선은 95% 동시 신뢰 구간, 굵은 선은 동등성 90% 신뢰 구간입니다. 오른쪽이면 첫째 "
        "비교군이 우세합니다."
    )
    study_numbers: str = "수치"
    study_question: str = "질문"
    study_arms: str = "비교군"
    study_samples: str = "테스트 영상"
    study_score: str = "점수"
    study_margin: str = "허용 차이(%p)"
    study_difference: str = "차이(%p)"
    study_together: str = "동시, 95%"
    study_equal: str = "개별, 90%"
    study_to: str = "–"
    study_verdict: str = "판정"
    study_family: str = "묶음"
    study_main: str = "주 질문"
    study_explored: str = "탐색"
    study_seeds: str = "시드"
    study_by_class: str = "클래스별 승, 무, 패"
    study_by_class_caption: str = (
        "첫째 비교군만 맞힌 영상(승), 두 비교군의 결과가 같은 영상(무), 둘째 비교군만 맞힌 영상(패)의 수입니다. 시드 "
        "평균입니다."
    )
    study_win: str = "승"
    study_tie: str = "무"
    study_loss: str = "패"
    study_costs: str = "비용"
    study_costs_caption: str = (
        "끝난 실행의 평균입니다. ‘학습에 쓴 라벨’은 손실에 반영된 샘플 수이며 반복을 포함합니다. ‘쓴 시간’은 모든 "
        "실행의 합이며, 다른 실행에서 이어받은 단계는 한 번만 포함합니다."
    )
    study_arm: str = "비교군"
    study_runs: str = "실행"
    study_steps: str = "스텝"
    study_seconds: str = "초"
    study_labels: str = "학습에 쓴 라벨"
    study_spent: str = "쓴 시간(초)"
    study_rounds: str = "라운드별 테스트 정확도"
    study_rounds_caption: str = "라운드 0은 전체 단계이며, 막대는 시드에 대한 스튜던트 95% 신뢰 구간입니다."
    study_maps: str = "조건별 이득"
    study_maps_caption: str = (
        "칸의 값은 차이(%p)와 95% 구간입니다. 빗금 친 칸은 차이 미확인입니다. 조건의 효과는 모든 칸에서 함께 추정한 "
        "탐색 결과이며, 95% 구간은 모든 조건에 함께 성립합니다."
    )
    study_behind: str = "답의 근거가 된 실행"
    study_no_runs: str = "이 연구에서 끝난 실행이 아직 없습니다."
