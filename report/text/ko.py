"""보고서의 한국어 텍스트입니다. 이름은 `en.py`와 같습니다."""

from __future__ import annotations

from dataclasses import dataclass

from report.text.en import Texts
from report.text.provenance import KoreanProvenance

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Korean(KoreanProvenance, Texts):
    """클래스 이름, 식별자, 레시피의 키는 그대로 둡니다."""

    language: str = "ko"
    title: str = "Odap 보고서"
    made: str = (
        "{at} 작성, 실행 {n}개. 모든 수치는 연구용 모델의 결과이며 임상 사용에 대해서는 아무것도 뜻하지 않습니다."
    )
    runs: str = "실행"
    run: str = "실행"
    recipe: str = "레시피"
    control: str = "{recipe} (대조군)"
    dataset: str = "데이터셋"
    seed: str = "시드"
    status: str = "상태"
    judged_at: str = "평가 단계"
    accuracy: str = "정확도, %"
    macro_f1: str = "매크로 F1, %"
    majority: str = "최다 클래스, %"
    chance: str = "무작위, %"
    baselines: str = (
        "최다 클래스는 테스트 세트에서 가장 많은 클래스로 항상 예측할 때의 정확도, 무작위는 그 클래스 비율대로 "
        "예측할 때의 정확도입니다."
    )
    test_samples: str = "테스트 샘플"
    patients: str = "환자"
    samples: str = "샘플"
    place: str = "{round}라운드, {stage}"
    no_test: str = "테스트 샘플 없음"
    bootstrap: str = (
        "괄호 안은 환자 단위 부트스트랩의 95% 백분위수 구간입니다. 학습된 모델을 고정했으므로 시드 간 변동은 포함하지 "
        "않습니다."
    )
    compared: str = (
        "같은 테스트 샘플에서 측정한 F1입니다. 괄호 안은 모든 클래스에 함께 성립하는 95% 구간(환자를 반영한 스튜던트 t "
        "구간, 시드가 여럿이면 시드도 반영)입니다. 문장과 판정은 이 구간을 따르고, 동등 판정은 90% 구간을 따릅니다. "
        "허용 차이: {margin}%p. 임계값이 없는 실행에는 검증 샘플에서 F1이 가장 높은 임계값을 씁니다."
    )
    differ: str = "두 레시피는 다음 설정이 다릅니다:"
    alone: str = "클래스별 개별 구간(%p, 95%)"
    verdict_of: str = "{b}의 판정"
    scorings: Pairs = (
        ("label", "단일 라벨(양쪽 top-1)"),
        ("labels", "모든 라벨(각자의 임계값)"),
    )
    overall: Pairs = (("accuracy", "Top-1 정확도"), ("exact_match", "모든 라벨 일치율"))
    over_samples: str = "환자 {patients}명의 테스트 샘플 {n}개."
    over_seeds: str = "두 레시피의 시드 {n}개({seeds}) 평균이며, 구간은 시드 간 변동을 포함합니다."
    one_seed: str = "시드가 하나이므로 구간에 시드 간 변동은 포함하지 않습니다."
    versus: str = "{a} 대 {b}"
    f1_of: str = "{run}의 F1, %"
    difference: str = "{b} − {a}(%p, 95%)"
    to: str = "–"
    not_known: str = (
        "{a}와(과) {b}은(는) {scoring} 기준으로 비교하지 않았습니다. 라벨 체계에서 어느 클래스인지 알 수 없기 "
        "때문입니다."
    )
    not_compared: str = "{a}와(과) {b}은(는) 비교하지 않았습니다. {reason}"
    none_shared: str = "공통된 테스트 샘플이 없습니다."
    by_labels_of: str = "{dataset}의 라벨 기준"
    changed_samples: str = "두 버전 사이에 라벨이 바뀌거나 제외된 샘플(앞의 100개)"

    data: str = "데이터"
    source: str = "출처 {source}, 작성 {at}, 내용 {content}."
    patients_named: str = "원본에 환자 정보가 있습니다."
    patients_unnamed: str = "원본에 환자 정보가 없습니다."
    folder_gone: str = "이 데이터셋의 폴더가 더 이상 없습니다. 아래는 저장소에 남아 있는 내용입니다."
    split: str = "분할"
    splits: Pairs = (("train", "학습"), ("val", "검증"), ("test", "테스트"))
    class_: str = "클래스"
    changed: str = "검토 후 변경"
    changed_bias: str = (
        "모델이 틀려서 바꾼 테스트 샘플은 이 버전의 이후 점수를 그 모델에 유리하게 만듭니다. 이전 실행과 새 실행을 두 "
        "버전 모두에서 채점하거나, 무작위로 뽑은 테스트 샘플도 함께 다시 라벨링하세요."
    )
    sample: str = "샘플"
    change: str = "변경"
    old_label: str = "이전 라벨"
    new_label: str = "새 라벨"
    by: str = "판독자"
    note: str = "메모"

    starts_from: str = (
        "이 실행은 {parent}의 한 단계({place}) 이후에서 시작했습니다. 그 단계까지의 스텝과 시간은 그 실행에서 한 번만 "
        "썼습니다."
    )
    ended: str = "이 실행의 상태는 ‘{status}’입니다{reason}. 마지막으로 끝난 단계로 평가합니다."
    states: Pairs = (
        ("running", "진행 중"), ("done", "완료"), ("failed", "실패"), ("stopped", "중지됨"), ("lost", "유실됨")
    )  # fmt: skip
    training: str = "모델과 학습"
    trained: str = "{model}, {objective}, 클래스 {n}개, {device}에서 학습."
    round_: str = "라운드"
    stage: str = "단계"
    stages: Pairs = (
        ("full", "전체"), ("hard_negative", "하드 네거티브"), ("control", "대조"), ("refined", "정제")
    )  # fmt: skip
    epochs: str = "에포크"
    best: str = "최고"
    steps: str = "스텝"
    seen: str = "보여 준 샘플"
    used: str = "학습에 반영된 샘플"
    starved: str = (
        "{place}: 에포크 {epochs}개 중 {n}개에서, 보여 준 샘플의 5% 미만만 학습에 반영되었습니다(최저 {lowest}%). "
        "나머지는 신뢰도 필터나 OHEM이 제외했습니다. 이런 단계는 거의 학습되지 않습니다."
    )
    cpu_seconds: str = "프로세서 시간, 초"
    cost: str = (
        "프로세서 시간은 학습에 쓰인 모든 스레드와 프로세스의 시간이며, GPU 작업은 포함하지 않습니다. 여럿이 함께 쓰는 "
        "컴퓨터의 경과 시간은 비용의 척도가 아니므로 싣지 않았습니다."
    )
    mined_after: str = "이후 마이닝"
    results: str = "결과"
    precision: str = "정밀도, %"
    recall: str = "재현율, %"
    f1: str = "F1, %"
    average_precision: str = "평균 정밀도(AP), %"
    auroc: str = "AUROC, %"
    nothing_tested: str = "이 데이터셋에는 테스트 샘플이 없습니다."
    confusion: str = "혼동 행렬"
    corner: str = "정답 \\ 예측"
    true: str = "정답"
    predicted: str = "예측"
    of: str = "클래스 전체"
    rate: str = "비율, %"
    matrix_left_out: str = "클래스가 {n}개여서 행렬은 싣지 않았습니다. 가장 많이 혼동된 쌍은 다음과 같습니다."
    none_confused: str = "혼동된 테스트 샘플이 없습니다."
    hard: str = "하드 네거티브"
    reason: str = "이유"
    reasons: Pairs = (
        ("wrong", "오답"), ("nearly wrong", "오답에 가까움"), ("high loss", "높은 손실"),
        ("forgotten", "학습 후 망각"), ("random", "무작위 추출"),
    )  # fmt: skip
    rival: str = "가장 가까운 경쟁 클래스"
    hard_pair: str = "정답 {true}, 경쟁 {rival}, 예측 {predicted}"
    no_class: str = "클래스 없음"
    hardest: str = "{n}개 가운데 가장 어려운 샘플:"
    no_picture: str = "영상 없음"
    hard_card: str = "{round}라운드, 마진 {margin}"
    none_mined: str = "이 실행은 마이닝한 샘플이 없습니다."
    looks: str = "모델이 보는 곳(CAM 맵)"
    map_of: str = "{sample}: 단계별 예측 클래스의 CAM 맵"
    no_map: str = "CAM 맵 없음"
    right: str = "정답"
    wrong: str = "오답"
    maps_are: str = "CAM 맵은 근거가 있는 곳을 각자의 척도로 보여 줄 뿐, 모델의 추론 과정을 증명하지 않습니다."
    none_mapped: str = "이 실행의 CAM 맵을 만들지 않았습니다."

    verdicts: str = "판정"
    decided: str = "결정: {counts}."
    decisions: Pairs = (
        ("relabelled", "라벨 수정"), ("excluded", "제외"), ("ambiguous", "모호"), ("kept", "라벨 유지"),
        ("open", "미결"),
    )  # fmt: skip
    kinds: Pairs = (
        ("model_error", "모델 오류"), ("label_error", "라벨 오류"), ("ambiguous", "모호"), ("unusable", "사용 불가")
    )  # fmt: skip
    label: str = "라벨"
    reviewer: str = "판독자"
    verdict: str = "판정"
    right_label: str = "올바른 라벨"
    reviewers: str = "판독자"
    same: str = "같은 판정, %"
    kappa: str = "카파"
    both: str = "{a}, {b}"
    all_: str = "전체 (Fleiss)"
    no_verdict: str = "이 데이터셋에는 판정이 없습니다."

    reported: str = "보고된 것과 빠진 것"
    guidelines: str = "CLAIM과 TRIPOD+AI의 항목을 우리 표현으로 적은 것이며, 어느 지침도 충족한다고 주장하지 않습니다."
    topic: str = "항목"
    where: str = "위치"
    missing: str = "없음."
    topics: Pairs = (
        ("purpose", "모델의 목적과 용도"),
        ("source", "데이터의 출처"),
        ("eligibility", "환자 모집 기간, 장소, 선정 기준"),
        ("ethics", "윤리 승인과 비식별화"),
        ("splits", "분할, 한 환자가 두 분할에 없음"),
        ("devices", "영상을 얻은 장비"),
        ("labels", "기준 라벨을 만든 방법"),
        ("reviewed", "판독자가 다시 본 라벨"),
        ("agreement", "판독자 간 일치도"),
        ("model", "모델, 레시피, 모든 설정"),
        ("seeds", "여러 시드"),
        ("size", "표본 크기와 그 근거"),
        ("metrics", "신뢰 구간을 갖춘 지표"),
        ("failures", "모델이 틀리는 곳"),
        ("explanations", "설명"),
        ("external", "외부 데이터로 한 테스트"),
        ("fairness", "환자 집단별 공정성"),
        ("limits", "한계와 위험"),
        ("availability", "코드, 가중치, 데이터를 얻는 곳"),
    )
    todos: Pairs = (
        ("purpose", "무엇을 위해, 누가 쓰며, 무엇에 쓰면 안 되는지 적으세요."),
        ("eligibility", "날짜, 기관, 인구 통계가 기록되어 있지 않습니다. 추가하세요."),
        ("ethics", "승인, 동의, 영상에서 개인 정보를 지운 방법을 적으세요."),
        ("splits", "원본에 환자 정보가 없어, 한 환자의 영상이 두 분할에 있을 수 있습니다."),
        ("devices", "매니페스트에 장비가 적혀 있지 않습니다."),
        ("labels", "누가 무엇을 보고, 어떤 자격으로 라벨링했는지 적으세요."),
        ("reviewed", "판정이 없습니다."),
        ("agreement", "두 사람이 판정한 샘플이 없습니다."),
        ("seeds", "레시피마다 시드가 하나이므로 구간에 시드 간 변동은 포함하지 않습니다."),
        ("size", "크기는 데이터 항목에 있으나 그 근거는 기록되어 있지 않습니다."),
        ("explanations", "이 실행들의 CAM 맵을 만들지 않았습니다."),
        ("external", "모든 수치가 한 데이터셋의 것입니다. 다른 기관의 영상으로 테스트하세요."),
        ("fairness", "집단이 기록되어 있지 않습니다. 매니페스트의 출처에 추가하세요."),
        ("limits", "팀이 직접 적어야 합니다. CAM 맵은 추론의 증거가 아닙니다."),
        ("availability", "라이선스, 연락처와 함께 적으세요."),
    )
