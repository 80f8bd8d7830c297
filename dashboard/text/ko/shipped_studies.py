"""한국어: 함께 배포되는 연구의 설명, 질문, 알게 되는 것. 없는 문장은 원문 그대로 보입니다."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

SHIPPED_STUDIES: Final = MappingProxyType(
    {
        # 설명
        "Does mining of hard negatives help, when, and is it still needed once everything is trained multi-label?": (
            "하드 네거티브 마이닝은 도움이 되는가, 언제 도움이 되는가, 모두 다중 라벨로 학습한 뒤에도 필요한가?"
        ),
        "A study of minutes on a small phantom, to see how studies work; it is too small to settle anything.": (
            "연구 기능을 살펴보기 위한, 작은 팬텀으로 몇 분이면 끝나는 연구. 결론을 내기에는 너무 작습니다."
        ),
        "Three arms that differ by nothing that matters; every claim of this study would be false.": (
            "실질적으로 차이가 없는 세 비교군. 이 연구에서 나오는 주장은 모두 거짓입니다."
        ),
        # 질문
        "Does full, hard, refined beat the same steps without mining?": (
            "전체, 하드 네거티브, 정제 단계는 마이닝 없는 같은 스텝보다 나은가?"
        ),
        "Does mining help more where a confidence filter left samples out than where all data are used?": (
            "마이닝은 모든 데이터를 쓸 때보다 신뢰도 필터가 샘플을 제외했을 때 더 도움이 되는가?"
        ),
        "Is multi-label on all data equivalent to single-label with mining, within a point?": (
            "모든 데이터를 쓴 다중 라벨 학습은 마이닝을 쓴 단일 라벨 학습과 1%p 이내로 동등한가?"
        ),
        "Does mining still add to multi-label training?": "다중 라벨 학습에서도 마이닝이 성능을 더 높이는가?",
        "Does mining lessen the reading of burned-in marks, where the marks contradict the class?": (
            "영상에 찍힌 마크가 클래스와 어긋날 때, 마이닝은 마크에 의존하는 정도를 줄이는가?"
        ),
        "Does mining help where the class shows in a small detail?": (
            "클래스가 작은 구조로만 드러나는 영상에서 마이닝이 도움이 되는가?"
        ),
        "Does mining help the rare subgroup?": "드문 하위 집단에서 마이닝이 도움이 되는가?",
        "Does the second round of mining add to the first, beyond what its steps add?": (
            "두 번째 마이닝 라운드는 늘어난 스텝의 효과를 넘어 첫 라운드보다 성능을 더 높이는가?"
        ),
        "What did the confidence filter cost, with the same steps and nothing mined?": (
            "마이닝 없이 같은 스텝으로 학습할 때, 신뢰도 필터로 잃은 성능은 얼마인가?"
        ),
        "What does it cost to split classes by burned-in marks, scored on the classes as labelled?": (
            "영상에 찍힌 마크로 클래스를 나누면, 원래 클래스로 채점했을 때 잃는 성능은 얼마인가?"
        ),
        "With 0, 3 and 10 % of wrong labels, does mining turn harmful?": (
            "잘못된 라벨이 0, 3, 10 %일 때 마이닝은 해로워지는가?"
        ),
        "Does the guard against wrong labels prevent that?": "라벨 오류 방지 장치는 이를 막는가?",
        "The same as mining_mends_the_filter, multi-label?": "mining_mends_the_filter와 같은 질문, 다중 라벨에서는?",
        "What did the filter cost, multi-label?": "다중 라벨에서 필터로 잃은 성능은 얼마인가?",
        "Does mining help after the filter?": "필터를 쓴 뒤에는 마이닝이 도움이 되는가?",
        "Is multi-label better than single-label, nothing mined?": "마이닝 없이, 다중 라벨이 단일 라벨보다 나은가?",
        "Does mining beat one long stage of the same steps?": "마이닝은 같은 스텝의 긴 단계 하나보다 나은가?",
        "Does mining beat classes drawn evenly?": "마이닝은 클래스를 고르게 뽑는 방법보다 나은가?",
        "Does mining beat a hard stage on a random subset?": "마이닝은 무작위로 고른 샘플의 하드 단계보다 나은가?",
        "Does mining beat class weights?": "마이닝은 클래스 가중치보다 나은가?",
        "Does mining beat the focal loss?": "마이닝은 초점 손실(focal loss)보다 나은가?",
        "Does mining beat online hard examples?": "마이닝은 배치 안의 어려운 예(OHEM)만 학습하는 방법보다 나은가?",
        "Does mining beat training twice?": "마이닝은 두 번 학습하기(JTT)보다 나은가?",
        "And on the rare subgroup, which training twice is made for?": (
            "두 번 학습하기(JTT)가 겨냥하는 드문 하위 집단에서는 어떤가?"
        ),
        "Do the third and the fourth round add to the first two?": "세 번째와 네 번째 라운드가 성능을 더 높이는가?",
        "Does mining help on all samples where marks mislead?": (
            "마크가 오해를 부르는 데이터 전체에서 마이닝이 도움이 되는가?"
        ),
        "Is the gain against the cue there after the first round?": "마크에 대한 이득은 첫 라운드 뒤에도 있는가?",
        "Does multi-label training read the marks less?": "다중 라벨 학습은 마크에 덜 의존하는가?",
        "Does mining lessen the reading of marks, multi-label?": (
            "다중 라벨에서 마이닝은 마크에 의존하는 정도를 줄이는가?"
        ),
        "Does training twice read the marks less?": "두 번 학습하기(JTT)는 마크에 덜 의존하는가?",
        "Do online hard examples read the marks less?": "배치 안의 어려운 예(OHEM)만 학습하면 마크에 덜 의존하는가?",
        "Do classes drawn evenly read the marks less?": "클래스를 고르게 뽑으면 마크에 덜 의존하는가?",
        "When does mining pay, with a long full stage?": "전체 단계가 길 때, 마이닝은 언제 이득인가?",
        "When does mining pay, with a short full stage?": "전체 단계가 짧을 때, 마이닝은 언제 이득인가?",
        "Does mining beat the same steps without mining?": "마이닝은 마이닝 없는 같은 스텝보다 나은가?",
        "Is multi-label on all data as good as single-label with mining, within a point?": (
            "모든 데이터를 쓴 다중 라벨 학습은 마이닝을 쓴 단일 라벨 학습만큼 좋은가(1%p 이내)?"
        ),
        "Does mining help where a class shows in a small detail?": (
            "클래스가 작은 구조로만 드러나는 영상에서 마이닝이 도움이 되는가?"
        ),
        "Does a change of the decay by half a percent matter?": "가중치 감쇠를 0.5 % 바꾸면 차이가 나는가?",
        "Does a key without effect matter?": "효과가 없는 설정을 바꾸면 차이가 나는가?",
        "Is the difference of two nothings something?": "차이가 없는 두 비교의 차이는 의미가 있는가?",
        # 알게 되는 것
        "Better - keep the hard stage. Equivalent - drop it, it costs code and care for nothing. Worse - drop it.": (
            "나으면 하드 단계를 유지합니다. 동등하거나 못하면 뺍니다. 얻는 것 없이 손만 많이 갑니다."
        ),
        "Better - mining made up for the filter, and is not needed without it. Equivalent - it never did.": (
            "나으면 마이닝은 필터의 손실을 메운 것이며, 필터가 없으면 필요 없습니다. 동등하면 메운 적이 없습니다."
        ),
        "Equivalent or better - hard-negative learning is no longer needed. Worse - it still is.": (
            "동등하거나 나으면 하드 네거티브 학습은 더 이상 필요 없습니다. 못하면 아직 필요합니다."
        ),
        "Better - the two go together. Equivalent - multi-label training has no use for mining.": (
            "나으면 둘을 함께 씁니다. 동등하면 다중 라벨 학습에는 마이닝이 필요 없습니다."
        ),
        "Better - mining serves what contradicts a shortcut. Equivalent - it serves other samples.": (
            "나으면 마이닝은 지름길 단서와 어긋나는 샘플을 골라 줍니다. 동등하면 다른 샘플을 고릅니다."
        ),
        "Better while all samples are equivalent - mining pays for whoever cares about hard samples.": (
            "전체에서 동등하고 여기서 나으면, 어려운 영상이 중요한 팀에는 마이닝이 이득입니다."
        ),
        "Better - mining finds what is rare without being told. Equivalent - it needs to be told.": (
            "나으면 마이닝은 알려 주지 않아도 드문 영상을 찾습니다. 동등하면 알려 주어야 합니다."
        ),
        "Better - rounds add up. Equivalent - one round is enough. Worse - the second one chases noise.": (
            "나으면 라운드의 효과가 쌓입니다. 동등하면 한 라운드로 충분합니다. 못하면 두 번째 라운드는 잡음을 좇습니다."
        ),
        "Worse - leaving unsure samples out loses accuracy. Equivalent - it was harmless.": (
            "못하면 불확실한 샘플을 빼서 정확도를 잃은 것입니다. 동등하면 해가 없었습니다."
        ),
        "Worse - the attempt did harm, as the team remembers it. Equivalent - something else did.": (
            "못하면 팀의 기억대로 그 시도가 해로웠습니다. 동등하면 원인은 다른 데 있습니다."
        ),
        "Worse at 10 % and not at 0 - mining picks wrong labels. Equivalent - it is robust.": (
            "10 %에서만 못하면 마이닝이 잘못된 라벨을 고르는 것입니다. 동등하면 라벨 오류에 강합니다."
        ),
        "Better at 10 % - turn the guard on where labels are in doubt. Equivalent at 0 - it costs nothing.": (
            "10 %에서 나으면 라벨이 의심스러울 때 방지 장치를 켭니다. 0 %에서 동등하면 켜도 손해가 없습니다."
        ),
        "Whether the claim depends on the objective.": "주장이 목적 함수에 따라 달라지는지.",
        "Whether the cost depends on the objective.": "손실이 목적 함수에 따라 달라지는지.",
        "The first half of mining_mends_the_filter.": "mining_mends_the_filter의 앞쪽 절반.",
        "What of the rival's gain is due to the objective alone.": "경쟁 레시피의 이득 가운데 목적 함수만의 몫.",
        "Whether the stages themselves cost or help.": "단계를 나누는 것 자체가 이득인지 손해인지.",
        "Whether a gain of mining is that of its sampler.": "마이닝의 이득이 샘플러의 이득인지.",
        "Whether it matters which samples are mined.": "어떤 샘플을 마이닝하는지가 중요한지.",
        "Whether a key of the loss does the same.": "손실 함수의 설정 하나로 같은 효과를 얻는지.",
        "Whether mining in the batch does the same.": "배치 안에서 고르는 것으로 같은 효과를 얻는지.",
        "Whether a restart with weights does the same.": "가중치를 주고 다시 학습하면 같은 효과를 얻는지.",
        "As above.": "위와 같음.",
        "When rounds stop to help.": "라운드가 언제부터 도움이 되지 않는지.",
        "Whether a gain against the cue costs elsewhere.": "마크에 대한 이득이 다른 곳에서 손해가 되는지.",
        "Whether the pilot's gain after round 1 holds on fresh pictures.": (
            "예비 실험에서 1라운드 뒤에 보인 이득이 새 영상에서도 나타나는지."
        ),
        "Which objective leans on the cue.": "어느 목적 함수가 마크에 더 의존하는지.",
        "As mining_against_the_cue.": "mining_against_the_cue와 같음.",
        "Which recipe reads them least.": "어느 레시피가 마크에 가장 덜 의존하는지.",
        "Where on the map a hard stage is worth its steps.": "지도의 어느 곳에서 하드 단계가 스텝 값을 하는지.",
        "Whether the hard stage is worth its steps; here the intervals are wide.": (
            "하드 단계가 스텝 값을 하는지. 이 연구에서는 구간이 넓습니다."
        ),
        "Whether mining is still needed once training is multi-label.": "다중 라벨로 학습해도 마이닝이 필요한지.",
        "Whether the gain, if any, is where it was sought.": "이득이 있다면 찾던 곳에 있는지.",
        "Nothing; a verdict of better or worse would show that the intervals are too short.": (
            "없음. 낫거나 못하다는 판정이 나오면 구간이 너무 짧다는 뜻입니다."
        ),
        "Nothing; the two runs are one and the same, so the difference is 0.": (
            "없음. 두 실행은 같은 것이므로 차이는 0입니다."
        ),
        "Nothing; as above, for an interaction.": "없음. 위와 같으며, 교호작용에 대한 것입니다.",
    }
)
