"""Datasets: named, versioned, immutable sets of labelled images."""

from catalog.builder import NewSample, save_dataset
from catalog.checks import Finding, Known, check_dataset, co_occurrence, known_findings
from catalog.dataset import Dataset, list_datasets, list_versions, open_dataset
from catalog.errors import CatalogError
from catalog.places import data_root
from catalog.splits import Shares

__all__ = [
    "CatalogError",
    "Dataset",
    "Finding",
    "Known",
    "NewSample",
    "Shares",
    "check_dataset",
    "co_occurrence",
    "data_root",
    "known_findings",
    "list_datasets",
    "list_versions",
    "open_dataset",
    "save_dataset",
]
