"""한국어: 하드 네거티브 페이지."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.hard_negatives import HardNegativesTexts
from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class KoreanHardNegatives(HardNegativesTexts):
    """`en/hard_negatives.py`와 같은 이름을 씁니다."""

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
    control_mines_nothing: str = "예산이 같은 대조군입니다. 스텝 수는 같지만 마이닝은 하지 않습니다."
    multi_mines_nothing: str = (
        "다중 라벨 실행은 한 단계에서 전체를 학습하며 마이닝을 하지 않습니다. 오답은 ‘혼동 행렬’과 ‘단일 vs 다중 라벨’ "
        "페이지에 있습니다."
    )
    plain_mines_nothing: str = "이 레시피에는 하드 네거티브 라운드가 없어 마이닝을 하지 않습니다."
    nothing_mined_yet: str = "아직 마이닝된 샘플이 없습니다. 전체 단계가 끝나면 마이닝합니다."
    mined_count: str = "마이닝된 학습 샘플 {total}개 중 {shown}개"
    pool_title: str = "라운드별 마이닝된 샘플"
    flow_title: str = "각 단계 이후의 결과"
    flow_caption: str = "{round}라운드를 위해 마이닝된 샘플 {n}개를 이후 각 단계가 맞혔는지 보여 줍니다."
    flow_waiting: str = "이 라운드의 단계가 아직 끝나지 않았습니다. 끝나면 샘플의 결과가 여기에 나타납니다."
    mined_nothing_ended: str = "마이닝된 샘플이 없습니다. 첫 마이닝 전에 끝났거나, 충분히 어려운 샘플이 없었습니다."
    mined_imported: str = "내보낸 파일에서 가져온 실행입니다. 그 파일에는 마이닝된 샘플의 수만 있고 목록은 없습니다."
    card_mined: str = "{reason} · p {prob}  \n마진 {margin}"
    flow_hint: str = "목록에서 띠를 선택하거나 *개수*의 막대를 누르면 해당 샘플이 보입니다."
    band: str = "{before} → {after}: {n}개"
    band_end: str = "{stage}, {state}"
    band_title: str = "{band}"
    pool_hint: str = "막대를 누르면 그 라운드와 이유의 샘플이 아래에 보입니다."
    pair_hint: str = "행을 선택하면 그 클래스 쌍의 샘플이 아래에 보입니다."
    flow_as: str = "보기"
    flow_names: Pairs = (("flow", "흐름"), ("counts", "개수"))
    flow_of: str = "샘플"
    flow_of_names: Pairs = (("mined", "이 라운드에서 마이닝된 것"), ("test", "모든 테스트 샘플"))
    flow_test_caption: str = "테스트 샘플 {n}개 전체를 각 단계가 맞혔는지 보여 줍니다."
    by_pair: str = "쌍과 이유별"
    column_total: str = "합계"
    suspect_labels: str = "라벨이 의심스러운 샘플: {n}개 제외"
    suspect_caption: str = (
        "마이닝하지 않은 샘플입니다. 학습 결과가 라벨과 다르며, 라벨의 확률이 낮은 것부터 보여 줍니다."
    )
    card_suspect: str = "라벨 **{given}**, 제안 **{suggested}**  \n라벨의 확률 {prob}"
    column_rival_pair: str = "정답 | 경쟁 클래스"
    card_rival: str = "정답 **{true}**, 경쟁 **{rival}**, 예측 **{predicted}**"
    rival_caption: str = (
        "경쟁 클래스는 샘플에 없는 클래스 가운데 확률이 가장 높은 것입니다. 예측은 그 샘플을 마이닝한 단계의 예측이며, "
        "‘오답에 가까움’ 샘플에서는 정답과 같습니다."
    )
    unseen_caption: str = (
        "이 실행은 폴드 밖 예측으로 마이닝합니다. 이유, 경쟁 클래스, 마진은 그 환자를 학습하지 않은 간이 모델의 "
        "결과이고, 예측은 그 단계의 결과입니다."
    )
    fixed_again: str = (
        "샘플이 ‘오답으로 바뀜’이 된 것은 {n}번이며, 그중 {again}번은 앞선 단계에서 정답으로 바뀌었다가 다시 틀린 "
        "것입니다."
    )
    anyway_title: str = "마이닝 없이도 정답으로 바뀌었을 샘플은 몇 개인가?"
    anyway_caption: str = (
        "두 실행에서 같은 샘플을 같은 시점에 비교합니다. {round}라운드를 위해 마이닝되었고, 마이닝할 때({before}) 두 "
        "실행 모두 틀린 샘플입니다. ‘이후 정답’은 라운드가 끝났을 때({after}) 집계합니다. 틀려서 뽑힌 샘플은 마이닝과 "
        "관계없이 나중에 조금 더 자주 맞습니다(평균으로의 회귀). 95% 구간은 환자 {patients}명 단위의 부트스트랩입니다."
    )
    anyway_alone: str = (
        "이 실행이 틀려서 마이닝한 샘플 {mined}개 가운데 {fixed}개를 라운드가 끝난 뒤 맞혔습니다({share}, 95% 신뢰 "
        "구간 [{low}, {high}])."
    )
    anyway_same: str = "이 실행이 틀려서 마이닝한 샘플 {mined}개 가운데 {both}개는 대조군 {control}도 틀렸습니다."
    anyway_more: str = (
        "이 실행에서 대조군보다 더 많이 정답으로 바뀌었습니다. 이 샘플 가운데 라운드가 끝난 뒤 맞힌 비율은 {run}, "
        "대조군은 {control}입니다({points:+.1f}%p, 95% 신뢰 구간 [{low:+.1f}, {high:+.1f}]). 실행 한 쌍의 결과이며 "
        "시드가 다르면 달라질 수 있습니다. 마이닝이 도움이 되는지는 ‘단계’ 페이지에서 확인하세요."
    )
    anyway_fewer: str = (
        "이 실행에서 대조군보다 더 적게 정답으로 바뀌었습니다. 이 샘플 가운데 라운드가 끝난 뒤 맞힌 비율은 {run}, "
        "대조군은 {control}입니다({points:+.1f}%p, 95% 신뢰 구간 [{low:+.1f}, {high:+.1f}]). 실행 한 쌍의 결과이며 "
        "시드가 다르면 달라질 수 있습니다. 마이닝이 도움이 되는지는 ‘단계’ 페이지에서 확인하세요."
    )
    anyway_unshown: str = (
        "마이닝으로 더 많이 정답으로 바뀌었는지는 확인되지 않았습니다. 이 샘플 가운데 라운드가 끝난 뒤 맞힌 비율은 "
        "{run}, 대조군은 {control}입니다({points:+.1f}%p, 95% 신뢰 구간 [{low:+.1f}, {high:+.1f}])."
    )
    anyway_few: str = (
        "두 실행의 결과가 다른 환자가 너무 적어 마이닝으로 더 많이 정답으로 바뀌었는지 알 수 없습니다. 이 샘플 가운데 "
        "라운드가 끝난 뒤 맞힌 비율은 {run}, 대조군은 {control}입니다(결과가 다른 환자 {apart}명, {fewest}명 이상 "
        "필요)."
    )
    anyway_none_shared: str = (
        "이 실행이 틀려서 마이닝한 샘플 가운데 같은 시점에 대조군 {control}도 틀린 샘플이 없어 비교할 수 없습니다."
    )
    anyway_none_wrong: str = "이 실행이 마이닝한 샘플 가운데 그 단계가 틀린 샘플이 없어 비교할 것이 없습니다."
    anyway_no_control: str = (
        "이 가운데 마이닝 없이도 정답으로 바뀌었을 샘플이 몇 개인지는 알 수 없습니다. {dataset}에 이 실행의 "
        "대조군(데이터셋 버전, 레시피, 시드가 같고 `control: true`인 실행)이 없습니다. 마이닝 없이도 일부는 정답으로 "
        "바뀌므로, 대조군을 학습해 확인하세요."
    )
    anyway_wait: str = "라운드가 아직 끝나지 않았습니다. 끝나면 이 비교가 여기에 나타납니다."
    anyway_control_wait: str = (
        "대조군 {control}이(가) 아직 이 라운드를 마치지 않았습니다. 마치면 이 비교가 여기에 나타납니다."
    )
    anyway_this: str = "이 실행"
    anyway_control: str = "대조군"
    column_wrong_before: str = "이전 오답"
    column_right_after: str = "이후 정답"
    column_right_share: str = "이후 정답, %"
    column_share_low: str = "95% 하한"
    column_share_high: str = "상한"
