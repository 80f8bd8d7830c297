"""Upkeep: what each run takes of the disk, deleting a run, and keeping only the checkpoints that matter."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

import jobs
import store
from dashboard.frame.error_boundary import attempt
from dashboard.reads import run_queries
from dashboard.text import T, plain
from dashboard.widgets import downloads

_RUN, _SURE = "upkeep_run", "upkeep_sure"


def draw() -> None:
    """What each run takes of the disk, and what can be given back; read only while it is open."""
    with st.expander(T.upkeep, key="upkeep", on_change="rerun") as opened:
        if not opened.open:
            return
        table = _disk_use(run_queries.results_token())
        _table(table)
        known = table[table["status"].notna()]
        if known.empty:
            return
        run_id = st.selectbox(T.upkeep_choose, known["run_id"].tolist(), key=_RUN)
        row = known[known["run_id"] == run_id].iloc[0]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                T.keep_best, key="upkeep_keep", icon=":material/cleaning_services:", help=T.keep_best_help,
                on_click=_act, args=(jobs.keep_best, T.kept_best, run_id), disabled=row["status"] != "done",
            )  # fmt: skip
        _deletion(str(run_id), int(row["bytes"]))


def megabytes(size: float) -> str:
    """Bytes as `12.3 MB`."""
    return f"{size / 1e6:,.1f} MB"


@st.cache_data(ttl=10, max_entries=2, show_spinner=False)
def _disk_use(token: str) -> pd.DataFrame:
    return store.disk_use()


def _table(table: pd.DataFrame) -> None:
    st.dataframe(
        table.assign(mb=table["bytes"] / 1e6, status=table["status"].fillna(T.without_run)),
        key="disk_use",
        hide_index=True,
        column_order=("run_id", "status", "mb"),
        column_config={
            "run_id": T.run,
            "status": T.column_status,
            "mb": st.column_config.NumberColumn(T.column_disk, format="%.1f"),
        },
    )
    st.caption(T.disk_in_all.format(size=megabytes(table["bytes"].sum()), n=len(table)))
    downloads.download(table, "disk_use")


def _deletion(run_id: str, size: int) -> None:
    """What a deletion would take away, a box to say that one has read it, and the button."""
    rows = store.rows_of(run_id)
    st.warning(
        T.delete_takes.format(
            run=plain(run_id), stages=rows.get("stages", 0), predictions=f"{rows.get('predictions', 0):,}",
            rows=f"{sum(rows.values()):,}", size=megabytes(size),
        ),
        icon=":material/delete_forever:",
    )  # fmt: skip
    sure = st.checkbox(T.delete_sure.format(run=plain(run_id)), key=f"{_SURE}_{run_id}")
    st.button(
        T.delete_run, key="upkeep_delete", type="primary", icon=":material/delete:", disabled=not sure,
        on_click=_act, args=(jobs.delete, T.deleted_run, run_id),
    )  # fmt: skip


def _act(change: Callable[[str], int], said: str, run_id: str) -> None:
    """Do it, and say what was given back or why nothing was done."""
    with attempt(duration="long"):
        freed = change(run_id)
        _disk_use.clear()
        st.toast(said.format(run=plain(run_id), size=megabytes(freed)), icon=":material/check:")
