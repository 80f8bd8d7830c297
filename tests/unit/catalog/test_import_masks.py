"""Masks are left out by evidence, wherever they are; drawings and digits are not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from catalog import CatalogError, save_dataset
from catalog.checks import Finding, check_dataset
from catalog.importers import read_draft

KINDS = ("benign", "malignant")


def photo(seed: int) -> Image.Image:
    """Smooth grey blobs of many levels."""
    small = np.random.default_rng(seed).integers(10, 240, (6, 5), dtype=np.uint8)
    return Image.fromarray(small).resize((48, 40), Image.Resampling.BICUBIC)


def mask(seed: int, *levels: int) -> Image.Image:
    """Draw ellipses of one or two levels on black."""
    random, picture = np.random.default_rng(seed), Image.new("L", (48, 40))
    for level in levels or (255,):
        x, y = (int(random.integers(2, 16)) for _ in "xy")
        ImageDraw.Draw(picture).ellipse([x, y, x + 20, y + 16], fill=level)
    return picture


def put(top: Path, name: str, picture: Image.Image) -> None:
    (top / name).parent.mkdir(parents=True, exist_ok=True)
    picture.save(top / name)


def keys(top: Path) -> list[str]:
    return [sample.key for sample in read_draft("folder", [str(top)]).samples]


def build(top: Path, image: str, where: str, draw: Callable[[int], Image.Image] = mask) -> set[str]:
    """Write ten images of two classes, and their masks; gives the images.

    In the names, `{c}` is the class, `{s}` the split, `{i}` a number of the dataset and `{n}` one of the class.
    """
    written = set()
    for i in range(10):
        names = {"c": KINDS[i % 2], "i": f"{i:03d}", "n": i // 2, "s": ("train", "train", "test")[i // 2 % 3]}
        put(top, image.format(**names), photo(i))
        put(top, where.format(**names), draw(i))
        written.add(image.format(**names))
    return written


@pytest.mark.parametrize(
    "image, where",
    [
        ("{c}/{n}.png", "{c}/masks/{n}.png"),
        ("{c}/images/{n}.png", "{c}/masks/{n}.png"),
        ("{c}/{i}.png", "masks/{c}/{i}.png"),
        ("{c}/{i}.png", "masks/{i}.png"),
        ("{c}/{i}.png", "GT/{i}_gt.png"),
        ("{c}/{c}_{n}.png", "labels/{c}_{n}.png"),
        ("{c}/img_{i}.png", "Segmentation/mask_{i}.png"),
        ("{c}/us_{i}.png", "annotations/{i}.png"),
        ("{c}/{i}.png", "ground truth/{i}.png"),
        ("{c}/{i}.png", "outer/{i}.png"),  # no word for masks: its names are those of images of several classes
        ("{c}/{n}.png", "{c}/outer/{n}.png"),
        ("images/{c}/{n}.png", "masks/{c}/{n}.png"),
        ("images/{c}/{n}.png", "drawn/{c}/{n}.png"),
        ("{s}/{c}/{n}.png", "{s}/{c}/Mask/{n}.png"),
        ("{s}/{c}/{i}.png", "{s}/masks/{c}/{i}.png"),
        ("{s}/{c}/{i}.png", "masks/{s}/{i}.png"),
        ("{s}/images/{c}/{n}.png", "{s}/masks/{c}/{n}.png"),
        ("images/{s}/{c}/{n}.png", "masks/{s}/{c}/{n}.png"),
        ("{c}/{n}.png", "{c}/{n}_tumor.png"),
        ("{c}/{n}.png", "{c}/{n}-lesion.png"),
        ("{c}/{n}.png", "{c}/{n}_expert_2.png"),
        ("{c}/{n}.png", "{c}/mask_{n}.png"),
        ("{c}/{n}.png", "{c}/m{n}.png"),
        ("{c}/{n}.png", "{c}/{n}GroundTruth.png"),
        ("{c}/image_{n}.png", "{c}/label_{n}.png"),
        ("{c}/{c} ({n}).png", "{c}/{c} ({n})_mask_1.png"),
        ("{c}/{n}_image.png", "{c}/truth/{n}_seg.png"),
        ("{c}/{i}.png", "masks_{c}/{i}.png"),
        ("{c}/{i}_training.png", "{c}/{i}_manual1.png"),
        ("{c}/case{i}/image.png", "{c}/case{i}/mask.png"),
        ("{c}/case{i}/images/{i}.png", "{c}/case{i}/masks/7f{n}a-x.png"),
        ("{c}/imagesTr/{i}_0000.png", "{c}/labelsTr/{i}.png"),
    ],
)
def test_masks_are_left_out_wherever_they_lie(tmp_path, image, where):
    images = sorted(build(tmp_path, image, where))
    draft = read_draft("folder", [str(tmp_path)])
    assert len(draft.samples) == 10
    assert all(name.endswith(sample.key) for sample, name in zip(draft.samples, images, strict=True))
    assert set(draft.classes) == set(KINDS)
    assert any(note.startswith("10 masks of images were left out: ") for note in draft.notes)


@pytest.mark.parametrize(
    "draw",
    [
        lambda i: mask(i, 1),  # nearly black: the number of a class
        lambda i: mask(i, 1, 2),
        lambda i: mask(i, 90, 255).convert("RGB"),
        lambda i: mask(i).convert("1"),
        lambda i: Image.merge("RGB", [mask(i), mask(i + 1), mask(i + 2)]),  # eight colours
        lambda i: mask(i).resize((96, 80), Image.Resampling.BILINEAR),
        lambda i: mask(i) if i % 2 else Image.new("L", (48, 40)),  # one class has nothing to outline
    ],
)
def test_masks_of_other_levels_and_colours(tmp_path, draw):
    assert len(build(tmp_path, "{c}/{i}.png", "masks/{i}.png", draw)) == len(keys(tmp_path)) == 10


@pytest.mark.parametrize("quality", [40, 75, 95])
def test_masks_with_the_noise_of_jpeg(tmp_path, quality):
    for i in range(10):
        put(tmp_path, f"{KINDS[i % 2]}/{i}.jpg", photo(i))
        mask(i).save(tmp_path / KINDS[i % 2] / f"{i}_tumor.jpg", quality=quality)
    assert [key for key in keys(tmp_path) if "tumor" in key] == []


def test_a_mask_without_its_image_goes_with_those_beside_it(tmp_path):
    build(tmp_path, "{c}/{n}.png", "{c}/masks/{n}.png")
    put(tmp_path, "benign/masks/77.png", mask(77))
    put(tmp_path, "benign/masks/78.png", photo(78))
    assert [key for key in keys(tmp_path) if "masks" in key] == ["benign/masks/78.png"]


def test_masks_of_more_folders_than_are_compared(tmp_path):
    """Every patient has files of the same names."""
    for i in range(160):
        put(tmp_path, f"{KINDS[i % 2]}/P{i}/scan_1.png", photo(i))
        put(tmp_path, f"{KINDS[i % 2]}/P{i}/" + ("scan_1_tumor.png" if i < 80 else "outer/scan_1.png"), mask(i))
    assert len(keys(tmp_path)) == 160


def test_masks_in_a_zip(tmp_path):
    build(tmp_path / "in", "{c}/{i}.png", "masks/{i}.png")
    shutil.make_archive(str(tmp_path / "all"), "zip", tmp_path / "in")
    assert len(keys(tmp_path / "all.zip")) == 10


@pytest.mark.parametrize("draw", [mask, photo])
@pytest.mark.parametrize(
    "first, second",
    [
        ("a/{i}.png", "b/{i}.png"),
        ("a/{i}.png", "a/{i}_1.png"),
        ("a/{i}.png", "a/{i}_bold.png"),
        ("a/{i}.png", "labels/{i}.png"),
        ("with_mask/{i}.png", "without_mask/{i}.png"),
        ("mask/{i}.png", "no_mask/{i}.png"),
        ("tumor/{i}.png", "normal/{i}.png"),
        ("a/{i}_left.png", "a/{i}_right.png"),
        ("a/P1/{i}.png", "a/P2/{i}.png"),
        ("a/P{i}/axial.png", "a/P{i}/coronal.png"),
        ("a/{i}_axial1.png", "a/{i}_coronal2.png"),
        ("a/P{i}/{i}.png", "a/P{i}/segments/x{i}.png"),
    ],
)
def test_pictures_that_pair_with_others_of_their_kind_are_kept(tmp_path, draw, first, second):
    """Binary digits, line drawings and photographs, whatever their names."""
    for i in range(8):
        put(tmp_path, first.format(i=i), draw(i))
        put(tmp_path, second.format(i=i), draw(i + 100))
        put(tmp_path, f"z/z{i}.png", draw(i + 200))
    assert len(keys(tmp_path)) == 24


def test_a_class_of_drawings_beside_one_of_photographs_is_kept(tmp_path):
    for kind, draw in (("photo", photo), ("sketch", mask), ("paint", photo)):
        for i in range(8):
            put(tmp_path, f"{kind}/{i}.png", draw(i))
    assert len(keys(tmp_path)) == 24


def test_drawings_without_a_pair_are_kept(tmp_path):
    for i in range(8):
        put(tmp_path, f"a/{i}.png", photo(i))
        put(tmp_path, f"b/{i + 50}.png", photo(i + 50))
        put(tmp_path, f"a/scan{i + 100}.png", mask(i))
        put(tmp_path, f"masks/other{i + 200}.png", mask(i))
    assert len(keys(tmp_path)) == 32


def test_a_marked_copy_of_an_image_is_no_mask(tmp_path):
    for i in range(8):
        put(tmp_path, f"{KINDS[i % 2]}/{i}.png", photo(i))
        marked = photo(i)
        ImageDraw.Draw(marked).line([4, 4, 30, 30], fill=255)
        put(tmp_path, f"{KINDS[i % 2]}/{i}_caliper.png", marked)
    assert len(keys(tmp_path)) == 16


def test_few_pictures_are_opened_where_there_are_no_masks(tmp_path, monkeypatch):
    from catalog.importers import masks

    for i in range(400):
        put(tmp_path, f"{'ab'[i % 2]}/P{i // 8}/img_{i % 8}.png", photo(i))
    opened = []
    monkeypatch.setattr(masks, "decoded", lambda sample: opened.append(sample.key) or "no matter.")
    assert len(keys(tmp_path)) == 400
    assert len(opened) <= 150


def save(top: Path) -> dict[str, Finding]:
    draft = read_draft("folder", [str(top)])
    dataset = save_dataset("d", draft.samples, classes=draft.classes, source="s", came=draft.origin)
    return {finding.code: finding for finding in check_dataset(dataset)}


def test_the_check_says_when_some_classes_alone_have_masks(tmp_path, data):
    build(tmp_path / "in", "{c}/{n}.png", "{c}/masks/{n}.png")
    assert "masks_of_some_classes" not in save(tmp_path / "in")
    shutil.rmtree(tmp_path / "in" / "malignant" / "masks")
    finding = save(tmp_path / "in")["masks_of_some_classes"]
    assert finding.level == "warning"
    assert finding.message.startswith("The source had masks for benign 5, and none for malignant;")


def test_the_check_says_which_pictures_look_like_masks(tmp_path, data):
    for i in range(16):
        put(tmp_path / "in", f"{KINDS[i % 2]}/{i}.png", photo(i))
    assert "mask_like" not in save(tmp_path / "in")
    put(tmp_path / "in", "benign/x40.png", mask(1))
    finding = save(tmp_path / "in")["mask_like"]
    assert finding.level == "warning" and len(finding.samples) == 1
    assert finding.message.startswith(
        "1 picture looks like a mask or drawing, in a few flat colours, all of class benign"
    )
    for i in range(16, 40):
        put(tmp_path / "in", f"{KINDS[i % 2]}/{i + 100}.png", mask(i))
    assert "mask_like" not in save(tmp_path / "in")  # a dataset of drawings


def test_a_table_that_lists_masks_too(tmp_path):
    build(tmp_path, "{c}_{i}.png", "{c}_{i}_lesion.png")
    rows = "".join(f"{file.name},{file.name.partition('_')[0]}\n" for file in sorted(tmp_path.glob("*.png")))
    (tmp_path / "t.csv").write_text("path,label\n" + rows)
    draft = read_draft("csv", [str(tmp_path / "t.csv")])
    assert len(draft.samples) == 10 and any(note.startswith("10 masks of images were") for note in draft.notes)
    assert draft.origin.masks == {"benign": 5, "malignant": 5}


def test_a_class_of_masks_that_a_table_names_stays(tmp_path):
    build(tmp_path, "{c}_{i}.png", "{c}_{i}_lesion.png")
    rows = [f"{file.name},{'mask' if 'lesion' in file.name else 'image'}" for file in sorted(tmp_path.glob("*.png"))]
    (tmp_path / "t.csv").write_text("\n".join(["path,label", *rows]))
    assert len(read_draft("csv", [str(tmp_path / "t.csv")]).samples) == 20


@pytest.mark.realdata
def test_busi_with_masks_comes_out_as_without(tmp_path):
    source = Path(__file__).parents[4] / "shared" / "data" / "busi"
    if not source.is_dir():
        pytest.skip("the real images of ../shared/data/busi are not here")
    for place in ("{c}/{s}_mask.png", "{c}/{s}_tumor.png", "{c}/masks/{s}.png"):
        top = tmp_path / place.replace("/", " ")
        for number, file in enumerate(sorted(source.glob("*/*.png"))[::8]):
            with Image.open(file) as image:
                put(top, f"{file.parent.name}/{file.name}", image)
                drawn = Image.new("L", image.size) if file.parent.name == "normal" else mask(number).resize(image.size)
            put(top, place.format(c=file.parent.name, s=file.stem), drawn)
        assert len(keys(top)) == len(sorted(source.glob("*/*.png"))[::8])


@pytest.mark.parametrize("draw", [mask, photo])
def test_a_table_means_the_image_where_its_mask_has_the_same_name(tmp_path, draw):
    build(tmp_path, "images/{i}.png", "masks/{i}.png", draw)
    (tmp_path / "t.csv").write_text("path,label\n" + "".join(f"{i:03d}.png,{'ab'[i % 2]}\n" for i in range(10)))
    if draw is photo:
        with pytest.raises(CatalogError, match=r"could be images/000.png or masks/000.png"):
            read_draft("csv", [str(tmp_path / "t.csv")])
    else:
        draft = read_draft("csv", [str(tmp_path / "t.csv")])
        assert [sample.key for sample in draft.samples] == [f"images/{i:03d}.png" for i in range(10)]
