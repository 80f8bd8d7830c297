"""한국어: 함께 배포되는 레시피와 가져오기 방식의 설명. 없는 문장은 원문 그대로 보입니다."""

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
            "데모의 경쟁 레시피. 같은 예산으로 모든 데이터를 긴 전체 단계 하나에서 다중 라벨 시그모이드로 학습합니다."
        ),
        "Train, then once more from the start with the first network's errors weighted up, on purpose not repeated.": (
            "한 번 학습한 뒤, 첫 신경망이 틀린 샘플에 가중치를 더해 다시 학습합니다. 의도적으로 되풀이하지 않습니다."
        ),
        "The older single-label recipe, in which samples the model is unsure of are left out of the loss.": (
            "이전의 단일 라벨 레시피. 모델이 확신하지 못하는 샘플을 손실에서 뺍니다."
        ),
        "Multi-label sigmoid on all data, without confidence filter or hard negatives, same budget as "
        "single_label_hnl.": (
            "모든 데이터의 다중 라벨 시그모이드. 신뢰도 필터와 하드 네거티브가 없고 예산은 single_label_hnl과 같습니다."
        ),
        "Single-label softmax on all data in one full stage, otherwise as multi_label and with the same budget.": (
            "모든 데이터를 한 전체 단계에서 단일 라벨 소프트맥스로 학습. 나머지와 예산은 multi_label과 같습니다."
        ),
        "As multi_label, with the asymmetric loss.": "multi_label과 같고, 비대칭 손실을 씁니다.",
        "The staged curriculum for multi-label sigmoid, with the same budget as multi_label.": (
            "다중 라벨 시그모이드의 단계별 학습. 예산은 multi_label과 같습니다."
        ),
        "The equal-budget control with classes drawn evenly, a strong rival of any reweighting.": (
            "클래스를 고르게 뽑는 같은 예산의 대조군. 가중치를 조정하는 모든 방법의 강한 경쟁자입니다."
        ),
        "The equal-budget control of single_label_hnl.": "single_label_hnl과 예산이 같은 대조군.",
        "The equal-budget control of multi_label_hnl.": "multi_label_hnl과 예산이 같은 대조군.",
        "The equal-budget control of legacy_confidence_filter.": "legacy_confidence_filter와 예산이 같은 대조군.",
        "The equal-budget control with the focal loss, which itself attends to what is hard.": (
            "어려운 샘플에 스스로 집중하는 초점 손실을 쓰는 같은 예산의 대조군."
        ),
        "Full training, then rounds of hard negatives and refinement, for a GPU or a patient CPU.": (
            "전체 학습 뒤에 하드 네거티브와 정제를 되풀이합니다. GPU나 시간이 넉넉한 CPU에 알맞습니다."
        ),
        "The equal-budget control that learns from the hardest half of every mini-batch alone.": (
            "미니배치마다 가장 어려운 절반에서만 배우는 같은 예산의 대조군."
        ),
        "As single_label_hnl, with a random subset of the same size in place of what was mined.": (
            "single_label_hnl과 같되, 마이닝한 것 대신 같은 크기의 무작위 부분집합을 씁니다."
        ),
        "The demo with each plane split by what is burned into the picture, an attempt that once made things worse.": (
            "영상에 새겨진 표시에 따라 단면마다 클래스를 나눈 데모. 예전에 결과를 나쁘게 만든 시도입니다."
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
        "Everything random comes from this number": "모든 난수가 이 수에서 나옵니다",
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
