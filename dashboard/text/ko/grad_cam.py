"""한국어: Grad-CAM 페이지."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.grad_cam import GradCamTexts
from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class KoreanGradCam(GradCamTexts):
    """`en/grad_cam.py`와 같은 이름을 씁니다."""

    sample_source: str = "샘플"
    source_names: Pairs = (
        ("wrong", "테스트 오답"),
        ("mined", "마이닝"),
        ("id", "ID로 찾기"),
    )
    sample_id_help: str = "모든 영상 아래에 있는 16자"
    unknown_sample: str = "샘플 {sample}은(는) 이 실행의 데이터셋에 없습니다. 갤러리에서 ID를 복사하세요."
    no_wrong: str = "마지막 단계가 테스트 샘플을 모두 맞혔습니다. *마이닝*을 선택하거나 ID로 찾으세요."
    no_mined_source: str = "이 실행은 마이닝을 하지 않았습니다. *테스트 오답*을 선택하거나 ID로 찾으세요."
    overlay: str = "겹침 강도"
    cam_caption: str = (
        "첫째 줄은 정답 클래스의 근거, 둘째 줄은 그 단계의 예측 클래스의 근거입니다. 밝을수록 근거가 많으며, CAM "
        "맵마다 척도가 다릅니다."
    )
    cam_by: str = "CAM 방법: {methods}."
    missing_maps: str = "이 샘플의 CAM 맵을 아직 만들지 않았습니다."
    some_maps_missing: str = "일부 단계의 CAM 맵이 없습니다."
    map_missing: str = "CAM 맵 없음"
    cam_true: str = "정답: {name} · p {prob}"
    cam_right: str = ":green[✓] 예측: {name} · p {prob}"
    cam_wrong: str = ":red[✗] 예측: {name} · p {prob}"
    sample_facts: str = "라벨 {label} · 모든 라벨 {labels} · {split} · 환자 {patient}"
    sample_option: str = "{sample} · {label} → {predicted} · p {prob}"
    cam_views: Pairs = (
        ("sample", "샘플 하나"),
        ("several", "여러 샘플"),
        ("averages", "클래스별 평균"),
        ("scores", "점수와 지름길"),
    )
    contrast: str = "정답 − 예측"
    contrast_caption: str = (
        "맨 아랫줄은 정답 클래스의 CAM 맵에서 예측 클래스의 CAM 맵을 뺀 것입니다. :orange[주황]은 정답 클래스의 "
        "근거가, :blue[파랑]은 예측 클래스의 근거가 더 많은 곳입니다. CAM 맵마다 척도가 다르므로, 어느 쪽이 더 "
        "강한지가 아니라 어디에서 다른지를 보여 줍니다."
    )
    same_class: str = "예측이 정답과 같아 뺄 것이 없음"
    box_caption: str = (
        "테두리는 {label}의 상자입니다. ◎는 CAM 맵의 가장 높은 점이 상자 안에, ○는 밖에 있다는 뜻입니다. 비율은 CAM "
        "맵의 합 가운데 상자 안에 있는 비율입니다."
    )
    box_hit: str = "◎ 상자 안 {share}"
    box_missed: str = "○ 상자 안 {share}"
    map_empty: str = "빈 CAM 맵: 이 클래스를 특별히 뒷받침하는 곳이 없음"
    whose_map: str = "CAM 맵의 클래스"
    whose_names: Pairs = (("true", "정답 클래스"), ("predicted", "예측 클래스"))
    several_missing: str = "아래 샘플 가운데 {n}개는 일부 CAM 맵이 없습니다."
    several_caption: str = (
        "행은 샘플(어려운 순), 열은 단계입니다. CAM 맵 아래는 그 단계의 예측입니다. 영상 아래의 클래스를 누르면 샘플이 "
        "열립니다."
    )
    no_maps_yet: str = (
        "정답 클래스의 CAM 맵이 아직 없습니다. 단계가 끝날 때마다 가장 어려운 샘플의 CAM 맵을 만들며, 다른 샘플은 "
        "*샘플 하나*나 *여러 샘플*에서 만들 수 있습니다."
    )
    averages_caption: str = (
        "정답 클래스 CAM 맵의 평균을 그 영상들의 평균 위에 겹쳤습니다. 모든 CAM 맵의 비중은 같습니다. CAM 맵이 있는 "
        "샘플, 곧 가장 어려운 마이닝 샘플, 테스트에서 가장 크게 틀린 샘플, 따로 요청한 샘플을 씁니다."
    )
    averages_scores: str = (
        "그림 아래의 수는 CAM 맵의 합 가운데 상자 안의 비율과 표식 위의 비율이며, 채점한 테스트 샘플(괄호 안은 개수)의 "
        "평균입니다. 자세한 내용은 *점수와 지름길*에 있습니다."
    )
    averages_unscored: str = "*점수와 지름길*에서 CAM 맵이 상자 안에 있는 비율과 표식 위에 있는 비율을 계산합니다."
    maps_empty: str = "CAM 맵 {n}개가 모두 비어 있음"
    classes_without: str = "CAM 맵이 없는 클래스: {names}. *샘플 하나*나 *여러 샘플*에서 만들 수 있습니다."
    mean_of: str = "{n}개 평균"
    mean_in_box: str = "상자 {share} ({n})"
    mean_on_marks: str = "표식 {share} ({n})"
    no_scores: str = (
        "이 실행의 CAM 맵을 아직 채점하지 않았습니다. 단계마다 테스트 샘플을 최대 200개 쓰며 1–2분 걸립니다. "
        "명령으로도 할 수 있습니다: `python -m trainer explain RUN --scores --every-stage`."
    )
    stages_unscored: str = "끝난 단계 가운데 아직 점수가 없는 단계가 있습니다."
    method: str = "방법"
    scored_by: str = (
        "테스트 샘플에 대해 {method}({layers})로 만든 정답 클래스의 CAM 맵입니다. 괄호 안은 계산에 쓴 샘플 수입니다. "
        "빈 CAM 맵이나 상자가 없는 샘플에는 점수가 없습니다. 구간은 환자 단위이며, 차이의 구간은 같은 샘플에서 "
        "계산합니다."
    )
    localisation_title: str = "CAM 맵이 주석된 구조물의 위치를 맞히는가?"
    map_score: str = "점수"
    map_scores: Pairs = (
        ("pointing game", "포인팅 게임"),
        ("energy inside box", "상자 안 에너지"),
        ("energy on marks", "표식 위 에너지"),
    )
    map_score_help: Pairs = (
        ("pointing game", "CAM 맵의 가장 높은 점이 샘플 라벨의 상자 안에 있는 샘플의 비율입니다."),
        ("energy inside box", "CAM 맵의 합 가운데 샘플 라벨의 상자 안에 있는 비율의 평균입니다."),
        (
            "energy on marks",
            "CAM 맵의 합 가운데 영상에 새겨진 표식(캘리퍼, 글자) 위에 있는 비율을 표식이 있는 샘플에서 평균한 "
            "값입니다. 표식은 작으므로, 기준선보다 뚜렷하게 높으면 모델이 표식을 본다는 뜻입니다.",
        ),
    )
    baselines: Pairs = (
        ("centred Gaussian", "중앙 가우시안"),
        ("random map", "무작위 CAM 맵"),
        ("untrained network", "학습하지 않은 신경망"),
    )
    no_boxes: str = (
        "이 데이터셋의 테스트 샘플에는 라벨의 상자가 없어 상자로 CAM 맵을 평가할 수 없습니다. 영상과 함께 상자를 "
        "가져오거나(COCO, Pascal VOC, CSV의 `box` 열) *표식 위 에너지*를 보세요."
    )
    no_marks: str = "테스트 샘플에서 캘리퍼나 글자를 찾지 못해 볼 표식이 없습니다."
    share_interval: str = "{value} (95% 신뢰 구간 [{low}, {high}])"
    gain_interval: str = (
        "차이 {gain:+.1f}%p, 모든 기준선과 점수에 대한 95% 동시 신뢰 구간 [{gain_low:+.1f}, {gain_high:+.1f}]"
    )
    gain_alone: str = "구간 없음"
    points_better: str = (
        "**{stage}의 {score}: {n}개에서 {value}. 가장 높은 기준선({baseline}, {other})보다 높습니다({gain}).** CAM "
        "맵이 추측보다 낫습니다."
    )
    points_unshown: str = (
        "**{stage}의 {score}: {n}개에서 {value}. 가장 높은 기준선({baseline}, {other})과의 차이가 확인되지 "
        "않았습니다({gain}).** 이 점수로는 CAM 맵이 추측보다 낫다고 할 수 없으므로, CAM 맵 한 장으로 결론을 내리지 "
        "마세요."
    )
    points_worse: str = (
        "**{stage}의 {score}: {n}개에서 {value}. 가장 높은 기준선({baseline}, {other})보다 낮습니다({gain}).** 이 "
        "점수로는 CAM 맵이 추측보다 못하므로 근거로 삼지 마세요."
    )
    points_few: str = (
        "**{stage}의 {score}: 이 점수가 있는 영상이 {n}개(환자 {patients}명)뿐이어서 결론을 내릴 수 없습니다. 환자 "
        "{fewest}명의 영상 {pictures}개 이상이 필요합니다.**"
    )
    on_marks: str = "**{stage}의 {score}: {n}개에서 {value}. 가장 높은 기준선은 {baseline}, {other}입니다({gain}).**"
    road: str = (
        "충실도(ROAD), {stage}, 샘플 {n}개: 근거가 가장 많은 곳을 지울 때 확률이, 가장 적은 곳을 지울 때보다 얼마나 더 "
        "떨어지는지 나타냅니다. {parts}."
    )
    shortcuts_title: str = "예측이 영상에 새겨진 표식에 의존하는가?"
    shortcuts_help: str = (
        "캘리퍼와 글자가 있는 영상에서는 지우고, 없는 영상에는 그려 넣습니다. 해부 구조는 그대로이므로 해부 클래스의 "
        "결정은 바뀌지 않아야 합니다. ‘뒤집힘’은 결정이 바뀌는 것입니다."
    )
    changes: Pairs = (
        ("flips, marks painted out", "표식을 지우면 뒤집힘"),
        ("flips, marks painted in", "표식을 그려 넣으면 뒤집힘"),
    )
    no_change: Pairs = (
        ("flips, marks painted out", "채점한 영상에 표식이 없습니다."),
        ("flips, marks painted in", "채점한 영상에 이미 모두 표식이 있습니다."),
    )
    flips: str = (
        "{stage}에서 결정 {n}개 중 {value}가 뒤집힙니다. 가장 잦은 클래스는 **{worst}**입니다({worst_n}개 중 "
        "{worst_value}). 이 클래스에서 모델은 해부 구조뿐 아니라 표식에도 의존합니다."
    )
    flips_few: str = (
        "{stage}에서 해당하는 영상이 {n}개(환자 {patients}명)뿐이어서 결론을 내릴 수 없습니다. 환자 {fewest}명의 "
        "영상 {pictures}개 이상이 필요합니다."
    )
    flips_unnamed: str = (
        "{stage}에서 결정 {n}개 중 {value}가 뒤집힙니다. 뒤집힌 클래스 가운데 따로 보고할 만큼 영상이 많은 클래스는 "
        "없습니다(환자 {fewest}명의 영상 {pictures}개 이상이 필요합니다)."
    )
    no_flip: str = "{stage}에서 결정 {n}개 중 하나도 뒤집히지 않습니다. 표식에 의존한다는 근거가 없습니다."
    no_flips: str = "이 점수에는 표식 검사가 없습니다. 점수를 다시 계산하세요."
    all_classes: str = "모든 클래스"
    mined_option: str = "{sample} · 정답 {label}, 경쟁 {rival}, 예측 {predicted}"
