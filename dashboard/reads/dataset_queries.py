"""Read datasets from the catalog, once while no job begins or ends."""

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
    """Return every version of every dataset in the catalog, by name, the latest first."""
    return _versions(str(catalog.data_root()), _jobs_token())


def manifest(dataset: catalog.Dataset) -> pd.DataFrame:
    """Return the manifest of a dataset, read once; raise CatalogError when it is damaged."""
    return _manifest(str(dataset.folder), dataset.content_hash, dataset.dataset_id).copy(deep=False)


def datasets() -> list[catalog.Dataset]:
    """Return the latest version of every dataset in the catalog, by name."""
    return _catalog(str(catalog.data_root()), _jobs_token())


def _jobs_token() -> str:
    """Return `live_token`, or an empty text where the store cannot be read.

    The catalog can still be read then.
    """
    try:
        return job_queries.live_token()
    except store.StoreError:
        return ""


def clear_catalog_cache() -> None:
    """Read the catalog again at the next use, after this process has made a dataset."""
    _catalog.clear()
    _versions.clear()


def dataset_folder(dataset_id: str) -> Path:
    """Return the folder of a dataset's pictures.

    It is the folder under which the dataset was registered, if that exists; else the one that the catalog uses now.
    """
    registered = run_queries.registered()
    registered = registered[registered["dataset_id"] == dataset_id]
    if len(registered) and Path(str(registered.iloc[0]["folder"])).is_dir():
        return Path(str(registered.iloc[0]["folder"]))
    name, _, version = dataset_id.partition("@")
    return catalog.data_root() / name / version.partition("-")[0]  # after it a fold, which has the same pictures


def is_first_start() -> bool:
    """Return whether there is neither a dataset nor a run."""
    return not datasets() and run_queries.runs().empty
