"""한국어: 여러 페이지에서 함께 쓰는 위젯."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.pairs import Pairs
from dashboard.text.en.widgets import WidgetsTexts


@dataclass(frozen=True)
class KoreanWidgets(WidgetsTexts):
    """`en/widgets.py`와 같은 이름을 씁니다."""

    dataset: str = "데이터셋"
    seed: str = "시드"
    run: str = "실행"
    stage: str = "단계"
    split: str = "분할"
    split_names: Pairs = (("test", "테스트"), ("val", "검증"), ("train", "학습"))
    no_runs: str = "아직 실행이 없습니다. 왼쪽에서 데이터셋과 레시피를 선택하고 *학습 시작*을 누르세요."
    no_runs_no_data: str = (
        "아직 실행도 데이터셋도 없습니다. *개요*에서 버튼 하나로 데모를 만들거나, *데이터*에서 영상을 가져오세요."
    )
    choose_one: str = "선택하세요"
    run_gone: str = "실행 {run}이(가) 여기에 없습니다. 삭제되었을 수 있습니다. 다른 실행을 선택하세요."
    stage_gone: str = "실행 {run}에는 끝난 단계 ‘{stage}’이(가) 없습니다. 다른 단계를 선택하세요."
    round_gone: str = "실행 {run}은(는) {round}라운드에서 마이닝한 샘플이 없습니다. 다른 라운드를 선택하세요."
    not_staged: str = "실행 {run}은(는) 단계별 실행이 아니므로 이 페이지는 다른 실행을 보여 줍니다."
    not_comparable_run: str = "실행 {run}은(는) 이 실행과 비교할 수 없습니다. 다른 실행을 선택하세요."
    dataset_unknown: str = "데이터셋 {dataset}이(가) 여기에 없습니다. 다른 데이터셋을 선택하세요."
    version_unknown: str = "데이터셋 {dataset}에는 버전 {version}이(가) 없습니다. 다른 버전을 선택하세요."
    study_unknown: str = "연구 {study}이(가) 여기에 없습니다. 다른 연구를 선택하세요."
    first_run_starting: str = "첫 실행이 곧 시작됩니다. 결과가 여기에 나타납니다."
    no_stage: str = "실행 {run}은(는) 아직 끝난 단계가 없습니다. 첫 단계가 끝나면 이 페이지에 결과가 나타납니다."
    no_stage_ended: str = (
        "실행 {run}은(는) 한 단계도 끝내기 전에 종료되었습니다({status}). ‘개요’에서 이어서 학습하세요."
    )
    no_predictions: str = "이 단계에는 {split} 분할의 예측이 없습니다. 다른 분할을 선택하세요."
    picture_missing: str = "영상 없음"
    dataset_gone: str = (
        "{dataset}의 영상이 {folder}에 더 이상 없습니다. 수치에는 영향이 없으며, 폴더를 되돌려 놓으면 영상이 다시 "
        "보입니다."
    )
    starved_stage: str = (
        "실행 {run}의 {stage} 단계: 에포크 {epochs}개 중 {n}개에서, 보여 준 샘플의 5% 미만만 학습에 "
        "반영되었습니다(최저 {lowest}). 나머지는 신뢰도 필터나 OHEM이 제외했습니다. 이런 단계는 거의 학습되지 않습니다."
    )
    no_reason: str = "기록된 이유가 없습니다."
    column_accuracy: str = "정확도"
    column_macro_f1: str = "매크로 F1"
    column_n: str = "테스트 n"
    column_processor: str = "프로세서 시간"
    processor_help: str = (
        "다른 프로그램과 관계없이 학습이 프로세서를 쓴 시간입니다. GPU 작업은 포함하지 않습니다. 줄표는 기록되지 "
        "않았다는 뜻입니다"
    )
    column_steps: str = "스텝"
    column_true: str = "정답"
    column_predicted: str = "예측"
    no_match: str = "이 조건에 맞는 샘플이 없습니다."
    card_prob: str = "p {prob}"
    reason_names: Pairs = (
        ("wrong", "오답"),
        ("nearly wrong", "오답에 가까움"),
        ("high loss", "높은 손실"),
        ("forgotten", "학습 후 망각"),
        ("random", "무작위 추출"),
    )
    open_cam: str = "Grad-CAM"
    sample: str = "샘플"
    sample_id: str = "샘플 ID"
    per_class: str = "클래스별"
    overall_names: Pairs = (("accuracy", "Top-1 정확도"), ("exact_match", "모든 라벨 일치율"))
    points: str = "{value:+.1f}%p"
    no_interval: str = "구간 없음(환자 두 명 미만)"
    column_a: str = "A"
    column_b: str = "B"
    column_class: str = "클래스"
    column_difference: str = "B − A"
    column_support_n: str = "n"
    side_right: str = "{side} :green[✓] {predicted} · p {prob}"
    side_wrong: str = "{side} :red[✗] {predicted} · p {prob}"
    no_class_predicted: str = "클래스 없음"
    behind_label: str = "샘플 보기"
    none_chosen: str = "선택 안 함"
    none_behind: str = "해당하는 샘플이 없습니다."
    previous_page: str = "이전 페이지"
    next_page: str = "다음 페이지"
    class_title: str = "{bar}, 샘플 {n}개"
    was_now: str = "{was} → {now}"
    margin: str = "허용 차이(%p)"
    margin_help: str = (
        "이 이하의 차이는 무시할 수 있다고 봅니다. 차이의 90% 신뢰 구간 전체가 이 안에 있을 때만 동등하다고 판정합니다."
    )
    compare_caption: str = "환자 {patients}명의 테스트 샘플 {n}개. 차이: {b} − {a}."
    claim_caption_one: str = (
        "이 문장의 모든 내용에 함께 성립하는 구간(환자에 따른 우연을 반영한 95% 동시 t 구간)을 따릅니다. 구간에 시드 "
        "간 변동은 포함하지 않습니다."
    )
    claim_caption_several: str = (
        "이 문장의 모든 내용에 함께 성립하는 구간(환자와 시드 {seeds}개에 따른 우연을 반영한 95% 동시 t 구간)을 "
        "따릅니다."
    )
    table_caption_one: str = (
        "개별: 클래스별 95% 구간(환자 단위 부트스트랩 백분위수). 동시: 모든 클래스에 함께 성립하는 95% 구간. 판정은 "
        "동시 구간을 따르고, 동등 판정은 90% 구간을 따릅니다. 두 실행의 결과가 다른 환자가 {fewest}명 이상일 때만 "
        "차이로 봅니다."
    )
    table_caption_several: str = (
        "개별: 클래스별 95% 구간(환자와 시드 {seeds}개를 반영한 스튜던트 구간). 동시: 모든 클래스에 함께 성립하는 95% "
        "구간. 판정은 동시 구간을 따르고, 동등 판정은 90% 구간을 따릅니다. 두 실행의 결과가 다른 환자가 {fewest}명 "
        "이상일 때만 차이로 봅니다."
    )
    column_alone: str = "개별, 95%"
    column_together: str = "동시, 95%"
    column_equal: str = "동시, 90%"
    column_telling: str = "결과가 다른 환자"
    telling_help: str = "이 점수에서 두 실행의 결과가 다른 환자 수입니다"
    column_verdict_b: str = "B의 판정"
    metric_of: str = "{metric}, {side}"
    interval_together: str = "{level}% 신뢰 구간 [{low:+.1f}, {high:+.1f}]"
    column_collapse: str = "붕괴"
    collapse_help: str = (
        "테스트에서 예측이 붕괴한 경우입니다. 모든 샘플을 똑같이 예측하거나, 테스트 세트에 있는 클래스를 한 번도 "
        "예측하지 않거나, top-1 정확도가 항상 최다 클래스로 예측할 때보다 높지 않습니다(환자 단위 95%)"
    )
    n_patients: str = "환자"
    none_together: str = "모든 영상에 클래스가 하나씩만 있습니다."
    download_csv: str = "표를 CSV로"
    picture_format: str = "그림 저장 형식"
    picture_formats: Pairs = (("png", "PNG"), ("svg", "SVG"))
    first_pair: str = "여기부터는 시드 {seeds}개의 평균이 아니라 선택한 두 실행(시드 {seed})의 결과입니다."
    column_run: str = "실행"
    forked_from: str = (
        "실행 {run}은(는) {parent}의 {stage} 단계 이후에서 시작했습니다. 전체 {steps:,}스텝 가운데 {inherited:,}스텝은 "
        "그 실행에서 학습했습니다."
    )
    forked_parent_gone: str = "그 실행은 삭제되었지만, 이어받은 단계는 여기에 남아 있습니다."
    forked_by: str = "{run}의 단계에서 시작한 실행: {runs}."
    column_samples_seen: str = "보여 준 샘플"
    state_names: Pairs = (
        ("queued", "대기 중"),
        ("starting", "시작 중"),
        ("running", "진행 중"),
        ("stopping", "중지하는 중"),
        ("done", "완료"),
        ("failed", "실패"),
        ("stopped", "중지됨"),
        ("lost", "유실됨"),
    )
    labels_of: str = "채점 기준 라벨"
    labels_of_names: Pairs = (("newer", "{dataset} (새 버전)"), ("older", "{dataset} (이전 버전)"))
    changed_samples: str = "달라진 샘플 보기"
    change_names: Pairs = (
        ("relabelled", "라벨이 바뀐 샘플"),
        ("excluded", "제외된 샘플"),
        ("added", "추가된 샘플"),
        ("moved", "다른 분할에 있는 샘플"),
    )
    open_sample: str = "열기"
    keys_help: str = "키보드 왼쪽·오른쪽 화살표"
