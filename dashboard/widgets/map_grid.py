"""Draw the class activation maps of one sample, a column per stage."""

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
STRENGTH = 0.6  # of maps over pictures, where nobody chose another


def facts(sample: dict[str, Any]) -> None:
    """What is known of the sample."""
    words = T.sample_facts.format(
        label=plain(sample["label"]),
        labels=plain(", ".join(sample["labels"])),
        split=name_of(T.split_names, str(sample["split"])),
        patient=plain(sample["patient"]),
    )
    st.caption(f"`{sample['sample_id']}` · {words}")


def missing(cams: pd.DataFrame, history: pd.DataFrame) -> bool:
    """Whether a stage lacks the map of the true class or of the class it predicted."""
    have = set(zip(cams["round"], cams["stage"], cams["class_name"], strict=True))
    wanted = {(row.round, row.stage, name) for row in history.itertuples() for name in (row.label, row.predicted)}
    return not wanted <= have


def grid(run: dict[str, Any], sample: dict[str, Any], cams: pd.DataFrame, history: pd.DataFrame) -> None:
    """Columns are stages; rows the true class, the class that the stage predicted, and what is more for the true."""
    strength = url_state.share("overlay", T.overlay, STRENGTH)
    gallery.warn_if_gone(run["dataset_id"])
    newest = newest_maps(cams)
    files = {(row.round, row.stage, row.class_name): store.runs_root() / row.path for row in newest.itertuples()}
    shown = _Shown(
        picture=dataset_queries.dataset_folder(run["dataset_id"]) / sample["path"],
        boxes=own_boxes(sample),
        strength=strength,
        alt=str(sample["sample_id"]),
    )
    with st.container(horizontal=True, gap="small"):
        with st.container(width=COLUMN_WIDTH, gap="xsmall"):
            st.markdown(f"**{T.sample}**")
            gallery.picture(shown.picture, alt=shown.alt)
        for row in history.sort_values("position").itertuples():
            with st.container(width=COLUMN_WIDTH, gap="xsmall", key=f"cam_{row.position}"):
                st.markdown(f"**{stage_short(int(row.round), str(row.stage))}**")
                label = str(row.label)  # the class trained for, which under a label scheme is not the annotated one
                words = T.cam_right if row.predicted == label else T.cam_wrong
                true, said = (files.get((row.round, row.stage, name)) for name in (label, row.predicted))
                shown.map(true, label, T.cam_true.format(name=plain(label), prob=number(row.prob_true)))
                shown.map(said, row.predicted, words.format(name=plain(row.predicted), prob=number(row.prob_predicted)))
                shown.contrast(true, said, same=row.predicted == label)
    st.caption(T.cam_caption + (f" {T.box_caption.format(label=plain(sample['label']))}" if shown.boxes else ""))
    st.caption(T.contrast_caption)
    if not newest.empty:  # the layer's resolution tells how small a thing its maps can point at
        by = sorted({f"{row.method}, {row.layer}" for row in newest.itertuples()})
        st.caption(T.cam_by.format(methods=plain("; ".join(by))))


def newest_maps(cams: pd.DataFrame) -> pd.DataFrame:
    """Of several maps of a sample, stage and class, by several methods, the one that was made last."""
    kept = cams.sort_values("created_at", kind="stable")
    return kept.drop_duplicates(["sample_id", "round", "stage", "class_name"], keep="last")


def own_boxes(sample: dict[str, Any]) -> tuple[map_overlays.Box, ...]:
    """The boxes of a sample's own label."""
    found = outlines.boxes(sample["boxes"])
    return tuple((box["x"], box["y"], box["w"], box["h"]) for box in found if box["label"] == str(sample["label"]))


@dataclass(frozen=True)
class _Shown:
    """A sample whose maps are drawn, with its boxes."""

    picture: Path
    boxes: tuple[map_overlays.Box, ...]
    strength: float
    alt: str

    def map(self, file: Path | None, name: str, words: str) -> None:
        """A map with its words, and whether it points into a box."""
        made = None if file is None else map_overlays.overlay(self.picture, file, self.strength, self.boxes)
        if made is None or file is None:
            gallery.nothing(T.map_missing if self.picture.is_file() else T.picture_missing, height=COLUMN_WIDTH)
        else:
            st.image(made, width="stretch", alt=f"{self.alt} {name}")
            if self.boxes or map_overlays.is_empty(file):
                words = f"{words}  \n{self._told(file)}"
        st.caption(words)

    def contrast(self, true: Path | None, said: Path | None, *, same: bool) -> None:
        """What is more for the true class than for the class that was said."""
        both = None if true is None or said is None else (true, said)
        made = None if same or both is None else map_overlays.contrast(self.picture, *both, self.strength, self.boxes)
        if made is None:
            gallery.nothing(T.same_class if same else T.map_missing, height=COLUMN_WIDTH)
        else:
            st.image(made, width="stretch", alt=f"{self.alt} {T.contrast}")
            st.caption(T.contrast)

    def _told(self, file: Path) -> str:
        found = map_overlays.scores(self.picture, file, self.boxes)
        if found is None:
            return T.map_empty
        return (T.box_hit if found[0] else T.box_missed).format(share=percent(found[1], 0))
