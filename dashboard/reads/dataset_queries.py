"""What the catalog says of datasets, read once while no job has begun or ended."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

import catalog
import store
from dashboard.reads import job_queries, run_queries


@st.cache_data(ttl=5, max_entries=4, show_spinner=False)
def _catalog(root: str, token: str) -> list[catalog.Dataset]:
    return catalog.list_datasets()


@st.cache_data(ttl=5, max_entries=4, show_spinner=False)
def _versions(root: str, token: str) -> list[catalog.Dataset]:
    return catalog.list_versions()


@st.cache_resource(max_entries=4, show_spinner=False)
def _manifest(folder: str, content_hash: str, dataset_id: str) -> pd.DataFrame:
    return catalog.open_dataset(dataset_id).samples


def dataset_versions() -> list[catalog.Dataset]:
    """Every version of every dataset in the catalog, by name, the latest first."""
    return _versions(str(catalog.data_root()), _jobs_token())


def manifest(dataset: catalog.Dataset) -> pd.DataFrame:
    """The manifest of a dataset, read once; raises CatalogError when it is damaged."""
    return _manifest(str(dataset.folder), dataset.content_hash, dataset.dataset_id).copy(deep=False)


def datasets() -> list[catalog.Dataset]:
    """The latest version of every dataset in the catalog, by name."""
    return _catalog(str(catalog.data_root()), _jobs_token())


def _jobs_token() -> str:
    """`live_token`, or nothing where the store cannot be read: the catalog can be read all the same."""
    try:
        return job_queries.live_token()
    except store.StoreError:
        return ""


def catalog_changed() -> None:
    """Look at the catalog anew: this process has made a dataset."""
    _catalog.clear()
    _versions.clear()


def dataset_folder(dataset_id: str) -> Path:
    """Where a dataset's pictures lie: where it was registered, else where the catalog keeps it now."""
    known = run_queries.registered()
    known = known[known["dataset_id"] == dataset_id]
    if len(known) and Path(str(known.iloc[0]["folder"])).is_dir():
        return Path(str(known.iloc[0]["folder"]))
    name, _, version = dataset_id.partition("@")
    return catalog.data_root() / name / version


def first_start() -> bool:
    """Nothing to show and nothing to train on."""
    return not datasets() and run_queries.runs().empty
