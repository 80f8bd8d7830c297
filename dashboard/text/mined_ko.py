"""마이닝된 샘플의 한국어 문구: 경쟁 클래스와 예측, 결과, 어차피 고쳐졌을 몫."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.mined import MinedTexts


@dataclass(frozen=True)
class KoreanMined(MinedTexts):
    """`MinedTexts`를 한국어로."""

    column_rival: str = "가장 가까운 경쟁 클래스"
    column_rival_pair: str = "정답 | 경쟁 클래스"
    card_rival: str = "정답 **{true}**, 경쟁 **{rival}**, 예측 **{predicted}**"
    mined_option: str = "{sample} · 정답 {label}, 경쟁 {rival}, 예측 {predicted}"
    predicted_none: str = "없음"
    rival_caption: str = (
        "경쟁 클래스는 샘플에 없는 클래스 가운데 확률이 가장 높은 것입니다. 예측은 그 샘플을 마이닝한 단계가 실제로 "
        "말한 클래스이며, ‘오답에 가까움’ 샘플에서는 정답과 같습니다."
    )
    unseen_caption: str = (
        "이 학습은 폴드 밖 예측으로 마이닝합니다. 이유, 경쟁 클래스, 마진은 그 환자를 본 적 없는 간이 모델의 것이고, "
        "예측은 단계 자신의 것입니다."
    )

    column_outcome_hard: str = "하드 단계 뒤"
    column_outcome: str = "라운드 뒤"
    fixed_again: str = "‘새로 틀림’은 {n}번이며, 그중 {again}번은 앞선 단계에서 고쳐졌던 샘플이 다시 틀린 것입니다."

    anyway_title: str = "고쳐진 것, 그리고 어차피 고쳐졌을 것"
    anyway_caption: str = (
        "두 학습에서 같은 샘플을 같은 시점에 비교합니다. {round}라운드를 위해 마이닝되었고, 마이닝 "
        "시점({before})에 두 "
        "학습 모두 틀린 샘플입니다. ‘이후 정답’은 라운드가 끝났을 때({after}) 셉니다. 지금 틀려서 고른 샘플은 "
        "마이닝을 "
        "하든 안 하든 나중에 조금 더 맞게 마련입니다(평균으로의 회귀). 95 % 구간은 환자 {patients}명에 대한 "
        "부트스트랩입니다."
    )
    anyway_alone: str = (
        "이 학습이 틀린 채로 마이닝한 샘플 {mined}개 가운데 {fixed}개를 라운드 뒤에 맞혔습니다({share}, 95 % {low} ~ "
        "{high})."
    )
    anyway_same: str = "이 학습이 틀린 채로 마이닝한 샘플 {mined}개 가운데 {both}개는 대조군 {control}도 틀렸습니다."
    anyway_more: str = (
        "이 실행에서는 대조군보다 더 많이 고쳐졌습니다. 이 샘플 가운데 라운드 뒤에 맞은 비율은 {run}, 대조군은 "
        "{control}입니다({points:+.1f}%p, 95% 신뢰구간 [{low:+.1f}, {high:+.1f}]). 실행 한 쌍의 결과이며 시드가 "
        "다르면 "
        "달라질 수 있습니다. 마이닝이 도움이 되는지는 단계 페이지에서 확인하세요."
    )
    anyway_fewer: str = (
        "이 실행에서는 대조군보다 덜 고쳐졌습니다. 이 샘플 가운데 라운드 뒤에 맞은 비율은 {run}, 대조군은 "
        "{control}입니다({points:+.1f}%p, 95% 신뢰구간 [{low:+.1f}, {high:+.1f}]). 실행 한 쌍의 결과이며 시드가 "
        "다르면 "
        "달라질 수 있습니다. 마이닝이 도움이 되는지는 단계 페이지에서 확인하세요."
    )
    anyway_unshown: str = (
        "마이닝이 어차피 고쳐졌을 것보다 더 고쳤다고 볼 근거가 없습니다. 이 샘플 가운데 라운드 뒤에 맞은 비율은 "
        "{run}, "
        "대조군은 {control}입니다({points:+.1f}%p, 95% 신뢰구간 [{low:+.1f}, {high:+.1f}])."
    )
    anyway_few: str = (
        "두 학습의 결과가 갈린 환자가 너무 적어 마이닝이 더 고쳤는지 말할 수 없습니다. 이 샘플 가운데 라운드 뒤에 "
        "맞은 "
        "비율은 {run}, 대조군은 {control}입니다(갈린 환자 {apart}명, 최소 {fewest}명 필요)."
    )
    anyway_none_shared: str = (
        "이 학습이 틀린 채로 마이닝한 샘플 가운데 같은 시점에 대조군 {control}도 틀린 것이 없어 비교할 수 없습니다."
    )
    anyway_none_wrong: str = "자기 단계가 틀린 샘플은 마이닝하지 않았으므로 고쳐질 것이 없습니다."
    anyway_no_control: str = (
        "이 가운데 마이닝 없이도 고쳐졌을 것이 얼마인지는 알 수 없습니다. {dataset}에 이 학습의 대조군(같은 데이터셋 "
        "버전, 같은 레시피와 시드에 `control: true`)이 없습니다. 어차피 고쳐지는 것은 늘 있으니, 대조군을 학습해 "
        "확인하십시오."
    )
    anyway_wait: str = "라운드가 아직 끝나지 않았습니다. 고쳐진 것과 어차피 고쳐졌을 것이 여기에 나타납니다."
    anyway_control_wait: str = (
        "대조군 {control}이(가) 아직 이 라운드의 끝에 이르지 않았습니다. 어차피 고쳐졌을 것이 여기에 나타납니다."
    )
    anyway_this: str = "이 학습"
    anyway_control: str = "대조군"
    column_wrong_before: str = "이전 오답"
    column_right_after: str = "이후 정답"
    column_right_share: str = "이후 정답, %"
    column_share_low: str = "95 % 하한"
    column_share_high: str = "상한"
