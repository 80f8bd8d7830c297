"""한국어: 개요 페이지."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.overview import OverviewTexts
from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class KoreanOverview(OverviewTexts):
    """`en/overview.py`와 같은 이름을 씁니다."""

    runs: str = "실행 목록"
    learning_curves: str = "학습 곡선"
    curves_of: str = "그림에 표시할 실행"
    curve_metric: str = "곡선"
    curve_names: Pairs = (
        ("val_macro_f1", "검증 매크로 F1"),
        ("val_accuracy", "검증 정확도"),
        ("val_loss", "검증 손실"),
        ("train_loss", "학습 손실"),
    )
    curves_wait: str = "아직 끝난 에포크가 없어 그림에 없는 실행: {runs}."
    no_epochs: str = "선택한 실행은 아직 끝난 에포크가 없습니다."
    stages_of: str = "{run}의 단계"
    headline_caption: str = "{dataset}의 테스트 샘플 {n}개에 대한 점수이며, 각 단계가 끝날 때 한 번씩 측정했습니다."
    run_failed: str = "실행 {run}이(가) 실패했습니다: {reason}"
    run_stopped: str = "실행 {run}이(가) 중지되었습니다. 마지막으로 끝난 에포크부터 이어서 학습할 수 있습니다."
    run_lost: str = (
        "실행 {run}이(가) 유실되었습니다. 프로세스가 이유를 남기지 않고 끝났으며, 이어서 학습할 수 있습니다."
    )
    to_checks: str = "{dataset} 점검 보기"
    run_resumes: str = (
        "실행 {run}이(가) 도중에 끝나 다시 대기열에 있습니다. 마지막으로 끝난 에포크부터 이어서 학습합니다."
    )
    log_tail: str = "로그의 마지막 부분"
    no_log: str = "이 실행의 로그가 없습니다."
    column_kind: str = "종류"
    column_status: str = "상태"
    column_stage: str = "마지막 단계"
    column_macro_ap: str = "매크로 AP"
    column_elapsed: str = "경과 시간"
    elapsed_help: str = "실제로 경과한 시간입니다. 다른 사용자가 컴퓨터를 쓰면 늘어나므로 비용의 척도가 아닙니다"
    column_created: str = "시작 (UTC)"
    column_epochs: str = "에포크"
    column_best: str = "최고 에포크"
    column_mined: str = "마이닝"
    accuracy_help: str = (
        "확률이 가장 높은 클래스가 단일 라벨과 같은 테스트 샘플의 비율입니다. 모든 실행을 비교할 수 있도록, 라벨 "
        "체계를 쓴 실행도 데이터셋의 원래 라벨로 채점합니다"
    )
    macro_f1_help: str = (
        "테스트 샘플에서 클래스별 F1의 평균입니다. 다중 라벨 실행은 자체 임계값으로 모든 라벨에 대해 채점합니다. ‘단일 "
        "vs 다중 라벨’ 페이지는 두 방식을 같은 기준으로 채점합니다"
    )
    macro_ap_help: str = "클래스별 평균 정밀도(AP)의 평균입니다. 임계값과 무관합니다"
    mined_help: str = "단계가 끝날 때 다음 라운드를 위해 마이닝한 하드 네거티브의 수입니다"
    column_low: str = "95% 하한"
    column_high: str = "95% 상한"
    stage_mistakes: str = "테스트 오답을 볼 단계"
    curve_point: str = "{run}, {stage}: 테스트 오답"
    curve_hint: str = (
        "점을 누르면 그 단계의 테스트 오답이 보입니다. 예측은 에포크마다가 아니라 단계마다 한 번, 가장 좋은 에포크에서 "
        "저장합니다."
    )
    curve_waits: str = "{run}의 {stage} 단계가 아직 끝나지 않았습니다. 끝나면 예측이 보입니다."
    column_majority: str = "최다 클래스"
    majority_help: str = "테스트 세트에서 가장 많은 클래스로 항상 예측할 때의 정확도입니다"
    column_chance: str = "무작위"
    chance_help: str = "테스트 세트의 클래스 비율대로 무작위로 예측할 때의 정확도입니다"
    column_rank: str = "순위"
    rank_help: str = (
        "데이터로 말할 수 있는 순위 범위입니다(95%, 클래스가 같고 공통 시드가 세 개 이상인 모든 레시피 쌍에 함께 "
        "성립). 순위가 겹치면 구별되지 않습니다. 비어 있으면 시드가 부족하거나 비교할 레시피가 없습니다."
    )
    leaderboard_caption: str = (
        "한 데이터셋 버전에서 레시피별 마지막 단계의 테스트 점수를 시드에 대해 평균한 값입니다. 구간은 레시피별 "
        "스튜던트 95% 구간이므로 두 레시피의 비교에는 쓰지 마세요. 비교에는 순위를 쓰세요. 순위는 같은 시드와 같은 "
        "테스트 샘플에서 레시피를 서로 비교한 결과입니다."
    )
    leaderboard: str = "순위표"
    column_seeds: str = "시드"
    recipe_diff: str = "레시피의 차이"
    same_recipes: str = "이 실행들은 레시피의 설정이 모두 같습니다."
    choose_more: str = "위에서 실행을 둘 이상 선택하면 레시피의 차이가 보입니다."
    column_key: str = "설정"
    resume: str = "이어서 학습"
    resumed: str = "실행을 다시 대기열에 넣었습니다. 마지막으로 끝난 에포크부터 이어서 학습합니다."
    report: str = "보고서"
    make_report: str = "보고서 만들기"
    report_runs: str = "보고서에 넣을 실행"
    report_help: str = "다른 파일이 필요 없는 HTML 파일입니다. 브라우저에서 PDF로 인쇄할 수 있습니다"
    making_report: str = "보고서를 만들고 있습니다…"
    save_report: str = "보고서 저장"
    upkeep: str = "디스크 사용량과 실행 삭제"
    upkeep_choose: str = "정리하거나 삭제할 실행"
    column_disk: str = "파일 (MB)"
    without_run: str = "실행이 없는 폴더"
    disk_in_all: str = "체크포인트·로그·CAM 맵 폴더 {n}개, 모두 {size}."
    keep_best: str = "최고·마지막 체크포인트만 남기기"
    keep_best_help: str = (
        "끝난 실행에서 최고 단계(검증 매크로 F1)와 마지막 단계를 뺀 나머지 단계의 가중치를 지웁니다. 결과는 모두 "
        "남지만, 지운 단계의 CAM 맵은 더 만들 수 없습니다."
    )
    kept_best: str = "{run}: {size}을(를) 확보했습니다. 최고 체크포인트와 마지막 체크포인트는 남아 있습니다."
    delete_takes: str = (
        "**{run}**을(를) 삭제하면 단계 {stages}개와 예측 {predictions}건(모두 {rows}행), 그리고 체크포인트·로그·CAM 맵 "
        "{size}이(가) 모든 사용자에게서 완전히 사라집니다. 데이터셋과 샘플에 대한 판정은 남습니다."
    )
    delete_sure: str = "예, {run}을(를) 삭제합니다"
    delete_run: str = "이 실행 삭제"
    deleted_run: str = "{run}을(를) 삭제하고 {size}을(를) 확보했습니다."
