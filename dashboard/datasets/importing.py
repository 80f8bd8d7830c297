"""Import a user's own images, with a preview before anything is written."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import catalog
import jobs
from catalog.importers import IMPORTERS, Preview
from catalog.importers.source import at_home
from catalog.paths import UPLOADS
from catalog.preview import PreviewResult, Reading
from catalog.splits import Shares
from dashboard.charts import dataset_figures
from dashboard.frame import brand, uploads
from dashboard.frame.error_boundary import attempt
from dashboard.reads import dataset_queries, job_queries
from dashboard.text import T, name_of, plain, shipped
from dashboard.widgets import downloads, gallery, thumbnails
from system.allowed_roots import is_allowed
from system.errors import UserError

_PREVIEW = "_import_preview"
_STARTED = "_import_started"  # name of the dataset, and its latest version before
_SIDE = 160
_TICK = 0.2  # seconds between two checks of a preview that is being read
_AROUND = " \t\"'"  # characters around a path that was copied
_TABLES = {".csv", ".tsv", ".json", ".xml"}


@dataclass(frozen=True)
class ImportRequest:
    """An import that a user asks for: importer, source, and options as on its command line."""

    kind: str
    source: Path
    options: tuple[str, ...]
    typed: tuple[Path, ...] = ()  # paths on this machine that the user typed


@dataclass(frozen=True)
class _PreviewState:
    """A preview and its request; `pictures` are PNG, or None with the reason as a sentence."""

    request: ImportRequest
    title: str
    preview: Preview
    pictures: tuple[tuple[bytes | None, str], ...]


def draw() -> None:
    """Draw the choice of importer, source and options, the preview, and the import form."""
    request = _choose_request()
    st.caption(T.preview_hint)
    if (
        st.button(T.preview_button, key="import_preview", disabled=request is None, icon=":material/preview:")
        and request
    ):
        _read_preview(request)
    state: _PreviewState | None = st.session_state.get(_PREVIEW)
    if state is None:
        return
    _show(state)
    if request != state.request:
        st.warning(T.preview_stale, icon=":material/sync_problem:")
        return
    _start_form(state)


def _choose_request() -> ImportRequest | None:
    left, right = st.columns(2)
    kind: str = left.selectbox(
        T.import_kind,
        list(IMPORTERS),
        key="import_kind",
        format_func=lambda name: f"{name}: {shipped(IMPORTERS[name].help)}",
    )
    where = right.segmented_control(
        T.import_from, [key for key, _ in T.import_from_names], key="import_from", default="upload", required=True,
        format_func=lambda key: name_of(T.import_from_names, key),
    )  # fmt: skip
    source, images = _upload() if where == "upload" else (_path_here(), None)
    with st.expander(T.importer_options):
        options, typed = _options(kind, images)
    if source is None:
        return None
    return ImportRequest(kind, source, options, typed if where == "upload" else (source, *typed))


def _path_here() -> Path | None:
    """Ask for a path; it may start with '~', be relative to the app, or be quoted.

    File managers copy paths in quotes.
    """
    text = st.text_input(T.path_here, key="import_path", help=T.path_help)
    return _path_of(text) if text.strip(_AROUND) else None


def _path_of(text: str) -> Path:
    return at_home(Path(text.strip(_AROUND))).absolute()


def _refused_path(request: ImportRequest) -> Path | None:
    """Return the first typed path that is missing or not allowed; None if there is none.

    The user is not told which of the two it is.
    """
    uploads = catalog.data_root().resolve() / UPLOADS
    for path in request.typed:
        try:
            readable = is_allowed(path) and path.exists() and not path.resolve().is_relative_to(uploads)
        except OSError:  # a parent folder may not be searched
            readable = False
        if not readable:
            return path
    return None


def _upload() -> tuple[Path | None, Path | None]:
    """Ask for the files; return paths for the source and, if it is a table, the zip of images."""
    st.html(brand.uploader_style())
    files = st.file_uploader(T.upload_files, key="import_files", accept_multiple_files=True, help=T.upload_help)
    if not files:
        return None, None
    tables = [file for file in files if Path(file.name).suffix.lower() in _TABLES]
    others = [file for file in files if file not in tables]
    if len(files) > 2 or len(tables) > 1 or len(others) > 1:
        st.info(T.upload_two, icon=":material/info:")
        return None, None
    paths = {file.name: uploads.placeholder_path(file) for file in files}
    if tables:
        return paths[tables[0].name], paths[others[0].name] if others else None
    return paths[others[0].name], None


def _options(kind: str, images: Path | None) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """Draw a widget for each command-line option of an importer.

    Returns:
        The options that were set, and the typed paths among them.
    """
    parser = argparse.ArgumentParser(add_help=False)
    IMPORTERS[kind].add_options(parser)
    options: list[str] = []
    typed: list[Path] = []
    for action in parser._actions:
        if not action.option_strings:
            continue
        flag, key = action.option_strings[0], f"import_{kind}_{action.dest}"
        label = shipped(action.dest.replace("_", " ").capitalize())
        help_ = shipped((action.help or "").replace("%(default)s", ""))
        if action.dest == "images" and images is not None:
            options += [flag, str(images)]
        elif action.nargs == 0:
            options += [flag] if st.checkbox(label, key=key, help=help_) else []
        elif action.choices:
            chosen = st.selectbox(label, ["", *map(str, action.choices)], key=key, help=help_)
            options += [flag, chosen] if chosen else []
        else:
            text = st.text_input(label, key=key, help=help_).strip()
            if text and action.type is Path:
                typed.append(_path_of(text))
                text = str(typed[-1])
            options += [f"{flag}={text}"] if text else []
    return tuple(options), tuple(typed)


def _read_preview(request: ImportRequest) -> None:
    """Read the source and keep its preview; draw one sentence for a mistake."""
    st.session_state.pop(_PREVIEW, None)
    if (path := _refused_path(request)) is not None:
        st.error(T.path_refused.format(path=plain(path)), icon=":material/error:")
        return
    place = st.empty()
    try:
        with (
            uploads.on_disk(request.source, request.options) as (source, options),
            Reading(request.kind, [*options, "--", str(source)]) as reading,
        ):
            look = _wait(reading, place)
    except catalog.CatalogError as error:
        place.error(plain(error), icon=":material/error:")
        return
    place.empty()
    pictures = tuple(
        (None, picture.problem or "")
        if picture.image is None
        else (thumbnails.fitted(picture.image, _SIDE), " + ".join(picture.sample.labels or (picture.sample.label,)))
        for picture in look.preview.pictures
    )
    st.session_state[_PREVIEW] = _PreviewState(request, look.title, look.preview, pictures)


def _wait(reading: Reading, place: DeltaGenerator) -> PreviewResult:
    """Wait for a preview and draw its progress.

    A click on Cancel, or on anything else, runs the page again: drawing the bar then raises, and leaving the reading
    ends its process.
    """
    with place.container(horizontal=True, vertical_alignment="bottom"):
        bar = st.progress(0.0, T.preview_reading)
        st.button(T.preview_cancel, key="import_cancel", icon=":material/close:")
    while (look := reading.wait(_TICK)) is None:
        most = reading.most_seconds
        words = T.preview_progress.format(seconds=int(reading.seconds), most=most, mib=f"{reading.memory / 2**20:,.0f}")
        bar.progress(min(reading.seconds / most, 1.0), words)
    return look


def _show(state: _PreviewState) -> None:
    preview = state.preview
    st.markdown(f"#### {T.preview_says.format(n=f'{preview.n_samples:,}', source=plain(state.title))}")
    left, right = st.columns([3, 2], gap="large")
    with left:
        counts = pd.DataFrame({T.n_images: preview.by_class})
        downloads.figure(dataset_figures.class_counts(counts), "preview_counts")
    with right:
        splits = ", ".join(f"{name_of(T.split_names, split)} {n:,}" for split, n in preview.by_split.items())
        st.markdown(T.preview_splits.format(splits=splits) if splits else T.preview_draws)
        if preview.n_patients is None:
            st.markdown(T.preview_no_patients)
        else:
            st.markdown(f"{T.n_patients}: {preview.n_patients:,}")
        if preview.n_several:
            st.markdown(T.preview_several.format(n=f"{preview.n_several:,}"))
        for note in preview.notes:
            st.info(plain(note), icon=":material/info:")
        if preview.problems:
            bad = T.preview_unusable.format(n=len(preview.pictures), bad=len(preview.problems))
            st.warning("  \n".join([bad, *map(plain, preview.problems)]), icon=":material/warning:")
    with st.container(horizontal=True, gap="small"):
        for picture, words in state.pictures:
            with st.container(width=gallery.CARD_WIDTH, border=True, gap="xsmall"):
                if picture is None:
                    gallery.placeholder(T.picture_missing)
                else:
                    st.image(picture, width="stretch", alt=words)
                st.caption(plain(words))


def _start_form(state: _PreviewState) -> None:
    with st.form("import", border=True, enter_to_submit=False):
        place = st.columns([3, 1, 1, 1])
        name = place[0].text_input(
            T.import_name,
            value=_proposed_name(state.request.source),
            key="import_name",
            help=T.import_name_help,
            max_chars=64,
        )
        bounds: dict[str, Any] = {"min_value": 0.0, "max_value": 0.8, "step": 0.05}
        val = place[1].number_input(T.share_val, value=Shares.val, key="import_val", **bounds)
        test = place[2].number_input(T.share_test, value=Shares.test, key="import_test", **bounds)
        seed = place[3].number_input(T.seed, value=0, min_value=0, step=1, key="import_seed")
        submitted = st.form_submit_button(
            T.import_button, type="primary", key="import_start", icon=":material/download:"
        )
    if submitted:
        _start(state.request, name.strip(), ("--val", f"{val:g}", "--test", f"{test:g}", "--seed", str(int(seed))))


def _start(request: ImportRequest, name: str, options: tuple[str, ...]) -> None:
    if (path := _refused_path(request)) is not None:
        st.error(T.path_refused.format(path=plain(path)), icon=":material/error:")
        return
    before = _latest_version(name)  # a small import may be over before its job has been handed over
    with attempt(in_place=True):
        source, own, paths = uploads.write(request.source, request.options)
        try:
            uploads.hand_over(jobs.submit_import(request.kind, source, name, [*own, *options]), paths)
        except UserError:
            for path in paths:
                catalog.drop_upload(path)
            raise
        del st.session_state[_PREVIEW]
        st.session_state[_STARTED] = (name, before)
        st.rerun()


def draw_outcome() -> None:
    """Draw the outcome of this session's last import, and why the latest import failed.

    The latest one may belong to another session.
    """
    failed = job_queries.latest_failure("import")
    if failed is not None:
        reason = failed["error"] or T.no_reason
        st.error(T.import_failed.format(name=plain(failed["dataset"]), reason=plain(reason)), icon=":material/error:")
    name, before = st.session_state.get(_STARTED, (None, 0))
    if name is None:
        return
    if any(job["kind"] == "import" and job["dataset"] == name for job in job_queries.live_jobs()):
        st.info(T.import_started.format(name=plain(name)), icon=":material/hourglass_top:")
    elif (version := _latest_version(name)) > before:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/check: {T.import_done.format(dataset=plain(f'{name}@{version}'))}")
            if n := len(catalog.left_out(catalog.open_dataset(f"{name}@{version}"))):
                st.markdown(f":material/warning: {T.import_left_out.format(n=n)}")
            st.page_link("pages/data.py", label=T.open_dataset, query_params={"dataset": f"{name}@{version}"})


def _latest_version(name: str) -> int:
    """Return the latest version of a dataset; 0 if there is none."""
    return max((dataset.version for dataset in dataset_queries.dataset_versions() if dataset.name == name), default=0)


def _proposed_name(source: Path) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", source.stem.lower()).strip("-_")[:64] or "mine"
