"""Store the last findings next to a dataset, so that a page need not read every image."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from catalog.checks.finding import LEVELS, Finding
from catalog.dataset import Dataset
from system.atomic_files import atomic_write

_FILE = "cache/findings.json"
_FORM = 1  # version of the file's form; raise it when checks change so much that old findings mislead


@dataclass(frozen=True)
class StoredFindings:
    """The findings of one check; `checked_at` is UTC, ISO 8601."""

    findings: tuple[Finding, ...]
    checked_at: str


def store_findings(dataset: Dataset, findings: Sequence[Finding]) -> None:
    """Store the findings of a check in place of older ones, if the folder can be written."""
    content = {
        "form": _FORM,
        "content_hash": dataset.content_hash,
        "checked_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "findings": [dataclasses.asdict(finding) for finding in findings],
    }
    file = dataset.folder / _FILE
    with suppress(OSError):  # a read-only dataset can still be checked
        file.parent.mkdir(exist_ok=True)
        with atomic_write(file) as temporary:
            temporary.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def stored_findings(dataset: Dataset) -> StoredFindings | None:
    """Read the findings of the last check; None if missing or of other content or form."""
    try:
        content = json.loads(Path(dataset.folder / _FILE).read_text(encoding="utf-8"))
        if (content["form"], content["content_hash"]) != (_FORM, dataset.content_hash):
            return None
        findings = tuple(Finding(**{**one, "samples": tuple(one["samples"])}) for one in content["findings"])
        if any(finding.level not in LEVELS for finding in findings):
            return None
        return StoredFindings(findings, str(content["checked_at"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
