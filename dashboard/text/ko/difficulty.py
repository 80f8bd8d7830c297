"""한국어: 난이도 페이지."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.difficulty import DifficultyTexts
from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class KoreanDifficulty(DifficultyTexts):
    """`en/difficulty.py`와 같은 이름을 씁니다."""

    difficulty: str = "난이도"
    no_dynamics: str = (
        "이 실행의 샘플별 학습 기록이 없습니다. 이전 버전에서 학습한 단계이기 때문입니다. 다시 학습하면 클래스별 학습 "
        "곡선, 망각, 마진을 볼 수 있으며, 나머지는 아래에 있습니다."
    )
    dynamics_imported: str = (
        "내보낸 파일에서 가져온 실행입니다. 그 파일에는 테스트 샘플의 예측만 있어, 학습 샘플을 어떻게 학습했는지 알 수 "
        "없습니다."
    )
    measuring_cues: str = "색, 밝기, 선명도, 표식을 측정하고 있습니다: 영상 {total}장 중 {done}장"
    cues_unknown: str = (
        "{dataset}의 영상을 읽을 수 없어({reason}) 단서를 알 수 없습니다. 아래에는 색, 밝기, 선명도, 표식이 없습니다."
    )
    class_difficulty: str = "클래스(어려운 순)"
    class_difficulty_caption: str = (
        "{stage} 단계가 끝났을 때의 학습 샘플입니다. ‘먼저’: 이 클래스의 샘플과 다른 클래스의 샘플을 짝지었을 때 이 "
        "클래스가 먼저 학습되는 비율이며, 50%면 다른 클래스와 같습니다. ‘학습됨’: 어느 에포크부터 뽑힐 때마다 "
        "맞혔습니다. ‘마진’: 있는 클래스의 가장 낮은 로짓에서 없는 클래스의 가장 높은 로짓을 뺀 값이며, 뽑힌 모든 때의 "
        "평균입니다. ‘경쟁 클래스’: 틀린 테스트 샘플이 가장 많이 예측된 클래스입니다. ‘순도’: 임베딩에서 테스트 샘플에 "
        "가장 가까운 학습 샘플 {k}개 중 같은 클래스의 비율입니다."
    )
    no_embeddings_of_stage: str = "임베딩은 실행의 마지막 단계만 보관하므로 이 단계의 순도는 알 수 없습니다."
    column_sooner: str = "먼저 학습, 쌍의 %"
    column_train_n: str = "학습 샘플 수"
    column_learned: str = "학습됨, %"
    column_quarter: str = "4분의 1 도달 에포크"
    column_half: str = "절반 도달 에포크"
    column_three_quarters: str = "4분의 3 도달 에포크"
    column_forgotten: str = "샘플당 망각 횟수"
    column_mean_margin: str = "마진"
    column_prob_true: str = "정답 확률"
    column_recall_train: str = "학습 재현율, %"
    column_recall_test: str = "테스트 재현율, %"
    column_taken: str = "경쟁 클래스로 예측된 샘플"
    column_purity: str = "순도, %"
    column_neighbour: str = "임베딩의 경쟁 클래스"
    what_makes_it: str = "클래스와 관련된 단서"
    what_caption: str = (
        "각 문장은 이 실행에서 확인된 것만 나타냅니다. 원인이 아니라 연관성입니다. 모든 클래스와 단서에 함께 성립하는 "
        "95% 구간이 50%를 벗어날 때만 ‘먼저’, ‘나중에’, ‘구별된다’고 씁니다. AUC는 이 클래스의 영상이 다른 클래스의 "
        "영상보다 높은 점수를 받는 비율이며, 점수는 그 환자를 학습하지 않고 단서 하나만 쓰는 모델로 계산합니다. AUC가 "
        "{least} 미만인 단서는 쓰지 않습니다. 실행 하나의 결과이므로 시드가 다르면 학습 순서가 다를 수 있습니다."
    )
    class_sooner: str = (
        "**{name}**: 다른 클래스보다 먼저 학습됩니다(쌍의 {share}에서 먼저, 95% 신뢰 구간 [{low}, {high}])."
    )
    class_later: str = (
        "**{name}**: 다른 클래스보다 나중에 학습됩니다(쌍의 {share}에서만 먼저, 95% 신뢰 구간 [{low}, {high}])."
    )
    class_as_soon: str = "**{name}**: 다른 클래스와 학습 순서의 차이가 확인되지 않았습니다."
    class_soon_unknown: str = "**{name}**: 학습 순서를 알 수 없습니다."
    class_nothing: str = "**{name}**: 여기서 측정한 것으로는 이 클래스를 구별할 수 없습니다."
    class_few: str = (
        "**{name}**: 환자가 너무 적어 판단할 수 없습니다(이 클래스가 있는 환자 {fewest}명, 없는 환자 {fewest}명 이상이 "
        "필요합니다)."
    )
    half_by: str = "학습 샘플 {n}개 중 절반이 {epoch} 에포크까지 학습되고"
    half_never: str = "학습 샘플 {n}개 중 절반 미만이 학습되며"
    never_forgotten: str = "한 번도 망각되지 않습니다."
    forgotten_times: str = "샘플당 평균 {times}번 망각됩니다."
    goes_with: str = "관련된 단서: {cues}."
    cue_nearly_all: str = "{cue}(이 단서만으로 다른 모든 클래스와 구별됨: AUC {auc}, 95% 신뢰 구간 [{low}, {high}])"
    cue_much: str = "{cue}(이 단서만으로 상당 부분 구별됨: AUC {auc}, 95% 신뢰 구간 [{low}, {high}])"
    cue_some: str = "{cue}(이 단서만으로는 약하게 구별됨: AUC {auc}, 95% 신뢰 구간 [{low}, {high}])"
    cue_join: str = ", "
    no_cue_apart: str = "여기서 측정한 단서로는 이 클래스를 구별할 수 없습니다."
    nearest_rival: str = (
        "가장 가까운 경쟁 클래스는 {rival}이며, 테스트 샘플 {n}개 중 {taken}개를 이 클래스로 예측했습니다."
    )
    cue_names: Pairs = (
        ("sooner", "먼저 학습"),
        ("colour", "색"),
        ("brightness", "밝기와 대비"),
        ("sharpness", "선명도"),
        ("marks", "표식"),
    )
    cue_intervals: str = "단서 하나만으로 클래스가 구별되는 정도"
    cue_intervals_caption: str = (
        "이 클래스와 나머지를 구별하는 AUC와, 그림 전체에 함께 성립하는 95% 구간입니다. 학습 영상 {n}장을 "
        "측정했습니다. 0.5는 우연과 같습니다."
    )
    learned_title: str = "에포크별 학습된 비율"
    learned_caption: str = (
        "클래스별 학습 샘플 가운데, 이 에포크나 그 이전부터 뽑힐 때마다 맞힌 샘플의 비율입니다({stage} 단계가 끝났을 "
        "때 기준). 점선은 단계의 끝입니다."
    )
    show_class: str = "클래스"
    hardest_samples: str = "{name}의 가장 어려운 학습 샘플"
    easiest_samples: str = "{name}의 가장 쉬운 학습 샘플"
    samples_caption: str = (
        "화살표는 라벨에서 단계 끝의 예측을 가리킵니다. ‘학습됨’, ‘망각’, ‘마진’은 학습 중에 무작위로 변형한 영상의 "
        "예측을 따르므로, 학습된 샘플도 단계 끝에서는 오답일 수 있습니다."
    )
    card_learned: str = "{epoch} 에포크에 학습됨"
    card_not_learned: str = "학습되지 않음"
    card_forgotten: str = "망각 {n}번"
    card_margin: str = "마진 {margin} · p {prob}"
    by_difficulty: str = "팬텀의 난이도별"
    by_difficulty_caption: str = (
        "팬텀은 영상을 어떻게 만들었는지 기록합니다. ‘뚜렷함’: 클래스가 드러납니다. ‘어려움’: 작거나 흐린 부분에만 "
        "드러납니다. ‘판별 불가’: 누구도 판별할 수 없습니다."
    )
    column_phantom_difficulty: str = "만든 방식"
    phantom_difficulties: Pairs = (("clear", "뚜렷함"), ("hard", "어려움"), ("toss", "판별 불가"))
