"""Pascal VOC folders are read as published, and bad ones are refused."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from catalog import CatalogError, open_dataset, save_dataset
from catalog.__main__ import main
from catalog.importers.voc import read_voc


def picture(seed: int, kind: str = "JPEG") -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (14, 20), dtype=np.uint8)).save(stream, kind)
    return stream.getvalue()


def annotation(name: str, *objects: tuple[str, tuple[float, float, float, float] | None]) -> bytes:
    """Write the published form; a box is xmin, ymin, xmax, ymax, from 1 and inclusive."""
    things = ""
    for label, box in objects:
        corners = zip(("xmin", "ymin", "xmax", "ymax"), box or (), strict=bool(box))
        inner = "".join(f"<{tag}>{value}</{tag}>" for tag, value in corners)
        things += f"<object><name>{label}</name><pose>Left</pose><truncated>1</truncated><difficult>0</difficult>"
        things += (f"<bndbox>{inner}</bndbox>" if box else "") + "<part><name>head</name></part></object>"
    return (
        f"<annotation><folder>VOC2007</folder><filename>{name}</filename><source><database>The VOC2007 Database"
        f"</database></source><size><width>20</width><height>14</height><depth>3</depth></size><segmented>0</segmented>"
        f"{things}</annotation>"
    ).encode()


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


def published(folder: Path) -> Path:
    """VOCdevkit/VOC2007 with lists of train, val and test, and one picture in no list."""
    top, files = "VOCdevkit/VOC2007", {}
    for number in range(1, 17):
        stem, label = f"{number:06d}", ("dog", "cat")[number % 2]
        things = [(label, (3, 2, 8, 7)), *([("dog", (1, 1, 4, 4)), ("dog", (5, 5, 9, 9))] if number == 1 else [])]
        files[f"{top}/Annotations/{stem}.xml"] = annotation(f"{stem}.jpg", *things)
        files[f"{top}/JPEGImages/{stem}.jpg"] = picture(number)
    lists = {"train": range(1, 9), "val": range(9, 13), "test": range(13, 16), "trainval": range(1, 13)}
    for split, numbers in lists.items():
        text = "".join(f"{number:06d}\r\n" for number in numbers)
        files[f"{top}/ImageSets/Main/{split}.txt"] = text.encode()
        files[f"{top}/ImageSets/Main/dog_{split}.txt"] = text.replace("\r\n", "  1\n").encode()
    return write(folder, files)


def test_the_published_form_comes_in_with_its_splits_labels_and_boxes(data, tmp_path, capsys):
    source = published(tmp_path / "voc")
    assert main(["import", "voc", str(source), "--name", "pets", "--keep-names"]) == 0
    dataset = open_dataset("pets")
    assert dataset.classes == ("cat", "dog") and dataset.n_samples == 15
    table = dataset.samples.set_index("key")
    key = "VOCdevkit/VOC2007/JPEGImages/{:06d}.jpg".format
    assert {number: table.loc[key(number), "split"] for number in (1, 8, 9, 12, 13, 15)} == {
        1: "train", 8: "train", 9: "val", 12: "val", 13: "test", 15: "test",
    }  # fmt: skip
    first = table.loc[key(1)]
    assert first["label"] == "dog" and first["labels"] == ["cat", "dog"]  # 16 + 25 px of dog, 36 of cat
    assert json.loads(first["boxes"]) == [
        {"label": "cat", "x": 2, "y": 1, "w": 6, "h": 6},
        {"label": "dog", "x": 0, "y": 0, "w": 4, "h": 4},
        {"label": "dog", "x": 4, "y": 4, "w": 5, "h": 5},
    ]
    for row in dataset.samples.itertuples():
        assert dataset.image_path(row.sample_id).read_bytes() == (source / row.key).read_bytes()
    said = capsys.readouterr().err
    assert "1 image in no list of a split was left out: VOCdevkit/VOC2007/Annotations/000016.xml" in said


def test_a_zip_gives_the_same(tmp_path):
    source = published(tmp_path / "voc")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for file in source.rglob("*"):
            archive.write(file, file.relative_to(source / "VOCdevkit"))
    drafts = read_voc(source / "VOCdevkit" / "VOC2007"), read_voc(tmp_path / "x.zip")
    whole, zipped = ([(s.key, s.label, set(s.labels), s.split, s.boxes) for s in draft.samples] for draft in drafts)
    assert whole == zipped and len(whole) == 15


def test_pictures_beside_their_xml_and_two_years_with_one_name(tmp_path):
    files = {"a.xml": annotation("", ("cat", (1, 1, 3, 3))), "a.png": picture(1, "PNG")}
    files |= {"b.xml": annotation("b", ("dog", (1, 1, 3, 3))), "b.jpeg": picture(2)}
    draft = read_voc(write(tmp_path / "flat", files))
    assert [(s.key, s.label, s.split) for s in draft.samples] == [("a.png", "cat", None), ("b.jpeg", "dog", None)]
    files = {}
    for place, year in enumerate(("2007", "2012")):
        files[f"{year}/Annotations/1.xml"] = annotation("1.jpg", (("cat", "dog")[place], (1, 1, 3, 3)))
        files[f"{year}/JPEGImages/1.jpg"] = picture(place)
        files[f"{year}/ImageSets/Main/{('train', 'val')[place]}.txt"] = b"\xef\xbb\xbf1\n\n"
    draft = read_voc(write(tmp_path / "years", files))
    assert [(s.key, s.label, s.split) for s in draft.samples] == [
        ("2007/JPEGImages/1.jpg", "cat", "train"),
        ("2012/JPEGImages/1.jpg", "dog", "val"),
    ]


def beside(*names: str) -> dict[str, bytes]:
    """Write images next to their XML, cats and dogs in turn."""
    files = {}
    for number, name in enumerate(names):
        files[f"{name}.xml"] = annotation(f"{Path(name).name}.jpg", (("cat", "dog")[number % 2], (1, 1, 3, 3)))
        files[f"{name}.jpg"] = picture(number)
    return files


def test_folders_of_splits_are_kept_without_lists(tmp_path):
    names = ("train/1", "train/2", "valid/1", "valid/3", "test/Annotations/test_4", "test/Annotations/train_5")
    draft = read_voc(write(tmp_path, beside(*(name for name in names if "Annotations" not in name))))
    assert {s.key: s.split for s in draft.samples} == {
        "train/1.jpg": "train", "train/2.jpg": "train", "valid/1.jpg": "val", "valid/3.jpg": "val",
    }  # fmt: skip
    every = beside(*(f"{name.split('/')[0]}/Annotations/{name.split('/')[-1]}" for name in names))
    draft = read_voc(write(tmp_path / "of-each", every))
    assert [(s.key.split("/")[0], s.split) for s in draft.samples] == [
        ("test", "test"), ("test", "test"), ("train", "train"), ("train", "train"), ("valid", "val"), ("valid", "val"),
    ]  # fmt: skip
    assert draft.notes == ()


def test_folders_are_no_splits_where_some_image_is_in_none_or_nothing_is_to_train_on(tmp_path):
    draft = read_voc(write(tmp_path / "some", beside("train/1", "test/2", "extra/train_3")))
    assert {sample.split for sample in draft.samples} == {None}
    assert draft.notes == (
        "1 image is in no folder of a split (extra/train_3.jpg), so splits are drawn anew for all; "
        "move every image into train, valid or test to keep those.",
    )
    draft = read_voc(write(tmp_path / "one", beside("test set/1", "test set/2")))
    assert {sample.split for sample in draft.samples} == {None} and draft.notes == ()


@pytest.mark.parametrize(
    "lists, splits",
    [
        ({"trainval": "123456", "test": "78"}, "train " * 6 + "test test"),
        ({"trainval": "123456", "val": "56", "test": "78"}, "train " * 4 + "val val test test"),
        ({"trainval": "123456", "train": "1234", "test": "78"}, "train " * 4 + "val val test test"),
        ({"trainval": "12345678", "train": "1234", "val": "56"}, "train " * 4 + "val val train train"),
    ],
)
def test_what_is_in_trainval_alone_is_training(data, tmp_path, lists, splits):
    files = {f"Annotations/{n}.xml": annotation(f"{n}.jpg", (("cat", "dog")[n % 2], (1, 1, 3, 3))) for n in range(1, 9)}
    files |= {f"JPEGImages/{number}.jpg": picture(number) for number in range(1, 9)}
    files |= {f"ImageSets/Main/{split}.txt": "\n".join(stems).encode() for split, stems in lists.items()}
    draft = read_voc(write(tmp_path / "voc", files))
    assert [sample.split for sample in draft.samples] == splits.split() and draft.notes == ()
    dataset = save_dataset("pets", draft.samples, classes=draft.classes, source=draft.source)
    assert set(dataset.samples["split"]) == {"train", "val", "test"}


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b"<annotation><filename>1.jpg</filename><object><name>&b;</name></object></annotation>"
)


def test_what_cannot_be_used_is_noted(tmp_path):
    good = ("cat", (1, 1, 3, 3))
    xml = {
        "1": annotation("1.jpg", good, ("dog", None)), "2": annotation("2.jpg", ("dog", (5, 5, 5, 9))),
        "3": annotation("3.jpg"), "4": annotation("gone.jpg", good), "5": b"<annotation>", "6": BOMB,
        "7": annotation("7.jpg", ("dog", (1, 1, float("inf"), 3)), ("dog", (1, 1, float("nan"), 3))),
        "8": annotation("2.jpg", good),
        "9": annotation("9.jpg", ("  ", (1, 1, 3, 3))), "x": b"<other/>",
        "y": b'<?xml version="1.0" encoding="klingon"?><annotation/>',
    }  # fmt: skip
    files = {f"Annotations/{stem}.xml": content for stem, content in xml.items()}
    files |= {f"JPEGImages/{number}.jpg": picture(number) for number in (1, 2, 3, 7, 9, 11)}
    draft = read_voc(write(tmp_path, files | {"elsewhere.xml": annotation("11.jpg", good)}))
    assert [(sample.key, sample.label, set(sample.labels), sample.boxes) for sample in draft.samples] == [
        ("JPEGImages/1.jpg", "cat", {"cat", "dog"}, [{"label": "cat", "x": 0, "y": 0, "w": 3, "h": 3}]),
        ("JPEGImages/2.jpg", "dog", {"dog"}, None),
        ("JPEGImages/7.jpg", "dog", {"dog"}, None),
    ]
    assert draft.notes == (
        "3 broken annotations were left out: Annotations/5.xml, Annotations/6.xml, Annotations/y.xml",
        "1 XML that is no annotation was left out: Annotations/x.xml",
        "2 annotations without an object were left out: Annotations/3.xml, Annotations/9.xml",
        "4 annotations have no box of one thing, and only the class is kept: "
        "Annotations/1.xml, Annotations/2.xml, Annotations/7.xml",
        "1 image without an XML was left out: JPEGImages/11.jpg",
        "1 missing image with annotations was left out: gone.jpg",
        "1 second annotation of an image was left out: JPEGImages/2.jpg",
    )


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"a/1.jpg": picture(1)}, r"holds no \.xml file; name the folder with Annotations and JPEGImages in it"),
        ({"Annotations/1.xml": BOMB}, r"Annotations/1\.xml is no sound XML; export it anew"),
        ({"1.xml": annotation("1.jpg", ("cat", None)), "1.jpg": picture(1)}, "has only images of 'cat'"),
        (
            {"Annotations/1.xml": annotation("1.jpg", ("cat", None)), "p/1.jpg": picture(1), "q/1.jpg": picture(2)},
            r"'1\.jpg' could be p/1\.jpg or q/1\.jpg",
        ),
        (
            {"Annotations/1.xml": annotation("1.jpg", ("cat", None)), "JPEGImages/1.jpg": picture(1)}
            | {f"ImageSets/Main/{split}.txt": b"1\n" for split in ("train", "test")},
            r"'1' is in train\.txt and in test\.txt; keep it in one of them",
        ),
    ],
)  # fmt: skip
def test_a_folder_of_another_form_is_one_sentence(data, tmp_path, capsys, files, sentence):
    source = write(tmp_path / "source", files)
    with pytest.raises(CatalogError, match=sentence):
        read_voc(source)
    assert main(["import", "voc", str(source), "--name", "tiny"]) == 2
    assert capsys.readouterr().err.count("\n") == 1 and not data.exists()


TAGS = ["annotation", "object", "name", "bndbox", "xmin", "ymin", "xmax", "ymax", "filename", "size"]
TEXT = st.text(max_size=5) | st.sampled_from(["1.jpg", "../1.jpg", "2.jpg", "3", "8", "-1", "nan", "1e999", "&a;", "<"])
TREES = st.recursive(TEXT, lambda inner: st.tuples(st.sampled_from(TAGS), st.lists(inner, max_size=6)), max_leaves=20)


def as_xml(tree: object) -> str:
    return tree if isinstance(tree, str) else f"<{tree[0]}>{''.join(map(as_xml, tree[1]))}</{tree[0]}>"


@settings(deadline=None)
@given(st.lists(TREES, max_size=4), st.binary(max_size=6), st.integers(0, 30), st.binary(max_size=12))
def test_any_xml_gives_a_draft_or_a_sentence(tmp_path_factory, trees, tail, keep, listed):
    raw = f"<annotation>{''.join(map(as_xml, trees))}</annotation>".encode("utf-8", "replace")
    good = {f"Annotations/{stem}.xml": annotation(f"{stem}.jpg", (stem, (1, 1, 2, 2))) for stem in "ab"}
    files = {"Annotations/1.xml": raw, "Annotations/2.xml": raw[: len(raw) - keep] + tail, **good}
    files |= {f"JPEGImages/{stem}.jpg": b"not opened" for stem in "12ab"}
    if listed:
        files |= {"ImageSets/Main/train.txt": b"1\na\n" + listed, "ImageSets/Main/val.txt": b"b\n2\n"}
    try:
        draft = read_voc(write(tmp_path_factory.mktemp("voc"), files))
    except CatalogError as error:
        assert "\n" not in str(error) and str(error).encode()
        return
    assert {sample.label for sample in draft.samples} <= set(draft.classes)
    assert {sample.key for sample in draft.samples} <= {f"JPEGImages/{stem}.jpg" for stem in "12ab"}
    for sample in draft.samples:
        json.dumps(sample.boxes, allow_nan=False)
        assert all(box["w"] > 0 and box["h"] > 0 for box in sample.boxes or ())
    assert all("\n" not in note and note.encode() for note in draft.notes)


def test_masks_that_have_an_annotation_are_left_out(tmp_path):
    flat = np.zeros((14, 20), np.uint8)
    flat[3:9, 4:12] = 255
    stream = io.BytesIO()
    Image.fromarray(flat).save(stream, "PNG")
    files = {}
    for i in range(6):
        for name, content in ((f"{i}", picture(i, "PNG")), (f"{i}_tumor", stream.getvalue())):
            files[f"JPEGImages/{name}.png"] = content
            files[f"Annotations/{name}.xml"] = annotation(f"{name}.png", ("ab"[i % 2], None))
    draft = read_voc(write(tmp_path / "voc", files))
    assert [sample.key for sample in draft.samples] == [f"JPEGImages/{i}.png" for i in range(6)]
    assert any(note.startswith("6 masks of images were left out") for note in draft.notes)
