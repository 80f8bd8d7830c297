"""Draw the facts of a dataset, its classes, its samples by filters, and its check findings."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import groupby

import pandas as pd
import streamlit as st

import catalog
import jobs
from dashboard.charts import dataset_figures
from dashboard.frame.error_boundary import attempt
from dashboard.reads import dataset_queries, job_queries
from dashboard.text import T, called, name_of, number, percent, plain
from dashboard.widgets import clickable_matrix, downloads, drill_down, gallery, url_state
from dashboard.widgets.gallery import Card

_PER_FINDING = 8  # pictures per finding
_PER_CODE = 12  # findings per code


def choose() -> catalog.Dataset | None:
    """Choose a dataset and its version.

    None, with a sentence, if there is none, or not the one of the URL.
    """
    versions = {dataset.dataset_id: dataset for dataset in dataset_queries.dataset_versions()}
    if not versions:
        st.info(T.no_dataset_yet, icon=":material/photo_library:")
        return None
    chosen = url_state.choose_known(
        "dataset", T.dataset, list(versions), lambda value: _explain_unknown(value, versions.values())
    )
    return None if chosen is None else versions[chosen]


def _explain_unknown(dataset_id: str, datasets: Iterable[catalog.Dataset]) -> str:
    name, _, version = dataset_id.partition("@")
    if version and name in {dataset.name for dataset in datasets}:
        return T.version_unknown.format(dataset=plain(name), version=plain(version))
    return T.dataset_unknown.format(dataset=plain(dataset_id))


def read_manifest(dataset: catalog.Dataset) -> pd.DataFrame | None:
    """Read the manifest of a dataset; None, with a sentence, if it is damaged."""
    try:
        return dataset_queries.manifest(dataset)
    except catalog.CatalogError as error:
        st.error(T.damaged.format(reason=plain(error)), icon=":material/error:")
        return None


def draw_facts(dataset: catalog.Dataset, samples: pd.DataFrame) -> None:
    """Draw the size of a dataset, its version and its source."""
    place = st.columns(4)
    place[0].metric(T.n_images, f"{dataset.n_samples:,}", border=True)
    patients = f"{samples['patient'].nunique():,}" if dataset.has_patients else T.not_named
    place[1].metric(T.n_patients, patients, border=True)
    place[2].metric(T.n_classes, f"{len(dataset.classes):,}", border=True)
    place[3].metric(T.version, dataset.version, border=True)
    made, short = dataset.created_at[:16].replace("T", " "), dataset.content_hash[:12]
    st.caption(T.data_source.format(source=plain(dataset.source), created=made, hash=short))
    least = catalog.bayes_error(samples)
    if least is not None:
        st.caption(T.bayes_error.format(share=percent(least)))


def draw_left_out(dataset: catalog.Dataset) -> None:
    """Draw the pictures that this version leaves out, each with its reason; nothing if none."""
    sentences = catalog.left_out(dataset)
    if not sentences:
        return
    with st.expander(T.left_out_title.format(n=len(sentences)), icon=":material/warning:"):
        table = pd.DataFrame({"reason": sentences})
        st.dataframe(table, key="left_out", hide_index=True, width="stretch", column_config={"reason": T.left_out_why})
        downloads.download(table, "left_out")


def draw_changes(dataset: catalog.Dataset) -> None:
    """Draw what a review changed in this version, and its effect on scores; nothing if none."""
    table = pd.DataFrame(catalog.changes_of(dataset))
    if table.empty:
        return
    with st.expander(T.changes_title.format(n=len(table)), icon=":material/edit_note:"):
        st.caption(T.changes_bias)
        st.dataframe(table, key="changes", hide_index=True, width="stretch", placeholder="–")
        downloads.download(table, "changes")


def draw_classes(dataset: catalog.Dataset, samples: pd.DataFrame) -> None:
    """Draw the counts by class and split, and which classes occur together."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"#### {T.counts_title}")
        counts = catalog.class_counts(samples, dataset.classes)
        bars = {f"{split}|{name}": (str(split), str(name)) for split in counts for name in counts.index}
        table = counts.rename_axis("class").reset_index()
        drill_down.figure(
            dataset_figures.class_counts(counts), "class_counts", table, lambda bar: _open_samples(*bars[bar])
        )
        st.caption(f"{T.counts_caption.format(n=f'{len(samples):,}')} {T.counts_hint}")
    with right:
        st.markdown(f"#### {T.together_title}")
        together = catalog.co_occurrence(samples, dataset.classes)
        names, key = [str(name) for name in together.index], f"together_{url_state.digest(together.to_numpy().ravel())}"
        downloads.figure(
            clickable_matrix.clickable(dataset_figures.co_occurrence(together)), "together",
            together.rename_axis("class").reset_index(), key=key, on_select=lambda: _open_cell(key, names),
            selection_mode="points",
        )  # fmt: skip
        several = int((samples["labels"].map(len) > 1).sum())
        st.caption(T.together_caption.format(n=f"{len(samples):,}", several=f"{several:,}"))


def _open_samples(split: str, class_name: str, beside: str = "") -> None:
    """Open the tab of samples, filtered by a clicked bar or cell; clear all other filters."""
    view = {"class": class_name, "in_split": split, "beside": beside, "patient": "", "device": "", "ambiguity": "0"}
    url_state.set_view(data_tab="samples", **view)


def _open_cell(key: str, names: list[str]) -> None:
    cell = clickable_matrix.clicked(st.session_state.get(key))
    if cell is not None:
        _open_samples("", names[cell[0]], names[cell[1]] if cell[0] != cell[1] else "")


def draw_samples(dataset: catalog.Dataset, table: pd.DataFrame) -> None:
    """Draw the samples that pass the filters, as a gallery."""
    chosen = _filtered(dataset, table)
    st.caption(T.browse_count.format(shown=f"{len(chosen):,}", total=f"{len(table):,}"))
    if chosen.empty:
        st.info(T.no_match, icon=":material/filter_alt_off:")
        return
    gallery.draw(_cards(dataset, chosen), f"browse_{url_state.digest([dataset.dataset_id, *chosen['sample_id']])}")


def _filtered(dataset: catalog.Dataset, table: pd.DataFrame) -> pd.DataFrame:
    several = bool((table["labels"].map(len) > 1).any())
    place = st.columns(5 + several)
    label = _filter("class", T.class_filter, T.any_class, list(dataset.classes), place[0])
    beside = _filter("beside", T.together_filter, T.any_class, list(dataset.classes), place[5]) if several else ""
    for wanted in {label, beside} - {""}:
        table = table[[wanted in labels for labels in table["labels"]]]
    splits = (("", T.any_split), *T.split_names)
    split = url_state.choose(
        "in_split", T.split, [key for key, _ in splits], show=lambda key: name_of(splits, key), place=place[1]
    )
    if split:
        table = table[table["split"] == split]
    if dataset.has_patients:
        patient = _filter("patient", T.patient_filter, T.any_patient, sorted(table["patient"].unique()), place[2])
        table = table[table["patient"] == patient] if patient else table
    devices = sorted(table["device"].dropna().unique())
    if devices:
        device = _filter("device", T.device_filter, T.any_device, devices, place[3])
        table = table[table["device"] == device] if device else table
    if table["ambiguity"].notna().any():
        steps = ["0", "0.25", "0.5", "0.75"]
        least = url_state.choose("ambiguity", T.ambiguity_filter, steps, place=place[4], help_=T.ambiguity_help)
        table = table[table["ambiguity"] >= float(least)]
    return table


def _filter(name: str, label: str, any_: str, options: list[str], place: url_state.Place) -> str:
    return url_state.choose(name, label, ["", *options], show=lambda option: option or any_, place=place)


def _cards(dataset: catalog.Dataset, chosen: pd.DataFrame) -> list[Card]:
    return gallery.cards_in(dataset.folder, chosen.itertuples(), partial(_lines, dataset))


def _lines(dataset: catalog.Dataset, row: object) -> tuple[str, ...]:
    """Write the card of a sample: labels (the main one first), split, patient, device."""
    label, labels = str(row.label), list(row.labels)  # type: ignore[attr-defined]
    others = [called(other) for other in labels if other != label]
    patient = row.patient if dataset.has_patients else row.key  # type: ignore[attr-defined]
    split = name_of(T.split_names, str(row.split))  # type: ignore[attr-defined]
    lines = [" + ".join([f"**{called(label)}**", *others]), T.card_where.format(split=split, patient=called(patient))]
    more = [plain(row.device)] if isinstance(row.device, str) else []  # type: ignore[attr-defined]
    if row.ambiguity == row.ambiguity and row.ambiguity is not None:  # type: ignore[attr-defined]
        more.append(T.card_ambiguity.format(value=number(row.ambiguity)))  # type: ignore[attr-defined]
    return (*lines, " · ".join(more)) if more else tuple(lines)


def draw_checks(dataset: catalog.Dataset, table: pd.DataFrame) -> None:
    """Draw the findings of the last check, with pictures, and the button that starts one."""
    report = catalog.stored_findings(dataset)
    if _is_checking(dataset.dataset_id):
        st.info(T.check_running, icon=":material/hourglass_top:")
    else:
        st.button(
            T.check_again if report else T.check_button, key="check_dataset", type="secondary" if report else "primary",
            icon=":material/fact_check:", on_click=_check, args=(dataset.dataset_id,),
        )  # fmt: skip
    failed = job_queries.latest_failure("check", dataset.dataset_id)
    if failed is not None:
        reason = failed["error"] or T.no_reason
        st.error(T.check_failed.format(reason=plain(reason)), icon=":material/error:")
    if report is None:
        st.caption(T.never_checked)
        return
    levels = [finding.level for finding in report.findings]
    when = report.checked_at[:16].replace("T", " ")
    st.markdown(T.checked_at.format(when=when, errors=levels.count("error"), warnings=levels.count("warning")))
    if not {"error", "warning"} & set(levels):
        st.success(T.nothing_found, icon=":material/check:")
    row_of = {str(row.sample_id): row for row in table.itertuples()}
    for level, of_level in groupby(report.findings, key=lambda finding: finding.level):
        st.markdown(f"#### {name_of(T.level_names, level)}")
        for code, of_code in groupby(of_level, key=lambda finding: finding.code):
            same = list(of_code)
            for place, finding in enumerate(same[:_PER_CODE]):
                _finding(dataset, finding, row_of, f"{code}_{place}")
            if len(same) > _PER_CODE:
                st.caption(T.more_pictures.format(n=f"{len(same) - _PER_CODE:,}"))


def _finding(dataset: catalog.Dataset, finding: catalog.Finding, row_of: dict[str, object], key: str) -> None:
    draw = {"error": st.error, "warning": st.warning}.get(finding.level, st.info)
    draw(plain(finding.message))
    rows = [row_of[sample_id] for sample_id in finding.samples if sample_id in row_of]
    if not rows:
        return
    with st.expander(T.show_pictures.format(n=f"{len(rows):,}"), expanded=finding.level == "error"):
        cards = gallery.cards_in(
            dataset.folder, rows[:_PER_FINDING], lambda row: (*_lines(dataset, row), plain(row.key))
        )
        gallery.draw(cards, f"finding_{key}", arrows=False)
        if len(rows) > _PER_FINDING:
            st.caption(T.more_pictures.format(n=f"{len(rows) - _PER_FINDING:,}"))


def _is_checking(dataset_id: str) -> bool:
    return any(job["kind"] == "check" and job["dataset"] == dataset_id for job in job_queries.live_jobs())


def _check(dataset_id: str) -> None:
    with attempt():
        jobs.submit_check(dataset_id)
