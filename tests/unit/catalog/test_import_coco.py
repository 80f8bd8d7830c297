"""COCO instances files are read as published, and bad ones are refused."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from catalog import CatalogError, open_dataset
from catalog.__main__ import main
from catalog.importers.coco import read_coco


def png(seed: int, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (14, 20), dtype=np.uint8)).save(stream, kind)
    return stream.getvalue()


def instances(images: dict[int, str], boxes: list[tuple[int, int, list[float] | None]], **more: Any) -> dict[str, Any]:
    """Write the published form from (image, category, box); categories 1 head, 7 belly, 9 leg."""
    return {
        "info": {"year": 2024, "description": "made by a test"},
        "licenses": [{"id": 1, "name": "CC BY 4.0", "url": "http://creativecommons.org/licenses/by/4.0/"}],
        "images": [
            {"license": 1, "file_name": name, "coco_url": f"http://x/{name}", "height": 14, "width": 20, "id": number}
            for number, name in images.items()
        ],
        "annotations": [
            {"segmentation": [[1, 1, 5, 1, 5, 5]], "area": 8.0, "iscrowd": 0, "id": 900 + place,
             "image_id": image, "category_id": category} | ({} if box is None else {"bbox": box})
            for place, (image, category, box) in enumerate(boxes)
        ],
        "categories": [
            {"supercategory": "plane", "id": number, "name": name}
            for number, name in ((1, "head"), (7, "belly"), (9, "leg"))
        ],
    } | more  # fmt: skip


def write(folder: Path, files: dict[str, dict[str, Any] | bytes]) -> Path:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return folder


def published(folder: Path) -> Path:
    """train2017/, val2017/ and annotations/, with the same file names in both splits."""
    files: dict[str, dict[str, Any] | bytes] = {}
    for place, split in enumerate(("train2017", "val2017")):
        names = {number: f"{number:012d}.jpg" for number in range(1, 9)}
        boxes = [(number, (1, 7)[number % 2], [1.5, 2, 6.25, 4]) for number in names]
        boxes += [(1, 1, [0, 0, 3, 3]), (1, 1, [4, 4, 5, 4])]  # belly 25 px, head 9 + 20 px
        files[f"annotations/instances_{split}.json"] = instances(names, boxes)
        files[f"annotations/captions_{split}.json"] = {"captions": []}
        files |= {f"{split}/{name}": png(100 * place + number, "JPEG") for number, name in names.items()}
    return write(folder, files)


def test_the_published_form_comes_in_with_its_splits_labels_and_boxes(data, tmp_path, capsys):
    source = published(tmp_path / "coco")
    assert main(["import", "coco", str(source), "--name", "planes", "--keep-names"]) == 0
    dataset = open_dataset("planes")
    assert dataset.classes == ("head", "belly") and dataset.n_samples == 16
    table = dataset.samples.set_index("key")
    assert set(table.index) == {
        f"{split}/{number:012d}.jpg" for split in ("train2017", "val2017") for number in range(1, 9)
    }
    assert (table.loc[table.index.str.startswith("val2017"), "split"] == "val").all()
    assert table.loc[table.index.str.startswith("train2017"), "split"].isin(["train", "test"]).all()
    first = table.loc["val2017/000000000001.jpg"]
    assert first["label"] == "head" and first["labels"] == ["head", "belly"]
    assert json.loads(first["boxes"]) == [
        {"label": "belly", "x": 1.5, "y": 2.0, "w": 6.25, "h": 4.0},
        {"label": "head", "x": 0.0, "y": 0.0, "w": 3.0, "h": 3.0},
        {"label": "head", "x": 4.0, "y": 4.0, "w": 5.0, "h": 4.0},
    ]
    assert table.loc["train2017/000000000002.jpg", "label"] == "head"
    for row in dataset.samples.itertuples():
        assert dataset.image_path(row.sample_id).read_bytes() == (source / row.key).read_bytes()
    said = capsys.readouterr().err
    assert "2 JSON files that are no instances files were left out: annotations/captions_train2017.json" in said
    assert "1 category without images was left out: leg" in said


def test_a_zip_and_a_single_json_give_the_same(tmp_path):
    source = published(tmp_path / "coco")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for file in source.rglob("*"):
            archive.write(file, file.relative_to(source))
    whole, zipped = read_coco(source), read_coco(tmp_path / "x.zip")
    seen = [[(s.key, s.label, set(s.labels), s.split, s.boxes) for s in draft.samples] for draft in (whole, zipped)]
    assert seen[0] == seen[1] and len(seen[0]) == 16
    single = read_coco(source / "annotations" / "instances_val2017.json", source / "val2017")
    assert [sample.key for sample in single.samples] == [f"{number:012d}.jpg" for number in range(1, 9)]
    assert {sample.split for sample in single.samples} == {"val"}


def test_a_json_beside_its_images_without_a_split_draws_one(tmp_path):
    names = {number: (f"./pictures/{number}.png", f"pictures\\{number}.png")[number % 2] for number in range(4)}
    boxes = [(number, (1, 9)[number % 2], [0, 0, 1, 1]) for number in names]
    files = {f"pictures/{number}.png": png(number) for number in names}
    draft = read_coco(write(tmp_path, {"_annotations.coco.json": instances(names, boxes), **files}))
    assert draft.classes == ("head", "leg") and len(draft.samples) == 4
    assert {sample.split for sample in draft.samples} == {None}
    more = instances({1: "more.png"}, [(1, 1, [0, 0, 1, 1])])
    draft = read_coco(write(tmp_path, {"train.json": more, "more.png": png(9)}))  # a JSON of no split is there too
    assert len(draft.samples) == 5 and {sample.split for sample in draft.samples} == {None}
    files = {}
    for place, split in enumerate(("train", "valid", "test")):
        boxes = [(1, 1, [0, 0, 2, 2]), (2, 7, None)]
        files[f"{split}/_annotations.coco.json"] = instances({1: f"{place}.png", 2: f"{place}b.png"}, boxes)
        files |= {f"{split}/{place}.png": png(place), f"{split}/{place}b.png": png(10 + place)}
    draft = read_coco(write(tmp_path / "by_folder", files))
    found = [(sample.key, sample.split) for sample in draft.samples]
    assert found[::2] == [("test/2.png", "test"), ("train/0.png", "train"), ("valid/1.png", "val")]


def test_what_cannot_be_used_is_noted(tmp_path):
    images = {1: "a.png", 2: "b.png", 3: "c.png", 4: "gone.png", 5: "bare.png", 6: "../out.png", 7: "sub/../a.png"}
    boxes = [
        (1, 1, [0, 0, 4, 4]), (2, 7, [1, 1, 0, 5]), (3, 9, None), (4, 1, [0, 0, 2, 2]), (6, 1, [0, 0, 2, 2]),
        (1, 55, [0, 0, 9, 9]), (88, 1, [0, 0, 9, 9]), (7, 7, [0, 0, 1, 1]),
    ]  # fmt: skip
    content = instances(images, boxes)
    content["annotations"].append({"image_id": 1, "category_id": 7, "bbox": [0, 0, 20, 14], "iscrowd": 1})
    content["images"].append({"id": 1, "file_name": "b.png"})
    content["images"].append({"id": 8, "file_name": "c.png"})
    content["annotations"].append({"image_id": 8, "category_id": 1, "bbox": [0, 0, 2, 1]})
    content["categories"].append({"id": 7, "name": "other"})
    draft = read_coco(write(tmp_path, {"x.json": content} | {f"{n}.png": png(i) for i, n in enumerate("abc")}))
    assert [(s.key, s.label, set(s.labels), s.boxes) for s in draft.samples] == [
        ("a.png", "head", {"head", "belly"}, [{"label": "head", "x": 0, "y": 0, "w": 4, "h": 4}]),
        ("b.png", "belly", {"belly"}, None),
        ("c.png", "leg", {"leg"}, None),
    ]
    assert draft.notes == (
        "3 missing images with annotations were left out: gone.png, ../out.png, sub/../a.png",
        "1 second annotation of an image was left out: c.png",
        "1 image without annotation was left out: bare.png",
        "2 entries with ids used before were left out: category 7, image 1",
        "1 annotation of an unknown category was left out: 55",
        "1 annotation of no image was left out: 88",
        "3 annotations have no box of one thing, and only the class is kept: b.png, c.png, a.png",
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", r"x\.json is no COCO instances file \(Invalid JSON: EOF"),
        (b"[1, 2]", r"x\.json is no COCO instances file"),
        (b"{\"images\": []", r"x\.json is no COCO instances file"),
        (b"\xff\xfe\x00", r"x\.json is no text in UTF-8"),
        ({"images": [{"id": 1}], "annotations": [], "categories": []}, r"\(images\.0\.file_name: Field required\)"),
        (instances({}, [], annotations=[{"image_id": 1}, 7]), r"\(annotations\.0\.category_id: Field required\)"),
        (instances({}, [], categories=[{"id": 1, "name": "a\nb"}]), r"\(categories\.0\.name: "),
        (instances({1: "a.png"}, [(1, 1, [0, 0, 1, 1])]), "has only images of 'head'; annotate images of at least two"),
        (instances({1: "z.png"}, [(1, 1, [0, 0, 1, 1])]), "is there: 'z.png' is looked for, but in .* the nearest is"),
        (instances({1: "7"}, [(1, 1, [0, 0, 1, 1])]), "'7' is looked for, but in .* there are such as 'a.png';"),
        (instances({1: "a.png"}, []), "is there; annotate images of at least two classes"),
        (instances({1: "e.png"}, [(1, 1, [0, 0, 1, 1])]), "'e.png' could be p/e.png or q/e.png; name it"),
    ],
)  # fmt: skip
def test_a_file_of_another_form_is_one_sentence(data, tmp_path, capsys, content, sentence):
    pictures = {name: png(1) for name in ("a.png", "b.png", "p/e.png", "q/e.png")}
    source = write(tmp_path / "source", {"x.json": content, **pictures})
    with pytest.raises(CatalogError, match=sentence):
        read_coco(source)
    assert main(["import", "coco", str(source), "--name", "tiny"]) == 2
    assert capsys.readouterr().err.count("\n") == 1 and not data.exists()


def test_other_encodings_of_unicode_are_read(tmp_path):
    content = instances({1: "머리.png", 2: "b.png"}, [(1, 1, [0, 0, 1, 1]), (2, 7, [0, 0, 1, 1])])
    write(tmp_path, {"머리.png": png(1), "b.png": png(2)})
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        write(tmp_path, {"x.json": json.dumps(content, ensure_ascii=False).encode(encoding)})
        assert [sample.key for sample in read_coco(tmp_path).samples] == ["b.png", "머리.png"]


SCALARS = st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | st.text(max_size=6)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner)
)
IDS = st.integers(0, 3) | SCALARS
NAMES = st.sampled_from(["a.png", "b.png", "c.png", "../a.png", "/a.png", "gone.png", "\ud800"]) | SCALARS
NEARLY = st.fixed_dictionaries(
    {
        "images": st.lists(st.fixed_dictionaries({"id": IDS, "file_name": NAMES}), max_size=5),
        "annotations": st.lists(
            st.fixed_dictionaries(
                {"image_id": IDS, "category_id": IDS},
                optional={"bbox": st.lists(st.floats() | SCALARS, min_size=3, max_size=5), "iscrowd": IDS},
            ),
            max_size=6,
        ),
        "categories": st.lists(st.fixed_dictionaries({"id": IDS, "name": st.text(max_size=4) | SCALARS}), max_size=4),
    }
) | st.fixed_dictionaries(
    {},
    optional={"images": ANYTHING, "annotations": ANYTHING, "categories": ANYTHING},
)  # fmt: skip


@settings(deadline=None)
@given(NEARLY | ANYTHING, st.integers(0, 40), st.binary(max_size=4))
def test_any_json_gives_a_draft_or_a_sentence(tmp_path_factory, content, keep, tail):
    raw = json.dumps(content).encode()
    raw = raw[: len(raw) - keep] + tail if keep < 10 and tail else raw
    folder = write(tmp_path_factory.mktemp("coco"), {"x.json": raw, "a.png": b"1", "b.png": b"2", "c.png": b"3"})
    try:
        draft = read_coco(folder)
    except CatalogError as error:
        sentences = [str(error)]
    else:
        sentences = list(draft.notes)
        assert len(draft.classes) >= 2 and {sample.label for sample in draft.samples} <= set(draft.classes)
        assert {sample.key for sample in draft.samples} <= {"a.png", "b.png", "c.png"}
        for sample in draft.samples:
            assert all(box["w"] > 0 and box["h"] > 0 for box in sample.boxes or ())
    for sentence in sentences:
        assert "\n" not in sentence and sentence.encode()


def test_ids_are_the_same_as_numbers_and_as_text(tmp_path):
    content = instances({1: "a.png", 2: "b.png"}, [(1, 1, None), (2, 7, None)])
    content["images"] = [one | {"id": str(one["id"])} for one in content["images"]]
    content["categories"] = [one | {"id": str(one["id"])} for one in content["categories"]]
    draft = read_coco(write(tmp_path / "coco", {"i.json": content, "a.png": png(1), "b.png": png(2)}))
    assert [(sample.key, sample.label) for sample in draft.samples] == [("a.png", "head"), ("b.png", "belly")]


def test_a_name_that_is_not_utf8_drops_its_image_and_not_the_file(tmp_path):
    names = {1: "a.png", 2: "b.png", 3: "M\udcdcLLER.png"}
    content = instances(names, [(1, 1, None), (2, 7, None), (3, 1, None)])
    draft = read_coco(write(tmp_path / "coco", {"i.json": content, "a.png": png(1), "b.png": png(2)}))
    assert [sample.key for sample in draft.samples] == ["a.png", "b.png"]
    assert draft.notes[0] == "1 annotated image whose name is no plain text was left out: M?LLER.png"


def of_videos(n_videos: int) -> dict[str, dict[str, Any] | bytes]:
    content = instances({i: f"{i}.png" for i in range(12)}, [(i, (1, 7)[i % 2], None) for i in range(12)])
    for image in content["images"]:
        image["video_id"] = image["id"] % n_videos
    return {"i.json": content, **{f"{i}.png": png(i) for i in range(12)}}


def test_images_of_one_video_are_a_group(tmp_path):
    source = write(tmp_path / "coco", of_videos(6))
    draft = read_coco(source)
    assert {sample.key: sample.group for sample in draft.samples} == {f"{i}.png": str(i % 6) for i in range(12)}
    assert draft.origin.grouped_by == "video_id" and draft.origin.named == ("video_id",)
    assert any("'video_id' keeps images together in splits" in note for note in draft.notes)
    alone = read_coco(source, group="none")
    assert {sample.group for sample in alone.samples} == {None} and alone.origin.grouped_by is None
    assert all(sample.columns for sample in alone.samples), "the check still knows of them"


def test_one_video_or_none_is_no_group(tmp_path):
    draft = read_coco(write(tmp_path / "coco", of_videos(1)))
    assert {sample.group for sample in draft.samples} == {None} and not draft.origin.named


def test_masks_that_are_listed_as_images_are_left_out(tmp_path):
    flat = np.zeros((14, 20), np.uint8)
    flat[3:9, 4:12] = 255
    stream = io.BytesIO()
    Image.fromarray(flat).save(stream, "PNG")
    names = {i: f"images/{i}.png" for i in range(6)} | {i + 6: f"masks/{i}.png" for i in range(6)}
    content = instances(names, [(i, (1, 7)[i % 2], None) for i in names])
    pictures = {name: png(i) if i < 6 else stream.getvalue() for i, name in names.items()}
    draft = read_coco(write(tmp_path / "coco", {"i.json": content, **pictures}))
    assert [sample.key for sample in draft.samples] == [f"images/{i}.png" for i in range(6)]
    assert any(note.startswith("6 masks of images were left out") for note in draft.notes)
