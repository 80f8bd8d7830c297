"""Make a new dataset version from the verdicts of a review; no screen."""

from __future__ import annotations

import catalog
import store
from analysis.review_decisions import decide_samples


def export(dataset_id: str) -> str:
    """Make the next version of a dataset from the decisions of a review; return its id.

    The verdicts are read again, so that those that others saved a moment ago count.

    Raises:
        catalog.CatalogError: nothing was decided, or the dataset no longer exists; no files remain.
        store.StoreError: the verdicts cannot be read.
    """
    standing = store.verdicts(dataset_id)
    decided = decide_samples(standing)
    changes = [
        catalog.SampleChange(
            sample_id=str(row.sample_id),
            action=row.decision,
            right_label=row.right_label,
            by=str(row.reviewers),
            note=" / ".join(note for note in standing[standing["sample_id"] == row.sample_id]["note"] if note),
        )
        for row in decided[decided["decision"].isin(["relabelled", "excluded"])].itertuples()
    ]
    return catalog.revise(dataset_id, changes).dataset_id
