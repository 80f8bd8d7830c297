"""Each fault is planted, and found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog import NewSample, check_dataset, save_dataset
from catalog.pictures import encode_png


def save(samples, classes=("a", "b"), **more):
    return save_dataset("tiny", samples, classes=classes, source="test", **more)


def found(dataset) -> dict[str, list]:
    findings: dict[str, list] = {}
    for finding in check_dataset(dataset, lambda *_: None):
        findings.setdefault(finding.code, []).append(finding)
    return findings


def test_a_sound_dataset_has_nothing_but_its_counts(data, samples):
    findings = check_dataset(save(samples))
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
    """The same pixels in other bytes."""
    return replace(sample, content=encode_png(np.repeat(sample.content[..., None], 3, axis=2)), **change)


def test_one_picture_in_two_classes(data, samples):
    dataset = save([*samples, twin(samples[0], key="b/twin.png", label="b")])
    findings = found(dataset)
    [finding] = findings["duplicate_across_classes"]
    assert finding.level == "warning" and len(finding.samples) == 2
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
    assert not any(f.level == "error" for group in findings.values() for f in group)
    keys = dataset.samples.set_index("sample_id").loc[list(finding.samples)]
    assert keys["split"].nunique() == 1 and keys["patient"].nunique() == 1
    assert dataset.images(64).shape == (562, 3, 64, 64)
