"""Each planted fault is found."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from catalog import NewSample, check_dataset, save_dataset
from catalog.checks import co_occurrence
from catalog.checks.shortcut import is_telling, marks_auc
from catalog.manifest import SPLITS
from catalog.pictures import encode_png
from catalog.private import privacy_of


def save(samples, classes=("a", "b"), **more):
    return save_dataset("tiny", samples, classes=classes, source="test", **more)


def found(dataset) -> dict[str, list]:
    findings: dict[str, list] = {}
    for finding in check_dataset(dataset, lambda *_: None):
        findings.setdefault(finding.code, []).append(finding)
    return findings


def test_a_sound_dataset_has_nothing_but_its_counts(data, samples):
    findings = check_dataset(save(samples, privacy=privacy_of("tiny")))
    assert [(f.level, f.code, f.message) for f in findings] == [("info", "class_counts", "a 15, b 15.")]


def test_files_that_changed_went_or_broke(data, samples):
    dataset = save(samples)
    paths = [dataset.folder / path for path in dataset.samples["path"]]
    paths[0].unlink()
    paths[1].write_bytes(paths[2].read_bytes())
    findings = found(dataset)
    assert [f.samples for f in findings["missing_file"]] == [(dataset.samples["sample_id"][0],)]
    assert "a/02.png was changed after the dataset was made" in findings["changed_file"][0].message
    assert {f.level for f in findings["missing_file"] + findings["changed_file"]} == {"error"}


def test_a_changed_manifest(data, samples):
    dataset = save(samples)
    (dataset.folder / "manifest.parquet").write_bytes(b"nonsense")
    assert [(f.level, f.code) for f in check_dataset(dataset)] == [("error", "damaged")]


def twin(sample: NewSample, **change) -> NewSample:
    """Encode the same pixels as other bytes."""
    return replace(sample, content=encode_png(np.repeat(sample.content[..., None], 3, axis=2)), **change)


def test_one_picture_in_two_classes(data, samples):
    dataset = save([*samples, twin(samples[0], key="b/twin.png", label="b")])
    findings = found(dataset)
    [finding] = findings["duplicate_across_classes"]
    assert finding.level == "error" and len(finding.samples) == 2
    assert finding.message.startswith("'a/00.png' and 'b/twin.png' are one picture, pixel by pixel, labelled a and b:")
    assert "duplicate" not in findings and "duplicate_across_splits" not in findings


def test_one_picture_in_two_splits_and_a_patient_too(data, samples):
    given = [replace(s, split=("train", "val", "test")[int(s.patient[1:]) % 3]) for s in samples]
    dataset = save([*given, replace(given[0], key="a/again.png", split="test")])
    findings = found(dataset)
    assert [f.level for f in findings["duplicate_across_splits"]] == ["error"]
    assert "byte for byte, in train and test" in findings["duplicate_across_splits"][0].message
    [leak] = findings["patient_across_splits"]
    assert leak.level == "error" and "1 patient is in several splits ('P0')" in leak.message


def test_the_same_picture_twice_in_a_class(data, samples):
    [finding] = found(save([*samples, replace(samples[0], key="a/again.png")]))["duplicate"]
    assert finding.level == "warning" and "1 picture is there more than once" in finding.message


def test_each_repeated_picture_is_a_finding_with_its_copies(data, samples):
    again = [replace(samples[0], key="a/again.png"), replace(samples[3], key="b/again.png")]
    dataset = save([*samples, *again])
    key = dataset.samples.set_index("sample_id")["key"]
    findings = found(dataset)
    sets = {frozenset(key[list(finding.samples)]) for finding in findings["duplicate"]}
    assert not near(findings)  # identical images are reported as such, and not again as near-duplicates
    assert sets == {frozenset({"a/00.png", "a/again.png"}), frozenset({"b/03.png", "b/again.png"})}


def blobs(seed: int) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 9), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((64, 48), Image.Resampling.BICUBIC)).copy()


def test_near_duplicates_by_where_they_are(data, samples):
    """Add a darker copy in the same split and class, in another class, in another split."""
    base = [replace(s, content=blobs(i), split=("train", "val", "test")[i % 3]) for i, s in enumerate(samples)]
    darker = [(base[i].content * 0.8).astype(np.uint8) for i in range(4)]
    near = [
        replace(base[0], key="a/near.png", content=darker[0]),
        replace(base[1], key="a/other.png", content=darker[1], label="a"),
        replace(base[2], key="a/moved.png", content=darker[2], split="train"),
    ]
    dataset = save([*base, *near])
    key, findings = dataset.samples.set_index("sample_id")["key"], found(dataset)
    for code, level, pair in (
        ("near_duplicate", "info", {"a/00.png", "a/near.png"}),
        ("near_duplicate_across_classes", "warning", {"b/01.png", "a/other.png"}),
        ("near_duplicate_across_splits", "warning", {"a/02.png", "a/moved.png"}),
    ):
        [finding] = findings[code]
        assert finding.level == level and set(key[list(finding.samples)]) == pair
    assert "duplicate" not in findings


def test_dark_pictures_and_other_sizes_and_modes(data, samples):
    dim = replace(samples[4], content=(blobs(4) // 10).astype(np.uint8))
    wide = replace(samples[5], content=np.tile(blobs(5)[:24], 2))  # as many pixels as the others
    red = replace(samples[6], content=np.stack([blobs(6), blobs(7), blobs(8)], axis=2))
    stream = io.BytesIO()
    Image.fromarray(blobs(9).astype(np.uint16) * 250).save(stream, "PNG")
    deep = replace(samples[7], content=stream.getvalue())
    rest = [replace(s, content=blobs(100 + i)) for i, s in enumerate(samples) if not 4 <= i <= 7]
    findings = found(save([*rest, dim, wide, red, deep]))
    assert (
        "1 picture is very dark" in findings["very_dark"][0].message
        and "'a/04.png'" in findings["very_dark"][0].message
    )
    [size] = findings["unusual_size"]
    assert "(the usual is about 64 x 48): 'b/05.png'." in size.message and len(size.samples) == 1
    assert {finding.message for finding in findings["unusual_mode"]} == {
        "1 picture is colour where others are grey: 'a/06.png'.",
        "1 picture is 16-bit grey where others are grey: 'b/07.png'.",
    }
    assert "mixed_modes" not in findings and "near_constant" not in findings


def test_modes_of_which_none_is_rare(data, samples):
    half = [replace(s, content=np.stack([s.content, s.content, 255 - s.content], axis=2)) for s in samples[:12]]
    findings = found(save([*half, *samples[12:]]))
    assert findings["mixed_modes"][0].message == "Pictures are of several modes: grey 60%, colour 40%."
    assert "unusual_mode" not in findings


def test_labels_that_go_together(data, samples):
    dataset = save([replace(s, labels=("a", "b")) if i < 4 else s for i, s in enumerate(samples)])
    assert found(dataset)["label_co_occurrence"][0].message == "4 of 30 samples have several labels: a + b 4."
    assert co_occurrence(dataset.samples, dataset.classes).to_numpy().tolist() == [[17, 4], [4, 17]]


def crossed(seed: int, marks: bool) -> np.ndarray:
    pixels = np.asarray(Image.fromarray(blobs(seed) // 2).resize((96, 96))).copy()
    for x, y in ((30, 40), (60, 55)) if marks else ():
        pixels[y - 3 : y + 4, x] = pixels[y, x - 3 : x + 4] = 235
    return pixels


def marked_pictures(shares: dict[str, float], n: int = 60, **more) -> list[NewSample]:
    """Make `n` images per class, one per patient, a given share of each with crosses."""
    return [
        NewSample(
            f"{name}/{i:02d}.png", name, crossed(1000 * ord(name) + i, i < share * n), patient=f"{name}{i}", **more
        )
        for name, share in shares.items()
        for i in range(n)
    ]


def test_marks_that_tell_the_class_are_a_shortcut(data):
    dataset = save(marked_pictures({"a": 0.9, "b": 0.1}))
    findings = found(dataset)
    [told], [shortcut] = findings["burned_in_marks"], findings["shortcut"]
    assert told.level == "info" and "Caliper crosses on 60 of 120 pictures (a 90%, b 10%)" in told.message
    assert set(dataset.samples.set_index("sample_id")["label"][list(told.samples)]) == {"a", "b"}
    assert shortcut.level == "warning" and len(shortcut.samples) == 60
    auc = float(re.search(r"AUC (0\.\d+)", shortcut.message).group(1))
    assert 0.85 <= auc <= 0.95  # 0.9 of one class and 0.1 of the other: (1 + 0.9 - 0.1) / 2


@pytest.mark.parametrize("macro, chance, telling", [(0.8, 0.02, True), (0.57, 0.001, False), (0.8, 0.15, False)])
def test_a_shortcut_is_large_and_beyond_chance(macro, chance, telling):
    assert is_telling(macro, chance) is telling


def test_marks_on_all_classes_alike_are_none(data):
    findings = found(save(marked_pictures({"a": 0.5, "b": 0.5})))
    assert "shortcut" not in findings and "AUC 0." in findings["burned_in_marks"][0].message


def test_marks_that_the_manifest_knows_count_instead_of_those_found(data):
    pictures = marked_pictures({"a": 0.0, "b": 0.0})
    box = [{"label": "text", "x": 3, "y": 3, "w": 20, "h": 8}]
    pictures = [replace(p, marks=("text",), boxes=box) if p.label == "a" else p for p in pictures]
    findings = found(save(pictures))
    assert "text on 60 of 120 pictures (a 100%, b 0%)" in findings["burned_in_marks"][0].message
    assert "AUC 1.00" in findings["shortcut"][0].message


def test_a_patient_with_marks_of_its_own_tells_nothing_of_others():
    """Features identify the patient, and the patient the class: grouped folds learn nothing."""
    rng = np.random.default_rng(0)
    patient = np.repeat(np.arange(40), 10)
    features, shown = np.repeat(rng.normal(size=(40, 8)), 10, axis=0), (patient % 2 == 0)
    grouped, alone = marks_auc(features, {"a": shown}, patient), marks_auc(features, {"a": shown}, np.arange(400))
    assert grouped["a"] < 0.65 < alone["a"]


def test_findings_of_one_code_come_together(data, samples):
    scattered = [
        replace(
            s,
            content=(blobs(i // 2) * (1 - i % 2 / 4)).astype(np.uint8),
            label="ab"[i % 3 % 2],
            split=SPLITS[i % 5 % 3],
        )
        for i, s in enumerate(samples)
    ]
    codes = [(finding.level, finding.code) for finding in check_dataset(save(scattered), lambda *_: None)]
    assert min(codes.count(("warning", f"near_duplicate_across_{what}")) for what in ("classes", "splits")) >= 3
    assert len([code for code, _ in groupby(codes)]) == len(set(codes))


def test_unknown_patients_are_told(data, samples):
    dataset = save([replace(sample, patient=None) for sample in samples])
    assert not dataset.has_patients and found(dataset)["no_patients"][0].level == "info"


def test_empty_splits_and_classes_missing_from_one(data, samples):
    findings = found(save([replace(sample, split="train") for sample in samples]))
    assert set(findings) >= {"class_counts"}  # val and test were drawn from train
    given = [
        replace(s, split="test" if s.label == "b" else ("train", "val")[i // 2 % 2]) for i, s in enumerate(samples)
    ]
    findings = found(save(given))
    assert (
        findings["class_not_trained"][0].level == "error"
        and "No sample of b" in findings["class_not_trained"][0].message
    )
    assert findings["class_not_in_split"][0].level == "warning"
    from catalog import Shares

    findings = found(save(samples, shares=Shares(val=0.0)))
    assert [f.message for f in findings["empty_split"]] == [
        "There is nothing in val; import again with a larger share of it."
    ]


def test_imbalance_and_flat_pictures(data, samples):
    many = [replace(s, key=f"{i}.png", label="a" if i else "b", patient=None) for i, s in enumerate(samples)]
    black = replace(many[1], content=np.zeros((8, 8), np.uint8))
    findings = found(save([many[0], black, *many[2:]]))
    assert "a has 29 samples, b only 1" in findings["class_imbalance"][0].message
    assert "'1.png'" in findings["near_constant"][0].message


@pytest.mark.realdata
def test_busi_holds_one_picture_in_two_classes(data):
    from catalog.importers.folder import read_folder

    source = Path(__file__).parents[4] / "shared" / "data" / "busi"
    if not source.is_dir():
        pytest.skip("the real images of ../shared/data/busi are not here")
    draft = read_folder(source)
    assert draft.classes == ("benign", "malignant", "normal") and "SOURCE.md" in draft.notes[0]
    dataset = save_dataset("busi", draft.samples, classes=draft.classes, source=draft.source)
    assert dataset.n_samples == 562 and dataset.channels == 3
    findings = found(dataset)
    [finding] = findings["duplicate_across_classes"]
    assert "benign (433).png" in finding.message and "malignant (145).png" in finding.message
    assert {f.code for group in findings.values() for f in group if f.level == "error"} == {"duplicate_across_classes"}
    keys = dataset.samples.set_index("sample_id").loc[list(finding.samples)]
    assert keys["split"].nunique() == 1 and keys["patient"].nunique() == 1
    pairs = [set(dataset.samples.set_index("sample_id")["key"][list(f.samples)]) for f in near(findings)]
    assert {"benign/benign (406).png", "malignant/malignant (94).png"} in pairs
    assert 50 <= len(pairs) <= 100
    assert "near_duplicate_across_splits" not in findings  # patients are unknown: they were kept together
    told = findings["burned_in_marks"][0].message
    assert re.match(
        r"Caliper crosses on 8\d of 562 pictures \(benign 21%, malignant 12%, normal 1%\) and text on", told
    )
    assert dataset.images(64).shape == (562, 3, 64, 64)


def near(findings) -> list:
    return [finding for code, group in findings.items() if code.startswith("near_duplicate") for finding in group]
