"""한국어: 연구 페이지."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.pairs import Pairs
from dashboard.text.en.studies import StudiesTexts


@dataclass(frozen=True)
class KoreanStudies(StudiesTexts):
    """`en/studies.py`와 같은 이름을 씁니다."""

    study: str = "연구"
    study_intro: str = "연구는 첫 실행 전에 질문, 비교군, 허용 차이를 정하고 모든 질문에 함께 답합니다."
    no_studies: str = (
        "아직 연구가 없습니다. docs/studies.md를 참고해 `studies/` 폴더에 파일을 만들거나 명령줄에서 시작하세요: "
        "`python -m trainer study FILE --dry-run`"
    )
    choose_study: str = "연구"
    study_broken: str = "이 연구 파일은 사용할 수 없습니다: {reason}"
    study_from_store: str = "저장소에 있는 연구입니다. 파일은 그 뒤에 바뀌었을 수 있습니다"
    study_plan: str = "첫 실행 전에 정한 계획"
    study_plan_line: str = (
        "질문 {questions}개, 비교군 {arms}개, 데이터셋 {datasets}개, 시드 {seeds}개: 실행 {runs}건. 계획의 ID: `{id}`. "
        "질문, 비교군, 데이터셋을 바꾸면 다른 연구가 되지만, 시드를 늘려도 같은 연구입니다."
    )
    study_progress: str = "진행"
    study_done: str = "실행 {all}건 중 {done}건 완료, {running}건 학습 중, {waiting}건 대기, {failed}건 도중에 끝남."
    study_queue: str = "부족한 실행을 대기열에 넣기"
    study_queue_help: str = "이 연구에 아직 없는 실행을 모두 대기열에 넣습니다. 필요한 데이터셋도 만듭니다."
    study_queued: str = "실행 {n}건을 대기열에 넣었습니다."
    study_left: str = "대기열에 넣을 실행 {runs}건. 앞으로 학습할 양은 모두 {steps:,}스텝이며, {time}."
    study_time: str = "이 컴퓨터에서 약 {time} 걸립니다"
    study_time_unknown: str = "걸리는 시간은 신경망과 영상 크기가 같은 실행이 이 컴퓨터에서 하나 끝나야 알 수 있습니다"
    study_namesakes: str = (
        "저장소에 이름은 같지만 계획이 다른 {studies}도 있습니다. 이 연구는 그와 다른 연구입니다. 레시피, 설정, "
        "데이터셋, 시드가 같아 그대로 쓰는 실행: {all}건 가운데 {n}건."
    )
    study_passed_over: str = "없어도 되는 데이터셋이라 건너뜁니다: {datasets}."
    study_complete: str = "이 연구의 모든 실행이 끝났습니다."
    study_all_queued: str = "부족한 실행이 모두 대기열에 있습니다. 실행이 끝날수록 답이 나오고 더 확실해집니다."
    study_first_step: str = (
        "이 연구의 실행이 아직 없습니다. 여기서 부족한 실행을 대기열에 넣거나 `python -m trainer study {name}` 명령을 "
        "쓰세요. 실행이 끝나면 답이 나타납니다."
    )
    study_grid_hint: str = (
        "칸 하나가 실행 하나입니다. 학습 중이거나 끝난 칸을 선택하면 그 실행이 열립니다. 빈칸에는 실행이 없습니다."
    )
    study_dataset: str = "데이터셋"
    study_arm: str = "비교군"
    study_cells: Pairs = (
        ("done", "✓ 완료"),
        ("running", "▶ 학습 중"),
        ("queued", "… 대기"),
        ("starting", "▶ 시작 중"),
        ("stopping", "■ 멈추는 중"),
        ("failed", "✗ 실패"),
        ("stopped", "■ 중지"),
        ("lost", "✗ 유실"),
        ("missing", "– 없음"),
    )
    study_answers: str = "답"
    study_verdicts: str = (
        "우세 {better}, 열세 {worse}, 동등 {equivalent}, 차이 미확인 {open}, 실행 또는 예측 없음 {none}"
    )
    study_lacks_predictions: str = (
        "답할 수 있는 질문이 없습니다. 실행은 끝났지만, 모든 비교군의 예측이 시드 세 개에 걸쳐 저장소에 있는 질문이 "
        "없습니다. 무엇이 없는지는 아래 답에서 확인하세요."
    )
    study_no_answers: str = (
        "아직 답할 수 있는 질문이 없습니다. 질문마다 모든 비교군의 시드가 세 개씩 필요합니다. 실행이 끝나면 판정이 "
        "나옵니다."
    )
    study_forest_hint: str = (
        "회색 띠는 허용 차이, 가는 선은 동시 신뢰 구간, 굵은 선은 동등성 신뢰 구간입니다. 점을 누르거나 아래에서 "
        "질문을 선택하면 클래스, 실행, 샘플이 보입니다."
    )
    study_question: str = "질문"
    study_learn: str = "결과에 따라 알게 되는 것: {learn}"
    study_kind_main: str = "주 질문"
    study_kind_explored: str = "탐색"
    study_every_answer: str = "모든 답(한 문장씩)"
    study_by_class: str = "클래스별 승, 무, 패"
    study_no_wins: str = "두 비교군 모두에서 끝난 시드가 생기면 나타납니다."
    study_no_predictions: str = "실행은 끝났지만 이 질문에 쓸 예측이 저장소에 없습니다."
    study_no_classes: str = "상호작용에는 클래스별 승자가 없습니다. 두 대비를 각각 확인하세요."
    study_runs_of: str = "이 답의 실행과 샘플"
    study_pair: str = "시드 {seed}: {a} 대 {b}, 샘플별 비교"
    study_run_link: str = "{side}, 시드 {seed}"
    study_no_runs_behind: str = "모든 비교군의 실행이 끝난 시드가 아직 없습니다."
    study_cost: str = "비용 대비 이득"
    study_cost_by: str = "실행 하나의 비용"
    study_costs: Pairs = (
        ("steps", "최적화 스텝"),
        ("seconds", "초"),
        ("labels", "학습에 쓴 라벨"),
    )
    study_cost_hint: str = (
        "이름이 적힌 것은 같은 비용 이하에서 다른 어떤 비교군보다 정확한 비교군과 가장 많은 대비의 기준이 되는 "
        "비교군이며, 시드에 대한 95% 신뢰 구간도 함께 표시합니다. 다른 비교군의 구간은 점을 가리키면 나타납니다. "
        "끝난 실행의 평균입니다. ‘학습에 쓴 라벨’은 손실에 반영된 샘플 수이며 반복을 포함합니다. 다른 실행에서 "
        "이어받은 단계는 그 실행의 비용에 포함되고, 연구 전체의 비용에는 한 번만 포함됩니다: {steps:,}스텝, {seconds}."
    )
    study_rounds: str = "라운드별 곡선"
    study_rounds_hint: str = "라운드 0은 전체 단계입니다. 막대는 시드에 대한 스튜던트 95% 신뢰 구간입니다."
    study_map: str = "조건별 이득"
    study_map_hint: str = "칸의 값은 이득(%p)입니다. 빗금 친 칸은 차이 미확인입니다. 칸을 누르면 위에 답이 보입니다."
    study_effects: str = "조건별 효과"
    study_effects_hint: str = (
        "다른 조건을 고정하고 모든 칸에서 함께 추정한 탐색 결과입니다. 95% 구간은 모든 조건에 함께 성립합니다."
    )
    study_map_question: str = "질문 선택"
    study_knob_x: str = "가로"
    study_knob_y: str = "세로"
    study_knob_at: str = "{knob} 값"
    study_report: str = "이 연구의 보고서"
    make_study_report: str = "보고서 만들기"
    save_study_report: str = "보고서 저장"
    column_question: str = "질문"
    column_samples_asked: str = "테스트 영상"
    column_score_asked: str = "점수"
    column_study_margin: str = "허용 차이"
    column_study_verdict: str = "판정"
    column_n_seeds: str = "시드"
    column_n_images: str = "영상"
    column_n_patients: str = "환자"
    column_study_difference: str = "차이(%p)"
    column_study_together: str = "동시, 95%"
    column_study_equal: str = "개별, 90%"
    column_study_family: str = "묶음"
    answering: str = "질문의 답을 계산하고 있습니다…"
