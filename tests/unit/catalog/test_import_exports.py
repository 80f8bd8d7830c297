"""COCO and Pascal VOC as annotation tools export them: server paths, subsets, odd boxes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog import CatalogError
from catalog.importers import Draft
from catalog.importers.coco import read_coco
from catalog.importers.voc import read_voc

NAMES = [f"cb{i:06d}-scan {i}.png" for i in range(6)]  # as Label Studio calls uploads


@pytest.fixture
def export(tree: Callable[..., Path]) -> Callable[..., Path]:
    """Write an instances JSON of six images, a cyst or a mass in each, next to `images/`."""

    def make(named: Callable[[str], str], change: dict[str, Any] | None = None, classes: str = "cyst mass") -> Path:
        source = tree({f"images/{name}": i for i, name in enumerate(NAMES)})
        names = classes.split(";") if ";" in classes else classes.split()
        boxes = [{"id": i, "image_id": i, "category_id": i % len(names), "bbox": [1, 2, 3, 4]} for i in range(6)]
        boxes[3] |= change or {}
        content = {
            "images": [{"id": i, "file_name": named(name)} for i, name in enumerate(NAMES)],
            "annotations": boxes,
            "categories": [{"id": i, "name": name} for i, name in enumerate(names)],
        }
        (source / "result.json").write_text(json.dumps(content))
        return source

    return make


SERVERS = {
    "windows": "..\\..\\label-studio\\media\\upload\\4\\{}", "linux": "../../label-studio/data/media/upload/4/{}",
    "project": "images/4/{}", "url": "https://example.org/data/upload/4/{}?token=1", "s3": "s3://bucket/4/{}",
    "local": "/data/local-files/?d=scans/{}", "absolute": "/label-studio/media/upload/4/{}", "drive": "D:\\x\\{}",
}  # fmt: skip


@pytest.mark.parametrize("form", SERVERS)
@pytest.mark.parametrize("quoted", [False, True])
def test_images_are_found_by_the_end_of_the_path_of_a_server(export, form, quoted):
    draft = read_coco(export(lambda name: SERVERS[form].format(name.replace(" ", "%20") if quoted else name)))
    assert [sample.key for sample in draft.samples] == [f"images/{name}" for name in NAMES]
    [note] = draft.notes
    assert note.startswith("6 images were found by the end of a path that leads elsewhere: '")


def test_images_may_lack_what_an_upload_was_called(export):
    source = export(lambda name: f"upload/4/{name}")
    for name in NAMES:
        (source / "images" / name).rename(source / "images" / name.partition("-")[2])
    assert [sample.key for sample in read_coco(source).samples] == [f"images/scan {i}.png" for i in range(6)]


def test_ends_are_not_guessed_where_other_names_are_as_written(export):
    draft = read_coco(export(lambda name: f"images/{name}" if name != NAMES[2] else f"elsewhere/{name}"))
    assert len(draft.samples) == 5
    assert draft.notes == (f"1 missing image with annotations was left out: elsewhere/{NAMES[2]}",)


def test_an_end_that_several_have_is_refused(export):
    source = export(lambda name: f"upload/{name}")
    (source / "more").mkdir()
    (source / "more" / NAMES[0]).write_bytes(b"x")
    with pytest.raises(CatalogError, match=r"could be images/.* or more/"):
        read_coco(source)


def test_the_first_name_that_is_not_there_is_told_with_the_nearest_that_is(export):
    source = export(lambda name: f"scans/{name.replace('scan', 'Scan-0')}")
    sentence = (
        f"'scans/cb000000-Scan-0 0.png' is looked for, but in folder .* the nearest is 'images/{NAMES[0]}'; correct"
    )
    with pytest.raises(CatalogError, match=sentence):
        read_coco(source)


ODD = [[None] * 4, [], [1, 2, 3], "3,4,20,18", "1234", {"x": 1}, [float("nan")] * 4, [1, 2, float("inf"), 4], [[1]] * 4]


@pytest.mark.parametrize("box", ODD, ids=str)
def test_a_box_of_another_form_is_dropped_and_its_class_kept(export, box):
    draft = read_coco(export(lambda name: f"images/{name}", {"bbox": box, "iscrowd": None}))
    assert [(sample.label, bool(sample.boxes)) for sample in draft.samples] == [
        ("cyst", True), ("mass", True), ("cyst", True), ("mass", False), ("cyst", True), ("mass", True),
    ]  # fmt: skip
    assert draft.notes == (f"1 annotation has no box of one thing, and only the class is kept: images/{NAMES[3]}",)


def test_a_box_of_numbers_as_text_is_a_box(export):
    draft = read_coco(export(lambda name: f"images/{name}", {"bbox": ["1", "2", "3.5", "4"]}))
    assert draft.samples[3].boxes == [{"label": "mass", "x": 1, "y": 2, "w": 3.5, "h": 4}]


@pytest.mark.parametrize("change", [{"category_id": None}, {"image_id": [1]}])
def test_an_annotation_of_another_form_is_left_out(export, change):
    draft = read_coco(export(lambda name: f"images/{name}", change))
    assert len(draft.samples) == 5
    assert "1 entry of another form was left out: annotations.3 of result.json" in draft.notes


def test_categories_are_mended_refused_or_noted(export):
    draft = read_coco(export(lambda name: f"images/{name}", classes="cyst;mass;mass ;cyst\u200b"))
    assert draft.classes == ("cyst", "mass")
    assert draft.notes[0].startswith("'cyst', 'mass': written in ways that look the same")
    with pytest.raises(CatalogError, match=r"'Cyst' and 'cyst' of .* differ in capitals or blanks only; write"):
        read_coco(export(lambda name: f"images/{name}", classes="cyst Cyst mass"))
    [note] = read_coco(export(lambda name: f"images/{name}", classes="cyst mass cyst/mass")).notes
    assert note.startswith("'cyst/mass' counts as a class of its own, though the parts are classes too; where an image")


@pytest.mark.parametrize(
    "subsets",
    [("Train", "Validation", "Test"), ("train2017", "val2017", "test2017"), ("training", "valid", "testing")],
)
def test_subsets_of_any_usual_name_go_with_the_folder_of_theirs(tree, subsets):
    """CVAT's and Datumaro's layout: equal file names in subsets, one file in another alone."""
    places = {f"images/{name}/{i}.png": i for k, name in enumerate(subsets) for i in range(2 + k)}
    source = tree(places)
    (source / "annotations").mkdir()
    for name in subsets:
        content = {
            "images": [{"id": i, "file_name": f"{i}.png"} for i in range(4)],
            "annotations": [{"image_id": i, "category_id": i % 2, "bbox": [1, 1, 2, 2]} for i in range(4)],
            "categories": [{"id": 0, "name": "cyst"}, {"id": 1, "name": "mass"}],
        }
        (source / "annotations" / f"instances_{name}.json").write_text(json.dumps(content))
    found = {sample.key: sample.split for sample in read_coco(source).samples}
    expected = dict(zip(subsets, ("train", "val", "test"), strict=True))
    assert found == {place: expected[place.split("/")[1]] for place in places}


def voc(tree: Callable[..., Path], lists: dict[str, str], labels: str = "cat dog", folder: str = "Annotations") -> Path:
    """Write eight images in Pascal VOC's layout; `lists` say by name which numbers are in them."""
    source = tree({f"JPEGImages/{i}.png": i for i in range(8)})
    for name, numbers in ({f"{folder}/{i}.xml": "" for i in range(8)} | lists).items():
        file = source / name
        file.parent.mkdir(parents=True, exist_ok=True)
        label = labels.split()[int(file.stem) % len(labels.split())] if file.stem.isdecimal() else ""
        thing = f"<object><name>{label}</name>{BOX}</object>"
        text = f"<annotation><filename>{file.stem}.png</filename>{thing}</annotation>"
        file.write_text(text if file.suffix == ".xml" else "\n".join(numbers.split("/")))
    return source


def splits(draft: Draft) -> str:
    return " ".join(str(sample.split) for sample in draft.samples)


BOX = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>"
EXPECTED = "train train train train val val test test"


@pytest.mark.parametrize(
    "train, val, test",
    [
        ("Train", "Validation", "Test"), ("training", "valid", "testing"), ("TRAIN", "dev", "TEST"),
        ("train_list", "val_list", "test_list"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("folder", ["ImageSets/Main", "imagesets/main", "ImageSets"])
def test_lists_of_any_usual_name_are_the_splits(tree, train, val, test, folder):
    lists = {f"{folder}/{train}.txt": "0/1/2/3", f"{folder}/{val}.txt": "4/5", f"{folder}/{test}.txt": "6/7"}
    draft = read_voc(voc(tree, lists, folder="annotations"))
    assert splits(draft) == EXPECTED
    assert [note for note in draft.notes if "dev" not in note] == []


@pytest.mark.parametrize("form", ["{}.png", "JPEGImages/{}.png", "./images/{}.PNG", '"{}"', "{}  1", "{} -1"])
def test_lists_may_name_files_or_say_whether_a_class_is_there(tree, form):
    numbers = {"train": "0123", "Val": "45", "test": "67"}
    lists = {f"ImageSets/Main/{name}.txt": "//".join(form.format(one).replace("/", "\\") for one in numbers[name])
             for name in numbers}  # fmt: skip
    assert splits(read_voc(voc(tree, lists))) == EXPECTED


def test_a_list_of_no_split_is_told_and_lists_of_one_class_are_not(tree):
    draft = read_voc(
        voc(tree, {"ImageSets/Main/default.txt": "0/1/2/3/4/5/6/7", "ImageSets/Main/cat_train.txt": "0/1"})
    )
    assert {sample.split for sample in draft.samples} == {None}
    assert draft.notes == ("1 list that names no split was left out: ImageSets/Main/default.txt",)


def test_classes_of_voc_are_mended_or_refused(tree):
    draft = read_voc(voc(tree, {}, labels="cat dog dog\u200b cat"))
    assert draft.classes == ("cat", "dog") and draft.notes[0].startswith("'dog': written in ways that look the same")
    with pytest.raises(CatalogError, match=r"Classes 'CAT' and 'cat' of .* differ in capitals or blanks only"):
        read_voc(voc(tree, {}, labels="cat dog CAT dog"))
