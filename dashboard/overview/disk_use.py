"""Show the disk use of runs, delete a run, or keep only the checkpoints that matter."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

import jobs
import store
from dashboard.frame.error_boundary import attempt
from dashboard.reads import run_queries
from dashboard.text import T, plain
from dashboard.widgets import downloads, url_state

_RUN, _CONFIRMED = "upkeep_run", "upkeep_sure"


def draw() -> None:
    """Draw the disk use of each run and the buttons that free disk space.

    The disk is read only while this section is open.
    """
    with st.expander(T.upkeep, key="upkeep", on_change="rerun") as opened:
        if not opened.open:
            return
        table = _disk_use(run_queries.results_token())
        _table(table)
        with_run = table[table["status"].notna()]
        if with_run.empty:
            return
        run_id = st.selectbox(T.upkeep_choose, with_run["run_id"].tolist(), key=_RUN)
        row = with_run[with_run["run_id"] == run_id].iloc[0]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                T.keep_best, key="upkeep_keep", icon=":material/cleaning_services:", help=T.keep_best_help,
                on_click=_free, args=(jobs.keep_best, T.kept_best, run_id), disabled=row["status"] != "done",
            )  # fmt: skip
        _deletion(str(run_id), int(row["bytes"]))


def megabytes(size: float) -> str:
    """Format a number of bytes as `12.3 MB`."""
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
    """Draw what a deletion removes, a box to confirm it, and the button."""
    rows = store.rows_of(run_id)
    st.warning(
        T.delete_takes.format(
            run=plain(run_id), stages=rows.get("stages", 0), predictions=f"{rows.get('predictions', 0):,}",
            rows=f"{sum(rows.values()):,}", size=megabytes(size),
        ),
        icon=":material/delete_forever:",
    )  # fmt: skip
    confirmed = st.checkbox(T.delete_sure.format(run=plain(run_id)), key=f"{_CONFIRMED}_{run_id}")
    st.button(
        T.delete_run, key="upkeep_delete", type="primary", icon=":material/delete:", disabled=not confirmed,
        on_click=_free, args=(jobs.delete, T.deleted_run, run_id),
    )  # fmt: skip


def _free(action: Callable[[str], int], message: str, run_id: str) -> None:
    """Run an action that frees disk space; tell how many bytes it freed, or why it failed."""
    with attempt(duration="long"):
        freed = action(run_id)
        _disk_use.clear()
        if action is jobs.delete and url_state.view("run") == run_id:
            url_state.forget("run")
        st.toast(message.format(run=plain(run_id), size=megabytes(freed)), icon=":material/check:")
