"""The data page: facts, counts, the browser of samples, findings with pictures, and the preview of an import."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

import catalog
import store
from catalog.__main__ import main
from catalog.checks import store_findings
from dashboard.reads import dataset_queries
from tests.unit.dashboard.conftest import CLASSES


@pytest.fixture(autouse=True)
def roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder below which files of this machine may be named."""
    monkeypatch.setenv("ODAP_ROOTS", str(tmp_path / "mine"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    for number in range(12):
        file = tmp_path / "mine" / "ab"[number % 2] / f"p{number // 2}_{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (30, 40), dtype=np.uint8)).save(file)
    (tmp_path / "mine" / "a" / "broken.png").write_bytes(b"")
    return tmp_path / "mine"


def test_no_dataset_yet_offers_an_import(house, opened, texts):
    at = opened("data")
    assert "No dataset yet" in texts(at)
    assert at.selectbox(key="import_kind").options[0].startswith("folder")


def test_facts_counts_and_every_sample_once(house, opened, texts):
    dataset = house.dataset()
    shown = texts(at := opened("data"))
    values = [metric.value for metric in at.metric]
    assert values == ["90", "30", "3", "1"]
    assert "90 of 90 images" in shown and dataset.content_hash[:12] in shown
    several = int((dataset.samples["labels"].map(len) > 1).sum())
    assert f"Of 90 images {several} show more than one class" in shown
    assert len(at.get("plotly_chart")) == 2 and len(at.image) == 24
    assert {"csv_class_counts", "csv_together"} <= {button.key for button in at.get("download_button")}
    assert "**<b>bpd</b>**" in shown, "class names are text"


def test_the_bayes_error_is_shown_where_it_is_known(house, opened, texts):
    house.dataset()
    assert "Bayes error" not in texts(opened("data", dataset="tiny@1"))
    words = ["phantom", "--name", "mixed", "--images", "48", "--size", "48", "--hard", "0.1", "--toss", "0.4"]
    assert main([*words, "--workers", "1"]) == 0
    dataset_queries.clear_catalog_cache()  # datasets that another process makes are seen after some seconds
    least = catalog.bayes_error(catalog.open_dataset("mixed").samples)
    assert least is not None and least > 0.1
    assert f"below an error of {least:.1%} here" in texts(opened("data", dataset="mixed@1"))


def test_filters_are_in_the_link(house, opened, texts):
    samples = house.dataset().samples
    of_class = samples["labels"].map(lambda labels: CLASSES[1] in labels)
    wanted = int((of_class & (samples["split"] == "test")).sum())
    assert f"{wanted} of 90 images" in texts(opened("data", **{"class": CLASSES[1], "in_split": "test"}))
    patient = samples["patient"].iloc[0]
    n = int((samples["patient"] == patient).sum())
    assert f"{n} of 90 images" in texts(opened("data", patient=patient))


def test_an_older_version_can_be_looked_at(house, opened, texts):
    house.dataset()
    second = house.dataset(n=45)
    assert opened("data").metric[0].value == "45"
    assert opened("data", dataset="tiny@1").metric[0].value == "90"
    assert second.version == 2


def test_findings_with_their_pictures(house, opened, texts):
    dataset = house.dataset()
    at = opened("data")
    assert "Not checked yet" in texts(at)
    rows = dataset.samples
    dataset.image_path(rows["sample_id"][1]).write_bytes(dataset.image_path(rows["sample_id"][0]).read_bytes())
    found = catalog.check_dataset(dataset)
    store_findings(dataset, found)
    at = opened("data")
    shown = texts(at)
    errors = [finding for finding in found if finding.level == "error"]
    assert f"{len(errors)} errors" in shown and errors
    assert len(at.error) == len(errors) and len(at.image) > 24


def test_a_damaged_dataset_is_one_sentence_and_imports_are_still_offered(house, opened):
    dataset = house.dataset()
    (dataset.folder / "manifest.parquet").write_bytes(b"")
    at = opened("data")
    assert "cannot be read" in at.error[0].value
    assert at.selectbox(key="import_kind")


def test_a_preview_writes_nothing_and_an_import_is_queued_with_its_options(house, opened, texts, folder, monkeypatch):
    at = opened("data")
    at.segmented_control(key="import_from").set_value("here").run()
    at.text_input(key="import_path").input(str(folder)).run()
    at.text_input(key="import_folder_patient_regex").input("^(p[0-9]+)_").run()
    at.button(key="import_preview").click().run()
    assert not at.exception and "finds no patient in 'broken.png'" in texts(at)
    at.text_input(key="import_folder_patient_regex").input("").run()
    at.button(key="import_preview").click().run()
    shown = texts(at)
    assert not at.exception and "13 images from" in shown and "is empty (0 bytes)" in shown
    assert catalog.list_datasets() == [] and store.jobs().empty
    (folder / "a" / "broken.png").unlink()
    at.text_input(key="import_folder_patient_regex").input("^(p[0-9]+)_").run()
    assert "Click *Preview* again" in texts(at) and "import_start" not in {button.key for button in at.button}
    at.button(key="import_preview").click().run()
    assert "Patients: 6" in re.sub(r"\s+", " ", texts(at))

    asked = {}
    monkeypatch.setattr("jobs.submit_import", lambda *wish: asked.update(wish=wish))
    at.text_input(key="import_name").input("mine").run()
    at.button(key="import_start").click().run()
    kind, source, name, options = asked["wish"]
    assert (kind, source, name) == ("folder", folder, "mine")
    assert options == ["--patient-regex=^(p[0-9]+)_", "--val", "0.15", "--test", "0.25", "--seed", "0"]


def preview(opened, path, **options):
    """The page on which a preview of a path of this machine was asked for."""
    at = opened("data")
    at.segmented_control(key="import_from").set_value("here").run()
    if kind := options.pop("kind", None):
        at.selectbox(key="import_kind").select(kind).run()
    at.text_input(key="import_path").input(str(path)).run()
    for key, text in options.items():
        at.text_input(key=key).input(str(text)).run()
    at.button(key="import_preview").click().run()
    assert not at.exception
    return at


def test_paths_that_are_not_there_and_not_allowed_are_told_in_the_same_words(house, opened, folder, tmp_path):
    (tmp_path / "secret").mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "circle").symlink_to(folder / "circle")
    kept = house.data / ".uploads" / ("0" * 16) / "of_somebody.zip"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"")
    refused = (
        "/etc", "/etc/hostname", "/nowhere/at/all", tmp_path, tmp_path / "secret", folder / "link", folder / "circle",
        folder / ".." / "secret", folder / "none", "relative", kept, kept.parent,
    )  # fmt: skip
    said = set()
    for path in refused:
        at = preview(opened, path)
        assert len(at.error) == 1
        said.add(re.sub(r"^'.*?' ", "", at.error[0].value.replace("\\", "")))
    assert len(said) == 1 and said.pop().startswith("does not exist, or lies outside")
    for kind, option in (("dicom", "import_dicom_labels"), ("csv", "import_csv_images")):
        [error] = preview(opened, folder, kind=kind, **{option: "/etc/hostname"}).error
        assert "hostname" in error.value and "does not exist, or lies outside" in error.value


def test_a_preview_that_takes_too_much_is_refused_and_its_process_is_gone(house, opened, folder, monkeypatch, texts):
    monkeypatch.setenv("ODAP_LIMITS", "preview_memory=200MiB")
    big = b"path,label\n" + b"".join(b"%d.png,a\n" % number for number in range(400_000))
    (folder / "big.csv").write_bytes(big)
    [error] = preview(opened, folder / "big.csv", kind="csv").error
    assert "more memory than the limit of 200 MiB" in error.value
    monkeypatch.setenv("ODAP_LIMITS", "preview_time=1,rows=900000")
    (folder / "big.csv").write_bytes(big * 4)
    [error] = preview(opened, folder / "big.csv", kind="csv").error
    assert "more time than the limit of 1 s" in error.value
    assert not [
        one for one in psutil.Process().children(recursive=True) if "catalog.preview" in " ".join(one.cmdline())
    ]


def test_pictures_that_were_left_out_are_listed_by_their_place(house, opened, folder):
    assert main(["import", "folder", str(folder), "--name", "odd"]) == 0
    at = opened("data", dataset="odd@1")
    assert not at.exception and "Images left out because they cannot be used: 1" in [box.label for box in at.expander]
    [table] = [found.value for found in at.dataframe if "reason" in found.value]
    assert table["reason"].tolist() == [
        "Image 1 of the source, in the order of paths, is empty (0 bytes); copy it again."
    ]


def ended(kind, dataset, state="failed", **columns):
    """A job that has come to its end."""
    job = store.add_job(kind, title=f"{kind} {dataset}", args={}, dataset=dataset, state="running")
    store.update_job(job, state=state, finished_at=datetime.now(UTC).replace(tzinfo=None), **columns)


def test_an_import_that_failed_is_told_on_the_page_until_the_next_one(house, opened, texts):
    house.dataset()
    ended("import", "mine", error="There is no folder <b>/x</b>.")
    ended("train", "tiny@1", "done")
    said = "The import of mine failed: There is no folder <b>/x</b>."
    assert said in texts(opened("data").main)
    ended("import", "mine", "done")
    assert said not in texts(opened("data").main)


def test_an_import_that_was_lost_is_told_without_any_dataset(house, opened, texts):
    ended("import", "mine", "lost")
    at = opened("data")
    assert "The import of mine failed: no reason was recorded." in texts(at.main)
    assert at.selectbox(key="import_kind")


def test_a_check_that_failed_is_told_beside_its_button(house, opened, texts):
    house.dataset()
    house.dataset("other")
    ended("check", "other@1", error="The disk is full.")
    said = "The last check failed: The disk is full."
    assert said in texts(opened("data", dataset="other@1", data_tab="checks").main)
    assert said not in texts(opened("data", dataset="tiny@1", data_tab="checks").main)
    ended("check", "other@1", "done")
    assert said not in texts(opened("data", dataset="other@1", data_tab="checks").main)
