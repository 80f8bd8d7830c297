"""Check a dataset for problems before it is trained on."""

from __future__ import annotations

from collections.abc import Callable

from catalog import origin
from catalog.checks import appearance, files, identity, labels, origins, shortcut
from catalog.checks.finding import LEVELS, Finding
from catalog.checks.findings_cache import Known, keep_findings, known_findings
from catalog.checks.image_features import look_at
from catalog.checks.labels import class_counts, co_occurrence
from catalog.dataset import Dataset
from catalog.errors import CatalogError

__all__ = ["Finding", "Known", "check_dataset", "class_counts", "co_occurrence", "keep_findings", "known_findings"]


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
    seen, known = look_at(dataset, tell), origin.read(dataset.folder)
    found = [
        *files.broken(seen),
        *files.duplicates(seen),
        *files.near_duplicates(seen),
        *labels.patients(samples, dataset.has_patients, dataset.grouped_by),
        *origins.groups(samples, dataset.grouped_by, known),
        *origins.masks(seen, dataset.classes, known),
        *labels.counts(samples, dataset.classes),
        *labels.together(samples, dataset.classes),
        *appearance.flat(seen),
        *appearance.sizes(seen),
        *appearance.modes(seen),
        *shortcut.burned_in(seen, dataset.classes),
        *identity.identities(seen, dataset.has_patients),
    ]
    first = {finding.code: place for place, finding in reversed(list(enumerate(found)))}
    return sorted(found, key=lambda finding: (LEVELS.index(finding.level), first[finding.code]))
