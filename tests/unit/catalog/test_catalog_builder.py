"""A dataset is built completely or not at all."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from catalog import CatalogError, NewSample, builder, left_out, list_datasets, manifest, open_dataset, save_dataset
from catalog.__main__ import main
from catalog.builder import LEFT_OUT


def save(samples, name="tiny", **more):
    return save_dataset(name, samples, **{"classes": ("a", "b"), "source": "test"} | more)


def all_below(folder: Path) -> list[Path]:
    return list(folder.rglob("*")) if folder.exists() else []


def test_what_goes_in_comes_out(data, samples):
    rich = replace(
        samples[0], labels=("b", "a"), ambiguity=0.25, device="X1", marks=("text",),
        boxes=[{"label": "a", "x": 1, "y": 2, "w": 3, "h": 4}],
    )  # fmt: skip
    dataset = save([rich, *samples[1:]])
    table = open_dataset("tiny").samples.set_index("key")
    assert dataset.dataset_id == "tiny@1"
    assert dataset.classes == ("a", "b") and dataset.n_samples == 30 and dataset.channels == 1 and dataset.has_patients
    assert list(dataset.samples.columns) == manifest.SCHEMA.names
    assert list(dataset.samples["key"]) == sorted(sample.key for sample in samples)
    row = table.loc["a/00.png"]
    assert (row["labels"], row["label"], row["ambiguity"], row["device"]) == (["a", "b"], "a", 0.25, "X1")
    assert row["boxes"] == '[{"label": "a", "x": 1, "y": 2, "w": 3, "h": 4}]' and row["marks"] == ["text"]
    assert (row["width"], row["height"]) == (20, 14)
    plain = table.loc["b/01.png"]
    assert plain["labels"] == ["b"] and plain["marks"] == []
    assert np.isnan(plain["ambiguity"]) and plain[["device", "boxes"]].isna().all()
    for row in dataset.samples.itertuples():
        data_of = dataset.image_path(row.sample_id).read_bytes()
        assert row.sha256 == hashlib.sha256(data_of).hexdigest()
        assert row.sample_id == hashlib.sha256(f"{row.sha256}:{row.key}".encode()).hexdigest()[:16]
        assert row.path == f"images/{row.key}"


def test_masks_and_clean_labels_are_kept_beside_the_images(data, samples):
    mask = np.zeros((14, 20), np.uint8)
    mask[2:5, 3:9] = 4
    deep = np.full((14, 20), 4 << 9, np.uint16)
    jpeg = replace(samples[1], key="b/01.jpg", content=_jpeg(samples[1].content), mask=deep)
    told = [replace(samples[0], mask=mask, clean_label="b"), jpeg, *samples[2:]]
    dataset = save(told)
    table = dataset.samples.set_index("key")
    assert table.loc["a/00.png", "mask"] == "masks/a/00.png" and table.loc["a/00.png", "clean_label"] == "b"
    assert table.loc["b/01.jpg", "mask"] == "masks/b/01.jpg.png"
    assert table["mask"].isna().sum() == table["clean_label"].isna().sum() - 1 == 28
    with Image.open(dataset.folder / "masks/a/00.png") as stored:
        assert np.array_equal(np.asarray(stored), mask)
    with Image.open(dataset.folder / "masks/b/01.jpg.png") as stored:
        assert np.array_equal(np.asarray(stored), deep)
    assert dataset.content_hash == save([replace(told[0], mask=None, clean_label=None), *told[1:]]).content_hash
    assert not (save(samples).folder / "masks").exists()


def _jpeg(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format="JPEG")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"mask": np.zeros((20, 14), np.uint8)}, r"a/00.png has 20 x 14 pixels but a mask of shape \(20, 14\)"),
        ({"clean_label": "z"}, "a/00.png was 'z' before noise, which is no class"),
    ],
)
def test_a_mask_of_another_size_or_a_strange_clean_label_is_refused(data, samples, more, said):
    with pytest.raises(CatalogError, match=said):
        save([replace(samples[0], **more), *samples[1:]])
    assert all_below(data) == []


def test_a_dataset_from_before_masks_can_be_read(data, samples):
    dataset = save(samples)
    file = dataset.folder / manifest.FILE
    pq.write_table(pq.read_table(file).drop_columns(["mask", "clean_label"]), file)
    table = open_dataset("tiny").samples
    assert list(table.columns) == manifest.SCHEMA.names and table[["mask", "clean_label"]].isna().all(axis=None)
    pq.write_table(pq.read_table(file).drop_columns(["patient"]), file)
    with pytest.raises(CatalogError, match=r"manifest.parquet cannot be read"):
        _ = open_dataset("tiny").samples


def test_the_same_name_makes_the_next_version_and_leaves_the_first_alone(data, samples):
    first = save(samples)
    before = {file: file.stat().st_mtime_ns for file in all_below(first.folder)}
    second = save(samples[:20])
    assert second.dataset_id == "tiny@2" and [d.dataset_id for d in list_datasets()] == ["tiny@2"]
    assert open_dataset("tiny") == second and open_dataset("tiny@1") == first
    assert {file: file.stat().st_mtime_ns for file in all_below(first.folder)} == before


def test_ids_and_hash_do_not_depend_on_order_or_version(data, samples):
    first, second = save(samples), save(samples[::-1])
    assert first.content_hash == second.content_hash
    assert list(first.samples["sample_id"]) == list(second.samples["sample_id"])


def test_ten_versions_are_sorted_as_numbers(data, samples):
    for _ in range(10):
        save(samples[:8])
    assert open_dataset("tiny").version == 10


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError, CatalogError("stop")])
def test_a_failure_in_the_middle_leaves_nothing(data, samples, failure):
    def failing() -> Iterator[NewSample]:
        yield from samples[:20]
        raise failure

    with pytest.raises((KeyboardInterrupt, RuntimeError, CatalogError)):
        save(failing())
    assert all_below(data) == [] and list_datasets() == []


def test_a_full_disk_is_one_sentence_and_leaves_nothing(data, samples, monkeypatch):
    def full(rows: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(builder.manifest, "write", full)
    with pytest.raises(CatalogError, match=r"manifest\.parquet: the disk is full; free some space"):
        save(samples)
    assert all_below(data) == []


def test_a_file_in_place_of_the_data_folder_is_one_sentence(data, samples):
    data.write_text("not a folder")
    with pytest.raises(CatalogError, match="a file stands where a folder is needed"):
        save(samples)


def test_killed_builds_are_ignored_and_swept_by_the_next(data, samples, tmp_path):
    ready = tmp_path / "ready"
    code = (
        "import time, numpy as np, catalog\nfrom pathlib import Path\n"
        "def endless():\n"
        "    for i in range(100): yield catalog.NewSample(f'{i}.png', 'a', np.full((4, 4), i, np.uint8))\n"
        f"    Path({str(ready)!r}).touch(); time.sleep(60)\n"
        "catalog.save_dataset('tiny', endless(), classes='ab', source='x')\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[3])
    deadline = time.monotonic() + 60
    while not ready.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    in_the_making = list(data.iterdir())
    assert len(in_the_making) == 1 and list_datasets() == []
    save(samples, "other")  # a live one is left alone
    assert in_the_making[0].exists()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert in_the_making[0].exists() and [d.name for d in list_datasets()] == ["other"]
    save(samples)
    assert sorted(path.name for path in data.iterdir()) == ["other", "tiny"]


def test_two_at_once_get_a_version_each(data, tmp_path):
    code = (
        "import numpy as np, catalog\n"
        "s = [catalog.NewSample(f'{i}.png', 'ab'[i % 2], np.full((4, 4), i, np.uint8)) for i in range(20)]\n"
        "print(catalog.save_dataset('tiny', s, classes='ab', source='x').version)\n"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert sorted(int(run.communicate()[0]) for run in runs) == [1, 2, 3]
    assert [path.name for path in data.iterdir()] == ["tiny"]


def test_a_korean_name_typed_on_two_systems_is_one_key(data, samples):
    composed = unicodedata.normalize("NFC", "a/초음파 (1).png")
    apart = unicodedata.normalize("NFD", composed)
    dataset = save([*samples, replace(samples[0], key=apart)])
    row = dataset.samples.set_index("key").loc[composed]
    assert dataset.image_path(row["sample_id"]).name == "초음파 (1).png"
    with pytest.raises(CatalogError, match=r"초음파 \(1\)\.png is there twice"):
        save([*samples, replace(samples[0], key=composed), replace(samples[2], key=apart)])


@pytest.mark.parametrize(
    "key", ["../x.png", "a/../../x.png", "/x.png", "a//x.png", "a\\x.png", "", "./x.png", "a\n.png"]
)
def test_a_key_that_leads_elsewhere_is_refused(data, samples, key):
    with pytest.raises(CatalogError, match="is no path below a dataset"):
        save([*samples, replace(samples[0], key=key)])
    assert all_below(data) == []


@given(st.text(max_size=12))
def test_no_key_leaves_the_folder(key):
    try:
        checked = builder._checked_key(key)
    except CatalogError:
        return
    root = Path("/data/images")
    assert (
        Path(os.path.normpath(root / checked)).is_relative_to(root) and Path(os.path.normpath(root / checked)) != root
    )


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"label": "c"}, "labelled 'c', which is no class; classes are: a, b"),
        ({"labels": ("a", "z")}, "labelled 'z'"),
        ({"split": "dev"}, "is in split 'dev'; splits are: train, val, test"),
        ({"split": "train"}, "has no split while others have one"),
        ({"content": b""}, "is empty"),
        ({"content": Path("/nowhere/x.png")}, "cannot be read"),
    ],
)
def test_a_bad_sample_is_one_sentence(data, samples, change, sentence):
    with pytest.raises(CatalogError, match=sentence):
        save([replace(samples[0], **change), *samples[1:]])
    assert all_below(data) == []


def test_unusable_pictures_are_left_out_when_somebody_listens(data, samples):
    told: list[str] = []
    dataset = save([replace(samples[0], content=b"nonsense"), *samples[1:]], on_bad=told.append)
    assert dataset.n_samples == 29 and told == [
        "a/00.png is no PNG picture, nor any other that can be read; export it again."
    ]


def test_nothing_usable_is_refused_with_the_reason_that_a_dry_run_gives(data, tree, capsys):
    source = tree({"a/1.png": 1, "a/2.png": 2, "b/1.png": 3})
    frames = [Image.new("L", (20, 14), grey) for grey in (7, 8)]
    for file in source.rglob("*.png"):
        frames[0].save(file, save_all=True, append_images=frames[1:])  # an animated PNG
    reason = "a/1.png holds several frames; export the frames as single pictures.\n"
    assert main(["import", "folder", str(source), "--name", "tiny", "--dry-run"]) == 0
    assert reason in capsys.readouterr().out
    assert main(["import", "folder", str(source), "--name", "tiny"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("python -m catalog: There is no readable image; save them as ")
    assert said.endswith(f" 3 cannot be used, the first for this reason: {reason}")
    tree({"a/1.png": 1})
    assert main(["import", "folder", str(source), "--name", "tiny"]) == 2
    said = capsys.readouterr().err
    assert "Class 'b' has no readable image;" in said and "1 cannot be used, the first for this reason: b/1.png" in said
    assert [path for path in data.rglob("*")] == []


def test_a_class_without_a_picture_is_refused(data, samples):
    with pytest.raises(CatalogError, match="Class 'c' has no readable image"):
        save(samples, classes=("a", "b", "c"))
    with pytest.raises(CatalogError, match="There is no readable image"):
        save([])
    bad = [replace(sample, content=b"nonsense") for sample in samples]
    reason = r"30 cannot be used, the first for this reason: a/00\.png is no PNG picture, nor any other .+ again\.$"
    with pytest.raises(CatalogError, match=rf"There is no readable image; .+\. {reason}"):
        save(bad, on_bad=lambda _: None)
    with pytest.raises(CatalogError, match=r"Class 'a' has no readable image; .+\. 15 cannot be used, the first for"):
        save([*bad[::2], *samples[1::2]], on_bad=lambda _: None)
    with pytest.raises(CatalogError, match="at least two classes"):
        save(samples, classes=("a",))


@pytest.mark.parametrize("name", ["", "Demo", "-a", "a/b", "..", "a" * 65, "데모", "a b"])
def test_names_are_plain(data, samples, name):
    with pytest.raises(CatalogError, match="cannot be called"):
        save(samples, name)


def test_given_splits_are_kept_and_validation_is_drawn_from_training(data, samples):
    given = [replace(sample, split="test" if int(sample.patient[1:]) >= 7 else "train") for sample in samples]
    table = save(given).samples.set_index("key")
    assert (table.loc[[s.key for s in given if s.split == "test"], "split"] == "test").all()
    assert set(table["split"]) == {"train", "val", "test"}
    assert table.groupby("patient")["split"].nunique().max() == 1
    whole = [replace(sample, split=("train", "val", "test")[i % 3]) for i, sample in enumerate(samples)]
    table = save(whole).samples.set_index("key")
    assert all(table.loc[sample.key, "split"] == sample.split for sample in whole)


def test_unknown_and_damaged_datasets_are_one_sentence(data, samples):
    with pytest.raises(CatalogError, match=r"There is no dataset 'tiny'\. Known: none yet; make one with"):
        open_dataset("tiny")
    dataset = save(samples)
    with pytest.raises(CatalogError, match=r"There is no dataset 'demo'\. Known: tiny\."):
        open_dataset("demo")
    for wanted in ("tiny@2", "tiny@x", "tiny@"):
        with pytest.raises(CatalogError, match="Known: tiny@1"):
            open_dataset(wanted)
    with pytest.raises(CatalogError, match="has no sample ffff"):
        dataset.image_path("ffff")
    table = manifest.read(dataset.folder / manifest.FILE)
    table.loc[0, "split"] = "test" if table.loc[0, "split"] != "test" else "train"
    manifest.write(table.astype(object).where(table.notna(), None).to_dict("records"), dataset.folder / manifest.FILE)
    with pytest.raises(CatalogError, match="was changed after it was made"):
        _ = open_dataset("tiny").samples
    (dataset.folder / "dataset.json").write_text("{")
    assert list_datasets() == []
    with pytest.raises(CatalogError, match="tiny@1 is damaged"):
        open_dataset("tiny")


def test_what_was_left_out_is_kept_with_the_version(data, samples):
    assert left_out(save(samples)) == [] and not (data / "tiny" / "1" / LEFT_OUT).exists()
    dataset = save([replace(samples[0], content=b""), *samples[1:]], on_bad=lambda sentence: None)
    assert left_out(dataset) == ["a/00.png is empty (0 bytes); copy it again."]
    assert dataset.n_samples == 29 and left_out(open_dataset("tiny@1")) == []
    (dataset.folder / LEFT_OUT).write_text("{")
    with pytest.raises(CatalogError, match=r"left_out\.json cannot be read; restore it"):
        left_out(dataset)


def test_a_dataset_made_before_simulated_images_had_their_columns_still_opens(data, samples):
    dataset = save(samples)
    file = dataset.folder / manifest.FILE
    table = pq.read_table(file)
    new = ["difficulty", "subgroup", "label_probability", "against_marks"]
    pq.write_table(table.drop_columns(new), file)
    opened = open_dataset(dataset.dataset_id).samples
    assert list(opened) == manifest.SCHEMA.names
    assert opened[new].isna().all(axis=None)
