"""Tables of public datasets with their published columns, from import to training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from catalog import Dataset, open_dataset
from catalog.__main__ import main

N = 24  # images of each table


@dataclass(frozen=True)
class Known:
    """A published table, made small.

    Attributes:
        table: its path below the source.
        head: the first line, as published.
        image: the path of an image, by its number.
        lines: the lines of an image, by its number.
        options: that the import needs, as its refusal says.
        classes: that come of it.
        n_patients: that are known, or None.
    """

    table: str
    head: str
    image: Callable[[int], str]
    lines: Callable[[int], list[str]]
    classes: tuple[str, ...]
    n_patients: int | None = None
    options: tuple[str, ...] = ()


def one_hot(i: int, n: int) -> str:
    return ",".join("1.0" if i % (n - 1) == place else "0.0" for place in range(n))


def turn(words: str, i: int) -> str:
    """Return one of the words in turn, the same for two images in sequence."""
    return words.split()[i // 2 % len(words.split())]


CHEXPERT = (
    "No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung Lesion,Edema,Consolidation,Pneumonia,"
    "Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,Fracture,Support Devices"
)


def chexpert(i: int) -> list[str]:
    cells = ["", "0.0", *[""] * 12]
    if i % 8 == 0:
        cells[0] = "1.0"  # No Finding
    elif i % 8 == 1:
        cells[5] = "-1.0"  # uncertain alone
    elif i % 8 != 2:  # of 2, nothing is said
        for place in range(1, 14):
            cells[place] = ("1.0", "0.0", "", "-1.0", "1.0")[(i + place) % 5]
    view = f"CheXpert-v1.0-small/train/patient{i // 2 + 1:05d}/study1/view{i % 2 + 1}_frontal.jpg"
    return [f"{view},Female,68,Frontal,AP,{','.join(cells)}"]


KNOWN = {
    "ham10000": Known(
        "HAM10000_metadata.csv",
        "lesion_id,image_id,dx,dx_type,age,sex,localization,dataset",
        lambda i: f"HAM10000_images_part_{i % 2 + 1}/ISIC_{i:07d}.jpg",
        lambda i: [f"HAM_{i // 2:07d},ISIC_{i:07d},{turn('nv mel bkl', i)},histo,4{i % 9}.0,male,back,vidir"],
        ("bkl", "mel", "nv"),
    ),
    "nih": Known(
        "Data_Entry_2017.csv",
        "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
        "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],",
        lambda i: f"images/{i // 2:08d}_{i % 2:03d}.png",
        lambda i: [
            f"{i // 2:08d}_{i % 2:03d}.png,{turn('No_Finding Hernia|Emphysema Mass', i).replace('_', ' ')},{i % 2},"
            f"{i // 2},058Y,M,PA,2682,2749,0.143,0.143,"
        ],
        ("Emphysema", "Hernia", "Mass", "No Finding"),
        N // 2,
    ),
    "chexpert": Known(
        "CheXpert-v1.0-small/train.csv",
        f"Path,Sex,Age,Frontal/Lateral,AP/PA,{CHEXPERT}",
        lambda i: chexpert(i)[0].split(",")[0],
        chexpert,
        (*CHEXPERT.split(","), "Other"),
        N // 2,
        ("--blank-as-0", "--uncertain", "0", "--none", "Other", "--patient-regex", "patient[0-9]+"),
    ),
    "pad-ufes-20": Known(
        "metadata.csv",
        "patient_id,lesion_id,smoke,drink,background_father,background_mother,age,pesticide,gender,skin_cancer_history,"
        "cancer_history,has_piped_water,has_sewage_system,fitspatrick,region,diameter_1,diameter_2,diagnostic,itch,grew,"
        "hurt,changed,bleed,elevation,img_id,biopsed",
        lambda i: f"imgs_part_{i % 3 + 1}/PAT_{i // 2}_{i * 7}_{i * 31}.png",
        lambda i: [
            f"PAT_{i // 2},{i * 7},{('', 'False')[i % 2]},{('', 'True')[i % 2]},,,{40 + i},,,,,,,,ARM,,,"
            f"{turn('NEV BCC ACK', i)},False,UNK,False,True,False,False,PAT_{i // 2}_{i * 7}_{i * 31}.png,False"
        ],
        ("ACK", "BCC", "NEV"),
        N // 2,
    ),
    "bus-bra": Known(
        "bus_data.csv",
        "ID,Case,Histology,Pathology,BIRADS,Device,Width,Height,Side,BBOX",
        lambda i: f"Images/bus_{i // 2 + 1:04d}-{'lr'[i % 2]}.png",
        lambda i: [
            f"bus_{i // 2 + 1:04d}-{'lr'[i % 2]},{i // 2 + 1},Cyst,{turn('benign malignant', i)},4,GE Logiq 5,"
            '48,40,left,"[3, 4, 20, 18]"'
        ],
        ("benign", "malignant"),
        N // 2,
    ),
    "rsna": Known(
        "stage_2_train_labels.csv",
        "patientId,x,y,width,height,Target",
        lambda i: f"stage_2_train_images/{i:08x}-aaaa.png",
        lambda i: (
            [f"{i:08x}-aaaa,,,,,0"]
            if i % 2
            else [f"{i:08x}-aaaa,3.0,4.0,20.0,18.0,1", f"{i:08x}-aaaa,23.0,4.0,20.0,18.0,1"]
        ),
        ("0", "1"),
        N,
    ),
    "aptos": Known(
        "train.csv",
        "id_code,diagnosis",
        lambda i: f"train_images/{i * 7919:012x}.png",
        lambda i: [f"{i * 7919:012x},{i % 5}"],
        ("0", "1", "2", "3", "4"),
    ),
    "isic2019": Known(
        "ISIC_2019_Training_GroundTruth.csv",
        "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK",
        lambda i: f"ISIC_2019_Training_Input/ISIC_{i:07d}.jpg",
        lambda i: [f"ISIC_{i:07d},{one_hot(i, 9)}"],
        ("MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC"),
        None,
        ("--classes", "MEL,NV,BCC,AK,BKL,DF,VASC,SCC"),
    ),
}
REFUSED = {
    "chexpert": [
        ((), "train.csv row 2: column 'Cardiomegaly' has '' where 0 or 1 must stand; if a blank means that the "
         "class is absent, say --blank-as-0"),
        (("--blank-as-0",), "row 3: column 'Edema' has '-1.0' where 0 or 1 must stand; for what is uncertain, say "
         "--uncertain 0 or --uncertain 1"),
        (("--blank-as-0", "--uncertain", "0"), "row 3: no class has a 1; add a column for what is none of them, such "
         "as 'other', or name their class with --none"),
    ],
    "isic2019": [((), "Class 'UNK' is in no row of ISIC_2019_Training_GroundTruth.csv; add images of it or leave it "
                  "out (--classes 'MEL,NV,BCC,AK,BKL,DF,VASC,SCC').")],
}  # fmt: skip


def made(known: Known, folder: Path) -> Path:
    """Write the table and its images, each unlike the others; return the table's path."""
    lines = [known.head]
    for i in range(N):
        small = np.random.default_rng(i).integers(10, 190, (6, 5), dtype=np.uint8)
        file = folder / known.image(i)
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(small).resize((48, 40), Image.Resampling.BICUBIC).save(file)
        lines += known.lines(i)
    (folder / known.table).write_text("\n".join(lines) + "\n")
    return folder / known.table


def imported(known: Known, tmp_path: Path) -> Dataset:
    assert main(["import", "csv", str(made(known, tmp_path / "source")), "--name", "known", *known.options]) == 0
    return open_dataset("known")


@pytest.mark.parametrize("name", KNOWN)
def test_a_published_table_walks_through_preview_import_and_check(data, tmp_path, capsys, name):
    known = KNOWN[name]
    table = made(known, tmp_path / "source")
    command = ["import", "csv", str(table), "--name", "known"]
    for options, sentence in REFUSED.get(name, []):
        assert main([*command, *options]) == 2
        said = capsys.readouterr().err
        assert sentence in said and said.count("\n") == 1 and not data.exists()
    assert main([*command, *known.options, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert f"would make {N} images" in said and "all can be used" in said and not data.exists()
    assert main([*command, *known.options]) == 0
    dataset = open_dataset("known")
    assert dataset.classes == known.classes and dataset.n_samples == N
    assert dataset.has_patients == (known.n_patients is not None)
    if known.n_patients:
        assert dataset.samples["patient"].nunique() == known.n_patients
    assert set(dataset.samples["split"]) == {"train", "val", "test"}
    assert main(["check", "known", "--exit-zero"]) == 0
    said = capsys.readouterr().out
    errors = [line for line in said.splitlines() if line.startswith("error")]
    assert [line for line in errors if "class_not_trained" not in line] == []  # of so few images, a class may be left


def test_several_rows_of_one_image_are_its_boxes(data, tmp_path):
    boxes = imported(KNOWN["rsna"], tmp_path).samples.set_index("label")["boxes"]
    assert boxes["0"].isna().all() and boxes["1"].str.count('"x"').eq(2).all()


def test_uncertain_counts_as_it_is_said(data, tmp_path):
    table = made(KNOWN["chexpert"], tmp_path / "source")
    n_edema = {}
    for value in "01":
        options = ["--blank-as-0", "--uncertain", value, "--none", "Other", "--patient-regex", "patient[0-9]+"]
        assert main(["import", "csv", str(table), "--name", f"of-{value}", *options]) == 0
        n_edema[value] = sum("Edema" in labels for labels in open_dataset(f"of-{value}").samples["labels"])
    assert n_edema["1"] > n_edema["0"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", KNOWN)
def test_a_published_table_walks_through_a_training_of_one_epoch(data, tmp_path, one_epoch, name):
    dataset = imported(KNOWN[name], tmp_path)
    assert one_epoch(dataset) == dataset.n_samples
