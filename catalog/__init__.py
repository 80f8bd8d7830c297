"""Datasets: named, versioned, immutable sets of labelled images."""

from catalog.builder import NewSample, save_dataset
from catalog.checks import Finding, check_dataset
from catalog.dataset import Dataset, list_datasets, open_dataset
from catalog.errors import CatalogError
from catalog.places import data_root
from catalog.splits import Shares

__all__ = [
    "CatalogError",
    "Dataset",
    "Finding",
    "NewSample",
    "Shares",
    "check_dataset",
    "data_root",
    "list_datasets",
    "open_dataset",
    "save_dataset",
]
