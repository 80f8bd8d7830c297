"""Parts of the overview page: tables of runs and stages, and what to do about a run that ended early."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

import jobs
import report as reports
import store
from analysis.comparison_verdicts import RECIPE_SEEDS
from analysis.recipe_ranking import possible_ranks
from dashboard import text
from dashboard.charts import training_curves
from dashboard.frame import live_jobs
from dashboard.frame.error_boundary import attempt
from dashboard.reads import job_queries, run_queries, table_frames
from dashboard.text import T, name_of, plain, stage_name
from dashboard.widgets import collapsed_runs, downloads, drill_down, url_state

_MOST_CURVES = 8
# Widths in pixels: a browser measures columns by the rows of the moment, and cuts those that come later. With these
# the columns down to the duration fit a window 1280 wide.
_WIDTHS = {
    "kind": 77,
    "dataset": 84,
    "seed": 46,
    "status": 64,
    "stage": 112,
    "n": 60,
    "steps": 60,
    "samples_seen": 72,
    "processor": 84,
}
_SHARES = ("majority", "chance")
ENDED_EARLY = ("failed", "stopped", "lost")


def _score(label: str, help_: str | None = None) -> Any:
    return st.column_config.NumberColumn(label, format="%.1f %%", help=help_, width=75)


def _column(name: str, label: str, format_: str | None = None) -> Any:
    """A column of `_WIDTHS`: a number where it has a format, else text."""
    if format_ is None:
        return st.column_config.TextColumn(label, width=_WIDTHS[name])
    return st.column_config.NumberColumn(label, format=format_, width=_WIDTHS[name])


def _if_any(table: pd.DataFrame, column: str) -> list[str]:
    """Show a column only where it says something."""
    return [column] if table[column].notna().any() else []


def _answers() -> dict[str, Any]:
    """The columns of what the answers are worth beside those that take no model."""
    return {
        "collapse": st.column_config.TextColumn(T.column_collapse, width=112, help=T.collapse_help),
        "majority": _score(T.column_majority, T.majority_help),
        "chance": _score(T.column_chance, T.chance_help),
    }


def _costs() -> dict[str, Any]:
    """The columns of what training took; elapsed seconds of a shared machine are no cost."""
    return {
        "steps": _column("steps", T.column_steps, "%d"),
        "samples_seen": _column("samples_seen", T.column_samples_seen, "%d"),
        "processor": st.column_config.TextColumn(T.column_processor, width=_WIDTHS["processor"], help=T.processor_help),
    }


def read_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """All runs, newest first, and their recipes by the last test scores; worked out once per finished stage."""
    every_run, board = _tables(run_queries.results_token(), text.language())
    return every_run.copy(deep=False), board.copy(deep=False)


@st.cache_resource(max_entries=4, show_spinner=False)
def _tables(token: str, language: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    runs = run_queries.runs()
    last = run_queries.stages().sort_values("position").groupby("run_id").tail(1)
    scores = run_queries.headlines(list(runs["run_id"]))
    every_run = table_frames.run_table(runs, run_queries.stages(), scores, collapsed_runs.table(last))
    return every_run, _ranked(table_frames.leaderboard(runs, every_run), runs, run_queries.stages())


def _ranked(board: pd.DataFrame, runs: pd.DataFrame, stages: pd.DataFrame) -> pd.DataFrame:
    """Add the ranks that the data allow to a leaderboard, within each dataset version and set of classes.

    Recipes of another label scheme answer another question, so that their accuracies cannot be ranked together.
    """
    classes = runs.set_index("run_id")["classes"].map(tuple)
    last = stages.sort_values("position").groupby("run_id").last()
    texts: dict[Any, str | None] = {}
    asked = [classes[next(iter(seeds.values()))] for seeds in board["run_ids"]]
    for _, rows in board.groupby([board["dataset"], pd.Series(asked, index=board.index, dtype=object)]):
        recipes = {str(index): row["run_ids"] for index, row in rows.iterrows() if row["n_seeds"] >= RECIPE_SEEDS}
        if len(recipes) < 2:
            continue
        ids = [run_id for seeds in recipes.values() for run_id in seeds.values() if run_id in last.index]
        right = store.right_by_patient([(i, int(last.at[i, "round"]), str(last.at[i, "stage"])) for i in ids], "test")
        for key, (best, worst) in possible_ranks(recipes, right).items():
            texts[int(key)] = str(best) if best == worst else f"{best}–{worst}"
    return board.assign(rank=[texts.get(index) for index in board.index]).drop(columns="run_ids")


def draw_runs(table: pd.DataFrame) -> None:
    """All runs, newest first."""
    st.dataframe(
        table_frames.in_percent(table, ("accuracy", "macro_f1", "majority", "chance")),
        key="runs_table",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_order=(
            "run_id", "kind", "dataset", "seed", "status", *_if_any(table, "collapse"), "stage", "accuracy", "macro_f1",
            "majority", "n", "chance", "steps", "samples_seen", "processor", "created_at",
        ),
        column_config={
            "run_id": st.column_config.TextColumn(T.run, pinned=True, width=250),
            "kind": _column("kind", T.column_kind),
            "dataset": _column("dataset", T.dataset),
            "seed": _column("seed", T.seed, "%d"),
            "status": _column("status", T.column_status),
            "stage": _column("stage", T.column_stage),
            "accuracy": _score(T.column_accuracy, T.accuracy_help),
            "macro_f1": _score(T.column_macro_f1, T.macro_f1_help),
            **_answers(),
            "n": _column("n", T.column_n, "%d"),
            **_costs(),
            "created_at": st.column_config.DatetimeColumn(T.column_created, format="YYYY-MM-DD HH:mm", timezone="UTC"),
        },
    )  # fmt: skip
    downloads.download(table, "runs")


def draw_stages(table: pd.DataFrame) -> None:
    """The finished stages of one run, in order."""
    st.dataframe(
        table_frames.in_percent(table, ("accuracy", "macro_f1", "macro_ap")),
        key="stages_table",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_order=(
            "name", *_if_any(table, "collapse"), "accuracy", "macro_f1", "macro_ap", "n", "epochs",
            "best_epoch", "n_mined", "steps", "samples_seen", "processor", "elapsed",
        ),
        column_config={
            "name": st.column_config.TextColumn(T.stage, pinned=True, width=170),
            "accuracy": _score(T.column_accuracy, T.accuracy_help),
            "macro_f1": _score(T.column_macro_f1, T.macro_f1_help),
            "macro_ap": _score(T.column_macro_ap, T.macro_ap_help),
            **_answers(),
            "n": st.column_config.NumberColumn(T.column_n, width="small"),
            "epochs": st.column_config.NumberColumn(T.column_epochs, width="small"),
            "best_epoch": st.column_config.NumberColumn(T.column_best, width="small"),
            **_costs(),
            "n_mined": st.column_config.NumberColumn(T.column_mined, width="small", help=T.mined_help),
            "elapsed": st.column_config.TextColumn(T.column_elapsed, width="small", help=T.elapsed_help),
        },
    )  # fmt: skip
    downloads.download(table.drop(columns=["thresholds"]), "run_stages")


def draw_provenance(run: dict[str, Any]) -> None:
    """Say which versions and device made a run; of one that was resumed in others, those too."""
    for sentence in reports.made_by(run["environment"], T):
        st.caption(plain(sentence))


def link_to_mistakes(run_id: str, table: pd.DataFrame) -> None:
    """A link for every finished stage to what it confused on test, and so to the samples."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"{T.stage_mistakes}:")
        for row in table.itertuples():
            st.page_link(
                "pages/confusion.py", label=plain(row.name), icon=":material/grid_on:",
                query_params={"run": run_id, "stage": f"{row.round}.{row.stage}", "split": "test"},
            )  # fmt: skip


def draw_leaderboard(board: pd.DataFrame) -> None:
    """Recipes by their last test scores: means over seeds, with intervals where there are several."""
    if board.empty:
        return
    st.subheader(T.leaderboard)
    interval: dict[str, Any] = {"format": "%.1f", "width": 64}
    st.dataframe(
        table_frames.in_percent(board, [name for name in board if name.startswith(("accuracy", "macro_f1", *_SHARES))]),
        key="leaderboard",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_order=(
            "rank", "recipe", *_if_any(board, "collapse"), "model", "dataset", "n_seeds", "accuracy", "accuracy_low",
            "accuracy_high", "macro_f1", "macro_f1_low", "macro_f1_high", "majority", "chance", "n", "steps",
            "samples_seen", "processor",
        ),
        column_config={
            "rank": st.column_config.TextColumn(T.column_rank, width=56, help=T.rank_help),
            "recipe": st.column_config.TextColumn(T.recipe, pinned=True),
            "model": st.column_config.TextColumn(name_of(T.setting_names, "model"), width=124),
            "dataset": _column("dataset", T.dataset),
            "n_seeds": st.column_config.NumberColumn(T.column_seeds, width=52),
            "accuracy": _score(T.column_accuracy, T.accuracy_help),
            "accuracy_low": st.column_config.NumberColumn(T.column_low, **interval),
            "accuracy_high": st.column_config.NumberColumn(T.column_high, **interval),
            "macro_f1": _score(T.column_macro_f1, T.macro_f1_help),
            "macro_f1_low": st.column_config.NumberColumn(T.column_low, **interval),
            "macro_f1_high": st.column_config.NumberColumn(T.column_high, **interval),
            **_answers(),
            "n": _column("n", T.column_n, "%d"),
            **_costs(),
        },
    )  # fmt: skip
    st.caption(T.leaderboard_caption)
    downloads.download(board, "leaderboard")


def draw_recipe_differences(runs: pd.DataFrame, run_ids: Sequence[str]) -> None:
    """Every key in which the recipes of the chosen runs differ, one column a run."""
    with st.expander(T.recipe_diff):
        if len(run_ids) < 2:
            st.info(T.choose_more, icon=":material/info:")
            return
        table = table_frames.recipe_differences(runs[runs["run_id"].isin(list(run_ids))])
        if table.empty:
            st.info(T.same_recipes, icon=":material/info:")
            return
        st.dataframe(
            table,
            key=f"recipes_{url_state.digest(run_ids)}",
            hide_index=True,
            width="stretch",
            placeholder="–",
            column_config={"key": st.column_config.TextColumn(T.column_key, pinned=True)},
        )
        downloads.download(table, "recipes")


def choose_curves(run_ids: Sequence[str], chosen: str, telling: Sequence[str]) -> list[str]:
    """Which runs the learning curves show: the newest few, and the chosen one; another that is chosen joins them.

    Args:
        telling: the runs that have a curve or are about to; of the others none is shown unasked.
    """
    key, before = "curve_runs", st.session_state.get("_curves_of")
    st.session_state["_curves_of"] = chosen
    kept = [run_id for run_id in st.session_state.get(key, []) if run_id in run_ids]
    if kept and chosen != before and chosen not in kept:
        kept = [chosen, *kept][:_MOST_CURVES]
    st.session_state[key] = kept or list(dict.fromkeys([chosen, *telling[:3]]))
    picked: list[str] = st.multiselect(T.curves_of, run_ids, key=key, max_selections=_MOST_CURVES)
    return picked


def list_runs_without_curve(shown: Sequence[str], epochs: pd.DataFrame) -> None:
    """Name the chosen runs that have no point in the figure yet."""
    without = [plain(run_id) for run_id in shown if run_id not in set(epochs["run_id"])]
    if without and len(epochs):
        st.caption(f":material/hourglass_top: {T.curves_wait.format(runs=', '.join(without))}")


def draw_curves(epochs: pd.DataFrame, ended: pd.DataFrame, metric: str) -> None:
    """Learning curves; a point leads to what the model at the end of its stage got wrong on test.

    Args:
        ended: the finished stages of all runs.
    """
    shown = training_curves.learning_curves(epochs, metric, name_of(T.curve_names, metric))
    drill_down.figure(shown, "curves", epochs, lambda mark: url_state.set_view(curve_at=mark.rpartition("|")[0]))
    rows = {f"{row.run_id}|{row.position}": row for row in epochs.drop_duplicates(["run_id", "position"]).itertuples()}
    options = {
        mark: T.curve_point.format(run=row.run_id, stage=stage_name(int(row.round), str(row.stage)))
        for mark, row in rows.items()
    }
    chosen = drill_down.choose("curve_at", options)
    st.caption(T.curve_hint)
    if not chosen:
        return
    at = rows[chosen]
    if ((ended["run_id"] == at.run_id) & (ended["position"] == at.position)).any():
        drill_down.mistakes(str(at.run_id), int(at.round), str(at.stage), options[chosen], "curve_at")
    else:
        waits = T.curve_waits.format(run=plain(at.run_id), stage=stage_name(int(at.round), str(at.stage)))
        st.info(waits, icon=":material/hourglass_top:")


def draw_early_end(run: dict[str, Any]) -> None:
    """A run that ended early: why, the end of its log, and *Resume*. Nothing for a run that is well."""
    if run["status"] not in ENDED_EARLY:
        return
    run_id = str(run["run_id"])
    if job_queries.is_queued(run_id):
        st.info(T.run_resumes.format(run=plain(run_id)), icon=":material/resume:")
        return
    reason = run["error"] if isinstance(run["error"], str) and run["error"] else T.no_reason
    if run["status"] == "failed":
        st.error(T.run_failed.format(run=plain(run_id), reason=plain(reason)), icon=":material/error:")
    else:
        words = T.run_stopped if run["status"] == "stopped" else T.run_lost
        st.warning(words.format(run=plain(run_id)), icon=":material/pause_circle:")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            T.resume, key=f"resume_{run_id}", icon=":material/resume:", on_click=_resume, args=(run_id,), type="primary"
        )
        if f"catalog check {run['dataset_id']}" in reason:  # what the sentence asks for, at one press
            st.page_link(
                "pages/data.py", label=T.to_checks.format(dataset=plain(run["dataset_id"])),
                icon=":material/fact_check:", query_params={"dataset": run["dataset_id"], "data_tab": "checks"},
            )  # fmt: skip
    with st.expander(T.log_tail):
        tail = run_queries.log_tail(run_id)
        if tail:
            st.code(tail, language=None, wrap_lines=True)
        else:
            st.caption(T.no_log)


def draw_live_jobs() -> None:
    """What is live, above everything else."""
    live_jobs.panel()


def _resume(run_id: str) -> None:
    with attempt():
        jobs.submit_resume(run_id)
        st.toast(T.resumed, icon=":material/check:")
