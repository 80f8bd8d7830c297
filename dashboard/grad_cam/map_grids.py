"""Draw grids of maps: several samples by stage, and the mean map of each class by stage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

import store
from analysis.mean_maps import mean_map
from catalog.pictures import decode_file
from dashboard.frame import map_jobs
from dashboard.grad_cam import sample_maps
from dashboard.reads import dataset_queries, run_queries
from dashboard.text import T, number, percent, plain, stage_short
from dashboard.widgets import gallery, map_grid, map_overlays, url_state
from dashboard.widgets.thumbnails import fit

ROWS = 6  # samples or classes at a time
_STAGES = 7  # a longer run has its first and its last ones drawn
_AT_MOST = 60  # maps in a mean


def draw_samples(run: dict[str, Any]) -> None:
    """Draw a grid of maps: samples as rows, stages as columns."""
    run_id = str(run["run_id"])
    left, middle, right = st.columns([2, 3, 3])
    source = url_state.switch("sources", T.sample_source, T.source_names[:2], place=left)
    whose = url_state.switch("whose", T.whose_map, T.whose_names, place=middle)
    with right:
        strength = url_state.share("overlay", T.overlay, map_grid.STRENGTH)
    ids = [str(sample_id) for sample_id in sample_maps.list_samples(run, source)["sample_id"]]
    if not ids:
        return
    gallery.remember("cams", ids)
    page_ids = url_state.page_of("cam_page", ids, ROWS, gallery.pager)
    history = run_queries.history(run_id, sorted(page_ids))
    maps = map_grid.newest_maps(run_queries.mapped(run_id))
    files = {(row.sample_id, row.round, row.stage, row.class_name): row.path for row in maps.itertuples()}
    wanted = history.assign(wanted=history["label" if whose == "true" else "predicted"])
    lacking = {
        row.sample_id for row in wanted.itertuples()
        if (row.sample_id, row.round, row.stage, row.wanted) not in files
    }  # fmt: skip
    if lacking:
        map_jobs.offer(
            map_jobs.maps(
                run_id,
                [sample_id for sample_id in page_ids if sample_id in lacking],
                T.several_missing.format(n=len(lacking)),
            )
        )
    gallery.warn_if_gone(run["dataset_id"])
    samples = run_queries.samples(run["dataset_id"]).set_index("sample_id", drop=False)
    folder = dataset_queries.dataset_folder(run["dataset_id"])
    stages = _stages(run_id)
    _heads(T.sample, stages)
    for sample_id in page_ids:
        if sample_id not in samples.index:
            continue
        sample = samples.loc[sample_id].to_dict()
        place = st.columns(1 + len(stages), gap="small")
        with place[0]:
            gallery.picture(folder / sample["path"], alt=sample_id)
            st.page_link(
                "pages/sample.py", label=plain(sample["label"]), icon=":material/open_in_full:", help=T.open_sample,
                query_params={"run": run_id, "sample": sample_id, "list": "cams"},
            )  # fmt: skip
        row_of_stage = {(row.round, row.stage): row for row in wanted[wanted["sample_id"] == sample_id].itertuples()}
        for cell, stage in zip(place[1:], stages.itertuples(), strict=True):
            row: Any = row_of_stage.get((stage.round, stage.stage))
            if row is not None:
                file = files.get((sample_id, row.round, row.stage, row.wanted))
                with cell:
                    _cell(folder / sample["path"], file, strength, map_grid.own_boxes(sample), row)
    st.caption(T.several_caption)


def _cell(picture: Path, file: str | None, strength: float, boxes: Sequence[map_overlays.Box], row: Any) -> None:
    made = None if file is None else map_overlays.overlay(picture, store.runs_root() / file, strength, boxes)
    if made is None:
        gallery.placeholder(T.map_missing if picture.is_file() else T.picture_missing)
    else:
        st.image(made, width="stretch", alt=f"{row.sample_id} {row.wanted}")
    words = T.cam_right if row.predicted == row.label else T.cam_wrong
    words = words.format(name=plain(row.predicted), prob=number(row.prob_predicted))
    if file is not None and map_overlays.is_empty(store.runs_root() / file):
        words = f"{words}  \n{T.map_empty}"
    st.caption(words)


def draw_class_means(run: dict[str, Any]) -> None:
    """Draw the mean map of each true class over the mean picture: classes by stages."""
    run_id = str(run["run_id"])
    maps = map_grid.newest_maps(run_queries.mapped(run_id))
    maps = maps[maps["class_name"] == maps["label"]]
    classes = [str(name) for name in run["classes"] if (maps["class_name"] == name).any()]
    if not classes:
        map_jobs.explain_no_maps(run_id, T.no_maps_yet)
        return
    strength = url_state.share("overlay", T.overlay, map_grid.STRENGTH)
    page_classes = url_state.page_of("class_page", classes, ROWS, gallery.pager)
    gallery.warn_if_gone(run["dataset_id"])
    folder, stages = dataset_queries.dataset_folder(run["dataset_id"]), _stages(run_id)
    scores = _scores(run_id)
    groups = maps.groupby(["class_name", "round", "stage"]).indices
    _heads(T.column_class, stages)
    for name in page_classes:
        place = st.columns(1 + len(stages), gap="small")
        place[0].markdown(f"**{plain(name)}**")
        for cell, stage in zip(place[1:], stages.itertuples(), strict=True):
            indices = groups.get((name, stage.round, stage.stage), [])
            with cell:
                _mean_cell(
                    folder, maps.iloc[indices[:_AT_MOST]], strength, scores.get((stage.round, stage.stage, name))
                )  # fmt: skip
    if without := [str(name) for name in run["classes"] if str(name) not in classes]:
        st.caption(T.classes_without.format(names=plain(", ".join(without))))
    st.caption(T.averages_caption)
    st.caption(T.averages_scores if scores else T.averages_unscored)


def _mean_cell(folder: Path, maps: pd.DataFrame, strength: float, score: str | None) -> None:
    files = tuple(str(store.runs_root() / path) for path in maps["path"])
    pictures = tuple(str(folder / path) for path in maps["picture"])
    made = _overlaid_mean(files, pictures, str(maps["created_at"].max()), strength)
    if made is None:
        gallery.placeholder(T.map_missing if maps.empty else T.maps_empty.format(n=len(maps)))
        return
    png, n = made
    st.image(png, width="stretch", alt=T.mean_of.format(n=n))
    st.caption(T.mean_of.format(n=n) + (f"  \n{score}" if score else ""))


@st.cache_data(max_entries=512, show_spinner=False)
def _overlaid_mean(
    files: tuple[str, ...], pictures: tuple[str, ...], made: str, strength: float
) -> tuple[bytes, int] | None:
    """Return the mean map over the mean picture as PNG, and its number of maps; None for none."""
    mean, below = _mean_map(files, made), _mean_picture(pictures)
    return None if mean is None else (map_overlays.overlay_opened(below, mean[0], strength), mean[1])


@st.cache_data(max_entries=512, show_spinner=False)
def _mean_map(files: tuple[str, ...], made: str) -> tuple[np.ndarray, int] | None:
    opened = [decode_file(Path(path)) for path in files]
    return mean_map(_square(picture) for picture in opened if picture is not None)


@st.cache_data(max_entries=512, show_spinner=False)
def _mean_picture(paths: tuple[str, ...]) -> Image.Image:
    opened = [_square(picture) for path in paths if (picture := decode_file(Path(path))) is not None]
    mean = np.mean(opened, axis=0) if opened else np.zeros((map_overlays.SIDE, map_overlays.SIDE))
    return Image.fromarray(mean.round().astype(np.uint8))


def _square(picture: Image.Image) -> np.ndarray:
    return np.asarray(fit(picture, map_overlays.SIDE).convert("L"), np.float32)


def _scores(run_id: str) -> dict[tuple[int, str, str], str]:
    """Write the share of each class's map inside the box and on marks, by stage."""
    scores = run_queries.map_scores(run_id)
    scores = scores[(scores["maps"] == scores["method"]) & scores["class_name"].notna()]
    captions: dict[tuple[int, str, str], str] = {}
    for score, words in (("energy inside box", T.mean_in_box), ("energy on marks", T.mean_on_marks)):
        for row in scores[scores["score"] == score].itertuples():
            key = (int(row.round), str(row.stage), str(row.class_name))
            line = words.format(share=percent(row.value), n=row.n)
            captions[key] = f"{captions[key]}  \n{line}" if key in captions else line
    return captions


def _stages(run_id: str) -> pd.DataFrame:
    ended = run_queries.stages(run_id).sort_values("position", kind="stable")
    return ended if len(ended) <= _STAGES else pd.concat([ended.head(1), ended.tail(_STAGES - 1)])


def _heads(first: str, stages: pd.DataFrame) -> None:
    names = [first, *(stage_short(int(row.round), str(row.stage)) for row in stages.itertuples())]
    for place, name in zip(st.columns(len(names), gap="small"), names, strict=True):
        place.markdown(f"**{name}**")
