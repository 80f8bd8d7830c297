"""한국어: what `en.py` says, name by name. A name that is missing here is said in English, and a test tells so."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.behind_ko import KoreanBehind
from dashboard.text.cam_ko import KoreanCam
from dashboard.text.claims_ko import KoreanClaims
from dashboard.text.data_ko import KoreanData
from dashboard.text.en import FigureTexts, Texts
from dashboard.text.evidence_ko import KoreanEvidence, KoreanEvidenceFigures
from dashboard.text.live_ko import KoreanLive
from dashboard.text.mined_ko import KoreanMined
from dashboard.text.review_ko import KoreanReview, KoreanReviewFigures
from dashboard.text.upkeep_ko import KoreanUpkeep
from report.text.provenance import KoreanProvenance

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Korean(
    KoreanBehind, KoreanCam, KoreanClaims, KoreanData, KoreanEvidence, KoreanLive, KoreanMined, KoreanProvenance,
    KoreanReview, KoreanUpkeep, Texts,
):  # fmt: skip
    """Class names, ids and the words in `code` stay as they are."""

    brand: str = "Odap"
    brand_line: str = "**Odap** · 오답노트"
    tagline: str = "틀린 문제를 다시 푸는 노트"
    language: str = "언어"
    seconds: str = "{s}초"
    minutes: str = "{m}분 {s:02d}초"
    hours: str = "{h}시간 {m:02d}분"

    # pages
    overview: str = "개요"
    confusion: str = "혼동 행렬"
    hard_negatives: str = "하드 네거티브"
    grad_cam: str = "Grad-CAM"
    single_vs_multi: str = "단일 vs 다중 라벨"
    data: str = "데이터"

    # guard
    went_wrong: str = "표시할 수 없습니다: {reason}"
    unexpected: str = "예상하지 못한 문제가 생겼습니다. 자세한 내용은 앱 로그에 있습니다({kind})."
    try_again: str = "다시 시도"

    # first start
    welcome_title: str = "Odap에 오신 것을 환영합니다"
    welcome_lines: tuple[str, ...] = (
        "**학습**: 이미지 분류기를 단계별로 학습합니다. 먼저 전체를 고르게, 다음에 틀린 것을, 다시 전체를 학습합니다.",
        "**확인**: 어떤 클래스, 어떤 영상, 영상의 어느 부분에서 틀리는지 단계마다 살펴봅니다.",
        "**결정**: 같은 데이터·시드·예산으로 마이닝을 한 경우와 하지 않은 경우, 다중 라벨을 근거를 갖고 비교합니다.",
    )
    welcome_button: str = "데모 데이터셋을 만들고 데모 비교 시작"
    welcome_note: str = (
        "이 컴퓨터에서 모의 초음파 영상을 만들고(내려받는 것은 없습니다) 작은 모델 세 개를 학습합니다. 코어 두 개로 약 "
        "8~10분 걸립니다. 직접 준비한 영상은 ‘데이터’ 페이지에서 가져오십시오."
    )
    demo_running: str = "데모를 진행하고 있습니다. 단계가 끝날 때마다 결과가 여기에 나타나며, 이 탭은 닫아도 됩니다."

    # launch form
    new_training: str = "새 학습"
    dataset: str = "데이터셋"
    dataset_help: str = "각 데이터셋의 최신 버전"
    no_dataset: str = "데이터셋이 없습니다. 개요에서 데모 데이터셋을 만들거나 ‘데이터’에서 영상을 가져오십시오."
    recipe: str = "레시피"
    recipe_help: str = "무엇을, 어떤 단계로, 얼마 동안 학습하는지"
    no_recipe: str = "recipes/ 폴더에 레시피가 없습니다. 저장소에서 복원하십시오."
    seed: str = "시드"
    settings: str = "설정"
    setting_names: Pairs = (
        ("model", "모델"),
        ("image_size", "영상 크기"),
        ("batch_size", "배치 크기"),
        ("rounds", "라운드 수"),
        ("full.epochs", "전체 단계 에폭"),
        ("hard_negative.epochs", "하드 네거티브 단계 에폭"),
        ("refined.epochs", "정제 단계 에폭"),
    )
    start_training: str = "학습 시작"

    # pickers
    run: str = "학습"
    run_a: str = "학습 A"
    run_b: str = "학습 B"
    stage: str = "단계"
    split: str = "데이터 구분"
    compare_with: str = "비교 대상"
    stage_names: Pairs = (
        ("full", "전체"),
        ("hard_negative", "하드 네거티브"),
        ("control", "대조"),
        ("refined", "정제"),
    )
    round_name: str = "{round}라운드"
    split_names: Pairs = (("test", "테스트"), ("val", "검증"), ("train", "학습"))

    # empty states
    no_runs: str = "아직 학습이 없습니다. 왼쪽에서 데이터셋과 레시피를 고르고 *학습 시작*을 누르십시오."
    no_runs_no_data: str = (
        "아직 학습도 데이터셋도 없습니다. *개요*에서 버튼 하나로 데모를 만들거나, *데이터*에서 영상을 가져오십시오."
    )
    first_run_starting: str = "첫 학습이 곧 시작됩니다. 결과가 여기에 나타납니다."
    no_stage: str = "학습 {run}은(는) 아직 끝난 단계가 없습니다. 첫 단계가 끝나면 이 페이지가 채워집니다."
    no_stage_ended: str = (
        "학습 {run}은(는) 한 단계도 끝내기 전에 종료되었습니다({status}). 개요에서 이어서 학습하십시오."
    )
    no_predictions: str = "이 단계에는 {split} 데이터의 예측이 없습니다. 다른 데이터 구분을 고르십시오."
    picture_missing: str = "영상 없음"
    dataset_gone: str = (
        "{dataset}의 영상이 {folder}에 더 이상 없습니다. 수치에는 영향이 없으며, 폴더를 되돌려 놓으면 "
        "영상이 다시 보입니다."
    )

    # overview
    runs: str = "학습 목록"
    learning_curves: str = "학습 곡선"
    curves_of: str = "그림에 표시할 학습"
    curve_metric: str = "곡선"
    curve_names: Pairs = (
        ("val_macro_f1", "검증 macro-F1"),
        ("val_accuracy", "검증 정확도"),
        ("val_loss", "검증 손실"),
        ("train_loss", "학습 손실"),
    )
    curves_wait: str = "아직 끝난 에폭이 없어 그림에 없는 학습: {runs}."
    starved_stage: str = (
        "{run} 학습의 {stage} 단계: 에폭 {epochs}개 중 {n}개가 보여 준 샘플의 5 % 미만으로만 학습했습니다"
        "(최저 {lowest}). 나머지는 신뢰도 필터나 OHEM이 뺐습니다. 이런 단계는 거의 학습하지 못합니다."
    )
    no_epochs: str = "선택한 학습은 아직 끝난 에폭이 없습니다."
    stages_of: str = "{run}의 단계"
    headline_caption: str = "{dataset}의 테스트 샘플 {n}개에 대한 점수이며, 각 단계가 끝날 때 한 번씩 쟀습니다."
    run_failed: str = "학습 {run} 실패: {reason}"
    run_stopped: str = "학습 {run}이(가) 중지되었습니다. 마지막으로 끝난 에폭부터 이어서 할 수 있습니다."
    run_lost: str = "학습 {run}이(가) 유실되었습니다. 프로세스가 알림 없이 끝났으며, 이어서 할 수 있습니다."
    to_checks: str = "{dataset} 검사 보기"
    run_resumes: str = "학습 {run}은(는) 일찍 끝났으며 다시 대기열에 있습니다. 마지막으로 끝난 에폭부터 이어집니다."
    no_reason: str = "기록된 이유가 없습니다."
    log_tail: str = "로그의 마지막 부분"
    no_log: str = "이 학습의 로그가 없습니다."
    column_kind: str = "종류"
    column_status: str = "상태"
    column_stage: str = "마지막 단계"
    column_accuracy: str = "정확도"
    column_macro_f1: str = "Macro-F1"
    column_macro_ap: str = "Macro-AP"
    column_n: str = "테스트 n"
    column_processor: str = "프로세서 시간"
    column_elapsed: str = "경과 시간"
    processor_help: str = (
        "다른 사용자와 상관없이 학습이 프로세서를 쓴 시간입니다. GPU가 한 일은 들어 있지 않습니다. 줄표는 기록되지 "
        "않았다는 뜻입니다"
    )
    elapsed_help: str = "시계로 잰 시간입니다. 다른 사용자가 장비를 쓰면 늘어나므로 비용의 척도가 아닙니다"
    column_created: str = "시작 (UTC)"
    column_epochs: str = "에폭"
    column_best: str = "최고 에폭"
    column_steps: str = "스텝"
    column_mined: str = "마이닝"
    column_true: str = "정답"
    column_predicted: str = "예측"
    column_count: str = "샘플 수"
    column_support: str = "전체"
    column_rate: str = "비율"
    accuracy_help: str = (
        "확률이 가장 높은 클래스가 단일 라벨과 같은 테스트 샘플의 비율. 라벨 체계를 쓴 학습도 같은 기준에서 비교되도록 "
        "데이터셋의 원래 라벨로 채점합니다."
    )
    macro_f1_help: str = (
        "테스트 샘플에서 클래스별 F1의 평균. 다중 라벨 학습은 있는 라벨 모두에 대해 자체 임곗값으로 채점합니다. "
        "‘단일 vs 다중 라벨’ 페이지는 두 방식을 같은 기준으로 채점합니다"
    )
    macro_ap_help: str = "클래스별 평균 정밀도(AP)의 평균. 임곗값과 무관합니다"
    mined_help: str = "다음 라운드를 위해 단계가 끝날 때 찾아낸 하드 네거티브"
    support_help: str = "이 데이터 구분에서 정답 클래스의 샘플 수"
    control_badge: str = "대조군"
    hnl_badge: str = "마이닝"
    multi_badge: str = "다중 라벨"
    plain_badge: str = "마이닝 없음"

    # confusion
    matrix_tab: str = "행렬"
    difference_tab: str = "두 단계의 차이"
    normalise: str = "칸의 값"
    normalise_names: Pairs = (
        ("true", "정답 클래스 대비 비율"), ("predicted", "예측 클래스 대비 비율"), ("counts", "개수")
    )  # fmt: skip
    confused_pairs: str = "혼동이 심한 클래스 쌍"
    pairs_hint: str = "쌍을 고르면 해당 샘플이 보입니다."
    no_pairs: str = "혼동이 없습니다. 이 데이터의 모든 샘플을 맞혔습니다."
    behind_pair: str = "{true}을(를) {predicted}(으)로 예측: 샘플 {n}개, 확신이 큰 오답부터"
    matrix_caption: str = "행은 정답 클래스, 열은 예측 클래스이며 샘플은 {n}개입니다."
    sigmoid_matrix: str = (
        "다중 라벨 학습입니다. 행렬은 있는 라벨 모두가 아니라, 확률이 가장 높은 클래스(top-1)를 주석자의 단일 라벨과 "
        "비교합니다."
    )
    difference_caption: str = "정답 클래스 대비 비율: {second}에서 {first}을(를) 뺀 값이며, 양쪽 모두 샘플 {n}개입니다."
    difference_classes: str = "두 학습의 클래스가 서로 달라 행렬을 뺄 수 없습니다."
    difference_samples: str = (
        "두 쪽을 서로 다른 샘플({first}, {second})에서 쟀습니다. 같은 데이터셋 버전의 학습을 골라 비교하십시오."
    )
    difference_same: str = "비교할 다른 단계나 학습을 고르십시오."

    # hard negatives
    mined_tab: str = "마이닝된 샘플"
    round: str = "라운드"
    pair: str = "클래스 쌍"
    all_pairs: str = "모든 쌍"
    reason: str = "이유"
    all_reasons: str = "모든 이유"
    order: str = "정렬"
    order_names: Pairs = (
        ("margin", "어려운 순"),
        ("loss", "손실이 큰 순"),
        ("pair", "클래스 쌍별"),
    )
    control_mines_nothing: str = "같은 예산을 쓰는 대조군입니다. 스텝 수는 같지만 마이닝은 하지 않습니다."
    multi_mines_nothing: str = (
        "다중 라벨 학습은 한 단계에서 전체를 학습하며 마이닝을 하지 않습니다. 오답은 ‘혼동 행렬’과 ‘단일 vs 다중 라벨’ "
        "페이지에 있습니다."
    )
    plain_mines_nothing: str = "이 레시피에는 하드 네거티브 라운드가 없어 마이닝을 하지 않습니다."
    nothing_mined_yet: str = "아직 마이닝된 샘플이 없습니다. 전체 단계가 끝나면 마이닝합니다."
    no_match: str = "이 조건에 맞는 샘플이 없습니다."
    mined_count: str = "마이닝된 학습 샘플 {total}개 중 {shown}개"
    pool_title: str = "라운드별 마이닝된 샘플"
    flow_title: str = "그 뒤에 어떻게 되었나"
    flow_caption: str = "{round}라운드를 위해 마이닝된 샘플 {n}개와, 이후 각 단계의 답입니다."
    flow_waiting: str = "이 라운드의 단계가 아직 끝나지 않았습니다. 끝나면 샘플의 결과가 여기에 나타납니다."
    mined_nothing_ended: str = "마이닝된 샘플이 없습니다. 첫 마이닝 전에 끝났거나, 충분히 어려운 샘플이 없었습니다."
    card_prob: str = "p {prob}"
    card_mined: str = "{reason} · p {prob}  \n마진 {margin}"
    reason_names: Pairs = (
        ("wrong", "오답"),
        ("nearly wrong", "오답에 가까움"),
        ("high loss", "높은 손실"),
        ("forgotten", "배웠다가 잊음"),
        ("random", "무작위 추출"),
    )
    stage_shorts: Pairs = (
        ("full", "전체"),
        ("hard_negative", "하드"),
        ("control", "대조"),
        ("refined", "정제"),
    )
    open_cam: str = "Grad-CAM"

    # grad-cam
    sample_source: str = "샘플"
    source_names: Pairs = (
        ("wrong", "테스트 오답"),
        ("mined", "마이닝"),
        ("id", "ID로 찾기"),
    )
    sample: str = "샘플"
    sample_id: str = "샘플 ID"
    sample_id_help: str = "모든 영상 아래에 보이는 16자"
    unknown_sample: str = "샘플 {sample}은(는) 이 학습의 데이터셋에 없습니다. 갤러리에서 ID를 복사하십시오."
    no_wrong: str = "마지막 단계가 테스트 샘플을 모두 맞혔습니다. *마이닝*을 고르거나 ID로 찾으십시오."
    no_mined_source: str = "이 학습은 마이닝을 하지 않았습니다. *테스트 오답*을 고르거나 ID로 찾으십시오."
    overlay: str = "겹침 강도"
    cam_caption: str = (
        "첫째 줄은 정답 클래스, 둘째 줄은 그 단계가 예측한 클래스의 근거입니다. 밝을수록 근거가 되는 곳이며, 지도마다 "
        "척도가 다릅니다."
    )
    cam_by: str = "지도 방법: {methods}."
    missing_maps: str = "이 샘플의 지도는 아직 계산하지 않았습니다."
    some_maps_missing: str = "일부 단계의 지도가 없습니다."
    compute_maps: str = "지도 계산"
    computing: str = "지도를 계산하고 있습니다…"
    maps_failed: str = "지도를 계산하지 못했습니다: {reason}"
    no_checkpoint: str = "디스크에 이 학습의 체크포인트가 남아 있지 않아 지도를 계산할 수 없습니다."
    map_missing: str = "지도 없음"
    cam_true: str = "정답: {name} · p {prob}"
    cam_right: str = ":green[✓] 예측: {name} · p {prob}"
    cam_wrong: str = ":red[✗] 예측: {name} · p {prob}"
    sample_facts: str = "라벨 {label} · 모든 라벨 {labels} · {split} · 환자 {patient}"
    sample_option: str = "{sample} · {label} → {predicted} · p {prob}"

    # single vs multi
    need_two: str = (
        "같은 테스트 샘플에서 두 학습(보통 단일 라벨과 다중 라벨)을 비교하는 페이지입니다. 왼쪽에서 같은 데이터셋으로 "
        "두 번째 학습을 시작하십시오."
    )
    same_run: str = "서로 다른 두 학습을 고르십시오."
    other_dataset: str = (
        "학습 {a}와(과) {b}은(는) 서로 다른 데이터셋({a_dataset}, {b_dataset})으로 학습했습니다. 같은 데이터셋 버전의 "
        "두 학습을 고르십시오."
    )
    other_classes: str = "학습 {a}와(과) {b}의 클래스가 서로 달라 클래스별로 비교할 수 없습니다."
    no_one_label: str = (
        "이 학습들의 라벨 체계에서는 샘플의 단일 라벨이 어느 클래스인지 알 수 없습니다. 있는 라벨 모두로 채점하세요."
    )
    no_all_labels: str = (
        "두 학습 모두 다중 라벨이 아니어서 라벨 체계에서 샘플의 라벨을 모두 알 수는 없습니다. 단일 라벨로 채점하세요."
    )
    no_shared: str = "학습 {a}와(과) {b}에는 공통된 테스트 샘플이 없어 비교할 수 없습니다."
    scoring: str = "채점 기준"
    scoring_names: Pairs = (
        ("label", "단일 라벨 (양쪽 top-1)"),
        ("labels", "있는 라벨 모두 (각자의 임곗값)"),
    )
    score: str = "점수"
    score_names: Pairs = (
        ("f1", "F1"),
        ("precision", "정밀도"),
        ("recall", "재현율"),
        ("average_precision", "평균 정밀도(AP)"),
        ("auroc", "AUROC"),
    )
    per_class: str = "클래스별"
    overall_names: Pairs = (("accuracy", "Top-1 정확도"), ("exact_match", "모든 라벨 일치율"))
    points: str = "{value:+.1f}%p"
    no_interval: str = "구간 없음 (환자가 두 명 미만)"
    column_a: str = "A"
    column_b: str = "B"
    column_class: str = "클래스"
    column_difference: str = "B − A"
    column_low: str = "95 % 하한"
    column_high: str = "95 % 상한"
    column_support_n: str = "n"
    side_right: str = "{side} :green[✓] {said} · p {prob}"
    side_wrong: str = "{side} :red[✗] {said} · p {prob}"
    nothing_said: str = "클래스 없음"
    comparing: str = "두 학습을 비교하고 있습니다…"
    discordance: str = "두 학습의 답이 갈리는 샘플"
    discordance_kind: str = "표시"
    discordance_names: Pairs = (
        ("only_a", "A만 정답"),
        ("only_b", "B만 정답"),
        ("both_wrong", "둘 다 오답, 답은 다름"),
    )
    no_discordance: str = "해당하는 샘플이 없습니다."


@dataclass(frozen=True)
class KoreanFigures(KoreanEvidenceFigures, KoreanReviewFigures, FigureTexts):
    """그림에 쓰이는 말."""

    true_class: str = "정답 클래스"
    predicted_class: str = "예측 클래스"
    share: str = "비율"
    count: str = "샘플 수"
    points: str = "%p"
    cell: str = "{true}을(를) {predicted}(으)로 예측"
    epoch: str = "전체 학습의 에폭"
    stage: str = "단계"
    round: str = "라운드"
    samples: str = "샘플 수"
    lead: str = "{b}의 우위 (%p)"
    support: str = "환자 {n_groups}명의 샘플 {n}개"
    no_epochs: str = "아직 끝난 에폭이 없습니다."
    no_stages: str = "아직 끝난 단계가 없습니다."
    no_samples: str = "셀 수 있는 샘플이 없습니다."
    no_classes: str = "비교할 클래스가 없습니다."
    no_history: str = "아직 이 샘플을 예측한 단계가 없습니다."
