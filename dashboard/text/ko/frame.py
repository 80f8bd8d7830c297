"""한국어: 모든 페이지의 틀."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.frame import FrameTexts
from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class KoreanFrame(FrameTexts):
    """`en/frame.py`와 같은 이름을 씁니다."""

    brand: str = "Odap"
    brand_line: str = "**Odap** · 오답노트"
    tagline: str = "틀린 문제를 다시 푸는 노트"
    language: str = "언어"
    seconds: str = "{s}초"
    minutes: str = "{m}분 {s:02d}초"
    hours: str = "{h}시간 {m:02d}분"
    overview: str = "개요"
    confusion: str = "혼동 행렬"
    hard_negatives: str = "하드 네거티브"
    grad_cam: str = "Grad-CAM"
    single_vs_multi: str = "단일 vs 다중 라벨"
    data: str = "데이터"
    went_wrong: str = "표시할 수 없습니다: {reason}"
    unexpected: str = "예상하지 못한 문제가 생겼습니다. 자세한 내용은 앱 로그에 있습니다({kind})."
    try_again: str = "다시 시도"
    welcome_title: str = "Odap에 오신 것을 환영합니다"
    welcome_lines: tuple[str, ...] = (
        "**학습**: 영상 분류기를 단계별로 학습합니다. 먼저 전체를 고르게, 그다음 틀린 샘플을, 다시 전체를 학습합니다.",
        "**확인**: 어떤 클래스와 영상에서, 영상의 어느 부분 때문에 틀리는지 단계마다 살펴봅니다.",
        "**결정**: 데이터·시드·예산을 같게 하고 마이닝을 한 경우, 하지 않은 경우, 다중 라벨을 근거를 들어 비교합니다.",
    )
    welcome_button: str = "데모 데이터셋을 만들고 데모 비교 시작"
    welcome_note: str = (
        "이 컴퓨터에서 모의 초음파 영상을 만들고(내려받는 것은 없습니다) 작은 모델 세 개를 학습합니다. 코어 두 개로 "
        "8–10분쯤 걸립니다. 직접 준비한 영상은 ‘데이터’ 페이지에서 가져오세요."
    )
    demo_running: str = "데모를 진행하고 있습니다. 단계가 끝날 때마다 결과가 여기에 나타납니다. 이 탭은 닫아도 됩니다."
    new_training: str = "새 학습"
    dataset_help: str = "각 데이터셋의 최신 버전"
    no_dataset: str = "데이터셋이 없습니다. ‘개요’에서 데모 데이터셋을 만들거나 ‘데이터’에서 영상을 가져오세요."
    recipe: str = "레시피"
    small_dataset: str = "{dataset}에는 영상이 {n}장 있습니다. {limit}장보다 적을 때는 `{recipe}` 레시피로 시작하세요."
    recipe_help: str = "무엇을, 어떤 단계로, 얼마나 학습하는지 정합니다"
    no_recipe: str = "recipes/ 폴더에 레시피가 없습니다. 저장소에서 복원하세요."
    settings: str = "설정"
    setting_names: Pairs = (
        ("model", "모델"),
        ("image_size", "영상 크기"),
        ("batch_size", "배치 크기"),
        ("rounds", "라운드 수"),
        ("full.epochs", "전체 단계 에포크"),
        ("hard_negative.epochs", "하드 네거티브 단계 에포크"),
        ("refined.epochs", "정제 단계 에포크"),
    )
    start_training: str = "학습 시작"
    stage_names: Pairs = (
        ("full", "전체"),
        ("hard_negative", "하드 네거티브"),
        ("control", "대조"),
        ("refined", "정제"),
    )
    round_name: str = "{round}라운드"
    stage_shorts: Pairs = (
        ("full", "전체"),
        ("hard_negative", "하드"),
        ("control", "대조"),
        ("refined", "정제"),
    )
    compute_maps: str = "CAM 맵 만들기"
    computing: str = "CAM 맵을 만들고 있습니다…"
    maps_failed: str = "CAM 맵을 만들지 못했습니다: {reason}"
    no_checkpoint: str = "디스크에 이 실행의 체크포인트가 남아 있지 않아 CAM 맵을 만들 수 없습니다."
    no_map_layer: str = (
        "{model}에서 CAM 맵을 만들 수 있는 층이 알려져 있지 않아 실행 {run}은(는) CAM 맵 없이 학습했습니다. 층을 직접 "
        "지정하면 만들 수 있습니다: `python -m trainer explain RUN --sample ID --layer LAYER`"
    )
    compute_scores: str = "점수 계산"
    scoring_maps: str = "모든 단계의 CAM 맵을 채점하고 있습니다…"
    scores_failed: str = "점수를 계산하지 못했습니다: {reason}"
    upload_button: str = "올리기"
    upload_limit: str = "파일당 {mb} MB까지"
    stages: str = "단계"
    queued: str = "대기열에 넣었습니다: {title}. ‘진행 중인 작업’에 나타납니다."
    live_runs: str = "진행 중인 작업"
    nothing_live: str = "진행 중인 작업이 없습니다."
    epoch_of: str = "에포크 {epoch}/{epochs}"
    speed: str = "초당 {speed}장"
    time_left: str = "{left} 남음"
    stop: str = "중지"
    stop_help: str = "현재 스텝을 마치고 멈춥니다. 멈춘 실행은 ‘개요’에서 이어서 학습할 수 있습니다."
    stop_waiting_help: str = "시작하기 전에 대기열에서 뺍니다."
    drop_help: str = "작업을 중지합니다. 끝내지 못한 결과는 남지 않으므로, 필요하면 처음부터 다시 시작하세요."
    stop_asked: str = "{title}: 현재 스텝을 마치고 멈춥니다."
    stop_done: str = "{title}: 중지했습니다."
    stop_with_it: str = "이 작업을 기다리던 {n}건도 함께 중지했습니다."
    put_first: str = "맨 앞으로"
    put_first_help: str = "대기열의 맨 앞으로 옮깁니다."
    put_first_done: str = "{title}: 다음에 시작합니다."
    waits_for: str = "먼저 끝나야 할 작업: {title}"
    waits_next: str = "대기 중, 다음 차례"
    more_wait: str = "대기 중인 작업이 {n}건 더 있습니다."
    waits_behind: str = "대기 중, 앞에 {n}건"
    job_titles: Pairs = (
        ("train", "{recipe} · {dataset} · 시드 {seed:.0f}"),
        ("continued", "{recipe} · {dataset} · 시드 {seed:.0f} · 이어서"),
        ("again", "{recipe} · {dataset} · 시드 {seed:.0f} · 다시 시도 {n}/{most}"),
        ("phantom", "팬텀 데이터셋 {dataset} 만들기"),
        ("import", "{dataset} 가져오기"),
        ("check", "{dataset} 점검"),
        ("maps", "{run}의 Grad-CAM, 샘플 {n}개"),
        ("scores", "{run}의 CAM 맵 점수"),
    )
    job_ended: str = "**{title}**: {state}"
    sample_view: str = "샘플"
    meeting: str = "판독 회의"
