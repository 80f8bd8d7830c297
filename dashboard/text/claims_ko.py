"""한국어: 비교가 말하는 것과 그 확실함."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.claims import ClaimTexts, Pairs


@dataclass(frozen=True)
class KoreanClaims(ClaimTexts):
    """한국어 문구."""

    margin: str = "허용 차이, %p"
    margin_help: str = (
        "이만큼까지는 달라도 상관없다고 보는 차이입니다. 차이의 90% 신뢰구간 전체가 이 안에 있을 때만 동등하다고 "
        "합니다."
    )
    compare_caption: str = "환자 {patients}명의 테스트 샘플 {n}개. 차이: {b} − {a}."
    claim_caption_one: str = (
        "문장은 거기에 나오는 모든 것에 대해 함께 성립하는 구간(95% 동시 신뢰구간, 환자에 따른 우연만 반영한 "
        "스튜던트 구간)을 "
        "따릅니다. 시드에 따른 변동은 들어 있지 않습니다."
    )
    claim_caption_several: str = (
        "문장은 거기에 나오는 모든 것에 대해 함께 성립하는 구간(95% 동시 신뢰구간, 환자와 시드 {seeds}개에 따른 "
        "우연을 반영한 "
        "스튜던트 구간)을 따릅니다."
    )
    table_caption_one: str = (
        "개별: 클래스 하나씩, 환자 단위 부트스트랩의 95% 백분위수 구간. 동시: 모든 클래스에 대해 함께 성립하는 95% "
        "구간. 판정은 동시 "
        "구간을 따르고, 동등 판정은 90% 구간을 따릅니다. 두 실행을 구별해 주는 환자가 {fewest}명 이상일 때만 "
        "차이로 봅니다."
    )
    table_caption_several: str = (
        "개별: 클래스 하나씩, 환자와 시드 {seeds}개를 반영한 스튜던트 95% 구간. 동시: 모든 클래스에 대해 함께 "
        "성립하는 95% 구간. "
        "판정은 동시 구간을 따르고, 동등 판정은 90% 구간을 따릅니다. 두 실행을 구별해 주는 환자가 {fewest}명 "
        "이상일 때만 차이로 봅니다."
    )
    column_alone: str = "개별, 95%"
    column_together: str = "동시, 95%"
    column_equal: str = "동시, 90%"
    column_telling: str = "구별 환자"
    telling_help: str = "이 점수에서 두 실행의 결과가 다른 환자 수"
    column_verdict_b: str = "B의 판정"
    metric_of: str = "{metric}, {side}"
    interval_together: str = "{level}% 신뢰구간 [{low:+.1f}, {high:+.1f}]"
    more_seeds: str = "양쪽 시드 더 학습"
    more_seeds_help: str = "이 데이터셋 버전에서 두 레시피의 시드가 {n}개가 되도록 모자란 학습을 대기열에 넣습니다."
    more_seeds_queued: str = "학습 {n}건을 대기열에 넣었습니다. 끝나면 이 비교에 반영됩니다."
    more_seeds_waiting: str = "이 레시피들의 시드를 더 학습하고 있습니다. 끝나면 이 비교에 반영됩니다."
    calibration_error: str = (
        "{name}의 ECE: {value} (95% 신뢰구간 [{low}, {high}], 예측 {n}개). 완벽히 보정된 모델이라도 이 수의 "
        "예측에서는 {perfect}이(가) 나옵니다."
    )
    calibration_differs: str = (
        "{b}의 ECE에서 {a}의 ECE를 뺀 값: {difference} (95% 신뢰구간 [{low}, {high}]). {verdict}."
    )
    calibration_verdicts: Pairs = (
        ("lower", "{b} 쪽이 더 잘 보정됨"),
        ("higher", "{a} 쪽이 더 잘 보정됨"),
        ("open", "차이가 확인되지 않음"),
    )
    control_exact: str = "같은 학습량의 대조군입니다. 단계별 실행과 `control` 설정만 다릅니다."
    control_other: str = (
        "이 실행의 대조군이 아닙니다. 다음 설정이 다릅니다: {keys}. 아래는 두 실행의 비교일 뿐, 마이닝의 효과를 "
        "말해 주지 않습니다."
    )
    before_mining: str = (
        "두 실행을 첫 단계가 끝난 시점에서 비교합니다. 아직 아무것도 마이닝하지 않았습니다. 마이닝의 효과는 "
        "1라운드부터 나타납니다."
    )
    seeds_there: str = (
        "두 레시피에 공통 시드가 세 개 이상 있습니다. 레시피를 비교하려면 같은 시드의 두 실행과 공통 시드 모두를 "
        "고르세요."
    )
    one_pair: str = "선택한 두 실행만의 결과입니다. 다시 학습하면 이만큼 달라질 수 있습니다."
    two_runs: str = "두 실행의 비교"
    other_run: str = "비교할 실행"
    control_mark: str = "대조군"
    no_exact_control: str = (
        "{dataset}에서 학습한 이 실행의 대조군(같은 레시피와 시드에 `control: true`)이 없습니다. 대조군을 "
        "학습하거나 비교할 다른 실행을 고르세요."
    )
    train_control: str = "대조군 학습"
    control_queued: str = "이 실행의 대조군을 대기열에 넣었습니다."
    effect_cost: str = "{steps:,}스텝 대 {control_steps:,}스텝, 학습에 쓴 샘플 {samples:,}개 대 {control_samples:,}개."
    column_collapse: str = "붕괴"
    collapse_help: str = (
        "테스트에서 답이 붕괴한 경우입니다. 모든 샘플에 같은 답을 내거나, 테스트 세트에 있는 클래스를 한 번도 예측하지 "
        "않거나, top-1 정확도가 항상 최다 클래스로 답할 때보다 높지 않습니다(환자 단위 95%)"
    )
    collapsed_runs: str = "실행 {n}개 중 {k}개({first})"
    column_majority: str = "최다 클래스"
    majority_help: str = "테스트 세트에서 가장 많은 클래스로 항상 답할 때의 정확도"
    column_chance: str = "무작위"
    chance_help: str = "테스트 세트의 클래스 비율대로 무작위로 답할 때의 정확도"
    effect_processor: str = "프로세서 시간: {time} 대 {control_time}."
    column_rank: str = "순위"
    rank_help: str = (
        "데이터로 말할 수 있는 순위 범위입니다(95%, 클래스가 같고 공통 시드가 세 개 이상인 모든 레시피 쌍에 대해 "
        "동시). 순위가 겹치면 구별되지 않습니다. 비어 있으면 시드가 부족하거나 비교할 레시피가 없습니다."
    )
    leaderboard_caption: str = (
        "한 데이터셋 버전에서 레시피별 마지막 단계의 테스트 점수를 시드에 대해 평균한 값입니다. 구간은 레시피 "
        "하나씩의 스튜던트 95% "
        "구간이므로 두 레시피를 구별하는 데 쓰지 마세요. 순위는 같은 시드와 같은 테스트 샘플에서 레시피를 서로 "
        "비교한 결과입니다."
    )
