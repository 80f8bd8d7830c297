"""Patients and file names are stored as hashes only, the same ones in every version."""

from __future__ import annotations

import io
import json
import re
import stat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from catalog import CatalogError, check_dataset, left_out, list_versions, open_dataset
from catalog.__main__ import main
from catalog.private import KEY_FILE, privacy_of, without_names

NAMES = ("KIM_YOUNGHEE", "LEE_MINSU", "PARK_JI", "CHOI_SU", "JUNG_HA", "HAN_BYUL")
FORMS = ("folder", "csv", "coco", "voc")


def png(seed: int) -> bytes:
    stream = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (14, 20), dtype=np.uint8)
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Write images of six patients in two classes, with names in the files; two are unusable."""
    good = {f"{'ab'[i % 2]}/{NAMES[i // 4]}_{i}.png": png(i) for i in range(24)}
    bad = {"a/KIM_YOUNGHEE_99.png": b"", "b/LEE_MINSU_notes.txt": b"a letter", "a/HAN_BYUL_broken.png": png(1)[:80]}
    return write(tmp_path / "source", good | bad)


def form_of(source: Path, kind: str) -> list[str]:
    """Return the arguments that import the images of the source in that form."""
    names = sorted(path.relative_to(source).as_posix() for path in source.rglob("*.png"))
    if kind == "folder":
        return ["folder", str(source), "--patient-regex", "^([A-Z]+_[A-Z]+)_"]
    if kind == "csv":
        rows = [f"{name},{name[0]},{re.split('_[0-9b]', name[2:])[0]}\n" for name in names]
        (source / "t.csv").write_text("path,label,patient\n" + "".join(rows))
        return ["csv", str(source)]
    if kind == "coco":
        images = [{"id": i, "file_name": name} for i, name in enumerate(names)]
        annotations = [{"image_id": i, "category_id": int(name[0] == "b")} for i, name in enumerate(names)]
        categories = [{"id": 0, "name": "a"}, {"id": 1, "name": "b"}]
        whole = {"images": images, "annotations": annotations, "categories": categories}
        (source / "instances.json").write_text(json.dumps(whole))
        return ["coco", str(source)]
    for name in names:
        text = f"<annotation><filename>{Path(name).name}</filename><object><name>{name[0]}</name></object></annotation>"
        (source / name).with_suffix(".xml").write_text(text)
    return ["voc", str(source)]


def kept(data: Path) -> str:
    """Return the names and contents of all files below a folder."""
    return "\n".join(f"{file}\n{file.read_bytes().decode('latin1')}" for file in data.rglob("*") if file.is_file())


@pytest.mark.parametrize("kind", FORMS)
def test_no_name_comes_into_the_dataset_nor_into_the_log_of_a_job(data, source, kind, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("ODAP_PROGRESS", str(tmp_path / "progress.json"))
    assert main(["import", *form_of(source, kind), "--name", "mine", "--seed", "1"]) == 0
    said = capsys.readouterr()
    everything = kept(data) + said.out + said.err + (tmp_path / "progress.json").read_text()
    for name in (*NAMES, "KIM", "YOUNGHEE", "broken.png", "notes.txt"):
        assert name not in everything
    dataset = open_dataset("mine")
    assert dataset.n_samples == 24
    assert dataset.samples["key"].str.fullmatch(r"[0-9a-f]{16}\.png").all()
    assert dataset.samples["patient"].str.fullmatch(r"(image-)?[0-9a-f]{16}").all()
    assert dataset.has_patients == (kind in ("folder", "csv"))
    if dataset.has_patients:
        assert dataset.samples["patient"].nunique() == 6
        assert dataset.samples.groupby("patient")["split"].nunique().max() == 1
    assert "2 images were left out" in said.err
    assert all(re.match(r"Image \d+ of the source, in the order of paths, is ", line) for line in left_out(dataset))


def test_a_left_out_picture_is_found_by_its_place_in_the_order_of_paths(data, source):
    assert main(["import", "folder", str(source), "--name", "mine"]) == 0
    paths = sorted(path.relative_to(source).as_posix() for path in source.rglob("*.png"))
    places = [int(re.match(r"Image (\d+) ", line)[1]) for line in left_out(open_dataset("mine"))]
    assert [paths[place - 1] for place in places] == ["a/HAN_BYUL_broken.png", "a/KIM_YOUNGHEE_99.png"]


def test_a_screen_shows_which_files_they_were(data, source, capsys):
    arguments = ["import", *form_of(source, "folder"), "--name", "mine"]
    assert main([*arguments, "--dry-run"]) == 0
    assert "b/LEE_MINSU_notes.txt" in capsys.readouterr().out and not data.exists()
    assert main(arguments) == 0
    assert "a/KIM_YOUNGHEE_99.png is empty" in capsys.readouterr().err


def test_the_next_version_has_the_same_patients_and_samples_and_another_dataset_others(data, source):
    tables = []
    for name in ("mine", "mine", "other"):
        assert main(["import", *form_of(source, "folder"), "--name", name]) == 0
        tables.append(open_dataset(name).samples)
    assert tables[0].equals(tables[1])
    for column in ("key", "patient", "sample_id"):
        assert not set(tables[0][column]) & set(tables[2][column])
    same = ["sha256", "split", "label"]  # what a seed draws does not depend on the key
    assert tables[0][same].equals(tables[2][same])


def test_the_key_is_for_its_owner_alone_and_in_no_version(data, source):
    assert main(["import", *form_of(source, "folder"), "--name", "mine"]) == 0
    key = data / "mine" / KEY_FILE
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    secret = key.read_text().strip()
    assert kept(data).count(secret) == 1


def test_whoever_wants_ids_and_names_keeps_them_and_the_preview_says_so(data, source, capsys):
    arguments = ["import", *form_of(source, "folder"), "--name", "mine"]
    assert main([*arguments, "--keep-patient-ids", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "Patients keep the ids that the source gives them" in said and "Files keep" not in said
    assert main([*arguments, "--keep-patient-ids"]) == 0
    table = open_dataset("mine").samples
    assert set(table["patient"]) == set(NAMES) and "KIM" not in "".join(table["key"] + table["path"])
    assert main([*arguments, "--keep-names"]) == 0
    table = open_dataset("mine").samples
    assert "a/KIM_YOUNGHEE_0.png" in set(table["key"]) and not set(table["patient"]) & set(NAMES)
    assert "a/KIM_YOUNGHEE_99.png is empty (0 bytes); copy it again." in left_out(open_dataset("mine"))


def test_a_failed_import_leaves_no_key_and_keeps_one_that_was_there(data, source, tmp_path):
    write(source, {"c/LEE_MINSU_1.png": b""})
    arguments = ["import", "folder", str(source), "--name", "mine"]
    assert main(arguments) == 2  # class c has no readable image
    assert [path for path in data.rglob("*")] == []
    (source / "c" / "LEE_MINSU_1.png").write_bytes(png(50))
    assert main(arguments) == 0
    secret = (data / "mine" / KEY_FILE).read_bytes()
    (source / "c" / "LEE_MINSU_1.png").write_bytes(b"")
    assert main(arguments) == 2
    assert (data / "mine" / KEY_FILE).read_bytes() == secret and len(list_versions()) == 1


def test_a_key_that_is_none_is_refused_in_a_sentence(data, source, capsys):
    write(data / "mine", {KEY_FILE: b"no key"})
    assert main(["import", "folder", str(source), "--name", "mine"]) == 2
    assert "is no key of patients; restore it from a backup" in capsys.readouterr().err


def test_two_first_imports_at_once_do_not_hash_by_two_keys(data):
    first, second = privacy_of("mine"), privacy_of("mine")
    (data / "mine").mkdir(parents=True)
    assert first.keep(data / "mine") and not first.keep(data / "mine")
    with pytest.raises(CatalogError, match="Another import of mine ended first"):
        second.keep(data / "mine")
    assert privacy_of("mine") == first


@pytest.mark.parametrize(
    "said, without",
    [
        ("2 files that are no images were left out: KIM.txt, b c.txt", "2 files that are no images were left out."),
        ("t.csv row 3: patient 'KIM' is in train.", "... row 3: patient '...' is in train."),
        ("There is no folder /home/KIM LEE.", "There is no folder ... LEE."),
        ("--patient-regex '^(.*)_' finds no patient in 'KIM.png'.", "--patient-regex '...' finds no patient in '...'."),
        ("A class needs 3.5 patients.", "A class needs 3.5 patients."),
        ("It could be a/KIM Y 1.png or b/KIM Y 1.PNG; name it.", "It could be ... or ...; name it."),
        ('Its entry "KIM\'s.png" leads out of it.', "Its entry '...' leads out of it."),
    ],
)
def test_sentences_of_which_nobody_has_said_what_is_a_name(said, without):
    assert without_names(said) == without


def test_check_finds_ids_and_names_that_were_kept_and_says_none_of_them(data, source):
    arguments = ["import", *form_of(source, "folder"), "--name", "mine"]
    for flags, codes in (((), set()), (("--keep-patient-ids",), {"patient_ids"}), (("--keep-names",), {"file_names"})):
        assert main([*arguments, *flags]) == 0
        found = [one for one in check_dataset(open_dataset("mine")) if one.code in ("patient_ids", "file_names")]
        assert {one.code for one in found} == codes
        assert not any(name in one.message for one in found for name in NAMES)


def test_the_phantoms_patients_are_nobody(data):
    assert main(["phantom", "--name", "demo", "--images", "24", "--size", "48", "--workers", "1"]) == 0
    codes = {finding.code for finding in check_dataset(open_dataset("demo"))}
    assert not codes & {"patient_ids", "file_names", "metadata"}


def test_folders_of_patients_are_not_named_in_the_log_of_a_job(data, tmp_path, capsys, monkeypatch):
    files = {f"{'ab'[i % 2]}/{NAMES[i // 4]}/{i}.png": png(i) for i in range(24)}
    source = write(tmp_path / "source", files)
    assert main(["import", "folder", str(source), "--name", "mine"]) == 0
    assert "KIM_YOUNGHEE" in capsys.readouterr().err  # a screen
    monkeypatch.setenv("ODAP_PROGRESS", str(tmp_path / "progress.json"))
    assert main(["import", "folder", str(source), "--name", "mine"]) == 0
    said = capsys.readouterr().err
    assert "Each class folder (a, b) holds the folders ..., which count as parts of it" in said
    assert not any(name in said for name in NAMES)
