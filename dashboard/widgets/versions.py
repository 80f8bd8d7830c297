"""Choose whose labels count where two runs have two versions, and show what differs."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

import store
from analysis.version_changes import Change
from comparisons.dataset_versions import LabelsOf, VersionPair, is_other_version, match_versions
from comparisons.version_sentences import versions_sentence
from dashboard.reads import run_queries
from dashboard.text import T, called, language, name_of, plain
from dashboard.widgets import downloads, drill_down, url_state

Run = dict[str, Any]
_LABELS_OF: tuple[LabelsOf, ...] = ("newer", "older")


def labels_of() -> LabelsOf:
    """Return by which version's labels runs are compared, as the URL says; by default the newer."""
    asked = url_state.view("labels_of")
    return asked if asked in _LABELS_OF else "newer"


def choose(run_a: Run, run_b: Run, split: str = "test") -> VersionPair | None:
    """Choose by which version's labels two runs are compared; None where both have one version."""
    if not is_other_version(run_a, run_b):
        return None
    matched = match(run_a, run_b, split)
    assert matched is not None, "two versions are always matched"
    ids = {"newer": matched.newer, "older": matched.older}
    options = tuple((key, name_of(T.labels_of_names, key).format(dataset=ids[key])) for key in _LABELS_OF)
    url_state.switch("labels_of", T.labels_of, options, default="newer")
    return match(run_a, run_b, split)


def match(run_a: Run, run_b: Run, split: str = "test") -> VersionPair | None:
    """Match the samples of two runs' versions; None where both have one version."""
    ids = [str(run["dataset_id"]) for run in (run_a, run_b)]
    known = run_queries.registered().set_index("dataset_id")["content_hash"]
    token = "|".join(f"{each}:{known.get(each, '')}" for each in ids)
    pair: VersionPair | None = _matched(f"{store.results_path()}|{token}", run_a, run_b, split, labels_of())
    return pair


@st.cache_resource(max_entries=8, show_spinner=False)
def _matched(token: str, _run_a: Run, _run_b: Run, split: str, labels_of: LabelsOf) -> VersionPair | None:
    return match_versions(run_queries, _run_a, _run_b, split, labels_of)


def draw(versions: VersionPair | None, run_a: Run, run_b: Run) -> None:
    """Say how two versions are compared, and show what differs; nothing for one version."""
    if versions is None:
        return
    st.info(plain(versions_sentence(versions, language())), icon=":material/difference:")
    counts = versions.counts()
    kinds = [kind for kind in (Change.RELABELLED, Change.EXCLUDED, Change.ADDED, Change.MOVED) if counts[kind]]
    if not kinds:
        return
    options = {str(kind): f"{name_of(T.change_names, kind)} ({counts[kind]:,})" for kind in kinds}
    chosen = drill_down.choose("changed", options, T.changed_samples)
    if not chosen:
        return
    rows = _rows(versions, chosen)
    newer, older = sorted((run_a, run_b), key=lambda run: run["dataset_id"] != versions.newer)
    drill_down.samples(older if chosen == Change.EXCLUDED else newer, rows, _lines, plain(options[chosen]), "changed")
    downloads.download(rows.drop(columns=["path", "patient"]), "version_changes")


def _rows(versions: VersionPair, change: str) -> pd.DataFrame:
    rows = versions.samples[versions.samples["change"] == change]
    return rows.assign(path=rows["path_newer"].where(rows["path_newer"].notna(), rows["path_older"]))


def _lines(row: Any) -> tuple[str, ...]:
    """Write the card of a changed sample: its labels in both versions, and its splits."""
    sides = [None if labels is None else called(", ".join(labels)) for labels in (row.labels_older, row.labels_newer)]
    labels = [side for side in dict.fromkeys(sides) if side is not None]
    lines = [f"**{' → '.join(labels)}**"]
    if row.change == Change.MOVED:
        lines.append(" → ".join(name_of(T.split_names, split) for split in (row.split_older, row.split_newer)))
    return tuple(lines)
