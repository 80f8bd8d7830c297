"""한국어: 함께 배포되는 레시피, 가져오기 방식, 연구의 설명. 없는 문장은 원문 그대로 보입니다."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

SHIPPED: Final = MappingProxyType(
    {
        # recipes
        "The staged curriculum on the ultrasound phantom, small enough for two CPU cores.": (
            "초음파 팬텀으로 하는 단계별 학습. CPU 코어 두 개로도 충분합니다."
        ),
        "The demo's equal-budget control, with as many steps and samples as the demo but nothing mined.": (
            "데모와 예산이 같은 대조군. 스텝과 샘플 수는 같고 마이닝은 하지 않습니다."
        ),
        "The rival of the demo, multi-label sigmoid on all data in one long full stage of the same budget.": (
            "데모의 경쟁 레시피. 같은 예산으로 긴 전체 단계 하나에서 모든 데이터를 다중 라벨 시그모이드로 학습합니다."
        ),
        "Train, then once more from the start with the first network's errors weighted up, on purpose not repeated.": (
            "한 번 학습한 뒤, 첫 신경망이 틀린 샘플의 가중치를 높여 처음부터 다시 학습합니다. 의도적으로 되풀이하지 "
            "않습니다."
        ),
        "The older single-label recipe, in which samples the model is unsure of are left out of the loss.": (
            "이전의 단일 라벨 레시피. 모델이 확신하지 못하는 샘플을 손실에서 제외합니다."
        ),
        "Multi-label sigmoid on all data, without confidence filter or hard negatives, same budget as "
        "single_label_hnl.": (
            "모든 데이터의 다중 라벨 시그모이드. 신뢰도 필터와 하드 네거티브가 없고 예산은 single_label_hnl과 같습니다."
        ),
        "Single-label softmax on all data in one full stage, otherwise as multi_label and with the same budget.": (
            "전체 단계 하나에서 모든 데이터를 단일 라벨 소프트맥스로 학습합니다. 나머지 설정과 예산은 multi_label과 "
            "같습니다."
        ),
        "As multi_label, with the asymmetric loss.": "multi_label과 같고, 비대칭 손실을 씁니다.",
        "The staged curriculum for multi-label sigmoid, with the same budget as multi_label.": (
            "다중 라벨 시그모이드의 단계별 학습. 예산은 multi_label과 같습니다."
        ),
        "The equal-budget control with classes drawn evenly, a strong rival of any reweighting.": (
            "클래스를 고르게 뽑는, 예산이 같은 대조군. 가중치를 조정하는 모든 방법의 강한 경쟁자입니다."
        ),
        "The equal-budget control of single_label_hnl.": "single_label_hnl과 예산이 같은 대조군.",
        "The equal-budget control of multi_label_hnl.": "multi_label_hnl과 예산이 같은 대조군.",
        "The equal-budget control of legacy_confidence_filter.": "legacy_confidence_filter와 예산이 같은 대조군.",
        "The equal-budget control with the focal loss, which itself attends to what is hard.": (
            "어려운 샘플에 스스로 집중하는 초점 손실을 쓰는, 예산이 같은 대조군."
        ),
        "Full training, then rounds of hard negatives and refinement, for a GPU or a patient CPU.": (
            "전체 학습 뒤에 하드 네거티브와 정제를 되풀이합니다. GPU나 시간이 넉넉할 때의 CPU에 알맞습니다."
        ),
        "The equal-budget control that learns from the hardest half of every mini-batch alone.": (
            "미니배치마다 가장 어려운 절반만 학습하는, 예산이 같은 대조군."
        ),
        "As single_label_hnl, with a random subset of the same size in place of what was mined.": (
            "single_label_hnl과 같되, 마이닝한 것 대신 같은 크기의 무작위 부분집합을 씁니다."
        ),
        "The demo with each plane split by what is burned into the picture, an attempt that once made things worse.": (
            "영상에 새겨진 표식에 따라 단면마다 클래스를 나눈 데모. 예전에 결과를 나쁘게 만든 시도입니다."
        ),
        "For fewer than 5,000 pictures, pretrained weights with the head first and then everything at lower rates.": (
            "영상이 5,000장보다 적을 때. 사전 학습된 가중치에서 출력층을 먼저, 그다음 전체를 낮은 학습률로 학습합니다."
        ),
        "A baseline that takes seconds, logistic regression on what a pretrained network makes of each picture.": (
            "몇 초면 끝나는 기준선. 사전 학습된 신경망이 영상마다 뽑은 특징에 로지스틱 회귀를 합니다."
        ),
        # settings of a training
        "Network, by one of these names or as timm/NAME": "신경망. 이 이름 가운데 하나이거나 timm/이름",
        "Side of the square image, in pixels": "정사각형 영상의 한 변(픽셀)",
        "Samples in a mini-batch": "미니배치의 샘플 수",
        "Rounds of (hard_negative, refined) after the full stage": "전체 단계 뒤의 (하드 네거티브, 정제) 라운드 수",
        "Epochs; one is as many steps as a pass over the data": "에포크 수. 하나는 데이터를 한 번 훑는 스텝 수입니다",
        "Epochs; one is as many steps as a pass over the data; 0 = no such stage": (
            "에포크 수. 하나는 데이터를 한 번 훑는 스텝 수입니다. 0이면 이 단계가 없습니다"
        ),
        "Everything random comes from this number": "모든 무작위 값이 이 수에서 나옵니다",
        # importers
        "class folders, with or without train/val/test above": "클래스별 폴더. 위에 train/val/test가 있어도 됩니다",
        "DICOM files in class folders, without what names a patient": "클래스별 폴더의 DICOM. 환자 정보는 버립니다",
        "a table of paths, classes and patients": "경로, 클래스, 환자의 표",
        "FETAL_PLANES_DB as published": "공개된 그대로의 FETAL_PLANES_DB",
        "images with COCO instances JSON, boxes kept": "COCO instances JSON이 있는 영상. 상자를 보존합니다",
        "images with Pascal VOC XML, boxes kept": "Pascal VOC XML이 있는 영상. 상자를 보존합니다",
        "takes the patient from each file name, else from its folders below the class: the first group, or all that "
        "matches; for example '^(P[0-9]+)_'": (
            "파일 이름에서, 없으면 클래스 아래 폴더에서 환자를 읽습니다. 첫 그룹, 없으면 일치하는 전부. "
            "예: '^(P[0-9]+)_'"
        ),
        "a table as of `import csv` has the classes; folders say nothing": (
            "클래스는 `import csv`와 같은 표에 있고, 폴더는 아무것도 뜻하지 않습니다"
        ),
        "folder or zip that paths start from (default: where the table is)": (
            "경로가 시작되는 폴더나 zip(기본: 표가 있는 곳)"
        ),
        "the classes in order, any other being refused; of 0/1 columns, those that are classes": (
            "순서대로 적은 클래스. 다른 클래스는 거부합니다. 0/1 열 가운데에서는 클래스인 열"
        ),
        "a blank in a 0/1 column means that the class is absent": "0/1 열의 빈칸은 그 클래스가 없다는 뜻입니다",
        "what a -1 in a 0/1 column counts as": "0/1 열의 -1을 무엇으로 볼지",
        "the class of images without a 1 in any 0/1 column": "어느 0/1 열에도 1이 없는 영상의 클래스",
        "takes the patient from each path, whatever the columns say: the first group, or all that matches": (
            "열에 무엇이 있든 경로에서 환자를 읽습니다. 첫 그룹, 없으면 일치하는 전부"
        ),
        "what keeps images together in splits where no column has the patient: a column, 'frames' (names that run on, "
        "such as vid1_001) or 'none' (default: a column such as lesion_id or study, else frames)": (
            "환자 열이 없을 때 분할에서 영상을 함께 묶는 것: 열 이름, 'frames'(vid1_001처럼 이어지는 이름), 'none'. "
            "기본: lesion_id나 study 같은 열, 없으면 frames"
        ),
        "what keeps images together in splits where patients are unknown: 'frames' (names that run on, such as "
        "vid1_001) or 'none' (default: frames, where names look like them)": (
            "환자를 모를 때 분할에서 영상을 함께 묶는 것: 'frames'(vid1_001처럼 이어지는 이름) 또는 'none'. "
            "기본: 이름이 그렇게 보이면 frames"
        ),
        "folder or zip of the images (default: with SRC)": "영상의 폴더나 zip(기본: 원본과 같은 곳)",
        "keep the patients' ids of the source (default: hashes, the same in all versions of a dataset)": (
            "원본의 환자 ID를 그대로 둡니다(기본: 해시. 한 데이터셋의 모든 버전에서 같습니다)"
        ),
        "keep the names of files (default: hashes, as a name may tell who the patient is)": (
            "파일 이름을 그대로 둡니다(기본: 해시. 이름으로 환자를 알 수 있기 때문입니다)"
        ),
        # their options
        "Keep patient ids": "환자 ID 유지",
        "Keep names": "파일 이름 유지",
        "Patient regex": "환자 정규식",
        "Group": "묶음",
        "Labels": "라벨 표",
        "Images": "영상",
        "Classes": "클래스",
        "Blank as 0": "빈칸은 0",
        "Uncertain": "불확실(-1)",
        "None": "해당 없음의 클래스",
    }
)
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
            "전체, 하드 네거티브, 정제 단계는 스텝이 같고 마이닝이 없는 학습보다 나은가?"
        ),
        "Does mining help more where a confidence filter left samples out than where all data are used?": (
            "마이닝은 모든 데이터를 쓸 때보다 신뢰도 필터가 샘플을 제외했을 때 더 도움이 되는가?"
        ),
        "Is multi-label on all data equivalent to single-label with mining, within a point?": (
            "모든 데이터를 쓴 다중 라벨 학습은 마이닝을 쓴 단일 라벨 학습과 1%p 이내로 동등한가?"
        ),
        "Does mining still add to multi-label training?": "다중 라벨 학습에서도 마이닝이 성능을 더 높이는가?",
        "Does mining lessen the reading of burned-in marks, where the marks contradict the class?": (
            "영상에 새겨진 표식이 클래스와 다를 때, 마이닝은 표식에 의존하는 정도를 줄이는가?"
        ),
        "Does mining help where the class shows in a small detail?": (
            "클래스가 작은 구조로만 드러나는 영상에서 마이닝이 도움이 되는가?"
        ),
        "Does mining help the rare subgroup?": "드문 하위 집단에서 마이닝이 도움이 되는가?",
        "Does the second round of mining add to the first, beyond what its steps add?": (
            "두 번째 마이닝 라운드는 늘어난 스텝의 효과를 넘어 첫 라운드보다 성능을 더 높이는가?"
        ),
        "What did the confidence filter cost, with the same steps and nothing mined?": (
            "스텝이 같고 마이닝이 없을 때, 신뢰도 필터로 잃은 성능은 얼마인가?"
        ),
        "What does it cost to split classes by burned-in marks, scored on the classes as labelled?": (
            "영상에 새겨진 표식으로 클래스를 나누면, 원래 클래스로 채점했을 때 잃는 성능은 얼마인가?"
        ),
        "With 0, 3 and 10 % of wrong labels, does mining turn harmful?": (
            "잘못된 라벨이 0, 3, 10%일 때 마이닝은 해로워지는가?"
        ),
        "Does the guard against wrong labels prevent that?": "라벨 노이즈 가드는 이를 막는가?",
        "The same as mining_mends_the_filter, multi-label?": "mining_mends_the_filter와 같은 질문, 다중 라벨에서는?",
        "What did the filter cost, multi-label?": "다중 라벨에서 필터로 잃은 성능은 얼마인가?",
        "Does mining help after the filter?": "필터를 쓴 뒤에는 마이닝이 도움이 되는가?",
        "Is multi-label better than single-label, nothing mined?": "마이닝 없이, 다중 라벨이 단일 라벨보다 나은가?",
        "Does mining beat one long stage of the same steps?": "마이닝은 스텝이 같은 긴 단계 하나보다 나은가?",
        "Does mining beat classes drawn evenly?": "마이닝은 클래스를 고르게 뽑는 방법보다 나은가?",
        "Does mining beat a hard stage on a random subset?": "마이닝은 무작위로 뽑은 샘플의 하드 단계보다 나은가?",
        "Does mining beat class weights?": "마이닝은 클래스 가중치보다 나은가?",
        "Does mining beat the focal loss?": "마이닝은 초점 손실(focal loss)보다 나은가?",
        "Does mining beat online hard examples?": "마이닝은 배치 안의 어려운 샘플(OHEM)만 학습하는 방법보다 나은가?",
        "Does mining beat training twice?": "마이닝은 두 번 학습하기(JTT)보다 나은가?",
        "And on the rare subgroup, which training twice is made for?": (
            "두 번 학습하기(JTT)가 겨냥하는 드문 하위 집단에서는 어떤가?"
        ),
        "Do the third and the fourth round add to the first two?": "세 번째와 네 번째 라운드가 성능을 더 높이는가?",
        "Does mining help on all samples where marks mislead?": (
            "표식이 클래스와 다른 데이터 전체에서 마이닝이 도움이 되는가?"
        ),
        "Is the gain against the cue there after the first round?": (
            "표식 의존을 줄이는 이득은 첫 라운드 뒤에도 있는가?"
        ),
        "Does multi-label training read the marks less?": "다중 라벨 학습은 표식에 덜 의존하는가?",
        "Does mining lessen the reading of marks, multi-label?": (
            "다중 라벨에서 마이닝은 표식에 의존하는 정도를 줄이는가?"
        ),
        "Does training twice read the marks less?": "두 번 학습하기(JTT)는 표식에 덜 의존하는가?",
        "Do online hard examples read the marks less?": "배치 안의 어려운 샘플(OHEM)만 학습하면 표식에 덜 의존하는가?",
        "Do classes drawn evenly read the marks less?": "클래스를 고르게 뽑으면 표식에 덜 의존하는가?",
        "When does mining pay, with a long full stage?": "전체 단계가 길 때, 마이닝은 언제 이득인가?",
        "When does mining pay, with a short full stage?": "전체 단계가 짧을 때, 마이닝은 언제 이득인가?",
        "Does mining beat the same steps without mining?": "마이닝은 스텝이 같고 마이닝이 없는 학습보다 나은가?",
        "Is multi-label on all data as good as single-label with mining, within a point?": (
            "모든 데이터를 쓴 다중 라벨 학습은 마이닝을 쓴 단일 라벨 학습만큼 좋은가(1%p 이내)?"
        ),
        "Does mining help where a class shows in a small detail?": (
            "클래스가 작은 구조로만 드러나는 영상에서 마이닝이 도움이 되는가?"
        ),
        "Does a change of the decay by half a percent matter?": "가중치 감쇠를 0.5% 바꾸면 차이가 나는가?",
        "Does a key without effect matter?": "효과가 없는 설정을 바꾸면 차이가 나는가?",
        "Is the difference of two nothings something?": "차이가 없는 두 비교의 차이는 의미가 있는가?",
        # 알게 되는 것
        "Better - keep the hard stage. Equivalent - drop it, it costs code and care for nothing. Worse - drop it.": (
            "나으면 하드 단계를 유지합니다. 동등하거나 못하면 뺍니다. 얻는 것 없이 손만 많이 갑니다."
        ),
        "Better - mining made up for the filter, and is not needed without it. Equivalent - it never did.": (
            "나으면 마이닝은 필터의 손실을 메운 것이며, 필터가 없으면 필요하지 않습니다. 동등하면 메운 적이 없습니다."
        ),
        "Equivalent or better - hard-negative learning is no longer needed. Worse - it still is.": (
            "동등하거나 나으면 하드 네거티브 학습은 더 이상 필요하지 않습니다. 못하면 아직 필요합니다."
        ),
        "Better - the two go together. Equivalent - multi-label training has no use for mining.": (
            "나으면 둘을 함께 씁니다. 동등하면 다중 라벨 학습에는 마이닝이 필요하지 않습니다."
        ),
        "Better - mining serves what contradicts a shortcut. Equivalent - it serves other samples.": (
            "나으면 마이닝은 지름길 단서와 다른 샘플을 찾아 줍니다. 동등하면 다른 샘플을 찾습니다."
        ),
        "Better while all samples are equivalent - mining pays for whoever cares about hard samples.": (
            "전체에서 동등하고 여기서 나으면, 어려운 영상이 중요한 팀에는 마이닝이 이득입니다."
        ),
        "Better - mining finds what is rare without being told. Equivalent - it needs to be told.": (
            "나으면 마이닝은 알려 주지 않아도 드문 영상을 찾습니다. 동등하면 알려 주어야 합니다."
        ),
        "Better - rounds add up. Equivalent - one round is enough. Worse - the second one chases noise.": (
            "나으면 라운드의 효과가 쌓입니다. 동등하면 한 라운드로 충분합니다. 못하면 두 번째 라운드는 노이즈를 "
            "좇습니다."
        ),
        "Worse - leaving unsure samples out loses accuracy. Equivalent - it was harmless.": (
            "못하면 불확실한 샘플을 제외해 정확도를 잃은 것입니다. 동등하면 해가 없었습니다."
        ),
        "Worse - the attempt did harm, as the team remembers it. Equivalent - something else did.": (
            "못하면 팀의 기억대로 그 시도가 해로웠습니다. 동등하면 원인은 다른 데 있습니다."
        ),
        "Worse at 10 % and not at 0 - mining picks wrong labels. Equivalent - it is robust.": (
            "10%에서만 못하면 마이닝이 잘못된 라벨을 뽑는 것입니다. 동등하면 라벨 오류에 강합니다."
        ),
        "Better at 10 % - turn the guard on where labels are in doubt. Equivalent at 0 - it costs nothing.": (
            "10%에서 나으면 라벨이 의심스러울 때 가드를 켭니다. 0%에서 동등하면 켜도 손해가 없습니다."
        ),
        "Whether the claim depends on the objective.": "주장이 목적 함수에 따라 달라지는지.",
        "Whether the cost depends on the objective.": "손실이 목적 함수에 따라 달라지는지.",
        "The first half of mining_mends_the_filter.": "mining_mends_the_filter의 앞쪽 절반.",
        "What of the rival's gain is due to the objective alone.": "경쟁 레시피의 이득 가운데 목적 함수만의 몫.",
        "Whether the stages themselves cost or help.": "단계를 나누는 것 자체가 이득인지 손해인지.",
        "Whether a gain of mining is that of its sampler.": "마이닝의 이득이 샘플러의 이득인지.",
        "Whether it matters which samples are mined.": "어떤 샘플을 마이닝하는지가 중요한지.",
        "Whether a key of the loss does the same.": "손실 함수의 설정 하나로 같은 효과를 얻는지.",
        "Whether mining in the batch does the same.": "배치 안에서 뽑는 것으로 같은 효과를 얻는지.",
        "Whether a restart with weights does the same.": "가중치를 주고 다시 학습하면 같은 효과를 얻는지.",
        "As above.": "위와 같음.",
        "When rounds stop to help.": "라운드가 언제부터 도움이 되지 않는지.",
        "Whether a gain against the cue costs elsewhere.": "표식 의존을 줄이는 이득이 다른 곳에서 손해가 되는지.",
        "Whether the pilot's gain after round 1 holds on fresh pictures.": (
            "예비 실험에서 1라운드 뒤에 보인 이득이 새 영상에서도 나타나는지."
        ),
        "Which objective leans on the cue.": "어느 목적 함수가 표식에 더 의존하는지.",
        "As mining_against_the_cue.": "mining_against_the_cue와 같음.",
        "Which recipe reads them least.": "어느 레시피가 표식에 가장 덜 의존하는지.",
        "Where on the map a hard stage is worth its steps.": "어느 조건에서 하드 단계가 스텝만큼의 값을 하는지.",
        "Whether the hard stage is worth its steps; here the intervals are wide.": (
            "하드 단계가 스텝만큼의 값을 하는지. 이 연구에서는 구간이 넓습니다."
        ),
        "Whether mining is still needed once training is multi-label.": "다중 라벨로 학습해도 마이닝이 필요한지.",
        "Whether the gain, if any, is where it was sought.": "이득이 있다면 찾던 곳에 있는지.",
        "Nothing; a verdict of better or worse would show that the intervals are too short.": (
            "없음. 낫거나 못하다는 판정이 나오면 구간이 너무 짧다는 뜻입니다."
        ),
        "Nothing; the two runs are one and the same, so the difference is 0.": (
            "없음. 두 실행이 같으므로 차이는 0입니다."
        ),
        "Nothing; as above, for an interaction.": "없음. 위와 같으며, 상호작용에 대한 것입니다.",
    }
)
