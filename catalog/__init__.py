"""Store datasets as named, versioned, immutable sets of labelled images."""

from catalog.bayes import bayes_error
from catalog.builder import left_out, save_dataset
from catalog.checks import Finding, StoredFindings, check_dataset, class_counts, co_occurrence, stored_findings
from catalog.dataset import Dataset, list_datasets, list_versions, open_dataset
from catalog.errors import CatalogError
from catalog.folds import Fold
from catalog.new_sample import NewSample
from catalog.paths import data_root
from catalog.picture_cues import CUES, measure_cues, stored_cues
from catalog.revision import SampleChange, changes_of, revise
from catalog.splits import Shares
from catalog.uploads import drop_upload, keep_upload, sweep_uploads

__all__ = [
    "CUES",
    "CatalogError",
    "Dataset",
    "Finding",
    "Fold",
    "NewSample",
    "SampleChange",
    "Shares",
    "StoredFindings",
    "bayes_error",
    "changes_of",
    "check_dataset",
    "class_counts",
    "co_occurrence",
    "data_root",
    "drop_upload",
    "keep_upload",
    "left_out",
    "list_datasets",
    "list_versions",
    "measure_cues",
    "open_dataset",
    "revise",
    "save_dataset",
    "stored_cues",
    "stored_findings",
    "sweep_uploads",
]
