"""Draw the class activation maps of one sample, one column per stage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

import store
from dashboard.reads import dataset_queries
from dashboard.text import T, name_of, number, percent, plain, stage_short
from dashboard.widgets import gallery, map_overlays, outlines, url_state

COLUMN_WIDTH = 140  # the sample and five stages side by side at 1280 px
STRENGTH = 0.6  # of maps over pictures, by default


def facts(sample: dict[str, Any]) -> None:
    """Draw a line with a sample's id, labels, split and patient."""
    words = T.sample_facts.format(
        label=plain(sample["label"]),
        labels=plain(", ".join(sample["labels"])),
        split=name_of(T.split_names, str(sample["split"])),
        patient=plain(sample["patient"]),
    )
    st.caption(f"`{sample['sample_id']}` · {words}")


def missing(cams: pd.DataFrame, history: pd.DataFrame) -> bool:
    """Return whether a stage lacks the map of the true class or of the class it predicted."""
    present = set(zip(cams["round"], cams["stage"], cams["class_name"], strict=True))
    wanted = {(row.round, row.stage, name) for row in history.itertuples() for name in (row.label, row.predicted)}
    return not wanted <= present


def grid(run: dict[str, Any], sample: dict[str, Any], cams: pd.DataFrame, history: pd.DataFrame) -> None:
    """Draw the maps: one column per stage, three rows.

    The rows are the true class, the class that the stage predicted, and where the true class has more.
    """
    strength = url_state.share("overlay", T.overlay, STRENGTH)
    gallery.warn_if_gone(run["dataset_id"])
    newest = newest_maps(cams)
    files = {(row.round, row.stage, row.class_name): store.runs_root() / row.path for row in newest.itertuples()}
    drawing = _Drawing(
        picture=dataset_queries.dataset_folder(run["dataset_id"]) / sample["path"],
        boxes=own_boxes(sample),
        strength=strength,
        alt=str(sample["sample_id"]),
    )
    with st.container(horizontal=True, gap="small"):
        with st.container(width=COLUMN_WIDTH, gap="xsmall"):
            st.markdown(f"**{T.sample}**")
            gallery.picture(drawing.picture, alt=drawing.alt)
        for row in history.sort_values("position").itertuples():
            with st.container(width=COLUMN_WIDTH, gap="xsmall", key=f"cam_{row.position}"):
                st.markdown(f"**{stage_short(int(row.round), str(row.stage))}**")
                label = str(row.label)  # the class trained for; under a label scheme it is not the annotated one
                words = T.cam_right if row.predicted == label else T.cam_wrong
                true, predicted = (files.get((row.round, row.stage, name)) for name in (label, row.predicted))
                drawing.map(true, label, T.cam_true.format(name=plain(label), prob=number(row.prob_true)))
                predicted_words = words.format(name=plain(row.predicted), prob=number(row.prob_predicted))
                drawing.map(predicted, row.predicted, predicted_words)
                drawing.contrast(true, predicted, same=row.predicted == label)
    st.caption(T.cam_caption + (f" {T.box_caption.format(label=plain(sample['label']))}" if drawing.boxes else ""))
    st.caption(T.contrast_caption)
    if not newest.empty:  # a layer's resolution limits how small a structure its maps can point at
        by = sorted({f"{row.method}, {row.layer}" for row in newest.itertuples()})
        st.caption(T.cam_by.format(methods=plain("; ".join(by))))


def newest_maps(cams: pd.DataFrame) -> pd.DataFrame:
    """Return the latest of the maps of each sample, stage and class, whatever its method."""
    oldest_first = cams.sort_values("created_at", kind="stable")
    return oldest_first.drop_duplicates(["sample_id", "round", "stage", "class_name"], keep="last")


def own_boxes(sample: dict[str, Any]) -> tuple[map_overlays.Box, ...]:
    """Return the boxes of a sample's own label."""
    boxes = outlines.boxes(sample["boxes"])
    return tuple((box["x"], box["y"], box["w"], box["h"]) for box in boxes if box["label"] == str(sample["label"]))


@dataclass(frozen=True)
class _Drawing:
    """A sample whose maps are drawn, with its boxes."""

    picture: Path
    boxes: tuple[map_overlays.Box, ...]
    strength: float
    alt: str

    def map(self, file: Path | None, name: str, words: str) -> None:
        """Draw a map with its words, and say whether it points into a box."""
        made = None if file is None else map_overlays.overlay(self.picture, file, self.strength, self.boxes)
        if made is None or file is None:
            gallery.placeholder(T.map_missing if self.picture.is_file() else T.picture_missing, height=COLUMN_WIDTH)
        else:
            st.image(made, width="stretch", alt=f"{self.alt} {name}")
            if self.boxes or map_overlays.is_empty(file):
                words = f"{words}  \n{self._location(file)}"
        st.caption(words)

    def contrast(self, true: Path | None, predicted: Path | None, *, same: bool) -> None:
        """Draw where the map of the true class exceeds that of the predicted class."""
        both = None if true is None or predicted is None else (true, predicted)
        made = None if same or both is None else map_overlays.contrast(self.picture, *both, self.strength, self.boxes)
        if made is None:
            gallery.placeholder(T.same_class if same else T.map_missing, height=COLUMN_WIDTH)
        else:
            st.image(made, width="stretch", alt=f"{self.alt} {T.contrast}")
            st.caption(T.contrast)

    def _location(self, file: Path) -> str:
        scores = map_overlays.scores(self.picture, file, self.boxes)
        if scores is None:
            return T.map_empty
        hit, energy = scores
        return (T.box_hit if hit else T.box_missed).format(share=percent(energy, 0))
