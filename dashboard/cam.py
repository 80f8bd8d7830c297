"""Parts of the Grad-CAM page: choosing a sample, its maps across the stages, and having missing maps made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

import store
from dashboard import cam_jobs, gallery, pickers, queries, thumbnails, views
from dashboard.text import T, number, plain, stage_short

COLUMN_WIDTH = 140  # the sample and five stages side by side at 1280 px


def choose_sample(run: dict[str, Any], samples: pd.DataFrame) -> dict[str, Any] | None:
    """Choose a sample of the run's dataset; its row, or None with a sentence."""
    left, right = st.columns([2, 3])
    source = pickers.switch("source", T.sample_source, T.source_names, place=left)
    with right:
        by_id = source == "id"
        chosen = pickers.type_in("sample", T.sample_id, help_=T.sample_id_help) if by_id else _from_list(run, source)
    if not chosen:
        return None
    found = samples[samples["sample_id"] == chosen]
    if found.empty:
        st.warning(T.unknown_sample.format(sample=plain(chosen)), icon=":material/search_off:")
        return None
    row: dict[str, Any] = found.iloc[0].to_dict()
    return row


def _from_list(run: dict[str, Any], source: str) -> str:
    run_id = str(run["run_id"])
    if source == "mined":
        listed = queries.mined(run_id).sort_values("margin", kind="stable").drop_duplicates("sample_id")
        listed = listed.assign(predicted=listed["predicted_class"], prob=float("nan"))
    else:
        last = queries.stages(run_id).iloc[-1]
        listed = views.wrong_samples(queries.predictions(run_id, int(last["round"]), str(last["stage"]), "test"))
    if listed.empty:
        st.info(T.no_mined_source if source == "mined" else T.no_wrong, icon=":material/info:")
        return ""
    names = {str(row.sample_id): _option(row) for row in listed.itertuples()}
    return pickers.choose("sample", T.sample, list(names), show=lambda sample: names[sample])


def _option(row: Any) -> str:
    words = T.sample_option if row.prob == row.prob else T.sample_option.rpartition(" · ")[0]
    return words.format(sample=row.sample_id, label=row.label, predicted=row.predicted, prob=number(row.prob))


def one(run: dict[str, Any]) -> None:
    """The maps of a sample that is chosen, and what is known of it."""
    run_id = str(run["run_id"])
    sample = choose_sample(run, queries.samples(run["dataset_id"]))
    if sample is None:
        return
    sample_id = str(sample["sample_id"])
    facts(sample)
    cams, history = queries.cams(run_id, sample_id), queries.history(run_id, [sample_id])
    if missing(cams, history, str(sample["label"])):
        offer_maps(run_id, sample_id, some=not cams.empty)
    grid(run, sample, cams, history)


def facts(sample: dict[str, Any]) -> None:
    """What is known of the sample."""
    words = T.sample_facts.format(
        label=plain(sample["label"]),
        labels=plain(", ".join(sample["labels"])),
        split=plain(sample["split"]),
        patient=plain(sample["patient"]),
    )
    st.caption(f"`{sample['sample_id']}` · {words}")


def missing(cams: pd.DataFrame, history: pd.DataFrame, label: str) -> bool:
    """Whether a stage lacks the map of the true class or of the class it predicted."""
    have = set(zip(cams["round"], cams["stage"], cams["class_name"], strict=True))
    wanted = {(row.round, row.stage, name) for row in history.itertuples() for name in (label, row.predicted)}
    return not wanted <= have


def grid(run: dict[str, Any], sample: dict[str, Any], cams: pd.DataFrame, history: pd.DataFrame) -> None:
    """Columns are stages; the upper row is the true class, the lower one the class that the stage predicted."""
    strength = st.slider(T.overlay, 0.0, 1.0, 0.6, 0.05, key="overlay", width=320)
    folder = queries.dataset_folder(run["dataset_id"])
    gallery.warn_if_gone(run["dataset_id"])
    picture = folder / sample["path"]
    newest = cams.sort_values("created_at", kind="stable").drop_duplicates(
        ["round", "stage", "class_name"], keep="last"
    )
    files = {(row.round, row.stage, row.class_name): row.path for row in newest.itertuples()}
    label = str(sample["label"])
    with st.container(horizontal=True, gap="small"):
        with st.container(width=COLUMN_WIDTH, gap="xsmall"):
            st.markdown(f"**{T.sample}**")
            gallery.picture(picture, alt=sample["sample_id"])
        for row in history.sort_values("position").itertuples():
            with st.container(width=COLUMN_WIDTH, gap="xsmall", key=f"cam_{row.position}"):
                st.markdown(f"**{stage_short(int(row.round), str(row.stage))}**")
                words = T.cam_right if row.predicted == label else T.cam_wrong
                upper, lower = (label, row.prob_true, T.cam_true), (row.predicted, row.prob_predicted, words)
                for name, prob, text in (upper, lower):
                    _map(picture, files.get((row.round, row.stage, name)), strength, f"{sample['sample_id']} {name}")
                    st.caption(text.format(name=plain(name), prob=number(prob)))
    st.caption(T.cam_caption)
    if not newest.empty:  # the layer's resolution tells how small a thing its maps can point at
        by = sorted({f"{row.method}, {row.layer}" for row in newest.itertuples()})
        st.caption(T.cam_by.format(methods=plain("; ".join(by))))


def _map(picture: Path, file: str | None, strength: float, alt: str) -> None:
    shown = None if file is None else thumbnails.overlay(picture, store.runs_root() / file, strength)
    if shown is None:
        gallery.nothing(T.map_missing if picture.is_file() else T.picture_missing, height=COLUMN_WIDTH)
    else:
        st.image(shown, width="stretch", alt=alt)


def offer_maps(run_id: str, sample_id: str, some: bool) -> None:
    """The button that has the maps of a sample made, the progress while they are, and why they could not be."""
    cam_jobs.offer(cam_jobs.maps(run_id, [sample_id], T.some_maps_missing if some else T.missing_maps))
