"""Check a dataset for problems before it is trained on."""

from __future__ import annotations

from collections.abc import Callable

from catalog import origin
from catalog.checks import appearance, files, identity, labels, origins, shortcut
from catalog.checks.finding import LEVELS, Finding
from catalog.checks.findings_cache import StoredFindings, store_findings, stored_findings
from catalog.checks.image_features import compute_features
from catalog.checks.labels import class_counts, co_occurrence
from catalog.dataset import Dataset
from catalog.errors import CatalogError

__all__ = [
    "Finding",
    "StoredFindings",
    "check_dataset",
    "class_counts",
    "co_occurrence",
    "store_findings",
    "stored_findings",
]


def check_dataset(dataset: Dataset, tell: Callable[[int, int], None] | None = None) -> list[Finding]:
    """Check every image of a dataset, and its manifest.

    Codes: damaged, missing_file, changed_file, unreadable_file, duplicate_across_splits, patient_across_splits,
    group_across_splits (a warning where a group is in doubt), duplicate_across_classes, empty_split,
    class_not_trained (errors); duplicate, near_duplicate_across_splits, near_duplicate_across_classes,
    masks_of_some_classes, mask_like, class_not_in_split, class_imbalance, near_constant, very_dark, unusual_size,
    unusual_mode, shortcut, metadata, patient_ids (warnings); class_counts, label_co_occurrence, near_duplicate,
    mixed_modes, burned_in_marks, no_patients, file_names (info).

    Args:
        dataset: any version.
        tell: called with (done, total); without it a terminal shows a bar.
    Returns:
        Errors, then warnings, then the rest; findings of one code are adjacent.
    """
    try:
        samples = dataset.samples
    except CatalogError as error:
        return [Finding("error", "damaged", str(error))]
    features, stored_origin = compute_features(dataset, tell), origin.read(dataset.folder)
    findings = [
        *files.broken(features),
        *files.duplicates(features),
        *files.near_duplicates(features),
        *labels.patients(samples, dataset.has_patients, dataset.grouped_by),
        *origins.groups(samples, dataset.grouped_by, stored_origin),
        *origins.masks(features, dataset.classes, stored_origin),
        *labels.counts(samples, dataset.classes),
        *labels.together(samples, dataset.classes),
        *appearance.flat(features),
        *appearance.sizes(features),
        *appearance.modes(features),
        *shortcut.burned_in(features, dataset.classes),
        *identity.identities(features, dataset.has_patients),
    ]
    first = {finding.code: place for place, finding in reversed(list(enumerate(findings)))}
    return sorted(findings, key=lambda finding: (LEVELS.index(finding.level), first[finding.code]))
