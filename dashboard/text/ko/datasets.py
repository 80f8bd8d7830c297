"""한국어: 데이터 페이지."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.datasets import DatasetsTexts
from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class KoreanDatasets(DatasetsTexts):
    """`en/datasets.py`와 같은 이름을 씁니다."""

    changes_title: str = "검토 후 변경: 샘플 {n}개"
    changes_bias: str = (
        "모델이 틀려서 바꾼 테스트 샘플은 이 버전의 이후 점수를 그 모델에 유리하게 만듭니다. 이전 실행과 새 실행을 두 "
        "버전 모두에서 채점하거나, 무작위로 뽑은 테스트 샘플도 함께 다시 라벨링하세요."
    )
    counts_hint: str = "막대나 칸을 누르면 ‘샘플’ 탭에 해당 샘플이 보입니다."
    together_filter: str = "함께 있는 클래스"
    no_dataset_yet: str = "데이터셋이 없습니다. 아래에서 영상을 가져오거나 ‘개요’에서 데모 데이터셋을 만드세요."
    version: str = "버전"
    n_images: str = "영상"
    n_classes: str = "클래스"
    not_named: str = "알 수 없음"
    data_source: str = "출처: {source}. {created} UTC에 생성, 내용 `{hash}`."
    bayes_error: str = "이 데이터셋에서는 어떤 분류기도 오류율이 {share}보다 낮을 수 없습니다(모의 영상의 베이즈 오류)."
    left_out_title: str = "사용할 수 없어 제외한 영상: {n}장"
    left_out_why: str = "이유"
    counts_tab: str = "클래스"
    samples_tab: str = "샘플"
    checks_tab: str = "점검"
    import_tab: str = "가져오기"
    counts_title: str = "클래스·분할별 영상 수"
    counts_caption: str = "영상 {n}장. 여러 클래스가 보이는 영상은 각 클래스에 모두 포함합니다."
    together_title: str = "함께 나타나는 클래스"
    together_caption: str = "영상 {n}장 가운데 {several}장에 클래스가 둘 이상 있습니다."
    any_class: str = "모든 클래스"
    any_split: str = "모든 분할"
    any_patient: str = "모든 환자"
    any_device: str = "모든 장비"
    class_filter: str = "클래스"
    patient_filter: str = "환자"
    device_filter: str = "장비"
    ambiguity_filter: str = "모호도 하한"
    ambiguity_help: str = "0은 뚜렷함, 1은 두 클래스가 똑같이 섞임. 모의 영상에서만 알 수 있습니다"
    browse_count: str = "영상 {total}장 중 {shown}장"
    card_where: str = "{split} · {patient}"
    card_ambiguity: str = "모호도 {value}"
    check_button: str = "이 데이터셋 점검"
    check_again: str = "다시 점검"
    check_running: str = "모든 영상을 읽고 있습니다. 점검 결과가 여기에 나타납니다."
    never_checked: str = (
        "아직 점검하지 않았습니다. 점검은 읽을 수 없거나 중복된 영상, 여러 분할에 걸친 환자, 없거나 드문 클래스, "
        "어둡거나 특이한 영상, 클래스를 드러내는 표식(캘리퍼, 글자)을 찾습니다."
    )
    check_failed: str = "지난 점검이 실패했습니다: {reason} 문제를 고친 뒤 다시 점검하세요."
    checked_at: str = "{when} UTC에 점검: 오류 {errors}건, 경고 {warnings}건."
    nothing_found: str = "이 데이터셋에서 문제를 찾지 못했습니다."
    damaged: str = "이 데이터셋을 읽을 수 없습니다: {reason}"
    level_names: Pairs = (("error", "오류"), ("warning", "경고"), ("info", "참고"))
    show_pictures: str = "영상 {n}장 보기"
    more_pictures: str = "그 밖에 {n}건"
    import_kind: str = "영상의 정리 방식"
    import_from: str = "영상의 위치"
    import_from_names: Pairs = (("upload", "업로드"), ("here", "이 컴퓨터"))
    upload_files: str = "영상의 zip 파일, 또는 표와 zip 파일"
    upload_help: str = "압축 파일은 사용하기 전에 검사하며, 데이터 폴더 밖에는 아무것도 쓰지 않습니다."
    upload_two: str = "zip 파일 하나, 또는 표 하나와 그 영상의 zip 파일을 선택하세요."
    path_here: str = "앱이 실행되는 컴퓨터의 폴더, zip 파일 또는 표"
    path_help: str = (
        "예: /home/kim/images. 그곳의 파일은 바뀌지 않습니다. 경로는 프로그램 폴더, ODAP_DATA, ODAP_RUNS 또는 "
        "ODAP_ROOTS의 폴더 안에 있어야 합니다."
    )
    path_refused: str = (
        "'{path}'은(는) 없거나 이 앱이 읽을 수 있는 폴더(프로그램 폴더, ODAP_DATA, ODAP_RUNS, ODAP_ROOTS의 폴더) 밖에 "
        "있습니다. 경로를 고치거나, 앱 운영자에게 그 폴더를 ODAP_ROOTS에 추가해 달라고 요청하세요."
    )
    importer_options: str = "이 방식의 옵션"
    preview_button: str = "미리보기"
    preview_hint: str = "미리보기는 영상 목록을 읽고 몇 장만 열어 봅니다. 아무것도 쓰지 않습니다."
    preview_reading: str = "원본을 읽고 있습니다…"
    preview_progress: str = "원본을 읽고 있습니다: 최대 {most}초 중 {seconds}초, {mib} MiB"
    preview_cancel: str = "취소"
    preview_says: str = "{source}의 영상 {n}장"
    preview_splits: str = "원본의 분할을 유지합니다: {splits}."
    preview_draws: str = "분할은 환자 단위로 새로 나눕니다."
    preview_no_patients: str = (
        "원본에 환자 정보가 없습니다. 비슷한 영상은 같은 분할에 두지만, 한 환자가 여러 분할에 있을 수 있습니다."
    )
    preview_several: str = "영상 {n}장에 클래스가 둘 이상 있습니다."
    preview_unusable: str = "열어 본 영상 {n}장 가운데 {bad}장은 사용할 수 없어 제외됩니다:"
    preview_stale: str = "미리보기 뒤에 위의 선택이 바뀌었습니다. 가져오기 전에 *미리보기*를 다시 누르세요."
    import_name: str = "데이터셋 이름"
    import_name_help: str = "영문 소문자, 숫자, '-', '_'. 이미 있는 이름이면 다음 버전이 됩니다."
    share_val: str = "검증 비율"
    share_test: str = "테스트 비율"
    import_button: str = "가져오기"
    import_done: str = "{dataset}을(를) 가져왔습니다. 이 데이터셋으로 학습을 시작할 수 있습니다."
    import_failed: str = (
        "{name} 가져오기에 실패했습니다: {reason} 저장된 것은 없습니다. 문제를 고친 뒤 *미리보기*와 *가져오기*를 "
        "다시 누르세요."
    )
    import_left_out: str = "사용할 수 없어 제외한 영상: {n}장. 이유는 데이터셋에서 볼 수 있습니다."
    open_dataset: str = "데이터셋 열기"
    import_started: str = "{name} 가져오기를 시작했습니다. ‘진행 중인 작업’에서 볼 수 있습니다."
