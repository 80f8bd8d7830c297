"""Findings are stored next to the dataset, and ignored when they no longer match it."""

from __future__ import annotations

import json

import pytest

from catalog import check_dataset, list_versions, open_dataset, save_dataset, stored_findings
from catalog.__main__ import main
from catalog.checks import store_findings


def test_the_check_of_the_command_line_is_kept(data, samples, capsys):
    dataset = save_dataset("mine", samples, classes=("a", "b"), source="test")
    assert stored_findings(dataset) is None
    main(["check", "mine"])
    known = stored_findings(open_dataset("mine"))
    assert known is not None and list(known.findings) == check_dataset(dataset)
    assert known.checked_at.endswith("+00:00")


@pytest.mark.parametrize("change", [{"form": 0}, {"content_hash": "other"}, {"findings": [{"level": "odd"}]}])
def test_findings_of_another_content_form_or_kind_do_not_count(data, samples, change):
    dataset = save_dataset("mine", samples, classes=("a", "b"), source="test")
    store_findings(dataset, check_dataset(dataset))
    file = dataset.folder / "cache" / "findings.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    assert stored_findings(dataset) is None
    file.write_text("{")
    assert stored_findings(dataset) is None


def test_errors_exit_1_unless_asked_otherwise(data, samples, capsys):
    dataset = save_dataset("mine", samples, classes=("a", "b"), source="test")
    dataset.image_path(dataset.samples["sample_id"][0]).unlink()
    assert main(["check", "mine"]) == 1
    assert main(["check", "mine", "--exit-zero"]) == 0
    assert "1 error," in capsys.readouterr().out


def test_every_version_is_listed_the_latest_first(data, samples):
    for name in ("b", "a", "b"):
        save_dataset(name, samples, classes=("a", "b"), source="test")
    assert [dataset.dataset_id for dataset in list_versions()] == ["a@1", "b@2", "b@1"]
